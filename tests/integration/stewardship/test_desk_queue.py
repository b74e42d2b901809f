"""The queue's list and its counts, held against every row read and counted one by one."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from typing import Final
from urllib.parse import parse_qsl

import pytest
import sqlalchemy as sa
from desk_county import PLACES, USERS, VILLAGES

from discrepancies.candidates import TYPES
from register.access import Desk
from register.database import Database
from register.work import unit_of_work
from stewardship.filters import EVERY, Cursor, Filters, read_filters
from stewardship.leads import OF_NOBODY
from stewardship.places import Places, read_places
from stewardship.queue import Queue, cursor_of
from stewardship.tabs import CHANGED, MINE, OVERDUE, OVERDUE_DAYS, TABS, UNASSIGNED, whose_of

TODAY: Final = date(2026, 5, 20)
ROWS: Final = 300
ROLES: Final = {
    user: USERS[user][0][0]
    for user in ("clerk.n1", "officer.north", "officer.both", "steward", "contact.police")
}
RESTING_ON: Final = ("register", "police_residents", "school_enrolment")
WHOSE: Final = (MINE, UNASSIGNED, whose_of("clerk.n1"))
ASSIGNEES: Final = ("clerk.n1", "officer.both", "steward")
INSERT: Final = sa.text("""
INSERT INTO discrepancy (discrepancy_id, type, subject, status, priority, confidence, area_code, reason, evidence_hash,
    evidence_version, evidence_count, first_night, last_night, assignee, reopened_night, feeds)
VALUES (:id, :type, :subject, :status, :priority, :confidence, :area, 'known', 'h', 1, 1, :night, :night, :assignee, :reopened, :feeds)
""")


@pytest.fixture
def filled(county: Database) -> Database:
    """Rows of all kinds, many of them equal in priority and confidence."""
    dice = random.Random(7)
    feeds = ("police_births", "hospital_births")
    with unit_of_work(county) as work:
        for number in range(ROWS):
            work.connection.execute(
                INSERT,
                {
                    "id": f"D{dice.randrange(16**8):08x}",
                    "type": dice.choice(TYPES),
                    "subject": f"{dice.choice(feeds)}:{number}",
                    "status": dice.choice(("open", "open", "waiting", "decided", "resolved")),
                    "priority": dice.randint(1, 4),
                    "confidence": dice.choice((0.3, 0.799, 0.8, 0.9, 0.95, 0.99)),
                    "area": dice.choice(list(PLACES.values())),
                    "night": TODAY
                    - timedelta(days=dice.choice((0, 6, 7, 8, 14, 15, 29, 30, 31, 90, 91, 200))),
                    "assignee": dice.choice((None, None, *ASSIGNEES)),
                    "reopened": dice.choice((None, None, None, TODAY)),
                    "feeds": sorted(dice.sample(RESTING_ON, dice.randint(0, 3))),
                },
            )
    return county


@pytest.fixture
def queue(filled: Database, desk: Desk, user: str) -> Iterator[tuple[Queue, Places]]:
    with desk.as_user(user, ROLES[user], read_only=True) as work:
        places = read_places(work.connection)
        yield Queue(work.connection, ROLES[user], places, TODAY), places


class Row:
    """One that the user may see, and what it is in each dimension."""

    def __init__(self, row: sa.Row[tuple[str, ...]]) -> None:
        self.id = row.discrepancy_id
        self.order = (row.priority, -row.confidence, row.discrepancy_id)
        age = (TODAY - row.first_night).days
        self.kinds = {
            "type": row.type,
            "status": row.status,
            "priority": str(row.priority),
            "confidence": "high" if row.confidence >= 0.95 else "middle" if row.confidence >= 0.8 else "low",
            "age": "week" if age <= 7 else "month" if age <= 30 else "older",
        }
        self.tabs = {"", UNASSIGNED if row.assignee is None else whose_of(row.assignee)}
        self.tabs |= {OVERDUE} if age > OVERDUE_DAYS[row.priority - 1] else set()
        self.tabs |= {CHANGED} if row.reopened_night else set()
        self.assignee = row.assignee
        self.area = row.area_code
        self.feeds = row.feeds
        self.feed = row.subject.split(":")[0]

    def is_asked(self, filters: Filters, places: Places, *, but: str = "") -> bool:
        for name, kind in self.kinds.items():
            wanted = getattr(filters, name)
            if name != but and wanted not in ("", EVERY) and kind not in wanted.split(","):
                return False
        if but != "tab" and not {filters.tab, filters.assignee} <= self.tabs:
            return False
        if filters.feed and but != "feed" and filters.feed not in self.feeds:
            return False
        return not filters.area or but == "area" or self.area in places.codes_of(filters.area)


def visible(database: Database, user: str) -> list[Row]:
    with database.read() as connection:
        rows = [Row(row) for row in connection.execute(sa.text("SELECT * FROM discrepancy"))]
    for row in rows:
        row.tabs |= {MINE} if row.assignee == user else set()
    areas = {
        "clerk.n1": {PLACES["n1"]},
        "officer.north": {PLACES["n1"], PLACES["n2"]},
        "officer.both": {PLACES["n1"], PLACES["n2"], PLACES["s1"]},
    }
    if user.startswith("contact"):
        return [row for row in rows if row.kinds["type"] in OF_NOBODY and row.feed == "police_births"]
    return [row for row in rows if user == "steward" or row.area in areas[user]]


def tab_and_assignee(user: str, some: Callable[..., str]) -> dict[str, str]:
    """As an address has them."""
    if user.startswith("contact"):
        return {}
    tab = some(*TABS, whose_of("clerk.n1"), whose_of("nobody"))
    assignee = some(MINE, UNASSIGNED, whose_of("officer.both"), whose_of("nobody"))
    read = read_filters({"tab": tab, "assignee": assignee})
    return {"tab": read.tab, "assignee": read.assignee}


def asked(user: str, number: int) -> Filters:
    """Nothing asked for, then as the dice fall."""
    dice = random.Random(f"{user} {number}")

    def some(*choices: str) -> str:
        return dice.choice(choices) if number and dice.random() < 0.4 else ""

    return Filters(
        type=some(*TYPES[:4], "source_correction", ",".join(TYPES[:2]), ",".join(TYPES)),
        area="" if user.startswith("contact") else some("990101001001", "990101001000", "990101002001"),
        age=some("week", "month", "older"),
        priority=some("1", "2", "3", "4"),
        confidence=some("high", "middle", "low"),
        status=some("open", "waiting", "decided", EVERY) or "open",
        **tab_and_assignee(user, some),
        feed="" if user.startswith("contact") else some(*RESTING_ON, "civil_adoptions"),
    )


@pytest.mark.parametrize("user", ROLES)
def test_the_counts_are_those_of_all_rows_that_the_filters_leave(
    queue: tuple[Queue, Places], filled: Database, user: str
) -> None:
    rows, (asks, places) = visible(filled, user), queue
    for number in range(60):
        filters = asked(user, number)
        counted = asks.counts(filters)
        for name in ("type", "status", "priority", "confidence", "age"):
            expected = Counter(row.kinds[name] for row in rows if row.is_asked(filters, places, but=name))
            assert +counted[name] == expected, (filters, name)
        if user.startswith("contact"):
            assert not {"area", "tab", "assignee", "feed"} & set(counted)
            continue
        for tab in TABS:
            chosen = read_filters(dict(parse_qsl(filters.with_tab(tab))))
            expected_rows = sum(row.is_asked(chosen, places) for row in rows)
            assert counted["tab"][tab] == expected_rows, (filters, tab)
        of_all = replace(filters, tab=filters.what, assignee="")
        expected = Counter(row.assignee or "" for row in rows if row.is_asked(of_all, places))
        assert +counted["assignee"] == expected, filters
        expected = Counter(
            feed for row in rows if row.is_asked(filters, places, but="feed") for feed in row.feeds
        )
        assert +counted["feed"] == expected, filters
        for code in ("990101001001", "990101001002", "990101002001"):
            inside = [row for row in rows if row.is_asked(filters, places, but="area") and row.area == code]
            assert counted["area"][code] == len(inside), (filters, code)


@pytest.mark.parametrize("user", [user for user in ROLES if not user.startswith("contact")])
def test_beside_an_area_stands_how_many_are_listed_there_whatever_tab_and_age_are_asked_for(
    queue: tuple[Queue, Places], filled: Database, user: str
) -> None:
    rows, (asks, places) = visible(filled, user), queue
    of_one = [Filters(tab=tab, assignee=whose) for tab in ("", OVERDUE, CHANGED) for whose in WHOSE]
    of_tab = [Filters(tab=tab) for tab in TABS]
    for one, age, status in product((*of_tab, *of_one), ("", "week", "older"), ("open", EVERY)):
        filters = replace(one, age=age, status=status)
        counted = asks.counts(filters)["area"]
        expected = Counter(row.area for row in rows if row.is_asked(filters, places))
        assert all(counted[code] == expected[code] for code in VILLAGES.values()), filters


@pytest.mark.parametrize("user", ROLES)
def test_pages_have_every_row_once_in_order_and_the_total_says_how_many(
    queue: tuple[Queue, Places], filled: Database, user: str
) -> None:
    rows, (asks, places) = visible(filled, user), queue
    found = 0
    for number in range(60):
        filters = asked(user, number)
        expected = [row.id for row in sorted(rows, key=lambda r: r.order) if row.is_asked(filters, places)]
        got: list[str] = []
        after: Cursor | None = None
        while True:
            page = asks.page(filters, after, 7)
            assert page.total == len(expected), filters
            got += [lead.discrepancy_id for lead in page.leads]
            after = page.next
            if after is None:
                break
        assert got == expected, filters
        found += len(got)
    assert found > 20


@pytest.mark.parametrize("user", ROLES)
def test_next_and_previous_are_the_neighbours_in_the_list(queue: tuple[Queue, Places], user: str) -> None:
    asks, _ = queue
    filters = Filters(status=EVERY)
    leads = asks.page(filters, None, 2 * ROWS).leads
    for before, lead, after in list(zip(leads, leads[1:], leads[2:]))[:30]:
        following, earlier = (
            asks.following(filters, cursor_of(lead)),
            asks.before(filters, cursor_of(lead)),
        )
        assert following is not None and following.discrepancy_id == after.discrepancy_id
        assert earlier is not None and earlier.discrepancy_id == before.discrepancy_id
    assert asks.before(filters, cursor_of(leads[0])) is None
    first = asks.following(filters, cursor_of(leads[-1]))
    assert first is not None and first.discrepancy_id == leads[0].discrepancy_id

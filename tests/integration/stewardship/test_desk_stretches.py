"""The lists behind the overview's numbers of what came, was closed, opened again and not closed: against what each night of a made-up month counted."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

import pytest
import sqlalchemy as sa
from desk_clients import SECRETS, Browser, discrepancy_of
from desk_county import NIGHT, NOW, PLACES, TOWNSHIPS, USERS, VILLAGES
from test_desk_lists import sheets
from test_desk_overview import lines_of
from test_desk_pages import PLACED

from register.database import Database
from register.night_tally import keep_tally
from register.work import unit_of_work

NIGHTS: Final = [NIGHT + timedelta(days=7 * number) for number in range(1, 6)]
TYPES: Final = ("missing_item", "missing_person")
INSERT: Final = sa.text("""
INSERT INTO discrepancy (discrepancy_id, type, subject, status, priority, confidence, area_code, reason, evidence_hash, evidence_version,
    evidence_count, first_night, last_night)
VALUES (:id, :type, :id, 'open', :priority, :confidence, :area, 'known', 'h', 1, 0, :night, :night)
""")
UNKNOWN: Final = ("990101000000", "990109001001")  # the county itself, and an area of no table
SPANS: Final = ((NIGHTS[0], NIGHTS[4]), (NIGHTS[1], NIGHTS[3]), (NIGHTS[3], NIGHTS[4]))
TOTAL: Final = re.compile(r'class="count total">(\d+)<')
BY_NIGHT: Final = re.compile(r"The night itself counted (\d+)\.")


@dataclass
class Made:
    """A discrepancy: when it came, and at the end of which nights since it was closed."""

    id: str
    type: str
    area: str | None
    first: date
    is_closed: bool = False
    at_nights: dict[date, bool] = field(default_factory=dict)


@pytest.fixture
def month(county: Database) -> list[Made]:
    """Five weekly nights, between which discrepancies come, are closed and opened again, some of them twice from one night to the next."""
    dice, made = random.Random(3), list[Made]()
    update = sa.text("UPDATE discrepancy SET status = :status WHERE discrepancy_id = :id")
    with unit_of_work(county) as work:

        def turn(one: Made) -> None:
            one.is_closed = not one.is_closed
            status = dice.choice(("decided", "resolved") if one.is_closed else ("open", "waiting"))
            work.connection.execute(update, {"id": one.id, "status": status})

        work.connection.execute(sa.text("DELETE FROM discrepancy"))
        work.connection.execute(sa.text("DELETE FROM night_tally"))
        for night in NIGHTS:
            for one in dice.sample(made, len(made) // 3):
                for _ in range(dice.choice((1, 1, 1, 2, 3))):
                    turn(one)
            for _ in range(24):
                id_, type_ = f"D{dice.randrange(16**8):08x}", dice.choice(TYPES)
                area = dice.choice([*PLACES.values(), *UNKNOWN])
                row = {"id": id_, "type": type_, "area": area, "night": night}
                row |= {"priority": dice.randint(1, 4), "confidence": dice.choice((0.3, 0.9, 0.9))}
                work.connection.execute(INSERT, row)
                made.append(Made(id_, type_, area, night))
            for one in dice.sample(made, 8 if night == NIGHTS[0] else 0):
                turn(one)
            for one in made:
                one.at_nights[night] = one.is_closed
            work.nights.finish(night, NOW, {})
            work.connection.execute(sa.text("UPDATE night SET is_applied = true"))
            keep_tally(work.connection, night)
        for one in dice.sample(made, len(made) // 4):
            turn(one)  # since the last night: none has counted it
    return made


def ids_of(one: Browser, place: str) -> list[str]:
    """Of all pages, in their order."""
    found: list[str] = []
    while place:
        page = one.get(place)
        assert page.status_code == 200
        found += [link[15:] for link in one.links(page, "/discrepancies/")]
        place = next((link for link in one.links(page, "/overview/lists/") if "from=" in link), "")
    return found


def expected(made: list[Made], what: str, after: date, until: date) -> set[str]:
    """By what was closed at the end of which night."""
    if what == "came":
        return {one.id for one in made if after < one.first <= until}
    ends = [(one.id, one.at_nights.get(after), one.at_nights.get(until)) for one in made]
    if what == "closed":
        return {id_ for id_, before, last in ends if last and not before}
    if what == "again":
        return {id_ for id_, before, last in ends if before and last is False}
    return {id_ for id_, _, last in ends if last is False}


@pytest.mark.parametrize("user", ["steward", "officer.north"])
@pytest.mark.parametrize("what", ["came", "closed", "again", "stood"])
def test_a_list_has_what_came_was_closed_and_stood_between_any_two_nights(
    browser: Callable[..., Browser], month: list[Made], user: str, what: str
) -> None:
    one, north = browser(user), {VILLAGES["n1"], VILLAGES["n2"]}
    seen = {*PLACES.values(), *UNKNOWN} if user == "steward" else north
    for after, until in SPANS:
        for type_, township in (("", ""), ("missing_item", ""), ("missing_person", "north"), ("", "north")):
            place = f"after={after}&until={until}"
            place = f"township={TOWNSHIPS[township]}&{place}" if township else place
            place = f"/overview/lists/{what}?" + (f"type={type_}&{place}" if type_ else place)
            within = [
                one
                for one in month
                if one.area in seen and type_ in ("", one.type) and (not township or one.area in north)
            ]
            page, wanted = one.get(place).text, expected(within, what, after, until)
            found = ids_of(one, place)
            assert set(found) == wanted and len(found) == len(wanted), place
            total = TOTAL.search(page)
            assert total is not None and int(total[1]) == len(wanted)
            assert BY_NIGHT.search(page) is None, place


def test_the_month_has_all_that_lists_are_told_by(month: list[Made]) -> None:
    """Else the test above would not tell a list from the present state."""
    after, until = SPANS[1]
    was = {one.id for one in month if one.at_nights.get(until)}
    now = {one.id for one in month if one.is_closed}
    assert (
        expected(month, "again", after, until) and was - now and now & expected(month, "stood", after, until)
    )


def test_what_the_night_counted_is_said_where_it_differs_and_where_it_is_known(
    browser: Callable[..., Browser], county: Database, month: list[Made]
) -> None:
    one, place = browser("steward"), f"/overview/lists/stood?until={NIGHTS[3]}"
    stood = sorted(expected(month, "stood", NIGHTS[0], NIGHTS[3]))
    with unit_of_work(county) as work:
        work.connection.execute(
            sa.text("DELETE FROM discrepancy WHERE discrepancy_id = :id"), {"id": stood[0]}
        )
    page = one.get(place).text
    total, told = TOTAL.search(page), BY_NIGHT.search(page)
    assert total is not None and told is not None
    assert (int(total[1]), int(told[1])) == (len(stood) - 1, len(stood))
    with unit_of_work(county) as work:
        work.connection.execute(sa.text("DELETE FROM night_tally WHERE night = :night"), {"night": NIGHTS[3]})
    assert BY_NIGHT.search(one.get(place).text) is None


def test_rows_of_no_area_are_a_list_too(browser: Callable[..., Browser], month: list[Made]) -> None:
    place = f"/overview/lists/stood?township=none&until={NIGHTS[4]}"
    of_none = [one for one in month if one.area is None]
    assert set(ids_of(browser("steward"), place)) == expected(of_none, "stood", NIGHTS[0], NIGHTS[4]) != set()
    link = f'<th scope="row"><a href="{place.replace("&", "&amp;")}">no area</a></th>'
    assert link in browser("steward").get("/overview").text
    page = browser("officer.both").get(place)
    assert page.status_code == 200 and "There is none." in page.text


def test_what_is_in_no_area_has_a_list_by_its_status_now(
    browser: Callable[..., Browser], county: Database, month: list[Made]
) -> None:
    of_none = sa.text("SELECT discrepancy_id, type, status FROM discrepancy WHERE area_code IS NULL")
    with county.read() as connection:
        rows = connection.execute(of_none).all()
    assert len({row.status for row in rows}) == 4
    one = browser("steward")
    pages = [one.get(f"/overview{query}").text for query in ("", "?type=missing_item")]
    numbers = {
        (link.replace("&amp;", "&"), int(number))
        for page in pages
        for link, number in re.findall(r'<a href="(/overview/lists/now[^"]*)">(\d+)</a>', page)
    }
    assert len({link for link, _ in numbers}) == len(numbers) > 4
    for link, number in numbers:
        type_ = "missing_item" if "type=missing_item" in link else ""
        status = link.rpartition("status=")[2]
        wanted = {row.discrepancy_id for row in rows if row.status == status and type_ in ("", row.type)}
        assert set(ids_of(one, link)) == wanted and len(wanted) == number, link
    open_ = "/overview/lists/now?township=none&status=open"
    told = sheets(one.send(one.get(open_), open_.replace("now?", "now/export?")))
    assert {row[0] for row in told["What there is now"][1:]} == set(ids_of(one, open_))
    assert ids_of(browser("officer.both"), open_) == []


@pytest.mark.parametrize("user", ["steward", "officer.north"])
def test_the_overview_leads_to_lists_of_as_many(
    browser: Callable[..., Browser], month: list[Made], user: str
) -> None:
    one = browser(user)
    north = TOWNSHIPS["north"]
    pages = [one.get(f"/overview{query}").text for query in ("", f"?township={north}&type=missing_item")]
    numbers = {
        (link.replace("&amp;", "&"), int(number))
        for page in pages
        for link, number in re.findall(r'<a href="(/overview/lists/[^"]*)">(\d+)</a>', page)
    }
    kinds = {link.partition("?")[0].rpartition("/")[2] for link, _ in numbers}
    assert kinds == {"came", "closed", "again", "stood", *(["now"] if user == "steward" else [])}
    assert user != "steward" or all(
        any(f"township={code}&" in link for link, _ in numbers) for code in UNKNOWN
    )
    assert sum("township=" in link for link, _ in numbers) > 8
    for link, number in numbers:
        total = TOTAL.search(one.get(link).text)
        assert total is not None and number == int(total[1]), link


@pytest.mark.parametrize("user", ["steward", "officer.north"])
@pytest.mark.parametrize("type_", ["", "missing_person"])
def test_weeks_of_a_township_count_what_each_night_counted(
    browser: Callable[..., Browser], month: list[Made], user: str, type_: str
) -> None:
    page = browser(user).get(f"/overview?type={type_}&township={TOWNSHIPS['north']}").text
    north = {VILLAGES["n1"], VILLAGES["n2"]}
    within = [one for one in month if one.area in north and type_ in ("", one.type)]
    told = [
        [len(expected(within, what, after, until)) for what in ("came", "again", "closed")]
        for after, until in zip(NIGHTS, NIGHTS[1:])
    ]
    weeks = [[int(number) for number in row[1:4]] for row in lines_of(page, "Week by week").values()]
    assert weeks == told[::-1] and any(again for _, again, _ in told)


def test_what_was_closed_with_a_night_is_its_list(browser: Callable[..., Browser], month: list[Made]) -> None:
    one, found = browser("steward"), 0
    for after, until in zip(NIGHTS, NIGHTS[1:]):
        page = one.get(f"/overview/nights/{until}/missing_item")
        for link, number in re.findall(r'<a href="(/overview/lists/closed[^"]*)">− (\d+)</a>', page.text):
            assert link.replace("&amp;", "&").endswith(f"?type=missing_item&after={after}&until={until}")
            listed = one.get(link.replace("&amp;", "&")).text
            total = TOTAL.search(listed)
            assert total is not None and int(number) == int(total[1])
            found += 1
    assert found >= 2


def test_a_list_is_taken_out_and_the_chain_has_which(
    browser: Callable[..., Browser], county: Database, month: list[Made]
) -> None:
    one = browser("officer.north")
    asked = f"type=missing_item&township={TOWNSHIPS['north']}&after={NIGHTS[0].isoformat()}&until={NIGHTS[4].isoformat()}"
    page = one.get(f"/overview/lists/closed?{asked}")
    told = sheets(one.send(page, f"/overview/lists/closed/export?{asked}"))
    assert {row[0] for row in told["What was closed"][1:]} == set(
        ids_of(one, f"/overview/lists/closed?{asked}")
    )
    with county.read() as connection:
        entry = connection.execute(sa.text("SELECT * FROM audit_entry ORDER BY entry_no DESC LIMIT 1")).one()
    assert entry.action == "export.stretch" and entry.details["list"] == "closed"
    assert entry.details["area"] == TOWNSHIPS["north"] and entry.details["until"] == NIGHTS[4].isoformat()


@pytest.mark.parametrize(
    "asked",
    [
        *("came", "closed?until=2026-05-08", "came?after=2026-05-08", "stood?until=2026-13-01"),
        "other?after=2026-05-01&until=2026-05-08",
        "now?status=x",
        "stood?type=x&until=2026-05-08",
        "stood?township=1%27&until=2026-05-08",
    ],
)
def test_what_names_no_nights_is_not_there(browser: Callable[..., Browser], asked: str) -> None:
    one = browser("steward")
    assert one.get(f"/overview/lists/{asked}").content == one.get("/no/such/page").content


def test_what_there_is_now_is_all_that_is_not_closed_unless_a_status_is_asked_for(
    browser: Callable[..., Browser], month: list[Made]
) -> None:
    one = browser("steward")
    parts = [set(ids_of(one, f"/overview/lists/now?status={status}")) for status in ("open", "waiting")]
    assert all(parts) and set(ids_of(one, "/overview/lists/now")) == parts[0] | parts[1]
    page = one.get("/overview/lists/now?type=missing_person")
    assert "not closed" in page.text
    told = sheets(one.send(page, "/overview/lists/now/export?type=missing_person"))["What there is now"]
    assert {row[0] for row in told[1:]} == set(ids_of(one, "/overview/lists/now?type=missing_person"))


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize(
    "asked", ["stood?until=2026-05-01", "came?after=2026-04-01&until=2026-05-01", "now?status=open"]
)
def test_each_user_has_the_own_areas_rows_masked_or_no_such_page(
    browser: Callable[..., Browser], county: Database, user: str, asked: str
) -> None:
    one = browser(user)
    what, _, query = asked.partition("?")
    page = one.get(f"/overview/lists/{asked}")
    if user not in PLACED or user.startswith("clerk"):
        assert page.content == one.get("/no/such/page").content
        form = {"token": one.token()}
        taken = one.post(f"/overview/lists/{what}/export?{query}", form)
        assert (taken.status_code, taken.content) == (404, page.content)
        return
    found = set(ids_of(one, f"/overview/lists/{asked}"))
    for place in PLACES:
        assert (discrepancy_of(county, place) in found) == (place in PLACED[user]), place
    told = str(sheets(one.send(page, f"/overview/lists/{what}/export?{query}")))
    assert all(id_ in told for id_ in found)
    assert not any(secret in text for secret in SECRETS for text in (page.text, told))

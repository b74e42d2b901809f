"""The lists behind the overview's numbers of what came, was closed and was not closed: against what nights of a made-up month really did."""

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
SPANS: Final = ((NIGHTS[0], NIGHTS[4]), (NIGHTS[1], NIGHTS[3]), (NIGHTS[3], NIGHTS[4]))
TOTAL: Final = re.compile(r'class="count total">(\d+)<')
BY_NIGHTS: Final = re.compile(r"By the numbers that nights kept: (\d+)\.")


@dataclass
class Made:
    """A discrepancy: when it came, and from which night on it is counted as closed, None while it is open."""

    id: str
    type: str
    area: str | None
    first: date
    closed: date | None = None
    at_nights: dict[date, bool] = field(default_factory=dict)  # whether it was closed then


@pytest.fixture
def month(county: Database) -> list[Made]:
    """Five weekly nights, between which discrepancies come, are closed by people and opened again by the next night."""
    dice, made = random.Random(3), list[Made]()
    with unit_of_work(county) as work:
        work.connection.execute(sa.text("DELETE FROM discrepancy"))
        work.connection.execute(sa.text("DELETE FROM night_tally"))
        for night in NIGHTS:
            for one in dice.sample(made, len(made) // 3):
                one.closed = None if one.closed else night
                status = "open" if one.closed is None else dice.choice(("decided", "resolved"))
                told = {"id": one.id, "status": status}
                work.connection.execute(
                    sa.text("UPDATE discrepancy SET status = :status WHERE discrepancy_id = :id"), told
                )
            for _ in range(12):
                id_, type_ = f"D{dice.randrange(16**8):08x}", dice.choice(TYPES)
                area = dice.choice(list(PLACES.values()))
                row = {"id": id_, "type": type_, "area": area, "night": night}
                row |= {"priority": dice.randint(1, 4), "confidence": dice.choice((0.3, 0.9, 0.9))}
                work.connection.execute(INSERT, row)
                made.append(Made(id_, type_, area, night))
            for one in made:
                one.at_nights[night] = one.closed is not None
            work.nights.finish(night, NOW, {})
            work.connection.execute(sa.text("UPDATE night SET is_applied = true"))
            keep_tally(work.connection, night)
        last = [one for one in made if one.closed is None][
            :2
        ]  # closed since the last night: none has counted it
        ids = {"ids": [one.id for one in last]}
        work.connection.execute(
            sa.text("UPDATE discrepancy SET status = 'decided' WHERE discrepancy_id = ANY (:ids)"), ids
        )
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
    if what == "came":
        return {one.id for one in made if after < one.first <= until}
    if what == "closed":
        return {one.id for one in made if one.closed and after < one.closed <= until}
    return {one.id for one in made if one.first <= until and (one.closed is None or one.closed > until)}


def by_nights(made: list[Made], what: str, after: date, until: date) -> int:
    """What the nights' own numbers say."""

    def number(night: date, *closed: bool) -> int:
        return sum(one.at_nights.get(night) in closed for one in made)

    if what == "came":
        return number(until, True, False) - number(after, True, False)
    return max(number(until, True) - number(after, True), 0) if what == "closed" else number(until, False)


@pytest.mark.parametrize("user", ["steward", "officer.north"])
@pytest.mark.parametrize("what", ["came", "closed", "stood"])
def test_a_list_has_what_came_was_closed_and_stood_between_any_two_nights(
    browser: Callable[..., Browser], month: list[Made], user: str, what: str
) -> None:
    one, seen = browser(user), set(PLACES.values()) if user == "steward" else {VILLAGES["n1"], VILLAGES["n2"]}
    for after, until in SPANS:
        for type_, township in (("", ""), ("missing_item", ""), ("missing_person", "north"), ("", "north")):
            place = f"after={after}&until={until}"
            place = f"township={TOWNSHIPS[township]}&{place}" if township else place
            place = f"/overview/lists/{what}?" + (f"type={type_}&{place}" if type_ else place)
            within = [
                one
                for one in month
                if one.area in seen
                and type_ in ("", one.type)
                and (not township or one.area in (VILLAGES["n1"], VILLAGES["n2"]))
            ]
            page, wanted = one.get(place).text, expected(within, what, after, until)
            found = ids_of(one, place)
            assert set(found) == wanted and len(found) == len(wanted), place
            total, kept = TOTAL.search(page), BY_NIGHTS.search(page)
            assert total is not None and int(total[1]) == len(wanted)
            number = by_nights(within, what, after, until)
            assert (int(kept[1]) if kept else len(wanted)) == number, place
            assert (kept is None) == (number == len(wanted))


def test_some_of_the_month_was_opened_again(month: list[Made]) -> None:
    """Else the test above would not tell a list from the difference of two numbers."""
    assert any(
        len(expected(month, "closed", after, until)) != by_nights(month, "closed", after, until)
        for after, until in SPANS
    )


def test_where_a_night_kept_nothing_the_list_says_nothing_of_it(
    browser: Callable[..., Browser], county: Database, month: list[Made]
) -> None:
    with unit_of_work(county) as work:
        work.connection.execute(sa.text("DELETE FROM night_tally WHERE night = :night"), {"night": NIGHTS[0]})
    one, after, until = browser("steward"), NIGHTS[0], NIGHTS[3]
    for what in ("came", "closed"):
        page = one.get(f"/overview/lists/{what}?after={after}&until={until}").text
        total = TOTAL.search(page)
        assert BY_NIGHTS.search(page) is None and total is not None
        assert int(total[1]) == len(expected(month, what, after, until))


def test_rows_of_no_area_are_a_list_too(browser: Callable[..., Browser], month: list[Made]) -> None:
    place = f"/overview/lists/stood?township=none&until={NIGHTS[4]}"
    of_none = [one for one in month if one.area is None]
    assert set(ids_of(browser("steward"), place)) == expected(of_none, "stood", NIGHTS[0], NIGHTS[4]) != set()
    link = f'<th scope="row"><a href="{place.replace("&", "&amp;")}">no area</a></th>'
    assert link in browser("steward").get("/overview").text
    page = browser("officer.both").get(place)
    assert page.status_code == 200 and "There is none." in page.text


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
    assert {link.partition("?")[0].rpartition("/")[2] for link, _ in numbers} == {"came", "closed", "stood"}
    assert sum("township=" in link for link, _ in numbers) > 8
    for link, number in numbers:
        page = one.get(link).text
        total, kept = TOTAL.search(page), BY_NIGHTS.search(page)
        assert total is not None and number == int((kept or total)[1]), link


def test_what_was_closed_with_a_night_is_its_list(browser: Callable[..., Browser], month: list[Made]) -> None:
    one, found = browser("steward"), 0
    for after, until in zip(NIGHTS, NIGHTS[1:]):
        page = one.get(f"/overview/nights/{until}/missing_item")
        for link, number in re.findall(r'<a href="(/overview/lists/closed[^"]*)">− (\d+)</a>', page.text):
            assert link.replace("&amp;", "&").endswith(f"?type=missing_item&after={after}&until={until}")
            listed = one.get(link.replace("&amp;", "&")).text
            total, kept = TOTAL.search(listed), BY_NIGHTS.search(listed)
            assert total is not None and int(number) == int((kept or total)[1])
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
    assert entry.action == "export.stretch" and entry.details["what"] == "closed"
    assert entry.details["area"] == TOWNSHIPS["north"] and entry.details["until"] == NIGHTS[4].isoformat()


@pytest.mark.parametrize(
    "asked",
    [
        *("came", "closed?until=2026-05-08", "came?after=2026-05-08", "stood?until=2026-13-01"),
        "other?after=2026-05-01&until=2026-05-08",
    ],
)
def test_what_names_no_nights_is_not_there(browser: Callable[..., Browser], asked: str) -> None:
    one = browser("steward")
    assert one.get(f"/overview/lists/{asked}").content == one.get("/no/such/page").content


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("asked", ["stood?until=2026-05-01", "came?after=2026-04-01&until=2026-05-01"])
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


def test_an_unknown_type_or_township_is_no_condition(
    browser: Callable[..., Browser], month: list[Made]
) -> None:
    one, until = browser("steward"), NIGHTS[4]
    every = TOTAL.search(one.get(f"/overview/lists/stood?until={until}").text)
    odd = TOTAL.search(one.get(f"/overview/lists/stood?type=x&township=1%27&until={until}").text)
    assert every is not None and odd is not None and every[1] == odd[1]

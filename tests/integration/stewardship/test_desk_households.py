"""The household of a discrepancy, by the register and by the police: lined up, with gaps, and masked."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Collection, Sequence
from datetime import date
from html import unescape

import pytest
import sqlalchemy as sa
from desk_clients import Browser, FixedSources, discrepancy_of
from desk_county import NIGHT

from register.database import Database
from register.work import unit_of_work
from stewardship.prepared import Listed, NothingPrepared
from stewardship.sources import Place

KEY = "police_residents:station:12"
SON = Listed(KEY, "H-n1", "2026-04", "son", None, "none", "王小明", "男", date(2019, 5, 1), "子")
HEAD = Listed(KEY, "H-n1", "2026-04", "head", "n1", "link", "赵大海", "男", date(1990, 1, 1), "户主")


class Police(NothingPrepared):
    """A household list of the police."""

    def __init__(self, *people: Listed) -> None:
        self.people = people
        self.asked: list[tuple[date, set[str]]] = []

    def listed(self, night: date, homes: Collection[str]) -> Sequence[Listed]:
        self.asked.append((night, set(homes)))
        return [one for one in self.people if (one.household_no or one.household_key) in homes]


@pytest.fixture
def lead(county: Database) -> str:
    """A discrepancy about somebody in the household H-n1, after a night."""
    id_ = discrepancy_of(county, "n1")
    with unit_of_work(county) as work:
        for statement in (
            "INSERT INTO night (night, status, is_applied) VALUES ('2026-05-01', 'finished', true) "
            "ON CONFLICT (night) DO UPDATE SET is_applied = true",
            "UPDATE discrepancy SET household_no = 'H-n1' WHERE person_no = 'n1'",
            "UPDATE person SET name = '赵大海' WHERE person_no = 'n1'",
        ):
            work.connection.execute(sa.text(statement))
    return id_


def strip(one: Browser, id_: str) -> list[list[str]]:
    """The rows of the strip, as texts of their cells."""
    text = one.get(f"/discrepancies/{id_}").text
    if 'class="home"' not in text:
        return []
    table = text.split('<table class="home">')[1].split("</table>")[0]
    return [
        [
            " ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split())
            for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)
        ]
        for row in re.findall(r"<tr.*?</tr>", table, re.S)
    ]


def test_both_sides_are_lined_up_and_the_missing_one_is_a_gap(
    browser: Callable[..., Browser], lead: str
) -> None:
    police = Police(SON, HEAD)
    register, compared, listed = strip(browser("officer.north", prepared=police), lead)
    assert register[1:] == ["赵●海 head 1990", "∅ not on the register"]
    assert compared[1:] == ["= on both · who it is about", "+ only the police"]
    assert listed[1:] == ["赵●海 head male 1990", "王●● son male 2019"]
    assert (NIGHT, {"H-n1"}) in police.asked


def test_whom_the_police_have_not_is_a_gap_on_their_side(browser: Callable[..., Browser], lead: str) -> None:
    _, compared, listed = strip(browser("officer.north", prepared=Police(SON)), lead)
    assert compared[1] == "− only the register · who it is about" and listed[1] == "∅ not on this list"


@pytest.mark.parametrize(
    ("decision", "person_no", "expected"),
    [
        pytest.param("possible", "n1", ["≈ perhaps the same · who it is about"], id="perhaps"),
        pytest.param(
            "link", "s1", ["− only the register · who it is about", "+ only the police"], id="elsewhere"
        ),
    ],
)
def test_the_night_s_word_decides_who_stands_beside_whom(
    browser: Callable[..., Browser], lead: str, decision: str, person_no: str, expected: list[str]
) -> None:
    one = dataclasses.replace(HEAD, decision=decision, person_no=person_no)
    register, compared, _ = strip(browser("officer.north", prepared=Police(one)), lead)
    assert compared[1:] == expected
    if person_no == "s1":
        assert register[2] == "∅ already on the register, outside your area"


@pytest.fixture
def missing(county: Database, lead: str) -> str:
    """A household that the register misses, of whom the police list two."""
    with county.begin() as connection:
        for statement in (
            "UPDATE discrepancy SET type = 'missing_household', person_no = NULL, household_no = NULL, field = NULL, "
            "proposed_value = NULL, reason = 'members:2' WHERE discrepancy_id = :id",
            "UPDATE evidence SET feed = 'police_residents', role = 'self', content_key = 'son' WHERE discrepancy_id = :id",
        ):
            connection.execute(sa.text(statement), {"id": lead})
        connection.execute(
            sa.text("""INSERT INTO delivery (feed, file, sha256, night, arrival, status, columns_mapped, columns_dropped, rows_total, rows_kept,
                rows_set_aside, rows_quarantined) SELECT 'police_residents', 'n1', 'x', DATE '2026-05-01', DATE '2026-05-01', 'taken',
                '{}'::text[], '{}'::text[], 1, 1, 0, 0 ON CONFLICT DO NOTHING""")
        )
    return lead


def listed_as(person_no: str, decision: str) -> Police:
    """The son of a household that the register misses, as the night took him for somebody."""
    return Police(dataclasses.replace(SON, household_no=None, person_no=person_no, decision=decision))


@pytest.fixture(autouse=True)
def of_the_household(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the police's rows say also names their household."""
    said = FixedSources.said

    def with_household(self: FixedSources, places: Collection[Place]) -> dict[Place, dict[str, str]]:
        return {place: {**one, "household_key": KEY} for place, one in said(self, places).items()}

    monkeypatch.setattr(FixedSources, "said", with_household)


@pytest.mark.parametrize(
    ("user", "person_no", "decision", "told"),
    [
        pytest.param("officer.north", "n2", "possible", "perhaps already on the register", id="perhaps"),
        pytest.param("officer.north", "n2", "link", "already on the register", id="surely"),
        pytest.param(
            "officer.north",
            "s1",
            "possible",
            "perhaps already on the register, outside your area",
            id="outside",
        ),
        pytest.param("steward", "s1", "link", "already on the register", id="to who sees all"),
        pytest.param("steward", "s1", "none", "not on the register", id="nobody"),
    ],
)
def test_of_a_missing_household_is_said_who_is_on_the_register_already_and_where(
    browser: Callable[..., Browser],
    county: Database,
    missing: str,
    user: str,
    person_no: str,
    decision: str,
    told: str,
) -> None:
    one = browser(user, prepared=listed_as(person_no, decision))
    page = one.get(f"/discrepancies/{missing}")
    register = strip(one, missing)[0]
    assert register[1].startswith(f"∅ {told}")
    is_seen = "outside" not in told and decision != "none"
    for place in (page, one.get(f"/discrepancies/{missing}/propose")):
        assert place.status_code == 200
        assert one.links(place, "/persons/") == ([f"/persons/{person_no}"] if is_seen else [])
        assert ("already on the register" in place.text) == (decision != "none")
    if is_seen:
        assert one.get(f"/persons/{person_no}").status_code == 200


def test_where_the_police_have_two_households_of_one_each_is_told(
    browser: Callable[..., Browser], lead: str
) -> None:
    apart = dataclasses.replace(SON, household_key=KEY + "3")
    listed = strip(browser("officer.north", prepared=Police(apart, HEAD)), lead)[2]
    assert listed[1].endswith("1990 police household A") and listed[2].endswith("2019 police household B")


def test_the_household_stays_masked_while_the_person_is_seen(
    browser: Callable[..., Browser], lead: str
) -> None:
    one = browser("officer.north", prepared=Police(SON, HEAD))
    one.send(one.get(f"/discrepancies/{lead}"), f"/discrepancies/{lead}/reveal", why="a call")
    listed = strip(one, lead)[2]
    assert listed[2].startswith("王●●") and listed[1].startswith("赵●海")


def test_a_household_that_the_user_may_not_see_is_not_asked_for(
    browser: Callable[..., Browser], county: Database, lead: str
) -> None:
    with unit_of_work(county) as work:
        work.connection.execute(
            sa.text(
                "UPDATE discrepancy SET type = 'wrong_household', proposed_value = 'H-s1' WHERE discrepancy_id = :id"
            ),
            {"id": lead},
        )
    police = Police(dataclasses.replace(SON, household_no="H-s1"))
    assert len(strip(browser("officer.north", prepared=police), lead)) == 3
    assert police.asked[-1][1] == {"H-n1"}
    browser("steward", prepared=police).get(f"/discrepancies/{lead}")
    assert police.asked[-1][1] == {"H-n1", "H-s1"}


def test_without_a_night_there_is_no_strip(browser: Callable[..., Browser], county: Database) -> None:
    with unit_of_work(county) as work:
        work.connection.execute(sa.text("UPDATE night SET is_applied = false"))
    assert strip(browser("steward", prepared=Police(HEAD)), discrepancy_of(county, "n1")) == []


@pytest.mark.parametrize("user", ["steward", "officer.north"])
def test_of_a_possible_link_the_candidate_s_household_stands_beside_it(
    browser: Callable[..., Browser], county: Database, lead: str, user: str
) -> None:
    with county.begin() as connection:
        update = "UPDATE discrepancy SET type = 'possible_link', household_no = NULL, field = NULL WHERE discrepancy_id = :id"
        connection.execute(sa.text(update), {"id": lead})
    page = browser(user, prepared=Police(HEAD)).get(f"/discrepancies/{lead}").text
    assert page.count("Who lives in household H-n1") == 1
    assert strip(browser(user, prepared=Police(HEAD)), lead)[0][1:] == ["赵●海 head 1990"]


def test_of_two_persons_both_households_are_shown_as_far_as_one_may_see_them(
    browser: Callable[..., Browser], county: Database, lead: str
) -> None:
    with county.begin() as connection:
        update = "UPDATE discrepancy SET type = 'shared_id_number', person_no_2 = 's1', field = 'id_number' WHERE discrepancy_id = :id"
        connection.execute(sa.text(update), {"id": lead})
    for user, homes in (("steward", {"H-n1", "H-s1"}), ("officer.north", {"H-n1"})):
        page = browser(user, prepared=Police()).get(f"/discrepancies/{lead}").text
        assert set(re.findall(r"Who lives in household (H-\w+)", page)) == homes


def test_where_nobody_has_a_household_that_is_said(
    browser: Callable[..., Browser], county: Database, lead: str
) -> None:
    with county.begin() as connection:
        update = "UPDATE discrepancy SET type = 'missing_person', person_no = NULL, household_no = NULL WHERE discrepancy_id = :id"
        connection.execute(sa.text(update), {"id": lead})
    assert "There is no household to show" in browser("steward").get(f"/discrepancies/{lead}").text

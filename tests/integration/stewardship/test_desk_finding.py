"""Whom a search finds: people of the register, who is missing in their households, and whoever departments' rows alone name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pandas as pd
import pytest
import sqlalchemy as sa
from desk_clients import Browser
from desk_county import NIGHT, USERS, VILLAGES
from register_leads import Lead, Named, named
from sqlalchemy.engine import Connection

from register.access import Desk
from register.asking import Question
from register.candidates import discrepancy_id
from register.database import Database
from register.lookup import leads_named
from register.pinyin import readings
from register.work import unit_of_work
from stewardship.finding import as_said, meanings
from stewardship.places import read_places
from stewardship.queue import Queue

Of = Callable[..., Browser]
_NOBODY: Final = {"person_no": None, "field": None, "proposed_value": None}
PUPIL = Lead("E1", type="missing_person", area_code=VILLAGES["n1"], **_NOBODY)
BIRTH = Lead("E2", type="unregistered_birth", area_code=VILLAGES["n2"], household_no="H-n2", **_NOBODY)
ELSEWHERE = Lead("E3", type="missing_person", area_code=VILLAGES["s1"], **_NOBODY)
ID = {lead.subject: discrepancy_id(lead.type, lead.subject) for lead in (PUPIL, BIRTH, ELSEWHERE)}
SAID = (
    Named("E1", name="赵小明", id_number="99010120150101123X", phone="13911112222"),
    Named("E2", type=BIRTH.type, name="李某之子"),
    Named("E2", type=BIRTH.type, who="mother", name="马秀英", id_number="990101198512120021"),
    Named("E3", name="赵小红"),
)


_CALL: Final = sa.text(
    "UPDATE person SET name = :name, name_initials = :name_initials, name_pinyin = :name_pinyin WHERE person_no = :number"
)


@pytest.fixture
def missing(county: Database) -> Database:
    with unit_of_work(county) as work:
        work.discrepancies.apply(
            NIGHT.replace(day=2),
            [PUPIL, BIRTH, ELSEWHERE],
            standing_types=("missing_item", "source_correction"),
            names=named(*SAID),
        )
    return county


def found(one: Browser, wanted: str) -> set[str]:
    """Which of the discrepancies of people on no register row."""
    answer = one.send(one.get("/register"), "/search", wanted=wanted)
    assert answer.status_code == 200
    return {subject for subject, id_ in ID.items() if id_ in answer.text}


WANTED: Final = {
    "赵小": {"E1", "E3"},
    "赵小明": {"E1"},
    "zx": {"E1", "E3"},
    "ZXM": {"E1"},
    "zhaoxiaoming": {"E1"},
    "zhao xiao": {"E1", "E3"},
    "Zhao Xiao Hong": {"E3"},
    "zh": {"E1", "E3"},
    "maxiuying": {"E2"},
    "xiaoming": set(),
    "99010120150101123x": {"E1"},
    "123X": {"E1"},
    "01123x": {"E1"},
    "13911112222": {"E1"},
    "马秀英": {"E2"},
    "0021": {"E2"},
    "李某": {"E2"},
    "小明": set(),
    "13911112223": set(),
    "%": set(),
    "": set(),
}


def test_who_is_on_no_register_row_is_found_as_departments_name_them(browser: Of, missing: Database) -> None:
    one = browser("steward")
    assert {wanted: found(one, wanted) for wanted in WANTED} == WANTED


@pytest.mark.parametrize("user", ["clerk.n1", "clerk.s1", "officer.north", "officer.south"])
def test_of_the_own_area_alone(browser: Of, missing: Database, user: str) -> None:
    places = {"clerk.n1": {"E1"}, "clerk.s1": {"E3"}, "officer.north": {"E1", "E2"}, "officer.south": {"E3"}}
    one = browser(user)
    every = found(one, "赵") | found(one, "马秀英")
    assert every == places[user]
    assert found(one, "zhaoxiao") | found(one, "Ma Xiuying") == places[user]


def test_with_the_mother_her_child_is_found(browser: Of, missing: Database) -> None:
    one = browser("officer.north")
    assert found(one, "n2") == {"E2"}
    assert found(one, "n1") == set()
    assert found(browser("clerk.s1"), "n2") == set()


def test_what_is_about_somebody_of_the_register_is_not_every_members(browser: Of, missing: Database) -> None:
    """Of a household come those alone that are about nobody on the register."""
    with missing.begin() as connection:
        of_n1 = sa.text(
            "UPDATE discrepancy SET household_no = 'H-n2' WHERE person_no = 'n1' RETURNING discrepancy_id"
        )
        id_ = connection.scalar(of_n1)
    one = browser("officer.north")
    assert str(id_) not in one.send(one.get("/register"), "/search", wanted="n2").text


def test_persons_of_the_register_are_found_by_their_pinyin(browser: Of, county: Database) -> None:
    named_as = {"n1": "王小明", "s1": "汪晓明"}
    with county.begin() as connection:
        for number, name in named_as.items():
            read = readings(pd.Series([name])).iloc[0].to_dict()
            connection.execute(_CALL, {"number": number, "name": name, **read})
    for user, numbers in {
        "clerk.n1": {"n1"},
        "officer.north": {"n1"},
        "clerk.s1": {"s1"},
        "steward": {"n1", "s1"},
    }.items():
        one = browser(user)
        for wanted in ("wangxiaoming", "Wang Xiao Ming", "wang xiao", "wang"):
            page = one.send(one.get("/register"), "/search", wanted=wanted).text
            assert {number for number in named_as if f"/persons/{number}" in page} == numbers, (user, wanted)


@pytest.mark.parametrize(
    ("wanted", "kinds"),
    [
        ("wangxiaoming", {"name_initials", "name_pinyin"}),
        ("wang", {"name_initials", "name_pinyin"}),
        ("wxm", {"name_initials"}),
        ("w", {"name_initials"}),
        ("lü", {"name", "name_pinyin"}),
        ("王小", {"name"}),
        ("ry2", {"name_initials", "number"}),
        ("01123x", {"number", "id_tail"}),
        ("", set()),
    ],
)
def test_pinyin_is_looked_for_only_where_it_can_be_meant(wanted: str, kinds: set[str]) -> None:
    assert set(meanings(wanted)) == kinds


def test_it_says_whom_it_looked_through(browser: Of, missing: Database) -> None:
    one = browser("steward")
    page = one.send(one.get("/register"), "/search", wanted="赵小明").text
    assert "0 persons of the register fit" in page and "looked through too" in page
    nothing = one.send(one.get("/register"), "/search", wanted="无此人").text
    assert "nor of those whom only departments' rows name" in nothing


@pytest.mark.parametrize(("most", "is_cut"), [(1, True), (2, True), (3, False)])
def test_more_than_are_listed_are_not_said_to_be_all(
    browser: Of, missing: Database, monkeypatch: pytest.MonkeyPatch, most: int, is_cut: bool
) -> None:
    """Of the two whose numbers begin alike as many are found as a look-up finds at most."""
    monkeypatch.setattr("register.lookup.MOST", most)
    monkeypatch.setattr("stewardship.finding.MOST", most)
    with unit_of_work(missing) as work:
        work.connection.execute(
            sa.text("UPDATE person SET name = '钱大' || person_no WHERE person_no IN ('n1', 's1')")
        )
    one = browser("steward")
    page = one.send(one.get("/register"), "/search", wanted="钱大").text
    assert (f"At least {min(most, 2)} persons of the register fit" in page) == is_cut
    assert ("2 persons of the register fit what" in page) != is_cut
    assert "Only the first" not in page
    monkeypatch.setattr("stewardship.finding.MOST_FOUND", 1)
    assert "Only the first 1 discrepancies" in one.send(one.get("/register"), "/search", wanted="钱大").text


_MANY: Final = """
INSERT INTO discrepancy (discrepancy_id, type, subject, status, priority, confidence, area_code, household_no, person_no, person_no_2, reason,
    evidence_hash, evidence_version, evidence_count, first_night, last_night)
SELECT 'Dx' || n, 'missing_item', 'x' || n, 'open', 3, 0.5, (CAST(:areas AS text[]))[1 + n % 3], 'h' || n, 'p' || n, CASE n % 9 WHEN 0 THEN 'q' || n END, '',
    'h', 1, 1, :night, :night FROM generate_series(1, 6000) AS n
"""


@pytest.mark.parametrize("user", ["clerk.n1", "officer.north", "steward"])
def test_policies_leave_the_search_its_indexes(
    missing: Database, desk: Desk, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with missing.begin() as connection:
        given = {"areas": list(VILLAGES.values()), "night": NIGHT}
        connection.execute(sa.text(_MANY), given)
    with missing.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("ANALYZE discrepancy, lead_name"))
    role = USERS[user][0][0]
    plans: list[str] = []
    with desk.as_user(user, role, read_only=True) as work:
        queue = Queue(work.connection, role, read_places(work.connection), NIGHT)
        asked = leads_named(as_said(meanings("赵")), of_village=role == "clerk")

        def explain(question: Question[Any], connection: Connection, /, **given: Any) -> list[Any]:
            plans.extend(connection.exec_driver_sql(f"EXPLAIN {question.statement}", given).scalars())
            return []

        monkeypatch.setattr(Question, "all", explain)
        queue.about(["p1", "p2"], 100, missing_from=["h1"], named=asked)
    plan = "\n".join(plans)
    for index in ("person_no", "person_no_2", "household_no"):
        assert f"discrepancy_{index}_idx" in plan, plan
    assert "discrepancy_pkey" in plan and "Seq Scan on discrepancy" not in plan, plan

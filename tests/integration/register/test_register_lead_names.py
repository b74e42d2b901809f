"""How departments' rows name people on no register row: written and taken away by nights, seen by whoever sees the discrepancy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final

import pandas as pd
import pytest
import sqlalchemy as sa
from desk_county import COUNTY, NOW, TOWNSHIPS, VILLAGES, areas
from register_leads import Lead, Named, named

from register.access import Desk, desk_of
from register.areas import replace_areas
from register.asking import Question
from register.candidates import discrepancy_id
from register.database import Database
from register.lookup import leads_named
from register.work import unit_of_work

A = Lead("E1", type="missing_person", area_code=VILLAGES["n1"], person_no=None, field=None)
B = Lead("E2", type="unregistered_birth", area_code=VILLAGES["s1"], person_no=None, field=None)
ID_A, ID_B = (discrepancy_id(one.type, one.subject) for one in (A, B))
OF_A = Named("E1", name="王小明", id_number="99010119900101123X", phone="13700000001")
OF_B = (
    Named("E2", type=B.type, name="李某之子"),
    Named("E2", type=B.type, who="mother", name="马秀英", id_number="990101198512120021"),
)


def apply(database: Database, day: int, *leads: Lead, names: pd.DataFrame) -> None:
    with unit_of_work(database) as work:
        work.discrepancies.apply(date(2026, 5, day), leads, names=names)


def rows(database: Database) -> list[tuple[Any, ...]]:
    query = sa.text("""
SELECT discrepancy_id, who, name, name_initials, name_pinyin, id_number, id_tail, phone, area_code FROM lead_name ORDER BY who DESC, name
""")
    with database.read() as connection:
        return [tuple(row) for row in connection.execute(query)]


def written_at(database: Database) -> list[tuple[Any, ...]]:
    """Which transaction wrote each row."""
    with database.read() as connection:
        query = sa.text("SELECT discrepancy_id, number, xmin::text FROM lead_name ORDER BY 1, 2")
        return [tuple(row) for row in connection.execute(query)]


IN_N1, IN_S1 = VILLAGES["n1"], VILLAGES["s1"]
ROW_A = (
    ID_A,
    "person",
    "王小明",
    "wxm",
    "wangxiaoming",
    "99010119900101123X",
    "X32110",
    "13700000001",
    IN_N1,
)
ROW_B = (ID_B, "person", "李某之子", "lmzz", "limouzhizi", None, None, None, IN_S1)
MOTHER_B = (ID_B, "mother", "马秀英", "mxy", "maxiuying", "990101198512120021", "120021", None, IN_S1)


def test_a_night_keeps_how_departments_name_people(database: Database) -> None:
    apply(database, 1, A, B, names=named(OF_A, *OF_B))
    assert rows(database) == [ROW_B, ROW_A, MOTHER_B]


def test_a_forced_night_in_any_order_writes_nothing(database: Database) -> None:
    apply(database, 1, A, B, names=named(OF_A, *OF_B))
    before = written_at(database)
    apply(database, 1, B, A, names=named(*reversed(OF_B), OF_A))
    apply(database, 2, B, A, names=named(*reversed(OF_B), OF_A))
    assert written_at(database) == before


def test_an_older_night_changes_nothing(database: Database) -> None:
    apply(database, 2, A, B, names=named(OF_A, *OF_B))
    apply(database, 1, A, names=named(replace(OF_A, name="汪小明")))
    assert rows(database) == [ROW_B, ROW_A, MOTHER_B]


def test_what_departments_say_otherwise_is_written_alone(database: Database) -> None:
    apply(database, 1, A, B, names=named(OF_A, *OF_B))
    before = {row[:2]: row[2] for row in written_at(database)}
    apply(database, 2, A, B, names=named(replace(OF_A, phone="13700000002"), *OF_B))
    assert rows(database)[1] == (*ROW_A[:7], "13700000002", IN_N1)
    after = {row[:2]: row[2] for row in written_at(database)}
    assert {key for key in after if before[key] != after[key]} == {(ID_A, 0)}


def test_it_moves_with_the_discrepancy(database: Database) -> None:
    apply(database, 1, A, names=named(OF_A))
    apply(database, 2, replace(A, area_code=VILLAGES["n2"]), names=named(OF_A))
    assert [row[-1] for row in rows(database)] == [VILLAGES["n2"]]


def test_with_the_evidence_the_names_go_and_with_new_evidence_they_come_back(database: Database) -> None:
    apply(database, 1, A, B, names=named(OF_A, *OF_B))
    apply(database, 2, B, names=named(*OF_B))
    assert rows(database) == [ROW_B, MOTHER_B]
    apply(database, 3, A, B, names=named(OF_A, *OF_B))
    assert rows(database) == [ROW_B, ROW_A, MOTHER_B]


def test_a_legal_hold_keeps_the_names_of_what_is_gone(database: Database) -> None:
    apply(database, 1, A, B, names=named(OF_A, *OF_B))
    with unit_of_work(database) as work:
        hold = work.retention.hold("discrepancy", ID_A, "asked for by a court", "operator", NOW)
    apply(database, 2, names=named())
    assert rows(database) == [ROW_A]
    with unit_of_work(database) as work:
        work.retention.lift(hold, "operator", NOW)
    apply(database, 3, names=named())
    assert rows(database) == []


def test_of_a_decided_one_they_stay_while_departments_say_it(database: Database) -> None:
    apply(database, 1, A, names=named(OF_A))
    with unit_of_work(database) as work:
        work.discrepancies.set_status(ID_A, "decided", 1)
    apply(database, 2, A, names=named(OF_A))
    assert rows(database) == [ROW_A]
    apply(database, 3, names=named())
    assert rows(database) == []
    with database.read() as connection:
        assert connection.scalar(sa.text("SELECT status FROM discrepancy")) == "decided"


def test_while_the_rules_cannot_speak_they_stay(database: Database) -> None:
    apply(database, 1, A, B, names=named(OF_A, *OF_B))
    with unit_of_work(database) as work:
        work.discrepancies.apply(date(2026, 5, 2), [B], standing_types=[A.type], names=named(*OF_B))
    assert rows(database) == [ROW_B, ROW_A, MOTHER_B]


def test_retention_leaves_none_behind(database: Database) -> None:
    apply(database, 1, A, names=named(OF_A))
    with database.begin() as connection:  # as if the night had not taken them
        connection.execute(sa.text("UPDATE discrepancy SET status = 'resolved'"))
    with unit_of_work(database) as work:
        assert work.retention.run(datetime(2040, 1, 1, tzinfo=UTC))["resolved_discrepancy"] == 1
    assert rows(database) == []


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    with unit_of_work(database) as work:
        replace_areas(work.connection, areas())
        for user, role, area in (
            ("clerk", "clerk", IN_N1),
            ("officer", "officer", TOWNSHIPS["south"]),
            ("steward", "steward", COUNTY),
        ):
            work.grants.add_user(user, user, "operator", NOW)
            work.grants.grant(user, role, "operator", NOW, area_code=area)
    apply(database, 1, A, B, names=named(OF_A, *OF_B))
    with desk_of(database.engine.url) as opened:
        yield opened


def found(desk: Desk, user: str, **asked: str) -> set[str]:
    named = leads_named(asked, of_village=user == "clerk")
    assert named is not None
    with desk.as_user(user, user, read_only=True) as work:
        return set(Question(named.query, str).all(work.connection, **named.given))


def test_each_way_of_asking_finds_them(desk: Desk) -> None:
    for asked, ids in (
        ({"name": "王"}, {ID_A}),
        ({"name": "小"}, set()),
        ({"name_initials": "wx"}, {ID_A}),
        ({"name_initials": "mxy"}, {ID_B}),
        ({"name_pinyin": "wangxiao"}, {ID_A}),
        ({"name_pinyin": "maxiuying"}, {ID_B}),
        ({"name_pinyin": "xiao"}, set()),
        ({"id_number": "990101198512120021"}, {ID_B}),
        ({"id_number": "99010119851212002"}, set()),
        ({"id_tail": "X321"}, {ID_A}),
        ({"phone": "13700000001"}, {ID_A}),
        ({"name": "%"}, set()),
        ({"name_initials": "w", "id_tail": "1200"}, {ID_A, ID_B}),
    ):
        assert found(desk, "steward", **asked) == ids, asked
    assert leads_named({}, of_village=False) is None


def test_whose_discrepancy_may_not_be_seen_is_not_found(desk: Desk) -> None:
    asked = {"name": "王", "id_number": "990101198512120021"}
    assert found(desk, "clerk", **asked) == {ID_A}
    assert found(desk, "officer", **asked) == {ID_B}
    assert found(desk, "steward", **asked) == {ID_A, ID_B}
    for user, ids in (("clerk", {ID_A}), ("officer", set()), ("steward", {ID_A})):
        assert found(desk, user, name_pinyin="wang") == ids


LOOK_UPS: Final = {
    "id_number = '1'": "lead_name_id_number_idx",
    "phone = '1'": "lead_name_phone_idx",
    "name ~>=~ '王1' AND name ~<~ '王2'": "lead_name_name_idx",
    "name_initials ~>=~ 'w1' AND name_initials ~<~ 'w2'": "lead_name_name_initials_idx",
    "name_pinyin ~>=~ 'wang1' AND name_pinyin ~<~ 'wang2'": "lead_name_name_pinyin_idx",
    "id_tail ~>=~ '4321' AND id_tail ~<~ '4322'": "lead_name_id_tail_idx",
}


def test_policies_leave_each_way_of_asking_its_index(database: Database, desk: Desk) -> None:
    villages = list(VILLAGES.values())
    many = [replace(A, subject=f"M{n}", area_code=villages[n % 3]) for n in range(3_000)]
    says = [
        Named(f"M{n}", name=f"王{n}", id_number=f"{n:018d}", phone=f"137{n:08d}") for n in range(len(many))
    ]
    apply(database, 2, *many, names=named(*says))
    with database.begin() as connection:
        connection.execute(sa.text("ANALYZE lead_name"))
    for user in ("clerk", "officer", "steward"):
        with desk.as_user(user, user) as work:
            for condition, index in LOOK_UPS.items():
                plan = "\n".join(
                    work.connection.scalars(sa.text(f"EXPLAIN SELECT 1 FROM lead_name WHERE {condition}"))
                )
                assert index in plan and "Index Cond" in plan and "Seq Scan" not in plan, plan

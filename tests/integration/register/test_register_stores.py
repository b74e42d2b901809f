"""The ledgers: deliveries, nights, entities, areas, and the exports."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from register_leads import Lead, Row

from register.areas import replace_areas
from register.candidates import discrepancy_id
from register.database import Database
from register.entities import EntityChange
from register.errors import StoreError
from register.exports import export_discrepancies, export_evidence
from register.work import unit_of_work

FIRST, SECOND = date(2026, 5, 5), date(2026, 5, 6)
NOW = datetime(2026, 5, 5, 1, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Receipt:
    feed: str = "police_births"
    file: str = "2026-05-05/a.csv"
    sha256: str = "aa"
    arrival: date = FIRST
    unit: str | None = "柳口派出所"
    period: str | None = "2026-04"
    coverage: str | None = None
    encoding: str | None = "gb18030"
    file_format: str | None = "csv"
    status: str = "taken"
    reason: str | None = None
    other_feed: str | None = None
    header_row: int | None = 3
    columns_mapped: tuple[str, ...] = ("姓名 → name",)
    columns_dropped: tuple[str, ...] = ("罚款",)
    rows_total: int = 10
    rows_kept: int = 7
    rows_set_aside: int = 2
    rows_quarantined: int = 1


def record(database: Database, night: date, *receipts: Receipt) -> int:
    with unit_of_work(database) as work:
        return work.deliveries.record(receipts, night)


def rows_of(database: Database, table: str) -> list[Any]:
    with database.read() as connection:
        return list(connection.execute(sa.text(f"SELECT * FROM {table} ORDER BY 1, 2, 3")).all())


def test_a_receipt_comes_back_as_it_went_in(database: Database) -> None:
    assert record(database, FIRST, Receipt()) == 1
    with unit_of_work(database) as work:
        (entry,) = work.deliveries.taken_by(FIRST)
        assert work.deliveries.known_hashes("police_births") == {"aa"}
        assert work.deliveries.known_hashes("police_births", except_night=FIRST) == frozenset()
        assert work.deliveries.known_hashes("police_moves") == frozenset()
    receipt = Receipt()
    assert {name: getattr(entry, name) for name in receipt.__dataclass_fields__} == vars(receipt)
    assert (entry.night, entry.rows_superseded) == (FIRST, 0)


def test_the_same_night_may_record_again_and_correct_itself(database: Database) -> None:
    record(database, FIRST, Receipt())
    assert record(database, FIRST, Receipt()) == 0
    assert record(database, FIRST, Receipt(rows_kept=6, rows_quarantined=2)) == 1
    (entry,) = rows_of(database, "delivery")
    assert (entry.rows_kept, entry.rows_quarantined) == (6, 2)


def test_another_night_or_a_duplicate_does_not_take_a_file_away(database: Database) -> None:
    record(database, FIRST, Receipt())
    assert record(database, SECOND, Receipt()) == 0
    assert record(database, FIRST, Receipt(status="duplicate", rows_total=0, rows_kept=0)) == 0
    record(database, SECOND, replace(Receipt(), file="2026-05-06/b.csv", status="duplicate", rows_total=0))
    with unit_of_work(database) as work:
        assert [entry.file for entry in work.deliveries.taken_by(FIRST)] == ["2026-05-05/a.csv"]
        assert work.deliveries.taken_by(SECOND) == []
        assert [entry.status for entry in work.deliveries.receipts()] == ["taken", "duplicate"]
        assert len(work.deliveries.taken(until=FIRST)) == 1
        assert work.deliveries.taken(until=date(2026, 5, 4)) == []


def test_superseded_rows_move_out_of_kept_once(database: Database) -> None:
    record(database, FIRST, Receipt())
    for _ in range(2):
        with unit_of_work(database) as work:
            work.deliveries.update_superseded({("police_births", "aa"): 3, ("police_births", "zz"): 1})
    (entry,) = rows_of(database, "delivery")
    assert (entry.rows_kept, entry.rows_superseded, entry.rows_total) == (4, 3, 10)
    record(database, FIRST, Receipt())
    (entry,) = rows_of(database, "delivery")
    assert (entry.rows_kept, entry.rows_superseded) == (4, 3)


def test_a_receipt_that_does_not_add_up_is_refused(database: Database) -> None:
    with pytest.raises(StoreError) as caught:
        record(database, FIRST, Receipt(rows_kept=8))
    assert caught.value.constraint == "delivery_rows_add_up_check"
    assert rows_of(database, "delivery") == []


def test_quarantined_rows_are_replaced_by_delivery(database: Database) -> None:
    rows = pd.DataFrame(
        [
            ("police_births", "a.csv", "", 5, "no_name", "name", {"姓名": "?"}),
            ("police_births", "a.csv", "", 9, "no_name", None, {"姓名": None}),
        ],
        columns=["feed", "file", "sheet", "row", "rule", "column", "raw"],
    )
    with unit_of_work(database) as work:
        assert work.deliveries.quarantine(rows, [("police_births", "a.csv")], FIRST) == 2
    with unit_of_work(database) as work:
        assert work.deliveries.quarantine(rows.iloc[:1], [("police_births", "a.csv")], SECOND) == 1
    (kept,) = rows_of(database, "quarantined_row")
    assert (kept.row, kept.column, kept.raw) == (5, "name", {"姓名": "?"})
    with unit_of_work(database) as work:
        work.deliveries.quarantine(rows.iloc[:0], [("police_births", "a.csv")], SECOND)
    assert rows_of(database, "quarantined_row") == []


def test_the_rules_see_the_files_of_the_nights_so_far_each_once(database: Database) -> None:
    record(database, FIRST, Receipt(), Receipt(file="b.csv", sha256="bb"))
    record(database, SECOND, Receipt(sha256="cc", rows_kept=6, rows_quarantined=2))
    with unit_of_work(database) as work:
        first, second = work.deliveries.taken_files(FIRST), work.deliveries.taken_files(SECOND)
    assert list(zip(first["file"], first["rows"])) == [("2026-05-05/a.csv", 7), ("b.csv", 7)]
    assert list(zip(second["file"], second["rows"])) == [("2026-05-05/a.csv", 6), ("b.csv", 7)]


def test_the_rules_see_quarantined_rows_without_their_values(database: Database) -> None:
    rows = pd.DataFrame(
        {
            "feed": "f",
            "file": "a.csv",
            "sheet": "",
            "row": [4, 5, 6],
            "rule": "torn",
            "column": [None, "name", None],
        }
    ).assign(raw=[{"name": "金丝雀"}, {"name": "金丝雀"}, {"name": "x"}])
    with unit_of_work(database) as work:
        work.deliveries.quarantine(rows, [("f", "a.csv")], SECOND)
        assert work.deliveries.quarantined(FIRST).empty
        seen = work.deliveries.quarantined(SECOND)
    assert seen["row"].tolist() == [4, 5, 6] and seen["column"].tolist() == [None, "name", None]
    assert seen["raw_key"].nunique() == 2 and "金丝雀" not in seen.to_string()


def test_a_night_starts_finishes_and_tells_the_next_clock(database: Database) -> None:
    with unit_of_work(database) as work:
        assert work.nights.last_finished() is None
        assert work.nights.effective(FIRST) == FIRST
        work.nights.start(FIRST, NOW)
        work.discrepancies.apply(FIRST, [])
        work.nights.finish(FIRST, NOW, {"opened": 3}, next_clock=date(2026, 6, 1))
        work.nights.start(SECOND, NOW)
        work.nights.fail(SECOND, NOW)
    with unit_of_work(database) as work:
        done = work.nights.last_finished()
        assert done is not None
        assert (done.night, done.counts, done.next_clock, done.is_applied) == (
            FIRST,
            {"opened": 3},
            date(2026, 6, 1),
            True,
        )
        failed = work.nights.get(SECOND)
        assert failed is not None and failed.status == "failed" and not failed.is_applied
        assert [run.night for run in work.nights.all()] == [FIRST, SECOND]
        assert work.nights.effective(date(2026, 5, 1)) == FIRST
        assert work.nights.effective(SECOND) == SECOND


def test_entities_are_remembered_and_merged_once(database: Database) -> None:
    changes = [EntityChange("merge", "E2", "E1")]
    for night in (FIRST, FIRST, SECOND):
        with unit_of_work(database) as work:
            work.entities.store(FIRST, {"k1": "E1", "k2": "E2"})
            work.entities.store(night, {"k2": "E1"}, changes)
            assert work.entities.load() == {"k1": "E1", "k2": "E1"}
    entities = rows_of(database, "entity")
    assert [(e.entity_id, e.first_night, e.merged_into) for e in entities] == [
        ("E1", FIRST, None),
        ("E2", FIRST, "E1"),
    ]
    assert len(rows_of(database, "entity_log")) == 2


def test_areas_are_replaced_with_their_history(database: Database) -> None:
    areas = pd.DataFrame(
        [
            ("990000000000", "云泽省", "province", None, "1984-01-01", None, None),
            ("990101001001", "陈树村", "village", "990101001000", None, "2026-06-30", "990101001009"),
        ],
        columns=["code", "name", "level", "parent", "valid_from", "valid_to", "successor"],
    )
    for _ in range(2):
        with database.begin() as connection:
            assert replace_areas(connection, areas) == 2
    province, village = rows_of(database, "area")
    assert (province.valid_from, province.parent) == (date(1984, 1, 1), None)
    assert (village.valid_from, village.valid_to, village.successor) == (
        date(1, 1, 1),
        date(2026, 6, 30),
        "990101001009",
    )


def test_the_exports_hold_what_the_interface_promises(database: Database, tmp_path: Path) -> None:
    plain = Lead("RY1:phone", confidence=0.87654321, evidence=(Row(row=7), Row(row=5, sheet="表1")))
    quoted = Lead("RY2:name", field="name", register_value='张,"三', person_no=None, evidence=())
    with unit_of_work(database) as work:
        work.discrepancies.apply(FIRST, [plain, quoted])
    export_discrepancies(database, tmp_path / "d.csv")
    export_evidence(database, tmp_path / "e.csv")
    assert (tmp_path / "d.csv").read_bytes().split(b"\n")[0] == (
        b"discrepancy_id,type,status,priority,confidence,first_night,last_night,area_code,household_no,person_no,"
        b"person_no_2,field,register_value,proposed_value,evidence_count"
    )
    with (tmp_path / "d.csv").open(encoding="utf-8", newline="") as file:
        lines = {line["discrepancy_id"]: line for line in csv.DictReader(file)}
    assert list(lines) == sorted(lines) and len(lines) == 2
    first = lines[discrepancy_id("missing_item", "RY1:phone")]
    assert (first["confidence"], first["first_night"], first["evidence_count"]) == (
        "0.8765",
        "2026-05-05",
        "2",
    )
    assert (first["household_no"], first["status"]) == ("", "open")
    assert lines[discrepancy_id("missing_item", "RY2:name")]["register_value"] == '张,"三'
    id_ = discrepancy_id("missing_item", "RY1:phone")
    assert (tmp_path / "e.csv").read_text(encoding="utf-8") == (
        "discrepancy_id,feed,file,sheet,row,role,person_no\n"
        f"{id_},police_residents,2026-05-03/a.csv,,7,self,RY1\n"
        f"{id_},police_residents,2026-05-03/a.csv,表1,5,self,RY1\n"
    )


def test_an_export_that_fails_leaves_the_old_file(scratch: Database, tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("old")
    with scratch.begin() as connection:
        connection.execute(sa.text("ALTER TABLE discrepancy RENAME TO elsewhere"))
    with pytest.raises(StoreError):
        export_discrepancies(scratch, tmp_path / "d.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["d.csv"]
    assert (tmp_path / "d.csv").read_text() == "old"

"""The whole way: a county's files through several nights, held against the truth, and run again in every way."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from assets.calendar import is_due
from assets.continuity import FORMAT, night_before
from assets.store import FrameStore
from pipelines.resources import open_workspace
from pipelines.retention import run_retention
from register.work import unit_of_work
from simulation import score
from tests.county_nights import EXPORTS, Deliveries, Home

FEWEST = 5
"""Types with fewer true items than this in so small a county are not judged."""


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"))))


@pytest.fixture(scope="module")
def exports(done: Home) -> dict[str, bytes]:
    return done.exports()


def test_what_is_found_is_what_is_true(done: Home, deliveries: Deliveries, exports: dict[str, bytes]) -> None:
    files = [done.root / f"{what}.csv" for what in EXPORTS]
    table = score(deliveries.folder / "truth", *files, night=deliveries.last)
    links = table.links[table.links["by"] == "all"].iloc[0]
    assert links["precision"] >= 0.995
    assert links["recall"] >= 0.985
    types = table.types[table.types["truth"] >= FEWEST].set_index("type")["f1"]
    wanted = {"missing_person": 0.9, "missing_item": 0.95, "inconsistent_field": 0.85}
    assert {kind: types[kind] for kind in wanted if types[kind] < wanted[kind]} == {}


def test_the_nights_never_open_the_truth(done: Home, deliveries: Deliveries, files_opened: list[str]) -> None:
    assert any(str(deliveries.landing) in path for path in files_opened)
    truth = str(deliveries.folder / "truth")
    assert [path for path in files_opened if path.startswith(truth)] == []


def test_every_row_of_every_file_is_accounted_for(done: Home, deliveries: Deliveries) -> None:
    with open_workspace(done.settings) as workspace, unit_of_work(workspace.database) as work:
        receipts = work.deliveries.receipts()
    files = {f"{r.feed}/{r.file}" for r in receipts}
    there = {path.relative_to(deliveries.landing).as_posix() for path in deliveries.landing.rglob("*.*")}
    assert files == there
    taken = [r for r in receipts if r.status == "taken"]
    assert all(
        r.rows_total == r.rows_kept + r.rows_set_aside + r.rows_quarantined + r.rows_superseded for r in taken
    )
    assert sum(r.rows_superseded for r in taken) > 0


def test_the_exports_are_as_promised(exports: dict[str, bytes]) -> None:
    leads, evidence, links = (rows(exports[what]) for what in EXPORTS)
    assert list(leads[0]) == [
        "discrepancy_id",
        "type",
        "status",
        "priority",
        "confidence",
        "first_night",
        "last_night",
        "area_code",
        "household_no",
        "person_no",
        "person_no_2",
        "field",
        "register_value",
        "proposed_value",
        "evidence_count",
    ]
    assert list(evidence[0]) == ["discrepancy_id", "feed", "file", "sheet", "row", "role", "person_no"]
    assert list(links[0]) == [
        "feed",
        "file",
        "sheet",
        "row",
        "role",
        "person_no",
        "match_weight",
        "match_probability",
        "decision",
        "model_version",
    ]
    assert {lead["status"] for lead in leads} <= {"open", "waiting", "decided", "resolved"}
    ids = [lead["discrepancy_id"] for lead in leads]
    assert ids == sorted(ids)
    counted: dict[str, int] = {}
    for line in evidence:
        counted[line["discrepancy_id"]] = counted.get(line["discrepancy_id"], 0) + 1
    assert {
        lead["discrepancy_id"]: int(lead["evidence_count"]) for lead in leads if lead["evidence_count"] != "0"
    } == counted
    assert {link["decision"] for link in links} <= {"link", "possible", "none", "confirmed", "rejected"}


def names(home: Home) -> list[tuple[object, ...]]:
    """How departments name people on no register row: all of it, with the discrepancy's type and whether it has gone."""
    query = sa.text("""
SELECT l.*, d.type, d.gone_night FROM lead_name AS l JOIN discrepancy AS d USING (discrepancy_id) ORDER BY 1, 2
""")
    with open_workspace(home.settings) as workspace, workspace.database.read() as connection:
        return [tuple(row) for row in connection.execute(query)]


def test_whoever_is_on_no_register_row_is_kept_as_departments_name_them(
    done: Home, exports: dict[str, bytes]
) -> None:
    kept = names(done)
    missing = {"unregistered_birth", "missing_person", "missing_household"}
    found = {
        row["discrepancy_id"]
        for row in rows(exports["discrepancies"])
        if row["type"] in missing and row["status"] != "resolved"
    }
    assert {row[0] for row in kept} == found and len(found) > FEWEST
    assert {row[-2] for row in kept if row[3] == "mother"} == {"unregistered_birth"}
    assert all(row[-1] is None for row in kept)


@pytest.mark.parametrize(
    "place",
    [pytest.param(0, id="the first"), pytest.param(2, id="a middle one"), pytest.param(-1, id="the last")],
)
def test_running_a_night_again_changes_nothing(
    place: int, done: Home, deliveries: Deliveries, exports: dict[str, bytes]
) -> None:
    before = names(done)
    done.run([deliveries.nights[place]])
    assert done.exports() == exports
    assert names(done) == before
    with open_workspace(done.settings, done.landing) as workspace:
        assert not is_due(workspace, deliveries.last)


def test_what_was_linked_before_an_update_is_not_taken_over(done: Home, deliveries: Deliveries) -> None:
    *_, before, last = deliveries.nights
    with open_workspace(done.settings) as workspace:
        facts = workspace.store.read_facts("links", before.isoformat())
        assert facts is not None
        version, digest = facts["model_version"], facts["mentions"]
        found = night_before(workspace, last, version, digest)
        assert found is not None and found.night == before.isoformat()
        for older in ({}, {"format": FORMAT - 1}):
            told = {name: value for name, value in facts.items() if name != "format"} | older
            workspace.store.write_facts("links", before.isoformat(), told)
            assert night_before(workspace, last, version, digest) is None
        workspace.store.write_facts("links", before.isoformat(), facts)


def still_there(content: bytes) -> list[dict[str, str]]:
    """Discrepancies that are not resolved, without the nights on which they were seen."""
    kept = [lead for lead in rows(content) if lead["status"] != "resolved"]
    return [{k: v for k, v in lead.items() if not k.endswith("_night")} for lead in kept]


def test_nights_find_the_same_after_retention_has_taken_what_old_nights_worked_out(
    done: Home, deliveries: Deliveries, exports: dict[str, bytes], tmp_path: Path
) -> None:
    home = done.copy(tmp_path / "home")
    now = datetime.combine(deliveries.last, time(4), UTC) + timedelta(days=1)
    with open_workspace(home.settings) as workspace, unit_of_work(workspace.database) as work:
        work.retention.set_days("night_frames", 1, "operator", now)
    assert run_retention(home.settings, now)["night_frames"] > 0
    old = deliveries.nights[len(deliveries.nights) // 2]
    assert FrameStore(home.settings.frames_root).read("register", old.isoformat()) is None
    home.run([old, deliveries.last])
    assert home.exports() == exports


def test_the_order_of_the_nights_does_not_matter(
    deliveries: Deliveries, begun: Home, exports: dict[str, bytes], tmp_path: Path
) -> None:
    _, *middle, last = deliveries.nights
    home = begun.copy(tmp_path / "home")
    home.run([last, *reversed(middle)])
    other = home.exports()
    assert still_there(other["discrepancies"]) == still_there(exports["discrepancies"])
    assert other["links"] == exports["links"]

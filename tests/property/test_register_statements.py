"""A register told by lists and changes is the register of the lists that those changes amount to, in whatever order they come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Connection

from register.database import Database
from register.importing import import_snapshot
from register.past import rows_on
from register.snapshot import as_of
from register.testing import temporary_database
from register.timeline import SnapshotKey, effective, spans_of

FIRST = date(2026, 5, 1)
DAYS = 5
ENDS = {"2026-03": date(2026, 3, 31), "2026-04": date(2026, 4, 30), "2026-05": date(2026, 5, 31)}
Cells = tuple[str, str]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with temporary_database(tmp_path_factory.mktemp("register")) as opened:
        yield opened


def in_rolled_back(database: Database) -> Iterator[Connection]:
    with database.engine.connect() as connection:
        yield connection
        connection.rollback()


@dataclass(frozen=True)
class Told:
    """A list, or changes: person → name and household; None who is taken off."""

    unit: str
    coverage: str
    arrival: date
    period: str
    people: tuple[tuple[str, Cells | None], ...]

    @property
    def newness(self) -> tuple[date, date]:
        end = ENDS[self.period] if self.period in ENDS else date.fromisoformat(self.period)
        return min(end, self.arrival), self.arrival

    def records(self) -> pd.DataFrame:
        rows = [(no, *(cells or (None, None)), None if cells else "注销") for no, cells in self.people]
        frame = pd.DataFrame(rows, columns=["person_no", "name", "household_no", "change"], dtype=object)
        return frame.assign(
            unit=self.unit,
            arrival=self.arrival.isoformat(),
            period=self.period,
            coverage=self.coverage,
            file=f"{self.coverage}.csv",
            row=range(len(frame)),
            delivery=f"{self.coverage}{self.period}",
        )


def told(units: Sequence[str], numbers: Sequence[str]) -> st.SearchStrategy[list[Told]]:
    cells = st.tuples(st.sampled_from(["甲", "乙"]), st.sampled_from(["H1", "H2"]))
    days = st.integers(0, DAYS - 1).map(lambda day: FIRST + timedelta(days=day))
    lists = st.builds(
        lambda unit, day, period, people: Told(unit, "full", day, period, tuple(people.items())),
        st.sampled_from(units),
        days,
        st.sampled_from(list(ENDS)),
        st.dictionaries(st.sampled_from(numbers), cells, min_size=1),
    )
    changes = st.builds(
        lambda unit, day, period, people: Told(unit, "changes", day, period, tuple(people.items())),
        st.sampled_from(units),
        days,
        st.sampled_from([*ENDS, "2026-05-02", "2026-05-04"]),
        st.dictionaries(st.sampled_from(numbers), st.none() | cells, min_size=1, max_size=3),
    )
    return st.lists(
        st.one_of(lists, changes),
        min_size=1,
        max_size=7,
        unique_by=lambda one: (one.unit, one.coverage, one.arrival, one.period),
    )


def amounts_to(deliveries: list[Told], unit: str, night: date) -> dict[str, tuple[Cells, date]] | None:
    """The unit's people on a night, and when each was last told; by the newest list and what is newer than that, nothing clever."""
    arrived = [one for one in deliveries if one.unit == unit and one.arrival <= night]
    lists = [one for one in arrived if one.coverage == "full"]
    base = max(lists, key=lambda one: (one.period, one.arrival), default=None)
    people = {no: (cells, base.arrival) for no, cells in base.people if cells} if base else {}
    newer = [
        one for one in arrived if one.coverage == "changes" and (base is None or one.newness > base.newness)
    ]
    for one in sorted(newer, key=lambda one: (one.newness, one.period)):
        for number, cells in one.people:
            people.pop(number, None)
            if cells:
                people[number] = (cells, one.arrival)
    return people if base or newer else None


def history(connection: Connection) -> list[Any]:
    return [
        connection.execute(sa.text(f"SELECT * FROM {name} ORDER BY 1, 2, 3")).all()
        for name in ("person", "membership", "household")
    ]


def kept(connection: Connection) -> list[Any]:
    """What is known of the deliveries; how many persons a unit has with one that has no say is no matter."""
    columns = {
        "register_import": "unit, arrival, period, coverage, is_effective, rows, CASE WHEN is_effective THEN persons END",
        "register_statement": "unit, person_no, arrival, period, valid_to, is_removed, name, household_no",
        "register_unit": "unit, arrival, listed, before, before_listed, is_merged",
    }
    return [
        connection.execute(sa.text(f"SELECT {what} FROM {table} ORDER BY 1, 2, 3, 4")).all()
        for table, what in columns.items()
    ]


def taken_in(connection: Connection, deliveries: Sequence[Told]) -> None:
    for one in deliveries:
        import_snapshot(connection, one.records(), FIRST)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(deliveries=told(["东"], ["P1", "P2", "P3", "P4"]), data=st.data())
def test_changes_in_any_order_make_the_history_of_the_lists_they_amount_to(
    database: Database, deliveries: list[Told], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(deliveries), max_size=2))
    shuffled = [*data.draw(st.permutations(deliveries)), *again]
    found, stored = [], []
    for order in (deliveries, shuffled):
        for connection in in_rolled_back(database):
            taken_in(connection, order)
            found.append(history(connection))
            stored.append(kept(connection))
    assert found[0] == found[1]
    assert stored[0] == stored[1]
    lists = []
    for day in sorted({one.arrival for one in deliveries}):
        people = amounts_to(deliveries, "东", day)
        if people:
            rows = tuple((no, cells) for no, (cells, _) in people.items())
            lists.append(Told("东", "full", day, day.isoformat(), rows))
        elif people is not None:
            return  # a list of nobody is no list: what it would amount to cannot be handed over
    for connection in in_rolled_back(database):
        taken_in(connection, lists)
        assert history(connection) == found[0]


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(deliveries=told(["东", "西"], ["P1", "P2", "P3"]))
def test_a_person_of_two_units_is_where_they_were_last_told_of(
    database: Database, deliveries: list[Told]
) -> None:
    for connection in in_rolled_back(database):
        taken_in(connection, deliveries)
        for day in range(-1, DAYS):
            night = FIRST + timedelta(days=day)
            frame = as_of(connection, night)
            seen = dict(zip(frame["person_no"], zip(frame["name"], frame["household_no"])))
            assert seen == of_county(deliveries, night)
            one_by_one = rows_on(connection, ["P1", "P2", "P3"], night)
            assert {no: (row["name"], row["household_no"]) for no, row in one_by_one.items()} == seen


def of_county(deliveries: list[Told], night: date) -> dict[str, Cells]:
    """Each person from the unit that spoke of them last; a unit most of whose people another told of since is no more."""
    units = {unit: amounts_to(deliveries, unit, night) or {} for unit in ("东", "西")}
    merged = set()
    for unit, people in units.items():
        others = [other for name, other in units.items() if name != unit]
        since = sum(
            any(no in other and other[no][1] > day for other in others) for no, (_, day) in people.items()
        )
        if since > len(people) / 2:
            merged.add(unit)
    found: dict[str, tuple[Cells, date]] = {}
    for unit, people in sorted(units.items()):
        for number, (cells, day) in people.items() if unit not in merged else ():
            if number not in found or day > found[number][1]:
                found[number] = (cells, day)
    return {number: cells for number, (cells, _) in found.items()}


KEYS = st.builds(
    SnapshotKey,
    st.dates(FIRST, FIRST + timedelta(days=5)),
    st.sampled_from(["2026-03", "2026-04", "2026-05-02", "2026-05", ""]),
)


@given(statements=st.lists(KEYS, unique=True), snapshots=st.lists(KEYS))
def test_what_is_said_of_a_person_holds_for_one_time_after_the_other(
    statements: list[SnapshotKey], snapshots: list[SnapshotKey]
) -> None:
    spans = spans_of(statements, effective(snapshots))
    assert set(spans) == set(statements)
    held = sorted((begin, end or date.max) for begin, end in spans.values() if begin != end)
    assert all(end <= begin for (_, end), (begin, _) in zip(held, held[1:]))
    assert all(key.arrival == begin for key, (begin, _) in spans.items())

"""Any order of nights and deliveries ends in the same store, held against two small Python models."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy.engine import Connection

from register.candidates import discrepancy_id
from register.database import Database
from register.discrepancies import DiscrepancyStore
from register.errors import StaleEvidence
from register.importing import import_snapshot
from register.past import household_on, rows_on
from register.snapshot import as_of
from register.testing import temporary_database
from register.timeline import SnapshotKey, effective

FIRST = date(2026, 5, 1)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with temporary_database(tmp_path_factory.mktemp("register")) as opened:
        yield opened


def in_rolled_back(database: Database) -> Iterator[Connection]:
    with database.engine.connect() as connection:
        yield connection
        connection.rollback()


# --- the life of discrepancies ---


@dataclass(frozen=True)
class Row:
    row: int
    feed: str = "police_births"
    file: str = "2026-05-03/a.csv"
    sheet: str = ""
    role: str = "self"
    person_no: str | None = None
    content_key: str = "k"
    unit: str = "u"


@dataclass(frozen=True)
class Lead:
    subject: str
    evidence_hash: str
    evidence: tuple[Row, ...]
    type: str = "missing_person"
    area_code: str | None = None
    household_no: str | None = None
    person_no: str | None = None
    person_no_2: str | None = None
    field: str | None = None
    register_value: str | None = None
    proposed_value: str | None = None
    confidence: float = 1.0
    priority: int = 2
    reason: str = ""


@dataclass
class Known:
    """The model: one discrepancy."""

    status: str
    hash: str
    version: int
    first: date
    last: date
    rows: frozenset[int]


SUBJECTS = st.sampled_from([f"s{number}" for number in range(5)])
# subject → (evidence hash, the rows it lies in)
FOUND = st.dictionaries(
    SUBJECTS,
    st.tuples(st.sampled_from(["h1", "h2", "h3"]), st.sets(st.integers(1, 4), min_size=1)),
    max_size=5,
)


def lifecycle(database: Database) -> type[RuleBasedStateMachine]:
    class Lifecycle(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.connection = database.engine.connect()
            self.store = DiscrepancyStore(self.connection)
            self.known: dict[str, Known] = {}
            self.newest: date | None = None

        def teardown(self) -> None:
            self.connection.rollback()
            self.connection.close()

        @rule(found=FOUND, step=st.integers(-1, 3))
        def night(self, found: dict[str, tuple[str, set[int]]], step: int) -> None:
            night = (self.newest or FIRST) + timedelta(days=step)
            leads = [
                Lead(subject, hash_, tuple(Row(row) for row in sorted(rows)))
                for subject, (hash_, rows) in found.items()
            ]
            report = self.store.apply(night, leads)
            if self.newest is not None and night < self.newest:
                assert report.skipped
                return
            self.newest = night
            expected = self.step(night, found)
            assert expected == {name: getattr(report, name) for name in expected}
            again = self.store.apply(night, reversed(leads))
            assert (again.untouched, again.opened, again.changed) == (len(leads), 0, 0)
            assert (again.reopened, again.resolved) == (0, 0)

        def step(self, night: date, found: dict[str, tuple[str, set[int]]]) -> dict[str, int]:
            counts = dict.fromkeys(("opened", "changed", "untouched", "reopened", "resolved"), 0)
            for subject, (hash_, rows) in found.items():
                one = self.known.get(subject)
                if one is None:
                    self.known[subject] = Known("open", hash_, 1, night, night, frozenset(rows))
                    counts["opened"] += 1
                    continue
                one.rows = frozenset(rows)
                if one.status != "resolved" and one.hash == hash_:
                    counts["untouched"] += 1
                    continue
                event = "reopened" if one.status in ("resolved", "decided") else "changed"
                counts[event] += 1
                one.status = "open" if event == "reopened" else one.status
                one.hash, one.version, one.last = hash_, one.version + 1, night
            for subject, one in self.known.items():
                if subject not in found and one.status in ("open", "waiting"):
                    one.status, one.last = "resolved", night
                    counts["resolved"] += 1
            return counts

        @rule(subject=SUBJECTS, status=st.sampled_from(["decided", "waiting", "open"]), stale=st.booleans())
        def decide(self, subject: str, status: str, stale: bool) -> None:
            one = self.known.get(subject)
            if one is None:
                return
            id_ = discrepancy_id("missing_person", subject)
            if stale or one.status == "resolved":
                with pytest.raises(StaleEvidence):
                    self.store.set_status(id_, status, one.version + stale)
                return
            self.store.set_status(id_, status, one.version)
            one.status = status

        @invariant()
        def store_equals_model(self) -> None:
            stored = self.connection.execute(sa.text("SELECT * FROM discrepancy")).all()
            evidence = self.connection.execute(sa.text('SELECT discrepancy_id, "row" FROM evidence')).all()
            assert {
                d.subject: Known(
                    d.status,
                    d.evidence_hash,
                    d.evidence_version,
                    d.first_night,
                    d.last_night,
                    frozenset(row for id_, row in evidence if id_ == d.discrepancy_id),
                )
                for d in stored
            } == self.known
            assert all(d.evidence_count == len(self.known[d.subject].rows) for d in stored)
            versions = self.connection.scalar(sa.text("SELECT count(*) FROM discrepancy_version"))
            assert versions == sum(one.version for one in self.known.values())

    return Lifecycle


def test_any_sequence_of_nights_and_decisions_ends_as_the_model_says(database: Database) -> None:
    machine = lifecycle(database)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=40, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


# --- the register's history ---


@dataclass(frozen=True)
class Delivered:
    """One unit's snapshot: person → (name, household)."""

    unit: str
    arrival: date
    period: str
    people: tuple[tuple[str, tuple[str, str]], ...]

    def records(self) -> pd.DataFrame:
        frame = pd.DataFrame(
            [(no, name, household) for no, (name, household) in self.people],
            columns=["person_no", "name", "household_no"],
        )
        return frame.assign(
            unit=self.unit,
            arrival=self.arrival.isoformat(),
            period=self.period,
            file="a.csv",
            row=range(len(frame)),
            delivery="x",
        )


PEOPLE = st.dictionaries(
    st.sampled_from(["P1", "P2", "P3"]),
    st.tuples(st.sampled_from(["甲", "乙"]), st.sampled_from(["H1", "H2"])),
    min_size=1,
)
DELIVERED = st.builds(
    lambda unit, day, period, people: Delivered(
        unit, FIRST + timedelta(days=day), period, tuple(people.items())
    ),
    st.sampled_from(["东", "西"]),
    st.integers(0, 3),
    st.sampled_from(["2026-03", "2026-04"]),
    PEOPLE,
)
DELIVERIES = st.lists(DELIVERED, min_size=1, max_size=5, unique_by=lambda d: (d.unit, d.arrival, d.period))


def model_as_of(deliveries: list[Delivered], night: date) -> dict[str, tuple[str, str]]:
    """Each unit's latest period that had arrived speaks; of two units, the one that spoke last.

    A unit most of whose people another one has listed on a later day is no more.
    """
    speaking = []
    for unit in sorted({one.unit for one in deliveries}):
        arrived = [one for one in deliveries if one.unit == unit and one.arrival <= night]
        if arrived:
            speaking.append(max(arrived, key=lambda one: (one.period, one.arrival)))
    told: dict[str, tuple[str, str]] = {}
    speaking = [one for one in speaking if not is_merged(one, speaking)]
    for one in sorted(speaking, key=lambda one: one.arrival, reverse=True):
        for number, cells in one.people:
            told.setdefault(number, cells)
    return told


def is_merged(unit: Delivered, speaking: list[Delivered]) -> bool:
    later = {number for one in speaking if one.arrival > unit.arrival for number, _ in one.people}
    return sum(number in later for number, _ in unit.people) > len(unit.people) / 2


def tables(connection: Connection) -> list[Any]:
    return [
        connection.execute(sa.text(f"SELECT * FROM {name} ORDER BY 1, 2, 3")).all()
        for name in ("person", "membership", "household")
    ]


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(deliveries=DELIVERIES, data=st.data())
def test_any_order_of_deliveries_gives_the_same_history(
    database: Database, deliveries: list[Delivered], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(deliveries))
    histories = []
    for order in (deliveries, [*shuffled, *data.draw(st.lists(st.sampled_from(deliveries), max_size=2))]):
        for connection in in_rolled_back(database):
            for one in order:
                import_snapshot(connection, one.records(), FIRST)
            histories.append(tables(connection))
            if len(histories) == 1:
                continue
            for day in range(-1, 5):
                night = FIRST + timedelta(days=day)
                frame = as_of(connection, night)
                seen = dict(zip(frame["person_no"], zip(frame["name"], frame["household_no"])))
                assert seen == model_as_of(deliveries, night)
    assert histories[0] == histories[1]


BIG = st.builds(
    lambda unit, day, period, first, count, household: Delivered(
        unit,
        FIRST + timedelta(days=day),
        period,
        tuple((f"P{number}", ("甲", f"H{household}")) for number in range(first, first + count)),
    ),
    st.sampled_from(["东", "西", "北"]),
    st.integers(0, 4),
    st.sampled_from(["2026-03", "2026-04"]),
    st.integers(1, 12),
    st.sampled_from(
        [1, 8, 11, 20, 24]
    ),  # some of them are less than half of the list before: such a list ends nobody
    st.integers(1, 2),
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    deliveries=st.lists(
        st.one_of(DELIVERED, BIG), max_size=7, unique_by=lambda d: (d.unit, d.arrival, d.period)
    )
)
def test_a_person_and_a_household_of_any_night_are_those_of_that_night_s_register(
    database: Database, deliveries: list[Delivered]
) -> None:
    numbers = [f"P{number}" for number in range(40)]
    for connection in in_rolled_back(database):
        for one in deliveries:
            import_snapshot(connection, one.records(), FIRST)
        for day in range(-1, 6):
            night = FIRST + timedelta(days=day)
            frame = as_of(connection, night)
            expected = {
                number: (name, household)
                for number, name, household in zip(frame["person_no"], frame["name"], frame["household_no"])
            }
            seen = rows_on(connection, numbers, night)
            assert {no: (row["name"], row["household_no"]) for no, row in seen.items()} == expected
            for number in ("P1", "P12"):  # of one alone it is known as well
                assert rows_on(connection, [number], night).get(number) == seen.get(number)
            for household in ("H1", "H2", "H3"):
                members = {no for no, (_, where) in expected.items() if where == household}
                assert set(household_on(connection, household, night)) == members


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(deliveries=DELIVERIES)
def test_all_at_once_is_the_same_as_one_by_one(database: Database, deliveries: list[Delivered]) -> None:
    together = pd.concat([one.records() for one in deliveries], ignore_index=True)
    histories = []
    for frames in ([together], [one.records() for one in deliveries]):
        for connection in in_rolled_back(database):
            for frame in frames:
                import_snapshot(connection, frame, FIRST)
            histories.append(tables(connection))
    assert histories[0] == histories[1]


@given(
    st.lists(
        st.builds(
            SnapshotKey, st.dates(FIRST, FIRST + timedelta(days=4)), st.sampled_from(["03", "04", "05"])
        )
    )
)
def test_what_has_no_say_never_gets_it_by_more_arriving(keys: list[SnapshotKey]) -> None:
    silent: set[SnapshotKey] = set()
    for count in range(len(keys) + 1):
        here = set(keys[:count])
        said = effective(here)
        assert silent.isdisjoint(said)
        assert said == sorted(said) and len({key.arrival for key in said}) == len(said)
        assert [key.period for key in said] == sorted(key.period for key in said)
        silent |= here - set(said)

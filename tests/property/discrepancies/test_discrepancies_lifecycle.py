"""Lists, corrections, redeliveries, register updates, decisions and nights in random order: rules and store
together.

Whatever happens, no subject is open twice, what a person decided stands until its evidence is another, and
nothing that was decided or settled comes back without new evidence. Held against what was written down when
it happened, not against a second store.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
from discrepancy_frames import HERE, HERE_2, Night, id_number
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from discrepancies import Candidate, find
from discrepancies.preview import EFFECTS, Known, effects
from register.database import Database
from register.discrepancies import ApplyReport, DiscrepancyStore
from register.testing import temporary_database

PEOPLE = ("P1", "P2", "P3")
BORN = {"P1": "1980-05-04", "P2": "1982-03-04", "P3": "2015-06-07"}
NAMES = {"P1": "张伟", "P2": "李明", "P3": "张小宝"}
HOMES = ("A", "B")
NUMBERS = (*(id_number(day, 11) for day in BORN.values()), None)
SINGLE = st.sampled_from(PEOPLE)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with temporary_database(tmp_path_factory.mktemp("lifecycle")) as opened:
        yield opened


def lifecycle(database: Database) -> type[RuleBasedStateMachine]:
    class Lifecycle(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.connection = database.engine.connect()
            self.store = DiscrepancyStore(self.connection)
            self.today = Night().night
            self.register: dict[str, dict[str, object]] = {}
            self.listed: dict[str, dict[str, object]] = {}
            self.dead: set[str] = set()
            self.twice = False
            self.files = 0
            self.decided: dict[str, str] = {}
            self.found_last: set[str] = set()
            for person in PEOPLE:
                self.register[person] = {"household_no": "H1"}
                self.listed[person] = {"home": "A"}

        def teardown(self) -> None:
            self.connection.rollback()
            self.connection.close()

        # --- what happens between nights ---

        @rule(person=SINGLE, field=st.sampled_from(("id_number", "birth_date", "hukou_area", "home")), pick=st.integers(0, 3))  # fmt: skip
        def the_list_is_corrected(self, person: str, field: str, pick: int) -> None:
            self.listed.setdefault(person, {"home": "A"})[field] = self.value(field, pick)

        @rule(person=SINGLE)
        def somebody_leaves_the_list_or_comes_back(self, person: str) -> None:
            if self.listed.pop(person, None) is None:
                self.listed[person] = {"home": "A"}

        @rule(person=SINGLE, field=st.sampled_from(("id_number", "birth_date", "hukou_area", "household_no")), pick=st.integers(0, 3))  # fmt: skip
        def the_register_is_updated(self, person: str, field: str, pick: int) -> None:
            self.register.setdefault(person, {"household_no": "H1"})[field] = self.value(field, pick)

        @rule(person=SINGLE)
        def somebody_leaves_the_register_or_comes_back(self, person: str) -> None:
            if self.register.pop(person, None) is None:
                self.register[person] = {"household_no": "H1"}

        @rule(person=SINGLE)
        def a_death_is_told_or_withdrawn(self, person: str) -> None:
            self.dead ^= {person}

        @rule()
        def two_rows_look_alike_or_no_more(self) -> None:
            self.twice = not self.twice

        @rule(pick=st.integers(0, 99), status=st.sampled_from(("decided", "waiting", "open")))
        def a_person_decides(self, pick: int, status: str) -> None:
            rows = [row for row in self.rows() if row.status != "resolved"]
            if rows:
                row = rows[pick % len(rows)]
                self.store.set_status(row.discrepancy_id, status, row.evidence_version)
                self.decided.pop(row.discrepancy_id, None)
                if status == "decided":
                    self.decided[row.discrepancy_id] = row.evidence_hash

        # --- nights ---

        @rule()
        def a_night(self) -> None:
            before = {row.discrepancy_id: row for row in self.rows()}
            report, candidates = self.run()
            for row in self.rows():
                old = before.get(row.discrepancy_id)
                if old is None or row.status == old.status:
                    continue
                if old.status == "decided":
                    assert row.status == "open" and row.evidence_hash != self.decided[row.discrepancy_id]
                if old.status == "resolved":
                    assert row.status == "open" and row.discrepancy_id not in self.found_last
                if old.status in ("open", "waiting"):
                    assert row.status == "resolved"
            self.found_last = {row.discrepancy_id for row in self.rows() if row.gone_night is None}
            self.decided = {
                row.discrepancy_id: row.evidence_hash for row in self.rows() if row.status == "decided"
            }
            assert len(candidates) == report.opened + report.changed + report.untouched + report.reopened

        @precondition(lambda self: self.found_last)
        @rule()
        def the_same_is_delivered_again(self) -> None:
            """A second night over the same content in other files, and then the same night once more."""
            self.run()
            before = self.rows()
            for _ in range(2):
                self.files += 1
                report, _ = self.run()
                counts = (report.opened, report.changed, report.reopened, report.resolved)
                assert counts == (0, 0, 0, 0)
            assert self.rows() == before
            self.found_last = {row.discrepancy_id for row in before if row.gone_night is None}

        @invariant()
        def no_subject_is_there_twice_and_no_decision_is_lost(self) -> None:
            rows = self.rows()
            assert max(Counter((row.type, row.subject) for row in rows).values(), default=1) == 1
            decided = {row.discrepancy_id: row.evidence_hash for row in rows if row.status == "decided"}
            assert decided == self.decided

        # --- how ---

        def run(self) -> tuple[ApplyReport, list[Candidate]]:
            self.today += dt.timedelta(days=1)
            candidates = find(self.night().inputs())
            known = {(row.type, row.subject): Known(row.status, row.evidence_hash) for row in self.rows()}
            expected = Counter(one.what for one in effects(candidates, known))
            report = self.store.apply(self.today, candidates)
            assert {name: getattr(report, name) for name in EFFECTS} == {n: expected[n] for n in EFFECTS}
            return report, candidates

        def rows(self) -> list[sa.Row[tuple[object, ...]]]:
            return list(self.connection.execute(sa.text("SELECT * FROM discrepancy ORDER BY discrepancy_id")))

        def value(self, field: str, pick: int) -> object:
            values = {
                "id_number": NUMBERS,
                "birth_date": (*BORN.values(), None),
                "hukou_area": (HERE, HERE_2, None, HERE),
                "home": HOMES * 2,
                "household_no": ("H1", "H2") * 2,
            }
            return values[field][pick]

        def night(self) -> Night:
            night = replace(Night(), night=self.today)
            for person, own in sorted(self.register.items()):
                night.person(person, **{"name": NAMES[person], **self.own(person), **own})
            file = f"2026-06-0{self.files % 9 + 1}/{self.files}.csv"
            for person, told in sorted(self.listed.items()):
                row = {**self.own(person), **told, "file": file, "name": NAMES[person], "area_code": HERE}
                row["household_key"] = f"police_residents:柳口镇派出所:{row.pop('home')}"
                night.mention("police_residents", **row, **self.link(person))
            for person in sorted(self.dead):
                night.mention("hospital_deaths", file=file, name=NAMES[person], event_date="2026-05-02", **self.link(person))  # fmt: skip
            if self.twice:
                night.duplicates.append(("P1", "P2", 0.97))
            return night

        def own(self, person: str) -> dict[str, object]:
            return {"birth_date": BORN[person], "id_number": id_number(BORN[person], 11), "hukou_area": HERE}

        def link(self, person: str) -> dict[str, object]:
            return {"link": person} if person in self.register else {"entity": f"E{person}"}

    return Lifecycle


def test_no_order_of_events_opens_twice_loses_a_decision_or_reopens_without_news(database: Database) -> None:
    run_state_machine_as_test(
        lifecycle(database),
        settings=settings(
            max_examples=5, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )

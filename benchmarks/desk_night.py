"""The store's work of a night, again and again until it is ended, beside the load on the desk: the month's register taken in, all that stands found
again but one in a hundred, which is resolved, and those of the time before opened again.

`python -m benchmarks.desk_night HOME PERSONS SEED`
"""

from __future__ import annotations

import itertools
import sys
from collections import defaultdict
from dataclasses import fields
from pathlib import Path

import sqlalchemy as sa

from benchmarks.desk import NIGHT, register
from discrepancies.candidates import Candidate, Evidence
from pipelines.resources import take_what_others_leave
from register.database import Database, open_database
from register.importing import import_snapshot
from register.night_tally import keep_tally
from register.work import unit_of_work

ONE_IN = 100
_FOUND = sa.text("""
SELECT discrepancy_id, type, subject, area_code, household_no, person_no, person_no_2, field, register_value, proposed_value,
    confidence, priority, reason FROM discrepancy WHERE status IN ('open', 'waiting') OR status = 'resolved' AND last_night = :night
""")
_EVIDENCE = sa.text("""
SELECT e.discrepancy_id, e.feed, e.file, e.sheet, e."row", e.role, e.person_no, e.content_key, e.unit
FROM evidence AS e JOIN discrepancy AS d USING (discrepancy_id)
WHERE d.status IN ('open', 'waiting') OR d.status = 'resolved' AND d.last_night = :night
""")


_SAID = [field.name for field in fields(Candidate) if field.name != "evidence"]


class Standing(Candidate):
    """Found again, on the evidence that the store was made with (`benchmarks.desk.FILL_QUEUE`)."""

    @property
    def evidence_hash(self) -> str:
        return "h"


def standing(database: Database) -> list[Standing]:
    """What the night would find: whatever is open or waits, or was left out by an earlier one here."""
    evidence, night = defaultdict(list), {"night": NIGHT}
    with database.read() as connection:
        for id_, feed, file, sheet, row, role, person, key, unit in connection.execute(_EVIDENCE, night):
            evidence[id_].append(Evidence(feed, file, sheet, row, role, person or None, key, unit))
        found = connection.execute(_FOUND, night).mappings().all()
    return [
        Standing(**{name: row[name] for name in _SAID}, evidence=tuple(evidence[row["discrepancy_id"]]))
        for row in found
    ]


def main(home: str, persons: str, seed: str) -> None:
    with open_database(Path(home)) as database:
        take_what_others_leave(database)
        records = register(int(persons), int(seed)).assign(arrival="2026-06-01", period="2026-05")
        candidates = standing(database)
        for number in itertools.count():
            left_out = number % ONE_IN if number else None
            with database.begin() as connection:
                import_snapshot(connection, records, NIGHT)
            with unit_of_work(database) as work:
                work.discrepancies.apply(
                    NIGHT, [c for n, c in enumerate(candidates) if n % ONE_IN != left_out]
                )
                keep_tally(work.connection, NIGHT)
            database.tidy()
            sys.stdout.write("a night\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The store's work of a night, again and again until it is ended, beside the load on the desk: the month's register taken in, and all that
stands found again. Nothing is another afterwards, so that a load can be measured on the same store once more.

`python -m benchmarks.desk_night HOME PERSONS SEED`
"""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import fields
from pathlib import Path

import sqlalchemy as sa

from benchmarks.desk import NIGHT, register
from discrepancies.candidates import Candidate, Evidence
from register.database import Database, open_database
from register.importing import import_snapshot
from register.work import unit_of_work

_FOUND = sa.text("""
SELECT discrepancy_id, type, subject, area_code, household_no, person_no, person_no_2, field, register_value, proposed_value,
    confidence, priority, reason FROM discrepancy WHERE status IN ('open', 'waiting')
""")
_EVIDENCE = sa.text("""
SELECT e.discrepancy_id, e.feed, e.file, e.sheet, e."row", e.role, e.person_no, e.content_key, e.unit
FROM evidence AS e JOIN discrepancy AS d USING (discrepancy_id) WHERE d.status IN ('open', 'waiting')
""")


_SAID = [field.name for field in fields(Candidate) if field.name != "evidence"]


class Standing(Candidate):
    """Found again, on the evidence that the store was made with (`benchmarks.desk.FILL_QUEUE`)."""

    @property
    def evidence_hash(self) -> str:
        return "h"


def standing(database: Database) -> list[Standing]:
    """What the night would find: whatever is open or waits."""
    evidence = defaultdict(list)
    with database.read() as connection:
        for id_, feed, file, sheet, row, role, person, key, unit in connection.execute(_EVIDENCE):
            evidence[id_].append(Evidence(feed, file, sheet, row, role, person or None, key, unit))
        found = connection.execute(_FOUND).mappings().all()
    return [
        Standing(**{name: row[name] for name in _SAID}, evidence=tuple(evidence[row["discrepancy_id"]]))
        for row in found
    ]


def main(home: str, persons: str, seed: str) -> None:
    with open_database(Path(home)) as database:
        records = register(int(persons), int(seed)).assign(arrival="2026-06-01", period="2026-05")
        candidates = standing(database)
        sys.stdout.write("begun\n")
        sys.stdout.flush()
        while True:
            with database.begin() as connection:
                import_snapshot(connection, records, NIGHT)
            with unit_of_work(database) as work:
                work.discrepancies.apply(NIGHT, candidates)
            database.tidy()


if __name__ == "__main__":
    main(*sys.argv[1:])

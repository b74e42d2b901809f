"""The two exports that come from the store (INTERFACE.md): CSV streamed by COPY, ordered by id, renamed into
place when whole.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from register.bulk import copy_lines
from register.database import Database

DISCREPANCY_COLUMNS: Final = (
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
)
EVIDENCE_COLUMNS: Final = ("discrepancy_id", "feed", "file", "sheet", "row", "role", "person_no")

_DISCREPANCIES = """
SELECT discrepancy_id, type, status, priority, trim_scale(round(confidence::numeric, 4)),
       first_night, last_night, area_code,
       household_no, person_no, person_no_2, field, register_value, proposed_value, evidence_count
FROM discrepancy ORDER BY discrepancy_id COLLATE "C"
"""
_EVIDENCE = """
SELECT discrepancy_id, feed, file, nullif(sheet, ''), "row", role, nullif(person_no, '')
FROM evidence
ORDER BY discrepancy_id COLLATE "C", feed COLLATE "C", file COLLATE "C", sheet COLLATE "C", "row",
         role COLLATE "C", person_no COLLATE "C"
"""


def export_discrepancies(database: Database, path: Path) -> None:
    """Every discrepancy, also decided and resolved ones. Confidence has four decimals."""
    _export(database, path, _DISCREPANCIES, DISCREPANCY_COLUMNS)


def export_evidence(database: Database, path: Path) -> None:
    """Every evidence row; of a resolved discrepancy the rows that it last rested on."""
    _export(database, path, _EVIDENCE, EVIDENCE_COLUMNS)


def _export(database: Database, path: Path, query: str, columns: tuple[str, ...]) -> None:
    draft = path.with_name(f".{path.name}.part")
    try:
        with database.read() as connection, draft.open("wb") as out:
            copy_lines(connection, query, columns, out)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)

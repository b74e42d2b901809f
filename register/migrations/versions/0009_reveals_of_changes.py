"""Reveals of register changes: whoever approves one may have to see whom it is about

Revision: 0009, after 0008.
"""

from __future__ import annotations

from collections.abc import Iterator

from alembic import op

revision = "0009"
down_revision = "0008"

ME = "(SELECT desk_user())"
_PERSON = "subject_kind = 'person' AND EXISTS (SELECT FROM person AS seen WHERE seen.person_no = subject_id)"
_DISCREPANCY = """subject_kind = 'discrepancy'
    AND EXISTS (SELECT FROM discrepancy AS seen WHERE seen.discrepancy_id = subject_id)"""
_CHANGE = """subject_kind = 'register_change'
    AND EXISTS (SELECT FROM register_change AS seen WHERE seen.change_id::text = subject_id)"""


def upgrade() -> None:
    _set("'person', 'discrepancy', 'register_change'", f"({_PERSON} OR {_DISCREPANCY} OR {_CHANGE})")


def downgrade() -> None:
    op.execute("DELETE FROM reveal WHERE subject_kind = 'register_change'")
    _set("'person', 'discrepancy'", f"({_PERSON} OR {_DISCREPANCY})")


def _set(kinds: str, seen: str) -> None:
    op.execute("ALTER TABLE reveal DROP CONSTRAINT reveal_subject_kind_known_check")
    op.execute(
        f"ALTER TABLE reveal ADD CONSTRAINT reveal_subject_kind_known_check CHECK (subject_kind IN ({kinds}))"
    )
    for statement in _policies(seen):
        op.get_bind().exec_driver_sql(statement)


def _policies(seen: str) -> Iterator[str]:
    """As migration 0005 made them, over the subjects of `seen`."""
    written = f"(granted_by IS NULL OR granted_by = {ME}) AND (user_id = {ME} OR granted_by = {ME})"
    for role in ("officer", "steward"):
        yield f"ALTER POLICY reveal_{role}_read ON reveal USING ({seen})"
        yield f"ALTER POLICY reveal_{role}_insert ON reveal WITH CHECK ({seen} AND {written})"
        yield f"ALTER POLICY reveal_{role}_update ON reveal USING ({seen}) WITH CHECK ({seen} AND {written})"
    own = f"user_id = {ME} AND {seen}"
    yield f"ALTER POLICY reveal_clerk_read ON reveal USING ({own})"
    yield (
        "ALTER POLICY reveal_clerk_insert ON reveal "
        f"WITH CHECK ({own} AND (granted_by IS NULL OR granted_by = {ME}))"
    )

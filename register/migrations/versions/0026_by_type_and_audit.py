"""The queue of one type by an index of its own; the place of the next audit entry in one statement

Revision: 0026, after 0025.

Whoever asks for one type of a county read along the others: a hundred thousand entries of an index for the first pair of a rare one.

The next entry of the audit chain is claimed by one statement instead of two. Of a function in PL/pgSQL each statement sees what was committed
before it began, so that the head is read after the lock was had.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

EVERYONE = ("night", "audit", "gate", "clerk", "officer", "steward", "operator", "auditor", "contact")
CLAIM = """
CREATE FUNCTION audit_claim(OUT at text, OUT entry_no bigint, OUT hash text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('audit chain'));
    at := to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
    SELECT e.entry_no, e.hash INTO entry_no, hash FROM audit_entry AS e ORDER BY e.entry_no DESC LIMIT 1;
END
$$
"""


def upgrade() -> None:
    op.create_index(
        "discrepancy_type_idx",
        "discrepancy",
        ["type", "status", "priority", sa.text("confidence DESC"), "discrepancy_id"],
        postgresql_include=["area_code", "first_night", "assignee", "feeds"],
    )
    op.execute(CLAIM)
    op.execute("REVOKE EXECUTE ON FUNCTION audit_claim() FROM PUBLIC")
    op.execute(
        f"GRANT EXECUTE ON FUNCTION audit_claim() TO {', '.join(f'bulou_{role}' for role in EVERYONE)}"
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION audit_claim()")
    op.drop_index("discrepancy_type_idx", "discrepancy")

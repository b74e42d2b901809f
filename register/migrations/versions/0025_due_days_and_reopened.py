"""The days on which files are due, for everybody who sees deliveries; what a night opened again, found by the night

Revision: 0025, after 0024.

The rules of the nights are the stewards' to read. When a file is due concerns everybody who sees deliveries; they are told these days of the
newest version and nothing else of it. Nothing (NULL) where no version was ever put in force.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

ROLES = ("officer", "steward", "operator", "contact")
DUE_DAYS = """
CREATE FUNCTION due_days_in_force() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT COALESCE(rules -> 'due_days', '{}'::jsonb) FROM rule_version
    WHERE state = 'in_force' ORDER BY from_night DESC, version_no DESC LIMIT 1
$$
"""


def upgrade() -> None:
    op.execute(DUE_DAYS)
    op.execute("REVOKE EXECUTE ON FUNCTION due_days_in_force() FROM PUBLIC")
    op.execute(
        f"GRANT EXECUTE ON FUNCTION due_days_in_force() TO {', '.join(f'bulou_{role}' for role in ROLES)}"
    )
    op.create_index(
        "discrepancy_version_reopened_idx",
        "discrepancy_version",
        ["night", "discrepancy_id"],
        postgresql_where=sa.text("event = 'reopened'"),
    )


def downgrade() -> None:
    op.drop_index("discrepancy_version_reopened_idx", "discrepancy_version")
    op.execute("DROP FUNCTION due_days_in_force()")

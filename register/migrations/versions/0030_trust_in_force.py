"""How far each department is trusted, for every page on which its rows are put in order

Revision: 0030, after 0029.

The rules of the nights are the stewards' to read. In which order sources stand, and whose word is taken for somebody who is to be added, concerns
everybody who sees discrepancies: the desk is told the trust tables of the newest version and nothing else of it. Nothing (NULL) where no version
was ever put in force.
"""

from __future__ import annotations

from alembic import op

revision = "0030"
down_revision = "0029"

# Of the county, nothing of persons: the gate has it without asking who wants it.
TRUST = """
CREATE FUNCTION trust_in_force() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT COALESCE(rules -> 'trust', '{}'::jsonb) FROM rule_version
    WHERE state = 'in_force' ORDER BY from_night DESC, version_no DESC LIMIT 1
$$
"""


def upgrade() -> None:
    op.execute(TRUST)
    op.execute("REVOKE EXECUTE ON FUNCTION trust_in_force() FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION trust_in_force() TO bulou_gate")


def downgrade() -> None:
    op.execute("DROP FUNCTION trust_in_force()")

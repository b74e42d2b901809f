"""Whether the areas are what they were, with the statement by which a user enters a transaction

Revision: 0033, after 0032.

Nearly every page names areas, and keeps them while the table is the same. That was asked with a statement of its own in every transaction, which costs
the desk more than the sum costs the database.
"""

from __future__ import annotations

from alembic import op

revision = "0033"
down_revision = "0032"

# For everybody who can connect: it says whether the areas are others, and nothing of what they are.
SUM = """
CREATE FUNCTION areas_sum() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT count(*) || ' ' || coalesce(sum(hash_record_extended(a, 0)), 0) FROM (
        SELECT code, name, level, parent, valid_from, valid_to, successor FROM area) AS a
$$
"""


def upgrade() -> None:
    op.execute(SUM)


def downgrade() -> None:
    op.execute("DROP FUNCTION areas_sum()")

"""Colleagues found by their grants instead of by every area of these, and an index of what was reopened by area

Revision: 0024, after 0023.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

AS_OWNER = "LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
STANDING = "g.role IN ('clerk', 'officer', 'steward') AND g.revoked_at IS NULL AND u.disabled_at IS NULL"
COLLEAGUES = f"""
CREATE OR REPLACE FUNCTION desk_colleagues(acting text) RETURNS SETOF text {AS_OWNER} AS $$
    SELECT DISTINCT g.user_id FROM app_grant AS g JOIN app_user AS u ON u.user_id = g.user_id
    WHERE {STANDING} AND (
        acting = 'steward' AND (SELECT desk_holds('steward'))
            AND EXISTS (SELECT FROM grant_area AS a WHERE a.grant_id = g.grant_id)
        OR acting IN ('clerk', 'officer') AND EXISTS (SELECT FROM grant_area AS a
            WHERE a.grant_id = g.grant_id AND a.area_code = ANY ((SELECT desk_areas(acting))::text[])))
$$
"""
# As migration 0016 made it.
BEFORE = f"""
CREATE OR REPLACE FUNCTION desk_colleagues(acting text) RETURNS SETOF text {AS_OWNER} AS $$
    SELECT DISTINCT g.user_id FROM app_grant AS g JOIN app_user AS u ON u.user_id = g.user_id
    JOIN grant_area AS a ON a.grant_id = g.grant_id
    WHERE {STANDING} AND (acting = 'steward' AND (SELECT desk_holds('steward'))
        OR acting IN ('clerk', 'officer') AND a.area_code = ANY ((SELECT desk_areas(acting))::text[]))
$$
"""


def upgrade() -> None:
    op.execute(COLLEAGUES)
    op.create_index(
        "discrepancy_reopened_idx",
        "discrepancy",
        ["area_code", "status"],
        postgresql_include=["type", "priority", "confidence", "first_night"],
        postgresql_where=sa.text("reopened_night IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("discrepancy_reopened_idx", "discrepancy")
    op.execute(BEFORE)

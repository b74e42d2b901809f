"""Indexes that the counts of the queue are read from without a look at the tables

Revision: 0023, after 0022.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

KIND = ["type", "priority", "band", "rows"]
WHICHEVER = sa.text("first_night = 'infinity'::date")


def upgrade() -> None:
    _of_tally(["status", "area_code"], KIND)
    # What is young, of the whole county; the tally has no nights of single areas.
    op.create_index(
        "discrepancy_status_night_idx",
        "discrepancy",
        ["status", "first_night"],
        postgresql_include=["area_code", "type", "priority", "confidence"],
    )
    # Of one's own areas, what is somebody's: the other index of what is assigned has all the county's.
    op.create_index(
        "discrepancy_assigned_idx",
        "discrepancy",
        ["area_code", "status"],
        postgresql_include=["assignee", "type", "priority", "confidence", "first_night"],
        postgresql_where=sa.text("assignee IS NOT NULL"),
    )
    op.create_index("decision_decided_idx", "decision", ["decided_by", "decided_at"])
    # For the history of a discrepancy.
    op.create_index("register_change_discrepancy_id_idx", "register_change", ["discrepancy_id"])


def _of_tally(of_status: list[str], included: list[str]) -> None:
    for name in ("discrepancy_tally_area_idx", "discrepancy_tally_status_idx"):
        op.drop_index(name, "discrepancy_tally")
    op.create_index(
        "discrepancy_tally_area_idx",
        "discrepancy_tally",
        ["area_code", "first_night", "status"],
        postgresql_include=included,
    )
    op.create_index(
        "discrepancy_tally_status_idx",
        "discrepancy_tally",
        of_status,
        postgresql_include=included,
        postgresql_where=WHICHEVER,
    )


def downgrade() -> None:
    op.drop_index("register_change_discrepancy_id_idx", "register_change")
    op.drop_index("decision_decided_idx", "decision")
    op.drop_index("discrepancy_assigned_idx", "discrepancy")
    op.drop_index("discrepancy_status_night_idx", "discrepancy")
    _of_tally(["status"], [])

"""How departments' rows name people on no register row, so that their discrepancies are found by it

Revision: 0029, after 0028.

The next night fills the table.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from register.migrations.policies import Allow, allow, forget, in_area, protect

revision = "0029"
down_revision = "0028"

TABLE = "lead_name"
# As the discrepancy: an area's for whoever works in it, all for stewards. The area is in the row, so that an index serves what is asked.
RULES = [
    Allow(TABLE, "clerk", in_area("clerk")),
    Allow(TABLE, "officer", in_area("officer")),
    Allow(TABLE, "steward"),
]
BEGINNINGS = ("name", "name_initials", "id_tail")
WHOLE = ("area_code", "id_number", "phone")


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("discrepancy_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=True),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("name_initials", sa.Text(), nullable=True),
        sa.Column("id_number", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("id_tail", sa.Text(), sa.Computed("reverse(right(id_number, 6))", persisted=True)),
        sa.PrimaryKeyConstraint("discrepancy_id", "number", name=op.f("lead_name_pkey")),
        sa.ForeignKeyConstraint(
            ["discrepancy_id"],
            ["discrepancy.discrepancy_id"],
            name=op.f("lead_name_discrepancy_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("who IN ('person', 'mother')", name=op.f("lead_name_who_known_check")),
    )
    for column in WHOLE:
        op.create_index(f"lead_name_{column}_idx", TABLE, [column])
    for column in BEGINNINGS:
        op.create_index(
            f"lead_name_{column}_idx", TABLE, [column], postgresql_ops={column: "text_pattern_ops"}
        )
    for statement in (*protect(TABLE), *allow(RULES)):
        op.execute(statement)


def downgrade() -> None:
    for statement in forget((TABLE,)):
        op.execute(statement)
    op.drop_table(TABLE)

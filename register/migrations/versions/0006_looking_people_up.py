"""Looking people up: initials, indexes, and which units and rows the newest register is made of

Revision: 0006, after 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from register.migrations.policies import Allow, allow, forget, protect

revision = "0006"
down_revision = "0005"

# Prefixes are ranges of bytes whatever the server's language is; and unlike LIKE, these comparisons tell nothing of rows
# that a policy hides, so that the index is used under it.
INDEXES = {"person_name_idx": "name", "person_initials_idx": "name_initials", "person_phone_idx": "phone"}


def upgrade() -> None:
    op.add_column("person", sa.Column("name_initials", sa.Text(), nullable=True))
    op.add_column(
        "person", sa.Column("is_current", sa.Boolean(), server_default=sa.text("true"), nullable=False)
    )
    connection = op.get_bind()
    for name, column in INDEXES.items():
        op.create_index(
            name,
            "person",
            [column],
            postgresql_ops={} if column == "phone" else {column: "text_pattern_ops"},
            postgresql_where=sa.text("is_current"),
        )
    # The head of the county's queue: whoever is bound to an area has discrepancy_queue_idx.
    op.create_index(
        "discrepancy_first_idx",
        "discrepancy",
        ["status", "priority", sa.text("confidence DESC"), "discrepancy_id"],
    )
    op.create_table(
        "register_unit",
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("arrival", sa.Date(), nullable=False),
        sa.Column("before", sa.Date(), nullable=True),
        sa.Column("is_merged", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("unit", name=op.f("register_unit_pkey")),
    )
    rules = [Allow("register_unit", role) for role in ("clerk", "officer", "steward", "operator", "auditor")]
    for statement in (*protect("register_unit"), *allow(rules)):
        connection.exec_driver_sql(statement)
    # What the column and the table hold is worked out when they have their last shape (0034, 0019).


def downgrade() -> None:
    for statement in forget(("register_unit",)):
        op.execute(statement)
    op.drop_table("register_unit")
    op.drop_index("discrepancy_first_idx", "discrepancy")
    for name in INDEXES:
        op.drop_index(name, "person")
    op.drop_column("person", "is_current")
    op.drop_column("person", "name_initials")

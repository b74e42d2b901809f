"""Two more kinds of register changes: a household that is entered with all its members, and people who move out into one of their own

Revision: 0038, after 0037.
"""

from __future__ import annotations

from alembic import op

revision = "0038"
down_revision = "0037"

KINDS = (
    *("field", "add_person", "move_household", "mark_dead", "mark_moved_out", "merge"),
    *("undo_merge", "restore_person", "remove_person"),
)
MORE = ("new_household", "add_household")


def upgrade() -> None:
    _allow(*KINDS, *MORE)


def downgrade() -> None:
    """What was proposed of these kinds is no longer there; what waited for it is open."""
    gone = f"kind IN {MORE}"
    op.execute(
        f"UPDATE discrepancy SET status = 'open' WHERE status IN ('waiting', 'decided') AND discrepancy_id IN "
        f"(SELECT discrepancy_id FROM register_change WHERE {gone} AND state NOT IN ('refused', 'withdrawn', 'superseded', 'reverted'))"
    )
    op.execute(
        f"DELETE FROM register_change WHERE undoes IN (SELECT change_id FROM register_change WHERE {gone})"
    )
    op.execute(
        f"UPDATE register_change SET superseded_by = NULL WHERE superseded_by IN (SELECT change_id FROM register_change WHERE {gone})"
    )
    op.execute(f"DELETE FROM register_change WHERE {gone}")
    _allow(*KINDS)


def _allow(*kinds: str) -> None:
    name = op.f("register_change_kind_known_check")
    op.drop_constraint(name, "register_change", type_="check")
    op.create_check_constraint(name, "register_change", f"kind IN {kinds}")

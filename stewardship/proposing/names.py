"""What the inputs of proposing forms are called."""

from __future__ import annotations

from typing import Final

from register.change_plans import FIELDS

RELATION: Final = "relation_"
TYPED: Final = "to_"  # before it whose, after it which item


def item_of(name: str) -> tuple[str, str] | None:
    """Whose it is, blank where the form is about one person alone, and which item of the register is typed there; None of any other input."""
    if name.startswith(RELATION):
        return name.removeprefix(RELATION), "relation_to_head"
    whose, is_item, item = name.rpartition(TYPED)
    if not is_item or item not in FIELDS or (whose and not whose.endswith(".")):
        return None
    return whose.removesuffix("."), item

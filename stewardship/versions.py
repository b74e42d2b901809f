"""What each version of a discrepancy's evidence said, masked: the register's value, the proposed one, and how sure the night was.

Marked are the characters in which a value differs from that of the version before, also under the mask; the first has none before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stewardship.matrix import Part, parts_of


@dataclass(frozen=True)
class Version:
    """As the night kept it."""

    register_value: str | None
    proposed_value: str | None
    confidence: float


@dataclass(frozen=True)
class Told:
    """As it is shown; without a field where the discrepancy is about no value."""

    field: str | None
    register: tuple[Part, ...]
    proposed: tuple[Part, ...]
    confidence: float

    @property
    def values(self) -> str:
        """Both without marks; the register's alone where nothing is proposed for it."""
        register, proposed = (
            "".join(part.text for part in parts) for parts in (self.register, self.proposed)
        )
        return f"{register or '∅'} → {proposed}" if proposed else register


def told(
    versions: Mapping[int, Version], field: str | None, *, is_child: bool, is_lifted: bool
) -> dict[int, Told]:
    """By number of the version."""

    def parts(value: str | None, before: str | None) -> tuple[Part, ...]:
        if field is None or not value:
            return ()
        beside = before if before and before != value else None
        return parts_of(field, value, beside, is_child=is_child, is_lifted=is_lifted)

    found: dict[int, Told] = {}
    before: Version | None = None
    for number, version in sorted(versions.items()):
        register = parts(version.register_value, before.register_value if before else None)
        proposed = parts(version.proposed_value, before.proposed_value if before else None)
        found[number] = Told(field if register or proposed else None, register, proposed, version.confidence)
        before = version
    return found

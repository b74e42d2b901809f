"""A link specification: which pairs are looked at and what is compared of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from linkage.compare import STREET, Comparison
from linkage.errors import SpecError

if TYPE_CHECKING:
    import pandas as pd

    from linkage.prepare import Table

ONE_TO_ONE = ("none", "left", "right", "both")
RECORD_ID = "record_id"


@dataclass(frozen=True)
class BlockingRule:
    """Records that agree on all `columns` are compared. `covers` names columns that agree by that, when the rule's own are derived from them."""

    columns: tuple[str, ...]
    covers: tuple[str, ...] = ()


def block_on(*columns: str, covers: Sequence[str] = ()) -> BlockingRule:
    """Compare records that agree on all of these columns (missing agrees with nothing)."""
    if not columns:
        raise SpecError("block_on: no column")
    return BlockingRule(columns, tuple(covers))


def further_column(rules: Sequence[BlockingRule], place: int) -> str | None:
    """The column that splits a rule's blocks when they are too large: the first of other rules with which it makes pairs that none of them makes."""
    own = set(rules[place].columns)
    others = [set(rule.columns) for number, rule in enumerate(rules) if number != place]
    for column in (column for rule in rules for column in rule.columns):
        if column not in own | set(rules[place].covers) and not any(
            other <= own | {column} for other in others
        ):
            return column
    return None


@dataclass(frozen=True)
class LinkSpec:
    """What to compare and how to decide.

    Args:
        blocking_rules: a pair belongs to the first rule that makes it.
        comparisons: assumed independent within a class; compare what depends on each other in one comparison.
        one_to_one: `left` lets a right record be linked by many but gives each left record one; `right` the reverse; `both` is a matching.
        strata: column of the left table, groups of whose records different shares are on the right table (born since it was made, …).
        household: column of the right table that tells who lives together; with it the model has a third class, co-residents.
        largest_block: where a left record would meet more right records under one rule, they must agree on one more column (`further_column`); where
            that is still too many, the record does not use the rule. What is given up is reported.
    """

    blocking_rules: Sequence[BlockingRule]
    comparisons: Sequence[Comparison]
    one_to_one: str = "left"
    household: str | None = None
    largest_block: int = 5_000
    strata: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "blocking_rules", tuple(self.blocking_rules))
        object.__setattr__(self, "comparisons", tuple(self.comparisons))
        if not self.blocking_rules:
            raise SpecError("no blocking rule")
        if not self.comparisons:
            raise SpecError("no comparison")
        if self.one_to_one not in ONE_TO_ONE:
            raise SpecError(f"one_to_one must be one of {', '.join(ONE_TO_ONE)}")
        names = [c.name for c in self.comparisons]
        if len(set(names)) != len(names):
            raise SpecError("two comparisons of one name")

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that either table must have."""
        found: dict[str, None] = {}
        for columns in (*(r.columns for r in self.blocking_rules), *(c.reads for c in self.comparisons)):
            found.update(dict.fromkeys(columns))
        return tuple(found)

    def check(self, columns: Iterable[str], side: str, more: Sequence[str] = ()) -> None:
        """Raises: SpecError naming the columns that a table lacks."""
        wanted = (RECORD_ID, *self.columns, *more)
        lacking = [c for c in wanted if c not in set(columns)]
        if lacking:
            raise SpecError(f"the {side} table has no column {', '.join(lacking)}")

    def analyse(self, left: Table, right: Table | None = None) -> pd.DataFrame:
        """What the blocking rules make of two tables (or of one): docs of `linkage.analysis.analyse`."""
        from linkage.analysis import analyse

        return analyse(self, left, right)

    def is_covered(self, rule: BlockingRule, comparison: Comparison) -> bool:
        """Whether a rule alone already decides a comparison (so that it tells training nothing within that rule)."""
        decided = {*rule.columns, *rule.covers}
        wanted = comparison.reads[: 2 if comparison.kind == STREET else 1]
        return decided.issuperset(wanted)

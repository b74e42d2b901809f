"""Why a pair weighs what it weighs: the prior, then one part per comparison, whose sum is the match weight."""

from __future__ import annotations

from dataclasses import dataclass

from linkage.later import pd


@dataclass(frozen=True)
class Part:
    """One step of the waterfall: what was compared, the level found, and its bits."""

    comparison: str
    level: str
    weight: float


@dataclass(frozen=True)
class Explanation:
    """The waterfall of one pair. `match_weight` is the sum of the parts, prior included, to the last bit of rounding."""

    parts: tuple[Part, ...]

    @property
    def match_weight(self) -> float:
        return sum(part.weight for part in self.parts)

    def frame(self) -> pd.DataFrame:
        """comparison, level, weight, running total."""
        frame = pd.DataFrame(
            [(p.comparison, p.level, p.weight) for p in self.parts], columns=["comparison", "level", "weight"]
        )
        frame["total"] = frame["weight"].cumsum()
        return frame

    def __str__(self) -> str:
        lines = [f"{p.weight:+8.2f}  {p.comparison}: {p.level}" for p in self.parts]
        return "\n".join([*lines, f"{self.match_weight:+8.2f}  match weight"])

"""What an expectation found: counts and opaque ids, never a person's value."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """The outcome of one rule on one feed's frame of the night.

    `failing_ids` are record ids (16 hex digits), or delivery ids for rules about deliveries.
    """

    rule: str
    feed: str
    is_met: bool
    evaluated: int
    failed: int
    failing_ids: tuple[str, ...]

"""How often a list's links of children are false, and how often one is missed, told by the links themselves.

From the match probabilities, as `linkage.errors_estimate.from_posteriors` does for all links: as good as the model is calibrated.
"""

from __future__ import annotations

import pandas as pd

from completeness.histories import LISTS
from completeness.linkage_error import LinkageError


def linkage_errors(children: pd.DataFrame) -> tuple[LinkageError, ...]:
    """One error per list of `LISTS`, from `histories.child_mentions`; a content that comes again in next month's list counts once."""
    once = children.drop_duplicates("content_key")
    return tuple(_error(once[once["list"].eq(name)]) for name in LISTS)


def _error(rows: pd.DataFrame) -> LinkageError:
    linked, unlinked = rows[rows["is_linked"]], rows[~rows["is_linked"]]
    right = float(linked["match_probability"].fillna(1.0).sum())
    missed = float((1.0 - unlinked["missing_probability"].fillna(1.0)).clip(lower=0.0).sum())
    return LinkageError(
        false_match_rate=1.0 - right / len(linked) if len(linked) else 0.0,
        missed_match_rate=missed / (right + missed) if missed else 0.0,
    )

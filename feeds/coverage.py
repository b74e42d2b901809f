"""Whether a delivery of the register is a full list of its unit or what has changed since: docs/adr/0007.

By evidence, the surest first: the manifest's word, the column that says row by row what is done with the person, the file's name or
title. A full list taken for changes ends nobody, changes taken for a full list could end a whole township.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from feeds.contracts import BASELINE, FeedContract
from feeds.errors import UnreadableFile

FULL, CHANGES = "full", "changes"
REMOVED = "注销"
MOSTLY = 0.5
UNKNOWN_COVERAGE = "the manifest's coverage is neither full nor changes"
ONLY_ITEMS = "changes without the person's whole row"
_SAID = re.compile(r"人口(?:信息|数据)?(?:变动|变更|增量|增减)")
_ITEMS = "变更项目"  # a column of files that hold the changed items alone


def coverage_of(
    contract: FeedContract, told: str | None, change: pd.Series, texts: Sequence[str], dropped: Sequence[str]
) -> str:
    """`full` or `changes`; empty for feeds whose contract says which.

    Args:
        told: what the manifest says; `change`: the column as parsed; `texts`: the file's name and the lines above its header;
        `dropped`: headers of columns that are not read.
    Raises: UnreadableFile when it cannot be told, or the rows are not whole.
    """
    if contract.kind != BASELINE:
        return ""
    if told not in (None, FULL, CHANGES):
        raise UnreadableFile(UNKNOWN_COVERAGE)
    by_rows = len(change) > 0 and change.notna().mean() >= MOSTLY
    is_changes = told == CHANGES or (told is None and (by_rows or any(_SAID.search(text) for text in texts)))
    if is_changes and any(_ITEMS in header for header in dropped):
        raise UnreadableFile(ONLY_ITEMS)
    return CHANGES if is_changes else FULL


def unusable_changes(frame: pd.DataFrame) -> list[int]:
    """Positions of the rows of which it cannot be told what is to be done with the person."""
    is_unknown = frame["change"].isna() & frame["notes"].fillna("").str.contains(r"\bchange:", regex=True)
    return [int(place) for place in is_unknown.to_numpy().nonzero()[0]]


def without_change_notes(notes: pd.Series) -> pd.Series:
    """Notes on the person's own items alone."""
    bare = notes.str.replace(r"(?:^|;)change:\w+", "", regex=True).str.strip(";")
    return bare.where(bare.ne(""), None).astype("object")

"""A set to measure on: two tables (or one), and apart from them the truth."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True)
class Truth:
    """`pairs`: left_id, right_id of one person. `newborn`: left ids of people born after the right table was made.

    `clusters`: record_id, entity of a table to be deduplicated.
    """

    pairs: pd.DataFrame
    newborn: frozenset[str] = frozenset()
    clusters: pd.DataFrame | None = None


@dataclass(frozen=True)
class DataSet:
    """`left` and `right` hold no truth; `right` None is a table to deduplicate."""

    name: str
    left: pd.DataFrame
    right: pd.DataFrame | None
    truth: Truth = field(repr=False)


def tidy(column: pd.Series) -> pd.Series:
    """Lower case, letters and digits only, single blanks; NA where nothing is left."""
    text = column.astype("string").str.lower().str.replace(r"[^0-9a-z]+", " ", regex=True).str.strip()
    return text.mask(text.eq("").fillna(False))

"""What the rules of one night look at. Columns are those of docs/data-model.md."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Protocol

import pandas as pd

from discrepancies.settings import RuleSettings


class Areas(Protocol):
    """The area table, as far as rules need it."""

    def is_in_county(self, code: str) -> bool:
        """Whether a code of today lies in the county."""
        ...

    def name_of(self, code: str) -> str | None:
        """The name of an area of today."""
        ...


DELIVERY_COLUMNS = ("feed", "file", "unit", "period", "arrival", "rows")
QUARANTINE_COLUMNS = ("feed", "file", "sheet", "row", "rule", "column", "raw_key")


def _no_deliveries() -> pd.DataFrame:
    return pd.DataFrame(columns=list(DELIVERY_COLUMNS), dtype=object)


def _no_quarantine() -> pd.DataFrame:
    return pd.DataFrame(columns=list(QUARANTINE_COLUMNS), dtype=object)


@dataclass(frozen=True)
class NightInputs:
    """Everything known on the evening of `night`.

    `mentions` are all current mentions (none superseded) with a bool column `is_latest`: for snapshot feeds
    True only in the unit's latest period, for event feeds always True. `deliveries` are the files taken so
    far (`rows`: how many records each gave), `quarantined` the rows of theirs that are no use (`raw_key`: a
    hash of what stood there).
    """

    night: dt.date
    register: pd.DataFrame
    mentions: pd.DataFrame
    links: pd.DataFrame
    register_duplicates: pd.DataFrame
    entities: pd.DataFrame
    household_links: pd.DataFrame
    areas: Areas
    settings: RuleSettings
    deliveries: pd.DataFrame = field(default_factory=_no_deliveries)
    quarantined: pd.DataFrame = field(default_factory=_no_quarantine)

"""Candidates and evidence as the store reads them, with everything filled in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import pandas as pd


@dataclass(frozen=True)
class Row:
    feed: str = "police_residents"
    file: str = "2026-05-03/a.csv"
    sheet: str = ""
    row: int = 5
    role: str = "self"
    person_no: str | None = "RY1"
    content_key: str = "k1"
    unit: str = "柳口派出所"


@dataclass(frozen=True)
class Lead:
    subject: str
    type: str = "missing_item"
    area_code: str | None = "991224100200"
    household_no: str | None = None
    person_no: str | None = "RY1"
    person_no_2: str | None = None
    field: str | None = "phone"
    register_value: str | None = None
    proposed_value: str | None = "13700000000"
    confidence: float = 0.9
    priority: int = 3
    reason: str = "known"
    evidence: Sequence[Row] = (Row(),)
    evidence_hash: str = "h1"


@dataclass(frozen=True)
class Named:
    """How a department's row names somebody."""

    subject: str
    type: str = "missing_person"
    who: str = "person"
    name: str | None = None
    id_number: str | None = None
    phone: str | None = None


def named(*rows: Named) -> pd.DataFrame:
    """As the store reads them."""
    columns = list(Named.__dataclass_fields__)
    return pd.DataFrame([asdict(row) for row in rows], columns=columns, dtype=object)

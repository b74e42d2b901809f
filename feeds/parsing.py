"""Columns of raw cells → columns of values, notes and derived columns. Work is done once per distinct cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pandas as pd

from feeds.areas import AreaTable
from feeds.contracts import FeedContract, FieldSpec
from feeds.readers import Cell
from feeds.values.codes import TABLES, read_code
from feeds.values.dates import lunar_reading, read_date, read_month
from feeds.values.ids import read_id
from feeds.values.names import read_name
from feeds.values.phones import read_phone
from feeds.values.text import as_text, is_blank, read_text, tight

Parsed = tuple[dict[str, object], str | None]
"""Values by column suffix ("" for the field itself) and a note."""


@dataclass(frozen=True)
class Surroundings:
    """What reading a cell may lean on: the area table, a code nearby for villages of one name, and the day of arrival."""

    areas: AreaTable
    near: str | None
    now: date


def parse_fields(
    contract: FeedContract, cells: dict[str, list[Cell]], around: Surroundings
) -> tuple[dict[str, object], list[str | None]]:
    """All columns of a feed's records from its raw cells by field (absent fields are NA).

    Returns columns (`f`, `f__raw`, derived) and one notes text per row (`field:code;…`, NA when clean).
    """
    size = len(next(iter(cells.values()))) if cells else 0
    columns: dict[str, object] = {}
    notes: list[list[str]] = [[] for _ in range(size)]
    for field in contract.fields:
        raw = cells.get(field.name) or [None] * size
        columns[f"{field.name}__raw"] = _raw_texts(raw)
        read = reader_of(field, around)
        keys = [cell if cell.__class__ is str else (cell.__class__, cell) for cell in raw]
        parsed = {key: read(cell) for key, cell in dict(zip(keys, raw)).items()}
        if any(note for _, note in parsed.values()):
            for place, key in enumerate(keys):
                note = parsed[key][1]
                if note:
                    notes[place].append(f"{field.name}:{note}")
        for suffix in read(None)[0]:
            values = {key: found[suffix] for key, (found, _) in parsed.items()}
            columns[f"{field.name}{suffix}"] = _column([values[key] for key in keys], field, suffix)
    return columns, [";".join(each) or None for each in notes]


def _column(values: list[object], field: FieldSpec, suffix: str) -> object:
    if suffix in ("", "__lunar") and field.kind in ("birth_date", "date"):
        return pd.to_datetime(pd.Series(values, dtype="object")).astype("datetime64[ns]")
    if suffix == "__placeholder":
        return pd.Series(values, dtype="bool")
    if field.kind == "rank":
        return pd.Series(values, dtype="Int64")
    return pd.Series(values, dtype="object")


def _raw_texts(raw: list[Cell]) -> pd.Series:
    return pd.Series([cell if cell.__class__ is str else as_text(cell) for cell in raw], dtype="object")


def reader_of(field: FieldSpec, around: Surroundings) -> Callable[[Cell], Parsed]:
    """The reader for a field's kind: a cell → its values by suffix and a note."""
    kind = field.kind
    if kind == "id":
        return _id
    if kind == "name":
        return _name
    if kind == "birth_date":
        return lambda cell: _birth_date(cell, around.now)
    if kind == "date":
        return lambda cell: _one(read_date(cell, around.now))
    if kind == "month":
        return lambda cell: _one(read_month(cell, around.now))
    if kind == "phone":
        return lambda cell: _one(read_phone(cell))
    if kind == "address":
        return lambda cell: _address(cell, around)
    if kind == "area":
        return lambda cell: _area(cell, around.areas)
    if kind == "rank":
        return _rank
    if kind in TABLES:
        return lambda cell: _one(read_code(kind, cell))
    return lambda cell: _one(read_text(cell))


def _one(parsed: tuple[object, str | None]) -> Parsed:
    return {"": parsed[0]}, parsed[1]


def _id(cell: Cell) -> Parsed:
    value, state, note = read_id(cell)
    return {"": value, "__state": state}, note


def _name(cell: Cell) -> Parsed:
    value, note, is_placeholder = read_name(cell)
    return {"": value, "__placeholder": is_placeholder}, note


def _birth_date(cell: Cell, now: date) -> Parsed:
    value, note = read_date(cell, now)
    other = lunar_reading(value) if value is not None and note != "lunar" else None
    return {"": value, "__lunar": other if other is None or other <= now else None}, note


def _address(cell: Cell, around: Surroundings) -> Parsed:
    text = as_text(cell)
    if text is None or is_blank(text):
        return {"": None, "__area": None, "__level": None, "__group": None, "__door": None}, None
    found = around.areas.parse(text, around.near)
    value: dict[str, object] = {
        "": tight(text),
        "__area": found.area,
        "__level": found.level,
        "__group": found.group,
        "__door": found.door,
    }
    return value, None if found.level else "unknown"


def _area(cell: Cell, areas: AreaTable) -> Parsed:
    text = as_text(cell)
    if text is None or is_blank(text):
        return {"": None}, None
    digits = tight(text).strip("'")
    code = areas.current_code(digits) if digits.isdigit() else areas.parse(text).area
    return {"": code}, None if code else "unknown"


_RANKS = {"单胎": 1, "一": 1, "二": 2, "三": 3, "四": 4, "大": 1, "小": 2, "甲": 1, "乙": 2, "A": 1, "B": 2}


def _rank(cell: Cell) -> Parsed:
    text = as_text(cell)
    if text is None or is_blank(text):
        return {"": None}, None
    word = tight(text).removeprefix("第").removesuffix("胎").removesuffix("个").upper()
    if word.isdigit() and 1 <= int(word) <= 9:
        return {"": int(word)}, None
    rank = _RANKS.get(word) or _RANKS.get(tight(text))
    return {"": rank}, None if rank else "unusable"

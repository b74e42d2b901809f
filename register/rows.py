"""Records of the feed `register` as rows of the store: which column goes where, which rows can be told apart tomorrow.

A row is either part of a full list, or a statement of a delivery of changes (docs/adr/0007).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

import pandas as pd

from register.pinyin import Reading, readings
from register.timeline import VersionedTable

# column of `person` ← column of the feed's records
PERSON_COLUMNS: Final = {
    "name": "name",
    "former_name": "former_name",
    "id_number": "id_number",
    "id_state": "id_number__state",
    "sex": "sex",
    "ethnicity": "ethnicity",
    "birth_date": "birth_date",
    "birth_date_lunar": "birth_date__lunar",
    "marital_status": "marital_status",
    "education": "education",
    "occupation": "occupation",
    "hukou_address": "hukou_address",
    "hukou_area": "hukou_address__area",
    "hukou_group": "hukou_address__group",
    "hukou_door": "hukou_address__door",
    "residence_address": "residence_address",
    "residence_area": "residence_address__area",
    "residence_group": "residence_address__group",
    "residence_door": "residence_address__door",
    "area_code": "area_code",
    "phone": "phone",
    "mother_name": "mother_name",
    "mother_id": "mother_id",
    "father_name": "father_name",
    "father_id": "father_id",
    "notes": "notes",
}
MEMBERSHIP_COLUMNS: Final = {
    "household_no": "household_no",
    "head_name": "head_name",
    "relation_to_head": "relation_to_head",
}
REQUIRED: Final = ("person_no", "household_no", "name", "file", "row", "arrival", "delivery")
DATES: Final = frozenset({"birth_date", "birth_date_lunar"})
HEAD: Final = "户主"
FULL, CHANGES = "full", "changes"
REMOVED: Final = "注销"
DELIVERY: Final = ["unit", "arrival", "period", "coverage"]

PERSON: Final = VersionedTable("person", "person_no", (*PERSON_COLUMNS, "raw"), derived=Reading._fields)
MEMBERSHIP: Final = VersionedTable("membership", "person_no", tuple(MEMBERSHIP_COLUMNS), source="person")
HOUSEHOLD: Final = VersionedTable("household", "household_no", ("head_name", "area_code"))
ITEMS: Final = (*PERSON.attributes, *PERSON.derived, *MEMBERSHIP.attributes)


@dataclass(frozen=True)
class UsableRows:
    """`rows`: those with a number, the last one per delivery (unit, day, period, coverage) and person, with the columns of the store,
    `coverage`, `is_removed` and where they stand (`file, sheet, row`). The counts are of the others.
    """

    rows: pd.DataFrame
    repeated: int
    without_number: int


def usable_rows(records: pd.DataFrame) -> UsableRows:
    """What of the records can be kept."""
    frame = pd.DataFrame(
        {
            "person_no": records["person_no"],
            "unit": _text(records, "unit").fillna(""),
            "arrival": pd.to_datetime(records["arrival"]).dt.date,
            "period": _text(records, "period").fillna(records["arrival"].astype(str).str[:7]),
            "delivery": records["delivery"],
            **{name: _column(records, name, source) for name, source in PERSON_COLUMNS.items()},
            **{name: _text(records, source) for name, source in MEMBERSHIP_COLUMNS.items()},
            "raw": _raw_of_unusable(records),
            "coverage": _text(records, "coverage").fillna(FULL),
            "is_removed": _text(records, "change").eq(REMOVED) & _text(records, "coverage").eq(CHANGES),
            "file": records["file"],
            "sheet": _text(records, "sheet").fillna(""),
            "row": records["row"],
        },
        index=records.index,
    )
    frame["area_code"] = _deepest_area(frame)
    frame[list(Reading._fields)] = readings(frame["name"])
    frame = frame.sort_values(["file", "sheet", "row"], kind="stable")
    numbered = frame[frame["person_no"].notna()]
    once = numbered.drop_duplicates([*DELIVERY, "person_no"], keep="last")
    return UsableRows(once, len(numbered) - len(once), len(frame) - len(numbered))


def _text(records: pd.DataFrame, name: str) -> pd.Series:
    if name in records:
        return records[name]
    return pd.Series(None, index=records.index, dtype=object)


def _column(records: pd.DataFrame, name: str, source: str) -> pd.Series:
    values = _text(records, source)
    return pd.to_datetime(values).dt.date.astype(object) if name in DATES else values


def _deepest_area(frame: pd.DataFrame) -> pd.Series:
    """The column as parsed, else the residence's village, else the hukou's, else whichever address names some
    area.
    """
    residence, hukou = frame["residence_area"], frame["hukou_area"]
    area = frame["area_code"]
    for candidate in (_villages(residence), _villages(hukou), _anywhere(residence), _anywhere(hukou)):
        area = area.where(area.notna(), candidate)
    return area


def _villages(area: pd.Series) -> pd.Series:
    is_village = area.notna() & ~area.astype(str).str.endswith("000")
    return area.where(is_village, None)


def _anywhere(area: pd.Series) -> pd.Series:
    """Not the code that stands for a place outside of the area table."""
    return area.where(area != "000000000000", None)


def _raw_of_unusable(records: pd.DataFrame) -> pd.Series:
    """JSON of the cells that held text of which nothing could be used; None where there are none."""
    held: dict[int, dict[str, str]] = {}
    for name in (*PERSON_COLUMNS.values(), *MEMBERSHIP_COLUMNS.values()):
        if f"{name}__raw" not in records:
            continue
        raw = records[f"{name}__raw"]
        for place in (records[name].isna() & raw.notna()).to_numpy().nonzero()[0]:
            held.setdefault(int(place), {})[name] = str(raw.iloc[place])
    texts: list[str | None] = [None] * len(records)
    for place, cells in held.items():
        texts[place] = json.dumps(cells, ensure_ascii=False, sort_keys=True)
    return pd.Series(texts, index=records.index, dtype=object)

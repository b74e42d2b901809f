"""One row per person whom a record mentions: what linkage gets to see.

A mention carries the person's own attributes only; the other people of the row stand in it as relatives. `content_key` is a hash over all that linkage can
see of the person and the relatives, without file, row or month: the same person unchanged in next month's list has the same key.
`said_key` leaves out who says it as well (the unit and its own household numbers): stations merge, and what they say is no news then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np
import pandas as pd

from feeds.contracts import contract_of
from feeds.coverage import CHANGES, REMOVED

PROVENANCE = ("record_id", "feed", "file", "sheet", "row", "unit", "period", "arrival")
TEXTS = (
    "name", "former_name", "sex", "id_number", "id_state", "ethnicity", "marital_status", "phone", "area_code", "hukou_area",
    "hukou_group", "hukou_door", "residence_area", "residence_group", "residence_door", "household_key", "relation_to_head", "head_name",
    "mother_name", "mother_id", "father_name", "father_id", "spouse_name", "spouse_id", "guardian_names", "birth_time",
    "certificate_no", "student_no", "event_type", "from_area", "to_area",
)  # fmt: skip
DATES = ("birth_date", "birth_date_lunar", "event_date")
COLUMNS = (
    "mention_id",
    *PROVENANCE[:5],
    "role",
    *PROVENANCE[5:],
    "content_key",
    "said_key",
    *TEXTS,
    *DATES,
    "name_placeholder",
    "plurality_rank",
)
ADDRESS_PARTS = ("area", "group", "door")

ROLE_SEX = {"mother": "女", "father": "男", "male": "男", "female": "女"}
GUARDIAN_SEX = {"父亲": "男", "母亲": "女", "祖父": "男", "祖母": "女", "外祖父": "男", "外祖母": "女"}
OTHER_HALF = {"male": "female", "female": "male", "adopter1": "adopter2", "adopter2": "adopter1", "mother": "father", "father": "mother"}  # fmt: skip


def mentions_of(records: pd.DataFrame, feed: str) -> pd.DataFrame:
    """All mentions of one feed's records (docs/data-model.md), in the order of records, then roles. Who is told to be off the register is
    not mentioned."""
    contract = contract_of(feed)
    if "coverage" in records.columns:
        is_gone = records["coverage"].eq(CHANGES) & records["change"].eq(REMOVED)
        records = records[~is_gone].reset_index(drop=True)
    if not contract.roles:
        return empty_mentions()
    frames = [_role(records, role) for role in contract.roles]
    mentions = pd.concat(frames, ignore_index=True)
    order = {role: place for place, role in enumerate(contract.roles)}
    mentions["_role"] = mentions["role"].map(order)
    mentions = mentions.sort_values(["arrival", "file", "sheet", "row", "_role"], kind="stable").drop(
        columns="_role"
    )
    keys = content_keys(mentions)
    mentions[keys.columns] = keys
    return mentions.loc[:, list(COLUMNS)].reset_index(drop=True)


def empty_mentions() -> pd.DataFrame:
    """No mentions, with all columns and their types."""
    frame = pd.DataFrame({name: pd.Series([], dtype="object") for name in COLUMNS})
    return _typed(frame)


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    types: dict[str, str] = dict.fromkeys(DATES, "datetime64[ns]")
    return frame.astype({**types, "row": "int64", "name_placeholder": "bool", "plurality_rank": "Int64"})


def _role(records: pd.DataFrame, role: str) -> pd.DataFrame:
    own = _own_fields(records, role)
    size = len(records)
    frame = pd.DataFrame({name: records[name].to_numpy() for name in PROVENANCE})
    frame["role"] = role
    blank = pd.Series([None] * size, dtype="object")
    columns: dict[str, pd.Series] = {}
    for name in (*TEXTS, *DATES, "plurality_rank"):
        columns[name] = own[name].reset_index(drop=True) if name in own else blank
    placeholder = own.get("name_placeholder")
    columns["name_placeholder"] = (
        pd.Series([False] * size) if placeholder is None else placeholder.reset_index(drop=True)
    )
    frame = pd.concat([frame, pd.DataFrame(columns)], axis=1)
    frame["mention_id"] = frame["record_id"] + ":" + role
    if role != "self":
        frame = frame[
            (frame["name"].notna() & ~frame["name_placeholder"].astype(bool)) | frame["id_number"].notna()
        ]
    return _typed(frame)


def _own_fields(records: pd.DataFrame, role: str) -> dict[str, pd.Series]:
    feed_fields = set(records.columns)
    found: dict[str, pd.Series] = {}

    def take(target: str, source: str) -> None:
        if source in feed_fields:
            found[target] = records[source]

    prefix = "" if role == "self" else f"{role}_"
    for target, source in _identity(prefix).items():
        take(target, source)
    if role == "self":
        _take_self(records, found)
    else:
        _take_relative(records, role, found)
    for target in ("event_type", "event_date"):
        take(target, target)
    return found


def _identity(prefix: str) -> Mapping[str, str]:
    number = f"{prefix}id_number" if not prefix else f"{prefix}id"
    return {
        "name": f"{prefix}name",
        "name_placeholder": f"{prefix}name__placeholder",
        "id_number": number,
        "id_state": f"{number}__state",
        "birth_date": f"{prefix}birth_date",
        "birth_date_lunar": f"{prefix}birth_date__lunar",
    }


def _take_self(records: pd.DataFrame, found: dict[str, pd.Series]) -> None:
    for name in (
        "sex", "former_name", "ethnicity", "marital_status", "phone", "relation_to_head", "head_name", "mother_name", "mother_id",
        "father_name", "father_id", "plurality_rank", "birth_time", "certificate_no", "student_no",
    ):  # fmt: skip
        if name in records.columns:
            found[name] = records[name]
    _take_addresses(records, found)
    found["household_key"] = household_keys(records)
    for number in (1, 2):
        relation = records.get(f"guardian{number}_relation")
        if relation is None:
            continue
        for parent, word in (("mother", "母亲"), ("father", "父亲")):
            is_parent = relation.eq(word)
            for part in ("name", "id"):
                values = records[f"guardian{number}_{part}"].where(is_parent)
                before = found.get(f"{parent}_{part}")
                found[f"{parent}_{part}"] = values if before is None else before.where(before.notna(), values)
    if "guardian1_name" in records.columns:
        found["guardian_names"] = _joined(records["guardian1_name"], records["guardian2_name"])
    if "adopter1_name" in records.columns:
        _take_adopters(records, found)


def _take_adopters(records: pd.DataFrame, found: dict[str, pd.Series]) -> None:
    """Adopters are the child's parents from now on; which is which the sex digit of the ID says, else their order (he, she)."""
    for place, usual in ((1, "father"), (2, "mother")):
        number, name = records[f"adopter{place}_id"], records[f"adopter{place}_name"]
        digit = number.where(number.str.len() == 18).str[16]
        is_father = digit.isin(list("13579")) | (digit.isna() & (usual == "father"))
        for parent, chosen in (("father", is_father), ("mother", ~is_father)):
            for part, values in (("name", name), ("id", number)):
                before = found.get(f"{parent}_{part}")
                value = values.where(chosen)
                found[f"{parent}_{part}"] = value if before is None else before.where(before.notna(), value)


def _take_relative(records: pd.DataFrame, role: str, found: dict[str, pd.Series]) -> None:
    if role in ROLE_SEX:
        found["sex"] = pd.Series([ROLE_SEX[role]] * len(records), index=records.index, dtype="object")
    elif role.startswith("guardian"):
        found["sex"] = records[f"{role}_relation"].map(GUARDIAN_SEX).astype("object")
        found["phone"] = records[f"{role}_phone"]
    if role == "mother" and "phone" in records.columns:
        found["phone"] = records["phone"]
    if role in ("mother", "father"):
        found["household_key"] = household_keys(records)
    if role in ("mother", "father", "guardian1", "guardian2"):
        _take_addresses(records, found)
    other = OTHER_HALF.get(role)
    if other and f"{other}_name" in records.columns:
        found["spouse_name"], found["spouse_id"] = records[f"{other}_name"], records[f"{other}_id"]


def _take_addresses(records: pd.DataFrame, found: dict[str, pd.Series]) -> None:
    for target in ("hukou", "residence"):
        source = f"{target}_address"
        for part in ADDRESS_PARTS:
            if f"{source}__{part}" in records.columns:
                found[f"{target}_{part}"] = records[f"{source}__{part}"]
    for target, source in (("from_area", "from_address__area"), ("to_area", "to_address__area")):
        if source in records.columns:
            found[target] = records[source]
    candidates = [found.get("residence_area"), records.get("area_code"), found.get("hukou_area")]
    area: pd.Series | None = None
    for column in candidates:
        if column is not None:
            area = column if area is None else area.where(area.notna(), column)
    if area is not None:
        found["area_code"] = area


def household_keys(records: pd.DataFrame) -> pd.Series:
    """Feed, unit and the unit's own household number; NA where the feed has no households or the cell is blank."""
    if "household_no" not in records.columns or (len(records) and records["feed"].iloc[0] == "register"):
        return pd.Series([None] * len(records), index=records.index, dtype="object")
    keys = records["feed"] + ":" + records["unit"] + ":" + records["household_no"]
    return keys.where(records["household_no"].notna(), None).astype("object")


def _joined(first: pd.Series, second: pd.Series) -> pd.Series:
    both = first.fillna("") + "|" + second.fillna("")
    joined = both.str.strip("|")
    return joined.where(joined != "", None).astype("object")


_UNSEEN = ("event_date",)
_OF_THE_UNIT = ("household_key",)


def content_keys(mentions: pd.DataFrame) -> pd.DataFrame:
    """Two columns of 16 hex digits per mention: `said_key` over feed, role and everything linkage can see but the unit's own
    numbers, `content_key` over that, the unit and its numbers."""
    said = [
        "feed",
        "role",
        *(name for name in TEXTS if name not in _OF_THE_UNIT),
        "name_placeholder",
        "plurality_rank",
        *(d for d in DATES if d not in _UNSEEN),
    ]
    texts = [_texts(mentions[name]) for name in said]
    events = mentions["event_date"].where(
        mentions["event_type"].notna() | mentions["feed"].str.startswith("hospital")
    )
    said_key = _digests([*texts, _texts(events)])
    content_key = _digests([said_key, *(_texts(mentions[name]) for name in ("unit", *_OF_THE_UNIT))])
    return pd.DataFrame(
        {"content_key": content_key, "said_key": said_key}, index=mentions.index, dtype="object"
    )


def _digests(texts: list[list[str]]) -> list[str]:
    joined = ("\x1f".join(values) for values in zip(*texts))
    return [hashlib.sha256(text.encode()).hexdigest()[:16] for text in joined]


def _texts(column: pd.Series) -> list[str]:
    """Every cell as text, made once per distinct value."""
    codes, distinct = pd.factorize(column.astype("object"))
    texts = np.array([*map(_text, distinct), ""], dtype=object)
    return texts[codes].tolist()


def _text(value: object) -> str:
    return "" if value is None or value is pd.NA or value != value else str(value)

"""Mentions and register rows as frames that can be compared column by column.

What is decided here is whose a value is. A placeholder (张某之子) is nobody's name; a parent's number in a child's column is the parent's;
the birth date and sex that a valid number carries are the person's when the row leaves them out; `000000000000` is elsewhere, which
is no village. Everything is derived from distinct values, so a night costs what its distinct names cost.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from linkage.county.names import name_parts

ROLE_SEX = {"mother": "女", "father": "男", "male": "男", "female": "女"}
BORROWED_YEARS = 12  # a number born so much before its bearer is a parent's
ELSEWHERE = "000000000000"
TEXT = (
    "former_name", "sex", "id_number", "id_state", "ethnicity", "marital_status", "phone", "hukou_area", "hukou_group", "hukou_door",
    "residence_area", "residence_group", "residence_door", "relation_to_head", "head_name", "mother_name", "mother_id",
    "father_name", "father_id",
)  # fmt: skip
MENTION_ONLY = (
    "content_key", "feed", "role", "record_id", "unit", "period", "household_key", "spouse_name", "spouse_id", "birth_time",
    "certificate_no", "student_no",
)  # fmt: skip


def mention_frame(mentions: pd.DataFrame) -> pd.DataFrame:
    """One row per distinct content key (its latest mention), `id` being the key; see the module for what is derived."""
    latest = mentions.sort_values(["arrival", "mention_id"], kind="stable").drop_duplicates(
        "content_key", keep="last"
    )
    latest = latest.reset_index(drop=True)
    frame = latest[[*MENTION_ONLY, *TEXT, "birth_date", "birth_date_lunar", "plurality_rank"]].copy()
    frame["name"] = latest["name"].where(
        latest["name_placeholder"].map(lambda p: p is not True and p != 1), None
    )
    _return_borrowed_ids(frame, mentions)
    frame["sex"] = frame["sex"].where(
        ~frame["role"].isin(ROLE_SEX), None
    )  # the column's heading said so, not the person
    derived = _derive(frame, latest["area_code"]).assign(id=frame["content_key"])
    return derived.assign(sex=_else(derived["sex"], derived["role"].map(ROLE_SEX)))


def register_frame(register: pd.DataFrame) -> pd.DataFrame:
    """One row per register person, `id` being person_no, with the same derived columns as a mention."""
    rows = register.sort_values("person_no").drop_duplicates("person_no").reset_index(drop=True)
    frame = rows[["person_no", "household_no", "name", *TEXT, "birth_date", "birth_date_lunar"]].copy()
    return _derive(frame, rows["area_code"]).assign(id=frame["person_no"])


def _derive(frame: pd.DataFrame, area_code: pd.Series) -> pd.DataFrame:
    facts = _facts_of_ids(frame)
    frame["birth_from_id"] = frame["birth_date"].isna() & facts["birth_date"].notna()
    frame["sex_from_id"] = frame["sex"].isna() & facts["sex"].notna()
    frame["birth_date"] = _else(frame["birth_date"], facts["birth_date"])
    frame["sex"] = _else(frame["sex"], facts["sex"])
    parts = name_parts(frame["name"])
    for column in parts.columns:
        frame[column] = parts[column].to_numpy()
    home = _else(_else(_inside(frame["residence_area"]), _inside(frame["hukou_area"])), _inside(area_code))
    frame["township"] = home.str[:9].where(home.str[6:9] != "000", None)
    frame["village"] = home.where(home.str[9:] != "000", None)
    for place in ("hukou", "residence"):
        frame[f"{place}_area"] = _inside(frame[f"{place}_area"])
        frame[f"{place}_home"] = _home(frame, place)
    frame["door"] = _else(frame["hukou_home"], frame["residence_home"])
    frame["birth_year"] = day_text(frame["birth_date"], "%Y")
    frame["birth_month_day"] = day_text(frame["birth_date"], "%m%d")
    return _no_blanks(frame)


def day_text(days: pd.Series, form: str) -> pd.Series:
    """Dates as text, formatted once per distinct day."""
    codes, distinct = pd.factorize(days)
    texts = np.array([*pd.DatetimeIndex(distinct).strftime(form), None], dtype=object)
    return pd.Series(texts[codes], index=days.index, dtype=object)


def _else(values: pd.Series, others: pd.Series) -> pd.Series:
    """The value, or the other one where it is missing."""
    return values.where(values.notna(), others)


def _inside(area: pd.Series) -> pd.Series:
    return area.astype(object).where(area.notna() & (area != ELSEWHERE), None)


def _home(frame: pd.DataFrame, place: str) -> pd.Series:
    """Village (or deeper area) with the door; the group is often left out, and a door is unique without it."""
    area, door = frame[f"{place}_area"], frame[f"{place}_door"]
    return (area + "/" + door).where(area.notna() & door.notna(), None)


def _no_blanks(frame: pd.DataFrame) -> pd.DataFrame:
    """None for whatever is missing in a column of texts."""
    filled = {}
    for column in frame.select_dtypes(include="object").columns:
        values = frame[column].to_numpy(dtype=object, copy=True)
        values[pd.isna(values)] = None
        filled[column] = values
    return frame.assign(**filled)


def _facts_of_ids(frame: pd.DataFrame) -> pd.DataFrame:
    """Birth date and sex that a valid 18-digit number carries."""
    usable = frame["id_number"].where(frame["id_state"] == "valid", None)
    number = usable.where(usable.str.len() == 18, None)
    day = pd.to_datetime(number.str[6:14], format="%Y%m%d", errors="coerce")
    odd = pd.to_numeric(number.str[16], errors="coerce") % 2
    sex = pd.Series(np.where(odd == 1, "男", "女"), index=frame.index, dtype=object).where(odd.notna(), None)
    return pd.DataFrame({"birth_date": day.astype("datetime64[ns]"), "sex": sex})


def _return_borrowed_ids(frame: pd.DataFrame, mentions: pd.DataFrame) -> None:
    """Take a parent's number out of a child's column, in place, and give it to the parent where none is named."""
    facts = _facts_of_ids(frame)
    years = frame["birth_date"].dt.year - facts["birth_date"].dt.year
    of_other = pd.Series(False, index=frame.index)
    for column in ("mother_id", "father_id", "spouse_id"):
        of_other |= (frame["id_number"] == frame[column]) & frame["id_number"].notna()
    of_other |= _also_beside(frame, mentions)
    is_child = frame["role"] == "self"
    far = (facts["birth_date"] != frame["birth_date"]) & frame["birth_date"].notna()
    borrowed = is_child & ((of_other & far) | (years >= BORROWED_YEARS))
    for column, sex in (("mother_id", "女"), ("father_id", "男")):
        give = borrowed & frame[column].isna() & (facts["sex"] == sex) & (years >= BORROWED_YEARS)
        frame.loc[give, column] = frame.loc[give, "id_number"]
    frame.loc[borrowed, ["id_number", "id_state"]] = None


def _also_beside(frame: pd.DataFrame, mentions: pd.DataFrame) -> pd.Series:
    """Whether somebody else of the same row has the same number."""
    numbers = mentions.loc[mentions["id_number"].notna(), ["record_id", "id_number", "role"]]
    shared = numbers[numbers.duplicated(["record_id", "id_number"], keep=False)]
    if shared.empty:
        return pd.Series(False, index=frame.index)
    pairs = pd.MultiIndex.from_frame(shared[["record_id", "id_number"]].drop_duplicates())
    return pd.Series(
        pd.MultiIndex.from_frame(frame[["record_id", "id_number"]]).isin(pairs), index=frame.index
    )

"""What each row and the register itself say about each field of a linked person: the table of fields, as
data.

A claim is one mention's value of one field: a `key` (equal keys are the same beyond spelling), the `text`
that would be written back, and how sure the row is beside its feed's trust (`scale`). Claims that cannot be
right by themselves are not made: names with lost characters, numbers with a wrong check digit or of the
wrong sex, a parent's number in a child's column.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd

from discrepancies.sightings import RESIDENCE_FEEDS, has_event
from discrepancies.values import (
    MARITAL_CLASS,
    born_inside,
    by_distinct,
    date_text,
    fits,
    is_homophone,
    is_outside,
    is_real_name,
    is_unreadable,
    name_key,
    sex_inside,
    valid_id,
    village_of,
)
from discrepancies.view import View

RENAMED = 1.5
"""How much more a row weighs that gives the register's name as the former one: it knows both."""
HOMOPHONE = 0.7
"""How much a row weighs whose name only sounds like the register's: it takes two to be believed."""
BACKWARDS = 0.7
"""How much a row weighs that has somebody unmarried whom the register has married: nobody becomes that
again."""
ALONE = 0.7
"""How much a row weighs whose ethnicity nobody else in the register's household has."""
CODED_FEEDS = ("police_residents", "police_births")
AT_ODDS = 0.5
"""How little a hukou address weighs whose village is not that of the row's own area code."""
AT_HUKOU = 1.3
"""How much a row weighs that has somebody live where the police have the hukou, as most people do."""
MANY_VILLAGES, UNSTEADY = 3, 0.5
"""How little a list weighs that has given so many residences in turn."""
TOLD_AWAY = 1.6
"""How much more the register weighs where it has somebody live elsewhere than at the hukou: it was told of a move.
Of one list alone against it the list is wrong more often than not."""
SELF = ("self",)
ADULT_ROLES = ("mother", "father", "guardian1", "guardian2", "male", "female", "adopter1", "adopter2")
WOMEN, MEN = ("mother", "female"), ("father", "male")
COUPLE = ("male", "female")

Rows: TypeAlias = pd.DataFrame
Claims: TypeAlias = pd.DataFrame
"""Columns key, text, scale, dated; the index is that of the rows, NA keys are no claim."""


@dataclass(frozen=True)
class FieldRule:
    """How one register field is held against the feeds.

    `roles`: in which roles a row speaks about the person's own field. `feeds`: only these, when given.
    `lasts`: a value that does not change with time (a feed's vote is what it said in most periods;
    otherwise its latest). `current`: only lists that still hold speak. `fades`: older events count less.
    `inconsistent`, `missing`: which discrepancy it can raise.
    """

    field: str
    read: Callable[[View, Rows], Claims]
    roles: tuple[str, ...] = SELF
    feeds: tuple[str, ...] = ()
    lasts: bool = True
    current: bool = False
    fades: bool = False
    inconsistent: bool = True
    missing: bool = True


def _claims(
    key: pd.Series, text: pd.Series, scale: pd.Series | float = 1.0, dated: pd.Series | bool = False
) -> Claims:
    return pd.DataFrame({"key": key, "text": text, "scale": scale, "dated": dated}, index=key.index)


def _plain(field: str) -> Callable[[View, Rows], Claims]:
    return lambda view, rows: _claims(rows[field], rows[field])


def _names(field: str) -> Callable[[View, Rows], Claims]:
    """Names that can be held against the register's; one that only sounds like it is worth less, one of a
    row that gives the register's as the former name more."""

    def read(view: View, rows: Rows) -> Claims:
        names, key, registered = _readable(view, rows, field)
        if field != "name":
            return _claims(key, names, dated=rows["feed"].eq("civil_adoptions"))
        key = key.where(~rows["name_placeholder"], None)
        renamed = name_key(rows["former_name"]).eq(registered) & registered.notna()
        scale = pd.Series(1.0, index=rows.index).mask(_sounds_alike(key, registered), HOMOPHONE)
        return _claims(key, names, scale=scale.mask(renamed, RENAMED), dated=renamed)

    return read


def _readable(view: View, rows: Rows, field: str) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Names without lost characters, their keys, and the register's key; a register name with lost
    characters can only be completed, not replaced."""
    names = rows[field].where(is_real_name(rows[field]), None)
    key = name_key(names)
    at = rows["at"].to_numpy()
    damaged = by_distinct(view.register[field], is_unreadable).eq(True).to_numpy()[at]
    registered = pd.Series(name_key(view.register[field]).to_numpy()[at], index=rows.index, dtype=object)
    pairs = (registered + "/" + key).where(key.notna() & pd.Series(damaged, index=rows.index), None)
    cannot = by_distinct(pairs, lambda pair: not fits(*pair.split("/", 1))).eq(True)
    return names, key.where(~cannot, None), registered


def _sounds_alike(key: pd.Series, registered: pd.Series) -> pd.Series:
    pairs = (key + "/" + registered).where(key.notna() & registered.notna() & key.ne(registered), None)
    return by_distinct(pairs, lambda pair: is_homophone(*pair.split("/", 1))).eq(True)


def _ethnicity(view: View, rows: Rows) -> Claims:
    """Somebody in the register's household who is of the ethnicity that a row gives corroborates it."""
    register = view.register
    household = pd.Series(register["household_no"].to_numpy()[rows["at"].to_numpy()], index=rows.index)
    shared = pd.MultiIndex.from_frame(register[["household_no", "ethnicity"]].dropna().drop_duplicates())
    at_home = pd.MultiIndex.from_arrays([household, rows["ethnicity"]]).isin(shared)
    scale = pd.Series(np.where(at_home, 1.0, ALONE), index=rows.index)
    return _claims(rows["ethnicity"], rows["ethnicity"], scale=scale)


def _dates(view: View, rows: Rows) -> Claims:
    text = date_text(rows["birth_date"])
    return _claims(text, text)


def _numbers(view: View, rows: Rows) -> Claims:
    """Own numbers that can be the person's: valid, of the right sex, not a parent's; less sure when the
    date inside differs."""
    number = valid_id(rows["id_number"])
    register = view.register
    at = rows["at"].to_numpy()
    for parent in ("mother_id", "father_id"):
        number = number.where(number.ne(rows[parent]) & (number != register[parent].to_numpy()[at]), None)
    sex = by_distinct(number, sex_inside)
    expected = rows["sex"].where(
        rows["sex"].notna(), pd.Series(register["sex"].to_numpy()[at], index=rows.index)
    )
    expected = expected.mask(rows["role"].isin(WOMEN), "女").mask(rows["role"].isin(MEN), "男")
    number = number.where(expected.isna() | sex.eq(expected), None)
    born = by_distinct(number, born_inside)
    registered = date_text(register["birth_date"]).to_numpy()[at]
    agrees = born.eq(date_text(rows["birth_date"])) | (born == registered)
    known = rows["birth_date"].notna() | pd.notna(registered)
    return _claims(number, number, scale=pd.Series(np.where(agrees | ~known, 1.0, 0.5), index=rows.index))


def _parent_numbers(field: str, sex: str) -> Callable[[View, Rows], Claims]:
    def read(view: View, rows: Rows) -> Claims:
        number = valid_id(rows[field])
        number = number.where(number.ne(rows["id_number"]) & by_distinct(number, sex_inside).eq(sex), None)
        return _claims(number, number, dated=rows["feed"].eq("civil_adoptions"))

    return read


def _marital(view: View, rows: Rows) -> Claims:
    event = rows["event_type"].where(rows["role"].isin(COUPLE), None)
    status = rows["marital_status"].where(~rows["role"].isin(COUPLE), None)
    divorced = (
        "离异" if view.register["marital_status"].eq("离异").any() else "离婚"
    )  # the register's own word
    status = status.mask(has_event(event, "结婚"), "已婚").mask(has_event(event, "离婚"), divorced)
    key = by_distinct(status, MARITAL_CLASS.get)
    registered = pd.Series(
        view.register["marital_status"].to_numpy()[rows["at"].to_numpy()], index=rows.index
    )
    goes_back = key.eq("未婚") & registered.notna() & registered.ne("未婚")
    return _claims(key, status, scale=goes_back.map({True: BACKWARDS, False: 1.0}), dated=event.notna())


def _hukou(view: View, rows: Rows) -> Claims:
    is_move = rows["feed"].eq("police_moves")
    moved_in = is_move & has_event(rows["event_type"], "迁入")
    speaks = rows["role"].eq("self") ^ rows["feed"].eq("hospital_births")  # a birth row gives the mother's
    area = rows["hukou_area"].where(~is_move, rows["to_area"]).where(speaks & (~is_move | moved_in), None)
    key = village_of(area)
    group = rows["hukou_group"].where(~is_move, None)
    registered = (
        view.register[["hukou_area", "hukou_group"]].take(rows["at"].to_numpy()).set_index(rows.index)
    )
    other_group = key.eq(registered["hukou_area"]) & (
        _number(group).notna()
        & _number(registered["hukou_group"]).notna()
        & _number(group).ne(_number(registered["hukou_group"]))
    )
    key = key.where(~other_group, key + "#" + _number(group).astype(object))
    code = village_of(rows["area_code"]).where(rows["feed"].isin(CODED_FEEDS), None)
    at_odds = code.notna() & village_of(area).notna() & code.ne(village_of(area))
    scale = pd.Series(np.where(at_odds, AT_ODDS, 1.0), index=rows.index)
    text = address_text(view, area, group, rows["hukou_door"].where(~is_move, None))
    return _claims(key, text, scale=scale, dated=moved_in)


def _residence(view: View, rows: Rows) -> Claims:
    """A village that is also the hukou's is likelier, one of many that the same lists gave in turn is not."""
    area = rows["residence_area"].where(rows["role"].eq("mother") | rows["feed"].ne("hospital_births"), None)
    key = village_of(area)
    sure = view.mentions[view.mentions["is_sure"] & view.mentions["at"].isin(rows["at"])]
    police = sure[sure["feed"].eq("police_residents") & sure["is_latest"] & sure["hukou_area"].notna()]
    hukou = rows["at"].map(police.drop_duplicates("at").set_index("at")["hukou_area"])
    lists = sure[sure["feed"].isin(RESIDENCE_FEEDS)]
    villages = village_of(lists["residence_area"]).groupby([lists["at"], lists["feed"]]).nunique()
    given = villages.reindex(pd.MultiIndex.from_arrays([rows["at"], rows["feed"]])).to_numpy()
    scale = pd.Series(np.where(given >= MANY_VILLAGES, UNSTEADY, 1.0), index=rows.index)
    scale = scale.mask(key.notna() & key.eq(hukou), AT_HUKOU)
    text = address_text(view, area, rows["residence_group"], rows["residence_door"])
    return _claims(key, text, scale=scale)


def _number(column: pd.Series) -> pd.Series:
    return by_distinct(column, lambda value: str(value).removesuffix(".0"))


def address_text(view: View, area: pd.Series, group: pd.Series, door: pd.Series) -> pd.Series:
    """An address in full from its parts: names from the province down, 组, 号."""

    def path(code: str) -> str:
        levels = [code[:n].ljust(12, "0") for n in (2, 4, 6, 9)] + [code]
        names = [view.areas.name_of(level) for level in dict.fromkeys(levels)]
        return "".join(name for name in names if name)

    text = by_distinct(village_of(area), path)
    groups, doors = _number(group), _number(door)
    text = text.where(text.isna() | groups.isna(), text + groups + "组")
    text = text.where(text.isna() | doors.isna(), text + doors + "号")
    return text.str.replace("号号", "号").str.replace("组组", "组").where(text.notna(), None)


def _phones(view: View, rows: Rows) -> Claims:
    """A person's own phone: not a child's, unless the child is head of the household."""
    register = view.register.take(rows["at"].to_numpy())
    born = pd.to_datetime(register["birth_date"]).set_axis(rows.index).fillna(rows["birth_date"])
    is_head = register["relation_to_head"].eq("户主").set_axis(rows.index)
    is_old_enough = born.isna() | (rows["as_of"] >= born + pd.DateOffset(years=view.settings.phone_from_age))
    phone = rows["phone"].where(is_head | is_old_enough, None)
    return _claims(phone, phone)


def _former(view: View, rows: Rows) -> Claims:
    """A former name that is not the register's name of today."""
    claims = _names("former_name")(view, rows)
    registered = name_key(view.register["name"]).to_numpy()[rows["at"].to_numpy()]
    return claims.where(claims["key"].ne(registered), None).assign(dated=False)


PARENT_FEEDS = ("hospital_births", "police_births", "school_enrolment", "civil_adoptions")

FIELDS: tuple[FieldRule, ...] = (
    FieldRule("name", _names("name"), roles=SELF + ADULT_ROLES),
    FieldRule("former_name", _former, inconsistent=False),
    FieldRule("id_number", _numbers, roles=SELF + ADULT_ROLES),
    FieldRule("sex", _plain("sex")),
    FieldRule("ethnicity", _ethnicity),
    FieldRule("birth_date", _dates, roles=SELF + COUPLE),
    FieldRule("marital_status", _marital, roles=SELF + COUPLE, lasts=False, current=True),
    FieldRule("hukou_address", _hukou, roles=(*SELF, "mother"), lasts=False, current=True),
    FieldRule(
        "residence_address",
        _residence,
        roles=(*SELF, "mother"),
        feeds=(*RESIDENCE_FEEDS, "hospital_births"),
        lasts=False,
        current=True,
        fades=True,
    ),
    FieldRule("phone", _phones, roles=SELF + ADULT_ROLES, lasts=False, inconsistent=False),
    FieldRule("mother_name", _names("mother_name"), feeds=PARENT_FEEDS),
    FieldRule("mother_id", _parent_numbers("mother_id", "女"), feeds=PARENT_FEEDS),
    FieldRule("father_name", _names("father_name"), feeds=PARENT_FEEDS),
    FieldRule("father_id", _parent_numbers("father_id", "男"), feeds=PARENT_FEEDS),
)


def sure_rows(view: View) -> Rows:
    """Rows that are surely those of the person they are linked to."""
    return view.mentions[view.mentions["is_sure"] & view.mentions["feed"].ne("register")]


def claims_of(view: View, rule: FieldRule, sure: Rows) -> Claims:
    """All claims about a field by sure rows: place, at, feed, period, key, text, scale, dated, as_of …"""
    speaks = sure["role"].isin(rule.roles)
    if rule.feeds:
        speaks &= sure["feed"].isin(rule.feeds)
    if rule.current:
        speaks &= sure["is_latest"]
    is_most = speaks.mean() > 0.5  # reading a few rows too many is cheaper than copying most of them
    claims = rule.read(view, sure if is_most else sure[speaks])
    claims = claims[claims["key"].notna() & speaks.reindex(claims.index)]
    context = sure[["at", "feed", "period", "as_of", "is_latest"]].loc[claims.index]
    return pd.concat([context, claims], axis=1).assign(place=claims.index, field=rule.field)


def register_claims(view: View, field: str) -> pd.DataFrame:
    """What the register says, one row per person: key, text, `scale` of its vote, and whether the cell is
    unfit (cannot be right by itself)."""
    register = view.register
    text = register[field].astype(object).where(register[field].notna(), None)
    scale = pd.Series(1.0, index=register.index)
    unfit = pd.Series(False, index=register.index)
    key = text
    if field == "birth_date":
        text = key = date_text(register[field])
    elif field == "id_number":
        text = text.where(register["id_state"].ne("partial"), None)
        key, scale, unfit = _register_number(register)
    elif field in ("mother_id", "father_id"):
        text = key = text.where(by_distinct(text, lambda n: len(n) == 18).eq(True), None)
        sex = by_distinct(valid_id(key), sex_inside)
        unfit = sex.ne("女" if field == "mother_id" else "男") | key.eq(register["id_number"])
    elif field in ("name", "mother_name", "father_name", "former_name"):
        key, unfit = name_key(text), ~is_real_name(text)
    elif field == "marital_status":
        key = by_distinct(text, lambda status: MARITAL_CLASS.get(status, status))
    elif field in ("hukou_address", "residence_address"):
        key = village_of(register[field.replace("address", "area")])
        if field == "residence_address":
            scale = scale.mask(is_outside(key, register["hukou_area"]), TOLD_AWAY)
    return pd.DataFrame({"key": key, "text": text, "scale": scale, "unfit": unfit & text.notna()})


def _register_number(register: pd.DataFrame) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Key, scale and unfit of own numbers: a truncated one is as good as blank, a wrong check digit or a
    parent's number cannot be right, one that holds another birth date or sex than its row is worth half."""
    number = register["id_number"].where(register["id_state"].isin(("valid", "checksum")), None)
    unfit = register["id_state"].eq("checksum")
    unfit |= number.notna() & (number.eq(register["mother_id"]) | number.eq(register["father_id"]))
    valid = valid_id(number)
    born, day = by_distinct(valid, born_inside), date_text(register["birth_date"])
    sex = by_distinct(valid, sex_inside)
    differs = (born.notna() & day.notna() & born.ne(day)) | (
        sex.notna() & register["sex"].notna() & sex.ne(register["sex"])
    )
    return number, pd.Series(np.where(differs, 0.5, 1.0), index=register.index), unfit

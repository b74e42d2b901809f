"""One row per child of which lists have it: the capture histories of a night.

A child is a register row (rows that are very likely one person count once) or an unregistered entity; a mention belongs to the
register person it is linked or, more likely than not, possibly linked to. Children of the county are counted: who is only known to
live or have the hukou elsewhere is none, and who is known to have died or moved away (also: no longer on the station's newest list)
cannot be expected on the register.

Police births, residents and residence permits are one list, the police's: a birth entered there makes the resident, so as two
lists they would be one counted twice. School lists know nobody below three and say nothing about recent births.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

LISTS = ("register", "hospital", "police")
LIST_OF_FEED = {
    "hospital_births": "hospital",
    "police_births": "police",
    "police_residents": "police",
    "police_floating": "police",
}
SNAPSHOTS = ("police_residents", "police_floating")
AREA_COLUMNS = ("hukou_area", "area_code", "residence_area")
"""Where a birth is to be registered: the hukou first."""
DUPLICATE_PROBABILITY = 0.9
NOBODY = ("none", "rejected")
QUARTERS = 8
COLUMNS = ("unit", "township", "sex", "born", "entered_on", *LISTS)
_TOLD_BEST = ("register", "police", "hospital")
"""Whose word about a child's birth date, sex and township comes first."""


_TOLD = ("unit", "list", "sex", "born", "entered_on", *AREA_COLUMNS)
Span = tuple[pd.Timestamp, pd.Timestamp]
"""First and last day, both included."""


@dataclass(frozen=True)
class Night:
    """The night's frames (docs/data-model.md), and which area codes of today lie in the county."""

    night: dt.date
    register: pd.DataFrame
    mentions: pd.DataFrame
    links: pd.DataFrame
    entities: pd.DataFrame
    register_duplicates: pd.DataFrame
    is_in_county: Callable[[str], bool]


def window(night: dt.date, quarters: int = QUARTERS) -> Span:
    """First and last day of the `quarters` quarters that are over by the evening of `night`."""
    last = pd.Period(pd.Timestamp(night) + pd.Timedelta(days=1), freq="Q") - 1
    return (last - quarters + 1).start_time, last.end_time.normalize()


def child_mentions(night: Night, born: Span) -> pd.DataFrame:
    """Own mentions of children born in between (by the register person they are linked to, else by the row), with their link.

    Columns of the mention (with `is_latest`) plus `list`, `unit`, `born`, `is_linked`, `match_probability`, `missing_probability`.
    """
    register, mentions, links = night.register, night.mentions, night.links
    births = pd.Series(
        register["birth_date"].astype("datetime64[ns]").to_numpy(), index=register["person_no"]
    )
    own = set(births.index[births.between(*born)])
    of_own = set(links["mention_id"][links["person_no"].isin(own)])
    maybe = mentions["birth_date"].between(*born) | mentions["mention_id"].isin(of_own)
    rows = mentions[maybe]
    rows = rows[rows["role"].eq("self") & rows["feed"].isin(list(LIST_OF_FEED))]
    found = links[links["mention_id"].isin(set(rows["mention_id"]))].set_index("mention_id")
    rows = rows[rows["mention_id"].isin(found.index)]
    found = found.loc[rows["mention_id"]].set_index(rows.index)
    person = found["person_no"].where(~found["decision"].isin(NOBODY))
    entity = night.entities.drop_duplicates("mention_id").set_index("mention_id")["entity_id"]
    rows = rows.assign(
        list=rows["feed"].map(LIST_OF_FEED),
        born=person.map(births[~births.index.duplicated()]).fillna(
            rows["birth_date"].astype("datetime64[ns]")
        ),
        unit=_canonical(person, night).fillna(rows["mention_id"].map(entity)),
        is_linked=person.notna(),
        match_probability=found["match_probability"].astype(float),
        missing_probability=found["missing_probability"].astype(float),
    )
    return rows[rows["born"].between(*born) & rows["unit"].notna()]


def capture_histories(night: Night, born: Span, children: pd.DataFrame) -> pd.DataFrame:
    """One row per child of the county born in between; `children` are its `child_mentions`.

    `unit` (opaque), `township` (NA when no row says it), `sex`, `born`, `entered_on` (day of the hukou entry where the
    police told it), and per list whether it has the child.
    """
    register = night.register
    births = register["birth_date"].astype("datetime64[ns]")
    person = _canonical(register["person_no"], night)
    is_own = births.between(*born) | (births.isna() & person.isin(set(children["unit"])))
    own = register[is_own].assign(list="register", unit=person, born=births, entered_on=pd.NaT)
    entered = children["event_date"].astype("datetime64[ns]").where(children["feed"].eq("police_births"))
    children = children.assign(entered_on=entered)
    holds = children["is_latest"].eq(True)
    parts = [part[list(_TOLD)] for part in (own, children[holds]) if len(part)]
    if not parts:
        return _none()
    told = pd.concat(parts, ignore_index=True)
    told["rank"] = told["list"].map({name: rank for rank, name in enumerate(_TOLD_BEST)})
    told["township"], told["is_elsewhere"] = _where(told, night.is_in_county)
    units = told.sort_values(["unit", "rank"], kind="stable").groupby("unit", sort=True)
    found = units[["township", "sex", "born"]].first()
    found["entered_on"] = units["entered_on"].min().astype("datetime64[ns]")
    for name in LISTS:
        found[name] = found.index.isin(set(told.loc[told["list"].eq(name), "unit"]))
    outside = found["township"].isna() & units["is_elsewhere"].any() & ~found["register"]
    found = found[~outside & ~found.index.isin(_gone(night) | _no_longer_listed(children))]
    return found.reset_index()[list(COLUMNS)]


def _none() -> pd.DataFrame:
    types = {**dict.fromkeys(("born", "entered_on"), "datetime64[ns]"), **dict.fromkeys(LISTS, "bool")}
    return pd.DataFrame(columns=list(COLUMNS), dtype=object).astype(types)


def quarter_of(days: pd.Series) -> pd.Series:
    """`2026-Q1`."""
    days = days.astype("datetime64[ns]")
    return days.dt.year.astype(str) + "-Q" + days.dt.quarter.astype(str)


def covered_quarters(histories: pd.DataFrame, name: str) -> set[str]:
    """Quarters in each of whose months the list has births: where it has none it does not say that there were none."""
    days = histories.loc[histories[name].astype(bool), "born"].astype("datetime64[ns]")
    months = pd.DataFrame({"quarter": quarter_of(days), "month": days.dt.month}).drop_duplicates()
    return {str(quarter) for quarter, size in months.groupby("quarter").size().items() if size == 3}


def _no_longer_listed(children: pd.DataFrame) -> set[str]:
    """Units that a station's list had and its newest list has not."""
    listed = children[children["feed"].isin(SNAPSHOTS)]
    return set(listed["unit"]) - set(listed.loc[listed["is_latest"].eq(True), "unit"])


def _where(told: pd.DataFrame, is_in_county: Callable[[str], bool]) -> tuple[pd.Series, pd.Series]:
    """Township of the first area that lies in the county; whether an area is named that does not."""
    township = pd.Series(None, index=told.index, dtype=object)
    is_elsewhere = pd.Series(False, index=told.index)
    for column in AREA_COLUMNS:
        codes = told[column]
        inside = codes.map({code: is_in_county(code) for code in codes.dropna().unique()})
        township = township.where(township.notna(), (codes.str[:9] + "000").where(inside.eq(True)))
        is_elsewhere |= inside.eq(False)
    return township, is_elsewhere


def _canonical(person_no: pd.Series, night: Night) -> pd.Series:
    """The least number among the rows that are very likely the same person, for each person_no."""
    pairs = night.register_duplicates
    sure = pairs[pairs["match_probability"].astype(float) >= DUPLICATE_PROBABILITY].sort_values("person_no")
    least = dict(zip(sure["person_no_2"][::-1], sure["person_no"][::-1]))
    while person_no.isin(list(least)).any():  # pairs are ordered, so chains end
        person_no = person_no.where(~person_no.isin(list(least)), person_no.map(least))
    return person_no.astype(object)


def _gone(night: Night) -> set[str]:
    """Units of whom a row says that they died or moved out of the county."""
    mentions = night.mentions
    rows = mentions[mentions["feed"].isin(["hospital_deaths", "police_moves"])]
    rows = rows[rows["role"].eq("self")]
    event = rows["event_type"].astype("string").fillna("")
    is_here = rows["to_area"].map(lambda code: isinstance(code, str) and night.is_in_county(code))
    left = event.str.contains("迁出") & ~is_here.astype(bool)
    ids = set(rows.loc[rows["feed"].eq("hospital_deaths") | event.str.contains("死亡") | left, "mention_id"])
    links = night.links[night.links["mention_id"].isin(ids)]
    people = links.loc[~links["decision"].isin(NOBODY), "person_no"].dropna()
    return {
        *_canonical(people, night),
        *night.entities.loc[night.entities["mention_id"].isin(ids), "entity_id"],
    }

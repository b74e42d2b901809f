"""Mentions, links and register laid side by side once, for all rules of a night.

Everything is put into one order first (mentions by id, persons by number), so that the order in which rows
come in cannot change a result.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from discrepancies.candidates import Evidence
from discrepancies.inputs import Areas, NightInputs
from discrepancies.settings import RuleSettings
from discrepancies.values import by_distinct

T = TypeVar("T")

LINKED = ("link", "confirmed")
MONTHLY_FEEDS = ("police_residents", "police_floating")
SNAPSHOT_FEEDS = ("police_residents", "police_floating", "school_enrolment")

MENTION_COLUMNS = (
    "mention_id", "record_id", "feed", "file", "sheet", "row", "role", "unit", "period", "arrival",
    "content_key", "said_key", "name", "name_placeholder", "former_name", "sex", "birth_date", "birth_date_lunar",
    "id_number", "id_state", "ethnicity", "marital_status", "phone", "area_code", "hukou_area",
    "hukou_group", "hukou_door", "residence_area", "residence_group", "residence_door", "household_key",
    "relation_to_head", "mother_name", "mother_id", "father_name", "father_id", "spouse_id",
    "certificate_no", "event_type", "event_date", "from_area", "to_area", "is_latest",
)  # fmt: skip
LINK_COLUMNS = ("person_no", "match_probability", "decision", "missing_probability")


@dataclass(frozen=True, eq=False)
class View:
    """`mentions` with their link (`person_no`, `decision` …), `entity_id`, `at` (place of the linked person
    in `register`, -1 for none), `is_sure` (good enough to be evidence) and `as_of` (the day the row speaks
    of); `register` by number."""

    night: dt.date
    known_on: pd.Timestamp
    mentions: pd.DataFrame
    register: pd.DataFrame
    register_duplicates: pd.DataFrame
    household_links: pd.DataFrame
    deliveries: pd.DataFrame
    quarantined: pd.DataFrame
    areas: Areas
    settings: RuleSettings

    def in_county(self, codes: pd.Series) -> pd.Series:
        """True, False, or NA where the code is NA (object dtype)."""
        return by_distinct(codes, self.areas.is_in_county)

    def evidence_by(self, subject: pd.Series) -> dict[object, tuple[Evidence, ...]]:
        """Evidence rows per subject, in a fixed order; `subject` is indexed by places in `mentions`."""
        shown: dict[object, list[Evidence]] = {}
        for key, row in zip(subject, evidence_rows(self.mentions.loc[subject.index])):
            shown.setdefault(key, []).append(row)
        return {key: in_order_of_rows(rows) for key, rows in shown.items()}


def in_order_of_rows(rows: Iterable[Evidence]) -> tuple[Evidence, ...]:
    return tuple(sorted(rows, key=lambda row: row.order))


def evidence_rows(rows: pd.DataFrame) -> list[Evidence]:
    columns = ("feed", "file", "sheet", "row", "role", "person_no", "content_key", "unit", "said_key")
    lists = [rows[c].astype(object).where(rows[c].notna(), None).tolist() for c in columns]
    return [
        Evidence(
            feed,
            file or "",
            sheet or "",
            int(row or 0),
            role,
            person_no,
            content or "",
            unit or "",
            said or "",
        )
        for feed, file, sheet, row, role, person_no, content, unit, said in zip(*lists)
    ]


def register_evidence(view: View, person_nos: Iterable[str], columns: Sequence[str]) -> dict[str, Evidence]:
    """The register's own rows as evidence, by person_no; their content is what stands in `columns`."""
    rows = view.register[view.register["person_no"].isin(set(person_nos))]
    contents = rows[list(columns)].itertuples(index=False, name=None)
    return {
        number: Evidence("register", "", "", 0, "self", number, _content(content))
        for number, content in zip(rows["person_no"], contents)
    }


def _content(values: tuple[object, ...]) -> str:
    text = "\x1f".join("" if pd.isna(value) else str(value) for value in values)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def text_or_none(value: object) -> str | None:
    return None if pd.isna(value) else str(value)


def once_per_view(function: Callable[[View], T]) -> Callable[[View], T]:
    """What several rules ask of the same view is worked out once, and forgotten with the view."""
    known: WeakKeyDictionary[View, T] = WeakKeyDictionary()

    @wraps(function)
    def remembered(view: View) -> T:
        if view not in known:
            known[view] = function(view)
        return known[view]

    return remembered


def build(inputs: NightInputs) -> View:
    """Lay the night's frames side by side."""
    register = inputs.register.sort_values("person_no", ignore_index=True)
    mentions = inputs.mentions.reindex(columns=list(MENTION_COLUMNS))
    mentions = mentions.sort_values("mention_id", ignore_index=True)
    mentions["is_latest"] = mentions["is_latest"].eq(True)
    mentions["name_placeholder"] = mentions["name_placeholder"].eq(True)
    for column in ("birth_date", "birth_date_lunar", "event_date"):
        mentions[column] = pd.to_datetime(mentions[column])
    mentions = _with_links(mentions, inputs)
    mentions["at"] = pd.Index(register["person_no"]).get_indexer(pd.Index(mentions["person_no"]))
    is_gone = mentions["person_no"].notna() & mentions["at"].lt(0)
    mentions.loc[is_gone, ["person_no", "missing_probability"]] = [None, 1.0]
    is_link = mentions["decision"].isin(LINKED) & mentions["at"].ge(0)
    probable = mentions["match_probability"].ge(inputs.settings.link_probability)
    mentions["is_linked"] = is_link
    mentions["is_sure"] = is_link & (probable | mentions["decision"].eq("confirmed"))
    mentions["as_of"] = _as_of(mentions)
    mentions["is_latest"] &= ~_is_stale(mentions, inputs.settings)
    arrivals = pd.to_datetime(mentions["arrival"]).max()
    return View(
        night=inputs.night,
        known_on=pd.Timestamp(inputs.night) if pd.isna(arrivals) else arrivals,
        mentions=mentions,
        register=register,
        register_duplicates=inputs.register_duplicates,
        household_links=inputs.household_links,
        deliveries=inputs.deliveries,
        quarantined=inputs.quarantined,
        areas=inputs.areas,
        settings=inputs.settings,
    )


def _is_stale(mentions: pd.DataFrame, settings: RuleSettings) -> pd.Series:
    """Rows of a unit's last monthly list when the feed's other units are months ahead: the unit is no more."""
    newest = mentions.groupby("feed")["as_of"].transform("max")
    is_old = mentions["as_of"] < newest - pd.Timedelta(days=settings.list_days)
    return mentions["feed"].isin(MONTHLY_FEEDS) & is_old


def _with_links(mentions: pd.DataFrame, inputs: NightInputs) -> pd.DataFrame:
    links = inputs.links
    place = pd.Index(links["mention_id"]).get_indexer(pd.Index(mentions["mention_id"]))
    for column in LINK_COLUMNS:
        numeric = column.endswith("probability")
        values = links[column].to_numpy(
            dtype=float if numeric else object, na_value=np.nan if numeric else None
        )
        padded = np.append(values, np.array([np.nan if numeric else None], dtype=values.dtype))
        mentions[column] = padded[place]
    entities = inputs.entities.sort_values(["mention_id", "entity_id"]).drop_duplicates("mention_id")
    place = pd.Index(entities["mention_id"]).get_indexer(pd.Index(mentions["mention_id"]))
    padded = np.append(entities["entity_id"].to_numpy(dtype=object), np.array([None], dtype=object))
    mentions["entity_id"] = padded[place]
    return mentions


def _as_of(mentions: pd.DataFrame) -> pd.Series:
    """The event's date; for lists and undated events the period's last known day; else the arrival."""
    arrival = pd.to_datetime(mentions["arrival"])
    end = pd.to_datetime(by_distinct(mentions["period"], _period_day))
    event = mentions["event_date"].where(~mentions["feed"].isin(SNAPSHOT_FEEDS))
    day = event.fillna(end).fillna(arrival)
    return day.where(day.le(arrival) | arrival.isna(), arrival)


def _period_day(period: str) -> pd.Timestamp | None:
    """Last day of a month or quarter, first day of a school term."""
    year, _, rest = period.partition("-")
    if not year.isdigit():
        return None
    if rest in ("spring", "autumn"):
        return pd.Timestamp(int(year), 3 if rest == "spring" else 9, 1)
    if rest.startswith("Q") and rest[1:].isdigit():
        return pd.Timestamp(int(year), min(int(rest[1:]), 4) * 3, 1) + pd.offsets.MonthEnd(0)
    if rest.isdigit() and 1 <= int(rest) <= 12:
        return pd.Timestamp(int(year), int(rest), 1) + pd.offsets.MonthEnd(0)
    return None

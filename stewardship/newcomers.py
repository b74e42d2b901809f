"""Who is to be added to the register, put together from what departments' rows say of them.

Of each item the value that the departments give which the rules in force trust more (`discrepancies.trust`), added up over those that agree. An ID number that
is none, or a parent's, is not taken. Household and area are the night's (the mother's household, else the father's, else the police's); what the
newcomer is to its head follows from what the parent is. All this stays on the server: the browser sees masks, and sends what is corrected.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from discrepancies.trust import Trust, log_odds
from discrepancies.values import is_placeholder, is_valid_id
from register.change_plans import HEAD, Row
from register.current import members_of
from register.work import UnitOfWork
from stewardship.leads import Lead, evidence_of
from stewardship.places import Places
from stewardship.sources import Place, Said, SourceRows

FIELDS: Final = (
    "name",
    "sex",
    "birth_date",
    "id_number",
    "ethnicity",
    "household_no",
    "head_name",
    "relation_to_head",
    "area_code",
    "hukou_address",
    "residence_address",
    "mother_name",
    "mother_id",
    "father_name",
    "father_id",
    "marital_status",
    "phone",
)
ADDRESSES: Final = ("hukou", "residence")
NUMBERS: Final = ("id_number", "mother_id", "father_id")
REGISTER: Final = "register"
# What a child is to the head, by what its parent is.
_OF_HEAD, _OF_SON, _OF_DAUGHTER = ("子", "女"), ("孙", "孙女"), ("外孙", "外孙女")
RELATION_BY_PARENT: Final[Mapping[str, tuple[str, str]]] = {
    **dict.fromkeys((HEAD, "夫", "妻", "配偶"), _OF_HEAD),
    **dict.fromkeys(("子", "儿媳"), _OF_SON),
    **dict.fromkeys(("女", "女婿"), _OF_DAUGHTER),
}


@dataclass(frozen=True)
class Draft:
    """A newcomer as the rows have them.

    `values`: item → value. `told`: item → the feeds that say so.
    """

    values: Mapping[str, str]
    told: Mapping[str, tuple[str, ...]]


def draft_of(work: UnitOfWork, sources: SourceRows, trust: Trust, lead: Lead, places: Places) -> Draft:
    """What is known of the person whom the discrepancy is about."""
    rows = {
        Place(row.night, row.feed, row.file, row.sheet, row.row, row.role)
        for row in evidence_of(work.connection, lead.discrepancy_id)
        if row.feed != REGISTER and row.night is not None
    }
    values, told = put_together(trust, sources.said(rows), places)
    households = [lead.household_no] if lead.household_no else []
    members = members_of(work.connection, households)
    for field, value in settled(lead, values, members).items():
        if values.get(field) != value:
            values[field], told[field] = value, (REGISTER,)
    return Draft(values, told)


def put_together(
    trust: Trust, said: Mapping[Place, Said], places: Places
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Of rows about one person: item → value, and item → the feeds that say so."""
    items = [(place.feed, _items(words, places)) for place, words in said.items()]
    best = best_values(trust, items) | best_values(trust, ((feed, _named(one)) for feed, one in items))
    values = {field: value for field, (value, _) in best.items()}
    return values, {field: feeds for field, (_, feeds) in best.items()}


def _items(said: Said, places: Places) -> dict[str, str]:
    """A department's row in the items of the register."""
    items = {field: value for field in FIELDS if (value := said.get(field))}
    for name in ADDRESSES:
        written = places.written(*(said.get(f"{name}_{part}") for part in ("area", "group", "door")))
        if written:
            items[f"{name}_address"] = written.replace(" ", "")
    usable = {field: items[field].upper() for field in NUMBERS if is_valid_id(items.get(field, "").upper())}
    parents = {usable.get("mother_id"), usable.get("father_id")}
    if usable.get("id_number") in parents:
        usable.pop("id_number", None)
    return {field: value for field, value in items.items() if field not in NUMBERS} | usable


def _named(items: Mapping[str, str]) -> dict[str, str]:
    """Its name, if it is one: a newborn is `某之女` until the family has chosen."""
    name = items.get("name")
    return {"name": name} if name and not is_placeholder(name) else {}


def best_values(
    trust: Trust,
    rows: Iterable[tuple[str, Mapping[str, str]]],
) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Of feeds and what they say: item → the value most believed, and the feeds that give it, most trusted first."""
    feeds: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for feed, items in rows:
        for field, value in items.items():
            feeds[field][value].add(feed)
    best = {}
    for field, by_value in feeds.items():
        told = {feed for said in by_value.values() for feed in said}
        weight = {feed: _weight(trust, field, feed) for feed in told}
        value = min(by_value, key=lambda one: (-sum(weight[feed] for feed in by_value[one]), one))
        best[field] = (value, tuple(sorted(by_value[value], key=lambda feed: (-weight[feed], feed))))
    return best


def _weight(trust: Trust, field: str, feed: str) -> float:
    return log_odds(trust.of(field, feed)) if field in trust.table else 1.0


def settled(lead: Lead, values: Mapping[str, str], members: Mapping[str, Row]) -> dict[str, str]:
    """What the register's own household decides: number, head, area, and what the newcomer is to the head."""
    known: dict[str, str | None] = {"household_no": lead.household_no, "area_code": lead.area_code}
    head = next((row for row in members.values() if row["relation_to_head"] == HEAD), None)
    if head is not None:
        known["head_name"] = head["name"]
    parent = next((row for row in members.values() if _is_parent(row, values)), None)
    words = RELATION_BY_PARENT.get((parent or {}).get("relation_to_head") or "")
    sex = values.get("sex")
    if words is not None and sex in ("男", "女"):
        known["relation_to_head"] = words[sex == "女"]
    return {field: value for field, value in known.items() if value}


def _is_parent(row: Row, values: Mapping[str, str]) -> bool:
    """By the number; by the name only where one side has no number."""
    for parent in ("mother", "father"):
        own, told = row["id_number"], values.get(f"{parent}_id")
        if own and told:
            if own == told:
                return True
        elif row["name"] and row["name"] == values.get(f"{parent}_name"):
            return True
    return False

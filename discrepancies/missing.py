"""Who and which household is on no list: unregistered_birth, missing_person, missing_household,
possible_link.

村不漏户，户不漏人. A person seen living in the county who is on no register row is a missing person; a
birth, or someone first seen in the first year of life, an unregistered birth, once the legal period is
over; a police household none of whose members is on the register is one missing household, whose members
(and newborns) are not flagged one by one. Where it is more likely than not that the person *is* somebody on
the register, the question is that possible link. Nobody is missing where the register itself has not come
yet (`watermarks`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from discrepancies.candidates import (
    MISSING_HOUSEHOLD,
    MISSING_PERSON,
    POSSIBLE_LINK,
    UNREGISTERED_BIRTH,
    Candidate,
    Evidence,
)
from discrepancies.household_history import first_keys
from discrepancies.periods import due_on
from discrepancies.sightings import read_signs
from discrepancies.unlinked import Unlinked, gather
from discrepancies.values import valid_id, village_of
from discrepancies.view import View
from discrepancies.watermarks import in_late_register

# (younger than, priority): the younger, the more services a person on no list misses
PRIORITY_BY_AGE: tuple[tuple[float, int], ...] = ((6, 1), (18, 2), (200, 3))
PARENT_ROLES = ("mother", "father")


@dataclass(frozen=True)
class Missing:
    """What the county should know and the register does not, before the clock.

    `people`: kind (`birth`, `person`), `due`, `household_no`, `area_code` …; `mentions`: their rows;
    `households` by household key; `members`: household key by place in the view.
    """

    people: pd.DataFrame
    mentions: pd.DataFrame
    households: pd.DataFrame
    members: pd.Series


def find_missing(view: View, missing: Missing | None) -> list[Candidate]:
    """The four types of this family for one night; `missing` is what `look` found in the view."""
    if missing is None:
        return []
    people = missing.people
    night = pd.Timestamp(view.night)
    raised = people[people["due"].isna() | people["due"].le(night)]
    rows = missing.mentions
    shown = view.evidence_by(rows.loc[rows["is_latest"] | rows["current"], "who"])
    found = [_about_person(view, person, shown[person.Index]) for person in raised.itertuples()]
    members = view.evidence_by(missing.members)
    keys = first_keys(view, missing.households.index)
    return found + [
        _about_household(view, home, keys[str(home.Index)], members[home.Index])
        for home in missing.households.itertuples()
    ]


def withheld(view: View, missing: Missing | None) -> pd.Series:
    """The nights, after this one, on which something that only a legal period holds back falls due."""
    due = pd.Series(dtype="datetime64[ns]") if missing is None else missing.people["due"]
    return due[due > pd.Timestamp(view.night)]


def look(view: View) -> Missing | None:
    """Everything missing, whether or not it is due; None when every mention is linked."""
    unlinked = gather(view, read_signs(view))
    if unlinked.mentions.empty:
        return None
    people = unlinked.people
    people["kind"] = _kind(view, unlinked)
    people = people[people["kind"].notna() & ~people["is_gone"]].copy()
    people["due"] = _due(view, unlinked, people)
    households, members, covered = _households(view, unlinked, people)
    people = people[~people.index.isin(covered)].copy()
    rows = unlinked.mentions[unlinked.mentions["who"].isin(people.index)]
    parents = _parents(view, rows)
    people["household_no"] = _household_no(view, rows, parents).reindex(people.index)
    people["area_code"] = _area(view, rows, parents).reindex(people.index)
    people = people[~in_late_register(view, people["area_code"])]
    households = households[~in_late_register(view, households["area_code"])]
    return Missing(people, rows[rows["who"].isin(people.index)], households, members)


def _kind(view: View, unlinked: Unlinked) -> pd.Series:
    people = unlinked.people
    infant = people["first_seen"] < people["born"] + pd.Timedelta(days=view.settings.infant_days)
    is_birth = people["has_birth"] | (people["has_current"] & infant)
    kind = pd.Series("person", index=people.index, dtype=object).where(people["has_current"], None)
    kind = kind.where(~is_birth, "birth")
    return kind.where(
        people["has_current"] | ~_of_another_county(view, unlinked).reindex(people.index, fill_value=False),
        None,
    )


def _of_another_county(view: View, unlinked: Unlinked) -> pd.Series:
    """Births only a hospital saw whose mother, on no register row here, is known to live or have her hukou
    elsewhere."""
    mentions = unlinked.mentions
    rows = mentions[mentions["birth"] & mentions["feed"].eq("hospital_births")]
    mothers = (
        view.mentions[view.mentions["role"].eq("mother")].drop_duplicates("record_id").set_index("record_id")
    )
    mother = mothers.reindex(rows["record_id"])
    is_here = np.zeros(len(rows), dtype=bool)
    is_elsewhere = np.zeros(len(rows), dtype=bool)
    for column in ("residence_area", "hukou_area", "area_code"):
        for codes in (rows[column], mother[column]):
            inside = view.in_county(codes).to_numpy()
            is_here |= inside == True  # noqa: E712 - NA is neither
            is_elsewhere |= inside == False  # noqa: E712
    on_register = mother["is_linked"].eq(True).to_numpy()
    foreign = pd.Series(is_elsewhere & ~is_here & ~on_register, index=rows["who"].to_numpy())
    return foreign.groupby(level=0).all()


def _due(view: View, unlinked: Unlinked, people: pd.DataFrame) -> pd.Series:
    births = unlinked.mentions[unlinked.mentions["birth"]]
    reported = births.groupby("who")["as_of"].min().reindex(people.index)
    born = people["born"].fillna(reported)
    due = due_on("birth", born, view.settings).where(people["kind"].eq("birth"))
    if view.settings.move_in_days:
        seen = unlinked.mentions[unlinked.mentions["current"]]
        only_moved = seen["feed"].eq("police_moves").groupby(seen["who"]).all().reindex(people.index)
        moved = due_on("move_in", people["last_seen"], view.settings)
        due = due.where(~(only_moved.eq(True) & people["kind"].eq("person")), moved)
    return due


def _tail(mentions: pd.DataFrame) -> pd.Series:
    """The household key without its feed: one police household across the police's feeds."""
    keys = mentions["household_key"]
    return pd.Series(
        [
            k[len(f) :] if isinstance(k, str) and k.startswith(f) else k
            for k, f in zip(keys, mentions["feed"])
        ],
        index=mentions.index,
        dtype=object,
    )


def _households(
    view: View, unlinked: Unlinked, people: pd.DataFrame
) -> tuple[pd.DataFrame, pd.Series, set[str]]:
    """Police households without a member on the register, their members' rows, and whom they speak for."""
    mentions = view.mentions
    rows = mentions[
        mentions["feed"].eq("police_residents")
        & mentions["role"].eq("self")
        & mentions["is_latest"]
        & mentions["household_key"].notna()
    ].copy()
    likely = rows["decision"].eq("possible") & rows["match_probability"].ge(
        view.settings.household_member_probability
    )
    on_register = (rows["is_linked"] | likely).groupby(rows["household_key"]).transform("any")
    rows = rows[~on_register]
    rows["who"] = unlinked.mentions["who"].reindex(rows.index)
    night = pd.Timestamp(view.night)
    ready = people[people["due"].isna() | people["due"].le(night)]
    rows = rows[rows["who"].isin(people.index)]
    rows["missing_probability"] = rows["who"].map(people["missing_probability"])
    rows["is_ready"] = rows["who"].isin(ready.index)
    by_home = rows.groupby("household_key", sort=True)
    homes = pd.DataFrame(
        {
            "confidence": by_home["missing_probability"].mean(),
            "is_ready": by_home["is_ready"].any(),
            "members": by_home["who"].nunique(),
        }
    )
    homes = homes[homes["is_ready"] & homes["confidence"].ge(view.settings.missing_probability)]
    rows = rows[rows["household_key"].isin(homes.index)]
    village = village_of(rows["hukou_area"].where(rows["hukou_area"].notna(), rows["area_code"]))
    homes["area_code"] = _most_common(rows["household_key"], village).reindex(homes.index)
    born = rows["who"].map(people["born"])
    homes["youngest"] = born.groupby(rows["household_key"]).max().reindex(homes.index)
    return homes, rows["household_key"], set(rows["who"]) | _newborns_of(unlinked, rows)


def _newborns_of(unlinked: Unlinked, members: pd.DataFrame) -> set[str]:
    """Births in a missing household: by the police's household number, or by a parent who is a member."""
    mentions = unlinked.mentions
    births = mentions[mentions["birth"]]
    tails = set(_tail(members))
    numbers = set(valid_id(members["id_number"]).dropna())
    in_home = _tail(births).isin(tails)
    of_member = births["mother_id"].isin(numbers) | births["father_id"].isin(numbers)
    parents = mentions[mentions["role"].isin(PARENT_ROLES) & mentions["who"].isin(set(members["who"]))]
    beside = births["record_id"].isin(parents["record_id"])
    return set(births.loc[in_home | of_member | beside, "who"])


def _parents(view: View, rows: pd.DataFrame) -> pd.DataFrame:
    """Parents with a link, mentioned beside these rows: who, role, at (place on the register), mother
    first."""
    mentions = view.mentions
    beside = mentions[mentions["role"].isin(PARENT_ROLES) & mentions["is_sure"]]
    own = rows.loc[rows["role"].eq("self"), ["record_id", "who"]]
    parents = beside[["record_id", "role", "at", "mention_id"]].merge(own, on="record_id")
    parents["order"] = parents["role"].ne("mother").astype(int)
    return parents.sort_values(["who", "order", "mention_id"])


def _household_no(view: View, rows: pd.DataFrame, parents: pd.DataFrame) -> pd.Series:
    """The register's household: the mother's, else the father's, else that of the police household."""
    by_parent = pd.Series(
        view.register["household_no"].to_numpy()[parents["at"].to_numpy()],
        index=parents["who"].to_numpy(),
        dtype=object,
    ).dropna()
    homes = view.household_links.dropna(subset=["household_no"]).sort_values("household_key")
    by_key = homes.drop_duplicates("household_key").set_index("household_key")["household_no"]
    own = rows[rows["household_key"].notna() & rows["role"].eq("self") & rows["is_latest"]].sort_values(
        ["as_of", "mention_id"], ascending=[False, True]
    )
    exact = own["household_key"].map(by_key)
    tails = by_key.rename(lambda key: key.removeprefix("police_residents"))
    by_home = exact.where(exact.notna(), _tail(own).map(tails[~tails.index.duplicated()]))
    by_home = pd.Series(by_home.to_numpy(), index=own["who"].to_numpy(), dtype=object).dropna()
    return pd.concat([by_parent, by_home]).groupby(level=0, sort=True).first()


def _area(view: View, rows: pd.DataFrame, parents: pd.DataFrame) -> pd.Series:
    """Where the person lives, as deep as it is known: newest sighting in the county first, then a parent's
    register row."""
    mothers = (
        view.mentions[view.mentions["role"].eq("mother")].drop_duplicates("record_id").set_index("record_id")
    )
    parts = []
    for order, codes in enumerate(
        (
            rows["to_area"].where(rows["feed"].eq("police_moves"), rows["area_code"]),
            pd.Series(mothers["area_code"].reindex(rows["record_id"]).to_numpy(), index=rows.index),
            rows["area_code"],
            rows["hukou_area"],
        )
    ):
        part = pd.DataFrame({"who": rows["who"], "code": codes, "as_of": rows["as_of"], "order": order})
        parts.append(part[rows["role"].isin(("self", "mother")) & part["code"].notna()])
    registered = view.register["area_code"].to_numpy()[parents["at"].to_numpy()]
    parts.append(pd.DataFrame({"who": parents["who"], "code": registered, "as_of": pd.NaT, "order": 9}))
    known = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    known = known[view.in_county(known["code"]).eq(True)]
    known["is_above"] = village_of(known["code"]).isna()
    known = known.sort_values(
        ["who", "is_above", "order", "as_of", "code"], ascending=[True, True, True, False, True]
    )
    return known.drop_duplicates("who").set_index("who")["code"]


def _most_common(group: pd.Series, values: pd.Series) -> pd.Series:
    counts = pd.DataFrame({"group": group, "value": values}).dropna().value_counts().rename("n").reset_index()
    counts = counts.sort_values(["group", "n", "value"], ascending=[True, False, True])
    return counts.drop_duplicates("group").set_index("group")["value"]


def priority_by_age(born: pd.Timestamp, known_on: pd.Timestamp) -> int:
    """By PRIORITY_BY_AGE; the last one when the birth date is not known."""
    if pd.isna(born):
        return PRIORITY_BY_AGE[-1][1]
    years = (known_on - born).days / 365.25
    return next((level for limit, level in PRIORITY_BY_AGE if years < limit), PRIORITY_BY_AGE[-1][1])


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _about_person(view: View, person: object, evidence: tuple[Evidence, ...]) -> Candidate:
    who, kind, sure = person.Index, person.kind, float(person.missing_probability)  # type: ignore[attr-defined]
    feeds = ",".join(sorted({e.feed for e in evidence}))
    candidate = _text(person.candidate)  # type: ignore[attr-defined]
    is_question = sure < view.settings.missing_probability and candidate is not None
    raised_as = UNREGISTERED_BIRTH if kind == "birth" else MISSING_PERSON
    born = person.born  # type: ignore[attr-defined]
    return Candidate(
        type=POSSIBLE_LINK if is_question else raised_as,
        subject=f"{who}:{candidate}" if is_question else who,
        area_code=_text(person.area_code),  # type: ignore[attr-defined]
        household_no=_text(person.household_no),  # type: ignore[attr-defined]
        person_no=candidate if is_question else None,
        confidence=round(1.0 - sure if is_question else sure, 4),
        priority=1 if kind == "birth" else priority_by_age(born, view.known_on),
        reason=f"else:{raised_as};seen:{feeds}" if is_question else f"seen:{feeds}",
        evidence=evidence,
    )


def _about_household(view: View, home: object, first_key: str, evidence: tuple[Evidence, ...]) -> Candidate:
    return Candidate(
        type=MISSING_HOUSEHOLD,
        subject=first_key,
        area_code=_text(home.area_code),  # type: ignore[attr-defined]
        confidence=round(float(home.confidence), 4),  # type: ignore[attr-defined]
        priority=min(2, priority_by_age(home.youngest, view.known_on)),  # type: ignore[attr-defined]
        reason=f"members:{home.members}",  # type: ignore[attr-defined]
        evidence=evidence,
    )

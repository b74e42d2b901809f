"""The household strip: who lives there according to the register and according to the police, lined up by person.

Who is who was settled by the night (`prepared`). Whoever only one side has leaves a gap on the other. Everybody is masked by their
own age, also while leave stands to see the discrepancy's person: it was given for that person alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy.engine import Connection

from register.asking import Question
from register.current import current_rows
from register.told import JOIN_HOUSEHOLDS
from stewardship.leads import OF_NOBODY, Evidence, Lead
from stewardship.masking import masked, may_be_child
from stewardship.places import Places
from stewardship.prepared import Listed, Prepared
from stewardship.sources import Place, Said, SourceRows

FIRM: Final = ("link", "confirmed")
POSSIBLE: Final = "possible"
MOST_SHOWN: Final = 40
LETTERS: Final = "ABCDEFGH"


class Member(NamedTuple):
    """Who belongs to a household of the register."""

    person_no: str
    household_no: str
    name: str | None
    sex: str | None
    birth_date: date | None
    relation_to_head: str | None


Members = Mapping[str, Sequence[Member]]
# Two numbers instead of an array: of so few rows the server keeps its plan, which takes longer to make than to follow.
_MEMBERS: Final = Question(
    f"""
SELECT p.person_no, m.household_no, p.name, p.sex, p.birth_date, m.relation_to_head
FROM person AS p {JOIN_HOUSEHOLDS}
WHERE p.is_current AND m.household_no IN (:own, :proposed)
ORDER BY m.household_no, m.relation_to_head IS DISTINCT FROM '户主', p.birth_date NULLS LAST, p.person_no LIMIT 200
""",
    Member,
)


_HOMES_OF: Final = Question(
    f"""
SELECT DISTINCT m.household_no FROM person AS p {JOIN_HOUSEHOLDS}
WHERE p.is_current AND p.name = ANY (:names) AND m.household_no IS NOT NULL LIMIT 60
""",
    str,
)


@dataclass(frozen=True)
class Resident:
    """One side's word on a person, masked."""

    name: str
    sex: str
    born: str
    relation: str


@dataclass(frozen=True)
class Elsewhere:
    """Somebody whom the police list here and whom the night took, surely or perhaps, for a person of the register in another household.

    Number, household and place only where the user may see that person.
    """

    is_sure: bool
    person_no: str = ""
    household_no: str = ""
    place: str = ""


@dataclass(frozen=True)
class Pair:
    """A person across both sides; `sign`: `=` on both, `≈` perhaps the same, `+` only the police, `−` only the register.

    `elsewhere`: where on the register the police's person is, if not here. `police_home`: a letter for the police's household, where
    they have made several of one of the register's.
    """

    register: Resident | None
    police: Resident | None
    sign: str
    is_own: bool
    elsewhere: Elsewhere | None = None
    police_home: str = ""


@dataclass(frozen=True)
class Strip:
    """A household; `household_no` is none where the register has not got it. `periods`: of the police lists."""

    household_no: str | None
    periods: tuple[str, ...]
    pairs: tuple[Pair, ...]


def homes_of(lead: Lead, other: str | None = None) -> list[str]:
    """The register's households that a discrepancy is about: its own, and the one that is proposed, or the `other` person's."""
    proposed = lead.proposed_value if lead.type == "wrong_household" else None
    return list(dict.fromkeys(home for home in (lead.household_no, proposed or other) if home))


def residents_of(connection: Connection, lead: Lead, other: str | None = None) -> Members:
    """Who belongs to these households, by household; nobody whom the user may not see."""
    numbers = homes_of(lead, other)
    members: dict[str, list[Member]] = {}
    if lead.type not in OF_NOBODY and numbers:
        for row in _MEMBERS.all(connection, own=numbers[0], proposed=numbers[-1]):
            members.setdefault(row.household_no, []).append(row)
    return members


def strips(
    connection: Connection,
    members: Members,
    prepared: Prepared,
    sources: SourceRows,
    lead: Lead,
    evidence: Sequence[Evidence],
    places: Places,
    today: date,
    night: date | None,
) -> list[Strip]:
    """The households of `members` (`residents_of`), or what the police have; none where nobody is known there or the user may not see it.

    `night`: the last one that is applied.
    """
    if lead.type in OF_NOBODY or night is None:
        return []
    keys = [] if lead.household_no or members else police_homes(sources, evidence)
    listed = prepared.listed(night, [*members, *keys])
    own = {row.content_key for row in evidence}
    homes: list[tuple[str | None, Sequence[Member], list[Listed]]] = [
        (number, members[number], [one for one in listed if one.household_no == number]) for number in members
    ]
    for key in keys:
        homes.append((None, (), [o for o in listed if o.household_no is None and o.household_key == key]))
    if lead.type == "wrong_household" and not lead.proposed_value:
        homes.append((None, (), police_household(connection, prepared, sources, lead, evidence, night)))
    homes = [home for home in homes if home[0] is not None or home[2]]
    others = [one for _, there, police in homes for one in _not_of(there, police)]
    known = elsewhere(connection, others, places)
    return [_strip(*home, lead.persons, own, known, today) for home in homes]


def _not_of(members: Sequence[Member], listed: Sequence[Listed]) -> list[Listed]:
    """Whom the police list besides these."""
    there = {member.person_no for member in members}
    return [one for one in listed if one.person_no not in there]


def elsewhere(
    connection: Connection, listed: Sequence[Listed], places: Places
) -> dict[tuple[str, str], Elsewhere]:
    """Police household and content → where on the register that person is by the night's links; of nobody else anything."""
    linked = {
        (one.household_key, one.content_key): one
        for one in listed
        if one.person_no is not None and one.decision in (*FIRM, POSSIBLE)
    }
    numbers = {one.person_no for one in linked.values() if one.person_no is not None}
    rows = current_rows(connection, numbers, ("household_no", "area_code"))
    found = {}
    for key, one in linked.items():
        row, is_sure = rows.get(one.person_no or ""), one.decision in FIRM
        found[key] = (
            Elsewhere(is_sure)
            if row is None
            else Elsewhere(
                is_sure, one.person_no or "", row["household_no"] or "", places.named(row["area_code"])
            )
        )
    return found


def police_household(
    connection: Connection,
    prepared: Prepared,
    sources: SourceRows,
    lead: Lead,
    evidence: Sequence[Evidence],
    night: date,
) -> list[Listed]:
    """Whom the police list in the households that the rows it rests on stand in, wherever the register has them.

    The night keeps a police household under the register's household that it is, which may be the head's alone.
    """
    said = police_rows(sources, evidence)
    keys = {one["household_key"] for one in said}
    heads = {one["head_name"] for one in said if one.get("head_name")}
    of_head = _HOMES_OF.all(connection, names=sorted(heads)) if heads else []
    found = prepared.listed(night, [*homes_of(lead), *keys, *of_head])
    return [one for one in found if one.household_key in keys]


def police_homes(sources: SourceRows, evidence: Sequence[Evidence]) -> list[str]:
    """The police's households that the rows it rests on stand in, by key."""
    return sorted({said["household_key"] for said in police_rows(sources, evidence)})[:2]


def police_rows(sources: SourceRows, evidence: Sequence[Evidence]) -> list[Said]:
    """What the rows of the police's household lists say that it rests on."""
    places = [
        Place(r.night, r.feed, r.file, r.sheet, r.row, r.role)
        for r in evidence
        if r.feed == "police_residents" and r.night is not None
    ]
    return [said for said in sources.said(places).values() if said.get("household_key")]


def _strip(
    number: str | None,
    members: Sequence[Member],
    listed: Sequence[Listed],
    persons: Collection[str],
    own: Collection[str],
    known: Mapping[tuple[str, str], Elsewhere],
    today: date,
) -> Strip:
    by_person = _lined_up(members, listed)
    keys = sorted({one.household_key for one in listed})
    letters = {key: LETTERS[place] for place, key in enumerate(keys[: len(LETTERS)]) if len(keys) > 1}
    pairs = [
        _pair(member, by_person.get(member.person_no), member.person_no in persons, own, today)
        for member in members
    ]
    placed = {one.content_key for one in by_person.values()}
    placed |= {
        one.content_key for one in listed if _is_known(one) and one.person_no in by_person
    }  # listed twice
    others = [
        one
        for one in sorted(listed, key=lambda one: (one.birth_date or date.max, one.content_key))
        if one.content_key not in placed
    ]
    pairs += [
        _pair(
            None, one, one.person_no in persons, own, today, known.get((one.household_key, one.content_key))
        )
        for one in others
    ]
    periods = tuple(sorted({one.period for one in listed if one.period}))
    there = [by_person.get(member.person_no) for member in members]
    homes = ["" if one is None else letters.get(one.household_key, "") for one in (*there, *others)]
    lettered = [replace(pair, police_home=home) for pair, home in zip(pairs, homes)]
    return Strip(number, periods, tuple(lettered[:MOST_SHOWN]))


def _is_known(one: Listed) -> bool:
    return one.person_no is not None and one.decision in FIRM


def _lined_up(members: Sequence[Member], listed: Sequence[Listed]) -> Mapping[str, Listed]:
    """Whom of the police's list each member is: who is surely linked first, then who is perhaps."""
    there = {member.person_no for member in members}
    found: dict[str, Listed] = {}
    for one in sorted(listed, key=lambda one: (one.decision not in FIRM, one.content_key)):
        if one.person_no in there and (_is_known(one) or one.decision == POSSIBLE):
            found.setdefault(one.person_no or "", one)
    return found


def _pair(
    member: Member | None,
    one: Listed | None,
    is_persons: bool,
    own: Collection[str],
    today: date,
    elsewhere: Elsewhere | None = None,
) -> Pair:
    if member is None or one is None:
        sign = "+" if member is None else "−"
    else:
        sign = "=" if _is_known(one) else "≈"
    is_own = is_persons or (one is not None and one.content_key in own)
    register = None if member is None else _resident(member, today)
    return Pair(register, None if one is None else _resident(one, today), sign, is_own, elsewhere)


def _resident(person: Any, today: date) -> Resident:
    is_child = may_be_child(person.birth_date, today)
    name = masked("name", person.name, is_child=is_child) if person.name else ""
    born = "" if person.birth_date is None else str(person.birth_date.year)
    return Resident(name, person.sex or "", born, person.relation_to_head or "")

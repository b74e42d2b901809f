"""Entering a household that the police list and the register does not have: each of its members as the police's rows have them, corrected where
that is not right. The register gives the household its number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from register.change_plans import HEAD, newcomer
from register.household_plans import MOST_PEOPLE, HouseholdIntent
from stewardship.homes import Elsewhere, elsewhere, police_homes
from stewardship.masking import masked, may_be_child
from stewardship.newcomers import FIELDS, REGISTER, Draft, put_together
from stewardship.proposing.adding import BLANK, LONGEST, Line, corrected, line_of, problem_of
from stewardship.proposing.forms import Asked, Filled, Person, effects_in
from stewardship.proposing.names import TYPED
from stewardship.sources import Place, Said

OF_HOUSEHOLD: Final = ("household_no", "head_name", "area_code")  # which the register or the night settles
ITEMS: Final = tuple(field for field in FIELDS if field not in (*OF_HOUSEHOLD, "relation_to_head"))


@dataclass(frozen=True)
class Entry:
    """Somebody of the household: `lines` are what the rows say, each with what was typed instead; `prefix`: of the names of its inputs;
    `problem`: which of its items keeps the household from being proposed;
    `elsewhere`: where on the register they are already, or may be, by the night's links."""

    person: Person
    prefix: str
    lines: tuple[Line, ...]
    problem: str
    elsewhere: Elsewhere | None


def read(asked: Asked) -> Filled:
    entries, people, grown, problem = [], {}, set(), ""
    known = _registered(asked)
    for place, (content, rows) in enumerate(_members(asked), 1):
        key = newcomer(place)
        draft = Draft(*put_together(asked.here.trust, rows, asked.places))
        typed = _of(asked.form, f"{key}.")
        values = corrected(draft, typed)
        relation = asked.relation(key, draft.values.get("relation_to_head", ""))
        own = asked.wrong_relation(relation) or problem_of(values, typed, asked.today)
        own = own if asked.is_ticked(key) else ""
        is_child = may_be_child(draft.values.get("birth_date"), asked.today)  # whatever date was typed
        if not is_child:
            grown.add(key)
        entry = _entry(asked, key, draft, typed, values, relation, own, known.get(content), is_child=is_child)
        entries.append(entry)
        if entry.person.is_ticked:
            problem = problem or own
            people[key] = {name: values[name] for name in ITEMS} | {
                "relation_to_head": relation or None,
                "area_code": asked.lead.area_code,
            }
    problem = problem or _of_home(people)
    intent = None if problem else HouseholdIntent("add_household", people)
    return Filled(
        "add_household",
        "propose_entering.html",
        intent,
        problem,
        lambda: {
            "entries": entries,
            "wrong": next((one for one in entries if one.problem), None),
            "typed_prefix": TYPED,
            "blank_prefix": BLANK,
            "longest": LONGEST,
            **effects_in(asked, intent, is_open=asked.is_lifted, grown=grown),
        },
        is_possible=bool(entries),
    )


def _of_home(people: Mapping[str, Mapping[str, str | None]]) -> str:
    if not people:
        return "nobody"
    numbers = [one["id_number"] for one in people.values() if one["id_number"]]
    if len(numbers) > len(set(numbers)):
        return "double"
    return "" if sum(one["relation_to_head"] == HEAD for one in people.values()) == 1 else "head"


def _registered(asked: Asked) -> dict[str, Elsewhere]:
    """Content → where on the register that person is already, or may be."""
    if asked.night is None:
        return {}
    homes = police_homes(asked.here.sources, asked.evidence)
    listed = asked.here.prepared.listed(asked.night, homes)
    found = elsewhere(asked.work.connection, listed, asked.places)
    return {content: one for (_, content), one in found.items()}


def _members(asked: Asked) -> list[tuple[str, dict[Place, Said]]]:
    """The content and the rows of each, the head's first; a content is one person, in however many files it stands."""
    by_content: dict[str, Place] = {}
    for row in asked.evidence:
        if row.feed != REGISTER and row.night is not None:
            place = Place(row.night, row.feed, row.file, row.sheet, row.row, row.role)
            by_content.setdefault(row.content_key, place)
    said = asked.here.sources.said(by_content.values())
    members = [(content, {place: said[place]}) for content, place in by_content.items() if place in said]
    return sorted(members, key=lambda member: _order(member[1]))[:MOST_PEOPLE]


def _order(rows: Mapping[Place, Said]) -> tuple[bool, str]:
    """The head first, else by age."""
    (said,) = rows.values()
    return said.get("relation_to_head") != HEAD, said.get("birth_date", "9")


def _of(form: Mapping[str, str], prefix: str) -> dict[str, str]:
    """What a form has under names with this beginning, without it."""
    return {name.removeprefix(prefix): value for name, value in form.items() if name.startswith(prefix)}


def _entry(
    asked: Asked,
    key: str,
    draft: Draft,
    typed: Mapping[str, str],
    values: Mapping[str, str | None],
    relation: str,
    problem: str,
    there: Elsewhere | None,
    *,
    is_child: bool,
) -> Entry:
    born, name = values["birth_date"], values["name"] or ""
    person = Person(
        key,
        name if asked.is_lifted else masked("name", name, is_child=is_child),
        values["sex"] or "",
        (born or "")[:4],
        asked.is_ticked(key),
        relation,
    )
    lines = [
        line_of(name, draft, typed, asked.places, is_lifted=asked.is_lifted, is_child=is_child)
        for name in ITEMS
    ]
    return Entry(person, f"{key}.", tuple(lines), problem if asked.form else "", there)

"""What is thought, in one sentence: a question about somebody whom one can picture, with what is masked masked.

Who may not be told of persons, and what no row says enough of, has the sentence of its type alone (`discrepancies.wording`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final, NamedTuple

from discrepancies import candidates as types
from discrepancies.wording import value_name
from register.change_plans import HEAD
from stewardship.language import day, translations
from stewardship.leads import Lead
from stewardship.masking import masked
from stewardship.matrix import Part, parts_of
from stewardship.words import N_, field_name

# Type → what is asked; of the second form where there is no second party, no other value, or it is masked where it differs.
ASKED: Final[Mapping[str, tuple[str, str]]] = {
    types.UNREGISTERED_BIRTH: (
        N_("Is %(who)s on the register already? A birth is on record, on the register nobody was found."),
        "",
    ),
    types.MISSING_PERSON: (
        N_("Does %(who)s live here? A department says so, on the register nobody was found."),
        "",
    ),
    types.MISSING_HOUSEHOLD: (
        N_("Is the household with %(who)s missing from the register? The police list it (%(people)s)."),
        "",
    ),
    types.POSSIBLE_LINK: (N_("Is %(who)s the same person as %(other)s on the register?"), ""),
    types.INCONSISTENT_FIELD: (
        N_("%(who)s: is the %(field)s %(then)s, not %(now)s?"),
        N_("%(who)s: is the %(field)s another one? Where it differs is masked."),
    ),
    types.MISSING_ITEM: (
        N_("%(who)s: is the %(field)s %(then)s? On the register it is blank or of no use."),
        "",
    ),
    types.DUPLICATE_PERSON: (N_("Are %(who)s and %(other)s one person, on the register twice?"), ""),
    types.DECEASED_ACTIVE: (
        N_("Has %(who)s died? A death is on record, the register still lists the person."),
        "",
    ),
    types.MOVED_OUT_ACTIVE: (
        N_("Has %(who)s moved out of the county? A move is on record, the register still lists the person."),
        "",
    ),
    types.SHARED_ID_NUMBER: (
        N_("Whose is the ID number %(now)s: that of %(who)s, or of %(other)s?"),
        N_("Whose is the ID number %(now)s: that of %(who)s, or of whom the police list under it?"),
    ),
    types.WRONG_HOUSEHOLD: (
        N_("Does %(who)s belong to household %(then)s, not %(now)s? The police say so."),
        N_("Does %(who)s live in a household of their own, not in %(now)s? The police say so."),
    ),
    types.DUPLICATE_HOUSEHOLD: (
        N_("Are the households %(home)s and %(other_home)s one? Doubles in them: %(number)s."),
        N_("Is the household %(home)s on the register twice? Doubles in it: %(number)s."),
    ),
    types.SOURCE_CORRECTION: (
        N_("%(who)s: a department's row has another %(field)s than %(then)s: is the row right?"),
        "",
    ),
}
# Of two persons of whom the second is registered where the user may see nobody.
OF_UNSEEN: Final[Mapping[str, str]] = {
    types.DUPLICATE_PERSON: N_(
        "Are %(who)s and somebody registered outside your area one person, on the register twice?"
    ),
    types.SHARED_ID_NUMBER: N_(
        "Whose is the ID number %(now)s: that of %(who)s, or of somebody registered outside your area?"
    ),
}
# Who is told by a department's row.
TOLD_BY_ROWS: Final = frozenset({*types.OF_UNREGISTERED, types.POSSIBLE_LINK})
Person = Mapping[str, str | None]
MEMBERS: Final = N_("members: %(number)s")
OF_TWO: Final = frozenset({types.POSSIBLE_LINK, types.DUPLICATE_PERSON})
_GROWN_UP: Final = 18
_SEX: Final[Mapping[tuple[str, bool], str]] = {
    ("男", True): N_("boy"),
    ("女", True): N_("girl"),
    ("男", False): N_("man"),
    ("女", False): N_("woman"),
}


class Who(NamedTuple):
    """Somebody as one is told of them, masked; blank what is not known. `born`: as written."""

    name: str = ""
    sex: str = ""
    born: str = ""
    mother: str = ""


NOBODY: Final = Who()


class Facts(NamedTuple):
    """What a sentence speaks of, as it is shown. `now`, `then`: the register's value and the proposed one; `other_home`: the second household."""

    who: Who = NOBODY
    other: Who | None = None
    now: str = ""
    then: str = ""
    other_home: str = ""


def facts_of(
    lead: Lead,
    person: Person,
    second: Person | None,
    other_home: str,
    *,
    is_child: bool,
    is_lifted: bool = False,
) -> tuple[Facts, tuple[Part, ...]]:
    """What is shown of these; and the proposed value, with what differs from the register's marked."""
    field, now, then = value_field(lead), lead.register_value, lead.proposed_value
    parts: tuple[Part, ...] = ()
    shown = ""
    if field and then:
        parts = parts_of(field, then, now or None, is_child=is_child, is_lifted=is_lifted)
    if field and now:
        shown = "".join(
            part.text for part in parts_of(field, now, None, is_child=is_child, is_lifted=is_lifted)
        )
    if lead.type == types.MISSING_HOUSEHOLD and person.get("relation_to_head") != HEAD:
        person = {"name": person.get("head_name") or person.get("name")}
    who = who_of(person, is_child=is_child, is_lifted=is_lifted, has_mother=lead.type in TOLD_BY_ROWS)
    other = who_of(second, is_child=is_child, is_lifted=is_lifted) if second else None
    return Facts(who, other, shown, "".join(part.text for part in parts), other_home), parts


def value_field(lead: Lead) -> str | None:
    """What kind of value the discrepancy's two values are."""
    return "household_no" if lead.type == types.WRONG_HOUSEHOLD else lead.field


def who_of(person: Person, *, is_child: bool, is_lifted: bool = False, has_mother: bool = False) -> Who:
    """As one is told of them."""
    if not any(person.values()):
        return NOBODY

    def shown(field: str, *, is_own_child: bool) -> str:
        value = person.get(field) or ""
        return value if is_lifted or not value else masked(field, value, is_child=is_own_child)

    return Who(
        shown("name", is_own_child=is_child),
        person.get("sex") or "",
        person.get("birth_date") or "",
        shown("mother_name", is_own_child=False) if has_mother else "",
    )


def question(lead: Lead, facts: Facts, language: str) -> str:
    """The sentence; empty where too little is known to ask it."""
    form = "" if facts.who == NOBODY else _form(lead, facts)
    if not form:
        return ""
    said = translations(language).gettext
    return said(form) % {
        "who": named(facts.who, lead.last_night, said, language),
        "other": "" if facts.other is None else named(facts.other, lead.last_night, said, language),
        "field": field_name(lead.field, language) if lead.field else "",
        "now": value_name(value_field(lead), facts.now, language),
        "then": value_name(value_field(lead), facts.then, language),
        "home": lead.household_no or "",
        "other_home": facts.other_home,
        "number": members_of(lead),
        "people": said(MEMBERS) % {"number": members_of(lead)},
    }


def is_unseen(lead: Lead, *, has_other: bool) -> bool:
    """Whether it is about a second person (of a possible link, who it may be) who is registered where the user may see nobody; of what is resolved they
    may be on the register no more."""
    is_of_two = lead.person_no_2 is not None or lead.type == types.POSSIBLE_LINK
    return is_of_two and not has_other and lead.status != "resolved"


def _form(lead: Lead, facts: Facts) -> str:
    if lead.type in OF_UNSEEN and is_unseen(lead, has_other=facts.other is not None):
        return OF_UNSEEN[lead.type]
    if lead.type not in ASKED or (lead.type in OF_TWO and facts.other is None):
        return ""
    first, second = ASKED[lead.type]
    is_plain = {
        types.INCONSISTENT_FIELD: facts.now != facts.then,
        types.SHARED_ID_NUMBER: facts.other is not None,
        types.WRONG_HOUSEHOLD: bool(facts.then),
        types.DUPLICATE_HOUSEHOLD: bool(facts.other_home),
        types.SOURCE_CORRECTION: bool(facts.then),
    }
    return first if is_plain.get(lead.type, True) else second


def members_of(lead: Lead) -> int:
    """How many persons of a household it is about, by its reason; 0 where that does not say."""
    told = dict(lead.reasons).get("members", "")
    return int(told) if told.isdecimal() else 0


def named(who: Who, on: date, said: Callable[[str], str], language: str) -> str:
    """王●明 (boy, born 3 Oct 2026, mother 马●英): by the age on that day."""
    born = _date(who.born)
    is_child = None if born is None else (on - born).days < _GROWN_UP * 365.25
    sex = None if is_child is None else _SEX.get((who.sex, is_child))
    about = [
        value_name("sex", who.sex, language) if sex is None else said(sex),
        said(N_("born %(day)s")) % {"day": day(born, language) or who.born} if who.born else "",
        said(N_("mother %(name)s")) % {"name": who.mother} if who.mother else "",
    ]
    name, told = who.name or said(N_("somebody without a name")), [one for one in about if one]
    if not told:
        return name
    return said(N_("%(name)s (%(about)s)")) % {"name": name, "about": said(N_(", ")).join(told)}


def _date(text: str) -> date | None:
    """None of a year alone, or of what somebody wrote."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None

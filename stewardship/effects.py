"""What a register change does, as it is shown before anybody agrees to it: to each person, and to the households they leave or join.

Shown are masks; the characters that change are marked, also where they are masked. The others of a household stay masked whatever leave
stands: it was given for whom the change is about.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy.engine import Connection

from register.change_plans import FIELDS, HEAD, NEW_HOUSEHOLD, Intent, Plan, Row, is_new
from register.current import current_rows, inhabited, members_of
from register.errors import InvalidInput
from register.household_plans import HouseholdIntent, plan_of
from stewardship.masking import grouped, masked, may_be_child
from stewardship.matrix import Part, parts_of
from stewardship.places import Places

WHO: Final = ("name", "sex", "birth_date", "id_number")


@dataclass(frozen=True)
class Item:
    """One item as the register shows it, and as it is to be; the parts of `after` say what changes.

    `is_given`: the register gives the value when it enters the household; `was_given`: it gave the value of before.
    """

    field: str
    before: str
    after: tuple[Part, ...]
    is_given: bool = False
    was_given: bool = False


@dataclass(frozen=True)
class PersonEffect:
    """`comes` on the register, `goes` from it, or stays with other items (none, where another's row is merged into this one)."""

    name: str
    comes: bool
    goes: bool
    stays: bool
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Member:
    """Somebody of a household; `is_meant`: the change is about them."""

    relation: str
    name: str
    born: str
    is_meant: bool


@dataclass(frozen=True)
class HouseholdEffect:
    """Who belongs to a household before and after, lined up: a gap where somebody comes or goes.

    `is_elsewhere`: the user sees nobody there, so nothing is said of who is there now. `household_no` is empty while the register has not got it.
    """

    household_no: str
    lines: tuple[tuple[Member | None, Member | None], ...]
    is_elsewhere: bool = False

    @property
    def is_changed(self) -> bool:
        return any(before != after for before, after in self.lines)

    @property
    def loses_head(self) -> bool:
        before, after = zip(*self.lines) if self.lines else ((), ())
        return _has_head(before) and any(after) and not _has_head(after)

    @property
    def is_new(self) -> bool:
        return not self.is_elsewhere and all(before is None for before, _ in self.lines)

    @property
    def ends(self) -> bool:
        return all(after is None for _, after in self.lines)


def _has_head(members: Collection[Member | None]) -> bool:
    return any(member is not None and member.relation == HEAD for member in members)


def person_effects(planned: Plan, today: date, places: Places, *, is_lifted: bool) -> list[PersonEffect]:
    """Per person the items that change, or enough to know who it is."""
    return [
        _person_effect(number, row, planned.after[number], today, places, is_lifted=is_lifted)
        for number, row in planned.before.items()
    ]


def _person_effect(
    number: str, before: Row | None, after: Row | None, today: date, places: Places, *, is_lifted: bool
) -> PersonEffect:
    old, new = before or {}, after or {}
    born = [old.get("birth_date"), *([] if after is None else [after.get("birth_date")])]
    is_child = is_new(number) or any(may_be_child(one, today) for one in born)

    def shown(field: str, value: str | None) -> str:
        return _shown(field, value, places, is_child=is_child, is_lifted=is_lifted)

    def changed(field: str) -> tuple[Part, ...]:
        if field == "area_code" or not (was := old.get(field)) or not (value := new.get(field)):
            text = shown(field, new.get(field))
            is_marked = before is not None and new.get(field) != old.get(
                field
            )  # of who comes everything is new
            return (Part(text, is_marked),) if text else ()
        if was == value:
            return (Part(shown(field, value), False),)
        return parts_of(field, value, was, is_child=is_child, is_lifted=is_lifted)

    fields = [field for field in FIELDS if after is not None and old.get(field) != new.get(field)]
    return PersonEffect(
        name=shown("name", old.get("name") or new.get("name")),
        comes=before is None,
        goes=after is None,
        stays=before is not None and after is not None and not fields,
        items=tuple(
            Item(
                field,
                shown(field, old.get(field)),
                changed(field),
                field == "household_no" and new.get(field) == NEW_HOUSEHOLD,
                field == "household_no" and old.get(field) == NEW_HOUSEHOLD,
            )
            for field in fields or WHO
        ),
    )


def _shown(field: str, value: str | None, places: Places, *, is_child: bool, is_lifted: bool) -> str:
    if not value:
        return ""
    if field == "area_code":
        return places.named(value)
    return grouped(field, value if is_lifted else masked(field, value, is_child=is_child))


def households_of(planned: Plan) -> set[str]:
    """The households that the change's persons belong to, before or after."""
    rows = (*planned.before.values(), *planned.after.values())
    return {number for row in rows if row is not None and (number := row.get("household_no"))}


def _without_number(planned: Plan) -> list[str]:
    """The household that the register has not got, if there is one."""
    rows = (*planned.before.values(), *planned.after.values())
    is_there = any(row is not None and row.get("household_no") == NEW_HOUSEHOLD for row in rows)
    return [NEW_HOUSEHOLD] if is_there else []


def joined_unseen(connection: Connection, planned: Plan) -> set[str]:
    """The households that somebody would join, newcomers too, and in which this user sees nobody: elsewhere, or on no register."""
    joined = {
        number for row in planned.after.values() if row is not None and (number := row.get("household_no"))
    }
    return joined - inhabited(connection, joined)


def household_effects(
    planned: Plan,
    members: Mapping[str, Row],
    numbers: Collection[str],
    today: date,
    *,
    is_lifted: bool,
    unseen: Collection[str] = (),
    grown: Collection[str] = (),
) -> list[HouseholdEffect]:
    """Each household the change touches, those first that lose or gain somebody.

    Args:
        grown: newcomers who are no children by the rows that tell of them; any other is masked as one, whatever date is proposed.
        members: the register's rows of all who belong to these households now; who may be a child before or after is masked as one on both sides.
        numbers: whom the change is about, also by a number that the register has given meanwhile.
        unseen: households outside the user's area, or on no register.
    """
    meant = {*planned.before, *numbers}
    others = {number: row for number, row in members.items() if number not in meant}
    before = others | {number: row for number, row in planned.before.items() if row is not None}
    after = others | {number: row for number, row in planned.after.items() if row is not None}

    def member(rows: Mapping[str, Row], number: str, household: str) -> Member | None:
        row = rows.get(number)
        if row is None or row.get("household_no") != household:
            return None
        is_meant = number in meant
        born = [side[number].get("birth_date") for side in (before, after) if number in side]
        is_unknown = is_new(number) and number not in grown
        is_child = is_unknown or any(may_be_child(one, today) for one in born)
        return _member(row, is_child=is_child, is_meant=is_meant, is_open=is_meant and is_lifted)

    effects = []
    for household in (*sorted(households_of(planned)), *_without_number(planned)):
        belonging = sorted(
            (
                number
                for number in before.keys() | after.keys()
                if household
                in (before.get(number, {}).get("household_no"), after.get(number, {}).get("household_no"))
            ),
            key=lambda number: _order(before.get(number) or after[number], number),
        )
        lines = ((member(before, one, household), member(after, one, household)) for one in belonging)
        effects.append(HouseholdEffect(household, tuple(lines), household in unseen))
    return sorted(effects, key=lambda one: not one.is_changed)


Effects = tuple[list[PersonEffect], list[HouseholdEffect]]


def effects_of(
    connection: Connection,
    intent: Intent | HouseholdIntent,
    places: Places,
    today: date,
    *,
    is_lifted: bool,
    grown: Collection[str] = (),
) -> Effects | None:
    """On persons and households; None where the register shows it already, or no longer has the person. `grown`: see `household_effects`."""
    try:
        planned = plan_of(intent, current_rows(connection, intent.numbers))
    except InvalidInput:
        return None
    members = members_of(connection, households_of(planned))
    unseen = joined_unseen(connection, planned)
    return (
        person_effects(planned, today, places, is_lifted=is_lifted),
        household_effects(
            planned, members, intent.numbers, today, is_lifted=is_lifted, unseen=unseen, grown=grown
        ),
    )


def _order(row: Row, number: str) -> tuple[bool, bool, str, str]:
    """The head first, who has no number yet last, else by age."""
    return is_new(number), row.get("relation_to_head") != HEAD, row.get("birth_date") or "9", number


def _member(row: Row, *, is_child: bool, is_meant: bool, is_open: bool) -> Member:
    name = row.get("name") or ""
    return Member(
        row.get("relation_to_head") or "",
        name if is_open else masked("name", name, is_child=is_child),
        (row.get("birth_date") or "")[:4],
        is_meant,
    )

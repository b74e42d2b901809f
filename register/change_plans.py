"""What a register change would make of the register: pure functions over the rows of the persons it is about.

A plan says of each person what the register shows before and what it is to show after; None is "not on the
register". So every kind has the same shape, undoing is exchanging the two, and undoing a merge gives both
persons back exactly as they were. Who has no number yet stands under `NEW`, or of several under `newcomer`; a household without a number is
`NEW_HOUSEHOLD`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from unicodedata import category

from register.errors import InvalidInput

Row = dict[str, str | None]
Rows = dict[str, Row | None]

NEW: Final = ""
NEW_HOUSEHOLD: Final = ""
HEAD: Final = "户主"
HOUSEHOLD_FIELDS: Final = ("household_no", "head_name", "relation_to_head")
PERSON_FIELDS: Final = (
    "name",
    "former_name",
    "id_number",
    "sex",
    "ethnicity",
    "birth_date",
    "marital_status",
    "education",
    "occupation",
    "hukou_address",
    "residence_address",
    "area_code",
    "phone",
    "mother_name",
    "mother_id",
    "father_name",
    "father_id",
)
FIELDS: Final = (*HOUSEHOLD_FIELDS, *PERSON_FIELDS)
IDENTIFYING: Final = ("name", "id_number", "birth_date", "sex")
LONGEST_VALUE: Final = 500
PRESENCE: Final = "*"

# kind → the kind that undoes it; what undoes is not undone itself but proposed anew
UNDONE_BY: Final = {
    "field": "field",
    "move_household": "move_household",
    "new_household": "move_household",
    "add_person": "remove_person",
    "add_household": "remove_person",
    "mark_dead": "restore_person",
    "mark_moved_out": "restore_person",
    "merge": "undo_merge",
}
# type of discrepancy → the kind of change that would settle it, when it says enough by itself
SUGGESTED: Final = {
    "inconsistent_field": "field",
    "missing_item": "field",
    "duplicate_person": "merge",
    "deceased_active": "mark_dead",
    "moved_out_active": "mark_moved_out",
    "wrong_household": "move_household",
}


@dataclass(frozen=True)
class Intent:
    """What somebody wants.

    kind            person_no      person_no_2    values
    field           who            –              the person's items that change
    add_person      –              –              all that is known; a name at least
    move_household  who            –              household_no, and what else of HOUSEHOLD_FIELDS changes
    mark_dead       who            –              –
    mark_moved_out  who            –              –
    merge           who is kept    who goes       items that the kept person takes over
    """

    kind: str
    person_no: str | None = None
    person_no_2: str | None = None
    values: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def numbers(self) -> tuple[str, ...]:
        return tuple(number for number in (self.person_no, self.person_no_2) if number)


@dataclass(frozen=True)
class Plan:
    """The persons' rows before and after; both have the same keys."""

    before: Rows
    after: Rows


def newcomer(place: int) -> str:
    """Under which the so-manieth of several persons without a number stands; in their order."""
    return f"+{place:02}"


def is_new(number: str) -> bool:
    """Whether somebody has no number of the register yet."""
    return number == NEW or number.startswith("+")


def suggested(
    type_: str,
    person_no: str | None,
    person_no_2: str | None,
    field_: str | None,
    proposed_value: str | None,
) -> Intent | None:
    """The change that a discrepancy speaks of, None where a person has to say more."""
    kind = SUGGESTED.get(type_)
    if kind is None or person_no is None:
        return None
    if kind == "field":
        return Intent(kind, person_no, values={field_: proposed_value}) if field_ in PERSON_FIELDS else None
    if kind == "merge":
        return Intent(kind, person_no, person_no_2) if person_no_2 else None
    if kind == "move_household":
        return Intent(kind, person_no, values={"household_no": proposed_value}) if proposed_value else None
    return Intent(kind, person_no)


def plan(intent: Intent, rows: Mapping[str, Row]) -> Plan:
    """What `intent` would do, given the register's rows of the persons it names. Raises: InvalidInput."""
    allowed, needed = _shape(intent)
    values = checked(intent.values, allowed)
    if len(set(intent.numbers)) != needed:
        raise InvalidInput(f"a change of kind {intent.kind} is about {needed} different persons")
    absent = sum(number not in rows for number in intent.numbers)
    if absent:
        raise InvalidInput(f"{absent} of the persons are not on the register")
    if intent.kind == "add_person":
        if not values.get("name"):
            raise InvalidInput("a person who is added needs a name")
        return Plan({NEW: None}, {NEW: complete(values)})
    first, *others = intent.numbers
    before: Rows = {number: complete(rows[number]) for number in intent.numbers}
    changed = complete({**rows[first], **values})
    after: Rows = {first: changed, **dict.fromkeys(others)}
    if intent.kind in ("mark_dead", "mark_moved_out"):
        after = {first: None}
    if intent.kind == "move_household" and not values.get("household_no"):
        raise InvalidInput("a person who moves needs the household's number")
    if before == after:
        raise InvalidInput("the register shows this already")
    return Plan(before, after)


def _shape(intent: Intent) -> tuple[tuple[str, ...], int]:
    """Which items may be given, and how many persons."""
    shapes: dict[str, tuple[tuple[str, ...], int]] = {
        "field": (PERSON_FIELDS, 1),
        "add_person": (FIELDS, 0),
        "move_household": (HOUSEHOLD_FIELDS, 1),
        "mark_dead": ((), 1),
        "mark_moved_out": ((), 1),
        "merge": (PERSON_FIELDS, 2),
    }
    if intent.kind not in shapes:
        raise InvalidInput("there is no such kind of change that a person can propose")
    return shapes[intent.kind]


def checked(values: Mapping[str, str | None], allowed: tuple[str, ...]) -> Row:
    """Blank is None; errors name the item, never the value."""
    checked: Row = {}
    for name, value in values.items():
        if name not in allowed:
            raise InvalidInput("this kind of change does not set such an item")
        text = None if value is None else value.strip() or None
        if text is not None:
            if len(text) > LONGEST_VALUE or any(category(one) in ("Cc", "Cs") for one in text):
                raise InvalidInput(f"the value of {name} is too long or holds control characters")
            if name == "birth_date" and not is_date(text):
                raise InvalidInput(f"the value of {name} is not a date; write YYYY-MM-DD")
        checked[name] = text
    return checked


def is_date(text: str) -> bool:
    """Whether it is a day as the register writes it, year-month-day."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def complete(row: Mapping[str, str | None]) -> Row:
    return {name: row.get(name) for name in FIELDS}


def undo(kind: str, done: Plan, given: Mapping[str, str] | None = None) -> tuple[str, Plan]:
    """Kind and plan of the change that takes one back. Raises: InvalidInput.

    `given`: the numbers that added persons got meanwhile, by the key under which they stand.
    """
    if kind not in UNDONE_BY:
        raise InvalidInput(f"a change of kind {kind} cannot be undone; propose what should be")
    if given:
        done = Plan(
            *(
                {given.get(number, number): row for number, row in side.items()}
                for side in (done.before, done.after)
            )
        )
    return UNDONE_BY[kind], Plan(done.after, done.before)


def carried_out(done: Plan, rows: Rows) -> Rows:
    """The register's rows after a change; rows of others stay."""
    return {**rows, **done.after}


def cells(one: Plan) -> set[tuple[str, str]]:
    """Which items of which persons a change touches; `PRESENCE` for being on the register at all."""
    touched = set()
    for number, before in one.before.items():
        after = one.after[number]
        if before is None or after is None:
            touched.add((number, PRESENCE))
        else:
            touched |= {(number, name) for name in FIELDS if before[name] != after[name]}
    return touched


def meet(one: Plan, other: Plan) -> bool:
    """Whether two changes touch the same item of the same person. Persons without a number meet nobody."""
    ours, theirs = ({cell for cell in cells(each) if not is_new(cell[0])} for each in (one, other))
    whole = {number for number, name in ours | theirs if name == PRESENCE}
    both = {number for number, _ in ours} & {number for number, _ in theirs}
    return bool(both & whole) or bool(ours & theirs)


def is_like(expected: Row, found: Row) -> bool:
    """Whether a row may be the person who had no number: by the ID number, else by name, sex and birth date as far as they are known."""
    own, theirs = expected["id_number"], found["id_number"]
    if own and theirs:
        return own.upper() == theirs.upper()
    return all(expected[name] in (None, found[name]) for name in ("name", "sex", "birth_date"))


def is_entered(expected: Row, found: Row) -> bool:
    """Whether the register has entered the person as was asked: by the ID number, whatever else it corrected; where one of
    the two has none, in the very household."""
    has_numbers = bool(expected["id_number"] and found["id_number"])
    return is_like(expected, found) and (
        has_numbers or expected["household_no"] in (None, NEW_HOUSEHOLD, found["household_no"])
    )


def shows(expected: Row | None, other: Row | None, found: Row | None, *, is_new: bool = False) -> bool:
    """Whether the register's row is what is expected, judged by what tells it from the other state; `is_new`: of who had no number."""
    if expected is None or found is None:
        return expected is None and found is None
    if is_new:
        return is_entered(expected, found)
    if other is None:
        return all(expected[name] in (None, found[name]) for name in IDENTIFYING)
    return all(_is_shown(name, expected, other, found) for name in FIELDS if expected[name] != other[name])


def _is_shown(name: str, expected: Row, other: Row, found: Row) -> bool:
    """The item as expected; a household that had no number may have got any but the one they were in."""
    if name == "household_no" and expected[name] == NEW_HOUSEHOLD:
        return found[name] not in (None, other[name])
    return expected[name] == found[name]


def shows_after(one: Plan, rows: Mapping[str, Row]) -> bool:
    """Whether the register shows the change as done."""
    return _are_together(one.after, rows) and all(
        shows(row, one.before[number], rows.get(number), is_new=is_new(number))
        for number, row in one.after.items()
    )


def shows_before(one: Plan, rows: Mapping[str, Row]) -> bool:
    """Whether the register is, in what the change touches, as it was when it was proposed."""
    return _are_together(one.before, rows) and all(
        shows(row, one.after[number], rows.get(number), is_new=is_new(number))
        for number, row in one.before.items()
    )


def shows_each(one: Plan, rows: Mapping[str, Row]) -> bool:
    """Whether the register shows each person as before or as after: of several some may have been changed already."""
    return all(
        shows(row, one.after[number], rows.get(number), is_new=is_new(number))
        or shows(one.after[number], row, rows.get(number), is_new=is_new(number))
        for number, row in one.before.items()
    )


def _are_together(side: Rows, rows: Mapping[str, Row]) -> bool:
    """Whether those of a household without a number are in the same one."""
    homes = {
        rows[number]["household_no"]
        for number, row in side.items()
        if row is not None and row["household_no"] == NEW_HOUSEHOLD and number in rows
    }
    return len(homes) < 2

"""What goes in and comes out, as the document has it. Every value of a person in it is a mask of the length of the value."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Final

from fastapi import Path
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from discrepancies.candidates import TYPES
from register.audit import REFERENCE
from stewardship.bulk import MOST as MOST_SELECTED
from stewardship.decisions import KINDS, LONGEST_REASON
from stewardship.filters import EVERY
from stewardship.finding import LONGEST
from stewardship.language import LANGUAGE_NAMES
from stewardship.newcomers import FIELDS
from stewardship.proposals import NEEDS_REASON, STEPS, UNDO
from stewardship.tabs import TABS, WHOSE
from stewardship.words import AGES, CHANGE_STATES, CHANGES, CONFIDENCES, FEEDS, PRIORITIES, STATUSES

MOST_ROWS: Final = 200
USUAL_ROWS: Final = 50
LARGEST: Final = 2**63 - 1
LONGEST_ACCOUNT: Final = 40
NO_NUL: Final = r"^[^\x00]*$"
SOMETHING: Final = r"^[^\x00]*[^\s\x00][^\x00]*$"
AFTER_LINE: Final = r"^[1-9][0-9]?_[0-9](\.[0-9]{1,20})?(e-[0-9]{1,3})?_[A-Za-z0-9]{1,64}$"
AFTER_RECEIPT: Final = r"^[1-9][0-9]{0,5}\.[a-z_]{1,40}\.[0-9a-z_]{1,64}\.[0-9a-f]{32}$"


def one_of(values: Iterable[str]) -> str:
    """As a pattern."""
    return f"^({'|'.join(values)})$"


DISCREPANCY: Final = r"^D[0-9a-f]{6,40}$"
DiscrepancyId = Annotated[str, Path(pattern=DISCREPANCY)]
# Of a person or a household on the register.
RegisterNumber = Annotated[str, Path(pattern=f"^{REFERENCE.pattern}$")]
DeliveryKey = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
Account = Annotated[str, Field(max_length=LONGEST_ACCOUNT, pattern=SOMETHING)]
ChangeId = Annotated[int, Path(ge=1, le=LARGEST)]
Limit = Annotated[int, Field(ge=1, le=MOST_ROWS)]
Reason = Annotated[str, Field(max_length=LONGEST_REASON, pattern=SOMETHING)]
Text = Annotated[str, Field(max_length=LONGEST_REASON, pattern=NO_NUL)]
# JSON has one kind of number: 3.0 is a whole one, "3" is none.
Version = Annotated[
    int,
    Field(ge=1, le=2**31 - 1, strict=True),
    BeforeValidator(lambda told: int(told) if isinstance(told, float) and told.is_integer() else told),
]


class Asked(BaseModel):
    """A query or a body: what is not known is refused."""

    model_config = ConfigDict(extra="forbid")


class QueueQuery(Asked):
    """As the queue's page: empty is no condition, `status` is open unless asked otherwise."""

    type: str | None = Field(None, pattern=one_of(TYPES))
    area: str | None = Field(None, pattern=r"^[0-9]{12}$")
    age: str | None = Field(None, pattern=one_of(AGES))
    priority: str | None = Field(None, pattern=one_of(PRIORITIES))
    confidence: str | None = Field(None, pattern=one_of(CONFIDENCES))
    status: str = Field("open", pattern=one_of((*STATUSES, EVERY)))
    tab: str | None = Field(None, pattern=one_of([name for name in TABS if name]))
    assignee: str | None = Field(
        None, pattern=f"^{WHOSE}$", description="beside a tab that is not itself about an assignee"
    )
    feed: str | None = Field(None, pattern=one_of(FEEDS), description="rests on rows of this feed")
    after: str | None = Field(None, pattern=AFTER_LINE, description="`next` of the page before")
    limit: Limit = USUAL_ROWS


class Evidence(BaseModel):
    """A row of a department's file that speaks of it; `feed` is `register` for the register's own."""

    feed: str
    unit: str
    file: str
    sheet: str
    row: int
    role: str
    arrival: date | None


class Line(BaseModel):
    """A line of the queue, masked. What the role may not read is null."""

    discrepancy_id: str
    type: str
    status: str
    priority: int
    confidence: float
    field: str | None
    sentence: str
    name: str
    sex: str
    born: str
    mother: str
    area_code: str | None
    place: str
    days: int
    register_value: str
    proposed_value: str
    evidence_version: int
    evidence_count: int
    first_night: date
    last_night: date


class Lines(BaseModel):
    """`next` is the next page's `after`; `total` and `counts` agree with the list."""

    items: list[Line]
    next: str | None
    total: int
    counts: dict[str, dict[str, int]]


class MatrixCell(BaseModel):
    """`sign`: = same, ≈ written otherwise, ≠ differs, ∅ blank, or empty where there is nothing to compare with."""

    sign: str
    text: str


class MatrixLine(BaseModel):
    """One field across the columns."""

    field: str
    cells: list[MatrixCell]
    proposed: str | None


class History(BaseModel):
    """What was done to it; `night` where only the night is known, `of` where it was done to one that goes on in this."""

    at: datetime | None
    night: date | None
    actor: str | None
    what: str
    of: str | None


class DecisionKind(BaseModel):
    kind: str
    needs_reason: bool
    leaves: str


class OneDiscrepancy(BaseModel):
    """All that the role may see of it, masked; reasons that people typed are on the page alone."""

    discrepancy_id: str
    type: str
    status: str
    priority: int
    confidence: float
    field: str | None
    sentence: str
    area_code: str | None
    place: str
    days: int
    evidence_version: int
    first_night: date
    last_night: date
    reasons: list[str]
    columns: list[Evidence]
    lines: list[MatrixLine]
    evidence: list[Evidence]
    history: list[History]
    assignee: str | None
    goes_on_in: str | None
    register_change: int | None
    decisions: list[DecisionKind]
    can_propose: bool
    can_undo: bool


class Seen(Asked):
    """What the caller had before it; if it is no longer so, the answer is 409 and nothing was done."""

    evidence_version: Version
    status: str = Field("open", pattern=one_of(STATUSES))


class DecideWithReason(Seen):
    """What needs a reason; it is kept with the decision and shown on the pages alone."""

    kind: str = Field(pattern=one_of(kind.name for kind in KINDS.values() if kind.needs_reason))
    reason: Reason


class Decide(Seen):
    kind: str = Field(pattern=one_of(kind.name for kind in KINDS.values() if not kind.needs_reason))
    reason: Text = ""


class Standing(BaseModel):
    """How it stands now."""

    discrepancy_id: str
    status: str
    evidence_version: int


class Propose(Seen):
    """`value` instead of what the discrepancy proposes. `corrections`, of somebody new: item → value, null to leave it blank."""

    value: Text | None = None
    corrections: dict[Annotated[str, Field(pattern=one_of(FIELDS))], Text | None] = Field(
        {}, json_schema_extra={"additionalProperties": False}
    )


class Assign(Seen):
    """`to` somebody who works in its area, null to nobody any more; `assignee` as it was read."""

    to: Account | None
    assignee: Account | None = None


class Write(Asked):
    text: Reason


class Select(Asked):
    """What is to be asked about at the doors of one village or township. Without a `language` it is that of the last list made there, of the first one the request's."""

    discrepancies: list[Annotated[str, Field(pattern=DISCREPANCY)]] = Field(
        min_length=1, max_length=MOST_SELECTED
    )
    language: Annotated[str, Field(pattern=one_of(LANGUAGE_NAMES))] | None = None


class Worklist(BaseModel):
    """`left_out`: what was selected and nobody can be asked about there now."""

    worklist_id: int
    area_code: str
    types: list[str]
    language: str
    rows: int
    made_at: datetime
    left_out: list[str]


class Search(Asked):
    """The beginning of a name, of its pinyin or of the initials of that, an ID number or its last four to six characters, a phone, a person's or household's number."""

    wanted: Annotated[str, Field(max_length=LONGEST, pattern=SOMETHING)]


class FoundPerson(BaseModel):
    """A person of the register, masked; the year of birth is enough to tell namesakes apart."""

    person_no: str
    household_no: str
    name: str
    sex: str
    born: str
    place: str


class FoundPersons(BaseModel):
    """`discrepancies`: about them, about whoever is missing in their households, and about whom departments' rows name so."""

    items: list[FoundPerson]
    discrepancies: list[str]


class RegisterItem(BaseModel):
    field: str
    value: str


class OnePerson(BaseModel):
    """What the newest register says of a person, masked, and the discrepancies about them."""

    person_no: str
    household_no: str | None
    items: list[RegisterItem]
    discrepancies: list[str]


class Member(BaseModel):
    person_no: str
    name: str
    sex: str
    born: str
    relation: str


class OneHousehold(BaseModel):
    """Who belongs to it on the newest register, masked; the head first, then by age."""

    household_no: str
    members: list[Member]


class ChangesQuery(Asked):
    """As the page of approvals."""

    state: str = Field("proposed", pattern=one_of((*CHANGE_STATES, EVERY)))
    kind: str | None = Field(None, pattern=one_of(CHANGES))
    by: str | None = Field(None, pattern=one_of(("mine", "others")))
    after: int | None = Field(None, ge=1, le=LARGEST, description="`next` of the page before")
    limit: Limit = USUAL_ROWS


class Item(BaseModel):
    """An item as the register shows it, and as it is to be."""

    field: str
    before: str
    after: str


class Effect(BaseModel):
    """On one person: who `comes` on the register, `goes` from it, or stays with other items."""

    name: str
    comes: bool
    goes: bool
    items: list[Item]


class Change(BaseModel):
    """A register change, masked; `version` goes back with what is done to it."""

    change_id: int
    kind: str
    state: str
    version: int
    discrepancy_id: str | None
    undoes: int | None
    place: str
    proposed_by: str
    approved_by: str | None
    changed_by: str
    changed_at: datetime
    effects: list[Effect]


class OneChange(Change):
    """`actions`: what this token's account may do to it; `moved`, `stale`: why it may not be approved any more."""

    moved: bool
    stale: bool
    actions: list[str]


class Changes(BaseModel):
    items: list[Change]
    next: int | None
    total: int


class ActWithReason(Asked):
    action: str = Field(pattern=one_of(sorted(NEEDS_REASON)))
    version: Version
    reason: Reason


class Act(Asked):
    action: str = Field(pattern=one_of(one for one in (*STEPS, UNDO) if one not in NEEDS_REASON))
    version: Version
    reason: Text = ""


class DeliveriesQuery(Asked):
    feed: str | None = Field(None, pattern=r"^[a-z_]{2,40}$")
    after: str | None = Field(None, pattern=AFTER_RECEIPT, description="`next` of the page before")
    limit: Limit = USUAL_ROWS


class Receipt(BaseModel):
    """What became of a file's rows; the numbers alone. `key` is the delivery's in addresses."""

    key: str
    feed: str
    file: str
    unit: str | None
    period: str | None
    arrival: date
    night: date
    status: str
    reason: str | None
    rows_total: int
    rows_kept: int
    rows_set_aside: int
    rows_quarantined: int
    rows_superseded: int


class Receipts(BaseModel):
    items: list[Receipt]
    next: str | None


class BrokenRule(BaseModel):
    """`column`: those that it is about, by our names; `sentence`: the rule in the caller's language."""

    rule: str
    column: str
    sentence: str


class RejectedRow(BaseModel):
    """A row as the department sent it, `values` by our names of the columns; erased after its time, there are none."""

    sheet: str
    row: int
    values: dict[str, str]
    is_erased: bool
    broken: list[BrokenRule]


class RejectedRows(BaseModel):
    """`headers`: our name of a column → the file's own."""

    feed: str
    file: str
    headers: dict[str, str]
    items: list[RejectedRow]


class TypeCount(BaseModel):
    type: str
    status: str
    rows: int


class Counts(BaseModel):
    items: list[TypeCount]


# The parts of a request that a problem may name: what a caller made up is no part.
PARTS: Final = frozenset(
    {"body", "query", "path", "id_"}.union(
        *(
            one.model_fields
            for one in (
                *(QueueQuery, ChangesQuery, DeliveriesQuery),
                *(Decide, Propose, Act, Assign, Write, Select, Search),
            )
        )
    )
)

"""The lists there are: their columns, and their rows as text, put together from what the pages are made of.

Rows are read some hundred at a time and handed on; what a page masks, blanks or does not tell a role is masked, blank or not told here,
because it comes from the same functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.engine import Row as Stored

from register.models import AuditEntry
from register.work import UnitOfWork
from register.worklists import MadeList
from stewardship import words
from stewardship.actors import called
from stewardship.administration.audit_words import in_words
from stewardship.approving import Row as ChangeRow
from stewardship.approving import rows_of_changes
from stewardship.deliveries import reading, saying
from stewardship.exporting.asked import Words
from stewardship.exporting.tables import Table
from stewardship.filters import BANDS
from stewardship.language import moment
from stewardship.leads import Lead
from stewardship.listing import Row, rows_for
from stewardship.places import Places
from stewardship.proposals import Choice, Proposals
from stewardship.residents.listed import Line as Person
from stewardship.residents.then import Pair
from stewardship.visits import DECIDING_ROLES, House, Visitor
from stewardship.words import N_, field_name
from stewardship.worklists import outcomes
from stewardship.worklists.taking import AGAIN
from stewardship.worklists.unanswered import OnList, Unanswered

BATCH: Final = 500
NEWEST_ENTRY: Final = sa.select(sa.func.max(AuditEntry.entry_no))
Columns = tuple[tuple[str, int], ...]
DISCREPANCIES: Final[Columns] = (
    (N_("Discrepancy"), 16),
    (N_("Status"), 14),
    (N_("Type"), 20),
    (N_("Priority"), 10),
    (N_("Name"), 10),
    (N_("Sex"), 6),
    (N_("Born"), 12),
    (N_("Mother"), 10),
    (N_("What needs checking"), 48),
    (N_("Item"), 14),
    (N_("Now"), 20),
    (N_("Proposed"), 20),
    (N_("Place"), 24),
    (N_("Rows"), 8),
    (N_("Days"), 8),
    (N_("Confidence"), 12),
    (N_("Probability"), 10),
)
# What a department's contact is not told is no column.
OF_THE_COUNTY: Final[Columns] = ((N_("Assigned to"), 14), (N_("Decided before, new evidence since"), 18))
CHANGES: Final[Columns] = (
    (N_("No."), 8),
    (N_("Status"), 24),
    (N_("Kind"), 24),
    (N_("Persons"), 16),
    (N_("What changes"), 48),
    (N_("What needs checking"), 48),
    (N_("Place"), 24),
    (N_("Proposed by"), 14),
    (N_("Last acted"), 14),
    (N_("When"), 20),
)
ENTRIES: Final[Columns] = (
    (N_("No."), 10),
    (N_("When"), 20),
    (N_("Who"), 16),
    (N_("What"), 24),
    (N_("What was done"), 40),
    (N_("To what"), 40),
    (N_("Kind of subject"), 20),
    (N_("Details, as sealed"), 40),
    (N_("Details"), 60),
)
DELIVERIES: Final[Columns] = (
    (N_("Status"), 14),
    (N_("Feed"), 20),
    (N_("Unit"), 20),
    (N_("Period"), 12),
    (N_("File"), 48),
    (N_("Arrived"), 12),
    (N_("Reason"), 32),
    (N_("in the file"), 10),
    (N_("in use"), 10),
    (N_("replaced by a later file"), 10),
    (N_("titles, blank rows, sums"), 10),
    (N_("unusable"), 10),
)
BROKEN: Final[Columns] = (
    (N_("What is wrong"), 40),
    (N_("Columns"), 24),
    (N_("Sheet"), 14),
    (N_("How many"), 10),
    (N_("Rows in the file"), 60),
)
WORKLISTS: Final[Columns] = (
    (N_("No."), 8),
    (N_("Area"), 24),
    (N_("Made by"), 16),
    (N_("Made"), 20),
    (N_("Rows"), 8),
    (N_("Came back"), 10),
    (N_("Outcomes"), 48),
)
UNANSWERED: Final[Columns] = (
    (N_("Door"), 24),
    (N_("Household"), 16),
    (N_("Discrepancy"), 16),
    (N_("Type"), 16),
    (N_("What to ask"), 48),
    (N_("Asked since"), 12),
    (N_("Days"), 8),
    (N_("On worklist no."), 20),
    (N_("Last came back"), 20),
)

PERSONS: Final[Columns] = (
    (N_("Person"), 18),
    (N_("Household"), 18),
    (N_("Name"), 10),
    (N_("Sex"), 6),
    (N_("Born"), 8),
    (N_("Place"), 24),
)
MEMBERS: Final[Columns] = (
    (N_("Person"), 18),
    (N_("Relation to head"), 12),
    (N_("Name"), 10),
    (N_("Sex"), 6),
    (N_("Born"), 8),
)
THEN: Final[Columns] = (
    (N_("Compared"), 16),
    (N_("Relation to head then"), 12),
    (N_("Name then"), 10),
    (N_("Born then"), 8),
)


def discrepancies(
    name: str,
    title: str,
    work: UnitOfWork,
    batches: Iterable[Sequence[Lead]],
    places: Places,
    visitor: Visitor,
    here: House,
) -> Table:
    """Rows of the queue, whatever they were chosen by."""
    is_local = visitor.role in DECIDING_ROLES

    def lines() -> Iterator[Sequence[str]]:
        w = Words(visitor.language)
        for leads in batches:
            users = {lead.assignee for lead in leads if lead.assignee}
            names = work.assignments.names(users) if is_local else {}
            for row in rows_for(work.connection, leads, places, visitor, here):
                yield (*_discrepancy(row, w), *(_beside(row.lead, names) if is_local else ()))

    return Table(name, title, (*DISCREPANCIES, *(OF_THE_COUNTY if is_local else ())), lines())


def _discrepancy(row: Row, w: Words) -> tuple[str, ...]:
    lead, said = row.lead, w.said
    band = next(name for name, (low, _) in BANDS.items() if low is None or lead.confidence >= low)
    return (
        lead.discrepancy_id,
        said(words.STATUSES[lead.status][1]),
        said(words.TYPES[lead.type]),
        said(words.PRIORITIES[str(lead.priority)]),
        *(row.name, row.sex, row.born, row.mother, row.sentence),
        field_name(lead.field, w.language),
        *(row.register_value, row.proposed_value, row.place),
        *(str(lead.evidence_count), str(row.days)),
        said(words.CONFIDENCES[band]),
        probability(lead.confidence),
    )


def probability(value: float) -> str:
    """As pages have it."""
    return f"{value:.2f}" if value <= 0.99 else "> 0.99"


def _beside(lead: Lead, names: Any) -> tuple[str, str]:
    assignee = names.get(lead.assignee, lead.assignee) if lead.assignee else ""
    return assignee, "" if lead.reopened_night is None else lead.reopened_night.isoformat()


def changes(work: UnitOfWork, proposals: Proposals, choice: Choice, visitor: Visitor, here: House) -> Table:
    def lines() -> Iterator[Sequence[str]]:
        w = Words(visitor.language)
        for batch in proposals.batches(choice, BATCH):
            users = {user for change in batch for user in (change.proposed_by, change.changed_by)}
            names = work.assignments.names(users)
            for row in rows_of_changes(work, batch, visitor, here):
                yield change_line(row, names, w)

    return Table("approvals", N_("Approvals"), CHANGES, lines())


def change_line(row: ChangeRow, names: Any, w: Words) -> tuple[str, ...]:
    """In the order of `CHANGES`."""
    change, said, who = row.change, w.said, called(names, w.language)
    return (
        str(change.change_id),
        said(words.CHANGE_STATES[change.state][2]),
        said(words.CHANGES[change.kind]),
        " · ".join(person.name for person in row.people if person.name),
        "; ".join(_items(row, w)),
        row.sentence,
        row.place,
        who.get(change.proposed_by, change.proposed_by),
        who.get(change.changed_by, change.changed_by),
        moment(change.changed_at, w.language),
    )


def _items(row: ChangeRow, w: Words) -> Iterator[str]:
    for person in row.people:
        for item in () if person.comes or person.goes or person.stays else person.items:
            given = w.said(N_("a number that the register gives")) if item.is_given else ""
            after = given or "".join(part.text for part in item.after)
            before = w.said(N_("The new household")) if item.was_given else item.before
            name = field_name(item.field, w.language)
            yield f"{name}{w.said(': ')}{before or '∅'} → {after or '∅'}"


def audit_entries(rows: Iterable[Stored[Any]], places: Places, language: str) -> Table:
    lines = (
        (
            str(one.entry_no),
            moment(one.at, language),
            one.actor,
            *(one.action, one.did),
            *(one.subject, one.what),
            *(one.details, one.says),
        )
        for one in (in_words(row, places, language) for row in rows)
    )
    return Table("audit", N_("Audit chain"), ENTRIES, lines)


def deliveries(
    connection: Connection, choice: reading.Choice, also: Sequence[reading.Condition], language: str
) -> Table:
    def lines() -> Iterator[Sequence[str]]:
        w, after = Words(language), None
        while True:
            found = reading.receipts(connection, choice, after, BATCH, also)
            yield from (_delivery(row, w) for row in found.rows)
            after = found.next
            if after is None:
                return

    return Table("deliveries", N_("Deliveries"), DELIVERIES, lines())


def _delivery(row: Any, w: Words) -> tuple[str, ...]:
    is_taken = row.status == "taken"
    numbers = (row.rows_total, row.rows_kept, row.rows_superseded, row.rows_set_aside, row.rows_quarantined)
    return (
        w.said(saying.STATUSES[row.status][2]),
        w.feed(row.feed),
        row.unit or "",
        row.period or "",
        row.file,
        row.arrival.isoformat(),
        saying.reason_of(w.said, row),
        *(str(number) if is_taken else "" for number in numbers),
    )


def broken_rules(told: Sequence[reading.Rejected], headers: dict[str, str], language: str) -> Table:
    """Which rows of a delivery cannot be used, by rule, without what stands in them."""
    said = Words(language).said
    lines = (
        (
            saying.rule(said, one.rule),
            saying.columns(one.column, headers, language),
            one.sheet,
            str(one.rows),
            f"{one.numbers} …" if one.is_cut else one.numbers,
        )
        for one in told
    )
    return Table("rejected", N_("Rows that cannot be used"), BROKEN, lines)


def worklists(made: Sequence[MadeList], places: Places, names: Any, language: str) -> Table:
    lines = (
        (
            str(one.worklist_id),
            places.named(one.area_code),
            names.get(one.made_by, one.made_by),
            moment(one.made_at, language),
            str(one.rows),
            str(one.answered),
            " · ".join(f"{outcomes.word(code, language)} {rows}" for code, rows in one.outcomes.items()),
        )
        for one in made
    )
    return Table("worklists", N_("Worklists"), WORKLISTS, lines)


def unanswered(found: Iterable[Unanswered], today: date, language: str) -> Table:
    said = Words(language).said
    lines = (
        (
            one.line.door,
            one.line.household,
            one.line.lead.discrepancy_id,
            said(words.TYPES[one.line.lead.type]),
            one.line.question,
            one.since.isoformat(),
            str((today - one.since).days),
            ", ".join(_on_list(at, said) for at in one.lists),
            f"{outcomes.word(AGAIN, language)} {one.not_met}" if one.not_met else "",
        )
        for one in found
    )
    return Table("unanswered", N_("Asked and not answered yet"), UNANSWERED, lines)


def _on_list(at: OnList, said: Any) -> str:
    number = "" if at.no is None else said(N_(" (no. %(number)s)")) % {"number": at.no}
    return f"{at.worklist_id}{number}"


def persons(found: Sequence[Person]) -> Table:
    """As a search lists them."""
    lines = ((one.person_no, one.household_no, one.name, one.sex, one.born, one.place) for one in found)
    return Table("persons", N_("Persons"), PERSONS, lines)


def members(pairs: Sequence[Pair], language: str, *, is_of_two: bool) -> Table:
    """Of a household, as it is now and, where a day is asked for, as it was then."""
    said = Words(language).said

    def line(pair: Pair) -> tuple[str, ...]:
        now, past = pair.now, pair.then
        shown = (now.relation, now.name, now.sex, now.born) if now else ("", "", "", "")
        before = (past.relation, past.name, past.born) if past else ("", "", "")
        compared = said(words.THEN_SIGNS[pair.sign])
        return (pair.resident.person_no, *shown, *((compared, *before) if is_of_two else ()))

    columns = (*MEMBERS, *(THEN if is_of_two else ()))
    return Table("household", N_("Household"), columns, map(line, pairs))

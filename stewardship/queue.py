"""The queue: which discrepancies, in which order, and how many there are of each kind.

Order is priority, then confidence, then id; a page ends at a row and the next begins after that row, so rows that arrive meanwhile neither
repeat nor hide any. The counts (`stewardship.counting`) are made in the same transaction as the list. A count beside a choice
says how many rows choosing it would show.

How a page is read: `stewardship.paging`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from sqlalchemy.engine import Connection

from register.asking import Question
from register.lookup import LeadsNamed
from stewardship.counting import counts, total
from stewardship.filters import (
    DONE,
    EVERY,
    HANDED,
    Cursor,
    Filters,
    Nights,
    read_cursor,
    read_done,
    read_filters,
)
from stewardship.leads import Lead, names_for
from stewardship.paging import page_query
from stewardship.places import Places
from stewardship.tabs import OVERDUE_DAYS

__all__ = [
    "DONE",
    "EVERY",
    "HANDED",
    "Cursor",
    "Filters",
    "Page",
    "Queue",
    "cursor_of",
    "read_cursor",
    "read_done",
    "read_filters",
]


@dataclass(frozen=True)
class Page:
    """`counts`: dimension → choice → rows; `total` agrees with the list."""

    leads: list[Lead]
    next: Cursor | None
    total: int
    counts: Mapping[str, Counter[str]]


def cursor_of(lead: Lead) -> Cursor:
    return Cursor(lead.priority, lead.confidence, lead.discrepancy_id)


class Queue:
    """The queue of one transaction, as one role sees it."""

    def __init__(
        self,
        connection: Connection,
        role: str,
        places: Places,
        today: date,
        overdue_days: tuple[int, ...] = OVERDUE_DAYS,
    ) -> None:
        self._connection = connection
        self._role = role
        self._places = places
        self._nights = Nights.before(today, overdue_days)

    def page(self, filters: Filters, after: Cursor | None, rows: int) -> Page:
        """At most `rows` rows after the cursor, and the counts over all that the filters leave."""
        leads = self._list(filters, after, rows + 1)
        is_more = len(leads) > rows
        leads = leads[:rows]
        counted = self.counts(filters)
        return Page(leads, cursor_of(leads[-1]) if is_more else None, total(counted, filters), counted)

    def total(self, filters: Filters) -> int:
        return total(self.counts(filters), filters)

    def batches(self, filters: Filters, rows: int) -> Iterator[list[Lead]]:
        """All that the filters leave, in the queue's order, so many at a time."""
        after: Cursor | None = None
        while leads := self._list(filters, after, rows):
            yield leads
            after = cursor_of(leads[-1])

    def first(self, filters: Filters, free_at: datetime | None = None) -> Lead | None:
        """The head of the queue; `free_at`: what a colleague has open then comes when nothing else is left."""
        found = self._list(filters, None, 1, free_at=free_at)
        if not found and free_at is not None:
            return self.first(filters)
        return found[0] if found else None

    def following(self, filters: Filters, after: Cursor, free_at: datetime | None = None) -> Lead | None:
        """The row after this one; after the last, the first that is left. `free_at`: as in `first`."""
        found = self._list(filters, after, 1, free_at=free_at) or self._list(
            filters, None, 1, free_at=free_at
        )
        if found and found[0].discrepancy_id != after.discrepancy_id:
            return found[0]
        return None if free_at is None else self.following(filters, after)

    def before(self, filters: Filters, here: Cursor) -> Lead | None:
        """The row before this one."""
        found = self._list(filters, here, 1, is_backwards=True)
        return found[0] if found else None

    def about(
        self,
        person_nos: Sequence[str],
        rows: int,
        household_no: str | None = None,
        *,
        missing_from: Sequence[str] = (),
        named: LeadsNamed | None = None,
    ) -> list[Lead]:
        """Of these persons, and of the household where one is given, whatever the status.

        Args:
            missing_from: households whose discrepancies that are of no person of the register belong to it too.
            named: further ones (`register.lookup.leads_named`).
        """
        question = _about(names_for(self._role), bool(missing_from), "" if named is None else named.query)
        return question.all(
            self._connection,
            persons=list(person_nos),
            household=household_no,
            missing=list(missing_from),
            **{} if named is None else named.given,
            rows=rows,
        )

    def count_about(self, person_nos: Sequence[str], household_no: str | None = None) -> int:
        """How many `about` would find were it not told how many at most."""
        return _COUNT_ABOUT.first(self._connection, persons=list(person_nos), household=household_no) or 0

    def counts(self, filters: Filters) -> dict[str, Counter[str]]:
        """Per dimension the rows of each choice, all other filters kept."""
        filters = self._of_role(filters)
        found = counts(self._connection, self._role, filters, self._codes(filters), self._nights)
        if "area" in found:
            found["area"] = self._with_townships(found["area"])
        return found

    def _of_role(self, filters: Filters) -> Filters:
        """A contact has neither tabs nor assignees, and is told of the own feed alone."""
        return replace(filters, tab="", assignee="", feed="") if self._role == "contact" else filters

    def _codes(self, filters: Filters) -> list[str] | None:
        """The areas that are asked for; a contact is told of none."""
        return self._places.codes_of(filters.area) if filters.area and self._role != "contact" else None

    def _list(
        self,
        filters: Filters,
        start: Cursor | None,
        rows: int,
        *,
        is_backwards: bool = False,
        free_at: datetime | None = None,
    ) -> list[Lead]:
        columns = names_for(self._role)
        query, parameters = page_query(
            columns,
            self._role,
            self._of_role(filters),
            self._codes(filters),
            self._nights,
            start,
            rows,
            is_backwards=is_backwards,
            free_at=free_at,
        )
        return query.all(self._connection, **parameters)

    def _with_townships(self, codes: Counter[str]) -> Counter[str]:
        """Villages as they are, and townships with all that is in them."""
        found: Counter[str] = Counter()
        for code, rows in codes.items():
            if code:
                found[code] += rows
                township = self._places.township_of(code)
                if township != code:
                    found[township] += rows
        return found


# Conditions that an index serves, each its own.
_IS_ABOUT: Final = (
    "d.person_no = ANY (:persons) OR d.person_no_2 = ANY (:persons) OR d.household_no = :household"
)
_MISSING_FROM: Final = "d.household_no = ANY (:missing) AND d.person_no IS NULL"
_COUNT_ABOUT: Final = Question(f"SELECT count(*) FROM discrepancy AS d WHERE {_IS_ABOUT}", int)


@lru_cache(64)
def _about(columns: tuple[str, ...], with_missing: bool, named: str) -> Question[Lead]:
    asked = [
        _IS_ABOUT,
        *([_MISSING_FROM] if with_missing else []),
        *([f"d.discrepancy_id = ANY (ARRAY({named}))"] if named else []),
    ]
    return Question(
        f"""
SELECT {", ".join(f"d.{name}" for name in columns)} FROM discrepancy AS d WHERE {" OR ".join(f"({one})" for one in asked)}
ORDER BY d.status <> 'open', d.priority, d.confidence DESC, d.discrepancy_id LIMIT :rows
""",
        Lead,
    )

"""The queue: which discrepancies, in which order, and how many there are of each kind.

Order is priority, then confidence, then id; a page ends at a row and the next begins after that row, so rows that arrive meanwhile neither
repeat nor hide any. The counts are made in the same transaction, over the same rows, as the list. A count beside a choice
says how many rows choosing it would show.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final, cast
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection

from discrepancies.candidates import TYPES
from register.models import Discrepancy
from stewardship.leads import OF_NOBODY, Lead, as_lead, columns_for
from stewardship.places import Places
from stewardship.words import AGES, CONFIDENCES, PRIORITIES, STATUSES

SURE: Final = 0.95
LIKELY: Final = 0.8
EVERY: Final = "all"
_CURSOR: Final = re.compile(r"([1-9]\d?)_(\d(?:\.\d{1,20})?(?:e-\d{1,3})?)_([A-Za-z0-9]{1,64})")
_ID: Final = re.compile(r"D[0-9a-f]{6,40}")
_CODE: Final = re.compile(r"\d{12}")


@dataclass(frozen=True)
class Filters:
    """What is asked for; empty is no condition, and `status` is open unless asked otherwise."""

    type: str = ""
    area: str = ""
    age: str = ""
    priority: str = ""
    confidence: str = ""
    status: str = "open"

    def query(self, **changes: str) -> str:
        """For a link; what is as usual is left out."""
        wanted = replace(self, **changes)
        usual = Filters()
        return urlencode(
            {name: value for name, value in vars(wanted).items() if value != getattr(usual, name)}
        )

    @property
    def is_narrowed(self) -> bool:
        return replace(self, status="open") != Filters()


@dataclass(frozen=True)
class Cursor:
    """After which row a page begins."""

    priority: int
    confidence: float
    discrepancy_id: str

    def __str__(self) -> str:
        return f"{self.priority}_{self.confidence!r}_{self.discrepancy_id}"


@dataclass(frozen=True)
class Page:
    """`counts`: dimension → choice → rows; `total` agrees with the list."""

    leads: list[Lead]
    next: Cursor | None
    total: int
    counts: Mapping[str, Counter[str]]


def read_filters(query: Mapping[str, str]) -> Filters:
    """What is not known is no condition."""
    choices: dict[str, Sequence[str]] = {
        "type": TYPES,
        "age": tuple(AGES),
        "priority": tuple(PRIORITIES),
        "confidence": tuple(CONFIDENCES),
        "status": (*STATUSES, EVERY),
    }
    known = {name: query[name] for name, values in choices.items() if query.get(name) in values}
    if _CODE.fullmatch(query.get("area", "")):
        known["area"] = query["area"]
    return Filters(**known)


def read_cursor(text: str) -> Cursor | None:
    found = _CURSOR.fullmatch(text)
    return None if found is None else Cursor(int(found[1]), float(found[2]), found[3])


def read_done(query: Mapping[str, str]) -> str:
    """The discrepancy that was decided before this page; it becomes part of an address, so nothing else passes."""
    return query["done"] if _ID.fullmatch(query.get("done", "")) else ""


def cursor_of(lead: Lead) -> Cursor:
    return Cursor(lead.priority, lead.confidence, lead.discrepancy_id)


class Queue:
    """The queue of one transaction, as one role sees it."""

    def __init__(self, connection: Connection, role: str, places: Places, today: date) -> None:
        self._connection = connection
        self._role = role
        self._places = places
        self._today = today

    def page(self, filters: Filters, after: Cursor | None, rows: int) -> Page:
        """At most `rows` rows after the cursor, and the counts over all that the filters leave."""
        leads = self._list(filters, after, rows + 1)
        is_more = len(leads) > rows
        leads = leads[:rows]
        counts = self._counts(filters)
        total = sum(counts["type"].values()) if not filters.type else counts["type"][filters.type]
        return Page(leads, cursor_of(leads[-1]) if is_more else None, total, counts)

    def following(self, filters: Filters, after: Cursor) -> Lead | None:
        """The row after this one; after the last, the first that is left."""
        found = self._list(filters, after, 1) or self._list(filters, None, 1)
        return found[0] if found and found[0].discrepancy_id != after.discrepancy_id else None

    def before(self, filters: Filters, here: Cursor) -> Lead | None:
        """The row before this one."""
        d = Discrepancy
        earlier = sa.or_(
            d.priority < here.priority,
            sa.and_(d.priority == here.priority, d.confidence > here.confidence),
            sa.and_(
                d.priority == here.priority,
                d.confidence == here.confidence,
                d.discrepancy_id < here.discrepancy_id,
            ),
        )
        query = (
            sa.select(*columns_for(self._role))
            .where(earlier, *self._conditions(filters).values())
            .order_by(d.priority.desc(), d.confidence, d.discrepancy_id.desc())
            .limit(1)
        )
        row = self._connection.execute(query).one_or_none()
        return None if row is None else as_lead(row)

    def about(self, person_nos: Sequence[str], rows: int) -> list[Lead]:
        """Of these persons, whatever the status."""
        d = Discrepancy
        query = (
            sa.select(*columns_for(self._role))
            .where(sa.or_(_among(d.person_no, person_nos), _among(d.person_no_2, person_nos)))
            .order_by(d.status != "open", d.priority, d.confidence.desc(), d.discrepancy_id)
            .limit(rows)
        )
        return [as_lead(row) for row in self._connection.execute(query)]

    def _list(self, filters: Filters, after: Cursor | None, rows: int) -> list[Lead]:
        d = Discrepancy
        query = sa.select(*columns_for(self._role)).where(*self._conditions(filters).values())
        if after is not None:
            query = query.where(
                d.priority >= after.priority,
                sa.or_(
                    d.priority > after.priority,
                    d.confidence < after.confidence,
                    sa.and_(d.confidence == after.confidence, d.discrepancy_id > after.discrepancy_id),
                ),
            )
        order = (d.priority, d.confidence.desc(), d.discrepancy_id)
        return [as_lead(row) for row in self._connection.execute(query.order_by(*order).limit(rows))]

    def _conditions(self, filters: Filters) -> dict[str, sa.ColumnElement[bool]]:
        """One per dimension that is narrowed."""
        d, wanted = Discrepancy, {}
        if filters.type:
            wanted["type"] = d.type == filters.type
        elif self._role == "contact":
            wanted["all"] = d.type.in_(sorted(OF_NOBODY))
        if filters.area and self._role != "contact":
            wanted["area"] = _among(d.area_code, self._places.codes_of(filters.area))
        if filters.age:
            wanted["age"] = self._age() == filters.age
        if filters.priority:
            wanted["priority"] = d.priority == int(filters.priority)
        if filters.confidence:
            wanted["confidence"] = _confidence() == filters.confidence
        if filters.status != EVERY:
            wanted["status"] = d.status == filters.status
        return wanted

    def _age(self) -> sa.ColumnElement[str]:
        first = Discrepancy.first_night
        return sa.case(
            (first >= self._today - timedelta(days=7), "week"),
            (first >= self._today - timedelta(days=30), "month"),
            else_="older",
        )

    def _dimensions(self) -> dict[str, sa.ColumnElement[Any]]:
        d = Discrepancy
        found: dict[str, sa.ColumnElement[Any]] = {
            "status": d.status.expression,
            "type": d.type.expression,
            "priority": sa.cast(d.priority, sa.Text()),
            "age": self._age(),
            "confidence": _confidence(),
        }
        if self._role != "contact":
            found["area"] = sa.func.coalesce(d.area_code, "")
        return found

    def _counts(self, filters: Filters) -> dict[str, Counter[str]]:
        """Per dimension the rows of each choice, all other filters kept."""
        counts: dict[str, Counter[str]] = {}
        conditions = self._conditions(filters)
        for name, column in self._dimensions().items():
            others = [condition for other, condition in conditions.items() if other != name]
            # By position: the same bound value twice is not the same expression to PostgreSQL.
            query = sa.select(column, sa.func.count()).where(*others).group_by(sa.literal_column("1"))
            counts[name] = Counter({str(value): int(rows) for value, rows in self._connection.execute(query)})
        if "area" in counts:
            counts["area"] = self._by_area(counts["area"])
        return counts

    def _by_area(self, codes: Counter[str]) -> Counter[str]:
        """Villages as they are, and townships with all that is in them."""
        found: Counter[str] = Counter()
        for code, rows in codes.items():
            if code:
                found[code] += rows
                township = self._places.township_of(code)
                if township != code:
                    found[township] += rows
        return found


def _among(column: Any, values: Sequence[str]) -> sa.ColumnElement[bool]:
    """By an array, which an index serves also under the policies."""
    return cast(
        "sa.ColumnElement[bool]", column == sa.any_(sa.literal(list(values), postgresql.ARRAY(sa.Text())))
    )


def _confidence() -> sa.ColumnElement[str]:
    column = Discrepancy.confidence
    return sa.case((column >= SURE, "high"), (column >= LIKELY, "middle"), else_="low")

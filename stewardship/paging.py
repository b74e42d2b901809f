"""One page of the queue, read along an index.

The index has the queue's order (priority, confidence, id) within a status, and for those bound to an area within each area. So a page
is made of the beginnings of a few branches (one per status and area) and of three ranges after the cursor, each as long as the
page at most. The inner query names columns of the index alone: what a filter leaves out is passed over without a look at the
table, and only the rows of the page are fetched. A department's contact sees few rows, found by the feed, and few are somebody's or were
reopened: those are read by an index of their own and then put in order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from register.asking import Question
from register.discrepancy_models import DISCREPANCY_STATUSES
from stewardship.cells import BOUND, of_types
from stewardship.filters import BANDS, EVERY, Cursor, Filters, Nights
from stewardship.leads import Lead
from stewardship.tabs import CHANGED, MINE, OVERDUE, UNASSIGNED

FORWARDS: Final = "{0}.priority, {0}.confidence DESC, {0}.discrepancy_id"
BACKWARDS: Final = "{0}.priority DESC, {0}.confidence, {0}.discrepancy_id DESC"
_PAGE: Final = """
SELECT {columns} FROM discrepancy AS d JOIN (
    SELECT found.discrepancy_id FROM {branches} CROSS JOIN LATERAL ({ranges}) AS found ORDER BY {order_found} LIMIT :rows
) AS page ON page.discrepancy_id = d.discrepancy_id ORDER BY {order}
"""
_RANGE: Final = """
(SELECT d.discrepancy_id, d.priority, d.confidence FROM discrepancy AS d
WHERE {conditions} ORDER BY {order} LIMIT :rows)
"""
_OF_FEW: Final = """
SELECT * FROM (SELECT {columns} FROM discrepancy AS d WHERE {conditions} OFFSET 0) AS d WHERE {ranges} ORDER BY {order} LIMIT :rows
"""
_STATUSES: Final = "unnest(CAST(:statuses AS text[])) AS branch (status)"
_AREAS: Final = " CROSS JOIN unnest({codes}) AS place (code)"
_ASKED_FOR: Final = "CAST(:codes AS text[])"
OWN_AREAS: Final = "CAST((SELECT desk_areas('{role}')) AS text[])"
_WITH_DIGEST: Final = """
SELECT min(user_id) FROM app_user WHERE left(encode(sha256(convert_to(user_id, 'UTF8')), 'hex'), 10) = :digest
"""
# Looked up for the rows that are come to alone, each by its key.
_FREE: Final = """
NOT coalesce((SELECT l.user_id <> (SELECT desk_user()) AND l.ends_at > :free_at
    FROM lease AS l WHERE l.discrepancy_id = d.discrepancy_id), false)
"""
# What comes after the cursor, in three parts of which each is one stretch of the index.
_AFTER: Final = (
    "d.priority = :at_priority AND d.confidence = :at_confidence AND d.discrepancy_id > :at_id",
    "d.priority = :at_priority AND d.confidence < :at_confidence",
    "d.priority > :at_priority",
)
_BEFORE: Final = (
    "d.priority = :at_priority AND d.confidence = :at_confidence AND d.discrepancy_id < :at_id",
    "d.priority = :at_priority AND d.confidence > :at_confidence",
    "d.priority < :at_priority",
)


def page_query(
    columns: Sequence[str],
    role: str,
    filters: Filters,
    codes: Sequence[str] | None,
    nights: Nights,
    cursor: Cursor | None,
    rows: int,
    *,
    is_backwards: bool = False,
    free_at: datetime | None = None,
) -> tuple[Question[Lead], dict[str, Any]]:
    """The statement for the rows after the cursor (before it when backwards, nearest first), and its parameters.

    Args:
        columns: of `discrepancy`; names of ours, never of a request.
        codes: the areas that are asked for; None: all that the role sees.
        free_at: without what a colleague has open then.
    """
    order = BACKWARDS if is_backwards else FORWARDS
    conditions, parameters = _conditions(filters, nights)
    if free_at is not None:
        conditions.append(_FREE)
        parameters["free_at"] = free_at
    parameters |= {"rows": rows} | _at(cursor)
    ranges = [""] if cursor is None else list(_BEFORE if is_backwards else _AFTER)
    named = ", ".join(f"d.{name}" for name in columns)
    statuses = [filters.status] if filters.status != EVERY else list(DISCREPANCY_STATUSES)
    if role == "contact" or filters.is_of_few:
        parameters["statuses"] = statuses
        few = [*conditions, "d.status = ANY (:statuses)"]
        if codes is not None:
            few.append("d.area_code = ANY (:codes)")
            parameters["codes"] = list(codes)
        any_of = " OR ".join(f"({one})" for one in ranges if one) or "true"
        text = _OF_FEW.format(
            columns=named, conditions=" AND ".join(few), ranges=any_of, order=order.format("d")
        )
        return _statement(text), parameters
    branches, within, given = _branches(role, codes)
    parameters |= {"statuses": statuses} | given
    parts = [
        _RANGE.format(
            conditions=" AND ".join(part for part in (*within, *conditions, one) if part),
            order=order.format("d"),
        )
        for one in ranges
    ]
    text = _PAGE.format(
        columns=named,
        branches=branches,
        ranges=" UNION ALL ".join(parts),
        order_found=order.format("found"),
        order=order.format("d"),
    )
    return _statement(text), parameters


@lru_cache(1024)
def _statement(text: str) -> Question[Lead]:
    return Question(text, Lead)


def _at(cursor: Cursor | None) -> dict[str, Any]:
    if cursor is None:
        return {}
    return {
        "at_priority": cursor.priority,
        "at_confidence": cursor.confidence,
        "at_id": cursor.discrepancy_id,
    }


def _branches(role: str, codes: Sequence[str] | None) -> tuple[str, list[str], dict[str, Any]]:
    """What the page is put together from, the condition of each branch, and what they need to know."""
    within = ["d.status = branch.status"]
    if codes is not None:
        return (
            _STATUSES + _AREAS.format(codes=_ASKED_FOR),
            [*within, "d.area_code = place.code"],
            {"codes": list(codes)},
        )
    if role in BOUND:
        return (
            _STATUSES + _AREAS.format(codes=OWN_AREAS.format(role=role)),
            [*within, "d.area_code = place.code"],
            {},
        )
    return _STATUSES, within, {}


def _conditions(filters: Filters, nights: Nights) -> tuple[list[str], dict[str, Any]]:
    """Of the filters that are no branch."""
    told = list(_told(filters, nights))
    return [condition for condition, _ in told], {
        name: value for _, given in told for name, value in given.items()
    }


def _told(filters: Filters, nights: Nights) -> Iterator[tuple[str, dict[str, Any]]]:
    if filters.type:
        of_one, of_several = {"type": filters.type}, {"types": filters.types}
        yield of_types(filters, "d"), of_several if "," in filters.type else of_one
    if filters.priority:
        yield "d.priority = :priority", {"priority": int(filters.priority)}
    if filters.confidence:
        low, high = BANDS[filters.confidence]
        yield from _between("d.confidence", "confidence", low, high)
    if filters.age:
        yield from _between("d.first_night", "night", *nights.of(filters.age))
    if filters.feed:
        yield ":feed = ANY (d.feeds)", {"feed": filters.feed}
    yield from of_tab(filters.what, nights)
    yield from of_whose(filters.whose)


def of_tab(what: str, nights: Nights) -> Iterator[tuple[str, dict[str, Any]]]:
    """The condition on a row `d` that is overdue or changed, with its parameters."""
    if what == CHANGED:
        yield "d.reopened_night IS NOT NULL", {}
    elif what == OVERDUE:
        cases = " ".join(f"WHEN {number} THEN :due_{number}" for number in range(1, len(nights.due) + 1))
        due = {f"due_{number}": night for number, night in enumerate(nights.due, start=1)}
        yield f"d.first_night < CASE d.priority {cases} ELSE :due_{len(due)} END", due


def of_whose(whose: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The condition on a row `d` of this assignee, with its parameters."""
    if whose == UNASSIGNED:
        yield "d.assignee IS NULL", {}
    elif whose == MINE:
        yield "d.assignee = (SELECT desk_user())", {}
    elif whose:
        yield f"d.assignee = ({_WITH_DIGEST})", {"digest": whose.removeprefix("of-")}


def _between(column: str, name: str, start: Any, end: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if start is not None:
        yield f"{column} >= :{name}_from", {f"{name}_from": start}
    if end is not None:
        yield f"{column} < :{name}_to", {f"{name}_to": end}

"""How many rows each choice of the queue would show, from the tally that the store keeps with every change (`register.tally_models`).

A county's queue has a hundred thousand rows and its tally some thousands. Only how many of some areas are some months old at most is not
in it: those are read along an index, and what is older is the rest. What is assigned, and what was reopened after a decision, is
little beside the queue and read along indexes of its own; what is unassigned is the rest (`stewardship.cells`). All is read in one
transaction that sees one state of the store, and under the same policies as the list, so that the numbers agree with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from stewardship.cells import Cell, Cells, Read, read_cells
from stewardship.filters import EVERY, Filters, Nights
from stewardship.sums import sums
from stewardship.tabs import CHANGED, MINE, OF_ASSIGNEE, TABS, UNASSIGNED, whose_of

# Under which the tally has whichever night, and the whole county.
WHICHEVER: Final = sa.text("'infinity'::date")
COUNTY: Final = sa.text("'*'")
DIMENSIONS: Final = Cell._fields


def counts(
    connection: Connection, role: str, filters: Filters, codes: Sequence[str] | None, nights: Nights
) -> dict[str, Counter[str]]:
    """Dimension → choice → rows, all other filters kept; `area` by the code of the rows, `feed`, `tab` and `assignee` (by account name,
    nobody by none), which a contact is not told.

    Args:
        codes: the areas that the filter leaves; None: all that the user sees.
    """
    asked = _asked_of(filters)
    if role == "contact":
        return _along(read_cells(connection, role, filters, codes, nights).all, asked)
    parts = sums(role, filters, codes is not None, nights)
    read = read_cells(connection, role, filters, codes, nights, parts)
    found = _along(_cells(read, filters.what, filters.whose), asked)
    found["tab"] = Counter({tab: _rows(_of_tab(read, tab, filters.assignee), asked) for tab in TABS})
    found["assignee"] = Counter({user: _rows(of, asked) for user, of in read.assigned[filters.what].items()})
    found["assignee"][""] = _rows(_cells(read, filters.what, UNASSIGNED), asked)
    return found | {"area": +read.area, "feed": +read.feed}


def total(counted: dict[str, Counter[str]], filters: Filters) -> int:
    """How many rows the filters leave."""
    of_type = counted["type"]
    return sum(of_type[one] for one in filters.types or of_type)


_OPEN: Final = """
SELECT type, CAST(sum(rows) AS bigint) FROM discrepancy_tally
WHERE first_night = 'infinity' AND status = 'open' AND type = ANY (:types) AND area_code {areas} GROUP BY type
"""
_OPEN_OF: Final = {
    role: sa.text(_OPEN.format(areas="= '*'" if role == "steward" else "<> '*'"))
    for role in ("clerk", "officer", "steward")
}


def open_of(connection: Connection, role: str, types: Sequence[str]) -> Counter[str]:
    """How many of these types are open, of all that the user sees."""
    rows = connection.execute(_OPEN_OF[role], {"types": list(types)})
    return Counter({type_: int(number) for type_, number in rows})


_LATE: Final = """
SELECT split_part(subject, ':', 1), count(*) FROM discrepancy
WHERE type = 'feed_overdue' AND status = ANY ('{{open,waiting}}') AND {place} GROUP BY 1 ORDER BY 1
"""
_LATE_IN: Final = {
    within: sa.text(_LATE.format(place=place))
    for within, place in ((True, "area_code = ANY (:codes)"), (False, "true"))
}


def late_feeds(connection: Connection, codes: Sequence[str] | None) -> dict[str, int]:
    """Feed → files that are late, of these areas or of all that the user sees: some tens of rows along the index by type."""
    given = {} if codes is None else {"codes": list(codes)}
    found = connection.execute(_LATE_IN[codes is not None], given)
    return {feed: int(files) for feed, files in found.tuples()}


def _of_tab(read: Read, tab: str, assignee: str) -> Cells:
    """What a tab holds, of the assignee that is asked for where it leaves the choice."""
    return _cells(read, "", tab) if tab in OF_ASSIGNEE else _cells(read, tab, assignee)


def _cells(read: Read, what: str, whose: str) -> Cells:
    """What is overdue, changed, or all, of one user, of nobody, or of all."""
    held = read.assigned[what]
    if whose == MINE:
        return held.get(read.me, Counter())
    if whose not in ("", UNASSIGNED):
        return next((of for user, of in held.items() if whose_of(user) == whose), Counter())
    whole = {"": read.all, CHANGED: read.changed}.get(what)
    if whole is None:
        whole = _without(read.all, read.fresh)
    return _without(whole, *held.values()) if whose else whole


def _without(cells: Cells, *others: Cells) -> Cells:
    left = Counter(cells)
    for of in others:
        left.subtract(of)
    return left


Asked = Sequence[tuple[int, Collection[str]]]  # the places in a cell, and of what one has to stand there


def _asked_of(filters: Filters) -> Asked:
    every = {name: [value] if (value := getattr(filters, name)) else [] for name in DIMENSIONS}
    wanted = every | {"type": filters.types, "status": [] if filters.status == EVERY else [filters.status]}
    return [(place, values) for place, values in enumerate(wanted.values()) if values]


def _along(cells: Cells, asked: Asked) -> dict[str, Counter[str]]:
    """Dimension → choice → rows that have all that is asked for but, maybe, that of the dimension itself."""
    found: dict[str, Counter[str]] = {name: Counter() for name in DIMENSIONS}
    every = list(enumerate(found.values()))
    for cell, rows in cells.items():
        if not rows:
            continue
        others = [place for place, values in asked if cell[place] not in values]
        if not others:
            for place, of in every:
                of[cell[place]] += rows
        elif len(others) == 1:
            place, of = every[others[0]]
            of[cell[place]] += rows
    for of in found.values():
        of.pop("", None)  # of rows that are known by what was asked for alone
    return found


def _rows(cells: Cells, asked: Asked) -> int:
    return sum(rows for cell, rows in cells.items() if all(cell[at] in values for at, values in asked))

"""How many discrepancies there are of each type and status."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from stewardship.api.callers import Counter
from stewardship.api.problems import documented
from stewardship.api.shapes import Counts, TypeCount
from stewardship.listing import counted
from stewardship.visits import Here

router: Final = APIRouter(tags=["counts"])


@router.get("/counts", responses=documented())
def counts(here: Here, caller: Counter) -> Counts:
    """Of the whole county: what an operator may know."""
    with caller.work(here, read_only=True) as work:
        found = counted(work.connection)
    return Counts(
        items=[
            TypeCount(type=type_, status=status, rows=rows) for (type_, status), rows in sorted(found.items())
        ]
    )

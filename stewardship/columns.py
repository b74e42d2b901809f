"""Which columns the rows of the queue have: whom a row is about, its sentence and its link always, of the others what this browser shows.

What is left out stands in a cookie, by names of columns and nothing else; a column that comes later is shown until somebody leaves it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from stewardship.pages import YEAR_SECONDS, set_cookie
from stewardship.queue import read_cursor, read_filters
from stewardship.security import COLUMNS
from stewardship.visits import DECIDING_ROLES, Form, Reader
from stewardship.words import N_

router: Final = APIRouter()
# In the order of the row. A type that is left out leaves the sign of the status.
OPTIONAL: Final[Mapping[str, str]] = {
    "type": N_("Type"),
    "values": N_("Value now and proposed"),
    "assignee": N_("Assigned to"),
    "place": N_("Place"),
    "rows": N_("Rows it rests on"),
    "days": N_("Days"),
    "confidence": N_("Confidence"),
}
OF_THE_COUNTY: Final = frozenset({"assignee", "place"})  # a department's contact is told neither


def columns_of(role: str) -> dict[str, str]:
    """Column → word, of those that this role may show or leave out."""
    return {
        name: word for name, word in OPTIONAL.items() if role in DECIDING_ROLES or name not in OF_THE_COUNTY
    }


def left_out(request: Request) -> frozenset[str]:
    """What this browser leaves out; names that are none of a column are passed over."""
    return frozenset(OPTIONAL).intersection(request.cookies.get(COLUMNS, "").split("."))


@router.post("/queue/columns")
def choose_columns(request: Request, visitor: Reader, form: Form) -> Response:
    """Shows the columns that are ticked, or all; what another role of this browser left out stays so."""
    own, before = columns_of(visitor.role), left_out(request)
    unticked = own.keys() - form.keys() if form.get("do") != "all" else set()
    left = [name for name in OPTIONAL if name in unticked or (name in before and name not in own)]
    after = read_cursor(request.query_params.get("after", ""))
    place = read_filters(request.query_params).place(f"after={after}" if after else "")
    response = RedirectResponse(place, 303)
    set_cookie(response, request, COLUMNS, ".".join(left), YEAR_SECONDS if left else 0)
    return response

"""Saving the filters of the queue under a name, for oneself. An address has the filters, the name is in no address."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from register.errors import Conflict, InvalidInput
from stewardship.errors import NotThere
from stewardship.queue import read_filters
from stewardship.visits import Decider, Form, Here

router: Final = APIRouter()
LARGEST: Final = 2**63


@router.post("/queue/views")
def save_view(request: Request, here: Here, visitor: Decider, form: Form) -> Response:
    filters, said = read_filters(request.query_params), ""
    try:
        with here.desk.as_user(visitor.user_id, visitor.role) as work:
            work.saved_views.save(visitor.user_id, form.get("name", "")[:200], filters.query())
    except (Conflict, InvalidInput):
        said = "view=refused"
    return RedirectResponse(filters.place(said), 303)


@router.post("/queue/views/{view_id}/remove")
def remove_view(request: Request, here: Here, visitor: Decider, form: Form, view_id: int) -> Response:
    if not 0 < view_id < LARGEST:
        raise NotThere
    try:
        with here.desk.as_user(visitor.user_id, visitor.role) as work:
            work.saved_views.remove(view_id, here.now())
    except Conflict:
        raise NotThere from None
    return RedirectResponse(read_filters(request.query_params).place(), 303)

"""Worklists of what another system selected."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from stewardship.api.callers import Decider
from stewardship.api.problems import ApiProblem, documented
from stewardship.api.shapes import Select, Worklist
from stewardship.visits import Here
from stewardship.worklists.selecting import put_on_list

router: Final = APIRouter(tags=["worklists"])


@router.post("/worklists", status_code=201, responses=documented(409, 411, 413))
def make(here: Here, caller: Decider, body: Select) -> Worklist:
    """One list, of those that somebody can be asked about as things are now; of the same ones it is the list that there is. 409 where
    they lie in several areas, or nobody can be asked about any.
    """
    ids = list(dict.fromkeys(body.discrepancies))
    with caller.work(here) as work:
        selected = put_on_list(work, ids, caller, here, body.language or "")
    if selected.made is None:
        raise ApiProblem(409, "impossible", fields=["body.discrepancies"])
    made = selected.made
    return Worklist(
        worklist_id=made.worklist_id,
        area_code=made.area_code,
        types=list(made.types),
        language=made.language,
        rows=made.rows,
        made_at=made.made_at,
        left_out=[id_ for id_ in ids if id_ not in selected.listed],
    )

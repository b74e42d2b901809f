"""What is to be proposed of a discrepancy, as its form says it: each type's by the reader of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from register.work import UnitOfWork
from stewardship.leads import NEWCOMERS, Lead, standing
from stewardship.listing import today_of
from stewardship.places import read_places
from stewardship.proposing import adding, entering, joining, numbers, parting, suggested
from stewardship.proposing.forms import Asked, Filled, Reader
from stewardship.showing import is_by_form
from stewardship.visits import House, Visitor

# Where somebody has to say whose, who, or in which household.
READERS: Final[Mapping[str, Reader]] = {
    "shared_id_number": numbers.read,
    "wrong_household": parting.read,
    "missing_household": entering.read,
    "duplicate_household": joining.read,
}


def asked_in(work: UnitOfWork, here: House, visitor: Visitor, lead: Lead, form: Mapping[str, str]) -> Asked:
    return Asked(
        work=work,
        here=here,
        visitor=visitor,
        lead=lead,
        standing=standing(work.connection, lead.discrepancy_id, visitor.user_id, here.now()),
        places=read_places(work.connection),
        today=today_of(here),
        form=form,
    )


def filled(asked: Asked) -> Filled:
    """Raises: NotThere, where nothing can be proposed."""
    if asked.lead.type in NEWCOMERS:
        return adding.read(asked)
    return READERS[asked.lead.type](asked) if is_by_form(asked.lead) else suggested.read(asked)

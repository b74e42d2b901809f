"""The decks of the clerical review as addresses: what leads away from a deck leads back to the place in it.

A place is the number of a pair; what comes after it is found by the queue's order. So nothing grows in the address, and a pair that was
passed over stays behind until the deck begins anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.responses import RedirectResponse, Response

from stewardship.leads import Lead
from stewardship.visits import House, Visitor

DECKS: Final = ("possible_link", "duplicate_person")
FROM_DECK: Final = "from=review"


def is_from_deck(query: Mapping[str, str]) -> bool:
    """Whether a page or form that is not the review's own was come to from there."""
    return query.get("from") == "review"


def place_in_deck(lead: Lead, what: str) -> str:
    """Address of the review at a pair (`at`), behind it (`skip`), or behind it with the offer to take its answer back (`done`)."""
    deck = lead.type if lead.type in DECKS else DECKS[0]
    return f"/review?type={deck}&{what}={lead.discrepancy_id}"


def onwards_in_deck(here: House, visitor: Visitor, lead: Lead) -> Response:
    """To the pair behind the one that was answered."""
    with here.desk.as_user(visitor.user_id, visitor.role) as work:
        work.leases.release(lead.discrepancy_id, visitor.user_id, here.now())
    return RedirectResponse(place_in_deck(lead, "done"), 303)

"""Which pages of the administration a role has: who administers accounts decides no discrepancies, and the other way round."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from stewardship.errors import NotThere
from stewardship.visits import AnyVisitor
from stewardship.words import N_

router: Final = APIRouter()
ACCOUNTS: Final = ("operator",)
AUDITING: Final = ("auditor",)
RULES: Final = ("steward",)
REFERENCE: Final = ("steward", "operator")
# Address → its word and the roles that have it; the first that a role has is where the navigation leads.
SECTIONS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "/administration/users": (N_("Users"), ACCOUNTS),
    "/administration/integrations": (N_("Integrations"), ACCOUNTS),
    "/administration/rules": (N_("Rules of the nights"), RULES),
    "/administration/reference": (N_("Models and reference data"), REFERENCE),
    "/audit": (N_("Audit chain"), AUDITING),
}


def key_of(user_id: str) -> str:
    """What an address has instead of the name of an account."""
    return hashlib.sha256(user_id.encode()).hexdigest()[:16]


def sections_of(role: str) -> dict[str, str]:
    return {place: word for place, (word, roles) in SECTIONS.items() if role in roles}


@router.get("/administration")
def administration(visitor: AnyVisitor) -> Response:
    found = sections_of(visitor.role)
    if not found:
        raise NotThere
    return RedirectResponse(next(iter(found)), 303)

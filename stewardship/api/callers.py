"""Who asks: the token of an integration, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from register.accounts import AccountStore, Session
from register.work import UnitOfWork
from stewardship.api.problems import ApiProblem, language_of
from stewardship.deliveries.routes import SEEING
from stewardship.errors import NotThere
from stewardship.visits import DECIDING_ROLES, PROPOSING_ROLES, QUEUE_ROLES, House, Visitor, house

BEARER: Final = HTTPBearer(auto_error=False, description="The token of an integration")
ASKS_FOR_TOKEN: Final = {"WWW-Authenticate": "Bearer"}
LONGEST_TOKEN: Final = 200
Shown = Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]


@dataclass(frozen=True)
class Caller(Visitor):
    """An account by whose token an integration acts."""

    integration: str

    def work(self, here: House, *, read_only: bool = False) -> AbstractContextManager[UnitOfWork]:
        """A transaction of what the account may in the token's role; its audit entries name the integration."""
        return here.desk.as_user(self.user_id, self.role, read_only=read_only, integration=self.integration)


def caller(request: Request, shown: Shown) -> Caller:
    """Raises: ApiProblem. A wrong token counts as a failure to sign in of its address; none at all does not."""
    here, now = house(request), house(request).now()
    if shown is None or len(shown.credentials) > LONGEST_TOKEN:
        raise ApiProblem(401, "no-token", headers=ASKS_FOR_TOKEN)
    address = request.client.host if request.client is not None else "unknown"
    with here.desk.at_the_gate() as work:
        found = work.integrations.of_token(shown.credentials, now)
        refused = None
        if found is None:
            refused = AccountStore(work.connection, here.settings.rules).refuse_token(address, now)
    if found is None:
        if refused is not None and refused.retry_at is not None:
            seconds = max(1, round((refused.retry_at - now).total_seconds()))
            raise ApiProblem(429, "too-many", headers={"Retry-After": str(seconds)})
        raise ApiProblem(401, "no-token", headers=ASKS_FOR_TOKEN)
    session = Session(found.user_id, found.user_id, found.role, (found.role,), False, found.ends_at)
    return Caller(session, found.role, language_of(request.headers), found.name)


def acting_as(*roles: str) -> Callable[[Caller], Caller]:
    """For routes that are there for some roles only."""

    def allowed(found: Annotated[Caller, Depends(caller)]) -> Caller:
        if found.role not in roles:
            raise NotThere
        return found

    return allowed


Reader = Annotated[Caller, Depends(acting_as(*QUEUE_ROLES))]
Decider = Annotated[Caller, Depends(acting_as(*DECIDING_ROLES))]
Proposer = Annotated[Caller, Depends(acting_as(*PROPOSING_ROLES))]
Counter = Annotated[Caller, Depends(acting_as("operator", "steward"))]
Receiver = Annotated[Caller, Depends(acting_as(*SEEING))]
Contact = Annotated[Caller, Depends(acting_as("contact"))]

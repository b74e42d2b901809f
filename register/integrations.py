"""Tokens of integrations: other systems that act at the API for an account, in one of its roles.

A token is shown once and kept as a hash, ends after some days, and is revoked at once. What it may see and do is what the account
holds at the moment of each request: a role taken back, or an account disabled, counts from the next one.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.account_models import AppUser, IntegrationToken
from register.accounts import TOKEN_BYTES, hashed
from register.audit import AuditChain, Event
from register.errors import Conflict, InvalidInput
from register.grants import GrantStore

NAME: Final = re.compile(r"[a-z][a-z0-9._-]{1,39}")
PREFIX: Final = "bulou_"  # so that a token that lies about is known for what it is
MOST_DAYS: Final = 366
SEEN_EVERY: Final = timedelta(minutes=1)  # how often the last use is written down


@dataclass(frozen=True)
class Integration:
    """A token as it stands, without itself."""

    token_id: int
    name: str
    user_id: str
    role: str
    made_by: str
    made_at: datetime
    ends_at: datetime
    seen_at: datetime | None
    revoked_at: datetime | None


_COLUMNS: Final = tuple(getattr(IntegrationToken, name) for name in Integration.__annotations__)


class IntegrationStore:
    """The tokens of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def make(self, name: str, user_id: str, role: str, days: int, actor: str, now: datetime) -> str:
        """A new token, which is kept nowhere. Raises: InvalidInput, Conflict when one of that name stands."""
        if not NAME.fullmatch(name):
            raise InvalidInput(
                "a token's name is small letters, digits, dots, hyphens; 2 to 40 of them", "name"
            )
        if not 1 <= days <= MOST_DAYS:
            raise InvalidInput(f"a token lasts 1 to {MOST_DAYS} days", "days")
        grants = GrantStore(self._connection)
        user = grants.user(user_id)
        if user is None or user.disabled_at is not None:
            raise InvalidInput(f"there is no account {user_id}, or it is disabled", "holder")
        if role not in grants.roles_of(user_id):
            raise InvalidInput(f"{user_id} does not hold this role", "holder")
        if self._connection.scalar(
            sa.select(sa.select(IntegrationToken.token_id).where(*_standing(name)).exists())
        ):
            raise Conflict(f"there is a token {name} already; revoke it first")
        token = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
        values = {"name": name, "user_id": user_id, "role": role, "token_hash": hashed(token)}
        made = {"made_by": actor, "made_at": now, "ends_at": now + timedelta(days=days)}
        self._connection.execute(sa.insert(IntegrationToken).values(**values, **made))
        self._tell(actor, "integration.make", name, user=user_id, role=role, days=days)
        return token

    def revoke(self, name: str, actor: str, now: datetime, token_id: int | None = None) -> None:
        """Counts from the next request. Raises: InvalidInput, also when another of this name stands than the `token_id` that was seen."""
        update = sa.update(IntegrationToken).where(*_standing(name))
        if token_id is not None:
            update = update.where(IntegrationToken.token_id == token_id)
        if not self._connection.execute(update.values(revoked_at=now, revoked_by=actor)).rowcount:
            raise InvalidInput("there is no such token that stands")
        self._tell(actor, "integration.revoke", name)

    def all(self) -> list[Integration]:
        """Also those that have ended or were revoked; by name, the newest first."""
        query = sa.select(*_COLUMNS).order_by(IntegrationToken.name, IntegrationToken.token_id.desc())
        return [Integration(**row._mapping) for row in self._connection.execute(query)]

    def of_token(self, token: str, now: datetime) -> Integration | None:
        """Who has this token, while it stands and the account may still act in the role."""
        table = IntegrationToken
        query = (
            sa.select(*_COLUMNS)
            .join(AppUser, AppUser.user_id == table.user_id)
            .where(
                table.token_hash == hashed(token),
                table.revoked_at.is_(None),
                table.ends_at > now,
                AppUser.disabled_at.is_(None),
            )
        )
        row = self._connection.execute(query).one_or_none()
        if row is None or row.role not in GrantStore(self._connection).roles_of(row.user_id):
            return None
        if row.seen_at is None or now - row.seen_at >= SEEN_EVERY:
            seen = sa.update(table).where(table.token_hash == hashed(token))
            self._connection.execute(seen.values(seen_at=now))
        return Integration(**row._mapping)

    def _tell(self, actor: str, action: str, name: str, **details: str | int) -> None:
        AuditChain(self._connection).record(Event(actor, action, "integration", name, details))


def _standing(name: str) -> tuple[sa.ColumnElement[bool], ...]:
    return IntegrationToken.name == name, IntegrationToken.revoked_at.is_(None)

"""What administrators do to accounts, at the desk and on the command line: the same acts under the same rules.

Whoever sits at the machine (`operator` in the audit chain) may do all of it. An account that administers at the desk may not touch
itself, has to say what it saw of the other account, and cannot take away the last account that administers: of two who lock each
other at the same moment, the second finds that it is no longer an operator.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.account_models import AppGrant, AppSession, AppUser, SignInToken
from register.accounts import AccountRules, AccountStore
from register.errors import Conflict, InvalidInput, NotAllowed
from register.grants import Grant, GrantStore, User

MACHINE: Final = "operator"  # who acts in the audit chain at the command line, without an account
ADMINISTERING: Final = "operator"  # the role that administers accounts at the desk
_SEEN: Final = re.compile(r"[01](\.\d{1,18})*")
# Held to the end of the transaction: who administers waits for who else does.
_LOCK: Final = sa.text("SELECT pg_advisory_xact_lock(hashtext('accounts'))")


@dataclass(frozen=True)
class PastGrant:
    """A grant that stands or stood, with who gave and took it."""

    grant: Grant
    granted_by: str
    granted_at: datetime
    revoked_by: str | None
    revoked_at: datetime | None


@dataclass(frozen=True)
class Account:
    """An account as administrators see it; `token_until` while a one-time token can still be used."""

    user: User
    grants: tuple[Grant, ...]
    sessions: int = 0
    token_until: datetime | None = None

    @property
    def seen(self) -> str:
        """What of it an act depends on: whether it is locked, and the grants that stand."""
        return ".".join([str(int(self.user.disabled_at is None)), *(str(g.grant_id) for g in self.grants)])

    @property
    def administers(self) -> bool:
        return self.user.disabled_at is None and any(g.role == ADMINISTERING for g in self.grants)


@dataclass(frozen=True)
class Changed:
    """What became of an account since somebody saw it."""

    was_locked: bool
    given: tuple[PastGrant, ...]
    taken: tuple[PastGrant, ...]


class Administration:
    """The accounts of one transaction.

    Args:
        feeds: what a contact may be of.
    """

    def __init__(
        self, connection: Connection, feeds: Collection[str], rules: AccountRules | None = None
    ) -> None:
        self._connection = connection
        self._feeds = feeds
        self._grants = GrantStore(connection)
        self._accounts = AccountStore(connection, rules or AccountRules())

    def accounts(self) -> list[Account]:
        """All, by account name; without sessions."""
        held: dict[str, list[Grant]] = defaultdict(list)
        columns = (AppGrant.grant_id, AppGrant.user_id, AppGrant.role, AppGrant.area_code, AppGrant.feed)
        query = sa.select(*columns).where(AppGrant.revoked_at.is_(None)).order_by(AppGrant.grant_id)
        for row in self._connection.execute(query):
            held[row.user_id].append(Grant(*row))
        return [Account(user, tuple(held[user.user_id])) for user in self._grants.users()]

    def account(self, user_id: str, now: datetime) -> Account | None:
        user = self._grants.user(user_id)
        if user is None:
            return None
        sessions = sa.select(sa.func.count()).where(
            AppSession.user_id == user_id, AppSession.ended_at.is_(None), AppSession.ends_at > now
        )
        token = sa.select(sa.func.max(SignInToken.ends_at)).where(
            SignInToken.user_id == user_id, SignInToken.used_at.is_(None), SignInToken.ends_at > now
        )
        return Account(
            user,
            tuple(self._grants.of(user_id)),
            int(self._connection.scalar(sessions) or 0),
            self._connection.scalar(token),
        )

    def past(self, user_id: str) -> list[PastGrant]:
        """All grants there ever were, newest first."""
        g = AppGrant
        columns = (g.grant_id, g.user_id, g.role, g.area_code, g.feed)
        more = (g.granted_by, g.granted_at, g.revoked_by, g.revoked_at)
        query = sa.select(*columns, *more).where(g.user_id == user_id).order_by(g.grant_id.desc())
        return [PastGrant(Grant(*row[:5]), *row[5:]) for row in self._connection.execute(query)]

    def changed_since(self, user_id: str, seen: str) -> Changed:
        """Of what somebody saw; text that is no such thing is as if nothing had been there."""
        locked, *ids = seen.split(".") if _SEEN.fullmatch(seen) else ["1"]
        known = {int(number) for number in ids}
        past = self.past(user_id)
        return Changed(
            locked == "0",
            tuple(p for p in past if p.revoked_at is None and p.grant.grant_id not in known),
            tuple(p for p in past if p.revoked_at is not None and p.grant.grant_id in known),
        )

    def add(
        self, user_id: str, shown: str, role: str, actor: str, now: datetime, **where: str | None
    ) -> None:
        """With a first role (`area_code` or `feed` as in `GrantStore.grant`). Raises: InvalidInput, Conflict."""
        self._enter(actor, user_id)
        self._grants.add_user(user_id, shown, actor, now)
        self._give(user_id, role, actor, now, where)

    def token(self, user_id: str, actor: str, now: datetime, seen: str | None = None) -> str:
        """A token that signs in once, to set a password. Raises: InvalidInput, Conflict, NotAllowed."""
        self._enter(actor, user_id, seen)
        return self._accounts.make_token(user_id, actor, now)

    def give(
        self,
        user_id: str,
        role: str,
        actor: str,
        now: datetime,
        seen: str | None = None,
        **where: str | None,
    ) -> Grant:
        """Raises: InvalidInput, Conflict, NotAllowed."""
        self._enter(actor, user_id, seen)
        return self._give(user_id, role, actor, now, where)

    def withdraw(
        self, user_id: str, grant_id: int, actor: str, now: datetime, seen: str | None = None
    ) -> Grant:
        """Counts from the next thing that the user does. Raises: InvalidInput, Conflict, NotAllowed."""
        self._enter(actor, user_id, seen)
        if grant_id not in {grant.grant_id for grant in self._grants.of(user_id)}:
            raise InvalidInput("this account does not hold this", "role")
        taken = self._grants.revoke(grant_id, actor, now)
        self._leave(actor)
        return taken

    def lock(self, user_id: str, actor: str, now: datetime, seen: str | None = None) -> int:
        """Ends all that is open, and returns how many sessions that were. Raises: InvalidInput, Conflict, NotAllowed."""
        self._enter(actor, user_id, seen)
        self._grants.disable(user_id, actor, now)
        ended = self._accounts.end_sessions(user_id, actor, now)
        self._leave(actor)
        return ended

    def unlock(self, user_id: str, actor: str, seen: str | None = None) -> None:
        """Roles and password are as they were. Raises: InvalidInput, Conflict, NotAllowed."""
        self._enter(actor, user_id, seen)
        self._grants.enable(user_id, actor)

    def end_sessions(self, user_id: str, actor: str, now: datetime, seen: str | None = None) -> int:
        """Raises: Conflict, NotAllowed."""
        self._enter(actor, user_id, seen)
        return self._accounts.end_sessions(user_id, actor, now)

    def _give(
        self, user_id: str, role: str, actor: str, now: datetime, where: Mapping[str, str | None]
    ) -> Grant:
        feed = where.get("feed")
        if feed is not None and feed not in self._feeds:
            raise InvalidInput(f"there is no feed {feed}; feeds are {', '.join(self._feeds)}", "feed")
        return self._grants.grant(user_id, role, actor, now, area_code=where.get("area_code"), feed=feed)

    def _enter(self, actor: str, user_id: str, seen: str | None = None) -> None:
        """Raises: NotAllowed for who may not, Conflict when the account is no longer what was seen."""
        self._connection.execute(_LOCK)
        if actor == MACHINE:
            return
        if actor == user_id:
            raise NotAllowed("nobody administers the own account")
        if not self._operators()[actor]:
            raise NotAllowed("this account administers no others")
        if seen is not None:
            user = self._grants.user(user_id)
            if user is None or Account(user, tuple(self._grants.of(user_id))).seen != seen:
                raise Conflict("the account has changed meanwhile")

    def _leave(self, actor: str) -> None:
        """Raises: NotAllowed when nobody would be left at the desk who can give a role back."""
        if actor != MACHINE and not self._operators():
            raise NotAllowed("the last account that administers stays")

    def _operators(self) -> Counter[str]:
        """The accounts that administer now."""
        query = (
            sa.select(AppUser.user_id)
            .join(AppGrant, AppGrant.user_id == AppUser.user_id)
            .where(
                AppUser.disabled_at.is_(None), AppGrant.role == ADMINISTERING, AppGrant.revoked_at.is_(None)
            )
        )
        return Counter(self._connection.scalars(query))

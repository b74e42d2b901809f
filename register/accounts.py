"""Signing in: passwords, one-time tokens, sessions, and what is done against guessing.

All of it goes through the gate (`Desk.at_the_gate`). A refusal is an answer and no exception, because what it wrote (a
failure counted, an audit entry) must stand: the transaction is to be committed. It says the same for a wrong
password, an unknown account and a disabled one, and takes as long.

Guessing is slowed twice: by account name, so that one password cannot be tried out, and by address, so that one
password cannot be tried on all accounts. Who locks somebody else out does so for an hour at most, and the one-time token of an
operator signs in all the same.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from register.account_models import AppSession, AppUser, Credential, SignInToken, Throttle
from register.asking import Question
from register.audit import AuditChain, Event
from register.errors import InvalidInput, NotAllowed
from register.grants import GrantStore, held_roles, in_order
from register.passwords import Hashing, check_password

UNKNOWN: Final = "unknown"
TOKEN_BYTES: Final = 32


class _Asked(NamedTuple):
    """A session, and what its user holds."""

    user_id: str
    role: str | None
    must_change: bool
    ends_at: datetime
    seen_at: datetime
    display_name: str
    held: Sequence[str]


_OF_SESSION: Final = [getattr(AppSession, name) for name in _Asked._fields[:-2]]
# Made once: every request asks this.
_SESSION: Final = Question(
    sa.select(*_OF_SESSION, AppUser.display_name, held_roles(AppSession.user_id).label("held"))
    .join(AppUser, AppUser.user_id == AppSession.user_id)
    .where(
        AppSession.token_hash == sa.bindparam("token"),
        AppSession.ended_at.is_(None),
        AppSession.ends_at > sa.bindparam("now"),
        AppSession.seen_at > sa.bindparam("seen"),
        AppUser.disabled_at.is_(None),
    ),
    _Asked,
)


@dataclass(frozen=True)
class AccountRules:
    """How long things last and how often one may fail."""

    idle: timedelta = timedelta(minutes=30)
    longest: timedelta = timedelta(hours=12)
    token_lasts: timedelta = timedelta(hours=24)
    seen_every: timedelta = timedelta(minutes=1)  # how often a session's last use is written down
    failures: int = 5  # of one account name; then it is blocked, each time twice as long
    first_block: timedelta = timedelta(minutes=1)
    longest_block: timedelta = timedelta(hours=1)
    failures_of_address: int = 30
    window: timedelta = timedelta(minutes=15)
    hashing: Hashing = Hashing()


@dataclass(frozen=True)
class Session:
    """A user who is signed in. `role` is the one acted in; None while there are several to choose from.

    While `must_change`, nothing may be done but setting a password.
    """

    user_id: str
    display_name: str
    role: str | None
    roles: tuple[str, ...]
    must_change: bool
    ends_at: datetime


@dataclass(frozen=True)
class SignedIn:
    """`token` goes to the user and is kept nowhere."""

    token: str
    session: Session


@dataclass(frozen=True)
class Refused:
    """No more is said than that it did not work, or when it may be tried again."""

    retry_at: datetime | None = None


class AccountStore:
    """The accounts of one transaction through the gate."""

    def __init__(self, connection: Connection, rules: AccountRules = AccountRules()) -> None:
        self._connection = connection
        self._rules = rules
        self._grants = GrantStore(connection)

    def sign_in(self, user_id: str, password: str, address: str, now: datetime) -> SignedIn | Refused:
        """With a password. `address` is the client's, of which a hash is kept."""
        keys = {"account": hashed(user_id), "address": hashed(address)}
        blocked = self._blocked(keys, now)
        if blocked is not None:
            return Refused(blocked)
        known = self._standing(user_id)
        kept = self._kept(user_id)
        fits = self._rules.hashing.fits(password, kept or self._rules.hashing.nobodys)
        if not (known and kept is not None and fits):
            return self._fail(user_id if known else UNKNOWN, keys, now)
        self._forgive(keys["account"])
        if self._rules.hashing.is_outdated(kept):
            self._keep(user_id, password, now)
        return self._start(user_id, now, must_change=False, how="password")

    def sign_in_with_token(self, token: str, address: str, now: datetime) -> SignedIn | Refused:
        """With a one-time token; a password must be set next."""
        keys = {"address": hashed(address)}
        blocked = self._blocked(keys, now)
        if blocked is not None:
            return Refused(blocked)
        use = (
            sa.update(SignInToken)
            .where(
                SignInToken.token_hash == hashed(token),
                SignInToken.used_at.is_(None),
                SignInToken.ends_at > now,
                SignInToken.user_id.in_(sa.select(AppUser.user_id).where(AppUser.disabled_at.is_(None))),
            )
            .values(used_at=now)
            .returning(SignInToken.user_id)
        )
        user_id = self._connection.scalar(use)
        if user_id is None:
            return self._fail(UNKNOWN, keys, now)
        return self._start(user_id, now, must_change=True, how="token")

    def refuse_token(self, address: str, now: datetime) -> Refused:
        """What a wrong token of an integration counts as: a failure of its address, told and noted until the address is blocked."""
        keys = {"address": hashed(address)}
        blocked = self._blocked(keys, now)
        return self._fail(UNKNOWN, keys, now) if blocked is None else Refused(blocked)

    def sign_in_as(self, user_id: str | None, address: str, now: datetime) -> SignedIn | Refused:
        """Of somebody whom the county's provider of accounts has vouched for (`stewardship.single_sign_on`).

        Args:
            user_id: the account; None when the provider vouched for nobody, which counts as a failure of the address.
        """
        keys = {"address": hashed(address)}
        blocked = self._blocked(keys, now)
        if blocked is not None:
            return Refused(blocked)
        if user_id is None or not self._standing(user_id):
            return self._fail(UNKNOWN, keys, now, how="provider")
        return self._start(user_id, now, must_change=False, how="provider")

    def blocked(self, address: str, now: datetime) -> Refused | None:
        """Whether this address has to wait, before anybody else is asked about it."""
        until = self._blocked({"address": hashed(address)}, now)
        return None if until is None else Refused(until)

    def session_of(self, token: str, now: datetime) -> Session | None:
        """Who has this token, if the session stands: not ended, not idle too long, the user not disabled."""
        key = hashed(token)
        row = _SESSION.first(self._connection, token=key, now=now, seen=now - self._rules.idle)
        if row is None:
            return None
        if now - row.seen_at >= self._rules.seen_every:
            seen = sa.update(AppSession).where(AppSession.token_hash == key)
            self._connection.execute(seen.values(seen_at=now))
        roles = in_order(row.held)
        role = row.role if row.role in roles else roles[0] if len(roles) == 1 else None
        ends_at = min(row.ends_at, now + self._rules.idle)
        return Session(row.user_id, row.display_name, role, roles, row.must_change, ends_at)

    def user_of(self, key: str) -> str | None:
        """Whose session this is or was, standing or ended; `key` is the hash of its token."""
        asked = sa.select(AppSession.user_id).where(AppSession.token_hash == key)
        found: str | None = self._connection.scalar(asked)
        return found

    def choose_role(self, token: str, role: str, now: datetime) -> Session:
        """The role in which the user goes on. Raises: NotAllowed."""
        session = self._signed_in(token, now)
        if role not in session.roles:
            raise NotAllowed("this user does not hold this role")
        update = sa.update(AppSession).where(AppSession.token_hash == hashed(token)).values(role=role)
        self._connection.execute(update)
        self._tell(session.user_id, "session.role", session.user_id, role=role)
        return self._signed_in(token, now)

    def sign_out(self, token: str, now: datetime) -> None:
        """Ends this session; one that has ended stays so."""
        ended = (
            sa.update(AppSession)
            .where(AppSession.token_hash == hashed(token), AppSession.ended_at.is_(None))
            .values(ended_at=now)
            .returning(AppSession.user_id)
        )
        user_id = self._connection.scalar(ended)
        if user_id is not None:
            self._tell(user_id, "sign_out", user_id)

    def end_sessions(self, user_id: str, actor: str, now: datetime) -> int:
        """Ends all of a user's sessions at once, and the one-time tokens with them; returns how many sessions."""
        ended = self._end(user_id, now)
        unused = sa.update(SignInToken).where(SignInToken.user_id == user_id, SignInToken.used_at.is_(None))
        self._connection.execute(unused.values(used_at=now))
        self._tell(actor, "session.end_all", user_id, sessions=ended)
        return ended

    def change_password(
        self, token: str, old: str | None, new: str, address: str, now: datetime
    ) -> SignedIn | Refused:
        """Sets a password, ends all of the user's sessions and starts a new one.

        Args:
            old: the present password; None only where `must_change` says that there is none to be known.
        Raises: NotAllowed without a session, InvalidInput for a password that may not be one.
        """
        session = self._signed_in(token, now)
        check_password(new, session.user_id)
        kept = self._kept(session.user_id)
        if kept is not None and self._rules.hashing.fits(new, kept):
            raise InvalidInput("this is the password that is to be replaced")
        if not session.must_change:
            keys = {"account": hashed(session.user_id), "address": hashed(address)}
            blocked = self._blocked(keys, now)
            if blocked is not None:
                return Refused(blocked)
            if kept is None or not self._rules.hashing.fits(old or "", kept):
                return self._fail(session.user_id, keys, now)
        self._keep(session.user_id, new, now)
        self._end(session.user_id, now)
        self._tell(session.user_id, "password.change", session.user_id)
        return self._start(session.user_id, now, must_change=False, how="password", role=session.role)

    def set_password(self, user_id: str, password: str, actor: str, now: datetime) -> None:
        """By an operator at the terminal; ends the user's sessions. Raises: InvalidInput."""
        if self._grants.user(user_id) is None:
            raise InvalidInput(f"there is no account {user_id}")
        check_password(password, user_id)
        self._keep(user_id, password, now)
        self._forgive(hashed(user_id))
        self._end(user_id, now)
        self._tell(actor, "password.set", user_id)

    def make_token(self, user_id: str, actor: str, now: datetime) -> str:
        """A new one-time token, which makes older ones of that user useless. Raises: InvalidInput."""
        if not self._standing(user_id):
            raise InvalidInput(f"there is no account {user_id}, or it is disabled")
        older = sa.update(SignInToken).where(SignInToken.user_id == user_id, SignInToken.used_at.is_(None))
        self._connection.execute(older.values(used_at=now))
        token = secrets.token_urlsafe(TOKEN_BYTES)
        values = {"token_hash": hashed(token), "user_id": user_id, "made_by": actor}
        self._connection.execute(
            sa.insert(SignInToken).values(**values, ends_at=now + self._rules.token_lasts)
        )
        self._tell(actor, "token.make", user_id)
        return token

    def _start(
        self, user_id: str, now: datetime, *, must_change: bool, how: str, role: str | None = None
    ) -> SignedIn:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        values = {"token_hash": hashed(token), "user_id": user_id, "role": role, "must_change": must_change}
        times = {"started_at": now, "seen_at": now, "ends_at": now + self._rules.longest}
        self._connection.execute(sa.insert(AppSession).values(**values, **times))
        self._tell(user_id, "sign_in", user_id, how=how)
        return SignedIn(token, self._signed_in(token, now))

    def _signed_in(self, token: str, now: datetime) -> Session:
        session = self.session_of(token, now)
        if session is None:
            raise NotAllowed("nobody is signed in with this session")
        return session

    def _end(self, user_id: str, now: datetime) -> int:
        standing = sa.update(AppSession).where(AppSession.user_id == user_id, AppSession.ended_at.is_(None))
        return int(self._connection.execute(standing.values(ended_at=now)).rowcount)

    def _standing(self, user_id: str) -> bool:
        user = self._grants.user(user_id)
        return user is not None and user.disabled_at is None

    def _kept(self, user_id: str) -> str | None:
        query = sa.select(Credential.password_hash).where(Credential.user_id == user_id)
        return self._connection.scalar(query)

    def _keep(self, user_id: str, password: str, now: datetime) -> None:
        values = {"password_hash": self._rules.hashing.hash(password), "set_at": now}
        statement = insert(Credential).values(user_id=user_id, **values)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_=values))

    def _blocked(self, keys: Mapping[str, str], now: datetime) -> datetime | None:
        """Until when one of the keys is blocked. Until the transaction ends, nobody else tries with these keys."""
        until: datetime | None = None
        for kind, key in sorted(keys.items()):
            new = insert(Throttle).values(kind=kind, key_hash=key, failures=0, first_at=now)
            # A row of its own is written in any case: that is the lock.
            locked = new.on_conflict_do_update(
                index_elements=["kind", "key_hash"], set_={"failures": Throttle.failures}
            ).returning(Throttle.blocked_until)
            blocked = self._connection.scalar(locked)
            if blocked is not None and blocked > now:
                until = max(blocked, until or blocked)
        return until

    def _fail(self, user_id: str, keys: Mapping[str, str], now: datetime, **details: str) -> Refused:
        self._tell(user_id, "sign_in.refused", user_id, **details)
        until: datetime | None = None
        for kind, key in sorted(keys.items()):
            where = (Throttle.kind == kind, Throttle.key_hash == key)
            row = self._connection.execute(
                sa.select(Throttle.failures, Throttle.first_at).where(*where)
            ).one()
            is_over = kind == "address" and now - row.first_at > self._rules.window
            failures, first_at = (1, now) if is_over else (row.failures + 1, row.first_at)
            blocked = self._block(kind, failures, now)
            values = {"failures": failures, "first_at": first_at, "blocked_until": blocked}
            self._connection.execute(sa.update(Throttle).where(*where).values(**values))
            if blocked is not None:
                until = max(blocked, until or blocked)
                self._tell(user_id, "sign_in.blocked", user_id, kind=kind, failures=failures)
        return Refused(until)

    def _block(self, kind: str, failures: int, now: datetime) -> datetime | None:
        rules = self._rules
        if kind == "address":
            return now + rules.window if failures >= rules.failures_of_address else None
        over = failures - rules.failures
        if over < 0:
            return None
        return now + min(rules.first_block * 2 ** min(over, 30), rules.longest_block)

    def _forgive(self, key: str) -> None:
        mine = sa.update(Throttle).where(Throttle.kind == "account", Throttle.key_hash == key)
        self._connection.execute(mine.values(failures=0, blocked_until=None))

    def _tell(self, actor: str, action: str, user_id: str, **details: str | int) -> None:
        AuditChain(self._connection).record(Event(actor, action, "account", user_id, details))


def hashed(secret: str) -> str:
    """Tokens are random, so one round is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()

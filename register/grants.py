"""Users and their grants: who may be what, where. Nothing here is ever deleted, because the audit chain speaks of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.account_models import ROLES, AppGrant, AppUser, GrantArea
from register.area_tree import AreaRow, AreaTree
from register.audit import AuditChain, Event
from register.errors import Conflict, InvalidInput
from register.models import Area

USER_ID: Final = re.compile(r"[a-z][a-z0-9._-]{1,39}")
RESERVED: Final = frozenset(
    {"night", "operator", "retention"}
)  # who acts in the audit chain without an account
# The level of the area that a role is for. A county's steward also sees what has no area at all.
LEVELS: Final[Mapping[str, str]] = {"clerk": "village", "officer": "township", "steward": "county"}
LONGEST_NAME: Final = 60


@dataclass(frozen=True)
class User:
    """An account as it stands."""

    user_id: str
    display_name: str
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True)
class Grant:
    """A role that a user holds, and where."""

    grant_id: int
    user_id: str
    role: str
    area_code: str | None
    feed: str | None


_USER = (AppUser.user_id, AppUser.display_name, AppUser.created_at, AppUser.disabled_at)
_GRANT = (AppGrant.grant_id, AppGrant.user_id, AppGrant.role, AppGrant.area_code, AppGrant.feed)


WIDEST_FIRST: Final = ("steward", "officer", "clerk", "contact", "auditor", "operator")


def in_order(held: Collection[str]) -> tuple[str, ...]:
    """Roles, widest first."""
    return tuple(role for role in WIDEST_FIRST if role in held)


def held_roles(user_id: Any) -> Any:
    """The roles of a row's user that stand, as a column."""
    standing = sa.select(AppGrant.role).where(AppGrant.user_id == user_id, AppGrant.revoked_at.is_(None))
    return sa.func.array(standing.scalar_subquery())


class GrantStore:
    """The users and grants of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_user(self, user_id: str, display_name: str, actor: str, now: datetime) -> User:
        """Raises: InvalidInput, Conflict when the name is taken (also by somebody who is disabled)."""
        if not USER_ID.fullmatch(user_id) or user_id in RESERVED:
            raise InvalidInput("an account name has 2 to 40 small letters, digits, dots, hyphens", "user")
        shown = display_name.strip()
        if not 0 < len(shown) <= LONGEST_NAME:
            raise InvalidInput(f"a user's displayed name has 1 to {LONGEST_NAME} characters", "shown")
        if self.user(user_id) is not None:
            raise Conflict(f"there is an account {user_id} already")
        self._connection.execute(
            sa.insert(AppUser).values(user_id=user_id, display_name=shown, created_at=now)
        )
        self._tell(actor, "user.add", user_id)
        return User(user_id, shown, now, None)

    def user(self, user_id: str) -> User | None:
        row = self._connection.execute(sa.select(*_USER).where(AppUser.user_id == user_id)).one_or_none()
        return None if row is None else User(*row)

    def users(self) -> list[User]:
        """By account name."""
        return [User(*row) for row in self._connection.execute(sa.select(*_USER).order_by(AppUser.user_id))]

    def disable(self, user_id: str, actor: str, now: datetime) -> None:
        """From now on the user sees nothing, also in what is open already. Raises: InvalidInput."""
        self._known(user_id)
        update = sa.update(AppUser).where(AppUser.user_id == user_id, AppUser.disabled_at.is_(None))
        if self._connection.execute(update.values(disabled_at=now)).rowcount:
            self._tell(actor, "user.disable", user_id)

    def enable(self, user_id: str, actor: str) -> None:
        """Takes a disabling back; grants are as they were. Raises: InvalidInput."""
        self._known(user_id)
        update = sa.update(AppUser).where(AppUser.user_id == user_id, AppUser.disabled_at.is_not(None))
        if self._connection.execute(update.values(disabled_at=None)).rowcount:
            self._tell(actor, "user.enable", user_id)

    def grant(
        self,
        user_id: str,
        role: str,
        actor: str,
        now: datetime,
        *,
        area_code: str | None = None,
        feed: str | None = None,
    ) -> Grant:
        """Raises: InvalidInput, Conflict when the user holds it already."""
        self._known(user_id)
        self._check(role, area_code, feed)
        standing = [g for g in self.of(user_id) if (g.role, g.area_code, g.feed) == (role, area_code, feed)]
        if standing:
            raise Conflict(f"{user_id} holds this already")
        values = {"user_id": user_id, "role": role, "area_code": area_code, "feed": feed}
        insert = sa.insert(AppGrant).values(**values, granted_by=actor, granted_at=now)
        given = Grant(*self._connection.execute(insert.returning(*_GRANT)).one())
        if area_code is not None:
            self._reach([given])  # a new grant reaches nothing yet, and nobody at the desk deletes
        where = {"area_code": area_code} if area_code else {"feed": feed} if feed else {}
        self._tell(actor, "user.grant", user_id, role=role, **where)
        return given

    def revoke(self, grant_id: int, actor: str, now: datetime) -> Grant:
        """Raises: InvalidInput when no such grant stands."""
        update = (
            sa.update(AppGrant)
            .where(AppGrant.grant_id == grant_id, AppGrant.revoked_at.is_(None))
            .values(revoked_at=now, revoked_by=actor)
            .returning(*_GRANT)
        )
        row = self._connection.execute(update).one_or_none()
        if row is None:
            raise InvalidInput("there is no such grant, or it was taken back already")
        taken = Grant(*row)
        where = (
            {"area_code": taken.area_code} if taken.area_code else {"feed": taken.feed} if taken.feed else {}
        )
        self._tell(actor, "user.revoke", taken.user_id, role=taken.role, **where)
        return taken

    def of(self, user_id: str) -> list[Grant]:
        """The grants that stand, oldest first."""
        query = sa.select(*_GRANT).where(AppGrant.user_id == user_id, AppGrant.revoked_at.is_(None))
        return [Grant(*row) for row in self._connection.execute(query.order_by(AppGrant.grant_id))]

    def roles_of(self, user_id: str) -> tuple[str, ...]:
        """The roles in which the user may act, widest first."""
        return in_order({grant.role for grant in self.of(user_id)})

    def refresh_areas(self) -> None:
        """Works out anew which codes every standing grant reaches: whenever the area table has changed."""
        query = sa.select(*_GRANT).where(AppGrant.revoked_at.is_(None), AppGrant.area_code.is_not(None))
        grants = [Grant(*row) for row in self._connection.execute(query.with_for_update())]
        old = sa.delete(GrantArea).where(GrantArea.grant_id.in_([grant.grant_id for grant in grants]))
        self._connection.execute(old)
        self._reach(grants)

    def _reach(self, grants: list[Grant]) -> None:
        tree = self._tree()
        if not grants:
            return
        rows = [
            {"grant_id": grant.grant_id, "area_code": code}
            for grant in grants
            for code in sorted(tree.codes_of(grant.area_code or ""))
        ]
        self._connection.execute(sa.insert(GrantArea), rows)

    def _tree(self) -> AreaTree:
        columns = (Area.code, Area.parent, Area.valid_from, Area.valid_to, Area.successor)
        return AreaTree(AreaRow(*row) for row in self._connection.execute(sa.select(*columns)))

    def _known(self, user_id: str) -> User:
        user = self.user(user_id)
        if user is None:
            raise InvalidInput(f"there is no account {user_id}")
        return user

    def _check(self, role: str, area_code: str | None, feed: str | None) -> None:
        if role not in ROLES:
            raise InvalidInput(f"there is no role {role}; roles are {', '.join(ROLES)}", "role")
        if (area_code is not None) != (role in LEVELS):
            raise InvalidInput(f"the role {role} is for {'an area' if role in LEVELS else 'no area'}", "area")
        if (feed is not None) != (role == "contact"):
            raise InvalidInput(
                f"the role {role} is for {'a feed' if role == 'contact' else 'no feed'}", "feed"
            )
        if area_code is not None:
            levels = set(self._connection.scalars(sa.select(Area.level).where(Area.code == area_code)))
            if not levels:
                raise InvalidInput(f"there is no area {area_code} in the area table", "area")
            if LEVELS[role] not in levels:
                raise InvalidInput(f"a {role} is for a {LEVELS[role]}, the area {area_code} is none", "area")

    def _tell(self, actor: str, action: str, user_id: str, **details: str | None) -> None:
        told = {key: value for key, value in details.items() if value is not None}
        AuditChain(self._connection).record(Event(actor, action, "account", user_id, told))

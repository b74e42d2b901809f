"""The tables of who may do what: users, their grants, and the area codes that a grant reaches."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from register.models import Base, one_of

ROLES: Final = ("clerk", "officer", "steward", "contact", "operator", "auditor")


class AppUser(Base):
    """Somebody who may sign in. `user_id` is the account name: it stands in the audit chain, so it never changes."""

    __tablename__ = "app_user"
    user_id: Mapped[str] = mapped_column(primary_key=True)
    display_name: Mapped[str]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    __table_args__ = (sa.CheckConstraint("user_id ~ '^[a-z][a-z0-9._-]{1,39}$'", name="user_id_plain"),)


class AppGrant(Base):
    """What a user may be: a role, for an area (clerk, officer, steward) or a feed (contact)."""

    __tablename__ = "app_grant"
    grant_id: Mapped[int] = mapped_column(sa.BigInteger(), sa.Identity(always=True), primary_key=True)
    user_id: Mapped[str] = mapped_column(sa.ForeignKey("app_user.user_id"))
    role: Mapped[str]
    area_code: Mapped[str | None]
    feed: Mapped[str | None]
    granted_by: Mapped[str]
    granted_at: Mapped[datetime]
    revoked_by: Mapped[str | None]
    revoked_at: Mapped[datetime | None]
    __table_args__ = (
        one_of("role", ROLES),
        sa.CheckConstraint(
            "(role IN ('clerk', 'officer', 'steward')) = (area_code IS NOT NULL)", name="area"
        ),
        sa.CheckConstraint("(role = 'contact') = (feed IS NOT NULL)", name="feed"),
        # A grant stands once; what was revoked is history.
        sa.Index(
            "app_grant_standing_idx",
            "user_id",
            "role",
            "area_code",
            "feed",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=sa.text("revoked_at IS NULL"),
        ),
    )


class GrantArea(Base):
    """The area codes that a grant reaches (`register.area_tree`), made anew whenever the area table is."""

    __tablename__ = "grant_area"
    grant_id: Mapped[int] = mapped_column(
        sa.ForeignKey("app_grant.grant_id", ondelete="CASCADE"), primary_key=True
    )
    area_code: Mapped[str] = mapped_column(primary_key=True)

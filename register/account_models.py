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


class Credential(Base):
    """A user's password, as argon2 left it. Not in `app_user`, because the desk reads that and nobody reads this."""

    __tablename__ = "credential"
    user_id: Mapped[str] = mapped_column(sa.ForeignKey("app_user.user_id"), primary_key=True)
    password_hash: Mapped[str]
    set_at: Mapped[datetime]


class AppSession(Base):
    """A user who is signed in. Only a hash of the token is kept; who reads this table can sign in as nobody."""

    __tablename__ = "app_session"
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(sa.ForeignKey("app_user.user_id"), index=True)
    role: Mapped[str | None]
    must_change: Mapped[bool]
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SignInToken(Base):
    """A token that signs its user in once, to set a password: for the first user, and for a forgotten password."""

    __tablename__ = "sign_in_token"
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(sa.ForeignKey("app_user.user_id"), index=True)
    made_by: Mapped[str]
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class IntegrationToken(Base):
    """What another system shows to act at the API for an account, in one role. Only a hash is kept."""

    __tablename__ = "integration_token"
    token_id: Mapped[int] = mapped_column(sa.BigInteger(), sa.Identity(always=True), primary_key=True)
    name: Mapped[str]
    user_id: Mapped[str] = mapped_column(sa.ForeignKey("app_user.user_id"), index=True)
    role: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None]
    __table_args__ = (
        one_of("role", ROLES),
        sa.CheckConstraint("name ~ '^[a-z][a-z0-9._-]{1,39}$'", name="name_plain"),
        sa.CheckConstraint("(revoked_by IS NULL) = (revoked_at IS NULL)", name="revoked"),
        # A name stands once; the audit chain has it.
        sa.Index(
            "integration_token_standing_idx",
            "name",
            unique=True,
            postgresql_where=sa.text("revoked_at IS NULL"),
        ),
    )


class Throttle(Base):
    """Failures to sign in, by account name as typed and by address: hashes of both, because people type passwords there."""

    __tablename__ = "throttle"
    kind: Mapped[str] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    first_at: Mapped[datetime]
    blocked_until: Mapped[datetime | None]
    __table_args__ = (one_of("kind", ("account", "address")),)


class Reveal(Base):
    """Somebody's leave to see a subject unmasked for some minutes, and why. A child's needs a second person."""

    __tablename__ = "reveal"
    reveal_id: Mapped[int] = mapped_column(sa.BigInteger(), sa.Identity(always=True), primary_key=True)
    user_id: Mapped[str] = mapped_column(sa.ForeignKey("app_user.user_id"))
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    reason: Mapped[str]
    needs_second: Mapped[bool]
    asked_at: Mapped[datetime]
    granted_by: Mapped[str | None]
    granted_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    __table_args__ = (
        one_of("subject_kind", ("person", "discrepancy", "register_change")),
        sa.CheckConstraint("granted_by IS NULL OR needs_second = (granted_by <> user_id)", name="second"),
        sa.CheckConstraint(
            "(granted_by IS NULL) = (granted_at IS NULL) AND (granted_by IS NULL) = (ends_at IS NULL)",
            name="granted",
        ),
        sa.Index("reveal_standing_idx", "user_id", "subject_kind", "subject_id"),
    )

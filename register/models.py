"""The tables, as SQLAlchemy models. `register/migrations` makes them; a test holds the two against each
other.

Three kinds of time, never mixed: **valid time** (`valid_from`, `valid_to`: the arrival date of the snapshot
that first said so, and of the one that stopped saying so; NULL = still said), **nights** (which run saw it),
and **clock time** (when a machine did it; never exported). Codes are text, missing is NULL.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NIGHT_STATUSES = ("running", "finished", "failed")
DELIVERY_STATUSES = ("taken", "duplicate", "refused")
COVERAGES = ("full", "changes")


def one_of(column: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


_STANDING = sa.text("is_current")


class Base(DeclarativeBase):
    metadata = sa.MetaData(
        naming_convention={
            "pk": "%(table_name)s_pkey",
            "ix": "%(table_name)s_%(column_0_N_name)s_idx",
            "uq": "%(table_name)s_%(column_0_N_name)s_key",
            "ck": "%(table_name)s_%(constraint_name)s_check",
            "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        }
    )
    type_annotation_map = {
        str: sa.Text(),
        datetime: sa.DateTime(timezone=True),
        dict[str, Any]: JSONB(),
        list[str]: ARRAY(sa.Text()),
    }


class Area(Base):
    """One line of `areas.csv`: a code and the time in which it was in use."""

    __tablename__ = "area"
    code: Mapped[str] = mapped_column(primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None]
    name: Mapped[str]
    level: Mapped[str]
    parent: Mapped[str | None] = mapped_column(index=True)
    successor: Mapped[str | None]


class RegisterImport(Base):
    """One snapshot of one unit's register, or the changes of a day (`coverage`): what order and effect it has in the unit's
    history. `rows` are its own, `persons` how many the unit has with it.
    """

    __tablename__ = "register_import"
    unit: Mapped[str] = mapped_column(primary_key=True)
    arrival: Mapped[date] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    coverage: Mapped[str] = mapped_column(primary_key=True, server_default="full")
    is_effective: Mapped[bool]
    night: Mapped[date]
    deliveries: Mapped[list[str]]
    rows: Mapped[int]
    persons: Mapped[int]
    __table_args__ = (one_of("coverage", COVERAGES),)


class RegisterUnit(Base):
    """A unit of the newest register: when it last changed, when its newest list came, the same of before while that list is a fragment,
    and whether another unit has taken it over (`register.told`).
    """

    __tablename__ = "register_unit"
    unit: Mapped[str] = mapped_column(primary_key=True)
    arrival: Mapped[date]
    listed: Mapped[date | None]
    before: Mapped[date | None]
    before_listed: Mapped[date | None]
    is_merged: Mapped[bool]


class Household(Base):
    """A household of the register, as a unit's snapshots had it over a time."""

    __tablename__ = "household"
    household_no: Mapped[str] = mapped_column(primary_key=True)
    unit: Mapped[str] = mapped_column(primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None]
    head_name: Mapped[str | None]
    area_code: Mapped[str | None]
    __table_args__ = (sa.Index("household_area_idx", "area_code"),)


class Person(Base):
    """A person of the register, as a unit's snapshots had it over a time. Values as parsed; unusable cells in
    `raw`. `is_current`: on the newest register (`register.units`). `id_tail`: the last six characters of the ID number, from the last one on.
    """

    __tablename__ = "person"
    person_no: Mapped[str] = mapped_column(primary_key=True)
    unit: Mapped[str] = mapped_column(primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None]
    name: Mapped[str | None]
    former_name: Mapped[str | None]
    id_number: Mapped[str | None]
    id_state: Mapped[str | None]
    sex: Mapped[str | None]
    ethnicity: Mapped[str | None]
    birth_date: Mapped[date | None]
    birth_date_lunar: Mapped[date | None]
    marital_status: Mapped[str | None]
    education: Mapped[str | None]
    occupation: Mapped[str | None]
    hukou_address: Mapped[str | None]
    hukou_area: Mapped[str | None]
    hukou_group: Mapped[str | None]
    hukou_door: Mapped[str | None]
    residence_address: Mapped[str | None]
    residence_area: Mapped[str | None]
    residence_group: Mapped[str | None]
    residence_door: Mapped[str | None]
    area_code: Mapped[str | None]
    phone: Mapped[str | None]
    mother_name: Mapped[str | None]
    mother_id: Mapped[str | None]
    father_name: Mapped[str | None]
    father_id: Mapped[str | None]
    notes: Mapped[str | None]
    raw: Mapped[dict[str, Any] | None]
    name_initials: Mapped[str | None]
    name_pinyin: Mapped[str | None]
    is_current: Mapped[bool] = mapped_column(server_default=sa.true())
    id_tail: Mapped[str | None] = mapped_column(sa.Computed("reverse(right(id_number, 6))", persisted=True))
    __table_args__ = (
        sa.Index("person_id_number_idx", "id_number"),
        sa.Index("person_area_code_idx", "area_code"),
        sa.Index(
            "person_name_idx", "name", postgresql_ops={"name": "text_pattern_ops"}, postgresql_where=_STANDING
        ),
        sa.Index(
            "person_initials_idx",
            "name_initials",
            postgresql_ops={"name_initials": "text_pattern_ops"},
            postgresql_where=_STANDING,
        ),
        sa.Index(
            "person_pinyin_idx",
            "name_pinyin",
            postgresql_ops={"name_pinyin": "text_pattern_ops"},
            postgresql_where=_STANDING,
        ),
        sa.Index("person_phone_idx", "phone", postgresql_where=_STANDING),
        sa.Index(
            "person_id_tail_idx",
            "id_tail",
            postgresql_ops={"id_tail": "text_pattern_ops"},
            postgresql_where=_STANDING,
        ),
    )


class Membership(Base):
    """A person's place in a household over a time."""

    __tablename__ = "membership"
    person_no: Mapped[str] = mapped_column(primary_key=True)
    unit: Mapped[str] = mapped_column(primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None]
    household_no: Mapped[str | None] = mapped_column(index=True)
    head_name: Mapped[str | None]
    relation_to_head: Mapped[str | None]


class Night(Base):
    """A run. `is_applied`: its discrepancies are in the store; `next_clock`: the next date on which time
    alone changes what is found (a newborn's thirty days), so that the nights before it may be skipped when
    nothing arrives."""

    __tablename__ = "night"
    night: Mapped[date] = mapped_column(primary_key=True)
    status: Mapped[str]
    is_applied: Mapped[bool] = mapped_column(server_default=sa.false())
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    counts: Mapped[dict[str, Any]] = mapped_column(server_default=sa.text("'{}'::jsonb"))
    next_clock: Mapped[date | None]
    __table_args__ = (one_of("status", NIGHT_STATUSES),)


class Delivery(Base):
    """A receipt, the night that took the file, and how many of its rows were superseded since. `other_feed`: which list the file is, or where it has
    a header of its own feed (`header_row`) one of its sheets, when it is another.
    """

    __tablename__ = "delivery"
    feed: Mapped[str] = mapped_column(primary_key=True)
    file: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(primary_key=True)
    night: Mapped[date] = mapped_column(index=True)
    arrival: Mapped[date]
    unit: Mapped[str | None]
    period: Mapped[str | None]
    coverage: Mapped[str | None]
    encoding: Mapped[str | None]
    file_format: Mapped[str | None]
    status: Mapped[str]
    reason: Mapped[str | None]
    other_feed: Mapped[str | None]
    header_row: Mapped[int | None]
    columns_mapped: Mapped[list[str]]
    columns_dropped: Mapped[list[str]]
    rows_total: Mapped[int]
    rows_kept: Mapped[int]
    rows_set_aside: Mapped[int]
    rows_quarantined: Mapped[int]
    rows_superseded: Mapped[int] = mapped_column(server_default=sa.text("0"))
    __table_args__ = (
        one_of("status", DELIVERY_STATUSES),
        sa.CheckConstraint(
            "status <> 'taken' OR "
            "rows_total = rows_kept + rows_set_aside + rows_quarantined + rows_superseded",
            name="rows_add_up",
        ),
        sa.Index("delivery_feed_sha256_idx", "feed", "sha256"),
    )


class QuarantinedRow(Base):
    """A row that should be a record and cannot be used, with the rule it broke; `raw` lets it be replayed."""

    __tablename__ = "quarantined_row"
    feed: Mapped[str] = mapped_column(primary_key=True)
    file: Mapped[str] = mapped_column(primary_key=True)
    sheet: Mapped[str] = mapped_column(primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True)
    rule: Mapped[str] = mapped_column(primary_key=True)
    column: Mapped[str] = mapped_column(primary_key=True)
    night: Mapped[date]
    raw: Mapped[dict[str, Any] | None]


class ModelVersion(Base):
    """A frozen linkage model and where its file lies."""

    __tablename__ = "model_version"
    version: Mapped[str] = mapped_column(primary_key=True)
    feed: Mapped[str] = mapped_column(primary_key=True)
    file: Mapped[str]
    sha256: Mapped[str]
    night: Mapped[date]
    is_current: Mapped[bool] = mapped_column(server_default=sa.false())
    parameters: Mapped[dict[str, Any]] = mapped_column(server_default=sa.text("'{}'::jsonb"))


class AuditEntry(Base):
    """One link of the audit chain (`register.audit`): counts, ids and codes only. A trigger refuses changes."""

    __tablename__ = "audit_entry"
    entry_no: Mapped[int] = mapped_column(sa.BigInteger(), primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    details: Mapped[dict[str, Any]]
    previous_hash: Mapped[str] = mapped_column(unique=True)
    hash: Mapped[str] = mapped_column(unique=True)
    __table_args__ = (sa.Index("audit_entry_subject_idx", "subject_kind", "subject_id"),)

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

DISCREPANCY_STATUSES = ("open", "waiting", "decided", "resolved")
NIGHT_STATUSES = ("running", "finished", "failed")
DELIVERY_STATUSES = ("taken", "duplicate", "refused")
VERSION_EVENTS = ("opened", "changed", "reopened")
ENTITY_EVENTS = ("merge", "split")
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
    `raw`. `is_current`: on the newest register (`register.units`).
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
    is_current: Mapped[bool] = mapped_column(server_default=sa.true())
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
        sa.Index("person_phone_idx", "phone", postgresql_where=_STANDING),
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
    """A receipt, the night that took the file, and how many of its rows were superseded since."""

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


class Entity(Base):
    """A person or birth on no register row; `merged_into` when two turned out to be one."""

    __tablename__ = "entity"
    entity_id: Mapped[str] = mapped_column(primary_key=True)
    first_night: Mapped[date]
    merged_into: Mapped[str | None] = mapped_column(sa.ForeignKey("entity.entity_id"))


class EntityMention(Base):
    """Which entity a mention's content belongs to: the memory that keeps entity ids stable."""

    __tablename__ = "entity_mention"
    content_key: Mapped[str] = mapped_column(primary_key=True)
    entity_id: Mapped[str] = mapped_column(sa.ForeignKey("entity.entity_id"), index=True)
    night: Mapped[date]


class EntityLog(Base):
    """That two entities were found to be one (`entity_id` went into `other_id`), or one to be two."""

    __tablename__ = "entity_log"
    night: Mapped[date] = mapped_column(primary_key=True)
    event: Mapped[str] = mapped_column(primary_key=True)
    entity_id: Mapped[str] = mapped_column(primary_key=True)
    other_id: Mapped[str] = mapped_column(primary_key=True)
    __table_args__ = (one_of("event", ENTITY_EVENTS),)


class Discrepancy(Base):
    """An unverified lead, the same one from night to night. See `register.discrepancies` for its life."""

    __tablename__ = "discrepancy"
    discrepancy_id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    subject: Mapped[str]
    status: Mapped[str]
    priority: Mapped[int] = mapped_column(sa.SmallInteger())
    confidence: Mapped[float] = mapped_column(sa.Double())
    area_code: Mapped[str | None]
    household_no: Mapped[str | None]
    person_no: Mapped[str | None]
    person_no_2: Mapped[str | None]
    field: Mapped[str | None]
    register_value: Mapped[str | None]
    proposed_value: Mapped[str | None]
    reason: Mapped[str]
    evidence_hash: Mapped[str]
    evidence_version: Mapped[int]
    evidence_count: Mapped[int]
    first_night: Mapped[date]
    last_night: Mapped[date]
    gone_night: Mapped[date | None]
    # Of an unregistered person who turned out to be another one: the discrepancy in which it goes on.
    succeeded_by: Mapped[str | None] = mapped_column(
        sa.ForeignKey("discrepancy.discrepancy_id", ondelete="SET NULL")
    )
    # Who is to work on it, and the last night that reopened it after a person had decided.
    assignee: Mapped[str | None] = mapped_column(sa.ForeignKey("app_user.user_id"))
    reopened_night: Mapped[date | None]
    # On whose rows it rests, in order; written with the evidence (migration 0022).
    feeds: Mapped[list[str]] = mapped_column(server_default=sa.text("'{}'"))
    __table_args__ = (
        sa.UniqueConstraint("type", "subject"),
        sa.Index(
            "discrepancy_assignee_idx",
            *("assignee", "status", "priority", sa.text("confidence DESC"), "discrepancy_id"),
            postgresql_include=["area_code", "type", "first_night"],
            postgresql_where=sa.text("assignee IS NOT NULL"),
        ),
        sa.Index(
            "discrepancy_reopened_night_idx",
            *("status", "priority", sa.text("confidence DESC"), "discrepancy_id"),
            postgresql_include=["area_code", "type", "first_night"],
            postgresql_where=sa.text("reopened_night IS NOT NULL"),
        ),
        sa.Index(
            "discrepancy_succeeded_by_idx",
            "succeeded_by",
            postgresql_where=sa.text("succeeded_by IS NOT NULL"),
        ),
        one_of("status", DISCREPANCY_STATUSES),
        sa.Index(
            "discrepancy_queue_idx",
            *("area_code", "status", "priority", sa.text("confidence DESC"), "discrepancy_id"),
            postgresql_include=["type", "first_night", "assignee", "feeds"],
        ),
        sa.Index(
            "discrepancy_first_idx",
            *("status", "priority", sa.text("confidence DESC"), "discrepancy_id"),
            postgresql_include=["area_code", "type", "first_night", "assignee", "feeds"],
        ),
        sa.Index(
            "discrepancy_area_night_idx",
            *("area_code", "first_night"),
            postgresql_include=["type", "status", "priority", "confidence", "feeds"],
        ),
        sa.Index(
            "discrepancy_status_night_idx",
            *("status", "first_night"),
            postgresql_include=["area_code", "type", "priority", "confidence"],
        ),
        sa.Index(
            "discrepancy_assigned_idx",
            *("area_code", "status"),
            postgresql_include=["assignee", "type", "priority", "confidence", "first_night"],
            postgresql_where=sa.text("assignee IS NOT NULL"),
        ),
        sa.Index("discrepancy_person_no_idx", "person_no"),
        sa.Index(
            "discrepancy_oldest_idx",
            *("first_night", "discrepancy_id"),
            postgresql_include=["area_code"],
            postgresql_where=sa.text("status = 'open'"),
        ),
        sa.Index(
            "discrepancy_person_no_2_idx",
            "person_no_2",
            postgresql_where=sa.text("person_no_2 IS NOT NULL"),
        ),
        sa.Index("discrepancy_household_no_idx", "household_no"),
        sa.Index(
            "discrepancy_feed_idx",
            sa.text("split_part(subject, ':', 1)"),
            postgresql_where=sa.text("type IN ('source_correction', 'feed_overdue')"),
        ),
    )


class Evidence(Base):
    """One row of a delivery that a discrepancy rests on; replaced whenever the same content comes in another
    file.
    """

    __tablename__ = "evidence"
    discrepancy_id: Mapped[str] = mapped_column(
        sa.ForeignKey("discrepancy.discrepancy_id", ondelete="CASCADE"), primary_key=True
    )
    feed: Mapped[str] = mapped_column(primary_key=True)
    file: Mapped[str] = mapped_column(primary_key=True)
    sheet: Mapped[str] = mapped_column(primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    # The same row may speak of several register persons; '' where it speaks of none.
    person_no: Mapped[str] = mapped_column(primary_key=True)
    unit: Mapped[str]
    content_key: Mapped[str]


class DiscrepancyVersion(Base):
    """What a discrepancy looked like at each version of its evidence, and what brought the version about."""

    __tablename__ = "discrepancy_version"
    discrepancy_id: Mapped[str] = mapped_column(
        sa.ForeignKey("discrepancy.discrepancy_id", ondelete="CASCADE"), primary_key=True
    )
    evidence_version: Mapped[int] = mapped_column(primary_key=True)
    night: Mapped[date]
    event: Mapped[str]
    evidence_hash: Mapped[str]
    register_value: Mapped[str | None]
    proposed_value: Mapped[str | None]
    confidence: Mapped[float] = mapped_column(sa.Double())
    __table_args__ = (one_of("event", VERSION_EVENTS),)


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

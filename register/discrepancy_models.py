"""The tables of discrepancies and of the unregistered people whom they are about (`register.models` has the others)."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from register.models import Base, one_of

DISCREPANCY_STATUSES = ("open", "waiting", "decided", "resolved")
VERSION_EVENTS = ("opened", "changed", "reopened")
ENTITY_EVENTS = ("merge", "split")
NAMED = ("person", "mother")


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
    # The first night that counted it as closed, None while it is not, or none has (`register.night_tally`, migration 0037).
    closed_night: Mapped[date | None]
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
            "discrepancy_area_closed_idx",
            *("area_code", "closed_night"),
            postgresql_include=["type", "discrepancy_id"],
            postgresql_where=sa.text("closed_night > '0001-01-01'"),
        ),
        sa.Index(
            "discrepancy_closed_today_idx",
            "discrepancy_id",
            postgresql_where=sa.text("closed_night IS NULL AND status IN ('decided', 'resolved')"),
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
            "discrepancy_type_idx",
            *("type", "status", "priority", sa.text("confidence DESC"), "discrepancy_id"),
            postgresql_include=["area_code", "first_night", "assignee", "feeds"],
        ),
        sa.Index(
            "discrepancy_area_night_idx",
            *("area_code", "status", "first_night"),
            postgresql_include=["type", "priority", "confidence", "feeds"],
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
        sa.Index(
            "discrepancy_reopened_idx",
            *("area_code", "status"),
            postgresql_include=["type", "priority", "confidence", "first_night"],
            postgresql_where=sa.text("reopened_night IS NOT NULL"),
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


class PastClosing(Base):
    """That a discrepancy which was opened again had been closed before: from the night that first counted it as decided or resolved to the
    first one that counted it as open or waiting again, None while none has (`register.night_tally`, migration 0037).
    """

    __tablename__ = "past_closing"
    discrepancy_id: Mapped[str] = mapped_column(
        sa.ForeignKey("discrepancy.discrepancy_id", ondelete="CASCADE"), primary_key=True
    )
    closed_night: Mapped[date] = mapped_column(primary_key=True)
    opened_night: Mapped[date | None] = mapped_column(index=True)


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


class LeadName(Base):
    """How departments' rows name somebody on no register row, or the mother of such a birth (`register.lead_names`), so that the
    discrepancy is found by it. `area_code` is the discrepancy's.
    """

    __tablename__ = "lead_name"
    discrepancy_id: Mapped[str] = mapped_column(
        sa.ForeignKey("discrepancy.discrepancy_id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    area_code: Mapped[str | None] = mapped_column(index=True)
    who: Mapped[str]
    name: Mapped[str | None]
    name_initials: Mapped[str | None]
    name_pinyin: Mapped[str | None]
    id_number: Mapped[str | None] = mapped_column(index=True)
    phone: Mapped[str | None] = mapped_column(index=True)
    id_tail: Mapped[str | None] = mapped_column(sa.Computed("reverse(right(id_number, 6))", persisted=True))
    __table_args__ = (
        one_of("who", NAMED),
        *(
            sa.Index(f"lead_name_{column}_idx", column, postgresql_ops={column: "text_pattern_ops"})
            for column in ("name", "name_initials", "name_pinyin", "id_tail")
        ),
    )


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
    __table_args__ = (
        one_of("event", VERSION_EVENTS),
        sa.Index(
            "discrepancy_version_reopened_idx",
            *("night", "discrepancy_id"),
            postgresql_where=sa.text("event = 'reopened'"),
        ),
    )

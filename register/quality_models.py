"""The tables of the monthly quality sample (migration 0021): pairs that people judge without knowing what the night made of them.

What the night thought (`quality_score`) and what others answered (`quality_answer`) lie in tables of their own, which the database shows to nobody
at the desk before the sample is closed: a page cannot tell what its role cannot read. A trigger keeps `quality_pair.is_done`, so that a pair which
needs nobody any more is not asked of a further reviewer who may not know why.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from register.models import Base, one_of

ANSWERS: Final = ("same_person", "different_person", "cannot_tell")
WORDS: Final = ("confirmed", "rejected")


class QualitySample(Base):
    """What was drawn for a month (its first day) from the frames of a night. One sample is open at a time."""

    __tablename__ = "quality_sample"
    month: Mapped[date] = mapped_column(primary_key=True)
    night: Mapped[date]
    model_version: Mapped[str]
    pairs: Mapped[int]
    drawn_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
    __table_args__ = (
        sa.CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name="closed"),
        sa.Index(
            "quality_sample_open_idx",
            sa.text("(closed_at IS NULL)"),
            unique=True,
            postgresql_where=sa.text("closed_at IS NULL"),
        ),
    )


class QualityStratum(Base):
    """What was drawn from: pairs of a decision whose match probability lies in [low, high); how many of them the night had."""

    __tablename__ = "quality_stratum"
    month: Mapped[date] = mapped_column(
        sa.ForeignKey("quality_sample.month", ondelete="CASCADE"), primary_key=True
    )
    stratum: Mapped[int] = mapped_column(sa.SmallInteger(), primary_key=True)
    decision: Mapped[str]
    low: Mapped[float]
    high: Mapped[float]
    pairs: Mapped[int]
    __table_args__ = (one_of("decision", ("link", "possible", "none")),)


class QualityPair(Base):
    """What a department's row said (`content_key`, and one row that says it) and a person of the register.

    `asks`: how many reviewers are asked at least, two or, of some pairs at random, three. `word`: what a steward lets the night heed of it, once the
    sample is closed (`register.link_decisions`).
    """

    __tablename__ = "quality_pair"
    pair_id: Mapped[str] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(sa.ForeignKey("quality_sample.month", ondelete="CASCADE"), index=True)
    area_code: Mapped[str | None] = mapped_column(index=True)
    content_key: Mapped[str]
    person_no: Mapped[str]
    feed: Mapped[str]
    file: Mapped[str]
    sheet: Mapped[str]
    row: Mapped[int]
    role: Mapped[str]
    asks: Mapped[int] = mapped_column(sa.SmallInteger())
    is_done: Mapped[bool] = mapped_column(server_default=sa.false())
    word: Mapped[str | None]
    word_by: Mapped[str | None]
    word_at: Mapped[datetime | None]
    __table_args__ = (
        sa.CheckConstraint("asks IN (2, 3)", name="asks"),
        sa.CheckConstraint("word IN ('confirmed', 'rejected')", name="word_known"),
        sa.CheckConstraint(
            "(word IS NULL) = (word_by IS NULL) AND (word IS NULL) = (word_at IS NULL)", name="word"
        ),
    )


class QualityScore(Base):
    """What the night made of a pair."""

    __tablename__ = "quality_score"
    pair_id: Mapped[str] = mapped_column(
        sa.ForeignKey("quality_pair.pair_id", ondelete="CASCADE"), primary_key=True
    )
    stratum: Mapped[int] = mapped_column(sa.SmallInteger())
    decision: Mapped[str]
    match_weight: Mapped[float]
    match_probability: Mapped[float]


class QualityAnswer(Base):
    """What a reviewer says of a pair. What is taken back stays told, and does not count."""

    __tablename__ = "quality_answer"
    answer_id: Mapped[int] = mapped_column(sa.BigInteger(), sa.Identity(always=True), primary_key=True)
    pair_id: Mapped[str] = mapped_column(sa.ForeignKey("quality_pair.pair_id", ondelete="CASCADE"))
    reviewer: Mapped[str] = mapped_column(sa.ForeignKey("app_user.user_id"))
    kind: Mapped[str]
    answered_at: Mapped[datetime]
    taken_back_at: Mapped[datetime | None]
    __table_args__ = (
        one_of("kind", ANSWERS),
        sa.Index(
            "quality_answer_standing_idx",
            "pair_id",
            "reviewer",
            unique=True,
            postgresql_where=sa.text("taken_back_at IS NULL"),
        ),
    )

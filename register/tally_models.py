"""How many discrepancies there are of each kind, without counting them (migration 0011)."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from register.models import Base

_KIND = ["type", "priority", "band", "rows"]


class _Tally:
    """What the tallies of kinds hold."""

    tally_no: Mapped[int] = mapped_column(sa.BigInteger(), sa.Identity(always=True), primary_key=True)
    type: Mapped[str]
    status: Mapped[str]
    priority: Mapped[int] = mapped_column(sa.SmallInteger())
    band: Mapped[str]
    feed: Mapped[str]
    area_code: Mapped[str]
    first_night: Mapped[date]
    rows: Mapped[int] = mapped_column(sa.BigInteger())
    is_folded: Mapped[bool] = mapped_column(server_default=sa.false())


class DiscrepancyTally(_Tally, Base):
    """What was added to the number of discrepancies of a type, status, priority, band of confidence, feed and area: the number
    is the sum of `rows`. A trigger adds what a statement changes within its transaction, and overwrites nothing, so that nobody
    waits for anybody; now and then the rows of one key are put together (`is_folded`).

    Each change is there three times: by area, by the night that opened the discrepancy, and by neither; `*` stands for the whole
    county, nothing for no area, and `infinity` for whichever night. `feed` is that of the types that are a department's own to
    correct.
    """

    __tablename__ = "discrepancy_tally"
    __table_args__ = (
        sa.Index(
            "discrepancy_tally_area_idx",
            "area_code",
            "first_night",
            "status",
            postgresql_include=_KIND,
        ),
        sa.Index(
            "discrepancy_tally_status_idx",
            "status",
            "area_code",
            postgresql_include=_KIND,
            postgresql_where=sa.text("first_night = 'infinity'::date"),
        ),
        sa.Index("discrepancy_tally_added_idx", "tally_no", postgresql_where=sa.text("NOT is_folded")),
    )


class FeedTally(_Tally, Base):
    """The same, once for each feed that a discrepancy rests on (migration 0022): of one feed its rows add up like those of
    `DiscrepancyTally`, of several they count some discrepancies several times.
    """

    __tablename__ = "feed_tally"
    __table_args__ = (
        sa.Index("feed_tally_feed_idx", "feed", "area_code", "first_night"),
        sa.Index(
            "feed_tally_area_idx",
            *("area_code", "first_night", "status"),
            postgresql_include=["feed", *_KIND],
        ),
        sa.Index("feed_tally_added_idx", "tally_no", postgresql_where=sa.text("NOT is_folded")),
    )


class AreaTally(Base):
    """The same by status and area alone (migration 0027), made of what is added to `DiscrepancyTally`: what stands beside each area is
    a sum of few rows.
    """

    __tablename__ = "area_tally"
    tally_no: Mapped[int] = mapped_column(sa.BigInteger(), sa.Identity(always=True), primary_key=True)
    status: Mapped[str]
    area_code: Mapped[str]
    rows: Mapped[int] = mapped_column(sa.BigInteger())
    is_folded: Mapped[bool] = mapped_column(server_default=sa.false())
    __table_args__ = (
        sa.Index("area_tally_status_idx", "status", "area_code", postgresql_include=["rows"]),
        sa.Index("area_tally_added_idx", "tally_no", postgresql_where=sa.text("NOT is_folded")),
    )


class CountyTally(Base):
    """The same for the whole county (migration 0035), three times: by priority and first night, by assignee, and of what was reopened. Of a row that is
    one of these the others are 0, `infinity`, nothing and false. What a steward's queue says where nothing but the status is asked for is a sum
    of few rows.
    """

    __tablename__ = "county_tally"
    tally_no: Mapped[int] = mapped_column(sa.BigInteger(), sa.Identity(always=True), primary_key=True)
    status: Mapped[str]
    priority: Mapped[int] = mapped_column(sa.SmallInteger())
    first_night: Mapped[date]
    assignee: Mapped[str]
    is_reopened: Mapped[bool]
    rows: Mapped[int] = mapped_column(sa.BigInteger())
    is_folded: Mapped[bool] = mapped_column(server_default=sa.false())
    __table_args__ = (
        sa.Index(
            "county_tally_status_idx",
            *("status", "first_night"),
            postgresql_include=["priority", "assignee", "is_reopened", "rows"],
        ),
        sa.Index("county_tally_added_idx", "tally_no", postgresql_where=sa.text("NOT is_folded")),
    )


class NightTally(Base):
    """How many discrepancies of a type stood in a township (nothing: in none) at the end of a night (migration 0017)."""

    __tablename__ = "night_tally"
    night: Mapped[date] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(primary_key=True)
    area_code: Mapped[str] = mapped_column(primary_key=True)
    open: Mapped[int] = mapped_column(sa.BigInteger())
    waiting: Mapped[int] = mapped_column(sa.BigInteger())
    decided: Mapped[int] = mapped_column(sa.BigInteger())
    resolved: Mapped[int] = mapped_column(sa.BigInteger())

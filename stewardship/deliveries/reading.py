"""Receipts as the desk reads them: newest arrival first, counted by feed, status and month.

A delivery's number in addresses is a digest of feed, file and content, because a file's name is nobody's business but the reader's; so is a
unit's, which files name as they like. The ledger has some thousand rows, so nothing is prepared for these pages.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from register.hand_in_models import HandIn
from register.models import DELIVERY_STATUSES, Delivery, QuarantinedRow
from stewardship.deliveries.other_lists import IS_TAKEN, STATUS
from stewardship.deliveries.timely import TIMELY
from stewardship.filters import read_day
from stewardship.words import FEEDS

SEPARATOR: Final = chr(31)
CHANGES: Final = "changes"
SOME: Final = "some"
KEY: Final[sa.ColumnElement[str]] = sa.func.md5(
    Delivery.feed + sa.literal(SEPARATOR) + Delivery.file + sa.literal(SEPARATOR) + Delivery.sha256
)
# Of a receipt's unit, as `unit_key` says it.
UNIT: Final[sa.ColumnElement[str]] = sa.func.md5(
    Delivery.feed + sa.literal(SEPARATOR) + sa.func.coalesce(Delivery.unit, "")
)
MONTH: Final[sa.ColumnElement[str]] = sa.func.to_char(Delivery.arrival, "YYYY-MM")
DIMENSIONS: Final = ("feed", "status", "month")
_COLUMNS: Final = (
    *(column for column in Delivery.__table__.columns if column.name != "status"),
    STATUS.label("status"),
    KEY.label("key"),
)
MOST_NUMBERS: Final = 500  # row numbers that are written out for one rule
_NUMBERS: Final[sa.ColumnElement[Any]] = sa.literal_column(
    f'(array_agg(DISTINCT "row" ORDER BY "row"))[1:{MOST_NUMBERS}]'
)
_IS_LIST: Final[sa.ColumnElement[bool]] = sa.func.coalesce(Delivery.coverage, "") != CHANGES
Condition = sa.ColumnElement[bool]
_KEY: Final = re.compile(r"[0-9a-f]{32}")
_MONTH: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_CURSOR: Final = re.compile(r"(\d{4}-\d{2}-\d{2})_([0-9a-f]{32})")


@dataclass(frozen=True)
class Choice:
    """Which receipts are asked for; empty is no condition. `since`: the first day of arrival; `unit`: its digest; `timely`: of the files that
    were due in twelve months, those that came on time or those that came late; `unusable`: those of which some rows could not be used."""

    feed: str = ""
    status: str = ""
    month: str = ""
    since: str = ""
    unit: str = ""
    timely: str = ""
    unusable: str = ""

    def query(self, **changes: str) -> str:
        """For a link."""
        wanted = replace(self, **changes)
        return urlencode({name: value for name, value in vars(wanted).items() if value})


@dataclass(frozen=True)
class Cursor:
    """After which receipt a page begins."""

    arrival: date
    key: str

    def __str__(self) -> str:
        return f"{self.arrival}_{self.key}"


@dataclass(frozen=True)
class Page:
    """`counts`: dimension → choice → receipts, all other conditions kept. Of all that the choice leaves: `told`, the rows but for headings, totals
    and the like, and of them `unusable`, those that could not be used."""

    rows: list[Row[Any]]
    next: Cursor | None
    total: int
    counts: Mapping[str, Counter[str]]
    told: int
    unusable: int


@dataclass(frozen=True)
class Rejected:
    """The rows of a sheet that broke one rule; `numbers` as the file counts them, runs put together."""

    rule: str
    column: str
    sheet: str
    rows: int
    numbers: str
    is_cut: bool


def key_of(feed: str, file: str, sha256: str) -> str:
    """As `KEY` says it."""
    return _digest(feed, file, sha256)


def unit_key(feed: str, unit: str) -> str:
    return _digest(feed, unit)


def _digest(*parts: str) -> str:
    return hashlib.md5(SEPARATOR.join(parts).encode(), usedforsecurity=False).hexdigest()


def read_choice(query: Mapping[str, str]) -> Choice:
    """What is not known is no condition."""
    feed, status, month = (query.get(name, "") for name in DIMENSIONS)
    since, unit, timely = read_day(query.get("since", "")), query.get("unit", ""), query.get("timely", "")
    return Choice(
        feed if feed in FEEDS else "",
        status if status in DELIVERY_STATUSES else "",
        month if _MONTH.fullmatch(month) and month > "0001" else "",
        since.isoformat() if since else "",
        unit if _KEY.fullmatch(unit) else "",
        timely if timely in TIMELY else "",
        SOME if query.get("unusable") == SOME else "",
    )


def read_cursor(text: str) -> Cursor | None:
    found = _CURSOR.fullmatch(text)
    try:
        return None if found is None else Cursor(date.fromisoformat(found[1]), found[2])
    except ValueError:
        return None


def receipts(
    connection: Connection, choice: Choice, after: Cursor | None, rows: int, also: Sequence[Condition] = ()
) -> Page:
    """At most `rows` receipts after the cursor, and the counts over all that the choice leaves.

    Args: also: what `choice.timely` means today (`timely.came`).
    """
    always = [*_always(choice), *also]
    query: sa.Select[Any] = sa.select(*_COLUMNS).where(*always)
    for name, column in (("feed", Delivery.feed), ("status", STATUS), ("month", MONTH)):
        if getattr(choice, name):
            query = query.where(column == getattr(choice, name))
    if after is not None:
        later = sa.and_(Delivery.arrival == after.arrival, after.key < KEY)
        query = query.where(sa.or_(Delivery.arrival < after.arrival, later))
    found: list[Row[Any]] = [
        *connection.execute(query.order_by(Delivery.arrival.desc(), KEY).limit(rows + 1))
    ]
    shown = found[:rows]
    counts, told, unusable = _counts(connection, choice, always)
    following = Cursor(shown[-1].arrival, shown[-1].key) if len(found) > rows else None
    asked = counts["feed"]
    total = asked[choice.feed] if choice.feed else sum(asked.values())
    return Page(shown, following, total, counts, told, unusable)


def _counts(
    connection: Connection, choice: Choice, always: Sequence[Condition]
) -> tuple[dict[str, Counter[str]], int, int]:
    columns = (Delivery.feed, STATUS.label("status"), MONTH.label("month"))
    sums = (
        sa.func.count().label("n"),
        sa.func.sum(Delivery.rows_total - Delivery.rows_set_aside).label("told"),
        sa.func.sum(Delivery.rows_quarantined).label("unusable"),
    )
    query = sa.select(*columns, *sums).where(*always).group_by(*columns)
    found: dict[str, Counter[str]] = {name: Counter() for name in DIMENSIONS}
    told, unusable = 0, 0
    for row in connection.execute(query):
        others = [name for name in DIMENSIONS if getattr(choice, name) not in ("", getattr(row, name))]
        for name in DIMENSIONS:
            if others in ([], [name]):
                found[name][getattr(row, name)] += row.n
        told += 0 if others else row.told
        unusable += 0 if others else row.unusable
    return found, told, unusable


def _always(choice: Choice) -> Iterator[Condition]:
    """What is asked for besides the dimensions."""
    if choice.since:
        yield Delivery.arrival >= date.fromisoformat(choice.since)
    if choice.unit:
        yield UNIT.in_([choice.unit])
    if choice.unusable:
        yield Delivery.rows_quarantined > 0


def receipt(connection: Connection, key: str) -> Row[Any] | None:
    """One that the user may see."""
    if not _KEY.fullmatch(key):
        return None
    query: sa.Select[Any] = sa.select(*_COLUMNS).where(KEY.in_([key]))
    found: Row[Any] | None = connection.execute(query).one_or_none()
    return found


def later(connection: Connection, receipt: Row[Any], unit: str, period: str | None) -> str | None:
    """The newest taken delivery of a unit after a receipt, so that a correction of that would undo what it says; its number.

    What corrects rows of the receipt does not count, a whole list that was handed in does. Args: period: None for those of any.
    """
    place = sa.tuple_(sa.literal(receipt.arrival), sa.literal(receipt.file).collate("C"))
    of_rows = sa.exists().where(
        *(getattr(HandIn, name) == getattr(Delivery, name) for name in ("feed", "file", "sha256")),
        HandIn.of_file == receipt.file,
        HandIn.of_sha256 == receipt.sha256,
    )
    query = sa.select(KEY).where(
        Delivery.feed == receipt.feed,
        IS_TAKEN,
        sa.func.coalesce(Delivery.unit, "") == unit,
        sa.tuple_(Delivery.arrival, Delivery.file.collate("C")) > place,
        sa.or_(~of_rows, _IS_LIST) if period is None else ~of_rows,
    )
    if period is not None:
        query = query.where(sa.func.coalesce(Delivery.period, "") == period)
    key: str | None = connection.scalar(
        query.order_by(Delivery.arrival.desc(), Delivery.file.desc()).limit(1)
    )
    return key


def standing(connection: Connection, feed: str, unit: str) -> int:
    """The rows of a unit's newest list, 0 where it has none."""
    query = (
        sa.select(Delivery.rows_kept + Delivery.rows_superseded)
        .where(Delivery.feed == feed, Delivery.unit == unit, IS_TAKEN)
        .where(_IS_LIST)
        .order_by(Delivery.arrival.desc(), Delivery.file.collate("C").desc())
    )
    return connection.scalar(query.limit(1)) or 0


def rejected(connection: Connection, feed: str, file: str, night: date) -> list[Rejected]:
    """The unusable rows of a delivery by rule, without what stands in them."""
    q = QuarantinedRow
    query = (
        sa.select(q.rule, q.column, q.sheet, sa.func.count().label("n"), _NUMBERS.label("at"))
        .where(q.feed == feed, q.file == file, q.night == night)
        .group_by(q.rule, q.column, q.sheet)
        .order_by(sa.func.count().desc(), q.rule, q.column, q.sheet)
    )
    return [
        Rejected(row.rule, row.column, row.sheet, row.n, in_runs(row.at), row.n > MOST_NUMBERS)
        for row in connection.execute(query)
    ]


def in_runs(numbers: list[int]) -> str:
    """`5, 7–9` of 5, 7, 8, 9."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return ", ".join("–".join(map(str, run)) for run in runs)

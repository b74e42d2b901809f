"""The ledger of deliveries: which file was taken by which night, and what became of its rows.

A receipt is written once by the night that took the file and may be corrected only by that night's re-run;
that another night meets the same file again changes nothing. Superseded counts are stated as totals, so
stating them twice does no harm.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Protocol

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from register.bulk import copy_in
from register.models import Delivery


class ReceiptRow(Protocol):
    """What the ledger reads of `feeds.deliveries.Receipt`."""

    @property
    def feed(self) -> str: ...
    @property
    def file(self) -> str: ...
    @property
    def sha256(self) -> str: ...
    @property
    def arrival(self) -> date: ...
    @property
    def unit(self) -> str | None: ...
    @property
    def period(self) -> str | None: ...
    @property
    def coverage(self) -> str | None: ...
    @property
    def encoding(self) -> str | None: ...
    @property
    def file_format(self) -> str | None: ...
    @property
    def status(self) -> str: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def other_feed(self) -> str | None: ...
    @property
    def header_row(self) -> int | None: ...
    @property
    def columns_mapped(self) -> Sequence[str]: ...
    @property
    def columns_dropped(self) -> Sequence[str]: ...
    @property
    def rows_total(self) -> int: ...
    @property
    def rows_kept(self) -> int: ...
    @property
    def rows_set_aside(self) -> int: ...
    @property
    def rows_quarantined(self) -> int: ...


@dataclass(frozen=True)
class LedgerEntry:
    """A receipt as the ledger has it."""

    feed: str
    file: str
    sha256: str
    night: date
    arrival: date
    unit: str | None
    period: str | None
    coverage: str | None
    encoding: str | None
    file_format: str | None
    status: str
    reason: str | None
    other_feed: str | None
    header_row: int | None
    columns_mapped: tuple[str, ...]
    columns_dropped: tuple[str, ...]
    rows_total: int
    rows_kept: int
    rows_set_aside: int
    rows_quarantined: int
    rows_superseded: int


_FIELDS = tuple(field.name for field in fields(LedgerEntry))
_TUPLES = frozenset({"columns_mapped", "columns_dropped"})
_RECEIPT_FIELDS = tuple(name for name in _FIELDS if name not in ("night", "rows_superseded"))
_COLUMNS = tuple(getattr(Delivery, name) for name in _FIELDS)

# What stands for a row's content; of content that was erased it is all that is left (`register.retention`).
RAW_KEY = "left(encode(sha256(convert_to(coalesce(raw::text, ''), 'UTF8')), 'hex'), 16)"
_QUARANTINED = f"""
SELECT feed, file, sheet, "row", rule, nullif("column", ''), coalesce(raw ->> 'erased', {RAW_KEY})
FROM quarantined_row WHERE night <= :state ORDER BY feed, file, sheet, "row", rule, "column"
"""


class DeliveryLedger:
    """The deliveries of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def known_hashes(self, feed: str, *, except_night: date | None = None) -> frozenset[str]:
        """SHA-256 of the files taken of a feed; without those that `except_night` took, for running that
        night again.
        """
        query = sa.select(Delivery.sha256).where(Delivery.feed == feed, Delivery.status == "taken")
        if except_night is not None:
            query = query.where(Delivery.night != except_night)
        return frozenset(self._connection.scalars(query))

    def record(self, receipts: Iterable[ReceiptRow], night: date) -> int:
        """Writes what a night received; returns how many receipts were new or corrected."""
        rows = [
            {"night": night} | {name: _plain(getattr(one, name), name) for name in _RECEIPT_FIELDS}
            for one in receipts
        ]
        if not rows:
            return 0
        statement = insert(Delivery)
        new = statement.excluded
        corrected: dict[str, sa.ColumnElement[Any]] = {
            name: new[name] for name in _RECEIPT_FIELDS if name not in ("feed", "file", "sha256")
        }
        corrected["rows_kept"] = new.rows_kept - sa.case(
            (new.status == "taken", Delivery.rows_superseded), else_=0
        )
        is_same = sa.and_(
            *(getattr(Delivery, name).is_not_distinct_from(value) for name, value in corrected.items())
        )
        upsert = statement.on_conflict_do_update(
            index_elements=[Delivery.feed, Delivery.file, Delivery.sha256],
            set_=corrected,
            where=sa.and_(
                Delivery.night == new.night,
                sa.not_(sa.and_(Delivery.status == "taken", new.status == "duplicate")),
                sa.not_(is_same),
            ),
        ).returning(Delivery.file)
        rows.sort(key=lambda row: (row["feed"], row["file"], row["sha256"]))  # two nights at once: one order
        return sum(len(self._connection.execute(upsert, row).all()) for row in rows)

    def update_superseded(self, counts: Mapping[tuple[str, str], int]) -> None:
        """Moves rows from kept to superseded: total by (feed, SHA-256); deliveries not named keep theirs."""
        if not counts:
            return
        statement = (
            sa.update(Delivery)
            .where(
                Delivery.feed == sa.bindparam("of_feed"),
                Delivery.sha256 == sa.bindparam("of_sha256"),
                Delivery.status == "taken",
                Delivery.rows_superseded != sa.bindparam("total"),
            )
            .values(
                rows_kept=Delivery.rows_kept + Delivery.rows_superseded - sa.bindparam("total"),
                rows_superseded=sa.bindparam("total"),
            )
        )
        ordered = sorted(counts.items())
        self._connection.execute(
            statement,
            [{"of_feed": feed, "of_sha256": sha256, "total": total} for (feed, sha256), total in ordered],
        )

    def taken_by(self, night: date) -> list[LedgerEntry]:
        """What that night took in, whatever other nights did since; by feed, arrival and file."""
        return self._entries(sa.and_(Delivery.night == night, Delivery.status == "taken"))

    def taken(self, until: date | None = None) -> list[LedgerEntry]:
        """Everything taken in, of deliveries that had arrived by `until`."""
        of_time = sa.true() if until is None else Delivery.arrival <= until
        return self._entries(sa.and_(Delivery.status == "taken", of_time))

    def receipts(self) -> list[LedgerEntry]:
        """Every receipt, also of duplicates and refusals."""
        return self._entries(sa.true())

    def _entries(self, condition: sa.ColumnElement[bool]) -> list[LedgerEntry]:
        query = sa.select(*_COLUMNS).where(condition)
        ordered = query.order_by(Delivery.feed, Delivery.arrival, Delivery.file, Delivery.sha256)
        return [_entry(row) for row in self._connection.execute(ordered)]

    def taken_files(self, state: date) -> pd.DataFrame:
        """What the rules see of the files taken as of a night: feed, file, unit, period, coverage, arrival, rows.

        Of a file that somebody wrote over only the last content counts.
        """
        entries = sorted((e for e in self.taken(state) if e.night <= state), key=lambda e: e.night)
        last = {(e.feed, e.file): e for e in entries}
        rows = [
            (e.feed, e.file, e.unit, e.period, e.coverage, e.arrival, e.rows_kept + e.rows_superseded)
            for e in last.values()
        ]
        columns = ["feed", "file", "unit", "period", "coverage", "arrival", "rows"]
        return pd.DataFrame(rows, columns=columns).astype({"rows": "int64"})

    def quarantined(self, state: date) -> pd.DataFrame:
        """The quarantined rows of the nights until `state`, without their values: `raw_key` is a hash."""
        rows = self._connection.execute(sa.text(_QUARANTINED), {"state": state})
        columns = ["feed", "file", "sheet", "row", "rule", "column", "raw_key"]
        return pd.DataFrame([tuple(row) for row in rows], columns=columns, dtype=object)

    def quarantine(self, rows: pd.DataFrame, deliveries: Iterable[tuple[str, str]], night: date) -> int:
        """Replaces the quarantined rows of the deliveries (feed, file) by those of `rows`.

        Args:
            rows: `feed, file, sheet, row, rule, column` and optionally `raw` (a dict or JSON text);
            docs/data-model.md.
        """
        for feed, file in sorted(set(deliveries)):
            self._connection.execute(
                sa.text("DELETE FROM quarantined_row WHERE feed = :feed AND file = :file"),
                {"feed": feed, "file": file},
            )
        key = ["feed", "file", "sheet", "row", "rule", "column"]
        frame = rows[key].copy()
        frame["sheet"] = frame["sheet"].fillna("")
        frame["column"] = frame["column"].fillna("")
        frame["raw"] = [_json(value) for value in rows["raw"]] if "raw" in rows else None
        frame["night"] = night
        return copy_in(self._connection, "quarantined_row", frame.drop_duplicates(key))


def _entry(row: Sequence[Any]) -> LedgerEntry:
    values: dict[str, Any] = dict(zip(_FIELDS, row))
    return LedgerEntry(**values | {name: tuple(values[name]) for name in _TUPLES})


def _json(value: Any) -> str | None:
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return value if isinstance(value, str) else None


def _plain(value: Any, name: str) -> Any:
    if name in _TUPLES:
        return list(value)
    if name == "arrival" and isinstance(value, str):
        return date.fromisoformat(value)
    return value

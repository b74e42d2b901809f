"""One file of a feed → its receipt, its records, and the rows that cannot be used.

Every row of every sheet is accounted for: `rows_total = rows_kept + rows_set_aside + rows_quarantined`. A file that cannot be read at all is
refused with a reason; a file of another feed is read, recognised, and all its rows are quarantined as `wrong_feed`.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pandas as pd

from feeds.areas import AreaTable
from feeds.contracts import FeedContract, contract_of
from feeds.coverage import CHANGES, REMOVED, coverage_of, unusable_changes, without_change_notes
from feeds.errors import UnreadableFile
from feeds.headers import Header, find_header, kind_of_row, likely_feed
from feeds.origin import Origin, origin_of
from feeds.parsing import Surroundings, parse_fields
from feeds.readers import Book, Cell, Sheet, read
from feeds.values.text import as_text, tight

TAKEN, DUPLICATE, REFUSED = "taken", "duplicate", "refused"
QUARANTINE_COLUMNS = ("feed", "file", "sheet", "row", "rule", "column", "raw")

NEEDED: dict[str, tuple[tuple[str, ...], ...]] = {
    "register": (("person_no",), ("name", "id_number")),
    "police_births": (
        ("name", "id_number", "mother_name", "mother_id", "father_name", "father_id", "certificate_no"),
    ),
    "hospital_births": (("name", "mother_name", "mother_id", "father_name", "father_id", "certificate_no"),),
    "civil_marriages": (("male_name", "male_id", "female_name", "female_id"),),
    "survey_returns": (("case_no",), ("outcome",)),
}
"""Of each group at least one field must have a value, else the row names nobody; other feeds need a name or an ID number."""
PERSON = (("name", "id_number"),)


@dataclass(frozen=True)
class Receipt:
    """What became of one delivery: docs/data-model.md. Counts are rows, never values.

    `other_feed`: whose header the file has, or one of its sheets, where it is not this feed's.
    """

    feed: str
    file: str
    sha256: str
    arrival: date
    unit: str = ""
    period: str = ""
    coverage: str = ""
    encoding: str = ""
    file_format: str = ""
    status: str = TAKEN
    reason: str = ""
    other_feed: str | None = None
    header_row: int | None = None
    columns_mapped: tuple[str, ...] = ()
    columns_dropped: tuple[str, ...] = ()
    rows_total: int = 0
    rows_kept: int = 0
    rows_set_aside: int = 0
    rows_quarantined: int = 0


@dataclass(frozen=True)
class TakenIn:
    """A delivery's receipt, records (docs/data-model.md) and quarantined rows."""

    receipt: Receipt
    records: pd.DataFrame
    quarantined: pd.DataFrame


@dataclass
class _Rows:
    """Rows of a book sorted by what they are."""

    sheet: list[str] = field(default_factory=list)
    row: list[int] = field(default_factory=list)
    cells: dict[str, list[Cell]] = field(default_factory=dict)
    aside: Counter[str] = field(default_factory=Counter)
    quarantined: list[dict[str, object]] = field(default_factory=list)
    above: list[list[Cell]] = field(default_factory=list)
    header: Header | None = None
    other: str | None = None


def sha256_of(path: Path) -> str:
    """The file's SHA-256 in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for chunk in iter(lambda: file.read(1 << 20), b""):
            digest.update(chunk)
    return digest.hexdigest()


def take_in(
    path: Path,
    *,
    feed: str,
    file: str,
    arrival: date,
    areas: AreaTable,
    now: date | None = None,
    coverage: str | None = None,
) -> TakenIn:
    """Read one file; all else is as for `take_in_content`."""
    return take_in_content(
        path.read_bytes(), feed=feed, file=file, arrival=arrival, areas=areas, now=now, coverage=coverage
    )


def take_in_content(
    content: bytes,
    *,
    feed: str,
    file: str,
    arrival: date,
    areas: AreaTable,
    now: date | None = None,
    coverage: str | None = None,
) -> TakenIn:
    """Read what a file holds. `file` is its path below the feed's folder; dates after `now` (default: `arrival`) are no dates; `coverage` is
    what its manifest says.

    Raises:
        UnknownFeed: there is no such contract. Whatever is wrong with the file is told by the receipt instead.
    """
    contract = contract_of(feed)
    blank = Receipt(feed, file, hashlib.sha256(content).hexdigest(), arrival)
    try:
        book = read(content)
        rows = _sort_rows(book, contract, file)
        around = Surroundings(areas, _near(rows, areas), now or arrival)
        frame = _parsed(contract, rows, around)
        covers = _coverage(contract, coverage, file, rows, frame)
    except UnreadableFile as error:
        refused = replace(blank, status=REFUSED, reason=error.reason)
        return TakenIn(refused, _no_records(contract, areas, arrival), _quarantine_frame([]))
    return _build(replace(blank, coverage=covers), contract, book, rows, frame, areas)


def _parsed(contract: FeedContract, rows: _Rows, around: Surroundings) -> pd.DataFrame:
    columns, notes = parse_fields(contract, rows.cells, around)
    frame = pd.DataFrame(columns) if rows.row else _typed_empty(contract, around)
    frame["notes"] = pd.Series(notes, dtype="object")
    return frame


def _coverage(contract: FeedContract, told: str | None, file: str, rows: _Rows, frame: pd.DataFrame) -> str:
    """Raises: UnreadableFile."""
    if "change" not in contract.names:
        return ""
    texts = [tight(file.rsplit("/", 1)[-1])]
    texts += [tight(text) for row in rows.above for cell in row if (text := as_text(cell))]
    return coverage_of(contract, told, frame["change"], texts, rows.header.dropped if rows.header else ())


def _build(
    blank: Receipt, contract: FeedContract, book: Book, rows: _Rows, frame: pd.DataFrame, areas: AreaTable
) -> TakenIn:
    origin = _origin(contract, blank, rows, frame, areas)
    bad = _unusable(frame, contract.feed, blank.coverage)
    if blank.coverage and frame["notes"].notna().any():
        frame["notes"] = without_change_notes(frame["notes"])
    rows.quarantined += [
        _quarantined(
            blank, rows.sheet[i], rows.row[i], rule, column, {k: v[i] for k, v in rows.cells.items()}
        )
        for i, (rule, column) in bad.items()
    ]
    records = _with_provenance(frame, blank, rows, origin).drop(index=list(bad)).reset_index(drop=True)
    header = rows.header
    receipt = replace(
        blank,
        unit=origin.unit,
        period=origin.period,
        encoding=book.encoding,
        file_format=book.file_format,
        reason=_remark(rows),
        other_feed=rows.other,
        header_row=header.last + 1 if header else None,
        columns_mapped=tuple(f"{header.names[place]} → {name}" for place, name in header.columns.items())
        if header
        else (),
        columns_dropped=header.dropped if header else (),
        rows_total=sum(len(sheet.rows) for sheet in book.sheets),
        rows_kept=len(records),
        rows_set_aside=sum(rows.aside.values()),
        rows_quarantined=len(rows.quarantined),
    )
    return TakenIn(receipt, records, _quarantine_frame(rows.quarantined))


def _remark(rows: _Rows) -> str:
    if rows.other is not None:
        return f"wrong feed: the header is that of {rows.other}"
    return "" if rows.row or rows.quarantined else "header only"


def _sort_rows(book: Book, contract: FeedContract, file: str) -> _Rows:
    """Raises: UnreadableFile when no sheet has a header of any feed."""
    rows = _Rows(cells={name: [] for name in contract.names})
    headless: list[Sheet] = []
    for sheet in book.sheets:
        if sheet.is_hidden:
            rows.aside["hidden sheet"] += len(sheet.rows)
            continue
        header = find_header(sheet, contract)
        if header is None or likely_feed(sheet, contract.feed):
            headless.append(sheet)
            continue
        rows.header = rows.header or header
        _sort_sheet(sheet, header, contract, file, rows)
    for sheet in headless:
        other = likely_feed(sheet, contract.feed)
        if other:
            rows.other = other
            _quarantine_sheet(sheet, other, contract.feed, file, rows)
        elif rows.header is not None or not sheet.rows:
            rows.aside["no table"] += len(sheet.rows)
        else:
            raise UnreadableFile("no header row with this feed's columns")
    return rows


def _sort_sheet(sheet: Sheet, header: Header, contract: FeedContract, file: str, rows: _Rows) -> None:
    rows.above += sheet.rows[: header.first]
    rows.aside["title or header"] += header.last + 1
    kept: list[list[Cell]] = []
    for place in range(header.last + 1, len(sheet.rows)):
        row = sheet.rows[place]
        kind = kind_of_row(row, header, contract.feed)
        if kind:
            rows.aside[kind] += 1
            continue
        if place == sheet.torn:
            cells = {name: row[at] for at, name in header.columns.items() if at < len(row)}
            rows.quarantined.append(_row_entry(contract.feed, file, sheet.name, place + 1, "torn", "", cells))
            continue
        kept.append(row)
        rows.row.append(place + 1)
    rows.sheet += [sheet.name] * len(kept)
    at_column = {name: at for at, name in header.columns.items()}
    for name, column in rows.cells.items():
        at = at_column.get(name)
        column += [None if at is None or at >= len(row) else row[at] for row in kept]


def _quarantine_sheet(sheet: Sheet, other: str, feed: str, file: str, rows: _Rows) -> None:
    """A sheet of another feed: its records are quarantined without their values, which this feed has no right to."""
    header = find_header(sheet, contract_of(other))
    assert header is not None
    rows.aside["title or header"] += header.last + 1
    for place in range(header.last + 1, len(sheet.rows)):
        kind = kind_of_row(sheet.rows[place], header, other)
        if kind:
            rows.aside[kind] += 1
        else:
            rows.quarantined.append(_row_entry(feed, file, sheet.name, place + 1, "wrong_feed", "", {}))


def _row_entry(
    feed: str, file: str, sheet: str, row: int, rule: str, column: str, cells: dict[str, Cell]
) -> dict[str, object]:
    raw = {name: as_text(cell) for name, cell in cells.items() if cell is not None}
    return dict(
        zip(QUARANTINE_COLUMNS, (feed, file, sheet, row, rule, column, json.dumps(raw, ensure_ascii=False)))
    )


def _quarantined(
    blank: Receipt, sheet: str, row: int, rule: str, column: str, cells: dict[str, Cell]
) -> dict[str, object]:
    return _row_entry(blank.feed, blank.file, sheet, row, rule, column, cells)


def _quarantine_frame(entries: list[dict[str, object]]) -> pd.DataFrame:
    frame = pd.DataFrame(entries, columns=list(QUARANTINE_COLUMNS))
    return frame.astype({"row": "int64"}).astype(
        dict.fromkeys(("feed", "file", "sheet", "rule", "column", "raw"), "object")
    )


def _unusable(frame: pd.DataFrame, feed: str, coverage: str) -> dict[int, tuple[str, str]]:
    """Row position → (rule, column) for rows that name nobody, or of which it cannot be told what is to be done with the person."""
    bad: dict[int, tuple[str, str]] = {}
    for number, group in enumerate(NEEDED.get(feed, PERSON)):
        empty = frame[list(group)].isna().all(axis=1)
        if coverage == CHANGES and number:  # whoever goes is known by the number alone
            empty &= frame["change"].ne(REMOVED)
        for place in empty.to_numpy().nonzero()[0]:
            bad.setdefault(int(place), ("needed", "|".join(group[:2])))
    for place in unusable_changes(frame) if coverage == CHANGES else ():
        bad.setdefault(place, ("unknown_change", "change"))
    return bad


def _with_provenance(frame: pd.DataFrame, blank: Receipt, rows: _Rows, origin: Origin) -> pd.DataFrame:
    head = f"{blank.feed}\x1f{blank.file}\x1f"
    ids = [
        hashlib.sha256(f"{head}{sheet}\x1f{row}".encode()).hexdigest()[:16]
        for sheet, row in zip(rows.sheet, rows.row)
    ]
    size = len(ids)
    provenance = pd.DataFrame(
        {
            "record_id": pd.Series(ids, dtype="object"),
            "feed": pd.Series([blank.feed] * size, dtype="object"),
            "file": pd.Series([blank.file] * size, dtype="object"),
            "sheet": pd.Series(rows.sheet, dtype="object"),
            "row": pd.Series(rows.row, dtype="int64"),
            "unit": pd.Series([origin.unit] * size, dtype="object"),
            "period": pd.Series([origin.period] * size, dtype="object"),
            "arrival": pd.Series([blank.arrival.isoformat()] * size, dtype="object"),
            "delivery": pd.Series([blank.sha256] * size, dtype="object"),
        }
    )
    if blank.coverage:
        provenance["coverage"] = pd.Series([blank.coverage] * size, dtype="object")
    return pd.concat([provenance, frame], axis=1)


def _typed_empty(contract: FeedContract, around: Surroundings) -> pd.DataFrame:
    columns, _ = parse_fields(contract, {name: [] for name in contract.names}, around)
    return pd.DataFrame(columns)


def _no_records(contract: FeedContract, areas: AreaTable, now: date) -> pd.DataFrame:
    empty = _typed_empty(contract, Surroundings(areas, None, now))
    empty["notes"] = pd.Series([], dtype="object")
    return _with_provenance(empty, Receipt(contract.feed, "", "", now), _Rows(), Origin("", ""))


def _near(rows: _Rows, areas: AreaTable) -> str | None:
    """The township that most of a file's area codes lie in."""
    codes = Counter(
        township
        for cell in rows.cells.get("area_code", [])
        if cell is not None
        and (township := areas.township_of(areas.current_code(tight(as_text(cell) or ""))))
    )
    return codes.most_common(1)[0][0] if codes else None


def _origin(
    contract: FeedContract, blank: Receipt, rows: _Rows, frame: pd.DataFrame, areas: AreaTable
) -> Origin:
    units: list[str] = []
    for column in ("school", "facility"):
        if column in frame.columns:
            units = frame[column].dropna().tolist()
    if not units and "area_code" in frame.columns:
        units = [
            name for code in frame["area_code"].dropna() if (name := areas.name_of(areas.township_of(code)))
        ]
    months: list[str] = []
    for column in ("event_date",) if contract.feed != "hospital_births" else ("birth_date",):
        if contract.kind == "event" and column in frame.columns:
            months = frame[column].dropna().dt.strftime("%Y-%m").tolist()
    is_changes = blank.coverage == CHANGES
    return origin_of(contract, blank.file, blank.arrival, rows.above, units, months, is_changes=is_changes)

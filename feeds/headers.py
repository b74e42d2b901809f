"""Which row of a sheet is the header, what its columns are, and which rows below it are no records.

Decided by evidence: the header is the row (or two rows, one over the other) that names the most of the contract's columns. Titles above it, totals,
footnotes, blank rows and headers printed again on every page are set aside and counted, never guessed into records.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from feeds.contracts import CONTRACTS, FeedContract
from feeds.readers import Cell, Sheet
from feeds.values.text import as_text, plain, tight

SEARCH_ROWS = 25
FEWEST = 3
FAR_BETTER = 2
MOSTLY = 0.6

_BRACKETS = re.compile(r"[(（\[【<《][^)）\]】>》]*[)）\]】>》]")
_MARKS = re.compile(r"[*★☆:：#&\s_]|\.(?=\D)")
_TOTAL = re.compile(r"(?:合计|总计|小计|共计|总数|本页小计|累计|计)[:：]?\d*.*")
_FOOTNOTE = re.compile(
    r"(?:填表人|制表|审核|填报人|填报单位|填报日期|负责人|经办人|单位负责人|注[:：]|注释|备注[:：]|说明[:：]|联系人[:：]|打印|第\s*\d+\s*页|共\s*\d+\s*页|以下空白|统计时间|数据来源|本表|此表|※|报送|盖章|报表)"
)


@dataclass(frozen=True)
class Header:
    """`first`–`last`: 0-based rows of the header; `columns`: column index → field; `names`: column index → header as written."""

    first: int
    last: int
    columns: dict[int, str]
    dropped: tuple[str, ...]
    names: dict[int, str]


@lru_cache(maxsize=8192)
def normal(header: str) -> str:
    """A header without widths, spaces, line breaks, marks and bracketed remarks, in upper case."""
    return _MARKS.sub("", _BRACKETS.sub("", tight(header))).upper()


@lru_cache(maxsize=64)
def _beginnings(feed: str) -> frozenset[str]:
    """First characters that a header of this feed can have, to tell most cells from headers at a glance."""
    return frozenset(text[0] for text in _known(feed))


@lru_cache(maxsize=64)
def _known(feed: str) -> dict[str, str]:
    contract = CONTRACTS[feed]
    found: dict[str, str] = {}
    for field in contract.fields:
        for header in (*field.headers, field.name):
            found.setdefault(normal(header), field.name)
    return found


@dataclass(frozen=True)
class _Lines:
    """Rows `first`–`last` of a sheet read as a header: texts by column, and the same texts normalised."""

    first: int
    last: int
    texts: list[str]
    names: list[str]


def _lines_of(sheet: Sheet) -> list[_Lines]:
    """Every row, and every two rows one over the other, that could be the sheet's header."""
    found = []
    for first in range(min(SEARCH_ROWS, len(sheet.rows))):
        for last in (first, first + 1):
            if last < len(sheet.rows):
                texts = _joined(sheet.rows, first, last)
                names = [normal(text) if text else "" for text in texts]
                if sum(map(bool, names)) >= FEWEST:
                    found.append(_Lines(first, last, texts, names))
    return found


def find_header(sheet: Sheet, contract: FeedContract) -> Header | None:
    """The header of a sheet under a contract, None when no row names its required columns."""
    return _best_header(sheet, _lines_of(sheet), contract)


def _best_header(sheet: Sheet, lines: list[_Lines], contract: FeedContract) -> Header | None:
    best: Header | None = None
    for line in lines:
        header = _map(line, contract.feed)
        if len(header.columns) < FEWEST or not set(contract.required) <= set(header.columns.values()):
            continue
        if line.last > line.first and _is_data(sheet.rows[line.last], contract.feed):
            continue
        if best is None or len(header.columns) > len(best.columns):
            best = header
    return best


def likely_feed(sheet: Sheet, feed: str) -> str | None:
    """Another feed whose contract this sheet's header fits far better than that of `feed`, None when the file is where it belongs.

    Far better: `feed`'s required columns are not there, or the other names two more columns, or it names more and one that it requires
    says nothing here (业务类型 among the deaths, 死亡日期 among the residents).
    """
    lines = _lines_of(sheet)
    own = _best_header(sheet, lines, CONTRACTS[feed])
    best: tuple[int, str] | None = None
    for other, contract in CONTRACTS.items():
        header = _best_header(sheet, lines, contract) if other != feed else None
        if header is None or (best and len(header.columns) <= best[0]):
            continue
        more = len(header.columns) - (len(own.columns) if own else 0)
        strange = own is not None and any(
            name in contract.required and place not in own.columns for place, name in header.columns.items()
        )
        if own is None or more >= FAR_BETTER or (more > 0 and strange):
            best = (len(header.columns), other)
    return best[1] if best else None


def _joined(rows: list[list[Cell]], first: int, last: int) -> list[str]:
    """Header texts; of two lines the upper one is carried over its merged cells and put before the lower."""
    upper = [as_text(cell) or "" for cell in rows[first]]
    if first == last:
        return upper
    lower = [as_text(cell) or "" for cell in rows[last]]
    width = max(len(upper), len(lower))
    upper += [""] * (width - len(upper))
    lower += [""] * (width - len(lower))
    joined, over = [], ""
    for high, low in zip(upper, lower):
        over = high or (over if low else "")
        joined.append(over + low if low else high)
    return joined


def _map(line: _Lines, feed: str) -> Header:
    known = _known(feed)
    columns: dict[int, str] = {}
    dropped: list[int] = []
    is_double = line.last > line.first
    for place, name in enumerate(line.names):
        if not name:
            continue
        field = known.get(name) or (known.get(_lower_part(name)) if is_double else None)
        if field and field not in columns.values():
            columns[place] = field
        else:
            dropped.append(place)
    names = (
        {place: plain(line.texts[place]) for place, name in enumerate(line.names) if name} if columns else {}
    )
    return Header(
        line.first, line.last, columns, tuple(names[place][:40] for place in dropped if names), names
    )


def _lower_part(name: str) -> str:
    """本人情况姓名 → 姓名: a group title that says nothing new."""
    for title in ("基本情况", "本人情况", "本人", "基本信息", "人员信息", "新生儿情况", "新生儿信息"):
        if name.startswith(title):
            return name[len(title) :]
    return name


def _is_data(row: list[Cell], feed: str) -> bool:
    """Whether a row that might be a header's second line holds values instead of names."""
    known = _known(feed)
    texts = [normal(text) for cell in row if (text := as_text(cell))]
    digits = sum(any(ch.isdigit() for ch in text) and text not in known for text in texts)
    return digits >= 2


def kind_of_row(row: list[Cell], header: Header, feed: str) -> str | None:
    """Why a row below the header is no record (`blank`, `total`, `footnote`, `header`, `title`), None when it is one."""
    filled = [cell for cell in row if cell is not None and (cell.__class__ is not str or not cell.isspace())]
    beginnings = _beginnings(feed)
    if len(filled) > max(4, len(header.columns) // 2):
        likely = [c for c in filled if c.__class__ is str and (c[0] in beginnings or not c[0].isalnum())]
        if len(likely) < len(filled) * MOSTLY:
            return None
    texts = [text for cell in filled if (text := as_text(cell)) is not None]
    if not texts:
        return "blank"
    first = tight(texts[0])
    known = _known(feed)
    has_header_word = any(normal(text) in known for text in texts[:3])
    if has_header_word and sum(normal(text) in known for text in texts) >= max(FEWEST, len(texts) * MOSTLY):
        return "header"
    if _TOTAL.fullmatch(first) and len(texts) <= max(4, len(header.columns) // 2):
        return "total"
    if _FOOTNOTE.match(first) and len(texts) <= 4:
        return "footnote"
    if len(texts) == 1 and len(header.columns) > 2 and (len(first) > 12 or _is_title(first)):
        return "title"
    if len(texts) <= 3 and any(_FOOTNOTE.match(tight(text)) for text in texts) and len(header.columns) > 4:
        return "footnote"
    return None


def _is_title(text: str) -> bool:
    return bool(re.search(r"(?:表|册|名单|花名册|清单)(?:[(（].*[)）])?$", text))

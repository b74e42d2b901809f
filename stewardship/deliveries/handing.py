"""Corrected rows handed in at the desk: what is taken, and under which name it is put into the landing folder.

The name is that of the delivery which is corrected, since unit and period are read from it, with a mark of a resend that comes after it in
the order of names; what the browser calls the file is not looked at. Of a feed whose files are full lists the rejected rows alone are not taken:
they would take everybody else off the list. Of the register they go as changes of the persons in them.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import Any, Final

from sqlalchemy.engine import Row

from discrepancies.schedule import CALENDAR, FRAGMENT
from register.hand_ins import Handed
from register.work import UnitOfWork
from stewardship.deliveries.landing import Broken, Landing, Read
from stewardship.deliveries.reading import MOST_NUMBERS, Rejected, in_runs
from stewardship.deliveries.rejected import ADDED
from stewardship.language import LANGUAGE_NAMES, translations
from stewardship.unpacking import BadWorkbook, check_workbook

REGISTER: Final = "register"
OF_DESK: Final = (ADDED[0], ADDED[2])
CHANGES: Final = "changes"
MARK: Final = "_更正_"
MOST_OF_ONE_DAY: Final = 99
LONGEST_STEM: Final = 180  # bytes; with mark, ending and manifest below what a file's name may have
ZIPPED: Final = b"PK\x03\x04"
OLD: Final = b"\xd0\xcf\x11\xe0"
# Up to column BZ and row 99999: what a reader unpacks them to fits into the memory.
NEAR: Final = re.compile(rb"[AB]?[A-Z]?\d{1,5}")
_MARKED: Final = re.compile(rf"(?:{MARK}\d{{2}})+$")


class NotTaken(Exception):
    """Nothing was put anywhere. `code` is one of `saying.REFUSALS`, or empty where `read` has the reason."""

    def __init__(self, code: str, read: Read | None = None) -> None:
        self.code, self.read = code, read
        super().__init__(code)


@dataclass(frozen=True)
class By:
    """Who hands in, and when: the day is the county's."""

    user: str
    at: datetime
    day: date


def is_full_list(feed: str) -> bool:
    """Whether a later file replaces all rows of the one before, so that rows alone must not be sent."""
    return feed == REGISTER or (feed in CALENDAR and CALENDAR[feed].is_full_list)


def hand_in(work: UnitOfWork, landing: Landing, receipt: Row[Any], content: bytes, by: By) -> Handed | None:
    """Checks a corrected file and puts it where the next night takes it; None where the same content is there already.

    Raises: NotTaken.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    if work.hand_ins.is_taken(receipt.feed, sha256):
        return None
    read, coverage = checked(landing, receipt, content, by.day)
    unusable = [asdict(one) for one in by_rule(read.broken)]
    counts = (read.usable, len({(one.sheet, one.row) for one in read.broken}))
    one = Handed(receipt.feed, sha256, "", receipt.file, receipt.sha256, *counts, unusable, by.user, by.at)
    for number in range(1, MOST_OF_ONE_DAY + 1):
        named = replace(one, file=name_of(receipt.file, by.day, content, number))
        with work.connection.begin_nested() as tried:
            if not work.hand_ins.record(named):
                return None
            if landing.put(receipt.feed, named.file, content, sum(counts), coverage):
                return named
            tried.rollback()
    raise NotTaken("too_often")


def checked(landing: Landing, receipt: Row[Any], content: bytes, day: date) -> tuple[Read, str | None]:
    """As the night would read it, and what the manifest has to say of its coverage. Raises: NotTaken."""
    if content.startswith(ZIPPED):
        try:
            check_workbook(content, NEAR)
        except BadWorkbook as fault:
            raise NotTaken(fault.code) from None
    file = name_of(receipt.file, day, content, 1)
    read, coverage = landing.read(receipt.feed, file, content, day, None), None
    is_rows_only = bool(_ours() & set(read.columns_dropped))
    if receipt.feed == REGISTER and is_rows_only and read.coverage != CHANGES:
        coverage = CHANGES
        read = landing.read(receipt.feed, file, content, day, coverage)
    if read.is_refused:
        raise NotTaken("", read)
    if not read.usable:
        raise NotTaken("none", read)
    if is_full_list(receipt.feed) and read.coverage != CHANGES:
        if is_rows_only:
            raise NotTaken("rows_only", read)
        if read.usable < FRAGMENT * (receipt.rows_kept + receipt.rows_superseded):
            raise NotTaken("fragment", read)
    return read, coverage


def name_of(file: str, day: date, content: bytes, number: int) -> str:
    """The path below the feed's folder of the `number`th correction of `file` on a day."""
    stem = _MARKED.sub("", PurePosixPath(file).stem).encode()[:LONGEST_STEM].decode(errors="ignore")
    ending = ".xlsx" if content.startswith(ZIPPED) else ".xls" if content.startswith(OLD) else ".csv"
    return f"{day}/{stem}{MARK}{number:02d}{ending}"


def by_rule(broken: Sequence[Broken]) -> list[Rejected]:
    """The most frequent first, as a receipt has them."""
    rows: dict[tuple[str, str, str], set[int]] = defaultdict(set)
    for one in broken:
        rows[one.rule, one.column, one.sheet].add(one.row)
    found = [
        Rejected(*place, len(at), in_runs(sorted(at)[:MOST_NUMBERS]), len(at) > MOST_NUMBERS)
        for place, at in rows.items()
    ]
    return sorted(found, key=lambda one: (-one.rows, one.rule, one.column, one.sheet))


def _ours() -> set[str]:
    """The headers of the columns that the desk adds to rejected rows, of which a file of them is known."""
    return {translations(language).gettext(header) for language in LANGUAGE_NAMES for header in OF_DESK}

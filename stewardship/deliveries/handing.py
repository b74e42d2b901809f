"""Corrected rows handed in at the desk: what is taken, and under which name it is put into the landing folder.

Nothing that is handed in ends rows that were good, unless somebody says that it is the whole list. The rows of a list alone are not taken, since they would
take everybody else off it; of the register they go as changes of the persons in them. A file is only taken while it is read as of the unit and the
period of the delivery that it corrects, and while nothing newer of that unit has come.

The name is that of the delivery which is corrected, since unit and period are read from it, with a mark of a resend that comes after it in
the order of arrival and name; what the browser calls the file is not looked at.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any, Final

from sqlalchemy.engine import Row

from discrepancies.schedule import CALENDAR, FRAGMENT
from register.hand_ins import Handed
from register.work import UnitOfWork
from stewardship.deliveries.landing import Broken, Laid, Landing, Read
from stewardship.deliveries.reading import (
    CHANGES,
    MOST_NUMBERS,
    Rejected,
    in_runs,
    key_of,
    later,
    standing,
)
from stewardship.deliveries.rejected import ADDED
from stewardship.language import LANGUAGE_NAMES, translations
from stewardship.unpacking import OLD, ZIPPED, BadWorkbook, Bounds, check_workbook

REGISTER: Final = "register"
OF_DESK: Final = (ADDED[0], ADDED[2])
MARK: Final = "_更正_"
MOST_OF_ONE_DAY: Final = 99
LONGEST_STEM: Final = 180  # bytes; with mark, ending and manifest below what a file's name may have
# Up to column BZ: what a reader unpacks them to fits into the memory.
BOUNDS: Final = Bounds(columns=78, rows=250_000, cells=4_000_000, unpacked=120_000_000, texts=1_000_000_000)
WHOLE: Final = (
    0.9  # of the rows of the delivery that a whole list corrects: with fewer it is not the same list
)
_MARKED: Final = re.compile(rf"(?:{MARK}\d{{2}})+$")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_SEPARATORS: Final = (b",", b"\t", b";", b"|", b"\n")


class NotTaken(Exception):
    """Nothing was put anywhere. `code` is one of `saying.REFUSALS`, or empty where `read` has the reason; `told` is what its words name, `later` the
    number of the delivery that came since."""

    def __init__(
        self,
        code: str,
        read: Read | None = None,
        told: Mapping[str, object] | None = None,
        later: str | None = None,
    ) -> None:
        self.code, self.read, self.told, self.later = code, read, told or {}, later
        super().__init__(code)


class ThereAlready(Exception):
    """The same content waits for the night or was taken; `key` is the delivery on whose page that is told."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__("there already")


@dataclass(frozen=True)
class By:
    """Who hands in, and when: the day is the county's."""

    user: str
    at: datetime
    day: date


def is_full_list(feed: str) -> bool:
    """Whether a later file replaces all rows of the one before, so that rows alone must not be sent."""
    return feed == REGISTER or (feed in CALENDAR and CALENDAR[feed].is_full_list)


def overtaken_by(work: UnitOfWork, receipt: Row[Any]) -> str | None:
    """The number of a delivery of the same unit that came since, and whose rows a correction would undo; None also where the unit is not known."""
    if receipt.status == "refused":
        return None
    return _overtaken_by(work, receipt, receipt.unit or "", receipt.period or "")


def hand_in(
    work: UnitOfWork, landing: Landing, receipt: Row[Any], content: bytes, by: By, is_whole: bool
) -> tuple[Handed, Laid]:
    """Checks a corrected file and lays it beside where the next night takes it; to be shown when all else is done.

    Args: is_whole: somebody says that it is the whole list.
    Raises: NotTaken, ThereAlready.
    """
    _check_size(content)
    sha256 = hashlib.sha256(content).hexdigest()
    _check_new(work, landing, receipt.feed, sha256)
    names = list(names_of(receipt.file, receipt.arrival, by.day, content))
    day = date.fromisoformat(names[0].partition("/")[0])
    read, coverage = checked(work, landing, receipt, content, names[0], day, is_whole)
    unusable = [asdict(one) for one in by_rule(read.broken)]
    counts = (read.usable, len({(one.sheet, one.row) for one in read.broken}))
    one = Handed(receipt.feed, sha256, "", receipt.file, receipt.sha256, *counts, unusable, by.user, by.at)
    for file in names:
        named = replace(one, file=file)
        laid = landing.lay(receipt.feed, file, content, sum(counts), coverage)
        if laid is None:
            continue
        try:
            if work.hand_ins.record(named):
                return named, laid
        except BaseException:
            laid.take_away()
            raise
        laid.take_away()
    raise NotTaken("too_often")


def _check_size(content: bytes) -> None:
    """Raises: NotTaken."""
    if content.startswith(OLD):
        raise NotTaken("unreadable")
    try:
        if content.startswith(ZIPPED):
            check_workbook(content, BOUNDS)
        elif sum(map(content.count, _SEPARATORS)) > BOUNDS.cells:
            raise BadWorkbook("too_large")
    except BadWorkbook as fault:
        raise NotTaken(fault.code, told={"rows": f"{BOUNDS.rows:,}"}) from None


def _check_new(work: UnitOfWork, landing: Landing, feed: str, sha256: str) -> None:
    """What an operator took out of the folder, or a night refused, may come again. Raises: ThereAlready."""
    for one in work.hand_ins.of_content(feed, sha256):
        if one.status == "taken" or (one.status is None and landing.lies(feed, one.file)):
            raise ThereAlready(key_of(feed, one.of_file, one.of_sha256))
    file = work.hand_ins.taken_as(feed, sha256)
    if file is not None:
        raise ThereAlready(key_of(feed, file, sha256))


def checked(
    work: UnitOfWork,
    landing: Landing,
    receipt: Row[Any],
    content: bytes,
    file: str,
    day: date,
    is_whole: bool,
) -> tuple[Read, str | None]:
    """As the night would read it, and what the manifest has to say of its coverage. Raises: NotTaken."""
    feed = receipt.feed
    coverage = CHANGES if feed == REGISTER and (receipt.coverage == CHANGES or not is_whole) else None
    read = landing.read(feed, file, content, day, coverage)
    if read.is_refused:
        raise NotTaken("", read)
    if not read.usable:
        raise NotTaken("" if read.other_feed else "none", read)
    replaces = is_full_list(feed) and read.coverage != CHANGES
    if replaces and _ours() & set(read.columns_dropped):
        raise NotTaken("rows_only", read)
    if replaces and not is_whole:
        raise NotTaken("not_whole", read)
    if read.removed and receipt.coverage != CHANGES:
        raise NotTaken("removes", read, {"rows": read.removed})
    unit, period = _origin(landing, receipt, content, coverage)
    is_same = read.unit == unit and (read.period == period or read.coverage == CHANGES)
    if not is_same or (replaces and not unit):
        told = {"unit": read.unit or "–", "period": read.period, "of_unit": unit or "–", "of_period": period}
        raise NotTaken("origin", read, told)
    newer = _overtaken_by(work, receipt, unit, period)
    if newer is not None:
        raise NotTaken("overtaken", read, later=newer)
    if replaces:
        before = receipt.rows_kept + receipt.rows_superseded + receipt.rows_quarantined
        fewest = max(WHOLE * before, FRAGMENT * standing(work.connection, feed, unit))
        if read.usable < fewest:
            raise NotTaken("fragment", read, {"rows": read.usable, "before": before})
    return read, coverage


def _origin(landing: Landing, receipt: Row[Any], content: bytes, coverage: str | None) -> tuple[str, str]:
    """Unit and period of the delivery; of one that was refused, what they would have been with this content."""
    if receipt.status != "refused":
        return receipt.unit or "", receipt.period or ""
    read = landing.read(receipt.feed, receipt.file, content, receipt.arrival, coverage)
    return read.unit, read.period


def _overtaken_by(work: UnitOfWork, receipt: Row[Any], unit: str, period: str) -> str | None:
    return later(work.connection, receipt, unit, None if is_full_list(receipt.feed) else period)


def names_of(file: str, arrival: date, today: date, content: bytes) -> Iterator[str]:
    """The paths below the feed's folder that a correction of `file` can have, each after it in the order of arrival and name.

    A file that arrived today outside a day's folder is before no name in it: its correction is tomorrow's.
    """
    day = max(today, arrival)
    if name_of(file, day, content, MOST_OF_ONE_DAY) <= file and day == arrival:
        day += timedelta(days=1)
    for number in range(1, MOST_OF_ONE_DAY + 1):
        name = name_of(file, day, content, number)
        if day > arrival or name > file:
            yield name


def name_of(file: str, day: date, content: bytes, number: int) -> str:
    """The path below the feed's folder of the `number`th correction of `file` on a day; folders below the day's stay."""
    path = PurePosixPath(file)
    stem = _MARKED.sub("", path.stem).encode()[:LONGEST_STEM].decode(errors="ignore")
    folders = path.parts[:-1]
    if folders and _DAY.fullmatch(folders[0]):
        folders = folders[1:]
    ending = ".xlsx" if content.startswith(ZIPPED) else ".csv"
    return "/".join((day.isoformat(), *folders, f"{stem}{MARK}{number:02d}{ending}"))


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

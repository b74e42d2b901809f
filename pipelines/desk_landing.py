"""The landing folder for the desk: a file is read by the very code of the night, and put there as departments put theirs.

The content is written under a name that no night looks at, then the manifest; both are one's own from the first byte on. It is shown by renaming: the
night meets either nothing or a complete file.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from feeds.landing import MANIFEST

if TYPE_CHECKING:
    from stewardship.deliveries.landing import Read


@dataclass(frozen=True)
class LaidFile:
    """`place` is where the night finds it once it is shown."""

    place: Path

    @property
    def manifest(self) -> Path:
        return self.place.with_name(self.place.name + MANIFEST)

    @property
    def arriving(self) -> Path:
        return self.place.with_name(f".{self.place.name}.part")

    def show(self) -> None:
        self.arriving.replace(self.place)
        _keep(self.place.parent)
        _keep(self.place.parent.parent)

    def take_away(self) -> None:
        if self.arriving.exists():  # else it was shown, and the place is one's own
            self.arriving.unlink()
        else:
            self.place.unlink(missing_ok=True)
        self.manifest.unlink(missing_ok=True)


@dataclass(frozen=True)
class LandingFolder:
    """`folder` is the landing folder, beside which the reference data lies."""

    folder: Path

    def is_there(self) -> bool:
        return os.access(self.folder, os.W_OK | os.X_OK) and self._areas.is_file()

    @property
    def _areas(self) -> Path:
        return self.folder.parent / "reference" / "areas.csv"

    def read(self, feed: str, file: str, content: bytes, arrival: date, coverage: str | None) -> Read:
        from feeds.areas import AreaTable
        from feeds.coverage import CHANGES, REMOVED
        from feeds.deliveries import REFUSED, take_in_content
        from stewardship.deliveries.landing import Broken, Read

        areas = AreaTable.load(self._areas)
        taken = take_in_content(
            content, feed=feed, file=file, arrival=arrival, areas=areas, coverage=coverage
        )
        told = taken.receipt
        places = taken.quarantined[["rule", "column", "sheet", "row"]].itertuples(index=False)
        return Read(
            is_refused=told.status == REFUSED,
            reason=told.reason,
            other_feed=told.other_feed,
            unit=told.unit,
            period=told.period,
            coverage=told.coverage,
            usable=told.rows_kept,
            removed=int(taken.records["change"].eq(REMOVED).sum()) if told.coverage == CHANGES else 0,
            broken=[Broken(one.rule, one.column, one.sheet, int(one.row)) for one in places],
            columns_dropped=told.columns_dropped,
        )

    def lies(self, feed: str, file: str) -> bool:
        return (self.folder / feed / file).exists()

    def lay(self, feed: str, file: str, content: bytes, rows: int, coverage: str | None) -> LaidFile | None:
        laid = LaidFile(self.folder / feed / file)
        laid.place.parent.mkdir(parents=True, exist_ok=True)
        if laid.place.exists() or laid.manifest.exists():
            return None
        said = {"sha256": hashlib.sha256(content).hexdigest(), "rows": rows}
        told = json.dumps(said if coverage is None else {**said, "coverage": coverage})
        try:
            arriving = laid.arriving.open("xb")
        except FileExistsError:
            return None
        try:
            with arriving:
                _write(arriving, content)
            with laid.manifest.open("xb") as manifest:
                _write(manifest, told.encode())
        except FileExistsError:  # somebody else's manifest, which stays
            laid.arriving.unlink()
            return None
        except BaseException:
            laid.take_away()
            raise
        return laid


def _write(file: BinaryIO, content: bytes) -> None:
    file.write(content)
    file.flush()
    os.fsync(file.fileno())


def _keep(folder: Path) -> None:
    """What was renamed in a folder is so after a power failure as well."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)

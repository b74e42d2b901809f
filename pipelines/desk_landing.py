"""The landing folder for the desk: a file is read by the very code of the night, and put there as departments put theirs.

The manifest is made first and makes the name one's own, the content comes by renaming: the night meets either nothing or a complete file.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from feeds.landing import MANIFEST

if TYPE_CHECKING:
    from stewardship.deliveries.landing import Read


@dataclass(frozen=True)
class LandingFolder:
    """`folder` is the landing folder, beside which the reference data lies."""

    folder: Path

    def is_there(self) -> bool:
        return os.access(self.folder, os.W_OK | os.X_OK) and self._areas.is_file()

    @property
    def _areas(self) -> Path:
        return self.folder.parent / "reference" / "areas.csv"

    def read(self, feed: str, file: str, content: bytes, arrival: date, coverage: str | None) -> "Read":
        from feeds.areas import AreaTable
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
            coverage=told.coverage,
            usable=told.rows_kept,
            broken=[Broken(one.rule, one.column, one.sheet, int(one.row)) for one in places],
            columns_dropped=told.columns_dropped,
        )

    def put(self, feed: str, file: str, content: bytes, rows: int, coverage: str | None) -> bool:
        place = self.folder / feed / file
        place.parent.mkdir(parents=True, exist_ok=True)
        manifest = place.with_name(place.name + MANIFEST)
        said = {"sha256": hashlib.sha256(content).hexdigest(), "rows": rows}
        if place.exists():
            return False
        try:
            with manifest.open("x", encoding="utf-8") as told:
                json.dump(said if coverage is None else {**said, "coverage": coverage}, told)
                told.flush()
                os.fsync(told.fileno())
        except FileExistsError:
            return False
        arriving = place.with_name(f".{place.name}.part")
        with arriving.open("wb") as written:
            written.write(content)
            written.flush()
            os.fsync(written.fileno())
        arriving.replace(place)
        return True

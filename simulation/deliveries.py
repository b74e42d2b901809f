"""Which files come when: on time or late, twice, corrected, cut off in transfer, in another feed's folder."""

import copy
import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .datewords import to_date
from .dice import Array, Dice
from .files import Placed, write_file
from .noise import write_down
from .settings import NoiseSettings
from .sheets import Layout, layout
from .truth import TruthBook, Wanted
from .views import View

TYPED_FEEDS = ("police_floating", "hospital_births", "hospital_deaths", "school_enrolment")
EMPTY_FEEDS = ("police_births", "police_moves", "hospital_births", "hospital_deaths")
OTHER_FOLDERS = {
    "hospital_births": "hospital_deaths",
    "civil_marriages": "hospital_births",
    "police_moves": "police_births",
}


@dataclass
class PostOffice:
    """Writes views below `landing` and tells the truth book what it wrote."""

    landing: Path
    noise: NoiseSettings
    seed: int
    book: TruthBook
    files: int = 0
    rows: int = 0
    contents: set[tuple[str, bytes]] = field(default_factory=set)

    def _draw(self, view: View, unit: int, what: str) -> float:
        return Dice(self.seed, "post", view.feed, view.period, what).one(unit)

    def deliver(
        self, view: View | None, month: int, earliest: int, spread: int, wanted: Wanted | None
    ) -> None:
        """Writes one view, one file per unit, arriving within `spread` days from `earliest`."""
        if view is None or not len(view):
            return
        order = np.argsort(view.unit, kind="stable")
        units, starts = np.unique(view.unit[order], return_index=True)
        losing = {
            int(u): view.feed in TYPED_FEEDS
            and self._draw(view, int(u), "numbers") < self.noise.excel_loss_file
            for u in units
        }
        again = {int(u): self._draw(view, int(u), "correction") < self.noise.correction for u in units}
        clean = copy.copy(view)
        clean.cells, clean.unsure, clean.roles = list(view.cells), dict(view.unsure), dict(view.roles)
        clean.columns = dict(view.columns)
        careless = self._careless(clean, again, losing)
        write_down(view, self.noise, self.seed, losing)
        if view.feed in EMPTY_FEEDS:
            self._nothing_happened(view, sorted(set(view.unit_names) - set(losing)), earliest)
        for u, rows in zip(units, np.split(order, starts[1:])):
            unit = int(u)
            day = earliest + int(self._draw(view, unit, "day") * (spread + 1))
            what = "regular"
            if view.feed != "register" and self._draw(view, unit, "late") < self.noise.late:
                day += 16 + int(self._draw(view, unit, "how late") * 8)
                what = "late"
            plan = layout(view.table, unit, len(rows), self.seed, losing[unit])
            if again[unit] and careless is not None and view.feed != "register":
                self._corrected(careless, view, rows, plan, day, month, wanted)
                continue
            self._plain(view, rows, unit, plan, day, month, wanted, what)

    def _corrected(
        self,
        careless: View,
        view: View,
        rows: Array,
        plan: Layout,
        day: int,
        month: int,
        wanted: Wanted | None,
    ) -> None:
        """A careless file, and three days later the careful one (which says the same where nothing was wrong)."""
        unit = int(view.unit[rows[0]])
        first = self._path(view, unit, plan, day)
        self._write(careless, rows, plan, first, day, month, wanted, "first of two")
        again = self._path(view, unit, plan, day + 3, suffix="（更正）")
        self._write(view, rows, plan, again, day + 3, month, wanted, "correction")

    def _nothing_happened(self, view: View, silent: list[int], earliest: int) -> None:
        """Some stations and clinics send an empty table for a month without events, most send nothing."""
        for unit in silent:
            if self._draw(view, unit, "empty") < self.noise.empty_table:
                plan = layout(view.feed, unit, 1, self.seed, False)
                path = self._path(view, unit, plan, earliest)
                write_file(view, np.empty(0, dtype=np.int64), plan, path, self.seed, unit)
                self._note(view, unit, view.feed, path, earliest, "empty", 0)

    def _careless(self, clean: View, again: dict[int, bool], losing: dict[int, bool]) -> View | None:
        if not any(again.values()):
            return None
        return write_down(clean, self.noise, self.seed, losing, session=f"careless {clean.period}")

    def _plain(
        self,
        view: View,
        rows: Array,
        unit: int,
        plan: Layout,
        day: int,
        month: int,
        wanted: Wanted | None,
        what: str,
    ) -> None:
        if view.feed != "register" and self._draw(view, unit, "truncated") < self.noise.truncated:
            self._cut(view, rows, plan, self._path(view, unit, plan, day), day, month, wanted)
            day += 3
        path = self._path(view, unit, plan, day)
        placed = self._write(view, rows, plan, path, day, month, wanted, what)
        if view.feed in OTHER_FOLDERS and self._draw(view, unit, "misplaced") < self.noise.misplaced:
            wrong = self.landing / OTHER_FOLDERS[view.feed] / str(to_date(day)) / f"误投-{path.name}"
            wrong.parent.mkdir(parents=True, exist_ok=True)
            wrong.write_bytes(path.read_bytes())
            self._note(view, unit, OTHER_FOLDERS[view.feed], wrong, day, "misplaced", len(rows))
        if self._draw(view, unit, "copy") < self.noise.identical_copy:
            late = day + 1 + int(self._draw(view, unit, "copy day") * 4)
            prefix = ("重报-", "副本-")[int(self._draw(view, unit, "copy name") * 2)]
            twin = self._path(view, unit, plan, late, prefix=prefix)
            twin.parent.mkdir(parents=True, exist_ok=True)
            twin.write_bytes(path.read_bytes())
            self._note(view, unit, view.feed, twin, late, "identical copy", len(rows))
            self.book.note_file(view, rows, placed, self._name(twin), late, month, None)

    def _path(
        self, view: View, unit: int, plan: Layout, day: int, prefix: str = "", suffix: str = ""
    ) -> Path:
        ending = "csv" if plan.kind == "csv" else plan.kind
        stem = f"{view.unit_names[unit]}{view.period_words}"
        if view.feed == "register":
            stem = f"{view.unit_names[unit]}{'全员人口变动' if view.form else '全员人口'}"
        return self.landing / view.feed / str(to_date(day)) / f"{prefix}{stem}{suffix}.{ending}"

    @staticmethod
    def _name(path: Path) -> str:
        return "/".join(path.parts[-2:])

    def _note(self, view: View, unit: int, feed: str, path: Path, day: int, what: str, rows: int) -> None:
        self.files += 1
        self.rows += rows
        self.book.note_delivery(
            feed, self._name(path), view, view.unit_names[unit], str(to_date(day)), what, rows
        )

    def _write(
        self,
        view: View,
        rows: Array,
        plan: Layout,
        path: Path,
        day: int,
        month: int,
        wanted: Wanted | None,
        what: str,
    ) -> Placed:
        """One file; where it says byte for byte what an earlier one of its feed said it is a copy, whatever it was meant to be."""
        placed = write_file(view, rows, plan, path, self.seed, int(view.unit[rows[0]]))
        content = (view.feed, hashlib.sha256(path.read_bytes()).digest())
        if content in self.contents:
            what = "identical copy"
        self.contents.add(content)
        self._note(view, int(view.unit[rows[0]]), view.feed, path, day, what, len(rows))
        self.book.note_file(view, rows, placed, self._name(path), day, month, wanted)
        return placed

    def _cut(
        self, view: View, rows: Array, plan: Layout, path: Path, day: int, month: int, wanted: Wanted | None
    ) -> None:
        """A file broken off in transfer, maybe at once: of a CSV the first part can be read, of a
        spreadsheet nothing."""
        placed = write_file(view, rows, plan, path, self.seed, int(view.unit[rows[0]]))
        content = path.read_bytes()
        nothing = self._draw(view, int(view.unit[rows[0]]), "nothing") < 0.25
        cut = 0 if nothing else int(len(content) * 0.6) // 4 * 4
        path.write_bytes(content[:cut])
        self._note(view, int(view.unit[rows[0]]), view.feed, path, day, "truncated", len(rows))
        if plan.kind == "csv" and cut:
            text = content[:cut].decode(plan.encoding, errors="ignore")
            whole = (
                len(text.splitlines()) - 2 - int(placed.row[0])
            )  # embedded line breaks make this too small: safe
            sure = max(0, min(len(rows), int(whole * 0.9)))
            if sure:
                kept = Placed(placed.sheet[:sure], placed.row[:sure])
                self.book.note_file(view, rows[:sure], kept, self._name(path), day, month, None)


def arrival_window(first_of_next: int, feed: str) -> tuple[int, int]:
    """Earliest day and spread: the 5th for most feeds, the 10th for civil affairs (DOMAIN 1)."""
    if feed.startswith("civil"):
        return first_of_next + 6, 5
    return first_of_next + 1, 4

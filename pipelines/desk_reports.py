"""What nights estimated, for the desk's overview: frames and facts of the night, read once and remembered."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from stewardship.overview.sources import BirthShare, BirthSteps, LinkQuality, ToldBirth

T = TypeVar("T")
REMEMBERED = 8


@dataclass(frozen=True)
class ReportFrames:
    """The frames and facts under `root` (`assets.store`); small ones: hundreds of rows, one file of counts."""

    root: str
    _known: dict[tuple[str, date, str | None], Any] = field(default_factory=dict, repr=False, compare=False)

    def births(self, night: date) -> "list[BirthShare]":
        from stewardship.overview.sources import BirthShare

        def made(rows: list[dict[str, Any]]) -> list[BirthShare]:
            return [
                BirthShare(
                    row["township"],
                    row["sex"],
                    row["quarter"],
                    row["status"],
                    None if row["register"] is None else int(row["register"]),
                    row["estimate"],
                    row["completeness"],
                    row["completeness_lower"],
                    row["completeness_upper"],
                )
                for row in map(_plain, rows)
            ]

        return self._remembered("completeness", night, made)

    def steps(self, night: date) -> "list[BirthSteps]":
        from stewardship.overview.sources import BirthSteps

        names = ("notified", "within_30_days", "later", "undated", "not_yet")

        def made(rows: list[dict[str, Any]]) -> list[BirthSteps]:
            return [
                BirthSteps(row["township"], row["month"], *(int(row[name]) for name in names)) for row in rows
            ]

        return self._remembered("funnel", night, made)

    def told(self, night: date) -> "list[ToldBirth] | None":
        from stewardship.overview.sources import ToldBirth

        def made(rows: list[dict[str, Any]]) -> list[ToldBirth]:
            found = [
                ToldBirth(
                    row["unit"],
                    row["township"] or "",
                    row["month"],
                    row["sex"] or "",
                    row["born"].date(),
                    row["step"],
                    tuple(row["feeds"].split(",")),
                    row["feed"],
                    row["file"],
                    row["sheet"] or "",
                    int(row["row"]),
                    row["discrepancy_id"],
                    row["due"] and row["due"].date(),
                )
                for row in map(_plain, rows)
            ]
            return sorted(found, key=lambda one: (one.born, one.unit), reverse=True)

        return self._remembered("births", night, made) if self._is_there("births", night) else None

    def links(self, night: date) -> "LinkQuality | None":
        from assets.store import FrameStore
        from stewardship.overview.sources import FeedDrift, LinkQuality

        facts = FrameStore(self.root).read_facts("link_quality", night.isoformat())
        if facts is None:
            return None
        drift = [
            FeedDrift(**one | {"since": date.fromisoformat(one["since"]) if one["since"] else None})
            for one in facts.pop("drift", ())
        ]
        return LinkQuality(night, **facts, drift=drift)

    def _is_there(self, name: str, night: date) -> bool:
        from assets.store import FrameStore

        return FrameStore(self.root).digest(name, night.isoformat()) is not None

    def _remembered(self, name: str, night: date, made: Callable[[list[dict[str, Any]]], list[T]]) -> list[T]:
        from assets.store import FrameStore

        store = FrameStore(self.root)
        key = (name, night, store.digest(name, night.isoformat()))
        if key not in self._known:
            if len(self._known) > REMEMBERED:
                self._known.clear()
            frame = store.read(name, night.isoformat())
            self._known[key] = [] if frame is None else made(frame.to_dict("records"))
        found: list[T] = self._known[key]
        return found


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Missing numbers of any kind are None."""
    return {name: None if value is None or value != value else value for name, value in _known(row).items()}


def _known(row: dict[str, Any]) -> dict[str, Any]:
    import pandas as pd

    return {name: None if value is pd.NA else value for name, value in row.items()}

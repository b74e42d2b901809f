"""What nights estimated, for the desk's overview: frames and facts of the night, read once and remembered."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import pandas as pd

    from stewardship.overview.sources import BirthShare, BirthSteps, LinkQuality, ToldBirth, UnlinkedRow

T = TypeVar("T")
REMEMBERED = 8


@dataclass(frozen=True)
class ReportFrames:
    """The frames and facts under `root` (`assets.store`); hundreds of rows, of lists tens of thousands, one file of counts."""

    root: str
    _known: dict[tuple[str, date, str | None], Any] = field(default_factory=dict, repr=False, compare=False)

    def births(self, night: date) -> "list[BirthShare]":
        from stewardship.overview.sources import BirthShare

        def made(frame: "pd.DataFrame") -> list[BirthShare]:
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
                for row in _rows(frame)
            ]

        return self._remembered("completeness", night, made)

    def steps(self, night: date) -> "list[BirthSteps]":
        from stewardship.overview.sources import BirthSteps

        names = ("notified", "within_30_days", "later", "undated", "not_yet")

        def made(frame: "pd.DataFrame") -> list[BirthSteps]:
            return [
                BirthSteps(row["township"], row["month"], *(int(row[name]) for name in names))
                for row in _rows(frame)
            ]

        return self._remembered("funnel", night, made)

    def told(self, night: date) -> "list[ToldBirth]":
        from stewardship.overview.sources import TOLD, ToldBirth

        def made(frame: "pd.DataFrame") -> list[ToldBirth]:
            dates = {name: frame[name].dt.date for name in ("born", "due")}
            blanks = {name: frame[name].fillna("") for name in ("township", "sex", "sheet")}
            feeds = frame["feeds"].str.split(",").map(tuple)
            whole = frame.assign(**dates, **blanks, feeds=feeds)
            found = [ToldBirth(*row) for row in _lines(whole[list(ToldBirth.__dataclass_fields__)])]
            return sorted(found, key=lambda one: (one.born, one.unit), reverse=True)

        return self._remembered(TOLD, night, made)

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

    def unlinked(self, night: date) -> "list[UnlinkedRow]":
        from stewardship.overview.sources import UNLINKED, UnlinkedRow

        def made(frame: "pd.DataFrame") -> list[UnlinkedRow]:
            decision = frame["decision"].where(frame["decision"].eq("possible"), "none")
            whole = frame.assign(decision=decision, sheet=frame["sheet"].fillna(""))
            return [UnlinkedRow(*row) for row in _lines(whole)]

        return self._remembered(UNLINKED, night, made)

    def kept(self, night: date) -> set[str]:
        from assets.store import FrameStore
        from stewardship.overview.sources import TOLD, UNLINKED

        store = FrameStore(self.root)
        return {name for name in (TOLD, UNLINKED) if store.has(name, night.isoformat())}

    def _remembered(self, name: str, night: date, made: "Callable[[pd.DataFrame], list[T]]") -> list[T]:
        from assets.store import FrameStore

        store = FrameStore(self.root)
        key = (name, night, store.digest(name, night.isoformat()))
        found: list[T] | None = self._known.get(key)
        if found is None:
            frame = store.read(name, night.isoformat())
            found = [] if frame is None else made(frame)
            if len(self._known) > REMEMBERED:
                self._known.clear()
            self._known[key] = found
        return found


def _lines(frame: "pd.DataFrame") -> Iterator[tuple[Any, ...]]:
    """The rows, what is missing as None; of many rows faster than `_rows`."""
    columns = (frame[name].astype(object) for name in frame.columns)
    return zip(*(column.where(column.notna(), None).tolist() for column in columns))


def _rows(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    return [_plain(row) for row in frame.to_dict("records")]


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Missing numbers of any kind are None."""
    return {name: None if value is None or value != value else value for name, value in _known(row).items()}


def _known(row: dict[str, Any]) -> dict[str, Any]:
    import pandas as pd

    return {name: None if value is pd.NA else value for name, value in row.items()}

"""What departments' rows say, for the stewards' desk: from the frames of the nights that took the rows in."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from assets.look_up import SAID, WHERE
from pipelines.desk_frames import FrameRows

if TYPE_CHECKING:
    from stewardship.sources import Place, Said

REMEMBERED = 20_000


@dataclass(frozen=True)
class MentionRows:
    """The mentions under `root` (`assets.store`). What was read is remembered: a file's row says the same for ever."""

    root: str
    _frames: FrameRows = field(init=False, repr=False, compare=False)
    _known: "dict[Place, Said | None]" = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_frames", FrameRows(self.root))

    def said(self, places: "Collection[Place]") -> "Mapping[Place, Said]":
        """What each place says; one that no frame has is left out."""
        if len(self._known) > REMEMBERED:
            self._known.clear()
        by_night: dict[str, list[Place]] = defaultdict(list)
        for place in places:
            if place not in self._known:
                by_night[place.night.isoformat()].append(place)
        found: dict[Place, Said | None] = {place: self._known.get(place) for place in places}
        for night, wanted in sorted(by_night.items()):
            rows = {(p.feed, p.file, p.sheet or "", p.row, p.role): p for p in wanted}
            for row in self._read(night, wanted):
                key = (row["feed"], row["file"], row["sheet"] or "", int(row["row"]), row["role"])
                if key in rows:
                    found[rows[key]] = {name: text for name in SAID if (text := _text(row[name]))}
        self._known.update(found)
        return {place: said for place, said in found.items() if said is not None}

    def _read(self, night: str, wanted: "Collection[Place]") -> list[dict[str, Any]]:
        places = [(place.file, place.row, place.feed) for place in wanted]
        return self._frames.find("mentions", night, ("file", "row", "feed"), places, (*WHERE, *SAID))


def _text(value: object) -> str | None:
    """Dates as ISO; a missing value is none."""
    if value is None or value != value:
        return None
    return value.date().isoformat() if hasattr(value, "date") else str(value) or None

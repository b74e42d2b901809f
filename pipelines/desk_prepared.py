"""What the night has prepared for the stewards' desk, looked up in its frames: they lie in the order of what is looked for."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any

from assets.look_up import OF_LINKS
from pipelines.desk_frames import FrameRows

if TYPE_CHECKING:
    from stewardship.prepared import Linked, Listed, Weighed

OF_WEIGHED = ("kind", "subject", "rank", "person_no", "by_company", "namesakes")


@dataclass(frozen=True)
class NightFrames:
    """The frames under `root` (`assets.store`). A frame that a night did not write has no rows."""

    root: str
    _frames: FrameRows = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_frames", FrameRows(self.root))

    def listed(self, night: date, homes: Collection[str]) -> "Sequence[Listed]":
        from stewardship.prepared import Listed

        return [
            Listed(
                household_key=row["household_key"],
                household_no=row["household_no"],
                period=row["period"] or "",
                content_key=row["content_key"],
                person_no=row["person_no"],
                decision=row["decision"] or "none",
                name=row["name"] or "",
                sex=row["sex"] or "",
                birth_date=row["birth_date"] and row["birth_date"].date(),
                relation_to_head=row["relation_to_head"] or "",
            )
            for row in self._rows("household_members", night, "home", homes)
        ]

    def weighed(self, night: date, subjects: Collection[str]) -> "Sequence[Weighed]":
        from stewardship.prepared import Reason, Weighed

        rows = self._rows("explanations", night, "subject", subjects)
        rows.sort(key=lambda row: (*(row[name] for name in OF_WEIGHED), row["position"]))
        return [
            Weighed(
                **dict(zip(OF_WEIGHED, of)),
                reasons=tuple(Reason(row["term"], row["level"], row["weight"]) for row in lines),
            )
            for of, lines in groupby(rows, key=lambda row: tuple(row[name] for name in OF_WEIGHED))
        ]

    def linked(self, night: date, person_nos: Collection[str]) -> "Mapping[str, Sequence[Linked]]":
        from stewardship.prepared import Linked

        found: dict[str, list[Linked]] = defaultdict(list)
        for row in self._rows("links", night, "person_no", person_nos, ("person_no", *OF_LINKS)):
            found[row["person_no"]].append(
                Linked(
                    feed=row["feed"],
                    file=row["file"],
                    sheet=row["sheet"] or "",
                    row=int(row["row"]),
                    role=row["role"],
                    decision=row["decision"],
                    probability=row["match_probability"],
                    content_key=row["content_key"],
                )
            )
        return {
            number: sorted(rows, key=lambda one: (one.feed, one.file, one.sheet, one.row, one.role))
            for number, rows in found.items()
        }

    def _rows(
        self,
        name: str,
        night: date,
        column: str,
        wanted: Collection[str],
        columns: Sequence[str] | None = None,
    ) -> list[dict[str, Any]]:
        values = [(value,) for value in sorted(set(wanted))]
        return self._frames.find(name, night.isoformat(), (column,), values, columns)

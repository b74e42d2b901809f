"""Where frames lie: one Parquet file per name and night under `BULOU_HOME/frames`, any fsspec address; beside it, where the desk looks
single rows up in a frame, a file for that (`assets.look_up`).

A file is there whole or not at all (written beside its place, then renamed), so a night that is killed leaves nothing that the
next one could misread; writing a night again replaces it. Which nights count is never decided by looking at files: the
ledger in the database says it.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from assets.look_up import LookUp, look_up_file

if TYPE_CHECKING:
    import pandas as pd
    from upath import UPath

LOOK_UP: Final = "arrow"


@dataclass(frozen=True)
class FrameStore:
    """Frames by name (`records/police_births`, `mentions`, `links`) and night (`2026-05-01`)."""

    root: str

    def write(self, name: str, night: str, frame: "pd.DataFrame", looked_up: LookUp | None = None) -> None:
        """`looked_up`: where single rows are to be found in it; they lie once more in a file for that."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = pa.Table.from_pandas(frame, preserve_index=False)
        if looked_up is not None:
            self._put(self._place(name, night, LOOK_UP), look_up_file(table, looked_up))
        buffer = BytesIO()
        pq.write_table(table, buffer, compression="zstd")
        self._put(self._place(name, night), buffer.getvalue())

    def read(
        self,
        name: str,
        night: str,
        columns: Iterable[str] | None = None,
        where: Sequence[tuple[str, str, Any]] | None = None,
    ) -> "pd.DataFrame | None":
        """The frame as written, or None when that night wrote none. `where`: of which rows, as PyArrow's filters say it."""
        import pandas as pd

        place = self._place(name, night)
        if not place.exists():
            return None
        with place.open("rb") as file:
            return pd.read_parquet(file, columns=None if columns is None else list(columns), filters=where)

    def read_nights(
        self, name: str, nights: Iterable[str], columns: Iterable[str] | None = None
    ) -> "pd.DataFrame":
        """The nights' frames one under the other, in the order of the nights; empty when there are none."""
        import pandas as pd

        wanted = None if columns is None else list(columns)
        frames = [self.read(name, night, wanted) for night in sorted(set(nights))]
        there = [frame for frame in frames if frame is not None]
        full = [frame for frame in there if len(frame)]
        if full:
            return pd.concat(full, ignore_index=True)
        return there[0] if there else pd.DataFrame(columns=wanted)

    def digest(self, name: str, night: str) -> str | None:
        """SHA-256 of the file; equal digests are equal frames."""
        place = self._place(name, night)
        return hashlib.sha256(place.read_bytes()).hexdigest() if place.exists() else None

    def has(self, name: str, night: str) -> bool:
        """Whether that night wrote one."""
        return self._place(name, night).exists()

    def remove(self, name: str, night: str) -> None:
        """Forget a frame; nothing happens when there is none."""
        self._place(name, night, LOOK_UP).unlink(missing_ok=True)
        self._place(name, night).unlink(missing_ok=True)

    def nights(self, name: str) -> list[str]:
        """Of which nights there is a frame, oldest first."""
        from upath import UPath

        folder = UPath(self.root) / name
        if not folder.exists():
            return []
        return sorted(
            place.stem.removeprefix("night=") for place in folder.iterdir() if place.suffix == ".parquet"
        )

    def forget(self, name: str, night: str) -> None:
        """A frame and the facts beside it."""
        self._place(name, night, "json").unlink(missing_ok=True)
        self.remove(name, night)

    def write_facts(self, name: str, night: str, facts: dict[str, Any]) -> None:
        """A small JSON document beside the frames: counts and ids, never a person's value."""
        text = json.dumps(facts, ensure_ascii=False, sort_keys=True, indent=1)
        self._put(self._place(name, night, "json"), text.encode())

    def read_facts(self, name: str, night: str) -> dict[str, Any] | None:
        place = self._place(name, night, "json")
        if not place.exists():
            return None
        found: dict[str, Any] = json.loads(place.read_bytes())
        return found

    def _place(self, name: str, night: str, suffix: str = "parquet") -> "UPath":
        from upath import UPath

        return UPath(self.root) / name / f"night={night}.{suffix}"

    def _put(self, place: "UPath", content: bytes) -> None:
        place.parent.mkdir(parents=True, exist_ok=True)
        if not isinstance(place, os.PathLike):  # an object store shows an object only when it is whole
            place.write_bytes(content)
            return
        beside = place.with_name(f".{place.name}.{os.getpid()}")
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(place)

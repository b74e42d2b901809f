"""What lies in the landing folder: `<landing>/<feed>/<arrival date>/…/<file>`.

Files are looked at, never moved or changed. A file is complete when nobody has written to it for a while, or when its manifest
(`<file>.manifest.json` with `sha256` and `rows`) matches; a manifest may also say whether a file of the register is a full list or changes (`coverage`). What is still being written waits for the next night.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

from feeds.contracts import CONTRACTS
from feeds.deliveries import sha256_of

STABLE_SECONDS = 10.0
CHINA = timezone(timedelta(hours=8))
MANIFEST = ".manifest.json"
_IGNORED = re.compile(
    r"^(?:\.|~\$|Thumbs\.db$|desktop\.ini$)|\.(?:tmp|part|partial|crdownload|swp|filepart)$", re.IGNORECASE
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class LandedFile:
    """A file of a feed; `file` is its path below the feed's folder. `arrival` is the date folder, else the day it was first seen;
    `coverage` is what the manifest says."""

    feed: str
    file: str
    arrival: date
    path: Path
    is_complete: bool
    coverage: str | None = None


@dataclass(frozen=True)
class Landing:
    """All files, by feed, arrival and name; `unknown_feeds` are folders without a contract, `misplaced` dates that are none."""

    files: tuple[LandedFile, ...]
    unknown_feeds: tuple[str, ...] = ()
    misplaced: tuple[str, ...] = ()


def scan(
    landing: Path,
    *,
    now: datetime,
    stable_seconds: float = STABLE_SECONDS,
    first_seen: dict[str, date] | None = None,
    today: date | None = None,
) -> Landing:
    """Everything in the landing folder. `now` carries a time zone.

    A loose file (straight under its feed's folder) arrived when it was first seen: `first_seen` maps `feed/file` to that day; one that
    nobody has seen yet arrives `today` (by default the date of `now` in China).
    """
    first_seen, today = first_seen or {}, today or now.astimezone(CHINA).date()
    files: list[LandedFile] = []
    unknown: list[str] = []
    misplaced: list[str] = []
    for folder in sorted(
        entry for entry in landing.iterdir() if entry.is_dir() and not entry.name.startswith(".")
    ):
        if folder.name not in CONTRACTS:
            unknown.append(folder.name)
            continue
        for path in sorted(folder.rglob("*")):
            below = path.relative_to(folder)
            if not path.is_file() or _is_ignored(below):
                continue
            file = below.as_posix()
            arrival = _arrival(below, first_seen.get(f"{folder.name}/{file}", today))
            if arrival is None:
                misplaced.append(f"{folder.name}/{below.parts[0]}")
                continue
            told = _manifest(path)
            is_complete = _is_complete(path, told, now, stable_seconds)
            files.append(LandedFile(folder.name, file, arrival, path, is_complete, _coverage(told)))
    files.sort(key=lambda f: (f.arrival, f.feed, f.file))
    return Landing(tuple(files), tuple(unknown), tuple(dict.fromkeys(misplaced)))


def _is_ignored(below: Path) -> bool:
    return below.name.endswith(MANIFEST) or any(_IGNORED.search(part) for part in below.parts)


def _arrival(below: Path, seen: date) -> date | None:
    if len(below.parts) == 1:
        return seen
    try:
        return date.fromisoformat(below.parts[0]) if _DATE.fullmatch(below.parts[0]) else None
    except ValueError:
        return None


def _manifest(path: Path) -> dict[str, object] | None:
    """What the file's manifest says; empty for one that cannot be read, None where there is none."""
    manifest = path.with_name(path.name + MANIFEST)
    if not manifest.exists():
        return None
    try:
        told = json.loads(manifest.read_text("utf-8"))
    except (ValueError, OSError):
        return {}
    return told if isinstance(told, dict) else {}


def _is_complete(path: Path, told: dict[str, object] | None, now: datetime, stable_seconds: float) -> bool:
    if told is not None:
        return str(told.get("sha256", "")).lower() == sha256_of(path)
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return now.astimezone(UTC) - changed >= timedelta(seconds=stable_seconds)


def _coverage(told: dict[str, object] | None) -> str | None:
    said = (told or {}).get("coverage")
    return None if said is None else str(said)

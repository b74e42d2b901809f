"""Which files are tonight's: those this night took before, and those that had arrived by then and nobody has taken.

A delivery is a path and a content. A file that somebody wrote over after it was taken is a new delivery of whoever sees it
next; what the night before had read of it stays in that night's frames.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from assets.workspace import Workspace

if TYPE_CHECKING:
    from feeds.landing import LandedFile
    from register.deliveries import LedgerEntry


@dataclass(frozen=True)
class Arrived:
    """A complete file with its SHA-256; `is_fresh` when no night has taken it yet."""

    landed: "LandedFile"
    sha256: str
    is_fresh: bool


@dataclass(frozen=True)
class Arrivals:
    """`files` are to be read, in order of arrival; `kept` are the deliveries (SHA-256) this night took and does not find any more."""

    files: tuple[Arrived, ...]
    kept: frozenset[str]
    incomplete: int
    unknown_feeds: tuple[str, ...]
    misplaced: tuple[str, ...]

    @property
    def fresh(self) -> int:
        return sum(file.is_fresh for file in self.files)


def arrivals(workspace: Workspace, night: date) -> Arrivals:
    """Hold the landing folder against the ledger."""
    from feeds.landing import scan
    from register.work import unit_of_work

    with unit_of_work(workspace.database) as work:
        receipts = work.deliveries.receipts()
        today = work.nights.effective(night)
    landing = scan(
        workspace.landing,
        now=datetime.now(UTC),
        stable_seconds=workspace.stability_seconds,
        first_seen={f"{entry.feed}/{entry.file}": entry.arrival for entry in receipts},
        today=today,
    )
    there = [file for file in landing.files if file.arrival <= night]
    found = [(file, _sha256(workspace, file)) for file in there if file.is_complete]
    night_of = {(entry.feed, entry.file, entry.sha256): entry.night for entry in receipts}
    owned = [(file, sha, night_of.get((file.feed, file.file, sha))) for file, sha in found]
    files = tuple(Arrived(file, sha, owner is None) for file, sha, owner in owned if owner in (None, night))
    return Arrivals(
        files=files,
        kept=_taken_by(receipts, night) - {file.sha256 for file in files},
        incomplete=sum(not file.is_complete and not _is_known(file, receipts) for file in there),
        unknown_feeds=landing.unknown_feeds,
        misplaced=landing.misplaced,
    )


def _taken_by(receipts: "list[LedgerEntry]", night: date) -> frozenset[str]:
    return frozenset(entry.sha256 for entry in receipts if entry.night == night and entry.status == "taken")


def _is_known(file: "LandedFile", receipts: "list[LedgerEntry]") -> bool:
    return any((entry.feed, entry.file) == (file.feed, file.file) for entry in receipts)


def _sha256(workspace: Workspace, file: "LandedFile") -> str:
    """Read once per process and state of the file."""
    from feeds.deliveries import sha256_of

    state = file.path.stat()
    key = f"sha256 {file.path} {state.st_size} {state.st_mtime_ns}"
    if key not in workspace.digests:
        workspace.digests[key] = sha256_of(file.path)
    return workspace.digests[key]

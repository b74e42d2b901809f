"""What has been kept long enough goes: rows by the store's own rules, files by those here.

Of a night's frames those go that any run makes again (register, links, entities, estimates), never those of the two newest nights: the
newest is exported, and the next takes over from it. Records and mentions stay, because every night is worked out from all that has arrived.
Of backups the newest stays. Files cannot be looked into for a person, so any legal hold keeps all of them. What is to be removed is
written into the audit chain first.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from assets.store import FrameStore
from pipelines.backup import MANIFEST
from pipelines.settings import Settings

if TYPE_CHECKING:
    from register.work import UnitOfWork

# What a night writes and a later run of it writes again.
DERIVED = (
    "register",
    "links",
    "entities",
    "household_links",
    "register_duplicates",
    "completeness",
    "funnel",
    "births",
    "unlinked",
)
NEWEST_NIGHTS = 2


@dataclass(frozen=True)
class Removal:
    """One thing in files that has been kept long enough."""

    what: str
    remove: Callable[[], None]


def run_retention(settings: Settings, now: datetime, *, is_only_shown: bool = False) -> dict[str, int]:
    """Applies every rule; rows or files by rule. No night and no backup runs meanwhile.

    Args:
        is_only_shown: nothing is changed, the numbers are what would go.
    """
    from pipelines.resources import one_at_a_time
    from register.database import open_database
    from register.work import unit_of_work

    done: dict[str, int] = {}
    with (
        open_database(settings.root, settings.database_url) as database,
        one_at_a_time(database.engine, _wait),
    ):
        try:
            with unit_of_work(database) as work:
                done = work.retention.run(now)
                for what, found in _files(work, settings, now).items():
                    done[what] = len(found)
                    if found:
                        work.retention.tell_files(what, len(found))
                if is_only_shown:
                    raise _OnlyShown
        except _OnlyShown:
            return done
        with unit_of_work(database) as work:  # a hold that was placed meanwhile counts
            for found in _files(work, settings, now).values():
                for one in found:
                    one.remove()
    return done


def _files(work: "UnitOfWork", settings: Settings, now: datetime) -> dict[str, list[Removal]]:
    days, is_held = work.retention.days(), bool(work.retention.settled_holds())
    if is_held:
        return {"night_frames": [], "backup": []}
    newest = sorted(run.night.isoformat() for run in work.nights.all() if run.is_applied)[-NEWEST_NIGHTS:]
    return {
        "night_frames": _frames(
            FrameStore(settings.frames_root), now - timedelta(days=days["night_frames"]), set(newest)
        ),
        "backup": _backups(settings.backups_folder, now - timedelta(days=days["backup"])),
    }


def _frames(store: FrameStore, before: datetime, kept: set[str]) -> list[Removal]:
    """Of nights before that day. A store without any night that was applied keeps all: nobody knows which is the newest."""
    if not kept:
        return []

    def removal(name: str, night: str) -> Removal:
        return Removal("night_frames", lambda: store.forget(name, night))

    return [
        removal(name, night)
        for name in DERIVED
        for night in store.nights(name)
        if night < before.date().isoformat() and night < min(kept)
    ]


def _backups(folder: Path | None, before: datetime) -> list[Removal]:
    """Folders that `bulou backup` wrote, by the time in their manifest; anything else in the folder is nobody's business here."""
    if folder is None or not folder.is_dir():
        return []
    made = sorted((at, place) for place in folder.iterdir() if (at := made_at(place)) is not None)

    def removal(place: Path) -> Removal:
        return Removal("backup", lambda: _remove_backup(place))

    return [removal(place) for at, place in made[:-1] if at < before]


def made_at(backup: Path) -> datetime | None:
    """When a backup was made; None for what is none."""
    try:
        manifest = json.loads((backup / MANIFEST).read_text(encoding="utf-8"))
        at = datetime.fromisoformat(manifest["made_at"])
        is_backup = isinstance(manifest["files"], dict) and manifest["format"] is not None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return at.astimezone(UTC) if is_backup and at.tzinfo is not None else None


def _remove_backup(place: Path) -> None:
    """The manifest last: what is left of a removal that was broken off is still known as a backup."""
    for entry in sorted(place.iterdir()):
        if entry.name != MANIFEST:
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    (place / MANIFEST).unlink()
    place.rmdir()


def _wait(message: str) -> None:
    from rich.console import Console

    Console(stderr=True).print(message)


class _OnlyShown(Exception):
    """Rolls a run back that was only to be shown."""

"""`bulou backup` and `bulou restore`: the store, the frames, the models and the county's rules as one folder that can be checked.

No night runs while a backup is made (it holds the night's lock), so the frames and the ledger fit each other. Not in it: the
landing folder, which belongs to the departments' deliveries, and Dagster's history, which is a log. A backup holds persons as
they are; it is readable by its owner alone, and wherever it is carried it needs the care of the register itself.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from pipelines.errors import OperatorError
from pipelines.settings import Settings

if TYPE_CHECKING:
    from upath import UPath

    from register.database import Database

MANIFEST = "manifest.json"
STORE = "store.dump"
FORMAT = 1
CHUNK = 1 << 20


@dataclass(frozen=True)
class BackupReport:
    """What is in a backup."""

    files: int
    rows: int
    audit_entries: int


def back_up(settings: Settings, out: Path) -> BackupReport:
    """Writes a new folder, whole or not there at all. Raises: OperatorError."""
    from pipelines.resources import one_at_a_time
    from register.audit import AuditChain, Event
    from register.database import open_database
    from register.dump import dump, row_counts
    from register.work import unit_of_work

    if out.exists():
        raise OperatorError(f"{out} is there already; name a new folder")
    draft = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        with (
            open_database(settings.root, settings.database_url) as database,
            one_at_a_time(database.engine, _wait),
        ):
            with unit_of_work(database) as work:  # before, so that the backup itself says when it was made
                work.audit.record(Event("operator", "backup", "store", "store", {}))
            dump(database, draft / STORE)
            with _loaded(draft / STORE) as restored, restored.read() as connection:
                counts, head = row_counts(connection), AuditChain(connection).head()
            _copy_state(settings, draft)
        files = {name: _digest(draft / name) for name in _files(draft)}
        manifest = {
            "format": FORMAT,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "rows": counts,
            "audit_head": {"entry_no": head.entry_no, "hash": head.hash},
            "files": files,
        }
        (draft / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        draft.rename(out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return _report(manifest)


def restore(settings: Settings, source: Path) -> BackupReport:
    """Into a home without frames and a database without tables; checked before, and again after. Raises: OperatorError."""
    from register.database import running_database
    from register.dump import load
    from register.errors import InvalidInput, StoreError

    manifest = _checked(source)
    root = settings.root
    frames = _frames(settings)
    if frames.exists() and any(frames.iterdir()):
        raise OperatorError(f"there are frames in {frames} already; restore into an empty BULOU_HOME")
    with running_database(root, settings.database_url) as database:
        try:
            load(database, source / STORE)
        except InvalidInput as mistake:
            raise OperatorError(str(mistake)) from None
        _check_restored(database, manifest)
        database.migrate()
        with suppress(StoreError):  # it is all there; PostgreSQL does it in its own time
            database.tidy()
    for name in sorted(manifest["files"]):
        first, *rest = PurePosixPath(name).parts
        if first == "frames":
            place = frames.joinpath(*rest)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes((source / name).read_bytes())
        elif name != STORE:
            place_of = root / name
            place_of.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, place_of)
    return _report(manifest)


@contextmanager
def _loaded(file: Path) -> "Iterator[Database]":
    """The dump, restored into a server of its own: what cannot be restored is no backup."""
    from register.database import running_database
    from register.dump import load

    with (
        tempfile.TemporaryDirectory(prefix="bulou-verify-") as home,
        running_database(Path(home), durable=False) as database,
    ):
        load(database, file)
        yield database


def _check_restored(database: "Database", manifest: dict[str, Any]) -> None:
    from register.audit import AuditChain, Head
    from register.dump import row_counts

    with database.read() as connection:
        counts = row_counts(connection)
        wrong = sorted(name for name, rows in manifest["rows"].items() if counts.get(name) != rows)
        if wrong:
            raise OperatorError(f"the restored store lacks rows in {', '.join(wrong)}")
        verdict = AuditChain(connection).verify([Head(**manifest["audit_head"])])
    if verdict.problems:
        raise OperatorError(f"the restored audit chain is not whole: {verdict.problems[0]}")


def _checked(source: Path) -> dict[str, Any]:
    """The manifest of a backup whose files are all there and unchanged."""
    try:
        manifest: dict[str, Any] = json.loads((source / MANIFEST).read_text(encoding="utf-8"))
        files, version = dict(manifest["files"]), manifest["format"]
    except (OSError, ValueError, KeyError, TypeError):
        raise OperatorError(f"{source} is no backup: its {MANIFEST} cannot be read") from None
    if version != FORMAT:
        raise OperatorError(f"{source} was made by another release of bulou (format {version})")
    there = set(_files(source)) - {MANIFEST}
    if there != set(files):
        odd = sorted(there ^ set(files))[0]
        raise OperatorError(
            f"{source}: the file {odd} is {'missing' if odd in files else 'not of this backup'}"
        )
    for name, digest in sorted(files.items()):
        if _digest(source / name) != digest:
            raise OperatorError(f"{source}: the file {name} was changed since the backup was made")
    return manifest


def _copy_state(settings: Settings, out: Path) -> None:
    """Frames (wherever they are), models and rules."""
    frames = _frames(settings)
    if frames.exists():
        for place in frames.rglob("*"):
            if place.is_file():
                target = out / "frames" / place.relative_to(frames)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(place.read_bytes())
    if (settings.root / "models").is_dir():
        shutil.copytree(settings.root / "models", out / "models")
    if (settings.root / "rules.toml").is_file():
        shutil.copyfile(settings.root / "rules.toml", out / "rules.toml")


def _frames(settings: Settings) -> "UPath":
    from upath import UPath

    return UPath(settings.frames_root)


def _files(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def _digest(file: Path) -> str:
    found = hashlib.sha256()
    with file.open("rb") as content:
        while chunk := content.read(CHUNK):
            found.update(chunk)
    return found.hexdigest()


def _report(manifest: dict[str, Any]) -> BackupReport:
    return BackupReport(
        files=len(manifest["files"]),
        rows=sum(manifest["rows"].values()),
        audit_entries=manifest["audit_head"]["entry_no"],
    )


def _wait(message: str) -> None:
    from rich.console import Console

    Console(stderr=True).print(message)

"""Dagster's SQLite files without a disk flush, and without an engine of its own, for every event.

Dagster opens and closes a connection for every event; whenever the last one closes, SQLite copies its write-ahead log back
and flushes it, hundreds of times a night. Here one more connection per file stays open for as long as the history is, and
commits are flushed at checkpoints (`synchronous=NORMAL`): a power cut may lose a run's last events, never the file.

For every event it also makes an engine, which compiles the same statements anew: a fifth of what a night of a small county costs. Here the
engine of a file stays.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def held_open(folder: Path) -> Iterator[None]:
    """Hold the SQLite files below `folder` that this process opens through SQLAlchemy, until the end of the block."""
    from sqlalchemy import Engine, event

    home = folder.resolve()
    held: set[str] = set()
    with ExitStack() as stack:

        def hold(connection: Any, _: Any) -> None:
            if not isinstance(connection, sqlite3.Connection):
                return
            file = str(connection.execute("PRAGMA database_list").fetchone()[2])
            if file not in held:
                if not Path(file).resolve().is_relative_to(home) or not _is_logged_ahead(connection):
                    return
                held.add(file)
                stack.enter_context(closing(_holding(file)))
            connection.execute("PRAGMA synchronous=NORMAL")

        event.listen(Engine, "connect", hold)
        stack.callback(event.remove, Engine, "connect", hold)
        stack.enter_context(_engines_kept())
        yield


@contextmanager
def _engines_kept() -> Iterator[None]:
    """One engine for each address that the event log asks for; they pool nothing, so there is nothing to be given back."""
    from dagster._core.storage.event_log.sqlite import sqlite_event_log

    event_log: Any = sqlite_event_log
    make = event_log.create_engine
    kept: dict[str, Any] = {}

    def engine_of(address: str, **how: Any) -> Any:
        if address not in kept:
            kept[address] = make(address, **how)
        return kept[address]

    event_log.create_engine = engine_of
    try:
        yield
    finally:
        event_log.create_engine = make


def _is_logged_ahead(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal")


def _holding(file: str) -> sqlite3.Connection:
    """A connection that has read once: only then does it count as one that uses the log."""
    connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return connection

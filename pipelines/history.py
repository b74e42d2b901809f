"""Dagster's SQLite files without a disk flush for every event.

Dagster opens and closes a connection for every event; whenever the last one closes, SQLite copies its write-ahead log back
and flushes it, hundreds of times a night. Here one more connection per file stays open for as long as the history is, and
commits are flushed at checkpoints (`synchronous=NORMAL`): a power cut may lose a run's last events, never the file.
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
            file = _logged_ahead(connection)
            if file is None or not Path(file).resolve().is_relative_to(home):
                return
            connection.execute("PRAGMA synchronous=NORMAL")
            if file not in held:
                held.add(file)
                stack.enter_context(closing(_holding(file)))

        event.listen(Engine, "connect", hold)
        stack.callback(event.remove, Engine, "connect", hold)
        yield


def _logged_ahead(connection: Any) -> str | None:
    """The file of an SQLite connection with a write-ahead log; None for any other connection."""
    if not isinstance(connection, sqlite3.Connection):
        return None
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        return None
    return str(connection.execute("PRAGMA database_list").fetchone()[2])


def _holding(file: str) -> sqlite3.Connection:
    """A connection that has read once: only then does it count as one that uses the log."""
    connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return connection

"""The whole store into one file and back, by PostgreSQL's own programs (those that come with the embedded server).

They reach any server up to their own version. The password goes to them by the environment, because command lines
can be read by everybody on the machine.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection

from register.database import Database
from register.embedded import binary
from register.errors import DatabaseUnavailable, InvalidInput
from register.migrations.roles import create
from register.schema import METADATA

# A setting of newer servers that an older one does not know, and that a restore does not need.
NEWER_SETTING: Final = b"SET transaction_timeout = 0;\n"


def dump(database: Database, out: Path) -> None:
    """Everything in the store, compressed, as of one moment. Raises: DatabaseUnavailable."""
    _run(database.engine.url, "pg_dump", "--format=custom", "--no-owner", "--schema=public", f"--file={out}")


def load(database: Database, file: Path) -> None:
    """Into a database in which there is nothing yet, whole or not at all.

    Raises: InvalidInput when there is something, DatabaseUnavailable.
    """
    with database.begin() as connection:
        if sa.inspect(connection).get_table_names():
            raise InvalidInput("the database is not empty; restore into an empty one")
        create(connection)
    with tempfile.TemporaryDirectory(prefix="bulou-restore-") as folder:
        script = Path(folder) / "restore.sql"
        url = database.engine.url
        _run(
            url, "pg_restore", "--no-owner", "--schema=public", f"--file={script}", str(file), connects=False
        )
        _without_newer_setting(script)
        quiet = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction")
        _run(url, "psql", *quiet, f"--file={script}", f"--output={os.devnull}")
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("ANALYZE"))


def row_counts(connection: Connection) -> dict[str, int]:
    """Rows by table, of the tables that are there."""
    there = set(sa.inspect(connection).get_table_names())
    return {
        name: int(connection.scalar(sa.select(sa.func.count()).select_from(METADATA.tables[name])) or 0)
        for name in sorted(METADATA.tables)
        if name in there
    }


def _without_newer_setting(script: Path) -> None:
    """In the first lines only: what follows may be somebody's data."""
    plain = script.with_suffix(".plain")
    with script.open("rb") as source, plain.open("wb") as target:
        for number, line in enumerate(source):
            if number > 50 or line != NEWER_SETTING:
                target.write(line)
    plain.replace(script)


def _run(url: URL, program: str, *arguments: str, connects: bool = True) -> None:
    command = [binary(program), *arguments]
    done = subprocess.run(
        command,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, **(_reach(url) if connects else {})},
        umask=0o077,
    )
    if done.returncode:
        raise DatabaseUnavailable(f"{program} failed with exit code {done.returncode}: {_safe(done.stderr)}")


def _reach(url: URL) -> dict[str, str]:
    query = {key: value for key, value in url.query.items() if isinstance(value, str)}
    told = {
        "PGHOST": url.host or query.get("host"),
        "PGPORT": str(url.port) if url.port else query.get("port"),
        "PGUSER": url.username,
        "PGPASSWORD": None if url.password is None else str(url.password),
        "PGDATABASE": url.database,
        "PGSSLMODE": query.get("sslmode"),
        "PGSSLROOTCERT": query.get("sslrootcert"),
    }
    return {key: value for key, value in told.items() if value}


def _safe(said: bytes) -> str:
    """The first line up to what may quote somebody's data."""
    lines = said.decode("utf-8", "replace").strip().splitlines() or ["it said nothing"]
    return lines[0].partition("DETAIL")[0].partition("COPY ")[0][:200]

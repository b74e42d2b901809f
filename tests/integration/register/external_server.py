"""The machine's own PostgreSQL as an external server over TCP on loopback, with logins that have passwords."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

PASSWORD = "p:w@/ord"


def programs() -> Path | None:
    """The newest PostgreSQL of the machine, if there is one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("postgres")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@dataclass(frozen=True)
class ExternalServer:
    """A running server; `admin` is its superuser."""

    port: int

    def url(self, user: str, database: str) -> sa.URL:
        return sa.URL.create(
            "postgresql+psycopg", user, PASSWORD, host="127.0.0.1", port=self.port, database=database
        )

    def text(self, user: str, database: str) -> str:
        return self.url(user, database).render_as_string(hide_password=False)

    def run(self, *statements: str, database: str = "postgres") -> None:
        """As the superuser, each statement by itself."""
        engine = sa.create_engine(
            self.url("admin", database), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
        )
        with engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        engine.dispose()

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """As the superuser, from another database."""
        engine = sa.create_engine(self.url("admin", "postgres"), poolclass=sa.NullPool)
        with engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(query)]


@contextmanager
def running(folder: Path) -> Iterator[ExternalServer]:
    """A server in `folder`, stopped at the end."""
    bin_ = programs()
    assert bin_ is not None, "no PostgreSQL of the machine's own is installed"
    account = _account(folder)
    data, secret = folder / "data", folder / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)

    def call(program: str, *arguments: str) -> None:
        with (folder / "log").open("ab") as log:
            subprocess.run(
                [str(bin_ / program), *arguments], check=True, stdout=log, stderr=log, cwd="/", **account
            )

    call(
        "initdb",
        "-D",
        str(data),
        "-U",
        "admin",
        "-A",
        "scram-sha-256",
        f"--pwfile={secret}",
        "-E",
        "UTF8",
        "--no-locale",
        "-N",
    )

    def start(port: int) -> None:
        options = f"-c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -p {port}"
        call("pg_ctl", "start", "-w", "-s", "-D", str(data), "-l", str(data / "server.log"), "-o", options)

    port = _on_free_port(start)
    try:
        yield ExternalServer(port)
    finally:
        call("pg_ctl", "stop", "-w", "-s", "-m", "immediate", "-D", str(data))


def _account(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam("nobody")
    for parent in (folder, *folder.parents):
        if not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o001)
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _on_free_port(start: Callable[[int], None]) -> int:
    """A free port may be somebody else's a moment later: then another is tried."""
    for is_last in (False, False, False, False, True):
        port = _free_port()
        try:
            start(port)
        except subprocess.CalledProcessError:
            if is_last:
                raise
        else:
            return port
    raise AssertionError


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

"""The embedded server, migrations, transactions and errors."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from register import embedded
from register.database import Database, connected, open_database
from register.embedded import EmbeddedServer
from register.errors import DatabaseTooOld, DatabaseUnavailable, RegisterError, StoreError
from register.models import Base


def server_pid(home: Path) -> int | None:
    lines = home / "pg" / "postmaster.pid"
    return int(lines.read_text().split("\n")[0]) if lines.exists() else None


def remember(database: Database, night: str) -> None:
    with database.begin() as connection:
        connection.execute(
            sa.text("INSERT INTO night (night, status) VALUES (CAST(:n AS date), 'running')"), {"n": night}
        )


def nights(database: Database) -> int:
    with database.read() as connection:
        return int(connection.scalar(sa.text("SELECT count(*) FROM night")))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def test_the_server_starts_keeps_its_data_and_stops_with_the_last_user(home: Path) -> None:
    with open_database(home, durable=False) as first:
        remember(first, "2026-05-01")
        pid = server_pid(home)
        with open_database(home, durable=False) as second:
            assert nights(second) == 1
        assert server_pid(home) == pid
        assert nights(first) == 1
    assert server_pid(home) is None
    with open_database(home, durable=False) as again:
        assert nights(again) == 1


def test_another_process_keeps_the_server_until_it_is_done(home: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from register.database import open_database\n"
        "with open_database(Path(sys.argv[1]), durable=False):\n"
        "    print('ready', flush=True); sys.stdin.readline()\n"
    )
    with open_database(home, durable=False):
        other = subprocess.Popen(
            [sys.executable, "-c", script, str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
    assert server_pid(home) is not None
    other.communicate("\n", timeout=60)
    assert server_pid(home) is None


def test_a_killed_user_leaves_nothing_in_the_way(home: Path) -> None:
    script = (
        "import os, signal, sys; from pathlib import Path; from register.database import open_database\n"
        "with open_database(Path(sys.argv[1]), durable=False):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(home)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert server_pid(home) is not None
    with open_database(home, durable=False) as database:
        assert nights(database) >= 0
    assert server_pid(home) is None


def test_a_killed_server_is_started_again(home: Path) -> None:
    with open_database(home) as database:
        remember(database, "2026-05-07")
        before = nights(database)
        pid = server_pid(home)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
    with open_database(home, durable=False) as database:
        assert nights(database) == before


def test_a_lock_file_whose_number_another_process_has_by_now_does_not_matter(home: Path) -> None:
    lock = home / "pg" / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{home / 'pg'}\n0\n5432\n")
    with open_database(home, durable=False) as database:
        assert nights(database) >= 0
        assert server_pid(home) != os.getpid()


def test_a_start_that_was_killed_half_way_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "pg.new").mkdir()
    (tmp_path / "pg.new" / "PG_VERSION").write_text("18\n")
    with open_database(tmp_path, durable=False) as database:
        assert nights(database) == 0
    assert not (tmp_path / "pg.new").exists()


def test_a_home_too_deep_for_a_socket_gets_one_elsewhere(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 90)
    with open_database(deep, durable=False) as database:
        assert nights(database) == 0
        socket_dir = EmbeddedServer(deep).socket_dir
        assert deep not in socket_dir.parents
        assert socket_dir.stat().st_mode & 0o777 == 0o700
    assert not socket_dir.exists()


def test_a_home_with_a_quote_and_spaces_in_its_name_works(tmp_path: Path) -> None:
    with open_database(tmp_path / "the county's data", durable=False) as database:
        assert nights(database) == 0


def test_nobody_else_may_look_at_the_data(home: Path) -> None:
    with open_database(home, durable=False):
        assert (home / "pg").stat().st_mode & 0o077 == 0
        assert (home / "pg-run").stat().st_mode & 0o077 == 0


def test_data_of_another_version_is_refused_untouched(tmp_path: Path) -> None:
    (tmp_path / "pg").mkdir()
    (tmp_path / "pg" / "PG_VERSION").write_text("16\n")
    with pytest.raises(DatabaseTooOld, match="PostgreSQL 16"), open_database(tmp_path):
        pass


def test_a_server_that_cannot_start_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "SERVER_SETTINGS", {"shared_buffers": "nonsense"})
    with pytest.raises(DatabaseUnavailable, match="pg_ctl"), open_database(tmp_path, durable=False):
        pass


def test_an_external_database_is_reached_by_url(database: Database) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    with open_database(Path("unused"), url.replace("+psycopg", "")) as external:
        assert nights(external) == 0
        assert external.engine.url.drivername == "postgresql+psycopg"


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("mysql://a:secret@b/c", id="another database"),
        pytest.param("no url at all", id="no url"),
        pytest.param("postgresql+psycopg://a:secret@127.0.0.1:9/c", id="nobody there"),
    ],
)
def test_a_bad_url_is_an_operators_mistake_and_does_not_show_its_password(url: str) -> None:
    with pytest.raises(DatabaseUnavailable) as caught, open_database(Path("unused"), url):
        pass
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_migrations_make_what_the_models_say(database: Database) -> None:
    with database.read() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    assert differences == []


def test_several_processes_may_migrate_at_once(scratch: Database) -> None:
    with scratch.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))
    failures: list[BaseException] = []

    def migrate() -> None:
        try:
            with connected(scratch.engine.url) as mine:
                mine.migrate()
        except RegisterError as error:
            failures.append(error)

    threads = [threading.Thread(target=migrate) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert nights(scratch) == 0


def test_a_store_of_a_newer_release_is_refused(scratch: Database) -> None:
    with scratch.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseTooOld):
        scratch.migrate()


def test_an_exception_rolls_back(database: Database) -> None:
    with pytest.raises(RuntimeError), database.begin() as connection:
        connection.execute(sa.text("INSERT INTO night (night, status) VALUES ('2026-05-01', 'running')"))
        raise RuntimeError
    assert nights(database) == 0


def test_reading_cannot_write(database: Database) -> None:
    with pytest.raises(StoreError, match="ReadOnly"), database.read() as connection:
        connection.execute(sa.text("DELETE FROM night"))


SECRET = "990101199001011234"


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("INSERT INTO entity_mention VALUES ('k', :secret, '2026-05-01')", id="foreign key"),
        pytest.param("INSERT INTO night (night, status) VALUES ('2026-05-01', :secret)", id="check"),
        pytest.param("SELECT CAST(:secret || 'x' AS date)", id="cast"),
    ],
)
def test_no_value_gets_into_an_error_or_the_server_log(database: Database, statement: str) -> None:
    with pytest.raises(StoreError) as caught, database.begin() as connection:
        connection.execute(sa.text(statement), {"secret": SECRET})
    error: BaseException | None = caught.value
    assert SECRET not in f"{error!s}{error!r}"
    assert caught.value.__suppress_context__
    socket_dir = database.engine.url.query["host"]
    assert SECRET not in (Path(str(socket_dir)) / "server.log").read_text()

"""The same migrations, policies and backups on the machine's own PostgreSQL, by logins that may do no more than they must."""

from __future__ import annotations

import os
import pickle
import warnings
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
import sqlalchemy as sa
from desk_county import NOW, fill
from external_server import PASSWORD, ExternalServer, programs, running
from fastapi import FastAPI
from rich.console import Console

from pipelines.backup import back_up, restore
from pipelines.desk_serving import serve_desk
from pipelines.errors import OperatorError
from pipelines.settings import Settings
from register.access import open_desk
from register.audit import AuditChain
from register.change_plans import Intent
from register.database import open_database
from register.errors import DatabaseUnavailable, NotAllowed
from register.work import unit_of_work

with warnings.catch_warnings():
    # 2026-11-27: starlette wants httpx2, which the other packages do not take yet; drop this when they do.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

# CI installs one (.ci/run): there a missing one is an error.
pytestmark = pytest.mark.skipif(
    programs() is None and not os.environ.get("CI"), reason="no PostgreSQL of the machine's own is installed"
)

APP = f"CREATE ROLE bulou_web LOGIN NOINHERIT PASSWORD '{PASSWORD}'"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExternalServer]:
    with running(tmp_path_factory.mktemp("external")) as started:
        started.run(
            f"CREATE ROLE plain LOGIN PASSWORD '{PASSWORD}'",
            f"CREATE ROLE maker LOGIN CREATEROLE PASSWORD '{PASSWORD}'",
            "CREATE DATABASE plain OWNER plain",
            "CREATE DATABASE maker OWNER maker",
            "CREATE DATABASE copy OWNER maker",
        )
        yield started


@pytest.fixture(scope="module")
def filled(server: ExternalServer, tmp_path_factory: pytest.TempPathFactory) -> ExternalServer:
    with open_database(tmp_path_factory.mktemp("owner"), server.text("maker", "maker")) as database:
        fill(database)
    return server


def test_who_may_not_make_roles_is_told_what_an_administrator_has_to_run(
    server: ExternalServer, tmp_path: Path
) -> None:
    with (
        pytest.raises(DatabaseUnavailable) as refused,
        open_database(tmp_path, server.text("plain", "plain")),
    ):
        pytest.fail("opened")
    said = str(refused.value)
    assert "CREATE ROLE bulou_app LOGIN NOINHERIT;" in said and PASSWORD not in said
    server.run(*said.partition("run: ")[2].rstrip(";").split(";"))
    with open_database(tmp_path, server.text("plain", "plain")) as database, database.read() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM person")) == 0
    with (
        pytest.raises(DatabaseUnavailable, match="may not become bulou_app"),
        open_desk(tmp_path, server.text("plain", "plain")),
    ):
        pytest.fail("opened")


def test_the_desk_works_by_its_own_login(filled: ExternalServer, tmp_path: Path) -> None:
    owner, web = filled.text("maker", "maker"), filled.text("bulou_web", "maker")
    filled.run(APP, "GRANT bulou_app TO bulou_web")
    for app_url in (None, web):
        with open_desk(tmp_path, owner, app_url) as desk:
            with desk.as_user("officer.north", "officer") as work:
                assert set(work.connection.scalars(sa.text("SELECT person_no FROM person"))) == {"n1", "n2"}
                change = work.changes.propose(
                    Intent("field", "n2", values={"phone": "13700000002"}), "officer.north"
                )
                work.changes.act("withdraw", change.change_id, change.version, "officer.north")
            with desk.at_the_gate() as work:
                assert work.accounts.session_of("none", NOW) is None
            with pytest.raises(NotAllowed), desk.as_user("officer.north", "steward"):
                pytest.fail("entered")
            with desk.app.begin() as connection:
                user = "bulou_web" if app_url else "maker"
                query = sa.text("SELECT session_user::text, current_user::text")
                assert tuple(connection.execute(query).one()) == (user, "bulou_app")


@pytest.mark.parametrize(
    ("owner", "app"),
    [
        pytest.param("admin", None, id="a superuser and no login of its own"),
        pytest.param("maker", "admin", id="a superuser as its own login"),
        pytest.param("maker", "maker", id="the owner as its own login"),
        pytest.param("maker", "night", id="a member of the nights' role"),
    ],
)
def test_the_desk_does_not_work_by_a_login_that_may_do_more(
    filled: ExternalServer, tmp_path: Path, owner: str, app: str | None
) -> None:
    filled.run(
        "DROP ROLE IF EXISTS night",
        f"CREATE ROLE night LOGIN NOINHERIT PASSWORD '{PASSWORD}'",
        "GRANT bulou_app, bulou_night TO night",
    )
    app_url = None if app is None else filled.text(app, "maker")
    with (
        pytest.raises(DatabaseUnavailable, match=f"does not work by the login {app or owner}") as refused,
        open_desk(tmp_path, filled.text(owner, "maker"), app_url),
    ):
        pytest.fail("opened")
    assert PASSWORD not in str(refused.value)


def test_bulou_serve_holds_no_connection_but_those_of_its_own_login(
    filled: ExternalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.run("DROP ROLE IF EXISTS bulou_served", APP.replace("bulou_web", "bulou_served"))
    filled.run("GRANT bulou_app TO bulou_served")
    for name, value in {
        "BULOU_HOME": str(tmp_path),
        "BULOU_DATABASE_URL": filled.text("maker", "maker"),
        "BULOU_APP_DATABASE_URL": filled.text("bulou_served", "maker"),
    }.items():
        monkeypatch.setenv(name, value)
    seen: list[set[str]] = []

    def look(make: Callable[[], FastAPI], *_: object) -> None:
        made = pickle.loads(pickle.dumps(make))  # as it comes to another process
        client = TestClient(made(), base_url="http://localhost")
        assert client.get("/queue", follow_redirects=False).status_code == 303
        form = {"user": "officer.north", "password": "guessed", "token": "none"}
        assert client.post("/sign-in", data=form).status_code == 403
        client.cookies.set("bulou_session", "guessed")
        assert client.get("/queue", follow_redirects=False).status_code == 303  # the gate was asked
        query = "SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = 'maker' AND pid <> pg_backend_pid()"
        seen.append({str(row[0]) for row in filled.ask(query)})

    monkeypatch.setattr("pipelines.desk_serving.run_processes", look)
    serve_desk(Settings(), 0, Console(file=StringIO()))
    assert seen == [{"bulou_served"}]


def test_a_backup_of_an_external_server_is_restored_into_another_database_and_into_an_embedded_one(
    filled: ExternalServer, tmp_path: Path
) -> None:
    here = Settings(home=tmp_path / "here", database_url=filled.text("maker", "maker"))
    back_up(here, tmp_path / "backup")
    there = Settings(home=tmp_path / "there", database_url=filled.text("maker", "copy"))
    embedded = Settings(home=tmp_path / "embedded", database_url=None)
    for settings in (there, embedded):
        restore(settings, tmp_path / "backup")
        with open_database(settings.root, settings.database_url) as database, unit_of_work(database) as work:
            assert AuditChain(work.connection).verify().problems == ()
            assert len(work.grants.users()) == 11
    with pytest.raises(OperatorError, match="not empty"):
        restore(
            Settings(home=tmp_path / "third", database_url=filled.text("maker", "copy")), tmp_path / "backup"
        )

"""A pool's connections that the server has ended, or that may have been lost, while nobody used them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from register import database as databases
from register.access import desk_of
from register.database import Database, connected


@pytest.fixture
def pool(database: Database) -> Iterator[Database]:
    """One connection, which is used again and again."""
    with connected(database.engine.url, stay=1) as opened:
        yield opened


def backend(pool: Database) -> int:
    """The process of the server that answers."""
    with pool.read() as connection:
        return int(connection.scalar(sa.text("SELECT pg_backend_pid()")) or 0)


def end(database: Database, process: int) -> None:
    with database.begin() as connection:
        assert connection.scalar(sa.text("SELECT pg_terminate_backend(:process, 5000)"), {"process": process})


def test_a_connection_is_used_again(pool: Database) -> None:
    assert backend(pool) == backend(pool)


def test_one_that_the_server_has_ended_is_replaced_before_anybody_uses_it(
    pool: Database, database: Database
) -> None:
    before = backend(pool)
    end(database, before)
    assert backend(pool) not in (before, 0)


def test_one_that_lay_for_long_is_asked_and_replaced_when_it_does_not_answer(
    pool: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = backend(pool)
    answer = psycopg.Connection.execute

    def lost(self: Any, query: Any, *more: Any, **named: Any) -> Any:
        if query == "SELECT 1" and self.info.backend_pid == before:
            raise psycopg.OperationalError("the connection was lost")
        return answer(self, query, *more, **named)

    monkeypatch.setattr(psycopg.Connection, "execute", lost)
    assert backend(pool) == before  # nothing says that it was lost, and it lay for no time
    monkeypatch.setattr(databases, "IDLE_SECONDS", -1)
    assert backend(pool) not in (before, 0)


def test_one_that_was_closed_on_this_side_is_replaced(pool: Database) -> None:
    with pool.read() as connection:
        before = int(connection.scalar(sa.text("SELECT pg_backend_pid()")) or 0)
        driver: Any = connection.connection.dbapi_connection
    driver.close()
    assert backend(pool) not in (before, 0)


def test_a_desk_has_its_connections_before_it_is_asked(database: Database) -> None:
    with desk_of(database.engine.url, processes=10) as desk:
        desk.make_ready()
        pools: list[Any] = [desk.app.engine.pool, desk.gate.engine.pool]
        assert [pool.checkedin() for pool in pools] == [desk.app.stay, desk.gate.stay] == [2, 1]


def test_tables_with_many_dead_rows_are_vacuumed(database: Database) -> None:
    insert = sa.text("""
INSERT INTO area (code, name, level, parent, valid_from)
SELECT '99' || lpad(n::text, 10, '0'), 'n', 'village', NULL, '2026-01-01' FROM generate_series(1, 300) AS n
""")
    for _ in range(
        2
    ):  # the second time within a second of the first, when PostgreSQL has not counted it by itself
        with database.begin() as connection:
            connection.execute(insert)
            connection.execute(sa.text("DELETE FROM area WHERE name = 'n'"))
    assert database.tidy(10_000) == []
    assert "area" in database.tidy(300)
    assert "area" not in database.tidy(300)

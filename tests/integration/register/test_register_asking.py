"""Statements through the driver's cursor: in SQLAlchemy's transaction, with its errors."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from register.access import desk_of
from register.asking import Question, keeps_plans
from register.database import Database
from register.errors import StoreError


class Told(NamedTuple):
    number: int
    text: str | None
    day: date


TOLD: Question[Told] = Question(
    "SELECT n, CAST(:text AS text), CAST(:day AS date) FROM generate_series(1, :most) AS n WHERE '100%' LIKE '1%' ORDER BY n",
    Told,
)
PUT: Question[None] = Question(
    "INSERT INTO area (code, name, level, parent, valid_from) SELECT :code, :name, 'county', NULL, :since"
)
DAY = date(2026, 5, 1)


def test_rows_become_what_they_are_made_into(database: Database) -> None:
    with database.read() as connection:
        assert TOLD.all(connection, text="王", day=DAY, most=2) == [Told(1, "王", DAY), Told(2, "王", DAY)]
        assert TOLD.first(connection, text=None, day=DAY, most=2) == Told(1, None, DAY)
        assert TOLD.first(connection, text="", day=DAY, most=0) is None
        assert TOLD.all(connection, text="", day=DAY, most=0) == []
    assert TOLD.names == {"text", "day", "most"}


def test_a_statement_made_by_sqlalchemy_is_asked_too(database: Database) -> None:
    asked = Question(sa.select(sa.bindparam("word", type_=sa.Text())), str)
    with database.read() as connection:
        assert asked.first(connection, word="a") == "a"


def test_what_is_written_is_there_when_the_transaction_is(database: Database) -> None:
    count = sa.text("SELECT count(*) FROM area WHERE code = 'X'")
    with pytest.raises(ZeroDivisionError), database.begin() as connection:
        assert PUT.done(connection, code="X", name="x", since=DAY) == 1
        assert connection.scalar(count) == 1
        raise ZeroDivisionError
    with database.begin() as connection:
        assert connection.scalar(count) == 0
        PUT.done(connection, code="X", name="x", since=DAY)
    with database.read() as connection:
        assert connection.scalar(count) == 1


def test_an_error_is_sqlalchemys_within_and_tells_no_value_outside(database: Database) -> None:
    with database.begin() as connection:
        PUT.done(connection, code="X", name="x", since=DAY)
        with pytest.raises(IntegrityError) as inner, connection.begin_nested():
            PUT.done(connection, code="X", name="13987654321", since=DAY)
        assert isinstance(inner.value, DBAPIError) and getattr(inner.value.orig, "sqlstate", "") == "23505"
        assert connection.scalar(sa.text("SELECT name FROM area WHERE code = 'X'")) == "x"
    with pytest.raises(StoreError) as outer, database.begin() as connection:
        PUT.done(connection, code="X", name="13987654321", since=DAY)
    assert "13987654321" not in str(outer.value)


def test_a_connection_that_was_lost_is_not_asked_again(database: Database) -> None:
    end = sa.text("SELECT pg_terminate_backend(:pid)")
    with pytest.raises(StoreError), database.begin() as connection:
        pid = connection.scalar(sa.text("SELECT pg_backend_pid()"))
        TOLD.first(connection, text="", day=DAY, most=1)
        with database.begin() as other:
            other.execute(end, {"pid": pid})
        TOLD.first(connection, text="", day=DAY, most=1)
    for _ in range(3):
        with database.begin() as connection:
            assert TOLD.first(connection, text="", day=DAY, most=1) == Told(1, "", DAY)


OF_STATUS: Question[int] = Question("SELECT count(*) FROM discrepancy WHERE status = :status", int)
PLANNED = sa.text(
    "SELECT statement, generic_plans, custom_plans FROM pg_prepared_statements ORDER BY statement"
)
ASKERS = (("clerk.n1", "clerk"), ("steward", "steward"))


@pytest.mark.parametrize("kept", ["never", "from the start", "from then on"])
def test_each_role_has_its_own_plans_and_keeps_them_where_that_is_asked_for(
    filled_county: Database, kept: str
) -> None:
    seen: dict[str, set[int | None]] = {}
    with desk_of(filled_county.engine.url) as desk:
        # One after the other on one connection; the driver has a statement kept when it comes the sixth time.
        for _ in range(12):
            for user, role in ASKERS:
                with desk.as_user(user, role, keeps_plans=kept == "from the start") as work:
                    if kept == "from then on":
                        keeps_plans(work.connection)
                    seen.setdefault(role, set()).add(OF_STATUS.first(work.connection, status="open"))
        with desk.as_user("steward", "steward") as work:
            planned = work.connection.execute(PLANNED).all()
    counts = {role: found.pop() for role, found in seen.items() if len(found) == 1}
    assert 0 < (counts["clerk"] or 0) < (counts["steward"] or 0)
    mine = [tuple(row) for row in planned if "FROM discrepancy WHERE status" in row.statement]
    assert [statement.rpartition("/* ")[2] for statement, *_ in mine] == ["clerk */", "steward */"]
    for _, generic, custom in mine:
        if kept != "never":
            assert (generic, custom) == (7, 0)
        else:
            assert custom > 0

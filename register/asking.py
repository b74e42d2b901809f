"""Statements of the desk's busiest pages, asked through the driver's own cursor.

A page asks some ten small questions. What SQLAlchemy does for each of them (a result that knows its columns by name, type and origin) takes it longer than
the answer takes the database, and none of it is needed here: whoever asks knows the columns. The transaction, its user, isolation and end are
SQLAlchemy's, and so are its errors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

Answer = TypeVar("Answer")
_DIALECT: Final = PGDialect_psycopg()
_CURSOR: Final = "bulou cursor"
_ROLE: Final = "bulou role"
# From then on in the transaction.
KEEPING_PLANS: Final = "set_config('plan_cache_mode', 'force_generic_plan', true)"


def keeps_plans(connection: Connection) -> None:
    """From here to the end of the transaction a statement that comes again is planned once, and not for what it is about (`Desk.as_user`)."""
    _KEEPS.done(connection)


def of_role(connection: Connection, role: str) -> None:
    """From now on this connection to the server asks in this role. What PostgreSQL keeps of a statement under policies is of one role and made anew when
    another one asks the same: so each has its own.
    """
    connection.info[_ROLE] = f" /* {role} */"


def _as_it_is(*values: Any) -> Any:
    return values


class Question(Generic[Answer]):
    """A statement with parameters as `sqlalchemy.text` has them (`:name`), and what is made of a row's values, in order; a tuple
    unless it is said.

    `statement`: as the driver has it; `names`: of its parameters.
    """

    def __init__(self, statement: str | sa.Select[Any], answer: Callable[..., Answer] = _as_it_is) -> None:
        asked = sa.text(statement) if isinstance(statement, str) else statement
        compiled = asked.compile(dialect=_DIALECT)
        self.statement: Final = str(compiled)
        self._answer = answer
        self.names: Final = frozenset(str(name) for name in compiled.params)

    def all(self, connection: Connection, /, **parameters: Any) -> list[Answer]:
        answer = self._answer
        return [answer(*row) for row in self._asked(connection, parameters).fetchall()]

    def first(self, connection: Connection, /, **parameters: Any) -> Answer | None:
        row = self._asked(connection, parameters).fetchone()
        return None if row is None else self._answer(*row)

    def done(self, connection: Connection, /, **parameters: Any) -> int:
        """Of one that answers nothing: how many rows it wrote."""
        return self._asked(connection, parameters).rowcount

    def _asked(self, connection: Connection, parameters: dict[str, Any]) -> psycopg.Cursor[Any]:
        info = connection.info
        cursor: psycopg.Cursor[Any] | None = info.get(_CURSOR)
        if cursor is None:  # of this connection to the server, which one thread has at a time
            driver: Any = connection.connection.driver_connection
            cursor = info[_CURSOR] = driver.cursor()
        try:
            return cursor.execute(self.statement + info.get(_ROLE, ""), parameters)
        except psycopg.Error as error:  # as SQLAlchemy has it, for whoever wants to know which
            raise DBAPIError.instance(
                None, None, error, psycopg.Error, hide_parameters=True, dialect=_DIALECT
            ) from error


_KEEPS: Final[Question[Any]] = Question(f"SELECT {KEEPING_PLANS}")

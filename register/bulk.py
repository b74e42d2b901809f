"""Frames into tables and tables into frames by COPY, with Arrow's CSV writer and reader on our side.

Row-wise INSERT of a register of a million takes minutes, COPY seconds. In the CSV a missing value is an
unquoted nothing, so NA stays NULL and no empty string is ever made.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import pandas as pd
import psycopg
import pyarrow as pa
import pyarrow.csv as pacsv
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.engine import Connection

BATCH_ROWS = 65_536


def driver(connection: Connection) -> psycopg.Connection[tuple[Any, ...]]:
    """The psycopg connection beneath, inside the same transaction."""
    return cast("psycopg.Connection[tuple[Any, ...]]", connection.connection.driver_connection)


def copy_in(connection: Connection, table: str, rows: pd.DataFrame | pa.Table) -> int:
    """Appends a frame to a table; the frame's columns name the table's. Returns the number of rows."""
    data = rows if isinstance(rows, pa.Table) else pa.Table.from_pandas(rows, preserve_index=False)
    # COPY does not reach a table under row-level security: whoever is not its owner goes through one of their own.
    if connection.scalar(sa.select(sa.func.row_security_active(table))):
        return _copy_through(connection, table, data)
    return _copy(connection, table, data)


_SET_ASIDE = sa.text("""
SELECT quote_ident(c.relname) AS name, pg_get_indexdef(i.indexrelid) AS definition
FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_class AS t ON t.oid = i.indrelid
WHERE t.oid = CAST(:table AS regclass) AND pg_has_role(current_user, t.relowner, 'USAGE')
    AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid)
ORDER BY c.relname
""")


@contextmanager
def indexes_last(connection: Connection, table: str, *, is_rewritten: bool = False) -> Iterator[None]:
    """Makes the indexes of an empty table after it is filled: a third of the time of keeping them up row by row.

    A table that holds rows is left as it is unless all of them are written anew, and so is somebody else's.
    """
    is_kept = not is_rewritten and connection.scalar(sa.text(f"SELECT EXISTS (SELECT FROM {table})"))
    indexes = [] if is_kept else connection.execute(_SET_ASIDE, {"table": table}).all()
    for index in indexes:
        connection.execute(sa.text(f"DROP INDEX {index.name}"))
    yield
    for index in indexes:
        connection.exec_driver_sql(index.definition)


def _copy_through(connection: Connection, table: str, data: pa.Table) -> int:
    own, columns = f"copied_{table}", ", ".join(f'"{name}"' for name in data.column_names)
    connection.execute(
        sa.text(f"CREATE TEMP TABLE {own} ON COMMIT DROP AS SELECT {columns} FROM {table} WITH NO DATA")
    )
    rows = _copy(connection, own, data)
    connection.execute(sa.text(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {own}"))
    connection.execute(sa.text(f"DROP TABLE {own}"))
    return rows


def _copy(connection: Connection, table: str, data: pa.Table) -> int:
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, data.column_names))
    )
    options = pacsv.WriteOptions(include_header=False, quoting_style="needed")
    with driver(connection).cursor() as cursor, cursor.copy(statement) as copy:
        for batch in data.to_batches(max_chunksize=BATCH_ROWS):
            buffer = io.BytesIO()
            pacsv.write_csv(pa.Table.from_batches([batch]), buffer, options)
            # PostgreSQL has no NUL in text; a cell that holds one is kept without it.
            copy.write(buffer.getvalue().replace(b"\x00", b""))
    return int(data.num_rows)


def copy_out(
    connection: Connection, query: str, parameters: Mapping[str, Any], types: Mapping[str, pa.DataType]
) -> pa.Table:
    """The result of a query as an Arrow table of the columns and types given, in that order."""
    buffer = io.BytesIO()
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(sql.SQL(cast(Any, query)))
    with driver(connection).cursor() as cursor, cursor.copy(statement, parameters) as copy:
        for chunk in copy:
            buffer.write(chunk)
    schema = pa.schema(list(types.items()))
    if not buffer.tell():
        return schema.empty_table()
    buffer.seek(0)
    return pacsv.read_csv(
        buffer,
        read_options=pacsv.ReadOptions(column_names=list(types)),
        parse_options=pacsv.ParseOptions(newlines_in_values=True),
        convert_options=pacsv.ConvertOptions(
            column_types=schema,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


def copy_lines(connection: Connection, query: str, columns: Sequence[str], out: io.BufferedIOBase) -> int:
    """Streams a query's result as CSV with a header line into an open file; returns the number of bytes."""
    header = (",".join(columns) + "\n").encode()
    size = out.write(header)
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(sql.SQL(cast(Any, query)))
    with driver(connection).cursor() as cursor, cursor.copy(statement) as copy:
        for chunk in copy:
            size += out.write(chunk)
    return size

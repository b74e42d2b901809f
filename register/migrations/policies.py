"""What a migration says about who may touch a table, as SQL: one `Allow` per table and desk role.

Every table has row-level security, so a table of which nothing is said is visible to nobody but the night. A condition is over
the table's own columns and the grants of the transaction's user. The functions behind it are asked once per statement
(`(SELECT …)`), never per row, and compare with operators that an index can serve.

A user acts in one role at a time, and each role is a role of PostgreSQL's too: so columns can differ by role, and a
condition needs no OR that would keep the planner from using an index.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

DESK_ROLES = ("clerk", "officer", "steward", "contact", "operator", "auditor")


@dataclass(frozen=True)
class Allow:
    """What one desk role may do with one table.

    `rows` is the condition on a row (None: any row, while the role is held). `columns` are those that may be read (empty:
    all). `insert` and `update` are the columns that may be written (`("*",)`: all), `written` is a further
    condition on what is written.
    """

    table: str
    role: str
    rows: str | None = None
    columns: tuple[str, ...] = ()
    insert: tuple[str, ...] = ()
    update: tuple[str, ...] = ()
    written: str | None = None


def held(role: str) -> str:
    """The user of the transaction holds the role, and is not disabled."""
    return f"(SELECT desk_holds('{role}'))"


def in_area(role: str, column: str = "area_code") -> str:
    """The row's area is one of those for which the user holds the role."""
    return f"{column} = ANY ((SELECT desk_areas('{role}'))::text[])"


def all_in_area(role: str, column: str = "area_codes") -> str:
    """All of the row's areas are."""
    return f"{column} <@ (SELECT desk_areas('{role}'))::text[]"


def of_feed(column: str = "feed") -> str:
    """The row's feed is one of those whose contact the user is."""
    return f"{column} = ANY ((SELECT desk_feeds())::text[])"


def of_visible(table: str, on: str) -> str:
    """A row of `table` that the user may see belongs to it; `on` joins the two."""
    return f"EXISTS (SELECT FROM {table} AS seen WHERE {on})"


def protect(table: str) -> Iterator[str]:
    """A new table: closed to the desk, open to the night."""
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON {table} TO bulou_night"
    yield f"CREATE POLICY {table}_night ON {table} TO bulou_night USING (true) WITH CHECK (true)"


def allow(rules: Iterable[Allow]) -> Iterator[str]:
    """The grants and policies of these rules."""
    for rule in rules:
        name, to = f"{rule.table}_{rule.role}", f"bulou_{rule.role}"
        rows = rule.rows or held(rule.role)
        yield f"GRANT SELECT{_columns(rule.columns)} ON {rule.table} TO {to}"
        yield f"CREATE POLICY {name}_read ON {rule.table} FOR SELECT TO {to} USING ({rows})"
        written = rows if rule.written is None else f"{rows} AND {rule.written}"
        if rule.insert:
            yield f"GRANT INSERT{_columns(rule.insert)} ON {rule.table} TO {to}"
            yield f"CREATE POLICY {name}_insert ON {rule.table} FOR INSERT TO {to} WITH CHECK ({written})"
        if rule.update:
            yield f"GRANT UPDATE{_columns(rule.update)} ON {rule.table} TO {to}"
            yield (
                f"CREATE POLICY {name}_update ON {rule.table} FOR UPDATE TO {to} "
                f"USING ({rows}) WITH CHECK ({written})"
            )


def forget(tables: Sequence[str]) -> Iterator[str]:
    """Takes back everything said about these tables."""
    for table in tables:
        yield f"""
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT policyname FROM pg_policies WHERE schemaname = 'public' AND tablename = '{table}' LOOP
        EXECUTE format('DROP POLICY %I ON {table}', one.policyname);
    END LOOP;
END $$
"""
        yield f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"
        everyone = ", ".join(f"bulou_{role}" for role in ("night", "audit", "gate", *DESK_ROLES))
        yield f"REVOKE ALL ON {table} FROM {everyone}"


def _columns(names: Sequence[str]) -> str:
    return f" ({', '.join(names)})" if names and names != ("*",) else ""

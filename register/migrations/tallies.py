"""What the tallies have in common, as SQL: a trigger adds what a statement changes and overwrites nothing, and now and then the rows of one key are put together."""

from __future__ import annotations

from collections.abc import Sequence

AS_OWNER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"


def fold(table: str, key: Sequence[str]) -> str:
    """What was added since is put together with what stands for the same key. One at a time, and nobody waits for it: rows that are
    added meanwhile are not seen and stay.
    """
    keys, of_standing = ", ".join(key), ", ".join(f"t.{name}" for name in key)
    return f"""
CREATE FUNCTION fold_{table}() RETURNS void LANGUAGE plpgsql {AS_OWNER} AS $$
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('{table.replace("_", " ")}')) THEN
        RETURN;
    END IF;
    WITH added AS (
        DELETE FROM {table} WHERE NOT is_folded RETURNING {keys}, rows
    ), touched AS MATERIALIZED (
        SELECT DISTINCT {keys} FROM added
    ), standing AS (
        DELETE FROM {table} AS t USING touched AS k
        WHERE t.is_folded AND {" AND ".join(f"t.{name} = k.{name}" for name in key)}
        RETURNING {of_standing}, t.rows
    )
    INSERT INTO {table} ({keys}, rows, is_folded)
    SELECT {keys}, sum(rows), true FROM (SELECT * FROM added UNION ALL SELECT * FROM standing) AS both_of_them
    GROUP BY {keys} HAVING sum(rows) <> 0;
END
$$
"""


def adding(function: str, table: str, key: Sequence[str], added: str, fold_after: int) -> str:
    """The trigger's function: adds what a statement changed, in its own transaction; the sum over all that was added is the count.

    Args:
        added: the query of what is added, key and `rows`.
        fold_after: how many rows are added before whoever adds the next puts them together.
    """
    return f"""
CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql {AS_OWNER} AS $$
DECLARE added bigint; newest bigint;
BEGIN
    WITH written AS (
        INSERT INTO {table} ({", ".join(key)}, rows) {added} RETURNING tally_no
    )
    SELECT count(*), max(tally_no) INTO added, newest FROM written;
    IF added > 0 AND mod(newest, {fold_after}) < added THEN
        PERFORM fold_{table}();
    END IF;
    RETURN NULL;
END $$
"""

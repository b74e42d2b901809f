"""Which list has a person on the register of a past night

What a desk role sees of `person` is its own area. Whether a row there was on the register that night follows from lists of
the whole county (`register.told`): another unit may have the person since, or have taken the whole unit over. So the owner answers, with units
and days and no item of a person, to the roles that read persons.

Revision: 0014, after 0013.
"""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"

# A list with less than half the rows of the one before ends nobody (docs/adr/0004); a unit most of whose people another unit
# lists since is no more.
_SHOWN_ON = """
CREATE FUNCTION register_shown_on(until date, numbers text[], OUT person_no text, OUT unit text, OUT arrival date)
RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
WITH told AS MATERIALIZED (
    SELECT list.unit, list.arrival,
        CASE WHEN list.rows_before >= 20 AND list.rows < 0.5 * list.rows_before THEN list.before END AS before
    FROM (
        SELECT i.unit, i.arrival, i.rows, row_number() OVER lists AS age,
            lead(i.arrival) OVER lists AS before, lead(i.rows) OVER lists AS rows_before
        FROM register_import AS i WHERE i.is_effective AND i.arrival <= until
        WINDOW lists AS (PARTITION BY i.unit ORDER BY i.arrival DESC)
    ) AS list WHERE list.age = 1
), asked AS (
    SELECT p.person_no, p.unit, max(s.spoke) AS arrival
    FROM person AS p JOIN told AS u ON u.unit = p.unit
    CROSS JOIN LATERAL (VALUES (u.arrival), (u.before)) AS s (spoke)
    WHERE p.person_no = ANY (numbers) AND p.valid_from <= s.spoke AND (p.valid_to IS NULL OR p.valid_to > s.spoke)
    GROUP BY p.person_no, p.unit
), member AS MATERIALIZED (
    SELECT p.person_no, p.unit, max(s.spoke) AS arrival
    FROM (SELECT DISTINCT a.unit FROM asked AS a) AS of JOIN told AS u ON u.unit = of.unit
    JOIN person AS p ON p.unit = u.unit
    CROSS JOIN LATERAL (VALUES (u.arrival), (u.before)) AS s (spoke)
    WHERE p.valid_from <= s.spoke AND (p.valid_to IS NULL OR p.valid_to > s.spoke)
    GROUP BY p.person_no, p.unit
), merged AS (
    SELECT m.unit FROM member AS m
    GROUP BY m.unit
    HAVING count(*) FILTER (WHERE EXISTS (
        SELECT FROM person AS o JOIN told AS u ON u.unit = o.unit
        CROSS JOIN LATERAL (VALUES (u.arrival), (u.before)) AS s (spoke)
        WHERE o.person_no = m.person_no AND s.spoke > m.arrival
            AND o.valid_from <= s.spoke AND (o.valid_to IS NULL OR o.valid_to > s.spoke)
    )) > 0.5 * count(*)
)
SELECT DISTINCT ON (a.person_no) a.person_no, a.unit, a.arrival
FROM asked AS a WHERE a.unit NOT IN (SELECT g.unit FROM merged AS g)
ORDER BY a.person_no, a.arrival DESC, a.unit COLLATE "C"
$$
"""
_NAME = "register_shown_on(date, text[])"
_READERS = "bulou_night, bulou_clerk, bulou_officer, bulou_steward"


def upgrade() -> None:
    op.get_bind().exec_driver_sql(_SHOWN_ON.replace("%", "%%"))
    op.execute(f"REVOKE EXECUTE ON FUNCTION {_NAME} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {_NAME} TO {_READERS}")


def downgrade() -> None:
    op.execute(f"DROP FUNCTION {_NAME}")

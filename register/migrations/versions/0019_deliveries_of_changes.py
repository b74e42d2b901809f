"""Deliveries of changes: what they say of single persons, and which list or change has a person on the register of a past night

Revision: 0019, after 0018.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from register.migrations.policies import forget, protect
from register.units import refresh_units

revision = "0019"
down_revision = "0018"

TABLE = "register_statement"
PERSON = [
    "name",
    "former_name",
    "id_number",
    "id_state",
    "sex",
    "ethnicity",
    "birth_date",
    "birth_date_lunar",
    "marital_status",
    "education",
    "occupation",
    "hukou_address",
    "hukou_area",
    "hukou_group",
    "hukou_door",
    "residence_address",
    "residence_area",
    "residence_group",
    "residence_door",
    "area_code",
    "phone",
    "mother_name",
    "mother_id",
    "father_name",
    "father_id",
    "notes",
    "raw",
    "name_initials",
]
MEMBERSHIP = ("household_no", "head_name", "relation_to_head")

# As `register.told` has it: a row that is there when the unit last changed, or when it did before its broken-off list, unless the
# person was told to be gone since; and the day on which that was said of the person.
_ROWS = """
    FROM person AS p JOIN told AS u ON u.unit = p.unit
    CROSS JOIN LATERAL (VALUES (u.arrival, u.listed), (u.before, u.before_listed)) AS l (looked_at, listed)
    LEFT JOIN register_statement AS t ON t.person_no = p.person_no AND t.unit = p.unit
        AND t.arrival <= l.looked_at AND (t.valid_to IS NULL OR t.valid_to > l.looked_at)
    WHERE p.valid_from <= l.looked_at AND (p.valid_to IS NULL OR p.valid_to > l.looked_at)
        AND (l.looked_at = u.arrival OR NOT EXISTS (
            SELECT FROM register_statement AS g WHERE g.person_no = p.person_no AND g.unit = p.unit AND g.is_removed
                AND g.arrival <= u.arrival AND (g.valid_to IS NULL OR g.valid_to > u.arrival)))
"""
_SHOWN = (
    """
    SELECT DISTINCT ON (p.person_no, p.unit) p.person_no, p.unit, l.looked_at, coalesce(t.arrival, l.listed) AS spoke
"""
    + _ROWS
    + """
        AND {of}
    ORDER BY p.person_no, p.unit, l.looked_at DESC
"""
)
_SHOWN_ON = f"""
CREATE FUNCTION register_shown_on(until date, numbers text[], OUT person_no text, OUT unit text, OUT arrival date)
RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
WITH told AS MATERIALIZED (
    SELECT n.unit, n.arrival, n.listed, b.arrival AS before, b.listed AS before_listed
    FROM (
        SELECT i.unit, max(i.arrival) AS arrival, max(i.arrival) FILTER (WHERE i.coverage = 'full') AS listed
        FROM register_import AS i WHERE i.is_effective AND i.arrival <= until GROUP BY i.unit
    ) AS n
    LEFT JOIN register_import AS l
        ON l.unit = n.unit AND l.arrival = n.listed AND l.coverage = 'full' AND l.is_effective
    LEFT JOIN LATERAL (
        SELECT i.arrival, i.persons, (
            SELECT max(f.arrival) FROM register_import AS f
            WHERE f.unit = i.unit AND f.coverage = 'full' AND f.is_effective AND f.arrival <= i.arrival) AS listed
        FROM register_import AS i WHERE i.unit = n.unit AND i.is_effective AND i.arrival < n.listed
        ORDER BY i.arrival DESC LIMIT 1
    ) AS b ON b.persons >= 20 AND l.rows < 0.5 * b.persons
), asked AS MATERIALIZED ({_SHOWN.format(of="p.person_no = ANY (numbers)")}
), member AS MATERIALIZED ({_SHOWN.format(of="p.unit IN (SELECT a.unit FROM asked AS a)")}
), merged AS (
    SELECT m.unit FROM member AS m
    GROUP BY m.unit
    HAVING count(*) FILTER (WHERE EXISTS (
        SELECT {_ROWS} AND p.person_no = m.person_no AND p.unit <> m.unit AND coalesce(t.arrival, l.listed) > m.spoke
    )) > 0.5 * count(*)
)
SELECT DISTINCT ON (a.person_no) a.person_no, a.unit, a.looked_at
FROM asked AS a WHERE a.unit NOT IN (SELECT g.unit FROM merged AS g)
ORDER BY a.person_no, a.spoke DESC, a.unit COLLATE "C"
$$
"""
_NAME = "register_shown_on(date, text[])"
_READERS = "bulou_night, bulou_clerk, bulou_officer, bulou_steward"


def upgrade() -> None:
    _import_log()
    _statements()
    op.add_column("delivery", sa.Column("coverage", sa.Text(), nullable=True))
    for name in ("listed", "before_listed"):
        op.add_column("register_unit", sa.Column(name, sa.Date(), nullable=True))
    _replace_function(_SHOWN_ON)
    refresh_units(op.get_bind())


def _import_log() -> None:
    op.add_column("register_import", sa.Column("coverage", sa.Text(), server_default="full", nullable=False))
    op.add_column("register_import", sa.Column("persons", sa.Integer(), nullable=True))
    op.execute("UPDATE register_import SET persons = rows")
    op.alter_column("register_import", "persons", nullable=False)
    op.create_check_constraint(
        op.f("register_import_coverage_known_check"), "register_import", "coverage IN ('full', 'changes')"
    )
    _key("register_import", ["unit", "arrival", "period", "coverage"])


def _statements() -> None:
    op.create_table(
        TABLE,
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("unit", "person_no")),
        sa.Column("arrival", sa.Date(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("file", "sheet")),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("is_removed", sa.Boolean(), nullable=False),
        *(sa.Column(name, _type(name), nullable=True) for name in (*PERSON, *MEMBERSHIP)),
        sa.PrimaryKeyConstraint("unit", "person_no", "arrival", "period", name=op.f(f"{TABLE}_pkey")),
    )
    for statement in protect(TABLE):  # the desk reads the register, never what it was made of
        op.execute(statement)


def _type(name: str) -> sa.types.TypeEngine[Any]:
    return sa.Date() if name.startswith("birth_date") else JSONB() if name == "raw" else sa.Text()


def _key(table: str, columns: list[str]) -> None:
    op.drop_constraint(op.f(f"{table}_pkey"), table, type_="primary")
    op.create_primary_key(op.f(f"{table}_pkey"), table, columns)


def _replace_function(definition: str) -> None:
    op.execute(f"DROP FUNCTION {_NAME}")
    op.get_bind().exec_driver_sql(definition.replace("%", "%%"))
    op.execute(f"REVOKE EXECUTE ON FUNCTION {_NAME} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {_NAME} TO {_READERS}")


def downgrade() -> None:
    before = import_module("register.migrations.versions.0014_the_register_of_a_past_night")
    _replace_function(before._SHOWN_ON)
    for name in ("listed", "before_listed"):
        op.drop_column("register_unit", name)
    op.drop_column("delivery", "coverage")
    for statement in forget((TABLE,)):
        op.execute(statement)
    op.drop_table(TABLE)
    op.execute("DELETE FROM register_import WHERE coverage <> 'full'")
    _key("register_import", ["unit", "arrival", "period"])
    op.drop_constraint(op.f("register_import_coverage_known_check"), "register_import", type_="check")
    for name in ("persons", "coverage"):
        op.drop_column("register_import", name)

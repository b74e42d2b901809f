"""Areas that are kept between requests, and read anew when the table is another."""

from __future__ import annotations

import sqlalchemy as sa

from register.database import Database
from stewardship.places import read_places


def test_areas_are_read_once_while_the_table_stays_as_it_is(county: Database) -> None:
    with county.read() as connection:
        first = read_places(connection)
        assert read_places(connection) is first


def test_an_area_that_was_renamed_has_its_new_name_at_once(county: Database) -> None:
    with county.read() as connection:
        code = next(iter(read_places(connection).names))
    with county.begin() as connection:
        connection.execute(sa.text("UPDATE area SET name = 'Neudorf' WHERE code = :code"), {"code": code})
        assert read_places(connection).names[code] == "Neudorf"
    with county.read() as connection:
        assert read_places(connection).names[code] == "Neudorf"


def test_what_is_rolled_back_is_not_kept(county: Database) -> None:
    with county.read() as connection:
        before = read_places(connection).names
    with county.engine.connect() as connection, connection.begin() as transaction:
        connection.execute(sa.text("UPDATE area SET name = name || '?'"))
        assert read_places(connection).names != before
        transaction.rollback()
    with county.read() as connection:
        assert read_places(connection).names == before

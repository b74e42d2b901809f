"""How the register was on a past night, for those who may see it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from desk_county import COUNTY, NOW, TOWNSHIPS, VILLAGES, areas
from register_rows import person, records

from register.access import Desk, desk_of
from register.areas import replace_areas
from register.database import Database
from register.errors import StoreError
from register.importing import import_snapshot
from register.past import household_on, rows_on
from register.work import unit_of_work

MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)
NORTH, SOUTH = "柳口镇", "马坪乡"


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    """In May all live in the north; in June RY1 has moved south, where she is listed; in July RY2 has another phone."""
    there = {"unit": NORTH, "area_code": VILLAGES["n1"], "household_no": "H1"}
    moved = person(1, unit=SOUTH, area_code=VILLAGES["s1"], household_no="H7")
    with unit_of_work(database) as work:
        replace_areas(work.connection, areas())
        import_snapshot(work.connection, records(*(person(n, **there) for n in (1, 2, 3))), MAY)
        import_snapshot(work.connection, records(moved, arrival=JUNE), JUNE)
        rest = [person(2, phone="13700000002", **there), person(3, **there)]
        import_snapshot(work.connection, records(*rest, arrival=JULY), JULY)
        for user, role, area in (
            ("steward", "steward", COUNTY),
            ("officer", "officer", TOWNSHIPS["north"]),
            ("clerk", "clerk", VILLAGES["s1"]),
        ):
            work.grants.add_user(user, user, "operator", NOW)
            work.grants.grant(user, role, "operator", NOW, area_code=area)
        work.grants.add_user("watcher", "watcher", "operator", NOW)
        work.grants.grant("watcher", "operator", "operator", NOW)
    with desk_of(database.engine.url) as opened:
        yield opened


def test_a_household_of_a_night_has_the_members_and_values_of_that_night(desk: Desk) -> None:
    with desk.as_user("steward", "steward", read_only=True) as work:
        assert household_on(work.connection, "H1", date(2026, 4, 30)) == {}
        assert set(household_on(work.connection, "H1", MAY)) == {"RY1", "RY2", "RY3"}
        june = household_on(work.connection, "H1", date(2026, 6, 30))
        assert set(june) == {"RY2", "RY3"} and june["RY2"]["phone"] is None
        assert household_on(work.connection, "H1", JULY)["RY2"]["phone"] == "13700000002"
        assert set(household_on(work.connection, "H7", JUNE)) == {"RY1"}
        assert rows_on(work.connection, ["RY1"], MAY)["RY1"]["household_no"] == "H1"
        assert rows_on(work.connection, [], MAY) == rows_on(work.connection, ["RY9"], MAY) == {}


def test_who_left_the_own_area_is_seen_there_on_earlier_nights_and_no_longer_on_later_ones(
    desk: Desk,
) -> None:
    with desk.as_user("officer", "officer", read_only=True) as work:
        assert set(household_on(work.connection, "H1", MAY)) == {"RY1", "RY2", "RY3"}
        # The north's list still has her in June; it was the south's that spoke last, which this officer does not see.
        assert set(household_on(work.connection, "H1", JUNE)) == {"RY2", "RY3"}
        assert rows_on(work.connection, ["RY1"], JUNE) == {}
    with desk.as_user("clerk", "clerk", read_only=True) as work:
        assert rows_on(work.connection, ["RY1", "RY2"], MAY) == {}
        assert set(rows_on(work.connection, ["RY1", "RY2"], JUNE)) == {"RY1"}


def test_who_sees_no_person_may_not_ask_either(desk: Desk) -> None:
    with pytest.raises(StoreError), desk.as_user("watcher", "operator", read_only=True) as work:
        rows_on(work.connection, ["RY1"], MAY)

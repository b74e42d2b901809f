"""Areas that are kept between requests, read anew when the table is another, and led to from what lies in them."""

from __future__ import annotations

import re
from collections.abc import Callable

import sqlalchemy as sa
from desk_clients import Browser, discrepancy_of
from desk_county import COUNTY, TOWNSHIPS, VILLAGES

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


def test_where_it_lies_leads_to_the_queue_of_each_area(
    browser: Callable[..., Browser], county: Database
) -> None:
    """As far as it is the user's own, with the other filters; a department's contact is told of no area."""
    one = browser("steward")
    page = one.get(f"/discrepancies/{discrepancy_of(county, 'n1')}?type=missing_item")
    heading = page.text.split('<header class="heading">')[1].split("</header>")[0]
    places = re.findall(r'href="(/queue[^"]*area=[^"]*)"', heading.replace("&amp;", "&"))
    north, village = TOWNSHIPS["north"], VILLAGES["n1"]
    kept = "/queue?type=missing_item"
    assert places == [f"{kept}&area={north}", f"{kept}&area={village}"]
    assert all(one.get(place).status_code == 200 for place in places)
    assert f'<a href="{kept}">' in heading  # the county
    listed = one.get(f"{kept}&area={village}").text.split('<header class="heading">')[1].split("</header>")[0]
    assert f'<a href="{kept}">' in listed and f'{kept}&amp;area={north}"' in listed
    assert f"area={village}" not in listed.split('<div class="beside">')[0]  # where one is
    for user, codes in (("officer.north", [north, village]), ("clerk.n1", [village])):
        two = browser(user)
        page = two.get(f"/discrepancies/{discrepancy_of(county, 'n1')}")
        assert list(two.links(page, "/queue?area=")) == [f"/queue?area={code}" for code in codes]
    contact = browser("contact.police")
    page = contact.get(f"/discrepancies/{discrepancy_of(county, 'police_births')}")
    assert page.status_code == 200
    assert not [link for link in contact.links(page, "/queue?") if "area=" in link]


def test_a_person_and_a_household_lead_to_the_queue_of_where_they_are(
    browser: Callable[..., Browser], county: Database
) -> None:
    with county.read() as connection:
        found = connection.execute(
            sa.text("""SELECT p.person_no, m.household_no, p.area_code FROM person AS p
            JOIN membership AS m USING (person_no, unit) WHERE p.is_current AND p.area_code = :code LIMIT 1"""),
            {"code": VILLAGES["n1"]},
        ).one()
    officer = browser("officer.north")
    for page in (f"/persons/{found.person_no}", f"/households/{found.household_no}"):
        places = list(officer.links(officer.get(page), "/queue?area="))
        assert places == [f"/queue?area={TOWNSHIPS['north']}", f"/queue?area={VILLAGES['n1']}"], page


def test_a_row_says_in_which_group_of_the_village(browser: Callable[..., Browser], county: Database) -> None:
    """Of the address that lies where the discrepancy does: where somebody lives before where they are registered."""
    north = browser("officer.north")
    assert "组" not in north.get("/queue?type=missing_item").text
    where = "UPDATE person SET {} WHERE person_no = 'n1'"
    for sets, shown in (
        ("hukou_area = area_code, hukou_group = '4'", "4组"),
        ("residence_area = area_code, residence_group = '3'", "3组"),
        ("residence_area = 'elsewhere', hukou_area = 'elsewhere'", None),
    ):
        with county.begin() as connection:
            connection.execute(sa.text(where.format(sets)))
        text = north.get("/queue?type=missing_item").text
        assert re.findall("[0-9]组", text) == ([shown] if shown else []), sets


def test_so_does_a_row_of_whom_only_departments_know(
    browser: Callable[..., Browser], county: Database
) -> None:
    """As the row that was taken in has it."""
    of_nobody = "UPDATE discrepancy SET type = 'missing_person', person_no = NULL, field = NULL WHERE person_no = 'n1'"
    with county.begin() as connection:
        connection.execute(sa.text(of_nobody))
    for user, shown in (("officer.north", True), ("clerk.n1", True), ("officer.south", False)):
        text = browser(user).get("/queue?type=missing_person&status=all").text
        assert ("6组" in text) == shown, user


def test_a_queue_of_no_area_says_the_county_and_what_to_choose(
    browser: Callable[..., Browser], county: Database
) -> None:
    """Steward: townships; an officer of one: its villages; a clerk of one village has nothing to choose."""
    kept = "/queue?type=missing_item"

    def place(user: str, asked: str) -> tuple[str, list[str]]:
        text = browser(user).get(asked).text.split('<div class="hint place">')[1].split("</div>")[0]
        path, _, choice = text.replace("&amp;", "&").partition("<details>")
        told = " ".join(re.sub(r"<[^>]+>", "", path).split())
        return told, re.findall(r'href="(/queue[^"]*)"', choice.partition("</details>")[0])

    north, village = TOWNSHIPS["north"], VILLAGES["n1"]
    told, choice = place("steward", kept)
    assert told == f"{COUNTY} ›" and f"{kept}&area={north}" in choice
    assert all("area=" in one and browser("steward").get(one).status_code == 200 for one in choice)
    told, choice = place("steward", f"{kept}&area={north}")
    assert told == f"{COUNTY} › {north} ›" and f"{kept}&area={village}" in choice
    told, choice = place("officer.north", kept)
    assert told == f"{COUNTY} › {north} ›" and f"{kept}&area={village}" in choice
    told, choice = place("clerk.n1", kept)
    assert told.startswith(f"{COUNTY} › {north} › {village}") and not choice
    assert COUNTY not in place("contact.police", "/queue")[0]

"""No byte of any workbook that the app hands out has what is masked: a new one fails until it is said who gets it from which page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
import sqlalchemy as sa
from desk_births import Births, birth
from desk_clients import Browser, discrepancy_of, proposed, secrets_in, tried, unzipped
from desk_county import NIGHT, NOW, TOWNSHIPS, USERS, VILLAGES
from test_desk_lists import applied
from test_desk_pages import key_of, routes
from test_desk_residents import Links

from register.database import Database
from register.work import unit_of_work
from stewardship.administration.sections import key_of as account_key
from stewardship.overview.sources import UnlinkedRow

LOCAL: Final = ("clerk", "officer", "steward")
OVERSEEING: Final = ("officer", "steward")
SEEING: Final = ("officer", "steward", "operator", "contact")
WORKBOOK: Final = "GET /worklists/{list_id}/workbook"
HISTORY: Final = "POST /discrepancies/{id_}/export"  # of the rows it rests on, to a contact of these alone
SENT: Final = "GET /deliveries/{key}/rows"  # the department's own file, as its contact sent it
# Route → the page that leads to it, and the roles that get it.
BOOKS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "POST /queue/export": ("/queue?status=all", (*LOCAL, "contact")),
    "POST /search/export": ("/search", LOCAL),
    "POST /persons/export": ("/search", LOCAL),
    "POST /approvals/export": ("/approvals?state=all", OVERSEEING),
    "POST /audit/export": ("/audit", ("auditor",)),
    "POST /worklists/export": ("/worklists", LOCAL),
    "POST /worklists/unanswered/export": ("/worklists/unanswered", LOCAL),
    "POST /deliveries/export": ("/deliveries", SEEING),
    "POST /deliveries/calendar/export": ("/deliveries/calendar", SEEING),
    "POST /deliveries/units/export": ("/deliveries/units", SEEING),
    "POST /deliveries/{key}/export": ("/deliveries/{key}", ("steward", "operator", "contact")),
    "POST /overview/export": ("/overview", OVERSEEING),
    "POST /overview/nights/{night}/{type_}/export": ("/overview/nights/{night}/{type_}", OVERSEEING),
    "POST /overview/lists/{what}/export": (
        "/overview/lists/{what}?after=2026-04-30&until={night}",
        OVERSEEING,
    ),
    "POST /overview/unlinked/export": ("/overview/unlinked", ("steward",)),
    "POST /overview/births/export": ("/overview/births", OVERSEEING),
    "POST /review/quality/results/export": ("/review/quality/results", OVERSEEING),
    "POST /counts/export": ("/counts", ("operator", "steward")),
    "POST /administration/reference/export": ("/administration/reference", ("operator", "steward")),
    "POST /administration/rules/export": ("/administration/rules", ("steward",)),
    "POST /administration/rules/trials/{trial_id}/export": (
        "/administration/rules/trials/{trial_id}",
        ("steward",),
    ),
    "POST /administration/integrations/export": ("/administration/integrations", ("operator",)),
    "POST /administration/users/export": ("/administration/users", ("operator",)),
    "POST /administration/users/{account}/export": ("/administration/users/{account}", ("operator",)),
    HISTORY: ("/discrepancies/{id_}", (*LOCAL, "contact")),
    "POST /households/{household_no}/export": ("/households/{household_no}?on=2026-05-01", LOCAL),
    "POST /persons/{person_no}/export": ("/persons/{person_no}", LOCAL),
    "POST /worklists/{list_id}/returns/{return_id}/export": (
        "/worklists/{list_id}/returns/{return_id}",
        LOCAL,
    ),
    WORKBOOK: ("/worklists/{list_id}/workbook", LOCAL),
}
# Of these the rows have what is masked, so that it is not just absent.
OF_PEOPLE: Final = (
    *("POST /queue/export", "POST /search/export", "POST /persons/export", "POST /approvals/export"),
    *("POST /overview/nights/{night}/{type_}/export", "POST /overview/lists/{what}/export"),
    *("POST /overview/births/export", "POST /overview/unlinked/export"),
    *("POST /overview/export", "POST /households/{household_no}/export", "POST /persons/{person_no}/export"),
    *("POST /worklists/unanswered/export", WORKBOOK),
)


@pytest.fixture
def parts(county: Database) -> dict[str, dict[str, str]]:
    """By village: what is to be seen there, each with the secrets that it can have."""
    applied(county)
    listed = [["missing_item", "opened", discrepancy_of(county, "n1"), VILLAGES["n1"]]]
    _, trial = tried(county, [["missing_item", "", "opened", 1]], listed)
    with unit_of_work(county) as work:
        for statement in (
            "UPDATE person SET name = '王小明', phone = '13987654321'",
            "UPDATE delivery SET unit = 'u', period = '2026-03'",
        ):
            work.connection.execute(sa.text(statement))
    found = {}
    for place in ("n1", "s1"):
        proposed(county, place)
        id_ = discrepancy_of(county, place)
        with unit_of_work(county) as work:
            made = work.worklists.make(VILLAGES[place], [], "en", [id_], "somebody", NOW)
            back = work.worklists.record_return(made.worklist_id, "h", (0, 0, 0), {7: "day"}, "somebody", NOW)
        found[place] = {
            "id_": id_,
            "person_no": place,
            "household_no": f"H-{place}",
            "list_id": str(made.worklist_id),
            "return_id": str(back.return_id),
            "night": NIGHT.isoformat(),
            "type_": "missing_item",
            "what": "came",
            "trial_id": str(trial),
            "account": account_key("clerk.n1"),
        }
    return found


def test_every_workbook_of_the_app_is_looked_through() -> None:
    of_app = {route for route in routes() if route.endswith(("/export", "/workbook", "/rows"))}
    assert {route.replace("{account}", "{key}") for route in BOOKS} == of_app - {SENT}


@pytest.mark.parametrize("user", USERS)
def test_no_byte_of_a_workbook_has_what_is_masked(
    browser: Callable[..., Browser], county: Database, parts: dict[str, dict[str, str]], user: str
) -> None:
    """Also of the register changes, whose values are secrets, and of rows that somebody sees unmasked at the moment."""
    given = parts["s1" if user in ("clerk.s1", "officer.south") else "n1"]
    told = [
        birth(n, TOWNSHIPS[t], "later", unit=u) for n, (t, u) in enumerate((("north", "n1"), ("south", "s1")))
    ]
    rows = [UnlinkedRow("police_births", "f", "", 2, "self", "possible", "n1", 0.5, given["id_"])]
    one, role = browser(user, prepared=Links(), reports=Births(told, rows)), USERS[user][0][0]
    feed = "hospital_births" if user == "contact.hospital" else "police_births"
    given |= {"key": key_of(feed)} | ({"id_": discrepancy_of(county, feed)} if role == "contact" else {})
    if role in LOCAL:
        for page in (f"/discrepancies/{given['id_']}", f"/persons/{given['person_no']}"):
            assert one.send(one.get(page), f"{page}/reveal", why="x").status_code == 303
    for route, (place, roles) in BOOKS.items():
        if role in roles:
            method, action = route.format(**given).split(" ")
            if place == "/search":
                page = one.send(one.get("/register"), "/search", wanted="990101199001011234")
            else:
                page = one.get(place.format(**given))
            answer = page if method == "GET" else one.send(page, action)
            assert answer.status_code == 200, route
            book = unzipped(answer)
            assert secrets_in(book) == [], route
            is_masked = any(shown.encode() in book for shown in ("王●明", "●●●●"))
            assert is_masked == (route in OF_PEOPLE or (route == HISTORY and role in LOCAL)), route

"""Every page for every role and area, enumerated from the app itself: what one may not see is not there, in no byte."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Final

import pytest
from desk_clients import (
    ORIGIN,
    PASSWORD,
    SECRETS,
    Browser,
    app_client,
    discrepancy_of,
    proposed,
    secrets_in,
    settle,
    status_of,
    unzipped,
)
from desk_county import COUNTY, FEEDS, NOW, PLACES, USERS, VILLAGES
from fastapi.routing import APIRoute

from register.access import Desk
from register.database import Database
from register.work import unit_of_work
from stewardship.app import MODULES
from stewardship.pages import STATIC
from stewardship.security import HEADERS

PLACED: Final = {
    "clerk.n1": {"n1"},
    "clerk.s1": {"s1"},
    "officer.north": {"n1", "n2"},
    "officer.south": {"s1"},
    "officer.both": {"n1", "n2", "s1"},
    "steward": set(PLACES),
}
OVERSEERS: Final = {user for user in PLACED if not user.startswith("clerk")}
SEEING_DELIVERIES: Final = {
    user for user, held in USERS.items() if held[0][0] in ("officer", "steward", "operator", "contact")
}
# Answers of a page that the user has, whatever it says to what was sent.
TAKEN: Final = (200, 303, 409, 422)
# Where a provider of accounts is configured; here is none.
OF_PROVIDER: Final = ("GET /sign-in/county", "GET /sign-in/county/back")
# Pages without a discrepancy in them: who has them. None: everybody, also before signing in.
PAGES: Final[dict[str, set[str] | None]] = {
    "GET /sign-in": None,
    "POST /sign-in": None,
    "POST /sign-out": None,
    "POST /language": None,
    "GET /": None,
    "GET /password": set(USERS),
    "POST /password": set(USERS),
    "GET /role": set(USERS),
    "GET /sign-in/kept": set(USERS),
    "POST /sign-in/kept": set(USERS),
    "POST /role": set(USERS),
    "GET /queue": {*PLACED, "contact.police", "contact.hospital"},
    "GET /register": set(PLACED),
    "POST /search": set(PLACED),
    "POST /queue/bulk": set(PLACED),
    "POST /queue/columns": {*PLACED, "contact.police", "contact.hospital"},
    "POST /queue/views": set(PLACED),
    "GET /review": set(PLACED),
    "GET /counts": {"operator.1", "steward"},
    "GET /audit": {"auditor"},
    "GET /audit/verify": {"auditor"},
    "POST /audit/verify": {"auditor"},
    "GET /approvals": OVERSEERS,
    "POST /approvals/file": {"steward"},
    **dict.fromkeys(OF_PROVIDER, set()),
    "GET /worklists": set(PLACED),
    "GET /worklists/unanswered": set(PLACED),
    "POST /worklists": set(PLACED),
    "POST /worklists/return": set(PLACED),
    "GET /deliveries": SEEING_DELIVERIES,
    "GET /deliveries/calendar": SEEING_DELIVERIES,
    "GET /deliveries/units": SEEING_DELIVERIES,
    **dict.fromkeys(
        ("GET /review/quality", "GET /review/quality/results"),
        OVERSEERS,
    ),
    "POST /review/quality/close": {"steward"},
    "POST /queue/export": {*PLACED, "contact.police", "contact.hospital"},
    "POST /search/export": set(PLACED),
    "POST /persons/export": set(PLACED),
    "POST /approvals/export": OVERSEERS,
    "POST /audit/export": {"auditor"},
    "POST /deliveries/export": SEEING_DELIVERIES,
    "POST /worklists/export": set(PLACED),
    "POST /worklists/unanswered/export": set(PLACED),
    "POST /deliveries/calendar/export": SEEING_DELIVERIES,
    "POST /deliveries/units/export": SEEING_DELIVERIES,
    "POST /overview/export": OVERSEERS,
    "POST /counts/export": {"operator.1", "steward"},
    "POST /administration/reference/export": {"operator.1", "steward"},
    "POST /administration/rules/export": {"steward"},
    "POST /administration/integrations/export": {"operator.1"},
    "POST /administration/users/export": {"operator.1"},
    "POST /review/quality/results/export": OVERSEERS,
    "GET /overview": OVERSEERS,
    "GET /overview/{name}.svg": OVERSEERS,
    "GET /overview/unlinked": {"steward"},
    "POST /overview/unlinked/export": {"steward"},
    "GET /overview/births": OVERSEERS,
    "POST /overview/births/export": OVERSEERS,
    "GET /administration": {"operator.1", "auditor", "steward"},
    "GET /administration/integrations": {"operator.1"},
    "POST /administration/integrations": {"operator.1"},
    "GET /administration/reference": {"operator.1", "steward"},
    "GET /administration/rules": {"steward"},
    "GET /administration/rules/draft": {"steward"},
    "POST /administration/rules/draft": {"steward"},
    "GET /administration/users": {"operator.1"},
    "GET /administration/users/new": {"operator.1"},
    "POST /administration/users": {"operator.1"},
}
# Pages of what the county has none of until test_desk_one_of_each makes it: who has them then.
OF_ONE: Final[dict[str, set[str]]] = {
    "POST /queue/views/{view_id}/remove": {"officer.north"},  # whose view it is
    "POST /reveals/{reveal_id}/grant": {
        "officer.north",
        "officer.both",
        "steward",
    },  # who is asked about lives in n1
    "GET /overview/nights/{night}/{type_}": OVERSEERS,
    "POST /overview/nights/{night}/{type_}/export": OVERSEERS,
    "GET /overview/lists/{what}": OVERSEERS,
    "POST /overview/lists/{what}/export": OVERSEERS,
    "POST /administration/integrations/{token_id}/revoke": {"operator.1"},
    "GET /administration/rules/trials/{trial_id}": {"steward"},
    "POST /administration/rules/trials/{trial_id}/export": {"steward"},
    "POST /administration/rules/draft/{act}": {"steward"},
    "GET /administration/users/{key}": {"operator.1"},
    "POST /administration/users/{key}/export": {"operator.1"},
    "POST /administration/users/{key}/{act}": {"operator.1"},
}
# Pages of a delivery: the roles that have them; a contact those of the own feed.
OF_DELIVERY: Final = {
    "GET /deliveries/{key}": ("officer", "steward", "operator", "contact"),
    "GET /deliveries/{key}/rows": ("contact",),
    "POST /deliveries/{key}/corrected": (),  # here is no landing folder; with one: test_desk_hand_ins
    "POST /deliveries/{key}/export": ("steward", "operator", "contact"),
}
# Pages of a pair of the quality sample, whose id in this county is its place: the roles that have them.
OF_PAIR: Final = {
    "GET /review/quality/results/{pair_id}": ("officer", "steward"),
    "POST /review/quality/{pair_id}/answer": ("officer", "steward"),
    "POST /review/quality/{pair_id}/undo": ("officer", "steward"),
    "POST /review/quality/results/{pair_id}/heed": ("steward",),
}
# Pages of a worklist: for whoever works in its area.
OF_WORKLIST: Final = (
    "GET /worklists/{list_id}",
    "GET /worklists/{list_id}/workbook",
    "GET /worklists/{list_id}/returns/{return_id}",
    "POST /worklists/{list_id}/returns/{return_id}/export",
)
# Pages of a discrepancy: the roles that have them.
OF_DISCREPANCY: Final = {
    "GET /discrepancies/{id_}": ("clerk", "officer", "steward", "contact"),
    "GET /discrepancies/{id_}/next": ("clerk", "officer", "steward", "contact"),
    "GET /discrepancies/{id_}/previous": ("clerk", "officer", "steward", "contact"),
    "GET /discrepancies/{id_}/preview": ("clerk", "officer", "steward", "contact"),
    "POST /discrepancies/{id_}/export": ("clerk", "officer", "steward", "contact"),
    "POST /discrepancies/{id_}/decide": ("clerk", "officer", "steward"),
    "POST /discrepancies/{id_}/undo": ("clerk", "officer", "steward"),
    "POST /discrepancies/{id_}/assign": ("clerk", "officer", "steward"),
    "POST /discrepancies/{id_}/note": ("clerk", "officer", "steward"),
    "POST /discrepancies/{id_}/hand-on": ("officer", "steward"),
    "POST /discrepancies/{id_}/take-over": ("clerk", "officer", "steward"),
    "POST /review/{id_}/decide": ("clerk", "officer", "steward"),
    "POST /review/{id_}/undo": ("clerk", "officer", "steward"),
    "GET /discrepancies/{id_}/propose": ("officer", "steward"),
    "POST /discrepancies/{id_}/propose": ("officer", "steward"),
    "POST /discrepancies/{id_}/reveal": ("clerk", "officer", "steward"),  # last: it lifts the mask
}

# Pages of a register change: of officers and stewards who may see all of its areas.
OF_CHANGE: Final = (
    "GET /approvals/{id_}",
    "POST /approvals/{id_}/act",
    "POST /approvals/{id_}/reveal",  # last: it lifts the mask
)

# Pages of a person and of a household of the register: for whoever works in the area.
OF_RESIDENT: Final = (
    "GET /persons/{person_no}",
    "GET /households/{household_no}",
    "POST /households/{household_no}/export",
    "POST /persons/{person_no}/export",
    "POST /persons/{person_no}/reveal",  # last: it lifts the mask
)


def routes() -> list[str]:
    """Method and path of everything the app answers to, but for the static files."""
    return [
        f"{method} {route.path}"
        for module in MODULES
        for route in module.router.routes
        if isinstance(route, APIRoute)
        for method in route.methods
    ]


def ask(
    browser: Browser,
    route: str,
    token: str,
    typed: Mapping[str, str] | None = None,
    query: str = "",
    **parts: str,
) -> tuple[int, bytes]:
    """Status and content, of a workbook all its parts. What is not said is there in no county.

    Args:
        typed: further fields of the form.
        query: what the address is narrowed by, with its `?`.
    """
    method, path = route.split(" ")
    path = path.format(
        **{"id_": "none", "reveal_id": "1", "list_id": "1", "return_id": "1", "view_id": "1", "trial_id": "1"}
        | {"token_id": "0"}
        | {"key": "none", "name": "open", "act": "lock", "pair_id": "none", "night": "none", "type_": "none"}
        | {"what": "came"}
        | {"person_no": "none-such", "household_no": "none-such"}
        | parts
    )
    path += query
    if method == "GET":
        answer = browser.get(path)
    else:
        fields = {"token": token, "kind": "visit", "evidence_version": "1", "status": "open", "why": "x"}
        fields |= {"format": "csv", "version": "1"}
        answer = browser.post(path, fields | {"wanted": "n"} | dict(typed or {}))
    is_book = answer.content.startswith(b"PK")  # what stands in it is deflated
    return answer.status_code, unzipped(answer) if is_book else answer.content


def key_of(feed: str) -> str:
    """In addresses, of the feed's one delivery in the county: its file and content are called like the feed."""
    return hashlib.md5("\x1f".join([feed] * 3).encode()).hexdigest()


def test_every_route_has_a_word_here(desk: Desk) -> None:
    known = (PAGES, OF_ONE, OF_DISCREPANCY, OF_CHANGE, OF_WORKLIST, OF_DELIVERY, OF_PAIR, OF_RESIDENT)
    assert set(routes()) == {route for group in known for route in group}
    added = [route for route in app_client(desk).app.routes if isinstance(route, APIRoute)]  # type: ignore[attr-defined]
    assert {route.path for route in added} <= {route.split(" ")[1] for route in routes()}


@pytest.mark.parametrize("user", USERS)
def test_a_user_has_the_pages_of_the_role_and_no_others(browser: Callable[..., Browser], user: str) -> None:
    """What single things there are none of is there for nobody."""
    one = browser(user)
    token, nothing = one.token(), one.get("/no/such/page").content
    for route, users in (PAGES | dict.fromkeys(OF_ONE, set())).items():
        if users is not None:
            status, body = ask(one, route, token)
            assert status in TAKEN if user in users else (status, body) == (404, nothing), route
            assert secrets_in(body) == [], route


@pytest.mark.parametrize("user", USERS)
def test_a_discrepancy_of_another_area_is_not_there_byte_for_byte(
    browser: Callable[..., Browser], county: Database, user: str
) -> None:
    one = browser(user)
    role, token = USERS[user][0][0], one.token()
    nothing = one.get("/no/such/page").content
    for place in PLACES:
        id_ = discrepancy_of(county, place)
        for route, roles in OF_DISCREPANCY.items():
            before = status_of(county, id_)
            status, body = ask(one, route, token, id_=id_)
            if place in PLACED.get(user, ()) and role in roles:
                assert status in TAKEN, (route, place)
            else:
                assert (status, body) == (404, nothing), (route, place)
                assert status_of(county, id_) == before
            assert secrets_in(body) == [], (route, place)


@pytest.mark.parametrize("user", USERS)
def test_a_pair_of_another_area_is_not_there_byte_for_byte(
    browser: Callable[..., Browser], user: str
) -> None:
    one = browser(user)
    role, token, nothing = USERS[user][0][0], one.token(), one.get("/no/such/page").content
    for place in PLACES:
        for route, roles in OF_PAIR.items():
            status, body = ask(one, route, token, pair_id=place)
            may = place in PLACED.get(user, ()) and role in roles
            assert (status in (200, 303)) == may, (route, place)
            assert may or (status, body) == (404, nothing), (route, place)
            assert secrets_in(body) == [], (route, place)
    for odd in ("Q0", "%00", "Q" * 3000, "Q1%20OR%201"):
        assert one.get(f"/review/quality/results/{odd}").content == nothing


@pytest.mark.parametrize("user", USERS)
def test_a_worklist_of_another_area_is_not_there_byte_for_byte(
    browser: Callable[..., Browser], county: Database, user: str
) -> None:
    one = browser(user)
    token, nothing = one.token(), one.get("/no/such/page").content
    lists: dict[str, dict[str, str]] = {}
    with unit_of_work(county) as work:
        for place, code in {**VILLAGES, "county": COUNTY}.items():
            made = work.worklists.make(code, [], "zh", [discrepancy_of(county, "n1")], "operator", NOW)
            receipt = work.worklists.record_return(
                made.worklist_id, "h", (0, 0, 0), {7: "day"}, "operator", NOW
            )
            parts = {"list_id": str(made.worklist_id), "return_id": str(receipt.return_id)}
            lists[place] = parts
    for place, parts in lists.items():
        may = place in PLACED.get(user, ()) or user == "steward"
        for route in OF_WORKLIST:
            status, body = ask(one, route, token, **parts)
            assert (status == 200) == may, (route, place)
            assert may or (status, body) == (404, nothing), (route, place)
            assert secrets_in(body) == [], (route, place)
    for odd in ("0", "-1", "x", "99999999999999999999", "%00"):
        assert one.get(f"/worklists/{odd}").status_code == 404


@pytest.mark.parametrize("user", USERS)
def test_a_delivery_of_another_feed_is_not_there_byte_for_byte(
    browser: Callable[..., Browser], county: Database, user: str
) -> None:
    one = browser(user)
    role, token, nothing = USERS[user][0][0], one.token(), one.get("/no/such/page").content
    for feed in FEEDS:
        key = key_of(feed)
        for route, roles in OF_DELIVERY.items():
            status, body = ask(one, route, token, key=key)
            may = role in roles and (role != "contact" or feed.startswith(user.split(".")[1]))
            assert (status == 200) == may, (route, feed)
            assert may or (status, body) == (404, nothing), (route, feed)
            is_own = may and route == "GET /deliveries/{key}/rows"  # the contact's own file, as it was sent
            assert is_own or "某".encode() not in body, (route, feed)
    for odd in ("0", "x" * 3000, "%00", "0" * 32):
        assert one.get(f"/deliveries/{odd}").content == nothing


@pytest.mark.parametrize("user", USERS)
def test_a_person_and_a_household_of_another_area_are_not_there_byte_for_byte(
    browser: Callable[..., Browser], county: Database, user: str
) -> None:
    one = browser(user)
    token, nothing = one.token(), one.get("/no/such/page").content
    for place in PLACES:
        for route in OF_RESIDENT:
            status, body = ask(one, route, token, person_no=place, household_no=f"H-{place}")
            may = place in PLACED.get(user, set())
            assert (status in (200, 303)) == may, (route, place)
            assert may or (status, body) == (404, nothing), (route, place)
            assert secrets_in(body) == [], (route, place)


@pytest.mark.parametrize("user", USERS)
def test_a_register_change_of_another_area_is_not_there_byte_for_byte(
    browser: Callable[..., Browser], county: Database, user: str
) -> None:
    one = browser(user)
    token, places = one.token(), PLACED.get(user, set())
    may_approve = USERS[user][0][0] in ("officer", "steward")
    nothing = one.get("/no/such/page").content
    for about in (*((place,) for place in PLACES), ("n1", "s1")):
        change = proposed(county, *about)
        for route in OF_CHANGE:
            status, body = ask(one, route, token, id_=str(change.change_id))
            if may_approve and set(about) <= places:
                assert status in TAKEN, (route, about)
            else:
                assert (status, body) == (404, nothing), (route, about)
            assert secrets_in(body) == [], (route, about)
        listed = f"/approvals/{change.change_id}" in one.get("/approvals").text
        assert listed == (may_approve and set(about) <= places)
        settle(county, change)


@pytest.mark.parametrize("user", ["contact.police", "contact.hospital"])
def test_a_contact_sees_the_corrections_of_the_own_feed_alone(
    browser: Callable[..., Browser], county: Database, user: str
) -> None:
    one = browser(user)
    for feed in ("police_births", "hospital_births"):
        page = one.get(f"/discrepancies/{discrepancy_of(county, feed)}")
        assert page.status_code == (200 if feed.startswith(user.split(".")[1]) else 404)
        assert "13987654321" not in page.text
    links = one.links(one.get("/queue"), "/discrepancies/")
    assert len(links) == 1


@pytest.mark.parametrize(
    "route",
    [*PAGES, *OF_ONE, *OF_DISCREPANCY, *OF_CHANGE, *OF_WORKLIST, *OF_DELIVERY, *OF_PAIR, *OF_RESIDENT],
)
def test_who_is_not_signed_in_gets_to_the_sign_in_page_and_nowhere_else(desk: Desk, route: str) -> None:
    visitor = Browser(app_client(desk))
    token = str(visitor.form(visitor.get("/sign-in"), "/sign-in")[1]["token"])
    method, path = route.split(" ")
    parts = {
        "id_": "D1",
        "reveal_id": "1",
        "list_id": "1",
        "return_id": "1",
        "view_id": "1",
        "key": "1",
        "act": "lock",
        "trial_id": "1",
        "token_id": "1",
        "pair_id": "n1",
    }
    path = path.format(
        **parts, name="open", person_no="n1", household_no="H-n1", night="x", type_="x", what="came"
    )
    answer = visitor.get(path) if method == "GET" else visitor.post(path, {"token": token})
    if route in OF_PROVIDER:
        assert answer.status_code == 404
    elif PAGES.get(route, set()) is None:
        assert answer.status_code in (200, 303, 401)
        assert answer.headers.get("location", "/sign-in") in ("/", "/sign-in")
    else:
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in")


def test_headers_forbid_everything_from_elsewhere_on_every_answer(browser: Callable[..., Browser]) -> None:
    one = browser("steward")
    for place in ("/queue", "/no/such/page", "/static/desk.css", "/static/none"):
        headers = one.get(place).headers
        assert {name: headers[name] for name in HEADERS} == dict(HEADERS)
    assert one.get("/queue").headers["cache-control"] == "no-store"


def test_whoever_has_nothing_to_do_answers_the_next_page(browser: Callable[..., Browser]) -> None:
    """A connection that stayed would keep all further pages of a browser with one process; what belongs to a page comes over one."""
    one = browser("steward")
    closed = {
        place: one.get(place).headers.get("connection")
        for place in ("/queue", "/api/v1/openapi.json", "/static/desk.css")
    }
    assert closed == {"/queue": "close", "/api/v1/openapi.json": "close", "/static/desk.css": None}


@pytest.mark.parametrize("user", ["steward", "contact.police", "operator.1", "auditor"])
def test_no_page_names_another_origin(browser: Callable[..., Browser], county: Database, user: str) -> None:
    one = browser(user)
    pages = {route.removeprefix("GET ") for route, users in PAGES.items() if users and user in users}
    places = {page for page in pages if page.startswith("/") and "{" not in page}
    assert len(places) > 3
    places |= {f"/static/{file.name}" for file in STATIC.iterdir()}
    seen = {"steward": "n1", "contact.police": "police_births"}
    places |= {f"/discrepancies/{discrepancy_of(county, seen[user])}"} if user in seen else set()
    for place in sorted(places):
        answer = one.get(place)
        assert answer.status_code in (200, 303), place
        named = re.findall(r"""(?:src|href|action|url\()\s*=?\s*["']?([a-z]+:)?//""", answer.text)
        assert named == [], place


def test_the_session_is_out_of_reach_of_scripts_and_of_other_sites(browser: Callable[..., Browser]) -> None:
    one = browser("steward")
    answer = one.send(
        one.get("/password"),
        "/password",
        old=PASSWORD,
        new="quiet orange ladder",
        again="quiet orange ladder",
    )
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and "domain" not in cookie


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"sec_fetch_site": "cross-site"}, id="another site"),
        pytest.param({"sec_fetch_site": "same-site"}, id="a neighbour"),
        pytest.param({"sec_fetch_site": "none"}, id="no page at all"),
    ],
)
def test_a_form_from_elsewhere_is_not_taken(
    browser: Callable[..., Browser], county: Database, headers: dict[str, str]
) -> None:
    one = browser("steward")
    id_ = discrepancy_of(county, "n1")
    to, fields = one.form(one.get(f"/discrepancies/{id_}"), f"/discrepancies/{id_}/decide")
    assert one.post(to, fields | {"kind": "visit"}, **headers).status_code == 403
    assert status_of(county, id_) == "open"


def test_without_the_browser_s_word_the_origin_must_be_ours(
    browser: Callable[..., Browser], county: Database
) -> None:
    one = browser("steward")
    id_ = discrepancy_of(county, "n1")
    to, fields = one.form(one.get(f"/discrepancies/{id_}"), f"/discrepancies/{id_}/decide")
    sent = fields | {"kind": "visit"}
    for origin in ("http://elsewhere", "null", None):
        headers = {} if origin is None else {"origin": origin}
        assert one.client.post(to, data=sent, headers=headers).status_code == 403
    assert (
        one.client.post(to, data=sent, headers={"origin": ORIGIN}, follow_redirects=False).status_code == 303
    )


def test_a_form_of_another_session_is_not_taken(browser: Callable[..., Browser], county: Database) -> None:
    mine, theirs = browser("steward"), browser("officer.north")
    id_ = discrepancy_of(county, "n1")
    to, fields = mine.form(mine.get(f"/discrepancies/{id_}"), f"/discrepancies/{id_}/decide")
    for token in (theirs.token(), "", "é"):
        assert mine.post(to, fields | {"kind": "visit", "token": token}).status_code == 403
    assert mine.post(to, {n: v for n, v in fields.items() if n != "token"}).status_code == 403
    assert mine.post(to, fields | {"kind": "visit", "reason": "x" * 70_000}).status_code == 413
    assert status_of(county, id_) == "open"


def test_what_was_done_before_leads_to_a_discrepancy_and_nowhere_else(
    browser: Callable[..., Browser],
) -> None:
    one = browser("steward")
    assert "/discrepancies/D0123456789ab/undo" in one.get("/queue?done=D0123456789ab").text
    for done in ("../sign-out%23", "D1%22%3E%3Cscript%3E", "D0123456789ab/../../sign-out"):
        assert "/undo" not in one.get(f"/queue?done={done}").text


@pytest.mark.parametrize(
    "place",
    [
        "/queue?after=1_0.5_D1%00&area=%00&type=%F0%9F%98%80",
        "/discrepancies/%00",
        "/discrepancies/%F0%9F%98%80",
        f"/discrepancies/{'D' * 3000}",
        "/audit?before=99999999999999999999",
    ],
)
def test_no_address_breaks_the_desk(browser: Callable[..., Browser], place: str) -> None:
    assert browser("steward").get(place).status_code in (200, 404)


def test_no_typed_text_breaks_the_desk(browser: Callable[..., Browser], county: Database) -> None:
    one, id_ = browser("officer.north"), discrepancy_of(county, "n1")
    odd = "\x00\u202e😀<script>' OR 1=1 --"
    assert one.send(one.get("/queue"), "/search", wanted=odd).status_code == 200
    assert one.post("/reveals/99999999999999999999/grant", {"token": one.token()}).status_code == 404
    page = one.get(f"/discrepancies/{id_}")
    for version in ("", "x", "99999999999", "-1", "٣"):
        to, fields = one.form(page, f"/discrepancies/{id_}/decide")
        answer = one.post(to, fields | {"kind": "visit", "evidence_version": version})
        assert answer.status_code in (409, 422)
    assert one.send(page, f"/discrepancies/{id_}/decide", kind="visit", reason=odd).status_code == 303
    assert "<script>'" not in one.get(f"/discrepancies/{id_}").text


def test_a_mistake_of_the_program_shows_a_number_and_nothing_else(
    browser: Callable[..., Browser],
    county: Database,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    import stewardship.looking

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("王小明 990101199001011234")

    one = browser("steward", "zh")
    monkeypatch.setattr(stewardship.looking, "show", broken)
    page = one.get(f"/discrepancies/{discrepancy_of(county, 'n1')}")
    found = re.search(r'class="reference">([0-9a-f]{8})<', page.text)
    assert page.status_code == 500 and found is not None and "出错了" in page.text
    assert "RuntimeError" not in page.text
    ours = [record for record in caplog.records if record.name == "bulou.desk"]
    assert len(ours) == 1 and found[1] in ours[0].getMessage() and ours[0].exc_info is None
    assert not any(secret in page.text + ours[0].getMessage() for secret in SECRETS)

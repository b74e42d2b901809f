"""The API for every role and area, enumerated from its own document; what it does, and whom it lets in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import md5
from typing import Any, Final

import pytest
import sqlalchemy as sa
from api_clients import API, JSON, PROBLEM, System, system_of, token_for
from desk_clients import (
    RULES,
    SECRETS,
    Browser,
    app_client,
    change_of,
    discrepancy_of,
    now,
    proposed,
    status_of,
)
from desk_county import FEEDS, NOW, PLACES, TOWNSHIPS, USERS
from httpx import Response
from test_desk_pages import PLACED

import stewardship.api.discrepancies
from register.access import Desk
from register.accounts import Refused
from register.database import Database
from register.work import unit_of_work
from stewardship import DeskSettings, create_app
from stewardship.api.problems import REFUSED, TITLES
from stewardship.language import translations

# Without a subject in the path: who has them.
LISTS: Final = {
    "get /discrepancies": {*PLACED, "contact.police", "contact.hospital"},
    "get /register-changes": {user for user in PLACED if not user.startswith("clerk")},
    "get /deliveries": {
        *("officer.north", "officer.south", "officer.both", "steward", "operator.1"),
        *("contact.police", "contact.hospital"),
    },
    "post /persons/search": {*PLACED},
    "get /counts": {"steward", "operator.1"},
}
OF_DISCREPANCY: Final = {
    "get /discrepancies/{id_}": ("clerk", "officer", "steward", "contact"),
    "post /discrepancies/{id_}/decisions": ("clerk", "officer", "steward"),
    "post /discrepancies/{id_}/undo": ("clerk", "officer", "steward"),
    "post /discrepancies/{id_}/assignee": ("clerk", "officer", "steward"),
    "post /discrepancies/{id_}/notes": ("clerk", "officer", "steward"),
    "post /discrepancies/{id_}/register-changes": ("officer", "steward"),
}
OF_CHANGE: Final = ("get /register-changes/{id_}", "post /register-changes/{id_}/actions")
OF_PERSON: Final = ("get /persons/{id_}", "get /households/{id_}")
OF_DELIVERY: Final = "get /deliveries/{id_}/rows"
WORKLISTS: Final = "post /worklists"
BODIES: Final[dict[str, Any]] = {
    "post /persons/search": {"wanted": "n1"},
    "post /discrepancies/{id_}/assignee": {"to": None, "evidence_version": 1, "status": "open"},
    "post /discrepancies/{id_}/notes": {"text": "asked the neighbours"},
    "post /discrepancies/{id_}/decisions": {"kind": "visit", "evidence_version": 1, "status": "open"},
    "post /discrepancies/{id_}/register-changes": {"evidence_version": 1, "status": "open"},
    "post /register-changes/{id_}/actions": {"action": "refuse", "version": 1, "reason": "x"},
}


@pytest.fixture
def system(county: Database, desk: Desk) -> Callable[..., System]:
    def of(user: str, language: str = "en") -> System:
        return system_of(desk, county, user, language)

    return of


def ask(one: System, route: str, id_: str = "") -> Response:
    method, path = route.split(" ")
    place = path.format(id_=id_)
    return one.get(place) if method == "get" else one.post(place, BODIES.get(route))


def told(answer: Response) -> tuple[int, bytes]:
    assert not any(secret.encode() in answer.content for secret in SECRETS)
    assert answer.headers["content-type"] == (JSON if answer.status_code < 300 else PROBLEM)
    return answer.status_code, answer.content


def test_every_route_of_the_document_has_a_word_here(system: Callable[..., System]) -> None:
    document = system("steward").get("/openapi.json").json()
    named = re.compile(r"\{\w+\}")
    routes = {
        f"{method} {named.sub('{id_}', path)}" for path, one in document["paths"].items() for method in one
    }
    assert routes == {*LISTS, *OF_DISCREPANCY, *OF_CHANGE, *OF_PERSON, OF_DELIVERY, WORKLISTS}
    assert all("security" in way for one in document["paths"].values() for way in one.values())


@pytest.mark.parametrize("user", USERS)
def test_a_token_has_the_lists_of_its_role_and_no_others(system: Callable[..., System], user: str) -> None:
    one = system(user)
    nothing = told(one.get("/no/such/route"))
    for route, users in LISTS.items():
        answer = told(ask(one, route))
        assert answer[0] == 200 if user in users else answer == nothing, route


@pytest.mark.parametrize("user", USERS)
def test_a_discrepancy_of_another_area_is_not_there_byte_for_byte(
    system: Callable[..., System], county: Database, user: str
) -> None:
    one, role = system(user), USERS[user][0][0]
    nothing = told(one.get("/no/such/route"))
    for place in PLACES:
        id_ = discrepancy_of(county, place)
        for route, roles in OF_DISCREPANCY.items():
            before = status_of(county, id_)
            answer = told(ask(one, route, id_))
            if place in PLACED.get(user, ()) and role in roles:
                assert answer[0] != 404, (route, place)
            else:
                assert answer == nothing, (route, place)
                assert status_of(county, id_) == before


@pytest.mark.parametrize("user", USERS)
def test_a_register_change_of_another_area_is_not_there_byte_for_byte(
    system: Callable[..., System], county: Database, user: str
) -> None:
    one, places = system(user), PLACED.get(user, set())
    may_approve = USERS[user][0][0] in ("officer", "steward")
    nothing = told(one.get("/no/such/route"))
    for about in (*((place,) for place in PLACES), ("n1", "s1")):
        change = proposed(county, *about)
        may = may_approve and set(about) <= places
        listed = [x["change_id"] for x in one.get("/register-changes").json().get("items", [])]
        assert (change.change_id in listed) == may
        for route in OF_CHANGE:
            answer = told(ask(one, route, str(change.change_id)))
            assert answer[0] == 200 if may else answer == nothing, (route, about)
        assert change_of(county, change.change_id).state == ("refused" if may else "proposed")
        with unit_of_work(county) as work:
            if not may:
                work.changes.act("withdraw", change.change_id, 1, "somebody")


@pytest.mark.parametrize("user", USERS)
def test_who_lives_elsewhere_is_not_there_byte_for_byte(system: Callable[..., System], user: str) -> None:
    one = system(user)
    nothing = told(one.get("/no/such/route"))
    for place in PLACES:
        may = place in PLACED.get(user, ())
        for route, id_ in zip(OF_PERSON, (place, f"H-{place}")):
            answer = told(ask(one, route, id_))
            assert answer[0] == 200 if may else answer == nothing, (route, place)
        found = one.post("/persons/search", {"wanted": place})
        if user in PLACED:
            assert [x["person_no"] for x in found.json()["items"]] == ([place] if may else [])
        listed = one.post("/worklists", {"discrepancies": ["D0123456789ab"]})
        assert told(listed)[0] == (409 if user in PLACED else 404)


def test_a_person_and_a_household_are_masked_and_looked_at(
    system: Callable[..., System], county: Database
) -> None:
    one = system("officer.north")
    shown = one.get("/persons/n1").json()
    assert (shown["person_no"], shown["household_no"]) == ("n1", "H-n1")
    assert discrepancy_of(county, "n1") in shown["discrepancies"]
    items = {item["field"]: item["value"] for item in shown["items"]}
    with county.read() as connection:
        number = connection.scalar(
            sa.text("SELECT id_number FROM person WHERE is_current AND person_no = 'n1'")
        )
    assert items["id_number"] and number not in items.values()
    assert [x["person_no"] for x in one.get("/households/H-n1").json()["members"]] == ["n1"]
    assert one.post("/persons/search", {"wanted": number}).json()["items"][0]["person_no"] == "n1"
    with unit_of_work(county) as work:
        events = [*work.audit.of("person", "n1"), *work.audit.of("household", "H-n1")]
    assert [event.action for event in events][-2:] == ["person.view", "household.view"]
    assert not any(number in str(event.details) for event in events)


def test_a_worklist_of_what_is_selected_is_made_once(system: Callable[..., System], county: Database) -> None:
    one, ids = system("officer.north"), [discrepancy_of(county, place) for place in ("n1", "n2", "s1")]
    made = one.post("/worklists", {"discrepancies": ids})
    assert made.status_code == 201
    told_ = made.json()
    assert (told_["rows"], told_["area_code"], told_["left_out"]) == (2, TOWNSHIPS["north"], ids[2:])
    assert one.post("/worklists", {"discrepancies": [*reversed(ids), ids[0]]}).json() == told_
    assert one.post("/worklists", {"discrepancies": ids[:1]}).json()["worklist_id"] != told_["worklist_id"]
    other = system("officer.both").post("/worklists", {"discrepancies": ids[:2]})
    assert other.json()["worklist_id"] != told_["worklist_id"]
    apart = system("steward").post("/worklists", {"discrepancies": ids})
    assert told(apart)[0] == 409 and apart.json()["fields"] == ["body.discrepancies"]
    with county.read() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM worklist")) == 3


def test_a_worklist_is_in_the_language_that_is_asked_for_or_that_of_the_last_one_there(
    system: Callable[..., System], county: Database
) -> None:
    one, body = system("officer.north", "en"), {"discrepancies": [discrepancy_of(county, "n1")]}

    def made(**more: str) -> str:
        return str(one.post("/worklists", body | more).json()["language"])

    assert [made(), made(language="zh"), made(), made(language="en")] == ["en", "zh", "zh", "en"]
    elsewhere = {"discrepancies": [discrepancy_of(county, "n2")]}
    assert one.post("/worklists", elsewhere).json()["language"] == "en"
    assert told(one.post("/worklists", body | {"language": "fr"}))[0] == 422


def test_a_worklist_asked_for_twice_at_once_is_one(system: Callable[..., System], county: Database) -> None:
    one, body = system("officer.north"), {"discrepancies": [discrepancy_of(county, "n1")]}
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: one.post("/worklists", body), range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["worklist_id"] for answer in answers}) == 1


def test_assigning_is_as_on_the_pages(system: Callable[..., System], county: Database) -> None:
    officer, clerk, id_ = system("officer.north"), system("clerk.n1"), discrepancy_of(county, "n1")
    place, seen = f"/discrepancies/{id_}/assignee", {"evidence_version": 1, "status": "open"}
    assert officer.post(place, seen | {"to": "clerk.n1"}).status_code == 200
    assert officer.get(f"/discrepancies/{id_}").json()["assignee"] == "clerk.n1"
    assert told(officer.post(place, seen | {"to": "officer.north"}))[0] == 409  # not as it was read
    held = seen | {"assignee": "clerk.n1"}
    away = officer.post(place, held | {"to": "clerk.s1"})
    assert told(away)[0] == 409 and away.json()["fields"] == ["body.to"]
    assert clerk.post(place, held | {"to": "officer.north"}).json()["fields"] == ["body.to"]
    assert clerk.post(place, held | {"to": None}).status_code == 200
    assert officer.get(f"/discrepancies/{id_}").json()["assignee"] is None


def test_a_note_is_written_and_shown_on_the_pages_alone(
    system: Callable[..., System], county: Database, browser: Callable[..., Browser]
) -> None:
    one, id_ = system("officer.north"), discrepancy_of(county, "n1")
    assert one.post(f"/discrepancies/{id_}/notes", {"text": "asked the neighbours"}).status_code == 201
    assert "asked the neighbours" in browser("officer.north").get(f"/discrepancies/{id_}").text
    assert "neighbours" not in one.get(f"/discrepancies/{id_}").text
    assert told(one.post(f"/discrepancies/{id_}/notes", {"text": " "}))[0] == 422


@pytest.mark.parametrize("user", USERS)
def test_rejected_rows_are_their_own_contacts_alone(
    system: Callable[..., System], county: Database, user: str
) -> None:
    one = system(user)
    nothing = told(one.get("/no/such/route"))
    keys = {feed: md5(chr(31).join([feed] * 3).encode()).hexdigest() for feed in FEEDS}
    own = {x["feed"]: x["key"] for x in one.get("/deliveries").json().get("items", [])}
    for feed, key in keys.items():
        answer = told(one.get(f"/deliveries/{key}/rows"))
        if user.startswith("contact") and feed in own:
            shown = json.loads(answer[1])
            assert [(x["row"], x["values"], x["broken"][0]["rule"]) for x in shown["items"]] == [
                (5, {"姓名": "某"}, "r")
            ]
        else:
            assert answer == nothing, feed
    with unit_of_work(county) as work:
        taken = [event for key in keys.values() for event in work.audit.of("delivery", key)]
    assert [event.action for event in taken] == ["export.rejected"] * len(taken)
    assert bool(taken) == user.startswith("contact")


@pytest.mark.parametrize(
    ("language", "title"),
    [
        pytest.param("en", "There is no such thing, or not for this token", id="en"),
        pytest.param("zh-CN,en;q=0.5", "没有这一项，或此令牌无权查看", id="zh"),
    ],
)
def test_problems_are_said_in_the_callers_language(
    system: Callable[..., System], language: str, title: str
) -> None:
    one = system("steward", language)
    answer = one.get("/no/such/route")
    assert answer.json()["title"] == title
    assert answer.headers["content-language"] == ("en" if language == "en" else "zh-CN")
    long = one.post("/persons/search", {"wanted": "x" * 70_000})
    assert (long.json()["title"] == "The request is too long") == (language == "en")


def test_every_title_has_its_chinese() -> None:
    said = translations("zh").gettext
    assert all(said(title) != title for title in (*TITLES.values(), REFUSED))


@pytest.mark.parametrize("user", ["contact.police", "contact.hospital"])
def test_a_contact_is_told_of_the_own_feed_alone(
    system: Callable[..., System], county: Database, user: str
) -> None:
    one, feed = system(user), f"{user.split('.')[1]}_births"
    assert {x["feed"] for x in one.get("/deliveries").json()["items"]} == {feed}
    assert len(one.get("/discrepancies").json()["items"]) == 1
    shown = one.get(f"/discrepancies/{discrepancy_of(county, feed)}").json()
    assert (shown["history"], shown["decisions"], shown["area_code"]) == ([], [], None)


def test_without_a_token_there_is_nothing_and_a_session_is_none(
    desk: Desk, county: Database, browser: Callable[..., Browser]
) -> None:
    inside = browser("steward")
    id_ = discrepancy_of(county, "n1")
    for client in (app_client(desk), inside.client):
        one = System(client)
        for route in (*LISTS, *OF_DISCREPANCY, *OF_CHANGE, *OF_PERSON, OF_DELIVERY, WORKLISTS):
            answer = ask(one, route, "1" if "register-changes/{" in route else id_)
            assert told(answer)[0] == 401 and answer.headers["www-authenticate"] == "Bearer", route
    assert status_of(county, id_) == "open"


def test_a_token_is_no_way_to_the_pages(system: Callable[..., System]) -> None:
    one = system("steward")
    assert one.client.get("/queue", follow_redirects=False).status_code == 303


def test_wrong_tokens_are_slowed_like_signing_in_and_the_right_one_still_works(
    system: Callable[..., System], desk: Desk
) -> None:
    right = system("steward")
    wrong = System(app_client(desk))
    wrong.client.headers["authorization"] = "Bearer bulou_wrong"
    statuses = [wrong.get("/counts").status_code for _ in range(RULES.failures_of_address + 1)]
    assert statuses[0] == 401 and statuses[-1] == 429
    blocked = wrong.get("/counts")
    assert int(blocked.headers["retry-after"]) > 60 and told(blocked)[0] == 429
    assert right.get("/counts").status_code == 200
    with desk.at_the_gate() as work:  # the same address as the client's
        assert isinstance(work.accounts.sign_in("steward", "x", "testclient", NOW), Refused)


def test_a_revoked_token_is_refused_from_the_next_request(
    system: Callable[..., System], county: Database
) -> None:
    one = system("steward")
    assert one.get("/counts").status_code == 200
    with unit_of_work(county) as work:
        work.integrations.revoke("sync.steward", "operator", NOW)
    assert one.get("/counts").status_code == 401


def test_pages_of_the_list_hold_every_row_once_with_its_counts(
    system: Callable[..., System], county: Database
) -> None:
    one, seen, after = system("steward"), [], {}
    while True:
        page = one.get("/discrepancies", limit=2, status="all", **after).json()
        seen += [line["discrepancy_id"] for line in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    with county.read() as connection:
        ids = connection.scalars(sa.text("SELECT discrepancy_id FROM discrepancy")).all()
    assert sorted(seen) == sorted(ids) and page["total"] == len(ids)
    assert sum(page["counts"]["status"].values()) == len(ids)


def test_a_file_that_is_another_list_is_told_as_refused(
    system: Callable[..., System], county: Database
) -> None:
    one = system("steward")
    with unit_of_work(county) as work:
        change = """UPDATE delivery SET other_feed = 'police_moves', header_row = NULL WHERE feed = 'police_births'"""
        work.connection.execute(sa.text(change))
    told_ = {line["feed"]: line["status"] for line in one.get("/deliveries").json()["items"]}
    assert told_.pop("police_births") == "refused" and set(told_.values()) == {"taken"}


def test_receipts_are_paged_too(system: Callable[..., System], county: Database) -> None:
    one, seen, after = system("steward"), [], {}
    while True:
        page = one.get("/deliveries", limit=1, **after).json()
        seen += [line["file"] for line in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    with county.read() as connection:
        assert sorted(seen) == sorted(connection.scalars(sa.text("SELECT file FROM delivery")))
    assert len(seen) > 1 and one.get("/deliveries", after="x").status_code == 422


def test_a_decision_is_taken_told_and_taken_back(system: Callable[..., System], county: Database) -> None:
    one, id_ = system("officer.north"), discrepancy_of(county, "n1")
    shown = one.get(f"/discrepancies/{id_}").json()
    kinds = {kind["kind"]: kind for kind in shown["decisions"]}
    assert kinds["not_a_problem"]["needs_reason"] and shown["lines"]
    body = {"kind": "not_a_problem", "evidence_version": shown["evidence_version"], "status": "open"}
    refused = one.post(f"/discrepancies/{id_}/decisions", body)
    assert refused.status_code == 422 and "body.reason" in refused.json()["fields"]
    done = one.post(f"/discrepancies/{id_}/decisions", body | {"reason": "asked the neighbours"})
    assert done.json()["status"] == status_of(county, id_) == "decided"
    after = one.get(f"/discrepancies/{id_}")
    assert "neighbours" not in after.text
    assert [x["what"] for x in after.json()["history"]][:2] == ["not_a_problem", "discrepancy.view"]
    assert one.post(f"/discrepancies/{id_}/undo").json()["status"] == "open"
    assert one.post(f"/discrepancies/{id_}/undo").status_code == 409


def test_what_changed_meanwhile_is_a_conflict_and_nothing_is_done(
    system: Callable[..., System], county: Database
) -> None:
    one, id_ = system("officer.north"), discrepancy_of(county, "n1")
    for seen in ({"evidence_version": 9, "status": "open"}, {"evidence_version": 1, "status": "waiting"}):
        for place, more in (("decisions", {"kind": "visit"}), ("register-changes", {})):
            answer = one.post(f"/discrepancies/{id_}/{place}", seen | more)
            assert told(answer)[0] == 409, (seen, place)
    assert status_of(county, id_) == "open"


def test_what_a_token_proposes_somebody_else_approves(
    system: Callable[..., System], county: Database
) -> None:
    mine, theirs = system("officer.north"), system("steward")
    id_ = discrepancy_of(county, "n1")
    body = {"evidence_version": 1, "status": "open", "value": "13812345678"}
    made = mine.post(f"/discrepancies/{id_}/register-changes", body)
    assert made.status_code == 201 and "13812345678" not in made.text
    place, version = f"/register-changes/{made.json()['change_id']}", made.json()["version"]
    act = {"action": "approve", "version": version}
    assert mine.post(f"{place}/actions", act).status_code == 403
    assert theirs.post(f"{place}/actions", act | {"version": version + 1}).status_code == 409
    assert theirs.get(place).json()["actions"] == ["approve", "refuse"]
    done = theirs.post(f"{place}/actions", act).json()
    assert (done["state"], done["approved_by"]) == ("applied", "steward")
    change = change_of(county, done["change_id"])
    assert change.plan.after["n1"]["phone"] == "13812345678"  # type: ignore[index]


def test_a_value_that_the_register_never_shows_is_not_proposed(
    system: Callable[..., System], county: Database
) -> None:
    one, id_ = system("officer.north"), discrepancy_of(county, "n1")
    with county.begin() as connection:
        update = (
            "UPDATE discrepancy SET field = 'ethnicity', proposed_value = '壮族' WHERE discrepancy_id = :id"
        )
        connection.execute(sa.text(update), {"id": id_})
    body = {"evidence_version": 1, "status": "open"}
    answer = one.post(f"/discrepancies/{id_}/register-changes", body | {"value": "Purple"})
    assert told(answer)[0] == 422 and answer.json()["fields"] == ["body.value"]
    made = one.post(f"/discrepancies/{id_}/register-changes", body | {"value": "Han"})
    change = change_of(county, made.json()["change_id"])
    assert change.plan.after["n1"]["ethnicity"] == "汉族"  # type: ignore[index]


def test_what_somebody_has_to_say_more_for_is_proposed_on_the_pages(
    system: Callable[..., System], county: Database
) -> None:
    id_ = discrepancy_of(county, "n1")
    with county.begin() as connection:
        change = sa.text(
            "UPDATE discrepancy SET type = 'missing_household', field = NULL WHERE discrepancy_id = :id"
        )
        connection.execute(change, {"id": id_})
    body = {"evidence_version": 1, "status": "open"}
    answer = system("steward").post(f"/discrepancies/{id_}/register-changes", body)
    assert told(answer)[0] == 409 and status_of(county, id_) == "open"


def test_somebody_new_is_entered_only_into_a_household_that_the_account_sees(
    system: Callable[..., System], county: Database
) -> None:
    id_ = discrepancy_of(county, "n1")
    with county.begin() as connection:
        change = sa.text(
            "UPDATE discrepancy SET type = 'missing_person', field = NULL, person_no = NULL, household_no = 'H-n1' "
            "WHERE discrepancy_id = :id"
        )
        connection.execute(change, {"id": id_})
    one, place = system("officer.north"), f"/discrepancies/{id_}/register-changes"
    body = {"evidence_version": 1, "status": "open", "corrections": {"name": "王晓明"}}
    for number in ("nonsense", "H-s1"):
        answer = one.post(place, body | {"corrections": {"name": "王晓明", "household_no": number}})
        assert told(answer)[0] == 422 and number not in answer.text
    answer = one.post(place, body | {"corrections": {"name": "王晓明", "household_no": "H-n2"}})
    assert answer.status_code == 201 and status_of(county, id_) == "waiting"


def test_the_audit_chain_names_the_integration(system: Callable[..., System], county: Database) -> None:
    one, id_ = system("officer.north"), discrepancy_of(county, "n1")
    one.get(f"/discrepancies/{id_}")
    body = {"evidence_version": 1, "status": "open"}
    made = one.post(f"/discrepancies/{id_}/register-changes", body).json()["change_id"]
    with unit_of_work(county) as work:
        events = [*work.audit.of("discrepancy", id_)[-1:], *work.audit.of("register_change", str(made))]
    assert {event.actor for event in events} == {"officer.north"}
    assert {event.details["integration"] for event in events} == {"sync.officer.north"}


def test_leave_on_the_pages_unmasks_nothing_here(
    system: Callable[..., System], county: Database, browser: Callable[..., Browser]
) -> None:
    one, page, id_ = system("steward"), browser("steward"), discrepancy_of(county, "n1")
    for user in ("steward", "officer.north"):
        with unit_of_work(county) as work:
            leave = work.reveals.ask(user, "discrepancy", id_, "x", NOW)
    with unit_of_work(county) as work:
        if leave.needs_second:
            for asked in work.reveals.waiting(NOW):
                if asked.user_id == "steward":
                    work.reveals.grant(asked.reveal_id, "officer.north", NOW)
    assert any(secret in page.get(f"/discrepancies/{id_}").text for secret in SECRETS)
    assert told(one.get(f"/discrepancies/{id_}"))[0] == 200


@pytest.mark.parametrize(
    ("place", "body"),
    [
        pytest.param("decisions", {"kind": "visit", "evidence_version": "王小明"}, id="a text for a number"),
        pytest.param("decisions", {"王小明": 1}, id="a key of nobody's"),
        pytest.param("decisions", {"kind": "visit", "evidence_version": 1, "wangli": 1}, id="a name as key"),
        pytest.param(
            "register-changes", {"evidence_version": 1, "corrections": {"王小明": "x"}}, id="an item"
        ),
    ],
)
def test_what_is_not_as_documented_is_refused_without_being_said_again(
    system: Callable[..., System], county: Database, place: str, body: object
) -> None:
    answer = system("steward").post(f"/discrepancies/{discrepancy_of(county, 'n1')}/{place}", body)
    assert told(answer)[0] == 422 and "body" in answer.text
    assert "wangli" not in answer.text


def test_a_long_request_is_not_read(system: Callable[..., System], county: Database) -> None:
    one, id_ = system("steward"), discrepancy_of(county, "n1")
    assert told(one.post(f"/discrepancies/{id_}/decisions", {"reason": "x" * 70_000}))[0] == 413
    place = f"{API}/discrepancies/{id_}/decisions"
    chunks = one.client.post(place, content=iter([b"{", b"}"]))
    assert told(chunks)[0] == 411


def test_a_mistake_of_the_program_tells_a_reference_and_nothing_else(
    system: Callable[..., System],
    county: Database,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("王小明 990101199001011234")

    monkeypatch.setattr(stewardship.api.discrepancies, "show", broken)
    answer = system("steward").get(f"/discrepancies/{discrepancy_of(county, 'n1')}")
    assert told(answer)[0] == 500 and "RuntimeError" not in answer.text
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("bulou")]
    assert len(ours) == 1 and answer.json()["reference"] in ours[0]
    assert not any(secret in ours[0] for secret in SECRETS)


def test_a_token_that_ended_is_none(desk: Desk, county: Database) -> None:
    token = token_for(county, "steward")
    app = create_app(desk, lambda: now() + timedelta(days=31), DeskSettings(rules=RULES))
    client = app_client(desk)
    client.app = app
    client._transport.app = app
    assert client.get(f"{API}/counts", headers={"authorization": f"Bearer {token}"}).status_code == 401

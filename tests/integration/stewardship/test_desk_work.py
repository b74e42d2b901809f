"""Working off the queue: lists and counts that agree, decisions, taking back, two at once, unmasking."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from desk_clients import SECRETS, Browser, discrepancy_of, status_of
from desk_county import NIGHT, VILLAGES
from register_leads import Lead

from register.audit import AuditChain
from register.database import Database
from register.work import unit_of_work
from stewardship.leads import MOST_LOOKS

Of = Callable[..., Browser]


def more(database: Database, count: int, confidence: float = 0.5) -> None:
    """Discrepancies that a night finds besides."""
    with unit_of_work(database) as work:
        for n in range(count):
            values = {
                "id": f"Dffff{confidence}{n}".replace(".", ""),
                "subject": f"{confidence}:{n}",
                "confidence": confidence,
            }
            work.connection.execute(
                sa.text("""
INSERT INTO discrepancy (discrepancy_id, type, subject, status, priority, confidence, area_code, reason, evidence_hash,
    evidence_version, evidence_count, first_night, last_night)
VALUES (:id, 'missing_person', :subject, 'open', 3, :confidence, :area, '', 'h', 1, 0, :night, :night)
"""),
                {**values, "area": VILLAGES["n1"], "night": NIGHT},
            )


def listed(one: Browser, start: str) -> tuple[list[str], int]:
    """All pages of a list, and the number that stands over it."""
    place, found, total = start, [], 0
    for _ in range(20):
        page = one.get(place)
        found += [link.split("/")[2].split("?")[0] for link in one.links(page, "/discrepancies/")]
        counted = re.search(r'class="count total">(\d+)<', page.text)
        assert counted is not None
        total = int(counted[1])
        further = [link for link in one.links(page, "/queue?") if "after=" in link]
        if not further:
            return found, total
        place = further[0]
    raise AssertionError("the list does not end")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?status=all",
        "?type=missing_person",
        "?priority=3&confidence=low",
        "?age=week",
        f"?area={VILLAGES['n1']}",
    ],
)
def test_the_counts_agree_with_the_list(browser: Of, county: Database, query: str) -> None:
    more(county, 7)
    one = browser("steward")
    found, total = listed(one, f"/queue{query}")
    assert len(found) == len(set(found)) == total > 0
    page = one.get(f"/queue{query}").text
    counts = re.findall(r'<a href="(/queue[^"]*)"[^>]*>[^<]*<span class="count">(\d+)<', page)
    assert len(counts) > 5
    for link, rows in counts:
        assert len(listed(one, link.replace("&amp;", "&"))[0]) == int(rows), link


def test_paging_neither_repeats_nor_loses_rows_while_others_arrive(browser: Of, county: Database) -> None:
    more(county, 8)
    one = browser("steward")
    before, _ = listed(one, "/queue")
    first = one.get("/queue")
    seen = [link.split("/")[2].split("?")[0] for link in one.links(first, "/discrepancies/")]
    place = next(link for link in one.links(first, "/queue?") if "after=" in link)
    more(county, 3, confidence=0.99)
    rest, _ = listed(one, place)
    assert seen + rest == before


def test_next_and_previous_go_along_the_list_that_one_came_from(browser: Of, county: Database) -> None:
    more(county, 4)
    one = browser("officer.north")
    ids, _ = listed(one, "/queue?priority=3")
    assert len(ids) > 3

    def led(id_: str, way: str) -> str:
        page = one.get(f"/discrepancies/{id_}?priority=3").text
        address = re.search(rf'rel="{way}"[^>]* href="([^"]+)"', page)
        assert address is not None
        return str(one.get(address[1].replace("&amp;", "&")).headers["location"])

    assert [led(id_, "next") for id_ in ids[:-1]] == [f"/discrepancies/{id_}?priority=3" for id_ in ids[1:]]
    assert [led(id_, "prev") for id_ in ids[1:]] == [f"/discrepancies/{id_}?priority=3" for id_ in ids[:-1]]
    assert led(ids[-1], "next") == f"/discrepancies/{ids[0]}?priority=3"
    assert led(ids[0], "prev") == "/queue?priority=3"


def test_an_empty_queue_says_what_to_do(browser: Of, county: Database) -> None:
    one = browser("clerk.s1")
    assert "Show the whole queue" in one.get("/queue?type=missing_household").text
    id_ = discrepancy_of(county, "s1")
    answer = one.send(one.get(f"/discrepancies/{id_}"), f"/discrepancies/{id_}/decide", kind="visit")
    assert answer.headers["location"] == f"/queue?done={id_}"
    page = one.get(answer.headers["location"]).text
    assert "Nothing is left to be checked." in page and "1 is waiting for an answer" in page


def test_numbers_and_names_are_masked_in_list_and_page(browser: Of, county: Database) -> None:
    one = browser("officer.north")
    for text in (one.get("/queue").text, one.get(f"/discrepancies/{discrepancy_of(county, 'n1')}").text):
        assert not any(secret in text for secret in SECRETS)
    page = one.get(f"/discrepancies/{discrepancy_of(county, 'n1')}").text
    assert (
        '<span class="id-number">990101 19900101 ●●●●</span>' in page
        and "王●明" in page
        and "139●●●●4321" in page
        and "马●英" in page
    )
    assert page.index('class="actions"') > page.index('class="history"')  # what to do stands last
    assert '<span class="value">male</span>' in page and ">男<" not in page
    chinese = (
        browser("officer.north", language="zh").get(f"/discrepancies/{discrepancy_of(county, 'n1')}").text
    )
    assert '<span class="value">男</span>' in chinese
    assert '<b aria-hidden="true">≠</b> differs' in page and '<b aria-hidden="true">=</b> same' in page


def test_a_decision_is_noted_and_the_next_one_opens(browser: Of, county: Database) -> None:
    one = browser("officer.north")
    first, second = discrepancy_of(county, "n1"), discrepancy_of(county, "n2")
    assert {first, second} <= set(listed(one, "/queue")[0])
    page = one.get(f"/discrepancies/{first}?type=missing_item")
    answer = one.send(
        page, f"/discrepancies/{first}/decide", kind="not_a_problem", reason="asked at the door"
    )
    assert answer.headers["location"] == f"/discrepancies/{second}?type=missing_item&done={first}"
    assert status_of(county, first) == "decided"
    noted = one.get(f"/discrepancies/{first}").text
    assert "asked at the door" in noted and "Not a problem" in noted
    with unit_of_work(county) as work:
        event = work.audit.of("discrepancy", first)[-2]
        assert (event.actor, event.action, event.details["kind"]) == (
            "officer.north",
            "discrepancy.decide",
            "not_a_problem",
        )
        assert AuditChain(work.connection).verify().problems == ()


def test_not_a_problem_needs_a_reason(browser: Of, county: Database) -> None:
    one, id_ = browser("steward"), discrepancy_of(county, "n1")
    answer = one.send(
        one.get(f"/discrepancies/{id_}"), f"/discrepancies/{id_}/decide", kind="not_a_problem", reason="  "
    )
    assert answer.status_code == 422 and "Say why" in answer.text
    assert status_of(county, id_) == "open"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("visit", "waiting"),
        ("to_department", "waiting"),
        ("cannot_tell", "waiting"),
        ("not_a_problem", "decided"),
    ],
)
def test_what_one_decided_one_can_take_back_and_others_cannot(
    browser: Of, county: Database, kind: str, status: str
) -> None:
    one, other, id_ = browser("officer.north"), browser("steward"), discrepancy_of(county, "n1")
    one.send(one.get(f"/discrepancies/{id_}"), f"/discrepancies/{id_}/decide", kind=kind, reason="seen")
    assert status_of(county, id_) == status
    undo = f"/discrepancies/{id_}/undo"
    assert "/undo" not in other.get(f"/discrepancies/{id_}").text
    assert other.post(undo, {"token": other.token()}).status_code == 409
    assert one.send(one.get(f"/discrepancies/{id_}"), undo).status_code == 303
    assert status_of(county, id_) == "open"
    assert one.post(undo, {"token": one.token()}).status_code == 409


def test_a_decision_for_another_type_is_not_taken(browser: Of, county: Database) -> None:
    one, id_ = browser("steward"), discrepancy_of(county, "n1")
    answer = one.send(one.get(f"/discrepancies/{id_}"), f"/discrepancies/{id_}/decide", kind="same_person")
    assert (answer.status_code, status_of(county, id_)) == (422, "open")


def test_of_two_who_decide_the_second_sees_the_first_and_keeps_what_was_typed(
    browser: Of, county: Database
) -> None:
    one, other, id_ = browser("officer.north"), browser("steward"), discrepancy_of(county, "n1")
    theirs = other.get(f"/discrepancies/{id_}")
    one.send(one.get(f"/discrepancies/{id_}"), f"/discrepancies/{id_}/decide", kind="visit")
    answer = other.send(
        theirs, f"/discrepancies/{id_}/decide", kind="not_a_problem", reason="it is <settled>"
    )
    assert answer.status_code == 409
    assert "Visit asked for: officer.north" in answer.text
    assert 'value="it is &lt;settled&gt;"' in answer.text
    assert status_of(county, id_) == "waiting"
    assert other.send(answer, f"/discrepancies/{id_}/decide", kind="not_a_problem").status_code == 303
    assert status_of(county, id_) == "decided"


def test_new_evidence_while_one_types_is_shown_and_masked(browser: Of, county: Database) -> None:
    one, id_ = browser("steward"), discrepancy_of(county, "n1")
    page = one.get(f"/discrepancies/{id_}")
    with unit_of_work(county) as work:
        lead = Lead(
            "n1:phone",
            area_code=VILLAGES["n1"],
            person_no="n1",
            proposed_value="13987654322",
            evidence_hash="h2",
        )
        work.discrepancies.apply(NIGHT.replace(day=2), [lead])
    answer = one.send(page, f"/discrepancies/{id_}/decide", kind="cannot_tell", reason="who knows")
    assert (
        answer.status_code == 409 and "Evidence of 2 May 2026" in answer.text and "who knows" in answer.text
    )
    assert "13987654322" not in answer.text and "139●●●●●●●●" in answer.text


def test_a_change_is_proposed_as_shown_and_can_be_withdrawn(browser: Of, county: Database) -> None:
    one, id_ = browser("officer.north"), discrepancy_of(county, "n1")
    page = one.get(f"/discrepancies/{id_}/propose")
    assert "139●●●●4321" in page.text and "13987654321" not in page.text
    assert one.send(page, f"/discrepancies/{id_}/propose").status_code == 303
    assert status_of(county, id_) == "waiting"
    with unit_of_work(county) as work:
        change = [c for c in work.changes.of_person("n1") if c.state == "proposed"][0]
        assert (change.plan.after["n1"] or {})["phone"] == "13987654321"
        assert change.proposed_by == "officer.north"
    other = browser("steward")
    again = other.post(
        f"/discrepancies/{id_}/decide",
        {"token": other.token(), "kind": "visit", "evidence_version": "1", "status": "waiting"},
    )
    assert again.status_code == 409 and "proposed by officer.north" in again.text
    assert one.send(one.get(f"/discrepancies/{id_}"), f"/discrepancies/{id_}/undo").status_code == 303
    assert status_of(county, id_) == "open"


def test_whoever_proposed_is_called_by_name_on_the_page_and_in_its_preview(
    browser: Of, county: Database
) -> None:
    with unit_of_work(county) as work:
        rename = sa.text("UPDATE app_user SET display_name = :name WHERE user_id = :user")
        work.connection.execute(rename, {"name": "Ms Wang of the north", "user": "officer.north"})
    one, other, id_ = browser("officer.north"), browser("steward"), discrepancy_of(county, "n1")
    one.send(one.get(f"/discrepancies/{id_}/propose"), f"/discrepancies/{id_}/propose")
    notice = "A register change is proposed by Ms Wang of the north since"
    assert notice in other.get(f"/discrepancies/{id_}/preview").text
    page = other.get(f"/discrepancies/{id_}").text
    assert notice in page and page.count("Ms Wang of the north") > 1  # also in the history
    assert "officer.north" not in page[page.index('class="history"') :]


def test_another_value_than_the_proposed_one_can_be_given(browser: Of, county: Database) -> None:
    one, id_ = browser("officer.north"), discrepancy_of(county, "n1")
    page = one.get(f"/discrepancies/{id_}/propose")
    assert one.send(page, f"/discrepancies/{id_}/propose", value="13700000009").status_code == 303
    with unit_of_work(county) as work:
        change = [c for c in work.changes.of_person("n1") if c.state == "proposed"][0]
        assert (change.plan.after["n1"] or {})["phone"] == "13700000009"


def test_a_second_proposal_meets_the_first(browser: Of, county: Database) -> None:
    one, other, id_ = browser("officer.north"), browser("steward"), discrepancy_of(county, "n1")
    theirs = other.get(f"/discrepancies/{id_}/propose")
    one.send(one.get(f"/discrepancies/{id_}/propose"), f"/discrepancies/{id_}/propose")
    answer = other.send(theirs, f"/discrepancies/{id_}/propose", value="13700000009")
    assert answer.status_code == 409 and "13700000009" in answer.text and "officer.north" in answer.text


def test_a_grown_up_is_shown_unmasked_against_a_reason_to_who_gave_it(browser: Of, county: Database) -> None:
    one, other, id_ = browser("officer.north"), browser("steward"), discrepancy_of(county, "n1")
    assert (
        one.send(one.get(f"/discrepancies/{id_}"), f"/discrepancies/{id_}/reveal", why=" ").status_code == 422
    )
    assert (
        one.send(
            one.get(f"/discrepancies/{id_}"), f"/discrepancies/{id_}/reveal", why="the names differ"
        ).status_code
        == 303
    )
    assert "王小明" in one.get(f"/discrepancies/{id_}").text.replace("<mark>", "").replace("</mark>", "")
    assert not any(secret in other.get(f"/discrepancies/{id_}").text for secret in SECRETS)
    assert "saw it unmasked" in other.get(f"/discrepancies/{id_}").text


def test_who_may_be_a_child_is_shown_by_a_second_person_s_leave(browser: Of, county: Database) -> None:
    with county.begin() as connection:
        connection.execute(sa.text("UPDATE person SET birth_date = '2019-05-01' WHERE person_no = 'n1'"))
    clerk, officer, id_ = browser("clerk.n1"), browser("officer.north"), discrepancy_of(county, "n1")
    answer = clerk.send(
        clerk.get(f"/discrepancies/{id_}"), f"/discrepancies/{id_}/reveal", why="school enrolment"
    )
    assert answer.status_code == 200 and "may be about a child" in answer.text and "王●●" in answer.text
    with county.begin() as connection:
        connection.execute(sa.text("UPDATE app_user SET display_name = '何敏' WHERE user_id = 'clerk.n1'"))
    page = officer.get(f"/discrepancies/{id_}")
    assert "何敏 asks to see this unmasked: school enrolment" in page.text
    assert officer.send(page, "/reveals/").status_code == 303
    assert "王小明" in clerk.get(f"/discrepancies/{id_}").text.replace("<mark>", "").replace("</mark>", "")
    assert "王●●" in officer.get(f"/discrepancies/{id_}").text


def test_people_are_looked_for_within_the_own_area_and_never_in_an_address(
    browser: Of, county: Database
) -> None:
    one = browser("clerk.n1")
    for wanted, found in (
        ("n1", True),
        ("n2", False),
        ("990101199001011234", True),
        ("11234", True),
        ("011234", True),
        ("1235", False),
        ("13800000000", False),
        ("", False),
    ):
        answer = one.send(one.get("/queue"), "/search", wanted=wanted)
        assert answer.status_code == 200
        assert (discrepancy_of(county, "n1") in answer.text) == found, wanted
        assert discrepancy_of(county, "n2") not in answer.text
    assert not any("wanted" in link for link in one.links(one.get("/queue"), "/"))


def test_looking_at_a_discrepancy_is_in_the_audit_chain(browser: Of, county: Database) -> None:
    one, id_ = browser("clerk.n1"), discrepancy_of(county, "n1")
    one.get(f"/discrepancies/{id_}")
    with unit_of_work(county) as work:
        event = work.audit.of("discrepancy", id_)[-1]
    assert (event.actor, event.action) == ("clerk.n1", "discrepancy.view")


def test_of_many_looks_the_last_are_listed_and_of_what_was_done_all(browser: Of, county: Database) -> None:
    one, lead = browser("officer.north"), discrepancy_of(county, "n1")
    one.send(one.get(f"/discrepancies/{lead}"), f"/discrepancies/{lead}/decide", kind="visit")
    for _ in range(MOST_LOOKS - 2):
        page = one.get(f"/discrepancies/{lead}").text
    # The page tells of the looks before it.
    assert page.count("north: looked at it") == MOST_LOOKS - 2 and "audit chain has all" not in page
    for _ in range(5):
        page = one.get(f"/discrepancies/{lead}").text
    history = page.split('class="history"')[1]
    assert history.count("north: looked at it") == MOST_LOOKS and "audit chain has all" in history
    assert "<b>Visit asked for</b>" in history  # before all of them


def test_what_was_decided_of_a_birth_is_told_where_it_goes_on(browser: Of, county: Database) -> None:
    births = ("Daaaaaaaaaaa1", "Daaaaaaaaaaa2", "Daaaaaaaaaaa3")
    with unit_of_work(county) as work:
        for id_, area in zip(births, ("n1", "n1", "s1")):
            values = {"id": id_, "area": VILLAGES[area], "night": NIGHT}
            work.connection.execute(
                sa.text("""
INSERT INTO discrepancy (discrepancy_id, type, subject, status, priority, confidence, area_code, reason, evidence_hash,
    evidence_version, evidence_count, first_night, last_night)
VALUES (:id, 'unregistered_birth', :id, 'open', 1, 0.9, :area, '', 'h', 1, 0, :night, :night)
"""),
                values,
            )
    one, (first, second, elsewhere) = browser("officer.north"), births
    page = one.get(f"/discrepancies/{first}")
    one.send(page, f"/discrepancies/{first}/decide", kind="not_a_problem", reason="lives with an aunt")
    with unit_of_work(county) as work:
        work.connection.execute(
            sa.text(
                "UPDATE discrepancy SET succeeded_by = :on, gone_night = :night WHERE discrepancy_id = ANY (:ids)"
            ),
            {"on": second, "night": NIGHT, "ids": [first, elsewhere]},
        )
    told = one.get(f"/discrepancies/{second}").text
    assert "lives with an aunt" in told and first in told and "turned out to be one person with" in told
    assert elsewhere not in told
    assert f'href="/discrepancies/{second}?' in one.get(f"/discrepancies/{first}").text


def test_a_preview_is_a_look_shows_what_the_page_shows_and_has_no_form(browser: Of, county: Database) -> None:
    one, id_ = browser("clerk.n1"), discrepancy_of(county, "n1")
    seen = one.get(f"/discrepancies/{id_}/preview")
    with unit_of_work(county) as work:
        events = work.audit.of("discrepancy", id_)
    assert [(event.actor, event.action) for event in events] == [("clerk.n1", "discrepancy.view")]
    assert "<form" not in seen.text and 'class="matrix stacked"' in seen.text
    page = one.get(f"/discrepancies/{id_}").text
    matrix = seen.text[seen.text.index("<table") : seen.text.index("</table>")]
    assert matrix in page
    assert not any(secret in seen.text for secret in SECRETS)

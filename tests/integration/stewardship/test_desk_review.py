"""Clerical review: a deck of pairs, the matrix alone, the same decisions as on the discrepancy's page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from desk_clients import SECRETS, Browser, discrepancy_of, status_of
from desk_county import NOW
from httpx import Response

from register.database import Database
from register.work import unit_of_work


@pytest.fixture
def pairs(county: Database) -> dict[str, str]:
    """A possible link in every place, the one of n1 first."""
    with unit_of_work(county) as work:
        work.connection.execute(
            sa.text(
                "UPDATE discrepancy SET type = 'possible_link', field = NULL WHERE person_no IN ('n1', 'n2', 's1')"
            )
        )
        work.connection.execute(sa.text("UPDATE discrepancy SET confidence = 0.731 WHERE person_no = 'n1'"))
        work.connection.execute(sa.text("UPDATE discrepancy SET confidence = 0.62 WHERE person_no <> 'n1'"))
    return {place: discrepancy_of(county, place) for place in ("n1", "n2", "s1")}


@pytest.fixture
def doubles(county: Database) -> dict[str, str]:
    """Two pairs of the register in the northern township that seem to be one person each, the one of n1 first."""
    with unit_of_work(county) as work:
        for place, other, confidence in (("n1", "n2", 0.7), ("n2", "n1", 0.6)):
            work.connection.execute(
                sa.text(
                    "UPDATE discrepancy SET type = 'duplicate_person', field = NULL, proposed_value = NULL, person_no_2 = :other, "
                    "confidence = :confidence WHERE person_no = :place"
                ),
                {"place": place, "other": other, "confidence": confidence},
            )
    return {place: discrepancy_of(county, place) for place in ("n1", "n2")}


def merges(county: Database, id_: str) -> list[tuple[str, str]]:
    with county.read() as connection:
        query = sa.text(
            "SELECT state, proposed_by FROM register_change WHERE discrepancy_id = :id AND kind = 'merge' ORDER BY change_id"
        )
        return [(row.state, row.proposed_by) for row in connection.execute(query, {"id": id_})]


def shown_at(page: Response) -> str:
    """The pair that the review shows."""
    return page.text.split('<a class="code" href="/discrepancies/')[1].split('"')[0]


def answer(one: Browser, page: Response, kind: str) -> Response:
    to, fields = one.form(page, f"/review/{shown_at(page)}/decide")
    return one.post(to, fields | {"kind": kind})


def kinds_of(county: Database, id_: str) -> list[str]:
    with county.read() as connection:
        query = sa.text("SELECT kind FROM decision WHERE discrepancy_id = :id ORDER BY decision_id")
        return list(connection.scalars(query, {"id": id_}))


def test_answered_pairs_leave_the_deck_and_the_next_one_opens(
    browser: Callable[..., Browser], county: Database, pairs: dict[str, str]
) -> None:
    one = browser("officer.north")
    first = one.get("/review")
    assert pairs["n1"] in first.text and "2 to go" in first.text
    onwards = answer(one, first, "same_person")
    assert onwards.headers["location"] == f"/review?type=possible_link&done={pairs['n1']}"
    second = one.get(onwards.headers["location"])
    assert pairs["n2"] in second.text and "1 answered today, 1 to go" in second.text
    page = second.text.split("</form>", 1)[1]
    assert status_of(county, pairs["n1"]) == "decided"
    last = one.post(
        f"/review/{pairs['n2']}/decide",
        {"token": one.token(), "kind": "cannot_tell", "evidence_version": "1", "status": "open"},
    )
    assert page and "No pair is left here" in one.get(last.headers["location"]).text
    assert status_of(county, pairs["n2"]) == "waiting"
    assert kinds_of(county, pairs["n1"]) == ["same_person"]


def test_the_last_answer_is_taken_back_and_the_pair_is_there_again(
    browser: Callable[..., Browser], county: Database, pairs: dict[str, str]
) -> None:
    one = browser("officer.north")
    onwards = answer(one, one.get("/review"), "different_person")
    back = one.send(one.get(onwards.headers["location"]), f"/review/{pairs['n1']}/undo")
    again = one.get(back.headers["location"])
    assert pairs["n1"] in again.text and status_of(county, pairs["n1"]) == "open"
    assert kinds_of(county, pairs["n1"]) == ["different_person", "undo"]
    assert "0 answered today" in again.text


def test_the_pair_is_shown_masked_and_without_any_score(
    browser: Callable[..., Browser], pairs: dict[str, str]
) -> None:
    text = browser("clerk.n1").get("/review").text
    assert pairs["n1"] in text and "≠" in text
    assert "0.73" not in text and not any(secret in text for secret in SECRETS)


def test_of_two_reviewers_the_second_is_shown_what_the_first_said(
    browser: Callable[..., Browser], county: Database, pairs: dict[str, str]
) -> None:
    one, other = browser("officer.north"), browser("officer.both")
    before = other.get("/review")
    answer(one, one.get(f"/review?at={pairs['n1']}"), "cannot_tell")
    late = answer(other, before, "different_person")
    assert late.status_code == 409 and kinds_of(county, pairs["n1"]) == ["cannot_tell"]
    assert f'href="/review?type=possible_link&amp;skip={pairs["n1"]}"' in late.text
    again = other.send(
        late, f"/review/{pairs['n1']}/decide", kind="different_person", reason="another mother"
    )
    with county.read() as connection:
        assert "another mother" in connection.scalars(sa.text("SELECT reason FROM decision")).all()
    assert again.headers["location"] == f"/review?type=possible_link&done={pairs['n1']}"
    assert kinds_of(county, pairs["n1"]) == ["cannot_tell", "different_person"]


def test_an_answer_that_was_taken_back_already_offers_nothing_to_send(
    browser: Callable[..., Browser], county: Database, pairs: dict[str, str]
) -> None:
    one = browser("officer.north")
    answer(one, one.get("/review"), "different_person")
    page = one.get(f"/review?type=possible_link&done={pairs['n1']}")
    assert one.send(page, f"/review/{pairs['n1']}/undo").status_code == 303
    late = one.send(page, f"/review/{pairs['n1']}/undo")
    assert late.status_code == 409
    assert "<b>Take it back</b>" in late.text and "Send it all the same" not in late.text


def test_skipping_and_pausing_decide_nothing(
    browser: Callable[..., Browser], county: Database, pairs: dict[str, str]
) -> None:
    one = browser("officer.north")
    page = one.get("/review")
    (skip,) = [link for link in one.links(page, "/review?type=possible_link") if "skip=" in link]
    assert pairs["n2"] in one.get(skip).text
    paused = one.get("/review?type=possible_link&pause=1").text
    assert "The rest waits" in paused and pairs["n1"] not in paused
    assert kinds_of(county, pairs["n1"]) == []


def test_what_is_no_pair_is_not_answered_here(browser: Callable[..., Browser], county: Database) -> None:
    one, id_ = browser("steward"), discrepancy_of(county, "n1")
    fields = {"token": one.token(), "kind": "same_person", "evidence_version": "1", "status": "open"}
    assert one.post(f"/review/{id_}/decide", fields).headers["location"] == f"/discrepancies/{id_}"
    assert status_of(county, id_) == "open" and one.get(f"/review?at={id_}").status_code == 200


@pytest.mark.parametrize("user", ["officer.north", "steward"])
def test_the_same_person_twice_leads_to_the_merge_which_another_approves(
    browser: Callable[..., Browser], county: Database, doubles: dict[str, str], user: str
) -> None:
    one, id_ = browser(user), doubles["n1"]
    page = one.get(f"/discrepancies/{id_}?type=duplicate_person")
    assert 'value="same_person"' not in page.text and 'data-key="s"' in page.text
    same, propose = one.links(page, f"/discrepancies/{id_}/propose")
    assert same == propose == f"/discrepancies/{id_}/propose?type=duplicate_person"
    effect = one.get(same)
    assert "What would change on the register" in effect.text and status_of(county, id_) == "open"
    answer = one.send(effect, f"/discrepancies/{id_}/propose")
    assert answer.headers["location"] == f"/discrepancies/{doubles['n2']}?type=duplicate_person&done={id_}"
    assert merges(county, id_) == [("proposed", user)]
    assert status_of(county, id_) == "waiting" and kinds_of(county, id_) == []


def test_from_the_deck_the_merge_is_proposed_and_the_deck_goes_on(
    browser: Callable[..., Browser], county: Database, doubles: dict[str, str]
) -> None:
    one, id_ = browser("officer.north"), doubles["n1"]
    (same,) = one.links(one.get("/review?type=duplicate_person"), f"/discrepancies/{id_}/propose")
    effect = one.get(same)
    assert one.links(effect, "/review?") == [f"/review?type=duplicate_person&at={id_}"]
    onwards = one.send(effect, f"/discrepancies/{id_}/propose")
    assert onwards.headers["location"] == f"/review?type=duplicate_person&done={id_}"
    with unit_of_work(county) as work:
        work.connection.execute(
            sa.text("UPDATE register_change SET changed_at = :now WHERE discrepancy_id = :id"),
            {"now": NOW, "id": id_},
        )
    after = one.get(onwards.headers["location"])
    assert shown_at(after) == doubles["n2"] and "1 answered today, 1 to go" in after.text
    back = one.send(after, f"/review/{id_}/undo")
    assert merges(county, id_) == [("withdrawn", "officer.north")] and status_of(county, id_) == "open"
    assert shown_at(one.get(back.headers["location"])) == id_
    late = one.send(one.get(same), f"/discrepancies/{id_}/propose", status="waiting")
    assert late.status_code == 409
    again = one.send(late, f"/discrepancies/{id_}/propose")
    assert again.headers["location"] == f"/review?type=duplicate_person&done={id_}"


def test_what_a_clerk_says_of_a_double_entry_waits_for_an_officer(
    browser: Callable[..., Browser], county: Database, doubles: dict[str, str]
) -> None:
    clerk, officer, id_ = browser("clerk.n1"), browser("officer.north"), doubles["n1"]
    said = answer(clerk, clerk.get("/review?type=duplicate_person"), "same_person")
    assert status_of(county, id_) == "waiting" and kinds_of(county, id_) == ["same_person"]
    back = clerk.send(clerk.get(said.headers["location"]), f"/review/{id_}/undo")
    assert status_of(county, id_) == "open"
    answer(clerk, clerk.get(back.headers["location"]), "same_person")
    page = officer.get(f"/discrepancies/{id_}?status=waiting")
    assert "Same person" in page.text
    (place, _) = officer.links(page, f"/discrepancies/{id_}/propose")
    officer.send(officer.get(place), f"/discrepancies/{id_}/propose")
    assert merges(county, id_) == [("proposed", "officer.north")] and status_of(county, id_) == "waiting"


def test_an_officer_who_sees_one_of_the_two_alone_leaves_the_merge_to_a_steward(
    browser: Callable[..., Browser], county: Database, doubles: dict[str, str]
) -> None:
    officer, steward, id_ = browser("officer.north"), browser("steward"), doubles["n1"]
    with unit_of_work(county) as work:
        work.connection.execute(sa.text("UPDATE discrepancy SET person_no_2 = 's1' WHERE person_no = 'n1'"))
    place = f"/discrepancies/{id_}/propose?from=review"
    page = officer.get(place)
    assert "outside your area" in page.text and "What would change" not in page.text
    said = officer.send(page, f"/review/{id_}/decide", kind="same_person")
    assert said.headers["location"] == f"/review?type=duplicate_person&done={id_}"
    assert status_of(county, id_) == "waiting"
    both = steward.get(place)
    assert "outside your area" not in both.text
    steward.send(both, f"/discrepancies/{id_}/propose")
    assert merges(county, id_) == [("proposed", "steward")]


def test_two_persons_after_all_is_decided_as_ever(
    browser: Callable[..., Browser], county: Database, doubles: dict[str, str]
) -> None:
    one = browser("officer.north")
    answer(one, one.get("/review?type=duplicate_person"), "different_person")
    assert status_of(county, doubles["n1"]) == "decided" and merges(county, doubles["n1"]) == []


def test_a_pair_that_was_passed_over_stays_behind_until_the_deck_begins_anew(
    browser: Callable[..., Browser], pairs: dict[str, str]
) -> None:
    one = browser("steward")
    first = one.get("/review")
    (skip,) = [link for link in one.links(first, "/review?type=possible_link") if "skip=" in link]
    second = one.get(skip)
    third = one.get(answer(one, second, "cannot_tell").headers["location"])
    shown = [shown_at(page) for page in (first, second, third)]
    assert shown[0] == pairs["n1"] and set(shown) == set(pairs.values())
    last = one.get(answer(one, third, "cannot_tell").headers["location"])
    assert shown_at(last) == pairs["n1"]


def test_after_a_pause_one_goes_on_at_the_same_pair(
    browser: Callable[..., Browser], pairs: dict[str, str]
) -> None:
    one = browser("officer.north")
    (skip,) = [link for link in one.links(one.get("/review"), "/review?") if "skip=" in link]
    (pause,) = [link for link in one.links(one.get(skip), "/review?") if "pause=" in link]
    (onwards,) = [link for link in one.links(one.get(pause), "/review?") if "at=" in link]
    assert shown_at(one.get(onwards)) == pairs["n2"]


def test_two_reviewers_of_one_area_are_shown_different_pairs(
    browser: Callable[..., Browser], county: Database, pairs: dict[str, str]
) -> None:
    one, other, clerk = browser("officer.north"), browser("officer.both"), browser("clerk.n1")
    mine = one.get("/review")
    assert shown_at(mine) == shown_at(one.get("/review")) == pairs["n1"]
    assert shown_at(other.get("/review")) == pairs["n2"]
    held = clerk.get("/review")
    assert shown_at(held) == pairs["n1"] and "officer.north has it open since" in held.text
    assert "has it open" not in mine.text
    taken = clerk.send(held, f"/discrepancies/{pairs['n1']}/take-over")
    assert taken.headers["location"] == f"/review?type=possible_link&at={pairs['n1']}"
    assert "has it open" not in clerk.get(taken.headers["location"]).text
    assert "clerk.n1 has it open since" in one.get(f"/review?at={pairs['n1']}").text
    clerk.get(f"/review?skip={pairs['n1']}&pause=1")
    assert "has it open" not in one.get("/review").text

"""Clerical review: a deck of pairs, the matrix alone, the same decisions as on the discrepancy's page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from desk_clients import SECRETS, Browser, discrepancy_of, status_of
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


def answer(one: Browser, page: Response, kind: str) -> Response:
    to, fields = one.form(page, "/review/")
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
    answer(one, one.get("/review"), "same_person")
    late = answer(other, before, "different_person")
    assert late.status_code == 409 and kinds_of(county, pairs["n1"]) == ["same_person"]


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

"""The monthly quality sample: judged blind by two, settled by a third, closed, read, and heeded only where a steward says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
import sqlalchemy as sa
from desk_clients import SECRETS, SETTINGS, Browser, FixedSources
from desk_county import MONTH, NIGHT, NOW, PLACES
from httpx import Response

from register.access import Desk
from register.database import Database
from register.errors import StoreError
from register.quality import Drawn, DrawnPair, Pair, Stratum
from register.work import unit_of_work
from stewardship.overview.sources import NoReports
from stewardship.places import read_places
from stewardship.prepared import NothingPrepared
from stewardship.quality.pairs import beside
from stewardship.visits import House

MAY = date(2026, 5, 1)
PAIRS = {"n1": "Q1", "n2": "Q2", "s1": "Q3"}
STRATA = [Stratum(1, "link", 0.99, 1.0, 900), Stratum(2, "none", 0.0, 0.5, 60)]
SAME, DIFFERENT, UNSURE = "same_person", "different_person", "cannot_tell"


def drawn(pair_id: str, place: str, *, stratum: int = 1, asks: int = 2) -> DrawnPair:
    decision = STRATA[stratum - 1].decision
    pair = Pair(
        pair_id, MAY, PLACES[place], f"key-{pair_id}", place, "police_residents", place, "", 2, "self"
    )
    return DrawnPair(pair, asks, stratum, decision, 8.25, 0.9975)


@pytest.fixture
def sample(county: Database) -> dict[str, str]:
    """A pair in every place; the one of n2 was passed over by the night."""
    pairs = [drawn("Q1", "n1"), drawn("Q2", "n2", stratum=2), drawn("Q3", "s1")]
    with unit_of_work(county) as work:
        work.quality.draw(Drawn(MAY, NIGHT, "m2", STRATA, pairs), NOW)
    return PAIRS


def answer(one: Browser, page: Response, kind: str) -> Response:
    to, fields = one.form(page, "/review/quality/Q")
    if to.endswith("/undo"):
        to, fields = one.form(page, f"/review/quality/{pair_of(page)}/answer")
    return one.post(to, fields | {"kind": kind})


def pair_of(page: Response) -> str:
    return next(pair for pair in PAIRS.values() if f"/review/quality/{pair}/answer" in page.text)


def answer_all(one: Browser, **kinds: str) -> None:
    """What is asked, until nothing is; the deck has an order of its own. Every pair named is asked."""
    page = one.get("/review/quality")
    while "/answer" in page.text:
        page = one.get(answer(one, page, kinds.pop(pair_of(page))).headers["location"])
    assert kinds == {}


def say(county: Database, pair_id: str, *answers: tuple[str, str]) -> None:
    with unit_of_work(county) as work:
        for user, kind in answers:
            work.quality.answer(pair_id, user, kind, NOW)


def run(county: Database, statement: str, **values: object) -> None:
    with county.begin() as connection:
        connection.execute(sa.text(statement), values)


def test_a_page_has_the_same_bytes_whatever_the_night_thought_and_others_answered(
    browser: Callable[..., Browser], county: Database, sample: dict[str, str]
) -> None:
    """Score, probability, decision and stratum of this pair and of every other, whether a third is asked, what somebody else said of it."""
    one, steward = browser("officer.both"), browser("steward")
    page = one.get("/review/quality")
    paused = [user.get("/review/quality?pause=1").content for user in (one, steward)]
    shown = pair_of(page)
    others = [pair for pair in sample.values() if pair != shown]
    assert page.status_code == 200
    ways = [
        "UPDATE quality_score SET match_weight = -20, match_probability = 0.001, decision = 'none', stratum = 2",
        "UPDATE quality_score SET match_weight = row_number, match_probability = row_number / 9.0 FROM (SELECT pair_id AS id, "
        "row_number() OVER (ORDER BY pair_id DESC) FROM quality_score) AS o WHERE id = pair_id",
        "UPDATE quality_pair SET asks = 3",
        "UPDATE quality_stratum SET pairs = 7",
        f"INSERT INTO quality_answer (pair_id, reviewer, kind, answered_at) VALUES ('{shown}', 'steward', 'same_person', now())",
        "UPDATE quality_answer SET kind = 'different_person' WHERE reviewer = 'steward'",
        f"INSERT INTO quality_answer (pair_id, reviewer, kind, answered_at) VALUES ('{shown}', 'officer.north', 'same_person', now())",
        f"INSERT INTO quality_answer (pair_id, reviewer, kind, answered_at) VALUES ('{others[0]}', 'steward', 'same_person', now()),"
        f" ('{others[0]}', 'officer.north', 'different_person', now()), ('{others[1]}', 'steward', 'cannot_tell', now()),"
        f" ('{others[1]}', 'officer.north', 'cannot_tell', now())",
        "UPDATE quality_pair SET asks = 2",
    ]
    for statement in ways:
        run(county, statement)
        again = one.get("/review/quality")
        assert (again.content, again.headers.items()) == (page.content, page.headers.items()), statement
        assert one.get("/review/quality?pause=1").content == paused[0], statement
    run(county, "DELETE FROM quality_answer WHERE reviewer = 'steward'")
    assert steward.get("/review/quality?pause=1").content == paused[1]
    assert "8.2" not in page.text and "0.99" not in page.text and not any(s in page.text for s in SECRETS)


def test_the_page_has_the_matrix_and_leads_to_nothing_that_tells_more(
    browser: Callable[..., Browser], sample: dict[str, str]
) -> None:
    one = browser("officer.both")
    page = one.get("/review/quality")
    assert "≠" in page.text and "0 answered by you, of 3 pairs" in page.text
    assert one.links(page, "/discrepancies") == [] and one.links(page, "/review/quality/results/") == []


def test_the_order_is_each_reviewer_s_own_and_scores_have_no_part_in_it(county: Database) -> None:
    pairs = [drawn(f"Q{number}", "n1") for number in range(40)]
    with unit_of_work(county) as work:
        work.quality.draw(Drawn(MAY, NIGHT, "m2", STRATA, pairs), NOW)
        before = {
            who: [p.pair_id for p in work.quality.next(MAY, who)] for who in ("steward", "officer.north")
        }
        work.connection.execute(sa.text("UPDATE quality_score SET match_weight = ascii(substr(pair_id, 2))"))
        after = {
            who: [p.pair_id for p in work.quality.next(MAY, who)] for who in ("steward", "officer.north")
        }
    assert before == after and before["steward"] != before["officer.north"]
    assert sorted(before["steward"]) == sorted(pair.pair.pair_id for pair in pairs)


def test_the_database_shows_no_score_and_no_other_s_answer_before_the_sample_is_closed(
    county: Database, desk: Desk, sample: dict[str, str]
) -> None:
    say(county, "Q1", ("officer.north", SAME), ("steward", DIFFERENT))
    for user, role in (("officer.both", "officer"), ("steward", "steward"), ("officer.north", "officer")):
        with desk.as_user(user, role) as work:
            told = set(
                work.connection.scalars(sa.text("SELECT reviewer FROM quality_answer WHERE pair_id = 'Q1'"))
            )
            assert told == ({user} if user != "officer.both" else set())
            assert (
                work.connection.scalar(sa.text("SELECT count(*) FROM quality_score WHERE pair_id LIKE 'Q%'"))
                == 0
            )
            assert work.quality.judged(MAY) == []
            assert {one.month for one in work.quality.tally(MONTH)} == {MONTH}
        for column in ("asks", *(() if role == "steward" else ("word",))):
            with pytest.raises(StoreError), desk.as_user(user, role) as work:
                work.connection.execute(sa.text(f"SELECT {column} FROM quality_pair"))


def test_nobody_answers_for_another_or_outside_the_own_area_or_when_it_is_closed(
    county: Database, desk: Desk, sample: dict[str, str]
) -> None:
    new = sa.text(
        "INSERT INTO quality_answer (pair_id, reviewer, kind, answered_at) VALUES (:pair, :who, 'same_person', now())"
    )
    for pair, who in (("Q1", "steward"), ("Q3", "officer.north"), ("n1", "officer.north")):
        with pytest.raises(StoreError), desk.as_user("officer.north", "officer") as work:
            work.connection.execute(new, {"pair": pair, "who": who})
    with desk.as_user("officer.north", "officer") as work:
        work.quality.answer("Q1", "officer.north", SAME, NOW)
    say(county, "Q1", ("steward", SAME))
    with desk.as_user("officer.north", "officer") as work:
        touched = work.connection.execute(
            sa.text("UPDATE quality_answer SET taken_back_at = now() WHERE reviewer = 'steward'")
        )
        assert touched.rowcount == 0


def test_two_who_agree_are_enough_and_a_third_settles_what_they_do_not(
    browser: Callable[..., Browser], county: Database, sample: dict[str, str]
) -> None:
    north, both, steward = browser("officer.north"), browser("officer.both"), browser("steward")
    answer_all(north, Q1=SAME, Q2=DIFFERENT)
    assert "No pair is left here" in north.get("/review/quality").text
    answer_all(both, Q1=SAME, Q2=SAME, Q3=DIFFERENT)
    answer_all(steward, Q2=SAME, Q3=DIFFERENT)
    page = steward.get("/review/quality")
    assert "Every pair has been judged." in page.text
    closed = steward.send(page, "/review/quality/close")
    assert closed.headers["location"] == "/review/quality/results?month=2026-05"
    text = steward.get(closed.headers["location"]).text
    assert "2 of 3 pairs, by the first two answers" in text and "Krippendorff" in text
    assert steward.get("/review/quality").text.count("There is no sample to be judged") == 1


def test_the_end_of_a_deck_tells_what_the_sample_closed_last_says_and_never_the_open_one(
    browser: Callable[..., Browser], county: Database, sample: dict[str, str]
) -> None:
    say(county, "Q1", ("officer.north", SAME), ("steward", SAME))
    say(county, "Q3", ("officer.south", SAME), ("steward", DIFFERENT), ("officer.both", SAME))
    north, clerk = browser("officer.north"), browser("clerk.n1")
    ends = ("/review/quality", "/review")
    assert "2026-04" not in north.get(ends[0]).text  # a pair is left
    answer_all(north, Q2=SAME)
    for place in ends:
        page = north.get(place).text
        assert "No pair is left here" in page and "by the quality sample of 2026-04" in page, place
        assert "results?month=2026-04" in page and "results?month=2026-05" not in page
        assert "Right among the links" in page
    before = north.get(ends[0]).content
    run(county, "UPDATE quality_answer SET kind = 'cannot_tell' WHERE pair_id IN ('Q1', 'Q3')")
    assert north.get(ends[0]).content == before
    assert "by the quality sample" not in north.get(f"{ends[0]}?pause=1").text
    with unit_of_work(county) as work:
        work.quality.close(MAY, "steward", NOW)
    for place in ends:
        page = north.get(place).text
        assert "by the quality sample of 2026-05" in page and "2 of 2 pairs, by the first two answers" in page
    assert (
        "No pair is left here" in clerk.get(ends[1]).text and "quality sample" not in clerk.get(ends[1]).text
    )


def test_a_pair_that_was_passed_over_comes_last(
    browser: Callable[..., Browser], county: Database, sample: dict[str, str]
) -> None:
    one = browser("steward")
    first = one.get("/review/quality")
    page = one.get(f"/review/quality?skip={pair_of(first)}")
    (pause,) = one.links(page, "/review/quality?pause=1")
    (onwards,) = one.links(one.get(pause), "/review/quality?at=")
    shown = [pair_of(one.get(onwards))]
    assert shown == [pair_of(page)]
    for _ in range(2):
        page = one.get(answer(one, page, UNSURE).headers["location"])
        shown.append(pair_of(page))
    assert shown[-1] == pair_of(first) and set(shown) == set(sample.values())


def test_an_answer_is_taken_back_and_asked_for_again_until_the_sample_is_closed(
    browser: Callable[..., Browser], county: Database, sample: dict[str, str]
) -> None:
    one = browser("officer.north")
    first = one.get("/review/quality")
    shown = pair_of(first)
    onwards = one.get(answer(one, first, UNSURE).headers["location"])
    assert "1 answered by you" in onwards.text
    back = one.send(onwards, f"/review/quality/{shown}/undo")
    again = one.get(back.headers["location"])
    assert pair_of(again) == shown and "0 answered by you" in again.text
    answer(one, again, SAME)
    twice = answer(one, again, DIFFERENT)
    assert twice.headers["location"] == f"/review/quality?late=1&skip={shown}"
    assert "That was not taken" in one.get(twice.headers["location"]).text
    with unit_of_work(county) as work:
        work.quality.close(MAY, "steward", NOW)
    assert one.send(onwards, f"/review/quality/{shown}/undo").headers["location"].endswith("late=1")
    with unit_of_work(county) as work:
        assert [it.kinds for it in work.quality.judged(MAY) if it.pair and it.pair.pair_id == shown] == [
            (SAME,)
        ]


def test_skipping_and_pausing_answer_nothing(
    browser: Callable[..., Browser], county: Database, sample: dict[str, str]
) -> None:
    one = browser("officer.both")
    page = one.get("/review/quality")
    order = [pair_of(page)]
    for _ in range(3):
        (skip,) = [link for link in one.links(page, "/review/quality?") if "skip=" in link]
        page = one.get(skip)
        order.append(pair_of(page))
    assert len(set(order[:3])) == 3 and order[3] == order[0]
    paused = one.get("/review/quality?pause=1").text
    assert "The rest waits" in paused and "/answer" not in paused
    with county.read() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM quality_answer WHERE pair_id LIKE 'Q%'")) == 0


def test_a_pair_whose_person_has_left_the_register_is_not_asked(
    browser: Callable[..., Browser], county: Database, sample: dict[str, str]
) -> None:
    run(county, "UPDATE person SET is_current = false WHERE person_no = 's1'")
    one = browser("officer.south")
    assert "No pair is left here" in one.get("/review/quality").text


def test_a_row_is_shown_as_its_file_was_when_the_sample_was_drawn(
    county: Database, desk: Desk, sample: dict[str, str]
) -> None:
    """A file that comes again under its name is not what the night has linked."""
    run(
        county,
        'INSERT INTO delivery SELECT (jsonb_populate_record(d, \'{"sha256": "again", "night": "2026-05-09"}\')).* '
        "FROM delivery AS d WHERE file = 's1'",
    )
    sources = FixedSources()
    with desk.as_user("officer.south", "officer") as work:
        house = House(desk, lambda: NOW, SETTINGS, sources, NothingPrepared(), NoReports())
        pair = work.quality.pair("Q3")
        assert pair is not None
        assert beside(work, house, read_places(work.connection), pair, NIGHT) is not None
    assert [(place.file, place.night) for place in sources.asked] == [("s1", NIGHT)]


def test_numbers_are_the_county_s_and_the_pairs_those_of_the_own_area(
    browser: Callable[..., Browser], county: Database, sample: dict[str, str]
) -> None:
    say(county, "Q1", ("officer.north", DIFFERENT), ("steward", DIFFERENT))
    say(county, "Q2", ("officer.north", SAME), ("steward", SAME))
    say(county, "Q3", ("officer.south", SAME), ("steward", DIFFERENT), ("officer.both", SAME))
    with unit_of_work(county) as work:
        work.quality.close(MAY, "steward", NOW)
    numbers = []
    for user, pairs in (
        ("officer.north", {"Q1", "Q2"}),
        ("officer.south", {"Q3"}),
        ("steward", {"Q1", "Q2", "Q3"}),
    ):
        one = browser(user)
        page = one.get("/review/quality/results")
        links = {link.rsplit("/", 1)[1] for link in one.links(page, "/review/quality/results/")}
        assert links == pairs
        numbers.append(page.text.split("<h2", 2)[0].split("<tbody>")[1])
        for pair in PAIRS.values():
            found = one.get(f"/review/quality/results/{pair}")
            assert (found.status_code == 200) == (pair in pairs)
            assert pair not in pairs or ("8.2" in found.text and "0.9975" in found.text)
            assert not any(secret in found.text for secret in SECRETS)
    assert len(set(numbers)) == 1 and "2 of 3 pairs" in numbers[0]
    assert "50.0 %" in numbers[0]  # of the two links, one is right
    overview = browser("officer.north").get("/overview")
    assert "/review/quality/results?month=2026-05#differ" in overview.text and "66.7 %" in overview.text
    history = browser("steward").get("/review/quality/results").text
    assert "month=2026-04" in history and "month=2026-05" in history


def test_answers_change_no_link_until_a_steward_says_so_of_a_pair(
    browser: Callable[..., Browser], county: Database, sample: dict[str, str]
) -> None:
    def standing() -> set[tuple[str, str, str]]:
        with unit_of_work(county) as work:
            return set(work.link_decisions.standing().itertuples(index=False, name=None))

    before = standing()
    say(county, "Q1", ("officer.north", DIFFERENT), ("steward", DIFFERENT))
    steward = browser("steward")
    token = steward.token()
    assert (
        steward.post("/review/quality/results/Q1/heed", {"token": token, "word": "rejected"}).status_code
        == 404
    )
    with unit_of_work(county) as work:
        work.quality.close(MAY, "steward", NOW)
    assert standing() == before
    page = steward.get("/review/quality/results/Q1")
    assert "change no link by themselves" in page.text
    steward.send(page, "/review/quality/results/Q1/heed", word="rejected")
    assert standing() - before == {("key-Q1", "n1", "rejected")}
    assert "takes them for two persons" in steward.get("/review/quality/results").text
    steward.send(steward.get("/review/quality/results/Q1"), "/review/quality/results/Q1/heed", word="")
    assert standing() == before
    assert (
        steward.post("/review/quality/results/Q1/heed", {"token": token, "word": "maybe"}).status_code == 404
    )
    other = browser("officer.north")
    refused = other.post("/review/quality/results/Q1/heed", {"token": other.token(), "word": "rejected"})
    assert refused.status_code == 404 and standing() == before


def test_the_chain_says_who_looked_and_answered_and_never_what(
    browser: Callable[..., Browser], county: Database, sample: dict[str, str]
) -> None:
    one = browser("officer.north")
    page = one.get("/review/quality")
    shown = pair_of(page)
    answer(one, page, DIFFERENT)
    with unit_of_work(county) as work:
        told = [(event.action, event.actor, event.details) for event in work.audit.of("quality_pair", shown)]
    assert told == [("quality.view", "officer.north", {}), ("quality.answer", "officer.north", {})]


def test_a_month_is_drawn_once_and_ends_the_one_before(county: Database, sample: dict[str, str]) -> None:
    june = date(2026, 6, 1)
    with unit_of_work(county) as work:
        again = Drawn(MAY, NIGHT, "m3", STRATA, [drawn("Q9", "n1")])
        assert not work.quality.draw(again, NOW)
        assert not work.quality.draw(Drawn(MONTH, NIGHT, "m3", STRATA, []), NOW)
        assert work.quality.pair("Q9") is None
        assert work.quality.draw(Drawn(june, NIGHT, "m3", STRATA, []), NOW)
        closed = {one.month: one.closed_by for one in work.quality.samples()}
    assert closed == {MONTH: "steward", MAY: "night", june: None}

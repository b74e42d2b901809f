"""What a page says when things are not as usual: nothing to do, a night that runs, a file that is late, a session that is over, a mistake of the
program, something that resolved by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from desk_clients import ORIGIN, PASSWORD, Browser, discrepancy_of, status_of
from desk_county import NIGHT, NOW, TOWNSHIPS

from register.database import Database
from register.work import unit_of_work
from stewardship.keeping import unpacked
from stewardship.language import CHINA
from stewardship.leads import Lead
from stewardship.nights import next_begin
from stewardship.showing import period_over


@pytest.fixture
def with_hours() -> Iterator[Callable[[Browser], Browser]]:
    """At a desk that knows when the night begins."""
    before: list[tuple[Any, Any]] = []

    def told(one: Browser) -> Browser:
        state = one.client.app.state  # type: ignore[attr-defined]
        before.append((state, state.house))
        state.house = replace(state.house, settings=replace(state.house.settings, nights_begin=time(1, 30)))
        return one

    yield told
    for state, house in reversed(before):
        state.house = house


def over(county: Database) -> None:
    """All sessions end, as when they have lasted too long."""
    with unit_of_work(county) as work:
        work.connection.execute(sa.text("UPDATE app_session SET ended_at = started_at"))


def test_with_nothing_left_it_says_what_was_done_and_when_the_next_night_comes(
    browser: Callable[..., Browser], county: Database, with_hours: Callable[[Browser], Browser]
) -> None:
    assert "The next night begins" not in browser("contact.police").get("/queue?status=waiting").text
    one = with_hours(browser("clerk.n1"))
    page = one.get("/queue")
    while ids := one.links(page, "/discrepancies/D"):
        place = ids[0].partition("?")[0]
        one.send(one.get(place), f"{place}/decide", kind="not_a_problem", reason="asked at the door")
        page = one.get("/queue")
    assert "Nothing is left to be checked." in page.text
    assert "Decided by you today: " in page.text
    assert "The next night begins on 3 May 2026 01:30" in page.text
    assert "01:30" in with_hours(browser("contact.police")).get("/queue?status=waiting").text


@pytest.mark.parametrize(
    ("hour", "days"), [pytest.param(0, 0, id="before it"), pytest.param(2, 1, id="after it")]
)
def test_the_next_night_is_the_next_time_that_it_is_that_hour(hour: int, days: int) -> None:
    now = datetime(2026, 5, 2, hour, 0, tzinfo=CHINA)
    expected = datetime(2026, 5, 2, 1, 30, tzinfo=CHINA) + timedelta(days=days)
    assert next_begin(now, time(1, 30)) == expected and next_begin(now, None) is None


def test_a_night_that_runs_is_told_and_one_that_broke_off_is_not(
    browser: Callable[..., Browser], county: Database
) -> None:
    with unit_of_work(county) as work:
        work.nights.start(NIGHT + timedelta(days=1), NOW - timedelta(hours=1))
    for user in ("steward", "clerk.n1", "contact.police"):
        assert "A night is running since" in browser(user).get("/queue").text
    with unit_of_work(county) as work:
        work.connection.execute(sa.text("UPDATE night SET started_at = started_at - interval '2 days'"))
    assert "A night is running" not in browser("steward").get("/queue").text


def test_a_late_file_is_told_above_what_waits_for_it(
    browser: Callable[..., Browser], county: Database
) -> None:
    assert "late" not in browser("steward").get("/queue").text.partition("<section>")[2]
    with unit_of_work(county) as work:
        work.connection.execute(
            sa.text("""UPDATE discrepancy SET type = 'feed_overdue', proposed_value = 'police_births 990101001 2026-04',
            subject = 'police_births:990101001:2026-04', field = NULL, reason = 'asked:2026-05-01;usual:4' WHERE discrepancy_id = :id"""),
            {"id": discrepancy_of(county, "n1")},
        )
    steward = browser("steward")
    page = steward.get("/queue").text
    assert "1 file is late. What its absence would tell is not listed until it comes." in page
    assert 'href="/queue?type=feed_overdue"' in page and 'href="/deliveries/calendar"' in page
    listed = steward.get("/queue?type=feed_overdue").text
    assert "is late. What" not in listed and "Police: births · " in listed and "2026-04" in listed
    assert "police_births" not in re.sub(r'(href|value|action|name)="[^"]*"', "", listed)
    clerk = browser("clerk.n1").get("/queue").text
    assert "1 file is late" in clerk and "/deliveries/calendar" not in clerk
    banner = steward.get("/queue?type=possible_link&status=waiting&tab=overdue").text.partition("<section>")[
        2
    ]
    assert "1 file is late" in banner and "Not yet come: Police: births (1)" in banner
    which = re.search(r'href="(/queue[^"]*)">Which ones', banner)
    assert which is not None and "Police: births · " in steward.get(which[1]).text
    assert "Not listed until then" not in banner  # nothing argues from what it does not say
    assert "is late" not in steward.get(f"/queue?area={TOWNSHIPS['south']}").text.partition("<section>")[2]
    with unit_of_work(county) as work:
        change = "UPDATE discrepancy SET subject = 'register:990101001:baseline' WHERE type = 'feed_overdue'"
        work.connection.execute(sa.text(change))
        work.connection.execute(
            sa.text("UPDATE discrepancy SET status = 'waiting' WHERE type = 'feed_overdue'")
        )
    told = steward.get("/queue").text  # also while the department is asked for it
    assert "Not yet come: Population register (1)" in told
    assert "Not listed until then: Unregistered birth, Missing person, Missing household" in told


def test_what_resolved_by_itself_says_so(browser: Callable[..., Browser], county: Database) -> None:
    id_ = discrepancy_of(county, "n1")
    one = browser("officer.north")
    page = one.get(f"/discrepancies/{id_}")
    with unit_of_work(county) as work:
        work.connection.execute(
            sa.text(
                "UPDATE discrepancy SET status = 'resolved', gone_night = last_night + 1 WHERE discrepancy_id = :id"
            ),
            {"id": id_},
        )
    late = one.send(page, f"/discrepancies/{id_}/decide", kind="visit", reason="please ask")
    assert late.status_code == 409 and "resolved by itself while you had it open" in late.text
    assert "please ask" in late.text
    assert "It resolved by itself: the last night that found it" in one.get(f"/discrepancies/{id_}").text


def test_a_form_that_was_sent_after_the_session_ended_is_sent_after_signing_in(
    browser: Callable[..., Browser], county: Database
) -> None:
    id_ = discrepancy_of(county, "n1")
    one = browser("officer.north")
    page = one.get(f"/discrepancies/{id_}")
    to, fields = one.form(page, f"/discrepancies/{id_}/decide")
    over(county)
    referer = f"{ORIGIN}/discrepancies/{id_}?type=missing_item"
    told = one.post(to, {**fields, "kind": "visit", "reason": "ask <there>"}, referer=referer)
    assert told.status_code == 401 and "Your session has ended" in told.text
    assert status_of(county, id_) == "open"
    wrong = one.send(told, "/sign-in", user="officer.north", password="wrong")
    assert wrong.status_code == 401
    again = one.send(wrong, "/sign-in", user="officer.north", password=PASSWORD)
    assert again.status_code == 200 and "You are signed in again" in again.text
    assert (
        "ask &lt;there&gt;" in again.text and f'href="/discrepancies/{id_}?type=missing_item"' in again.text
    )
    assert status_of(county, id_) == "open", "nothing is done before it is sent again"
    assert one.send(again, f"/discrepancies/{id_}/decide").status_code == 303
    assert status_of(county, id_) == "waiting"


@pytest.mark.parametrize("is_known", [pytest.param(True, id="signs in"), pytest.param(False, id="finds it")])
def test_a_form_of_one_user_is_never_offered_to_another(
    browser: Callable[..., Browser], county: Database, is_known: bool
) -> None:
    id_ = discrepancy_of(county, "n1")
    browser("steward")  # has a password by now
    one = browser("officer.north")
    to, fields = one.form(one.get(f"/discrepancies/{id_}"), f"/discrepancies/{id_}/decide")
    over(county)
    if is_known:
        told = one.post(to, {**fields, "kind": "visit", "reason": "ask <there>"})
        answer = one.send(told, "/sign-in", user="steward", password=PASSWORD)
    else:  # this browser was nobody's: the form is from elsewhere
        one.client.cookies.delete("bulou_session")
        answer = one.post(to, {**fields, "kind": "visit", "reason": "ask <there>"})
    assert answer.status_code == 303 and "ask" not in answer.text
    assert status_of(county, id_) == "open"


def test_who_has_several_roles_comes_back_to_the_page_and_the_form_too(
    browser: Callable[..., Browser], county: Database
) -> None:
    id_ = discrepancy_of(county, "n1")
    with unit_of_work(county) as work:
        work.grants.grant("officer.north", "auditor", "operator", NOW)
    one = browser("officer.north")
    role = one.get("/role")
    one.send(role, "/role", role="officer")
    to, fields = one.form(one.get(f"/discrepancies/{id_}"), f"/discrepancies/{id_}/decide")
    over(county)
    place = one.get(f"/discrepancies/{id_}").headers["location"]
    answer = one.send(one.get(place), "/sign-in", user="officer.north", password=PASSWORD)
    choose = one.get(answer.headers["location"])
    assert choose.headers["location"].startswith("/role?next=")
    back = one.send(one.get(choose.headers["location"]), "/role", role="officer")
    assert back.headers["location"] == f"/discrepancies/{id_}"
    over(county)
    told = one.post(to, {**fields, "kind": "visit", "reason": "ask"})
    chosen = one.send(told, "/sign-in", user="officer.north", password=PASSWORD)
    assert chosen.status_code == 200 and "Choose a role" in chosen.text
    kept = one.send(chosen, "/role", role="officer")
    assert one.send(kept, f"/discrepancies/{id_}/decide").status_code == 303
    assert status_of(county, id_) == "waiting"


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ["mother's name = 马<英>", "ethnicity 2 = Zhuang", "relation to head RY31 = wife"]),
        ("zh", ["母亲姓名 = 马<英>", "民族 2 = 壮族", "与户主关系 RY31 = 妻"]),
    ],
)
def test_what_was_typed_into_a_proposing_form_is_named_as_the_register_s_items(
    browser: Callable[..., Browser], county: Database, language: str, told: list[str]
) -> None:
    place = f"/discrepancies/{discrepancy_of(county, 'n1')}/propose"
    one = browser("officer.north")
    one.client.headers["accept-language"] = language
    token = one.token()
    over(county)
    typed = {
        "to_mother_name": "马<英>",
        "to_sex": "",
        "+02.to_ethnicity": "壮族",
        "relation_RY31": "妻",
        "no_phone": "1",
        "evidence_version": "1",
    }
    again = one.send(
        one.post(place, {"token": token, **typed}), "/sign-in", user="officer.north", password=PASSWORD
    )
    card = again.text.split('id="kept"')[1].split("</dl>")[0]
    lines = re.findall(r"<dt>(.*?)</dt><dd><q>(.*?)</q>", card)
    shown = [" = ".join(re.sub(r"<[^>]*>", "", part) for part in line) for line in lines]
    assert [unescape(line) for line in shown] == told


def test_a_form_of_the_number_that_two_share_says_what_was_typed(
    browser: Callable[..., Browser], county: Database
) -> None:
    one = browser("officer.north")
    token = one.token()
    over(county)
    fields = {"token": token, "who": "n1", "number": "990101202604300028"}
    sent = one.post(f"/discrepancies/{discrepancy_of(county, 'n1')}/propose", fields)
    again = one.send(sent, "/sign-in", user="officer.north", password=PASSWORD)
    assert "The right ID number</dt><dd><q>990101202604300028</q>" in again.text


def test_a_form_on_the_answer_to_a_form_comes_back_to_the_page_of_both(
    browser: Callable[..., Browser], county: Database
) -> None:
    id_ = discrepancy_of(county, "n1")
    one = browser("officer.north")
    page = one.get(f"/discrepancies/{id_}")
    answer = one.send(page, f"/discrepancies/{id_}/decide", kind="not_a_problem", reason="")
    assert answer.status_code == 422
    assert 'action="/language"' in page.text
    assert 'action="/language"' not in answer.text, "choosing a language would lose what is typed there"
    to, fields = one.form(answer, f"/discrepancies/{id_}/decide")
    one.client.cookies.clear()
    referer = f"{ORIGIN}/discrepancies/{id_}/decide?type=missing_item"
    told = one.post(to, {**fields, "reason": "x"}, referer=referer)
    assert told.headers["location"] == f"/sign-in?next=%2Fdiscrepancies%2F{id_}%3Ftype%3Dmissing_item"


def test_what_is_wrong_at_the_source_stands_beside_the_register(
    browser: Callable[..., Browser], county: Database
) -> None:
    """The row says what its value is not; whoever works in the area has the register's column, the department's contact has not."""
    with unit_of_work(county) as work:
        work.connection.execute(
            sa.text("""UPDATE discrepancy SET type = 'source_correction', subject = 'police_residents:u:k', field = 'sex', register_value = '女',
            proposed_value = '女', feeds = '{police_residents}' WHERE discrepancy_id = :id"""),
            {"id": (id_ := discrepancy_of(county, "n1"))},
        )
    one = browser("officer.north")
    row = (
        one.get("/queue?type=source_correction")
        .text.partition(f"/discrepancies/{id_}")[2]
        .partition("</li>")[0]
    )
    assert "≠ female" in row and "female → female" not in row and "A row of the department" not in row
    said = "a department&#39;s row has another sex than female: is the row right?"
    assert said in one.get(f"/discrepancies/{id_}").text.partition("<h1>")[2].partition("</h1>")[0]
    heads = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', one.get(f"/discrepancies/{id_}").text, re.DOTALL)
    assert sum("register" in head.lower() for head in heads) == 1
    of_nobody = discrepancy_of(county, "police_births")
    assert (
        "another"
        not in one.get(f"/discrepancies/{of_nobody}").text.partition("<h1>")[2].partition("</h1>")[0]
    )
    assert not any(
        "register" in head.lower()
        for head in re.findall(r"<th[^>]*>(.*?)</th>", one.get(f"/discrepancies/{of_nobody}").text)
    )


def test_a_form_of_elsewhere_or_with_a_password_is_not_kept(
    browser: Callable[..., Browser], county: Database
) -> None:
    one = browser("officer.north")
    over(county)
    for to, fields, more in (
        ("/discrepancies/D0/decide", {"reason": "x"}, {"sec_fetch_site": "cross-site"}),
        ("/password", {"old": "secret one", "new": "secret two"}, {}),
        ("/queue/export", {"token": "x"}, {}),
        ("/discrepancies/D0/decide", {"reason": "x" * 60_000}, {}),
    ):
        answer = one.post(to, fields, **more)
        assert answer.status_code in (303, 403), to
        assert "secret" not in answer.text and 'name="kept"' not in answer.text
    for odd in (
        "",
        "{}",
        "[]",
        "null",
        '{"to": "//x.org/a", "fields": {}}',
        '{"to": "/a", "fields": 3}',
        "{" * 9999,
    ):
        assert unpacked(odd) is None


def test_a_mistake_of_the_program_loses_nothing_of_what_was_sent(
    county: Database, browser: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = discrepancy_of(county, "n1")
    one = browser("officer.north")
    page = one.get(f"/discrepancies/{id_}")
    with monkeypatch.context() as patched:
        patched.setattr("stewardship.deciding.decide", lambda *_: 1 / 0)
        broken = one.send(page, f"/discrepancies/{id_}/decide", kind="visit", reason="ask <them>")
    assert broken.status_code == 500 and re.search(r'<p class="reference">[0-9a-f]{8}</p>', broken.text)
    assert "ask &lt;them&gt;" in broken.text and "ZeroDivision" not in broken.text
    assert one.send(broken, f"/discrepancies/{id_}/decide").status_code == 303
    assert status_of(county, id_) == "waiting"


def test_of_a_birth_it_is_told_how_long_the_period_to_register_it_is_over(
    browser: Callable[..., Browser], county: Database
) -> None:
    id_ = discrepancy_of(county, "n1")
    said = "the period to register the birth ended"
    one = browser("clerk.n1")
    assert said not in one.get(f"/discrepancies/{id_}").text
    with unit_of_work(county) as work:
        change = "UPDATE discrepancy SET type = 'unregistered_birth', field = NULL, person_no = NULL WHERE discrepancy_id = :id"
        work.connection.execute(sa.text(change), {"id": id_})
    over = (NOW.date() - date(1990, 10, 3)).days - 30  # the day that the departments' rows have
    assert f"{said} {over} days ago" in " ".join(one.get(f"/discrepancies/{id_}").text.split())


@pytest.mark.parametrize(
    ("born", "over"),
    [
        (["2026-04-01"], None),  # its last day
        (["2026-03-31", None, "2026-03-31"], 1),
        (["2026-03-31", "2026-03-01"], None),
        (["2026"], None),
        ([], None),
    ],
)
def test_the_period_runs_from_the_day_on_which_rows_agree(born: list[str | None], over: int | None) -> None:
    day = date(2026, 5, 1)
    birth = Lead("D1", "unregistered_birth", "open", 1, 0.9, None, None, "", 1, 1, day, day)
    values = [{"birth_date": one} for one in born]
    assert period_over(birth, values, day) == over
    assert period_over(birth._replace(type="missing_person"), values, day) is None
    assert period_over(birth._replace(status="decided"), values, day) is None

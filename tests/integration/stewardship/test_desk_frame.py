"""The head of every page: the county, the last night, what is late; and the rail beside it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from desk_clients import Browser, discrepancy_of
from desk_county import COUNTY, NIGHT, NOW

from register.access import Desk
from register.database import Database
from register.errors import StoreError
from register.work import unit_of_work
from stewardship.frame import Frame, read_frame, section_of
from stewardship.lasting import Lasting

Of = Callable[..., Browser]


def head(one: Browser, place: str = "/queue") -> str:
    text = one.get(place).text
    return " ".join(text.split('<p class="night">')[1].split("</p>")[0].split())


def rail(one: Browser, place: str) -> list[str]:
    text = one.get(place).text.split('<nav class="rail"')[1].split("</nav>")[0]
    return [line.split('href="')[1].split('"')[0] for line in text.splitlines() if "aria-current" in line]


@pytest.fixture
def applied(county: Database) -> Database:
    with unit_of_work(county) as work:
        work.nights.finish(
            NIGHT, datetime.combine(NIGHT, datetime.min.time(), UTC) + timedelta(hours=18, minutes=11), {}
        )
        work.connection.execute(sa.text("UPDATE night SET is_applied = true"))
    return county


def test_the_last_night_and_the_county_are_said_to_whoever_is_signed_in(
    browser: Of, applied: Database
) -> None:
    for user, place in (
        ("clerk.n1", "/queue"),
        ("contact.police", "/queue"),
        ("operator.1", "/counts"),
        ("auditor", "/audit"),
    ):
        one = browser(user)
        assert "complete at 02:11" in head(one, place), user
        assert f"不漏 <span>{COUNTY}</span>" in one.get(place).text
        assert "<a" not in head(one, place)
        assert f'<b class="county">{COUNTY} · </b>' in head(one, place)
        assert '<span class="short">Night of 1 May 2026 ✓ complete</span>' in head(one, place)
    assert '<a href="/overview"><span class="whole">Night of' in head(browser("officer.north"))
    assert "night" not in browser("steward").get("/sign-in").text.split("<main")[0]


def test_a_night_that_broke_off_one_that_runs_and_what_is_late_are_said(
    browser: Of, applied: Database
) -> None:
    with applied.begin() as connection:
        later = {
            "one": NIGHT + timedelta(days=1),
            "two": NIGHT + timedelta(days=2),
            "now": NOW - timedelta(hours=1),
        }
        connection.execute(
            sa.text(
                "INSERT INTO night (night, status, started_at) VALUES (:one, 'failed', :now), (:two, 'running', :now)"
            ),
            later,
        )
        late = sa.text(
            "UPDATE discrepancy SET type = 'feed_overdue', subject = :feed || ':' || subject WHERE discrepancy_id = :id_"
        )
        connection.execute(late, {"feed": "hospital_births", "id_": discrepancy_of(applied, "n1")})
    told = head(browser("steward"))
    assert (
        "broke off" in told
        and "one is running" in told
        and '<a class="sign open" href="/deliveries/calendar">1 feed late</a>' in told
    )
    assert "late" not in head(browser("clerk.n1")) and "late" not in head(browser("contact.police"))


def test_a_neighbouring_county_is_not_taken_for_ones_own(browser: Of, county: Database) -> None:
    add = sa.text(
        "INSERT INTO area (code, name, level, parent, valid_from) VALUES (:code, :code, :level, :parent, '1984-01-01')"
    )
    with county.begin() as connection:
        connection.execute(add, {"code": "990102000000", "level": "county", "parent": "990100000000"})
    assert f"不漏 <span>{COUNTY}</span>" in browser("steward").get("/queue").text
    with county.begin() as connection:
        connection.execute(add, {"code": "990102001000", "level": "township", "parent": "990102000000"})
    assert "不漏 <span>Stewards' desk</span>" in browser("steward").get("/queue").text


def test_before_any_night_it_says_so(browser: Of, county: Database) -> None:
    with county.begin() as connection:
        connection.execute(sa.text("UPDATE night SET is_applied = false"))
    assert head(browser("steward")).endswith("no night has run yet")


def test_the_rail_says_within_which_page_one_is(browser: Of, county: Database) -> None:
    one = browser("steward")
    for place, within in (
        ("/queue", "/queue"),
        (f"/discrepancies/{discrepancy_of(county, 'n1')}", "/queue"),
        ("/register", "/register"),
        ("/deliveries/calendar", "/deliveries"),
        ("/administration/rules", "/administration"),
    ):
        assert rail(one, place) == [within], place
    assert rail(browser("auditor"), "/audit") == ["/administration"]
    assert section_of("/persons/RY1") == "/register"


def test_it_is_read_anew_after_a_while_and_not_before(applied: Database, desk: Desk) -> None:
    kept: Lasting[Frame] = Lasting(timedelta(seconds=15))

    def after(seconds: float) -> Frame:
        now = NOW + timedelta(seconds=seconds)
        return kept.of(now, lambda: read_frame(desk, now))

    first = after(0)
    with applied.begin() as connection:
        connection.execute(sa.text("UPDATE night SET is_applied = false"))
    assert first.night == NIGHT
    assert after(14) is first
    assert after(15).night is None
    with applied.begin() as connection:
        connection.execute(sa.text("UPDATE night SET is_applied = true"))
    assert after(14).night == NIGHT  # by a clock that was put back


def test_an_hour_alone_says_when_only_of_the_same_night() -> None:
    night = date(2026, 11, 23)
    morning = datetime(2026, 11, 23, 18, 11, tzinfo=UTC)  # the 24th in the county
    assert Frame(None, night, morning, None, None, 0).is_of_next_morning
    assert not Frame(None, night, morning + timedelta(days=1), None, None, 0).is_of_next_morning
    assert not Frame(None, night, None, None, None, 0).is_of_next_morning


def test_what_the_gate_is_told_of_the_night_no_role_of_the_desk_asks_itself(
    desk: Desk, county: Database
) -> None:
    with pytest.raises(StoreError), desk.as_user("steward", "steward") as work:
        work.connection.execute(sa.text("SELECT * FROM last_night(now())"))

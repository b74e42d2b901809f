"""The overview: its numbers agree with the lists they lead to, each user's area alone, and charts that need nothing from outside."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Final
from xml.etree import ElementTree

import pytest
import sqlalchemy as sa
from desk_clients import ORIGIN, PASSWORD, RULES, SETTINGS, Browser, FixedSources, now
from desk_county import NIGHT, NOW, TOWNSHIPS, VILLAGES
from httpx import Response
from starlette.testclient import TestClient
from test_desk_lists import sheets

from register.access import Desk
from register.accounts import AccountStore
from register.database import Database
from register.night_tally import keep_tally
from register.work import unit_of_work
from stewardship import create_app
from stewardship.overview.sources import ALL, BirthShare, BirthSteps, FeedDrift, LinkQuality, NoReports
from stewardship.words import TYPES


class FixedReports(NoReports):
    """As a night writes them, for the county and both townships."""

    def births(self, night: date) -> Sequence[BirthShare]:
        townships = (ALL, *(code[:9] for code in TOWNSHIPS.values()))
        known = [
            BirthShare(code, sex, quarter, "estimated", 90, 100.0, 0.9, 0.81, 0.99)
            for code in townships
            for sex, quarter in ((ALL, ALL), ("女", "2026-Q1"))
        ]
        return [*known, BirthShare(townships[1], "男", "2026-Q1", "too_few", 1, None, None, None, None)]

    def steps(self, night: date) -> Sequence[BirthSteps]:
        return [
            BirthSteps(township, month, 10 * n, 7 * n, n, n, n)
            for n, township in enumerate((TOWNSHIPS["north"], TOWNSHIPS["south"], ALL), start=1)
            for month in ("2026-03", ALL)
        ]

    def links(self, night: date) -> LinkQuality | None:
        drift = (
            FeedDrift("police_births", 900, date(2026, 4, 1), 0.3141, "train anew"),
            FeedDrift("hospital_births", 12, None, None, "too few"),
        )
        return LinkQuality(
            night, "m1" if night > date(2026, 4, 28) else "m0", 1234, 56, 78, 0.0123, 0.0456, drift
        )


@pytest.fixture
def overseer(desk: Desk, county: Database) -> Callable[..., Browser]:
    """Signed in where there are reports."""
    with unit_of_work(county) as work:
        work.nights.finish(NIGHT, NOW, {})
        work.connection.execute(sa.text("UPDATE night SET is_applied = true"))

    def of(user: str, language: str = "en") -> Browser:
        with unit_of_work(county) as work:
            AccountStore(work.connection, RULES).set_password(user, PASSWORD, "operator", NOW)
        app = create_app(desk, now, SETTINGS, FixedSources(), reports=FixedReports())
        one = Browser(TestClient(app, base_url=ORIGIN, headers={"accept-language": language}))
        assert one.send(one.get("/sign-in"), "/sign-in", user=user, password=PASSWORD).status_code == 303
        return one

    return of


NUMBER: Final = re.compile(r'<td class="figures"><a href="([^"]*)"[^>]*>(.*?)</a>')
QUEUED: Final = re.compile(r'<a href="(/queue[^"]*)">(\d+)</a>')
TOTAL: Final = re.compile(r'class="count total">(\d+)<')
UNUSABLE: Final = re.compile(r"Files with rows that cannot be used: (\d+) row")
ROWS: Final = re.compile(r'id="rows">(\d+) rows?, headings and totals not counted')
BY_NIGHT: Final = re.compile(r"The night itself counted (\d+)\.")


def sent(county: Database) -> None:
    """Of one feed what was taken and refused within the year and before it."""
    insert = sa.text("""INSERT INTO delivery (feed, file, sha256, night, arrival, status, columns_mapped, columns_dropped,
        rows_total, rows_kept, rows_set_aside, rows_quarantined)
        SELECT 'police_births', n.status || n.day, md5(n.status || n.day), n.day, n.day, n.status, '{}'::text[], '{}'::text[], 9, 7, 0, 2
        FROM (SELECT status, CAST(day AS date) FROM unnest(CAST(:days AS date[])) AS day
            CROSS JOIN (VALUES ('taken'), ('refused')) AS s (status)) AS n (status, day)""")
    days = [NOW.date() - timedelta(days=ago) for ago in (0, 30, 365, 366, 500)]
    with unit_of_work(county) as work:
        work.connection.execute(insert, {"days": days})


def timed(county: Database) -> None:
    """Births of two stations, of which files are due on the fifth of the month after; today is 2 May 2026.

    Of 甲所, of whose twelve files since 2 May 2025: on time 2025-04 (came before the year began) and 2026-01 (sent again later), late 2026-02
    by three days (its name spelled otherwise) and 2026-03 by five (refused before), the other eight never. 2025-03 was due before the year and
    2026-04 is not due yet. Of 乙所, which began with it: 2026-03 on time.
    """
    insert = sa.text("""INSERT INTO delivery (feed, file, sha256, night, arrival, unit, period, status, columns_mapped, columns_dropped,
        rows_total, rows_kept, rows_set_aside, rows_quarantined)
        VALUES ('police_births', :file, :file, :day, :day, :unit, :period, :status, '{}', '{}', 10, 7, 1, 2)""")
    files = [
        ("甲所", "2025-03", "2025-04-09", "taken"),
        ("甲所", "2025-04", "2025-05-01", "taken"),
        ("甲所", "2026-01", "2026-02-05", "taken"),
        ("甲所", "2026-01", "2026-02-20", "taken"),
        ("甲所", "2026-2", "2026-03-08", "taken"),
        ("甲所", "2026-02", "2026-03-09", "taken"),
        ("甲所", "2026-03", "2026-04-01", "refused"),
        ("甲所", "2026-03", "2026-04-10", "taken"),
        ("甲所", "2026-04", "2026-05-01", "taken"),
        ("乙所", "2026-03", "2026-04-05", "taken"),
    ]
    with unit_of_work(county) as work:
        for unit, period, day, status in files:
            told = {"unit": unit, "period": period, "status": status, "day": day}
            work.connection.execute(insert, told | {"file": unit + day})


def missed(county: Database) -> list[str]:
    """Files of the police's births that the night misses: one of each village, that of the south sent back, and the whole feed's. Their ids."""
    insert = sa.text("""INSERT INTO discrepancy (discrepancy_id, type, subject, status, priority, confidence, area_code, reason, feeds,
        evidence_hash, evidence_version, evidence_count, first_night, last_night)
        VALUES (:id, 'feed_overdue', :subject, :status, 2, 1, :area, '', '{police_births}', 'h', 1, 0,
        '2026-04-20', '2026-05-01')""")
    told = [("甲所", "open", "n1"), ("丙所", "open", "n2"), ("丁所", "waiting", "s1"), ("*", "open", "")]
    with unit_of_work(county) as work:
        for number, (unit, status, village) in enumerate(told):
            given = {"id": f"D00000000{number}", "subject": f"police_births:{unit}:2026-03", "status": status}
            given["area"] = VILLAGES.get(village)
            work.connection.execute(insert, given)
    return [f"D00000000{number}" for number in range(len(told))]


def unregistered(county: Database) -> None:
    """Births: to be checked two in the north and one in the south, and one of the north that waits."""
    insert = sa.text("""INSERT INTO discrepancy (discrepancy_id, type, subject, status, priority, confidence, area_code, reason,
        evidence_hash, evidence_version, evidence_count, first_night, last_night)
        VALUES (:id, 'unregistered_birth', :id, :status, 1, 0.9, :area, '', 'h', 1, 0, :night, :night)""")
    told = [("open", "n1"), ("open", "n2"), ("open", "s1"), ("waiting", "n1")]
    with unit_of_work(county) as work:
        for number, (status, village) in enumerate(told):
            row = {"id": f"D0000000a{number}", "status": status, "area": VILLAGES[village], "night": NIGHT}
            work.connection.execute(insert, row)


@pytest.mark.parametrize("user", ["steward", "officer.north", "officer.both"])
def test_every_number_agrees_with_the_list_it_leads_to(
    overseer: Callable[..., Browser], county: Database, user: str
) -> None:
    sent(county)
    timed(county)
    missed(county)
    unregistered(county)
    one = overseer(user)
    numbers = numbers_of(one, "/overview")
    begin = {"/queue": 3, "/deliveries": 6, "/overview/nights/": 1, "/overview/lists/": 2}
    for start, least in begin.items():
        assert sum(link.startswith(start) for link, _ in numbers) >= least, start
    told = {(link.replace("&amp;", "&"), text) for link, text in QUEUED.findall(one.get("/overview").text)}
    births = "/queue?type=unregistered_birth"
    assert (f"{births}&area={TOWNSHIPS['north']}", "2") in numbers
    assert [rows for link, rows in told if link == births] == [{"officer.north": "2"}.get(user, "3")]
    for link, text in {*numbers, *told, *numbers_of(one, "/overview?type=missing_item")}:
        assert link.startswith(tuple(begin)), link
        page = one.get(link).text
        of_rows = ROWS.search(page) if link.endswith("#rows") else None
        total = of_rows or UNUSABLE.search(page) or BY_NIGHT.search(page) or TOTAL.search(page)
        assert total is not None and int(total[1]) == sum(map(int, re.findall(r"\d+", text))), link
    of_births = {"status=refused": "4", "status=taken&unusable": "21"}
    of_births |= {"timely=on_time": "3", "timely=late": "2"}
    for asked, text in of_births.items():
        assert [told for link, told in numbers if f"police_births&{asked}" in link] == [text], asked
    taken = [(link[-5:], told) for link, told in numbers if "police_births&status=taken&since" in link]
    assert taken == [("05-02", "11"), ("#rows", "91")]
    missing = {"steward": "3", "officer.north": "2", "officer.both": "2"}[user]
    assert ("/queue?type=feed_overdue&feed=police_births", missing) in numbers
    waits = "/queue?type=feed_overdue&status=waiting&feed=police_births"
    assert (waits in one.get("/overview").text.replace("&amp;", "&")) == (user != "officer.north")


def test_what_was_on_time_and_late_is_listed_and_taken_out(
    overseer: Callable[..., Browser], county: Database
) -> None:
    timed(county)
    one = overseer("officer.north")
    for when, word, files in (
        ("on_time", "on time", {"甲所2025-05-01", "甲所2026-02-05", "乙所2026-04-05"}),
        ("late", "after the day", {"甲所2026-03-08", "甲所2026-04-10"}),
    ):
        page = one.get(f"/deliveries?feed=police_births&timely={when}")
        assert f"Due in the last twelve months: {word}" in page.text
        assert set(re.findall(r'class="sentence code">([^<]*)<', page.text)) == files
        assert one.links(page, f"/deliveries?feed=police_births&timely={when}") or "month=" in page.text
        (table,) = sheets(one.send(page, f"/deliveries/export?feed=police_births&timely={when}")).values()
        assert {row[4] for row in table[1:]} == files
    asked = TOTAL.search(one.get("/deliveries?timely=late&month=2026-03").text)
    assert asked is not None and asked[1] == "1"
    every = TOTAL.search(one.get("/deliveries").text)
    assert every is not None and TOTAL.search(one.get("/deliveries?timely=x&unit=y").text)[1] == every[1]  # type: ignore[index]
    assert TOTAL.search(one.get("/deliveries?feed=hospital_births&timely=late").text)[1] == "0"  # type: ignore[index]


def test_the_workbook_says_how_many_files_are_missing(
    overseer: Callable[..., Browser], county: Database
) -> None:
    missed(county)
    one = overseer("steward")
    header, *rows = sheets(one.send(one.get("/overview"), "/overview/export"))[
        "What departments sent in twelve months"
    ]
    told = {row[0]: dict(zip(header, row)) for row in rows}
    assert told["Police: births"]["missing now"] == "4"


def numbers_of(one: Browser, place: str) -> list[tuple[str, str]]:
    """Where each number leads and what it says; shares of a sample are no numbers of rows."""
    found = NUMBER.findall(one.get(place).text)
    return [(link.replace("&amp;", "&"), text) for link, text in found if re.search(r"^\W*\d+\b(?!\.)", text)]


@pytest.mark.parametrize("since", ["2026-13-01", "x", "2026-02-30", "0000-00-00"])
def test_a_day_that_is_none_narrows_no_list(overseer: Callable[..., Browser], since: str) -> None:
    page = overseer("steward").get(f"/deliveries?since={since}").text
    assert "whenever they arrived" not in page and TOTAL.search(page)


def test_an_officer_is_shown_the_own_townships_alone(overseer: Callable[..., Browser]) -> None:
    north, south = TOWNSHIPS["north"], TOWNSHIPS["south"]
    page = overseer("officer.north").get("/overview").text
    assert north in page and south not in page and "whole county" not in page and "1234" not in page
    assert re.search(r'<th scope="row">2026-03</th><td class="figures">10</td>', page)
    county = overseer("steward").get("/overview").text
    assert north in county and south in county and "whole county" in county and "1234" in county
    assert re.search(r'<th scope="row">2026-03</th><td class="figures">30</td>', county)
    assert "90.0 %" in county and "(81.0 % – 99.0 %)" in county and "too few births" in county


def test_what_came_and_was_closed_is_told_from_what_nights_kept(
    overseer: Callable[..., Browser], county: Database
) -> None:
    with unit_of_work(county) as work:
        run = work.connection.execute
        ids = (
            run(sa.text("SELECT discrepancy_id FROM discrepancy WHERE type = 'missing_item' ORDER BY 1"))
            .scalars()
            .all()
        )
        run(
            sa.text("UPDATE discrepancy SET status = 'decided' WHERE discrepancy_id = ANY (:ids)"),
            {"ids": ids[:2]},
        )
        run(
            sa.text("""INSERT INTO discrepancy SELECT 'D0123456789ab', type, 'another', 'open', priority, confidence,
            area_code, household_no, person_no, person_no_2, field, register_value, proposed_value, reason, evidence_hash,
            evidence_version, 0, first_night + 1, last_night + 1 FROM discrepancy WHERE discrepancy_id = :id"""),
            {"id": ids[2]},
        )
        keep_tally(work.connection, NIGHT + timedelta(days=1))
        keep_tally(work.connection, NIGHT + timedelta(days=1))
    page = overseer("steward").get("/overview").text
    row = page.partition('<th scope="row">Item missing</th>')[2].partition("</tr>")[0]
    assert re.findall(r">(\d+)<", row) == ["3", "0", "2", "0", "1", "2"]
    with county.read() as connection:
        kept = connection.execute(
            sa.text('SELECT area_code, "open", decided FROM night_tally WHERE night > :n AND type = :t'),
            {"n": NIGHT, "t": "missing_item"},
        ).all()
    assert {code for code, _, _ in kept} == {"", *TOWNSHIPS.values()} and VILLAGES["n1"] not in str(kept)
    assert (sum(row[1] for row in kept), sum(row[2] for row in kept)) == (3, 2)


@pytest.fixture
def weeks(county: Database) -> list[date]:
    """The county's night of `NIGHT`, and two others a week and two before it: in the north of each type two and three were closed, and one was
    found in the last week."""
    nights = [NIGHT - timedelta(days=days) for days in (14, 7)]
    with unit_of_work(county) as work:
        work.connection.execute(
            sa.text("UPDATE discrepancy SET first_night = :before"), {"before": nights[0] - timedelta(days=7)}
        )
        work.connection.execute(
            sa.text("""INSERT INTO discrepancy (discrepancy_id, type, subject, status, priority, confidence, area_code, reason, evidence_hash,
                evidence_version, evidence_count, first_night, last_night, gone_night, closed_night)
            SELECT 'D' || left(md5(t.type || n), 12), t.type, 'made ' || n, 'resolved', 3, 0.9, t.area_code, 'known', 'h', 1, 0,
                CASE n WHEN 6 THEN CAST(:last AS date) ELSE :before END, o.closed, o.closed, o.closed
            FROM night_tally AS t CROSS JOIN generate_series(1, 6) AS n
            CROSS JOIN LATERAL (SELECT CASE WHEN n < 3 THEN CAST(:second AS date) ELSE :last END AS closed) AS o
            WHERE t.night = :last AND t.area_code = :north"""),
            {
                "last": NIGHT,
                "second": nights[1],
                "before": nights[0] - timedelta(days=7),
                "north": TOWNSHIPS["north"],
            },
        )
        work.connection.execute(
            sa.text("""INSERT INTO night_tally SELECT n.night, t.type, t.area_code,
                t.open + CASE WHEN t.area_code = :north THEN n.more ELSE 0 END, t.waiting, t.decided, t.resolved + 5 - n.more
                FROM night_tally AS t CROSS JOIN (VALUES (CAST(:first AS date), 5), (CAST(:second AS date), 3)) AS n (night, more)
                WHERE t.night = :last"""),
            {"north": TOWNSHIPS["north"], "first": nights[0], "second": nights[1], "last": NIGHT},
        )
        work.connection.execute(
            sa.text("UPDATE night_tally SET resolved = resolved + 6 WHERE night = :last"), {"last": NIGHT}
        )
    return [*nights, NIGHT]


def lines_of(page: str, heading: str) -> dict[str, list[str]]:
    """Of the table of a heading: what begins each row → its numbers."""
    table = page.partition(f'aria-label="{heading}">')[2].partition("</table>")[0]
    return {
        re.sub(r"<[^>]*>", "", row[0]): re.findall(r">(\d+)<", row[1])
        for row in re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', table, re.DOTALL)
    }


@pytest.mark.parametrize("user", ["steward", "officer.north"])
def test_each_township_says_what_came_was_closed_and_is_open(
    overseer: Callable[..., Browser], weeks: list[date], user: str
) -> None:
    one = overseer(user)
    north, south = TOWNSHIPS["north"], TOWNSHIPS["south"]
    page = one.get("/overview").text
    told = lines_of(page, "How it went in each township")
    assert (south in told) == (user == "steward") and all(len(row) == 7 for row in told.values())
    before, came, again, closed, after, is_open, is_waiting = map(int, told[north])
    stands = lines_of(page, "Discrepancies by township")[north]
    assert [is_open, is_waiting] == [int(stands[0]), int(stands[1])] and after == is_open + is_waiting
    types = (before - after) // 5
    assert before == after + 5 * types and (came, again, closed) == (types, 0, 6 * types) and types > 1
    page = one.get(f"/overview?type=missing_item&township={north}").text
    before, came, again, closed, after, *_ = map(int, lines_of(page, "How it went in each township")[north])
    assert (before - after, came, again, closed) == (5, 1, 0, 6)
    none = one.get("/overview?type=duplicate_household")
    assert "None of this type in these nights." in none.text and 'name="township"' in none.text


def test_one_township_is_told_week_by_week(overseer: Callable[..., Browser], weeks: list[date]) -> None:
    north, south = TOWNSHIPS["north"], TOWNSHIPS["south"]
    one = overseer("officer.north")
    asked = f"type=missing_item&township={north}"
    page = one.get(f"/overview?{asked}")
    told = list(lines_of(page.text, "Week by week").values())
    now = int(told[0][4])
    assert told == [[str(now + 3), "1", "0", "4", str(now)], [str(now + 5), "0", "0", "2", str(now + 3)]]
    assert f'/overview/townships.svg?{asked.replace("&", "&amp;")}"' in page.text
    of_week = one.get(f"/overview/townships.svg?{asked}").content
    assert of_week.startswith(b"<svg") and of_week != one.get("/overview/townships.svg").content
    elsewhere = one.get(f"/overview?township={south}").text.partition("<main")[2]
    assert "Week by week" not in elsewhere and south not in elsewhere
    told_too = sheets(one.send(page, "/overview/export"))
    assert [row[1:] for row in told_too["Week by week"][1:]] == told
    _, *townships = told_too["How it went in each township"]
    assert {row[0]: row[1:] for row in townships} == lines_of(page.text, "How it went in each township")


def cells(page: str, heading: str, first: str) -> list[str]:
    """Of the row that begins so, all of it as text."""
    table = page.partition(f'aria-label="{heading}">')[2].partition("</table>")[0]
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in table.split("<tr>")]
    told = [[re.sub(r"<[^>]*>", "", cell).strip() for cell in row] for row in rows]
    return next(row for row in told if row and row[0] == first)


def test_what_moved_between_townships_makes_each_row_add_up(
    overseer: Callable[..., Browser], county: Database, weeks: list[date]
) -> None:
    """Two stood in the south at the end of the last nights by what these kept, and came in the north by where they are now."""
    one, heading = overseer("steward"), "How it went in each township"
    asked = "/overview?type=missing_item"
    assert "between townships" not in one.get(asked).text
    with county.begin() as connection:
        connection.execute(
            sa.text("UPDATE night_tally SET open = open + 2 WHERE area_code = :south AND night = :last"),
            {"south": TOWNSHIPS["south"], "last": NIGHT},
        )
    for place in (asked, f"{asked}&township={TOWNSHIPS['south']}"):
        page = one.get(place)
        name = next(row[0] for row in sheets(one.send(page, "/overview/export"))[heading][1:] if "+2" in row)
        first = cells(page.text, heading, "Township")
        assert first[1:7] == [
            *("not closed before", "newly found", "opened again", "closed", "between townships"),
            "not closed after",
        ]
        before, came, again, closed, between, after = map(int, cells(page.text, heading, name)[1:7])
        assert between == 2 and before + came + again - closed + between == after
        header, *rows = sheets(one.send(page, "/overview/export"))[heading]
        assert header[:7] == first[:7] and all(row == cells(page.text, heading, row[0]) for row in rows)
    header, *rows = sheets(one.send(page, "/overview/export"))["Week by week"]
    assert header[5] == "between townships" and {row[5] for row in rows} == {"0", "+2"}


def test_of_one_night_nothing_is_said_of_what_came_and_went(overseer: Callable[..., Browser]) -> None:
    one, heading = overseer("steward"), "How it went in each township"
    page = one.get("/overview")
    told = cells(page.text, heading, "Township")
    assert told == ["Township", "not closed", "● now: needs checking", "◐ now: waiting"]
    assert "By what the night of" in page.text and "newly found" not in page.text
    header, *rows = sheets(one.send(page, "/overview/export"))[heading]
    assert header == ["Township", "not closed", "now: needs checking", "now: waiting"]
    assert all(row == cells(page.text, heading, row[0]) for row in rows) and rows


def test_the_workbook_has_the_words_of_the_page(overseer: Callable[..., Browser], weeks: list[date]) -> None:
    one = overseer("steward")
    page = one.get("/overview")
    header, *_ = sheets(one.send(page, "/overview/export"))["Discrepancies by type"]
    assert header[-2:] == cells(page.text, "Discrepancies by type", "Type")[-2:]
    assert header[-2].startswith("came since ") and "of each period the first file counts" in page.text


def test_drift_is_told_in_words_and_with_its_number_to_stewards(overseer: Callable[..., Browser]) -> None:
    one = overseer("steward")
    page = one.get("/overview")
    table = page.text.partition('aria-label="Whether feeds still fit the model">')[2].partition("</table>")[0]
    moved, few = re.findall(r"<tr><th.*?</tr>", table.partition("<tbody>")[2], re.DOTALL)
    assert "moved: look at the model" in moved and "0.314" in moved and "1 Apr 2026" in moved
    assert "too few rows to tell" in few and "0." not in few
    _, *rows = sheets(one.send(page, "/overview/export"))["Whether feeds still fit the model"]
    assert [row[1:] for row in rows] == [
        ["moved: look at the model", "0.314", "900", "2026-04-01"],
        ["too few rows to tell", "", "12", ""],
    ]
    assert "fit the model" not in overseer("officer.both").get("/overview").text


@pytest.fixture
def many_nights(county: Database) -> list[date]:
    """Ten more before the county's night, the newest first."""
    nights = [NIGHT - timedelta(days=days) for days in range(11)]
    with unit_of_work(county) as work:
        for night in nights[1:]:
            work.nights.finish(night, NOW, {})
        work.connection.execute(sa.text("UPDATE night SET is_applied = true"))
    return nights


def test_older_nights_are_reached_and_one_comes_back(
    overseer: Callable[..., Browser], many_nights: list[date]
) -> None:
    one, asked = overseer("steward"), "type=missing_item&"

    def columns(page: Response) -> list[str]:
        table = page.text.partition('aria-label="Night by night">')[2].partition("</thead>")[0]
        return re.findall(r'class="figures">\w+,? ?(.*?)</th>', table)

    newest = one.get("/overview?" + asked)
    (earlier,) = one.links(newest, f"/overview?{asked}until")
    assert earlier == f"/overview?{asked}until={many_nights[7]}#nights"
    older = one.get(earlier)
    assert len(columns(newest)) == 7 and len(columns(older)) == 4
    assert not {*columns(newest)} & {*columns(older)}
    (later,) = one.links(older, f"/overview?{asked}until")
    assert columns(one.get(later)) == columns(newest)
    assert (
        columns(one.get("/overview?until=2001-01-01"))
        == columns(newest)
        == columns(one.get("/overview?until=x"))
    )
    _, *rows = sheets(one.send(older, "/overview/export"))["Night by night"]
    assert {row[0] for row in rows} <= {night.isoformat() for night in many_nights[7:]}


def test_a_night_says_which_model_and_which_areas_were_new(
    overseer: Callable[..., Browser], county: Database, many_nights: list[date]
) -> None:
    of = "/overview/nights/{}/missing_item"
    steward, officer = overseer("steward"), overseer("officer.north")
    with unit_of_work(county) as work:
        work.connection.execute(
            sa.text("""INSERT INTO area (code, valid_from, valid_to, name, level, parent)
                SELECT '990101001009', :begun, :ended, name, level, parent FROM area WHERE code = :like"""),
            {"like": VILLAGES["n1"], "begun": many_nights[5], "ended": many_nights[3]},
        )
    told = {n: steward.get(of.format(night)).text for n, night in enumerate(many_nights)}
    assert [n for n, page in told.items() if "this night went by m1" in page] == [2]
    assert [n for n, page in told.items() if "area table changed" in page] == [3, 5]
    assert "began to be valid: 1, that ended: 0" in told[5] and "valid: 0, that ended: 1" in told[3]
    assert "went by m1" not in officer.get(of.format(many_nights[2])).text
    assert "area table changed" in officer.get(of.format(many_nights[5])).text


def test_what_a_chart_leaves_out_is_said_and_stands_in_its_numbers(
    overseer: Callable[..., Browser], county: Database
) -> None:
    night = NIGHT - timedelta(days=7)
    with unit_of_work(county) as work:
        for more, type_ in enumerate(TYPES):
            work.connection.execute(
                sa.text("INSERT INTO night_tally VALUES (:night, :type, '', :rows, 0, 0, 0)"),
                {"night": night, "type": type_, "rows": 1000 - more},
            )
    one = overseer("steward")
    words, page = list(TYPES.values()), one.get("/overview")
    drawn, chart = words[:8], one.get("/overview/open.svg").text
    assert f"draws the 8 with the most. In its numbers alone: {', '.join(words[8:])}</p>" in page.text
    assert [word for word in words if f">{word}<" in chart] == drawn
    told = lines_of(page.text, "Not closed at the end of each night, by type")
    (before,) = (row for day, row in told.items() if "24" in day)
    assert before == [str(1000 - number) for number in range(len(words))]
    header, *rows = sheets(one.send(page, "/overview/export"))["Not closed at the end of each night, by type"]
    assert header == ["Night", *words] and rows[-1] == [night.isoformat(), *before]
    townships = lines_of(page.text, "Not closed at the end of each night, by township")
    assert len(townships) == 2 and "draws the 2" not in page.text


@pytest.mark.parametrize("name", ["open", "townships", "births", "steps"])
def test_a_chart_is_an_image_that_names_no_other_place(overseer: Callable[..., Browser], name: str) -> None:
    one = overseer("steward", "zh")
    page, answer = one.get("/overview").text, one.get(f"/overview/{name}.svg")
    assert f'<img src="/overview/{name}.svg"' in page and f'srcset="/overview/{name}.svg?narrow=1"' in page
    narrow = ElementTree.fromstring(one.get(f"/overview/{name}.svg?narrow=1").content)
    assert 240 < float(narrow.attrib["width"]) < 400
    assert answer.status_code == 200 and answer.headers["content-type"] == "image/svg+xml"
    root = ElementTree.fromstring(answer.content)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    for element in root.iter():
        assert element.tag.rpartition("}")[2] not in ("script", "style", "image", "foreignObject", "a")
        assert not any("href" in attribute or attribute == "style" for attribute in element.attrib)


def test_the_page_without_reports_says_what_is_missing(browser: Callable[..., Browser]) -> None:
    one = browser("officer.north")
    page = one.get("/overview").text
    assert "has estimated nothing" in page and "No department has told of a birth yet" in page
    assert one.get("/overview/births.svg").status_code == 404
    assert one.get("/overview/none.svg").content == one.get("/no/such/page").content


@pytest.mark.parametrize("language", ["zh", "en"])
def test_estimates_and_steps_are_taken_out_as_each_role_sees_them(
    overseer: Callable[..., Browser], county: Database, language: str
) -> None:
    unregistered(county)
    for user, is_of_county in (("steward", True), ("officer.north", False)):
        one = overseer(user, language)
        told = sheets(one.send(one.get("/overview"), "/overview/export"))
        births = told["Births on the register, by estimate" if language == "en" else "出生登记率估计"][1:]
        whole = "whole county" if language == "en" else "全县"
        assert (whole in {row[0] for row in births}) == is_of_county
        assert ["90.0 %", "81.0 %", "99.0 %"] in [row[4:7] for row in births]
        funnel = told[
            "From the notice of a birth to the register" if language == "en" else "从出生报告到入册"
        ]
        assert [row[-1] for row in funnel if row[0] == TOWNSHIPS["north"]] == ["2"]
        south = TOWNSHIPS["south"]
        assert (south in str(told)) == is_of_county and "Project-Id" not in str(told)
        assert ("m1" in str(told)) == is_of_county

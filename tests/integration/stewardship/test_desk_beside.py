"""The register beside its sources, as the page has them: whence each column is, what is left out, and what each night's version said."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from api_clients import system_of
from desk_clients import SECRETS, Browser, FixedSources, discrepancy_of, status_of, unzipped
from desk_county import COUNTY, NIGHT, NOW, VILLAGES
from openpyxl import load_workbook

from register.access import Desk
from register.database import Database
from register.work import unit_of_work
from stewardship.showing import MOST_COLUMNS
from stewardship.sources import Place, Said

Of = Callable[..., Browser]


def changed(database: Database, *statements: str, **given: Any) -> None:
    with database.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement), given)


def plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def head_of(page: str) -> str:
    return plain(page.split('<table class="matrix stacked">')[1].split("</thead>")[0])


@pytest.mark.parametrize("place", ["", "/preview"])
def test_over_a_column_stand_file_sheet_and_row_and_over_the_proposed_one_why(
    browser: Of, county: Database, place: str
) -> None:
    id_ = discrepancy_of(county, "n1")
    changed(
        county,
        "UPDATE evidence SET sheet = '一月' WHERE discrepancy_id = :id",
        "UPDATE discrepancy SET reason = 'by:police_residents;for:2;against:1;lunar' WHERE discrepancy_id = :id",
        id=id_,
    )
    head = head_of(browser("clerk.n1").get(f"/discrepancies/{id_}{place}").text)
    assert re.search(r"n1 sheet 一月 row \d+, arrived", head), head
    proposed = head.split("Proposed")[1]
    assert "Told by: " in proposed and "one date is by the lunar calendar" in proposed
    assert "for it" not in proposed and "against" not in proposed


def test_rows_that_have_no_column_are_counted(browser: Of, county: Database) -> None:
    id_ = discrepancy_of(county, "n1")
    insert = """INSERT INTO evidence (discrepancy_id, feed, file, sheet, "row", role, person_no, content_key, unit)
        SELECT :id, 'police_residents', 'n1', '', 100 + n, 'self', '', 'more' || n, '' FROM generate_series(1, :more) AS n"""
    changed(county, insert, id=id_, more=MOST_COLUMNS - 1)
    one = browser("clerk.n1")
    assert "listed below" not in one.get(f"/discrepancies/{id_}").text
    changed(county, insert.replace("'more'", "'yet more'").replace("100", "200"), id=id_, more=3)
    assert "and 3 more rows, listed below" in plain(one.get(f"/discrepancies/{id_}").text)


def test_what_the_source_leaves_out_is_said_by_a_sign_and_a_word(
    browser: Of, county: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = FixedSources.said

    def shorter(self: FixedSources, places: Collection[Place]) -> Mapping[Place, Said]:
        return {place: {**row, "phone": "1398765432"} for place, row in said(self, places).items()}

    monkeypatch.setattr(FixedSources, "said", shorter)
    id_ = discrepancy_of(county, "n1")
    changed(county, "UPDATE person SET phone = '13987654321' WHERE person_no = 'n1'")
    page = browser("clerk.n1").get(f"/discrepancies/{id_}").text
    gap = '<mark class="gap"><b aria-hidden="true">‸</b><span class="unseen">[left out]</span></mark>'
    assert f"139●●●5432{gap}" in page and not any(secret in page for secret in SECRETS)


def test_of_a_household_that_stands_twice_the_pairs_are_told_to_a_clerk_too(
    browser: Of, county: Database
) -> None:
    id_, pair = discrepancy_of(county, "n1"), discrepancy_of(county, "n2")
    both = "field = NULL, proposed_value = NULL, person_no = 'n1', person_no_2 = 'n2', area_code = :area WHERE discrepancy_id ="
    changed(
        county,
        f"UPDATE discrepancy SET type = 'duplicate_household', household_no = 'H-n1', {both} :id",
        f"UPDATE discrepancy SET type = 'duplicate_person', {both} :pair",
        "UPDATE person SET area_code = :area, name = '赵大海', birth_date = '1990-01-01' WHERE person_no IN ('n1', 'n2')",
        id=id_,
        pair=pair,
        area=VILLAGES["n1"],
    )
    for user in ("clerk.n1", "steward"):
        one = browser(user)
        page = one.get(f"/discrepancies/{id_}").text
        told = page.partition('id="doubles"')[2].partition("</section>")[0]
        assert f"/discrepancies/{pair}" in told and "needs checking" in told
        assert plain(told).count("赵●海") == 2 and "赵大海" not in page
        assert 'id="doubles"' not in one.get(f"/discrepancies/{id_}/preview").text
    changed(county, "UPDATE discrepancy SET status = 'resolved' WHERE discrepancy_id = :pair", pair=pair)
    assert 'id="doubles"' not in browser("steward").get(f"/discrepancies/{id_}").text


def test_who_belongs_to_a_missing_household_is_masked_by_their_own_row(
    browser: Of, county: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = {
        1: {"name": "张建国", "birth_date": "1970-01-01", "relation_to_head": "户主"},
        102: {"name": "李小宝", "birth_date": "2019-01-01", "relation_to_head": "子"},
        103: {"name": "赵大山", "birth_date": "", "relation_to_head": "父"},
    }
    monkeypatch.setattr(
        FixedSources, "said", lambda self, places: {one: people.get(one.row, people[1]) for one in places}
    )
    id_ = discrepancy_of(county, "n1")
    changed(
        county,
        "UPDATE discrepancy SET type = 'missing_household', person_no = NULL, household_no = NULL, field = NULL, proposed_value = NULL WHERE discrepancy_id = :id",
        """INSERT INTO evidence (discrepancy_id, feed, file, sheet, "row", role, person_no, unit, content_key)
        SELECT discrepancy_id, feed, file, sheet, more, role, person_no, unit, content_key || more
        FROM evidence, generate_series(102, 103) AS more WHERE discrepancy_id = :id""",
        id=id_,
    )
    for user in ("clerk.n1", "steward"):
        one = browser(user)
        for place in (f"/discrepancies/{id_}", f"/discrepancies/{id_}/preview"):
            page = one.get(place).text
            names = re.findall(r"[张李赵][●大小建国山宝]+", page.split('<table class="matrix stacked">')[1])
            assert names == ["张●国", "李●●", "赵●●"]
            assert 'data-said="row 102"' in page
            assert "Is the household with 张●国 (born 1 Jan 1970) missing" in plain(page)
        assert "张●国" in one.get("/queue?type=missing_household").text


def test_a_row_of_the_register_that_it_rests_on_says_whose_it_is(browser: Of, county: Database) -> None:
    id_ = discrepancy_of(county, "n1")
    changed(
        county,
        """INSERT INTO evidence (discrepancy_id, feed, file, sheet, "row", role, person_no, unit, content_key)
        SELECT CAST(:id AS text), 'register', '', '', 0, 'self', person_no, '', person_no FROM unnest(ARRAY['n1', 'n2']) AS p (person_no)""",
        id=id_,
    )
    page = browser("officer.north").get(f"/discrepancies/{id_}").text
    rows = page.partition("Rows it rests on")[2].partition("</table>")[0]
    assert re.findall(r'href="/persons/(\w+)"', rows) == ["n1", "n2"]


def test_a_night_says_what_its_version_said_and_marks_what_was_otherwise_before(
    browser: Of, county: Database
) -> None:
    id_ = discrepancy_of(county, "n1")
    changed(
        county,
        "UPDATE discrepancy_version SET register_value = '13812345678', proposed_value = '13987654321', confidence = 0.71 WHERE discrepancy_id = :id",
        """INSERT INTO discrepancy_version (discrepancy_id, evidence_version, night, event, evidence_hash, register_value, proposed_value,
            confidence) VALUES (:id, 2, :night, 'changed', 'h2', '13812345678', '13987154321', 0.93)""",
        id=id_,
        night=NIGHT,
    )
    one = browser("officer.north")
    page = one.get(f"/discrepancies/{id_}").text
    history = page.split('class="history"')[1].split("</ol>")[0]
    second, first = (line for line in history.split("<li>") if "night of" in line)
    assert "138●●●●5678 → 139●●<mark>●</mark>●4321" in second and "0.93" in second
    assert "138●●●●5678 → 139●●●●4321" in first and "0.71" in first and "opened by the night" in first
    assert "13987154321" not in page and not any(secret in page for secret in SECRETS)
    answer = one.send(one.get(f"/discrepancies/{id_}"), f"/discrepancies/{id_}/export")
    sheet = load_workbook(io.BytesIO(answer.content))["History"]
    told = [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell]
    assert any("138●●●●5678 → 139●●●●4321" in text for text in told)


def test_a_night_that_proposed_nothing_for_the_register_s_value_has_that_alone(
    browser: Of, county: Database
) -> None:
    id_ = discrepancy_of(county, "n1")
    changed(
        county,
        "UPDATE discrepancy SET type = 'wrong_household', field = NULL, proposed_value = NULL WHERE discrepancy_id = :id",
        "UPDATE discrepancy_version SET register_value = 'H-n1', proposed_value = NULL WHERE discrepancy_id = :id",
        id=id_,
    )
    one = browser("officer.north")
    history = plain(one.get(f"/discrepancies/{id_}").text.split('class="history"')[1])
    assert "household number H-n1 ·" in history and "→ ∅" not in history


def test_leave_shows_the_values_of_versions_too(browser: Of, county: Database) -> None:
    id_ = discrepancy_of(county, "n1")
    changed(
        county,
        "UPDATE discrepancy_version SET proposed_value = '13987654321' WHERE discrepancy_id = :id",
        "UPDATE person SET birth_date = '1980-01-01' WHERE person_no = 'n1'",
        id=id_,
    )
    one = browser("officer.north")
    place = f"/discrepancies/{id_}"
    assert one.send(one.get(place), f"{place}/reveal", why="the family is here").status_code == 303
    assert "∅ → 13987654321" in plain(one.get(place).text.split('class="history"')[1])


FORESEEN = "What would change on the register"


def foreseen(browser: Browser, id_: str) -> str:
    text = browser.get(f"/discrepancies/{id_}").text
    assert not any(secret in text for secret in SECRETS)
    return plain(text.split(f'id="foreseen">{FORESEEN}')[1].split('<section class="actions"')[0])


@pytest.mark.parametrize("user", ["clerk.n1", "officer.north", "steward"])
def test_a_death_says_who_would_go_before_it_is_proposed_also_to_a_clerk(
    browser: Of, county: Database, user: str
) -> None:
    id_ = discrepancy_of(county, "n1")
    one = browser(user)
    assert FORESEEN not in one.get(f"/discrepancies/{id_}").text  # a field has its column
    changed(
        county,
        "UPDATE discrepancy SET type = 'deceased_active', household_no = 'H-n1', field = NULL, proposed_value = NULL WHERE discrepancy_id = :id",
        id=id_,
    )
    told = foreseen(one, id_)
    assert (
        "no longer on the register" in told and "H-n1 · ● nobody is left in it" in told and "✕ goes" in told
    )


def test_a_merge_says_who_stays_and_who_goes(browser: Of, county: Database) -> None:
    id_ = discrepancy_of(county, "n1")
    changed(
        county,
        "UPDATE discrepancy SET type = 'duplicate_person', field = NULL, proposed_value = NULL, person_no_2 = 'n2' WHERE discrepancy_id = :id",
        id=id_,
    )
    told = foreseen(browser("officer.north"), id_)
    assert "stays on the register as it is" in told and "no longer on the register" in told


@pytest.mark.parametrize("type_", ["duplicate_person", "shared_id_number", "duplicate_household"])
def test_who_is_registered_outside_the_area_has_no_column_and_is_said_to_be_there(
    browser: Of, county: Database, type_: str
) -> None:
    id_ = discrepancy_of(county, "n1")
    changed(
        county,
        "UPDATE discrepancy SET type = :type, field = NULL, proposed_value = NULL, person_no_2 = 's1' WHERE discrepancy_id = :id",
        id=id_,
        type=type_,
    )
    for user, has_both in (("clerk.n1", False), ("steward", True)):
        for place in (f"/discrepancies/{id_}", f"/discrepancies/{id_}/preview"):
            page = browser(user).get(place).text
            assert page.count('<th scope="col">Population register') == 1 + has_both
            assert has_both or 'href="/persons/s1"' not in page
            assert ("The other one is registered outside your area" in page) != has_both
            is_asked = "somebody registered outside your area" in page
            assert is_asked == (not has_both and type_ != "duplicate_household")


@pytest.mark.parametrize("status", ["open", "resolved"])
@pytest.mark.parametrize(
    "type_", ["duplicate_person", "shared_id_number", "duplicate_household", "possible_link"]
)
def test_who_is_registered_outside_the_area_is_not_told_by_the_number_either(
    browser: Of, county: Database, desk: Desk, type_: str, status: str
) -> None:
    id_, number = discrepancy_of(county, "n1"), "RK99010200012345"
    changed(
        county,
        "UPDATE person SET person_no = :number WHERE person_no = 's1'",
        "UPDATE membership SET person_no = :number WHERE person_no = 's1'",
        "UPDATE discrepancy SET type = :type, field = NULL, proposed_value = NULL, status = :status, "
        f"{'person_no' if type_ == 'possible_link' else 'person_no_2'} = :number WHERE discrepancy_id = :id",
        """INSERT INTO evidence (discrepancy_id, feed, file, sheet, "row", role, person_no, content_key, unit)
        VALUES (:id, 'register', '', '', 0, 'self', :number, '', '')""",
        id=id_,
        number=number,
        type=type_,
        status=status,
    )
    for user, is_seen in (("clerk.n1", False), ("officer.north", False), ("steward", True)):
        one, place = browser(user), f"/discrepancies/{id_}"
        page = one.get(place)
        book = unzipped(one.send(page, f"{place}/export")).decode()
        for text in (page.text, book):
            assert (number in text) == is_seen == ("a person outside your area" not in text)
        told = [one.get(other).text for other in (f"{place}/preview", f"/queue?status={status}&type={type_}")]
        told.append(system_of(desk, county, user).get(place).text)
        assert all(id_ in text for text in told)
        assert is_seen or not any(number in text for text in told)
        listed = one.send(one.get(f"/queue?status={status}"), "/queue/export")
        assert number.encode() not in unzipped(listed)


def test_who_a_row_may_mean_outside_the_area_is_said_to_be_there(browser: Of, county: Database) -> None:
    id_ = discrepancy_of(county, "n1")
    changed(
        county,
        "UPDATE discrepancy SET type = 'possible_link', field = NULL, proposed_value = NULL, person_no = 's1' WHERE discrepancy_id = :id",
        id=id_,
    )
    for user, is_seen in (("officer.north", False), ("steward", True)):
        page = browser(user).get(f"/discrepancies/{id_}").text
        assert ("The other one is registered outside your area" in page) != is_seen
        assert page.count('<th scope="col">Population register') == is_seen
        assert ('href="/persons/s1"' in page) == is_seen


@pytest.fixture
def of_both(county: Database) -> str:
    """One of two persons is registered where officers of the north see nobody."""
    id_ = discrepancy_of(county, "n1")
    changed(
        county,
        "UPDATE discrepancy SET type = 'duplicate_person', field = NULL, proposed_value = NULL, person_no_2 = 's1' WHERE discrepancy_id = :id",
        id=id_,
    )
    return id_


def test_who_sees_one_of_two_hands_it_on_to_a_steward_with_a_note(
    browser: Of, county: Database, of_both: str
) -> None:
    one, steward, place = browser("officer.north"), browser("steward"), f"/discrepancies/{of_both}"
    page = one.get(place)
    assert one.form(page, f"{place}/hand-on")[1].keys() >= {"token", "seen", "text"}
    offered = page.text.partition("/hand-on")[2].partition("</form>")[0]
    assert re.findall(r'<option value="([^"]+)"', offered) == ["steward"], "and no officer or clerk"
    empty = one.send(page, f"{place}/hand-on", text=" ", to="steward")
    assert empty.status_code == 422 and "the note was empty" in empty.text
    answer = one.send(page, f"{place}/hand-on", text="born here, the papers are right", to="steward")
    following = answer.headers["location"]
    assert answer.status_code == 303 and following.endswith(f"?handed={of_both}") and place not in following
    assert "The one before is handed on" in one.get(following).text
    told = steward.get(f"{place}?tab=mine").text
    assert "born here, the papers are right" in told and "/hand-on" not in told
    assert of_both in steward.get("/queue?tab=mine").text
    assert status_of(county, of_both) == "open"
    again = one.get(place).text
    assert "has it and sees both" in again and "/hand-on" not in again
    late = one.send(page, f"{place}/hand-on", text="once more <here>", to="steward")
    assert late.status_code == 409 and 'value="once more &lt;here&gt;"' in late.text
    assert "once more" not in steward.get(place).text, "nothing of it was written"


def test_the_last_one_of_a_list_is_handed_on_to_the_queue_which_says_so(
    browser: Of, county: Database, of_both: str
) -> None:
    one, place = browser("officer.north"), f"/discrepancies/{of_both}"
    form = f"{place}/hand-on?type=duplicate_person"
    page = one.get(f"{place}?type=duplicate_person")
    answer = one.send(page, form, text="born here", to="steward")
    assert answer.headers["location"] == f"/queue?type=duplicate_person&handed={of_both}"
    assert "The one before is handed on" in one.get(answer.headers["location"]).text


@pytest.mark.parametrize("to", ["-", "", "officer.north", "officer.south", "clerk.n1", "no-such"])
def test_it_is_handed_on_to_stewards_alone(browser: Of, county: Database, of_both: str, to: str) -> None:
    one, place = browser("officer.north"), f"/discrepancies/{of_both}"
    answer = one.send(one.get(place), f"{place}/hand-on", text="born here", to=to)
    assert answer.status_code == 422 and 'value="born here"' in answer.text
    assert 'class="history"' not in answer.text or "<q>born here" not in answer.text


def test_of_several_stewards_the_one_with_the_fewest_stands_first_and_a_choice_is_kept(
    browser: Of, county: Database, of_both: str
) -> None:
    one, place = browser("officer.north"), f"/discrepancies/{of_both}"
    with unit_of_work(county) as work:
        work.grants.add_user("a.steward", "A. Steward", "operator", NOW)
        work.grants.grant("a.steward", "steward", "operator", NOW, area_code=COUNTY)

    def offered(text: str) -> list[str]:
        part = text.partition("/hand-on")[2].partition("</form>")[0]
        return re.findall(r'<option value="([^"]+)"', part)

    assigned = "UPDATE discrepancy SET assignee = :to WHERE discrepancy_id = :id"
    changed(county, assigned, to="a.steward", id=discrepancy_of(county, "n2"))
    page = one.get(place)
    assert offered(page.text) == ["steward", "a.steward"]
    changed(county, assigned, to="officer.north", id=of_both)
    late = one.send(page, f"{place}/hand-on", text="born here", to="a.steward")
    assert late.status_code == 409 and '<option value="a.steward" selected>' in late.text


def test_where_one_has_both_in_view_or_may_not_assign_nothing_is_handed_on(
    browser: Of, county: Database, of_both: str
) -> None:
    for user in ("clerk.n1", "steward"):
        assert "/hand-on" not in browser(user).get(f"/discrepancies/{of_both}").text
    one = browser("clerk.n1")
    told = {"token": one.token(), "text": "x", "to": "steward", "seen": ""}
    assert one.post(f"/discrepancies/{of_both}/hand-on", told).status_code == 404
    other = discrepancy_of(county, "n2")
    assert "/hand-on" not in browser("officer.north").get(f"/discrepancies/{other}").text


def test_of_a_move_the_household_that_one_may_not_see_is_not_said_to_be_new(
    browser: Of, county: Database
) -> None:
    id_ = discrepancy_of(county, "n1")
    changed(
        county,
        "UPDATE discrepancy SET type = 'wrong_household', household_no = 'H-n1', field = NULL, proposed_value = 'H-s1' WHERE discrepancy_id = :id",
        id=id_,
    )
    assert "not on the register yet" not in foreseen(browser("clerk.n1"), id_)
    told = foreseen(browser("steward"), id_)
    assert "H-n1 · ● nobody is left in it" in told and "H-s1" in told and "＋ comes" in told


def test_a_change_that_waits_or_is_no_longer_possible_foresees_nothing(browser: Of, county: Database) -> None:
    id_ = discrepancy_of(county, "n1")
    changed(
        county,
        "UPDATE discrepancy SET type = 'deceased_active', household_no = 'H-n1', field = NULL, proposed_value = NULL WHERE discrepancy_id = :id",
        id=id_,
    )
    one = browser("officer.north")
    place = f"/discrepancies/{id_}/propose"
    assert one.send(one.get(place), place).status_code == 303
    assert FORESEEN not in one.get(f"/discrepancies/{id_}").text

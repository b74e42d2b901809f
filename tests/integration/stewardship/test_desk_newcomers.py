"""A birth or a missing person is proposed for the register: from what departments say, corrected where it is not right, never unmasked on the way."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date
from typing import Final

import pytest
import sqlalchemy as sa
from desk_clients import SECRETS, Browser, change_of, discrepancy_of, status_of
from desk_county import NIGHT, PLACES, VILLAGES
from register_rows import person, records

from register.change_plans import NEW, Row
from register.changes import Change
from register.database import Database
from register.importing import import_snapshot
from register.work import unit_of_work

Of = Callable[..., Browser]
ID: Final = "Dbbbb00000001"
NUMBER: Final = "990101202604300028"
PROPOSE: Final = f"/discrepancies/{ID}/propose"


def newcomer(database: Database, type_: str = "unregistered_birth") -> None:
    """A night's discrepancy about somebody who is on no row of the register, with a department's row as evidence."""
    with database.begin() as connection:
        connection.execute(
            sa.text("""
INSERT INTO discrepancy (discrepancy_id, type, subject, status, priority, confidence, area_code, household_no, reason, evidence_hash,
    evidence_version, evidence_count, first_night, last_night)
VALUES (:id, :type, 'E1', 'open', 1, 0.98, :area, 'H-n1', 'seen:police_residents', 'h', 1, 1, :night, :night)
"""),
            {"id": ID, "type": type_, "area": VILLAGES["n1"], "night": NIGHT},
        )
        connection.execute(
            sa.text("""
INSERT INTO evidence (discrepancy_id, feed, file, sheet, "row", role, person_no, content_key, unit)
VALUES (:id, 'police_residents', 'n1', '', 9, 'self', '', 'k9', '')
"""),
            {"id": ID},
        )


@pytest.fixture
def birth(county: Database) -> Database:
    newcomer(county)
    return county


def made(database: Database) -> Change:
    with database.read() as connection:
        query = sa.text("SELECT max(change_id) FROM register_change WHERE discrepancy_id = :id")
        number = connection.scalar(query, {"id": ID})
    assert number is not None
    return change_of(database, int(number))


def changed(page: str) -> str:
    """The card that says what is otherwise since the form was opened."""
    return page.split("What changed</h2>")[1].split("</section>")[0]


def entered(database: Database) -> Row:
    return made(database).plan.after[NEW] or {}


@pytest.mark.parametrize("type_", ["unregistered_birth", "missing_person"])
def test_what_departments_say_is_entered_though_the_browser_never_has_it(
    browser: Of, county: Database, type_: str
) -> None:
    newcomer(county, type_)
    one = browser("officer.north")
    assert one.links(one.get(f"/discrepancies/{ID}"), PROPOSE)
    page = one.get(PROPOSE)
    assert "王●●" in page.text and "139●●●●●●●●" in page.text and "马●英" in page.text
    assert not any(secret in page.text for secret in SECRETS)
    assert one.send(page, PROPOSE).status_code == 303
    row = entered(county)
    assert (made(county).kind, made(county).proposed_by, status_of(county, ID)) == (
        "add_person",
        "officer.north",
        "waiting",
    )
    assert (row["name"], row["phone"], row["mother_name"]) == ("王小明", "13987654321", "马秀英")
    assert (row["household_no"], row["head_name"], row["area_code"]) == ("H-n1", "n1", VILLAGES["n1"])
    assert row["id_number"] is None  # its check digit says that it is nobody's


def test_a_value_is_corrected_or_left_out_before_it_is_proposed(browser: Of, birth: Database) -> None:
    one = browser("officer.north")
    typed = {
        "to_name": "王晓明",
        "to_birth_date": "2026-04-30",
        "to_id_number": "990101 20260430 0028",
        "to_household_no": "H-n2",
        "to_area_code": VILLAGES["n2"],
        "no_phone": "1",
    }
    assert one.send(one.get(PROPOSE), PROPOSE, **typed).status_code == 303
    row = entered(birth)
    assert (row["name"], row["birth_date"], row["phone"]) == ("王晓明", "2026-04-30", None)
    assert (row["id_number"], row["household_no"], row["area_code"]) == (NUMBER, "H-n2", VILLAGES["n2"])


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        pytest.param(
            {"to_id_number": NUMBER[:-1] + "1"}, "ID number: this is no valid ID number", id="number"
        ),
        pytest.param({"to_sex": "dog"}, "sex: choose", id="sex"),
        pytest.param(
            {"to_mother_id": "11"}, "mother&#39;s ID number: this is no valid", id="mother's number"
        ),
        pytest.param({"to_birth_date": "30 April"}, "Write the date of birth as", id="date"),
        pytest.param(
            {"to_name": "n1", "to_birth_date": "1990-01-01", "no_sex": "1"},
            "is on the register already. Nothing was proposed",
            id="there",
        ),
    ],
)
def test_what_cannot_be_proposed_is_said_and_what_was_typed_stays(
    browser: Of, birth: Database, typed: dict[str, str], told: str
) -> None:
    one = browser("steward")
    answer = one.send(one.get(PROPOSE), PROPOSE, to_hukou_address="<b>汉", **typed)
    assert answer.status_code == 422 and told in answer.text and 'value="&lt;b&gt;汉"' in answer.text
    assert not any(secret in answer.text for secret in SECRETS)
    assert status_of(birth, ID) == "open"


def test_an_area_that_is_not_one_s_own_is_not_to_be_had(browser: Of, birth: Database) -> None:
    one = browser("officer.north")
    page = one.get(PROPOSE)
    offered = set(re.findall(r'<option value="(\d{12})"', page.text))
    assert offered == {VILLAGES["n1"], VILLAGES["n2"]}
    assert one.send(page, PROPOSE, to_area_code=VILLAGES["s1"]).status_code == 404
    assert status_of(birth, ID) == "open"


@pytest.mark.parametrize("number", ["nonsense", "H-s1"], ids=["on no register", "elsewhere"])
def test_a_household_that_one_does_not_see_is_not_typed(browser: Of, birth: Database, number: str) -> None:
    one = browser("officer.north")
    for sent in ({}, {"look": "1"}):
        answer = one.send(one.get(PROPOSE), PROPOSE, to_household_no=number, **sent)
        assert answer.status_code == (200 if sent else 422)
        assert "you see no household with this number" in answer.text and f'value="{number}"' in answer.text
        assert f'<span class="code">{number}' not in answer.text  # no household is made of it
    assert status_of(birth, ID) == "open"


def test_what_would_change_is_shown_of_what_was_typed_before_it_is_proposed(
    browser: Of, birth: Database
) -> None:
    one = browser("officer.north")
    page = one.get(PROPOSE)
    assert "H-n1</span></caption>" in page.text and "new on the register" not in page.text
    looked = one.send(page, PROPOSE, to_household_no="H-n2", to_birth_date="2026-04-29", look="1")
    assert looked.status_code == 200 and status_of(birth, ID) == "open"
    assert "H-n2</span></caption>" in looked.text and "H-n1</span></caption>" not in looked.text
    assert "new on the register" in looked.text and "2026-04-29" in looked.text
    assert not any(secret in looked.text for secret in SECRETS)
    assert one.send(looked, PROPOSE).status_code == 303
    assert entered(birth)["household_no"] == "H-n2"


@pytest.mark.parametrize(
    ("user", "says"), [("officer.north", True), ("steward", False)], ids=["may not see it", "sees it"]
)
def test_a_newcomer_s_household_elsewhere_is_never_said_to_be_new(
    browser: Of, birth: Database, user: str, says: bool
) -> None:
    with birth.begin() as connection:
        connection.execute(
            sa.text("UPDATE discrepancy SET household_no = 'H-s1' WHERE discrepancy_id = :id"), {"id": ID}
        )
    one = browser(user)
    page = one.get(PROPOSE)
    assert one.send(page, PROPOSE).status_code == 303
    for shown in (page.text, one.get(f"/approvals/{made(birth).change_id}").text):
        assert ("outside your area, or not on the register" in shown) is says
        assert "not on the register yet" not in shown


def test_of_two_who_propose_the_second_sees_the_first_and_keeps_what_was_typed(
    browser: Of, birth: Database
) -> None:
    one, other = browser("officer.north"), browser("steward")
    theirs = other.get(PROPOSE)
    one.send(one.get(PROPOSE), PROPOSE)
    answer = other.send(theirs, PROPOSE, to_name="王晓明")
    assert answer.status_code == 409 and 'value="王晓明"' in answer.text
    assert "proposed by officer.north" in answer.text and "Propose it" not in answer.text
    card = changed(answer.text)
    assert re.search(r"needs checking</span> →.*waiting", card) and "proposed by officer.north," in card
    assert "is under way" not in answer.text  # it is the discrepancy's own


def test_whom_somebody_enters_by_another_discrepancy_is_said_with_the_way_to_it(
    browser: Of, birth: Database
) -> None:
    one, other = browser("officer.north"), browser("steward")
    theirs = other.get(PROPOSE)
    assert "is under way" not in theirs.text
    assert one.send(one.get(PROPOSE), PROPOSE).status_code == 303
    number = made(birth).change_id
    with birth.begin() as connection:
        connection.execute(sa.text("UPDATE register_change SET discrepancy_id = NULL"))
        connection.execute(
            sa.text("UPDATE discrepancy SET status = 'open' WHERE discrepancy_id = :id"), {"id": ID}
        )
    answer = other.send(theirs, PROPOSE)
    assert answer.status_code == 409 and "is under way" in answer.text
    assert other.links(answer, f"/approvals/{number}")


def test_new_evidence_while_one_types_is_looked_at_before_it_is_sent_again(
    browser: Of, birth: Database
) -> None:
    one = browser("steward")
    page = one.get(PROPOSE)
    with birth.begin() as connection:
        connection.execute(
            sa.text("UPDATE discrepancy SET evidence_version = 2 WHERE discrepancy_id = :id"), {"id": ID}
        )
        connection.execute(
            sa.text("""
INSERT INTO discrepancy_version (discrepancy_id, evidence_version, night, event, evidence_hash, confidence)
VALUES (:id, 1, '2026-05-01', 'opened', 'h', 0.98), (:id, 2, '2026-05-02', 'changed', 'i', 0.995)
"""),
            {"id": ID},
        )
    answer = one.send(page, PROPOSE, to_name="王晓明")
    assert answer.status_code == 409 and "look at it and send it again" in answer.text
    told = re.findall(r"Evidence of (.*?)</dt>.*?likely", changed(answer.text))
    assert told == ["1 May 2026", "2 May 2026"] and not any(secret in answer.text for secret in SECRETS)
    assert one.send(answer, PROPOSE).status_code == 303
    assert entered(birth)["name"] == "王晓明"


def test_from_the_birth_to_the_register(browser: Of, birth: Database) -> None:
    officer, steward = browser("officer.north"), browser("steward")
    officer.send(officer.get(PROPOSE), PROPOSE, to_birth_date="2026-04-30", to_id_number=NUMBER)
    number = made(birth).change_id
    place = f"/approvals/{number}"
    page = steward.get(place)
    assert "new on the register" in page.text and "comes" in page.text and "王伟" not in page.text
    assert not any(secret in page.text for secret in SECRETS)
    assert steward.send(page, f"{place}/act", kind="approve").status_code == 303
    answer = steward.send(steward.get("/approvals"), "/approvals/file", format="csv")
    (line,) = list(csv.DictReader(io.StringIO(answer.text)))
    assert (line["处理"], line["姓名"], line["户编码"]) == ("新增", "王小明", "H-n1")
    assert (line["人员编码"], line["公民身份号码"]) == ("", NUMBER)
    people = [
        person(2 * n, person_no=at, household_no=f"H-{at}", name=at, area_code=code)
        for n, (at, code) in enumerate(PLACES.items())
    ]
    child = person(
        9, person_no="RY9", name="王晓明", household_no="H8", id_number=NUMBER, area_code=VILLAGES["n1"]
    )
    with unit_of_work(birth) as work:
        report = import_snapshot(
            work.connection, records(*people, child, arrival=date(2026, 6, 1)), date(2026, 6, 1)
        )
    assert report.acknowledged == 1
    change = change_of(birth, number)
    assert (change.state, change.person_nos) == ("acknowledged", ("RY9",))
    assert steward.get(place).status_code == 200


def test_a_clerk_proposes_nobody(browser: Of, birth: Database) -> None:
    one = browser("clerk.n1")
    nothing = one.get("/no/such/page").content
    assert one.links(one.get(f"/discrepancies/{ID}"), PROPOSE) == []
    assert one.get(PROPOSE).content == one.post(PROPOSE, {"token": one.token()}).content == nothing


@pytest.mark.parametrize(
    ("user", "says"), [("officer.north", True), ("steward", False)], ids=["may not see it", "sees it"]
)
def test_a_household_in_another_area_is_said_to_lie_there_and_no_more(
    browser: Of, county: Database, user: str, says: bool
) -> None:
    id_ = discrepancy_of(county, "n1")
    with county.begin() as connection:
        connection.execute(
            sa.text(
                "UPDATE discrepancy SET type = 'wrong_household', field = NULL, register_value = 'H-n1', "
                "proposed_value = 'H-s1' WHERE discrepancy_id = :id"
            ),
            {"id": id_},
        )
    one, place = browser(user), f"/discrepancies/{id_}/propose"
    page = one.get(place)
    assert ("outside your area" in page.text) is says and "not on the register yet" not in page.text
    assert one.send(page, place).status_code == 303
    with unit_of_work(county) as work:
        number = work.changes.of_person("n1")[-1].change_id
    shown = one.get(f"/approvals/{number}").text
    assert ("outside your area" in shown) is says and "not on the register yet" not in shown


def test_who_belongs_to_another_household_is_proposed_to_move(browser: Of, county: Database) -> None:
    id_ = discrepancy_of(county, "n1")
    with county.begin() as connection:
        connection.execute(
            sa.text(
                "UPDATE discrepancy SET type = 'wrong_household', field = NULL, register_value = 'H-n1', "
                "proposed_value = 'H-n2' WHERE discrepancy_id = :id"
            ),
            {"id": id_},
        )
    one = browser("officer.north")
    place = f"/discrepancies/{id_}/propose"
    page = one.get(place)
    assert "nobody is left in it" in page.text and "comes" in page.text
    answer = one.send(page, place, value="brother in law")
    assert answer.status_code == 422 and "relation to head: choose" in answer.text
    assert one.form(answer, place)[1]["value"] == "brother in law"
    assert one.send(page, place, value="Son").status_code == 303
    with unit_of_work(county) as work:
        change = work.changes.of_person("n1")[-1]
    after = change.plan.after["n1"] or {}
    assert (change.kind, after["household_no"], after["relation_to_head"]) == ("move_household", "H-n2", "子")


def test_a_missing_grown_up_is_masked_alike_in_list_page_and_sentence(browser: Of, county: Database) -> None:
    newcomer(county, "missing_person")
    one = browser("officer.north")
    row = next(part for part in one.get("/queue").text.split("<li>") if ID in part)
    page = one.get(f"/discrepancies/{ID}").text
    assert "王●明" in row and "王●●" not in row
    assert (
        'Does <span class="name">王●明</span>' in page
        and "王●●" not in page.split('id="matrix"')[1].split("</table>")[0]
    )
    assert not any(secret in page for secret in SECRETS)

"""Changes that a discrepancy does not say by itself: whose number, who moves out together, who is entered, which household stays."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import Any, Final

import psycopg
import pytest
import sqlalchemy as sa
from desk_clients import PASSWORD, SECRETS, Browser, FixedSources, change_of, discrepancy_of, status_of
from desk_county import NIGHT, VILLAGES
from httpx import Response
from register_rows import person, records

from register.change_plans import Row, newcomer
from register.changes import Change
from register.database import Database
from register.household_plans import MOST_PEOPLE
from register.importing import import_snapshot
from register.work import unit_of_work
from stewardship.keeping import MOST_FIELDS
from stewardship.prepared import Listed, NothingPrepared
from stewardship.proposing.entering import ITEMS
from stewardship.proposing.reading import READERS
from stewardship.showing import BY_FORM

Of = Callable[..., Browser]
KEY: Final = "police_residents:station:12"
NUMBER: Final = "990101202604300028"
OWN: Final = "990101199001010027"  # of who was born when they were, a woman


def put(database: Database, id_: str, **values: Any) -> str:
    """Makes another discrepancy of it; `type` and the columns that the type has."""
    told = {"field": None, "proposed_value": None, "register_value": None, **values}
    with database.begin() as connection:
        put_in = ", ".join(f"{name} = :{name}" for name in told)
        connection.execute(
            sa.text(f"UPDATE discrepancy SET {put_in} WHERE discrepancy_id = :id"), {**told, "id": id_}
        )
        connection.execute(
            sa.text(
                "INSERT INTO night (night, status, is_applied) VALUES (:night, 'finished', true) "
                "ON CONFLICT (night) DO UPDATE SET is_applied = true"
            ),
            {"night": NIGHT},
        )
    return f"/discrepancies/{id_}/propose"


def more_people(database: Database, *numbers: int, **values: str) -> None:
    """On the register too, beside those who are there."""
    homes = {"n1": VILLAGES["n1"], "n2": VILLAGES["n2"], "s1": VILLAGES["s1"]}
    there = [
        {
            **person(2 * at, household_no=f"H-{place}", name=place, area_code=code, hukou_address__area=None),
            "person_no": place,
        }
        for at, (place, code) in enumerate(homes.items())
    ]
    new = [
        person(number, area_code=VILLAGES["n1"], hukou_address__area=None, id_number=None, **values)
        for number in numbers
    ]
    with unit_of_work(database) as work:
        import_snapshot(work.connection, records(*there, *new, arrival=date(2026, 5, 2)), date(2026, 5, 2))


def change_from(database: Database, place: str) -> Change | None:
    with database.read() as connection:
        query = sa.text("SELECT max(change_id) FROM register_change WHERE discrepancy_id = :id")
        number = connection.scalar(query, {"id": place.split("/")[2]})
    return None if number is None else change_of(database, int(number))


def fields_of(one: Browser, page: Response, place: str, **typed: str | None) -> dict[str, str]:
    """What the page's form would send; None is a tick that was taken out."""
    _, fields = one.form(page, place)
    return {name: value for name, value in (fields | typed).items() if value is not None}


def send(one: Browser, place: str, **typed: str | None) -> Response:
    return one.post(place, fields_of(one, one.get(place), place, **typed))


def test_each_type_that_needs_one_has_a_form() -> None:
    assert READERS.keys() == BY_FORM


@pytest.mark.parametrize(
    "type_",
    ["missing_item", "unregistered_birth", *sorted(BY_FORM)],
    ids=lambda type_: type_.replace("_", " "),
)
def test_a_form_is_made_of_one_reading_of_its_discrepancy(
    browser: Of, county: Database, monkeypatch: pytest.MonkeyPatch, type_: str
) -> None:
    of_phone = {"field": "phone", "proposed_value": "13987654321"} if type_ == "missing_item" else {}
    place = put(county, discrepancy_of(county, "n1"), type=type_, household_no="H-n1", **of_phone)
    one, asked, execute = browser("officer.north"), [], psycopg.Cursor.execute

    def noted(cursor: Any, query: Any, *given: Any, **told: Any) -> Any:
        asked.append("FROM discrepancy WHERE discrepancy_id =" in str(query))
        return execute(cursor, query, *given, **told)

    monkeypatch.setattr(psycopg.Cursor, "execute", noted)
    page = one.get(place)
    assert page.status_code == 200 and sum(asked) == 1
    asked.clear()
    assert one.post(place, fields_of(one, page, place, look="1")).status_code == 200 and sum(asked) == 1


def test_of_another_value_is_shown_what_would_change_before_it_is_proposed(
    browser: Of, county: Database
) -> None:
    id_ = discrepancy_of(county, "n1")
    place = put(county, id_, type="inconsistent_field", field="birth_date", proposed_value="1990-10-03")
    one = browser("officer.north")
    looked = one.send(one.get(place), place, value="1990-11-04", look="1")
    assert looked.status_code == 200 and status_of(county, id_) == "open"
    assert "1990-11-04" in _after(looked) and "1990-10-03" not in _after(looked)
    for idle in ("1990-01-01", "yesterday"):
        looked = one.send(one.get(place), place, value=idle, look="1")
        assert "shows already what you typed" in looked.text and "1990-10-03" in _after(looked)
        assert f'value="{idle}"' in looked.text
    assert one.send(looked, place, value="1990-11-04").status_code == 303
    change = change_from(county, place)
    assert change is not None and (change.plan.after["n1"] or {})["birth_date"] == "1990-11-04"


def _after(page: Response) -> str:
    """The text of what would change, without the marks of its parts."""
    table = page.text.split('class="plain-table effects"')[1].split("</table>")[0]
    return re.sub(r"<[^>]*>", "", table)


class Police(NothingPrepared):
    def __init__(self, *people: Listed) -> None:
        self.people = people

    def listed(self, night: date, homes: Collection[str]) -> Sequence[Listed]:
        return [one for one in self.people if (one.household_no or one.household_key) in homes]


# What a discrepancy says by itself, with another value.


def an_item(county: Database, field: str, proposed: str) -> str:
    return put(
        county, discrepancy_of(county, "n1"), type="inconsistent_field", field=field, proposed_value=proposed
    )


@pytest.mark.parametrize(
    ("field", "proposed", "typed", "entered"),
    [
        ("sex", "女", "Female", "女"),
        ("ethnicity", "壮族", "han", "汉族"),
        ("ethnicity", "壮族", "回", "回族"),
        ("marital_status", "已婚", "divorced", "离异"),
        ("id_number", NUMBER, f"{OWN[:6]} {OWN[6:14]} {OWN[14:]}", OWN),
        ("mother_id", NUMBER, OWN, OWN),
        ("birth_date", "1990-10-03", " 1990-07-05 ", "1990-07-05"),
        ("hukou_address", "六组", "<七组>", "<七组>"),
    ],
)
def test_another_value_is_proposed_as_the_register_would_show_it(
    browser: Of, county: Database, field: str, proposed: str, typed: str, entered: str
) -> None:
    place = an_item(county, field, proposed)
    assert send(browser("officer.north"), place, value=typed).status_code == 303
    change = change_from(county, place)
    assert change is not None and (change.plan.after["n1"] or {})[field] == entered


@pytest.mark.parametrize(
    ("field", "proposed", "typed", "told"),
    [
        ("sex", "女", "dog", "sex: choose"),
        ("ethnicity", "壮族", "<b>Purple", "ethnicity: choose"),
        ("marital_status", "已婚", "Purple people", "marital status: choose"),
        ("id_number", NUMBER, "123", "ID number: this is no valid"),
        ("id_number", OWN, NUMBER, "Somebody else on the register has this number"),
        ("mother_id", NUMBER, "11", "mother&#39;s ID number: this is no valid"),
        ("father_id", NUMBER, NUMBER[:-1] + "1", "father&#39;s ID number: this is no valid"),
        ("birth_date", "1990-10-03", "5 July 1990", "Write the date of birth as"),
        ("birth_date", "1990-10-03", "2025-02-29", "Write the date of birth as"),
        ("birth_date", "1990-10-03", "2099-01-01", "lies ahead"),
        ("birth_date", "1990-10-03", "1990-01-01", "The register shows this already"),
    ],
)
def test_another_value_that_is_none_is_said_and_stays(
    browser: Of, county: Database, field: str, proposed: str, typed: str, told: str
) -> None:
    with county.begin() as connection:
        connection.execute(
            sa.text("UPDATE person SET id_number = :it WHERE person_no = 'n2'"), {"it": NUMBER}
        )
        connection.execute(sa.text("UPDATE person SET birth_date = '1990-01-01' WHERE person_no = 'n1'"))
    place, one = an_item(county, field, proposed), browser("officer.north")
    answer = send(one, place, value=typed)
    assert answer.status_code == 422 and told in answer.text and 'aria-invalid="true"' in answer.text
    assert one.form(answer, place)[1]["value"] == typed
    assert change_from(county, place) is None


def test_few_values_are_chosen_and_many_are_offered_in_the_reader_s_words(
    browser: Of, county: Database
) -> None:
    one = browser("officer.north")
    page = one.get(an_item(county, "marital_status", "已婚")).text
    assert '<option value="离异">divorced</option>' in page and 'value="离婚"' not in page
    assert '<option value="女">female</option>' in one.get(an_item(county, "sex", "女")).text
    page = one.get(an_item(county, "ethnicity", "壮族")).text
    assert 'list="offered-ethnicity"' in page and '<option value="汉族">Han</option>' in page


# One number on two people.


@pytest.fixture
def shared(county: Database) -> str:
    return put(
        county,
        discrepancy_of(county, "n1"),
        type="shared_id_number",
        person_no_2="n2",
        field="id_number",
        register_value="990101199001011234",
        household_no="H-n1",
    )


def test_of_two_with_one_number_somebody_says_whose_is_another(
    browser: Of, county: Database, shared: str
) -> None:
    one = browser("officer.north")
    page = one.get(shared)
    assert one.links(one.get(f"/discrepancies/{shared.split('/')[2]}"), shared)
    assert 'value="n1"' in page.text and 'value="n2"' in page.text
    assert not any(secret in page.text for secret in SECRETS)
    with county.begin() as connection:
        connection.execute(sa.text("UPDATE person SET sex = '女' WHERE person_no = 'n2'"))
    answer = send(one, shared, who="n2", number=f"{OWN[:6]} {OWN[6:14]} {OWN[14:]}")
    assert answer.status_code == 303
    change = change_from(county, shared)
    assert change is not None and (change.kind, change.person_nos) == ("field", ("n2",))
    assert (change.plan.after["n2"] or {})["id_number"] == OWN
    assert status_of(county, shared.split("/")[2]) == "waiting"


def test_a_number_that_nobody_knows_yet_is_left_blank(browser: Of, county: Database, shared: str) -> None:
    assert send(browser("steward"), shared, who="n1", unknown="1").status_code == 303
    change = change_from(county, shared)
    assert change is not None and (change.plan.after["n1"] or {})["id_number"] is None


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        pytest.param({"who": "s1", "number": NUMBER}, "Choose whose number", id="somebody else"),
        pytest.param({"who": "n1"}, "Write a valid ID number", id="no number"),
        pytest.param(
            {"who": "n1", "number": NUMBER[:-1] + "1"}, "Write a valid ID number", id="none that is valid"
        ),
        pytest.param({"who": "n1", "number": NUMBER, "unknown": "1"}, "Either write the number", id="both"),
    ],
)
def test_what_is_not_enough_is_said_and_what_was_typed_stays(
    browser: Of, county: Database, shared: str, typed: dict[str, str], told: str
) -> None:
    answer = send(browser("officer.north"), shared, **typed)
    assert answer.status_code == 422 and told in answer.text
    assert typed.get("number", "") in answer.text
    assert change_from(county, shared) is None


def test_with_whom_the_number_agrees_is_said_and_who_alone_differs_is_chosen_at_first(
    browser: Of, county: Database
) -> None:
    with county.begin() as connection:
        connection.execute(sa.text("UPDATE person SET birth_date = '2026-04-30' WHERE person_no = 'n1'"))
    place = put(
        county,
        discrepancy_of(county, "n1"),
        type="shared_id_number",
        person_no_2="n2",
        field="id_number",
        register_value=NUMBER,
        household_no="H-n1",
    )
    page = browser("officer.north").get(place).text
    lines = [line for line in page.splitlines() if 'name="who"' in line]
    assert ["birth date and sex are those in the number" in line for line in lines] == [True, False]
    assert ["checked" in line for line in lines] == [False, True]
    assert NUMBER not in page


def test_a_number_of_another_birth_date_or_sex_is_proposed_only_by_who_is_sure(
    browser: Of, county: Database, shared: str
) -> None:
    one = browser("officer.north")
    answer = send(one, shared, who="n1", number=NUMBER)
    assert answer.status_code == 422 and "another date of birth or sex" in answer.text
    assert 'name="sure"' in answer.text and NUMBER in answer.text
    assert (
        one.post(shared, fields_of(one, answer, shared, who="n1", number=NUMBER, sure="1")).status_code == 303
    )
    assert change_from(county, shared) is not None


def test_a_number_that_somebody_else_has_is_not_proposed(browser: Of, county: Database, shared: str) -> None:
    with county.begin() as connection:
        connection.execute(sa.text("UPDATE person SET id_number = :own WHERE person_no = 's1'"), {"own": OWN})
        connection.execute(sa.text("UPDATE person SET sex = '女' WHERE person_no = 'n1'"))
    answer = send(browser("steward"), shared, who="n1", number=OWN)
    assert answer.status_code == 422 and "Somebody else on the register has this number" in answer.text
    assert (
        send(browser("officer.north"), shared, who="n1", number=OWN).status_code == 303
    )  # who sees nobody else with it


def test_who_is_registered_elsewhere_is_told_of_as_such(browser: Of, county: Database, shared: str) -> None:
    with county.begin() as connection:
        update = "UPDATE discrepancy SET person_no_2 = 's1' WHERE discrepancy_id = :id"
        connection.execute(sa.text(update), {"id": shared.split("/")[2]})
    page = browser("officer.north").get(shared).text
    assert "registered outside your area" in page and 'value="s1"' not in page
    assert "registered outside your area" not in browser("steward").get(shared).text


# Moving out into a household that the register has not got.


def listed(
    content: str, number: str | None, relation: str, decision: str = "link", home: str = "H-n1"
) -> Listed:
    return Listed(KEY, home, "2026-04", content, number, decision, "某人", "男", date(1990, 1, 1), relation)


@pytest.fixture
def parted(county: Database, monkeypatch: pytest.MonkeyPatch) -> str:
    more_people(county, 31, 33, household_no="H-n1", relation_to_head="子")
    monkeypatch.setattr(
        "stewardship.homes.police_rows",
        lambda sources, evidence: [{"household_key": KEY, "head_name": "n2"}],
    )
    return put(
        county,
        discrepancy_of(county, "n1"),
        type="wrong_household",
        household_no="H-n1",
        register_value="H-n1",
    )


POLICE: Final = Police(
    listed("k1", "n1", "户主"),
    listed("k2", "RY31", "妻"),
    listed("k3", "RY33", "子", "possible"),
    listed("k4", None, "女", "none"),
)


def test_whom_the_police_list_there_moves_out_together(browser: Of, county: Database, parted: str) -> None:
    one = browser("officer.north", prepared=POLICE)
    page = one.get(parted)
    assert set(re.findall(r'name="take_(\w+)"', page.text)) == {
        "n1",
        "RY31",
    }  # neither who is perhaps nor who is nobody
    assert "The new household" in page.text and "a number that the register gives" in page.text
    assert send(one, parted).status_code == 303
    change = change_from(county, parted)
    assert change is not None and change.kind == "new_household"
    told = {
        number: (row and row["household_no"], row and row["relation_to_head"])
        for number, row in change.plan.after.items()
    }
    assert told == {"n1": ("", "户主"), "RY31": ("", "妻")}
    steward = browser("steward")
    shown = steward.get(f"/approvals/{change.change_id}")
    assert "The new household" in shown.text and "Move out into a household of their own" in shown.text
    assert "H-n1 → a number that the register gives" in steward.get("/approvals").text
    act = f"/approvals/{change.change_id}/act"
    assert steward.send(shown, act, kind="approve").status_code == 303
    with unit_of_work(county) as work:
        work.changes.export("operator")
    back = steward.send(steward.get(f"/approvals/{change.change_id}"), act, kind="undo")
    undone = steward.get(back.headers["location"]).text
    assert undone.count("<td>The new household</td>") == 2 and "∅ blank</td>\n<td><mark>H-n1" not in undone


def test_the_household_that_the_police_have_stands_beside_the_register_s(browser: Of, parted: str) -> None:
    page = browser("officer.north", prepared=POLICE).get(parted.removesuffix("/propose")).text
    assert (
        "Who lives in household H-n1" in page and "Who lives in this household, by the police alone" in page
    )


def test_who_stays_is_taken_out_and_what_would_change_is_shown_before_it_is_sent(
    browser: Of, county: Database, parted: str
) -> None:
    one = browser("officer.north", prepared=POLICE)
    looked = send(one, parted, take_RY31=None, relation_RY31="Wife", look="1")
    assert looked.status_code == 200 and change_from(county, parted) is None
    assert '<option value="妻" selected>wife</option>' in looked.text
    assert (
        one.form(looked, parted)[1].keys() >= {"take_n1"} and "take_RY31" not in one.form(looked, parted)[1]
    )
    assert one.post(parted, fields_of(one, looked, parted)).status_code == 303
    change = change_from(county, parted)
    assert change is not None and change.person_nos == ("n1",)


def test_what_is_under_way_is_not_overtaken_and_both_pages_say_so(
    browser: Of, county: Database, parted: str
) -> None:
    one = browser("officer.north", prepared=POLICE)
    assert send(one, parted).status_code == 303
    made = change_from(county, parted)
    assert made is not None
    other = put(
        county, discrepancy_of(county, "n2"), type="deceased_active", person_no="RY31", household_no="H-n1"
    )
    steward = browser("steward")
    page = steward.get(other)
    assert "is under way" in page.text and f"/approvals/{made.change_id}" in page.text
    assert steward.send(page, other).status_code == 409
    again = put(
        county,
        discrepancy_of(county, "n2"),
        type="wrong_household",
        person_no="n1",
        household_no="H-n1",
        register_value="H-n1",
    )
    page = one.get(again)
    assert "is under way" in page.text
    assert send(one, again).status_code == 409 and change_from(county, again) is None


def test_leave_for_one_person_unmasks_nobody_who_goes_along(
    browser: Of, county: Database, parted: str
) -> None:
    with county.begin() as connection:
        connection.execute(sa.text("UPDATE person SET name = '赵大海' WHERE person_no = 'n1'"))
        connection.execute(
            sa.text("UPDATE person SET name = '李小明', birth_date = '2019-05-01' WHERE person_no = 'RY31'")
        )
    one, place = browser("officer.north", prepared=POLICE), parted.removesuffix("/propose")
    assert one.send(one.get(place), f"{place}/reveal", why="to ring them up").status_code == 303
    page = one.get(parted).text
    assert "赵大海" in page and "李小明" not in page and "李●●" in page


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        pytest.param({"relation_n1": "子"}, "only one, is the head", id="no head"),
        pytest.param({"relation_RY31": "户主"}, "only one, is the head", id="two heads"),
        pytest.param({"take_n1": None}, "has to be among them", id="without whom it is about"),
        pytest.param({"relation_RY31": "in law"}, "relation to head: choose", id="no relation"),
    ],
)
def test_a_household_without_its_one_head_is_not_proposed(
    browser: Of, county: Database, parted: str, typed: dict[str, str | None], told: str
) -> None:
    answer = send(browser("officer.north", prepared=POLICE), parted, **typed)
    assert answer.status_code == 422 and told in answer.text
    assert change_from(county, parted) is None


# Entering a household.


@pytest.fixture
def missing(county: Database) -> str:
    place = put(
        county,
        discrepancy_of(county, "n1"),
        type="missing_household",
        person_no=None,
        household_no=None,
        reason="members:2",
    )
    with county.begin() as connection:
        connection.execute(
            sa.text("""
INSERT INTO evidence (discrepancy_id, feed, file, sheet, "row", role, person_no, content_key, unit)
VALUES (:id, 'police_residents', 'n1', '', 9, 'self', '', 'k9', '')
"""),
            {"id": place.split("/")[2]},
        )
    return place


def test_leave_to_see_a_household_that_is_missing_is_a_second_person_s_to_give(
    browser: Of, county: Database, missing: str
) -> None:
    one, place = browser("officer.north"), missing.removesuffix("/propose")
    answer = one.send(one.get(place), f"{place}/reveal", why="to ring them up")
    assert answer.status_code == 200 and "other than you" in answer.text
    assert "王小明" not in one.get(missing).text


def test_whatever_birth_date_is_typed_who_is_a_child_by_the_rows_stays_masked_as_one(
    browser: Of, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"name": "王小明", "birth_date": "2019-10-03", "sex": "男"}
    monkeypatch.setattr(FixedSources, "said", lambda self, places: dict.fromkeys(places, told))
    one = browser("officer.north")
    typed = {"relation_+01": "户主", "+01.to_birth_date": "1960-01-01"}
    page = send(one, missing, look="1", **typed)
    assert page.status_code == 200 and "王●●" in page.text and "王●明" not in page.text


@pytest.mark.parametrize(
    ("born", "typed", "shown", "hidden"),
    [
        pytest.param("1980-10-03", {}, "王●明", "王●●", id="a grown-up"),
        pytest.param("2019-10-03", {}, "王●●", "王●明", id="a child"),
        pytest.param("", {}, "王●●", "王●明", id="who may be one"),
        pytest.param(
            "1980-10-03", {"+01.to_birth_date": "2019-10-03"}, "王●●", "", id="one by what was typed"
        ),
    ],
)
def test_who_is_entered_is_masked_by_the_rows_date_of_birth_above_and_below(
    browser: Of,
    missing: str,
    monkeypatch: pytest.MonkeyPatch,
    born: str,
    typed: dict[str, str],
    shown: str,
    hidden: str,
) -> None:
    told = {"name": "王小明", "birth_date": born, "sex": "男"}
    monkeypatch.setattr(FixedSources, "said", lambda self, places: dict.fromkeys(places, told))
    one = browser("officer.north")
    relations = {"relation_+01": "户主", "relation_+02": "弟弟"}
    page = send(one, missing, look="1", **relations, **typed).text
    main = page.partition("<main")[2]
    above, _, below = main.partition("What would change on the register")
    assert page.count("王小明") == 0 and shown in below
    assert not hidden or (shown in above and hidden not in main)


def rows_entered(change: Change) -> list[Row]:
    return [row or {} for _, row in sorted(change.plan.after.items())]


def test_a_household_is_entered_with_who_belongs_to_it_though_the_browser_never_has_it(
    browser: Of, county: Database, missing: str
) -> None:
    one = browser("officer.north")
    page = one.get(missing)
    assert len(set(re.findall(r'name="take_(\+\d\d)"', page.text))) == 2
    assert not any(secret in page.text for secret in SECRETS) and "王●明" in page.text
    first, second = newcomer(1), newcomer(2)
    corrected = {
        f"relation_{first}": "户主",
        f"relation_{second}": "女",
        f"{second}.to_name": "王小红",
        f"{second}.no_phone": "1",
    }
    answer = one.post(missing, fields_of(one, page, missing) | corrected)
    assert answer.status_code == 303
    change = change_from(county, missing)
    assert change is not None and (change.kind, change.person_nos) == ("add_household", ())
    assert [
        (row["name"], row["relation_to_head"], row["phone"], row["head_name"]) for row in rows_entered(change)
    ] == [
        ("王小明", "户主", "13987654321", "王小明"),
        ("王小红", "女", None, "王小明"),
    ]
    assert {row["area_code"] for row in rows_entered(change)} == {VILLAGES["n1"]}
    shown = browser("steward").get(f"/approvals/{change.change_id}").text
    assert "not on the register yet" in shown and not any(secret in shown for secret in SECRETS)


def test_the_largest_household_is_entered_also_where_every_item_is_typed_and_left_out(
    browser: Of, county: Database, missing: str
) -> None:
    with county.begin() as connection:
        connection.execute(
            sa.text("""
INSERT INTO evidence (discrepancy_id, feed, file, sheet, "row", role, person_no, content_key, unit)
SELECT :id, 'police_residents', 'n1', '', 9 + n, 'self', '', 'k9' || n, '' FROM generate_series(1, :more) AS n
"""),
            {"id": missing.split("/")[2], "more": MOST_PEOPLE},
        )
    one = browser("officer.north")
    form = fields_of(one, one.get(missing), missing)
    people = [newcomer(place) for place in range(1, MOST_PEOPLE + 1)]
    assert [one for one in people if f"take_{one}" in form] == people
    for place, who in enumerate(people):
        form[f"relation_{who}"] = "女" if place else "户主"
        form |= {f"{who}.no_{item}": "1" for item in ITEMS} | {f"{who}.to_name": f"马英{place}"}
        form |= {f"{who}.to_{item}": "" for item in ITEMS if item != "name"}
    assert one.post(missing, form | {"look": "1"}).status_code == 200
    with county.begin() as connection:
        connection.execute(sa.text("UPDATE app_session SET ended_at = started_at"))
    over = one.post(missing, form)
    kept = one.send(over, "/sign-in", user="officer.north", password=PASSWORD)
    assert one.send(kept, missing).status_code == 303
    change = change_from(county, missing)
    assert change is not None and len(change.plan.after) == MOST_PEOPLE


def test_a_form_with_more_in_it_than_is_taken_says_so(browser: Of, missing: str) -> None:
    one = browser("officer.north")
    token = {"token": one.token()}
    for more in ({f"f{n}": "" for n in range(MOST_FIELDS)}, {"reason": "x" * 70_000}):
        answer = one.post(missing, token | more)
        assert answer.status_code == 413 and "more in it than is taken at once" in answer.text


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        pytest.param({}, "only one, is the head", id="no head"),
        pytest.param({"relation_+01": "户主", "+01.to_birth_date": "yesterday"}, "year-month-day", id="date"),
        pytest.param({"relation_+01": "户主", "+02.to_id_number": "12"}, "no valid ID number", id="number"),
        pytest.param(
            {"relation_+01": "户主", "relation_+02": "in law"}, "relation to head: choose", id="relation"
        ),
        pytest.param(
            {"relation_+01": "户主", "+02.to_ethnicity": "Hiu"}, "ethnicity: choose", id="ethnicity"
        ),
        pytest.param(
            {"relation_+01": "户主", "+02.to_marital_status": "离婚了"}, "status: choose", id="marital"
        ),
        pytest.param({"relation_+01": "户主", "+02.to_birth_date": "2999-01-01"}, "lies ahead", id="future"),
        pytest.param(
            {"relation_+01": "户主", "+01.to_id_number": OWN, "+02.to_id_number": OWN},
            "the same ID number",
            id="double",
        ),
        pytest.param({"take_+01": None, "take_+02": None}, "Nobody is chosen", id="nobody"),
        pytest.param(
            {
                "relation_+01": "户主",
                "+01.to_name": "n2",
                "+01.to_birth_date": "1990-01-01",
                "+01.no_sex": "1",
            },
            "is on the register already",
            id="there",
        ),
    ],
)
def test_a_household_that_cannot_be_entered_is_said(
    browser: Of, county: Database, missing: str, typed: dict[str, str | None], told: str
) -> None:
    answer = send(browser("officer.north"), missing, **typed)
    assert answer.status_code == 422 and told in answer.text
    assert change_from(county, missing) is None and not any(secret in answer.text for secret in SECRETS)


def test_whose_items_are_wrong_is_said_and_theirs_stand_open(
    browser: Of, county: Database, missing: str
) -> None:
    one = browser("officer.north")
    answer = send(
        one, missing, **{"relation_+01": "户主", "+02.to_ethnicity": "Hiu", "+02.to_name": "王小红"}
    )
    _, first, second = answer.text.split("<fieldset")
    assert '<span class="name">王●红</span>: ' in answer.text and "ethnicity: choose" in answer.text
    assert "open><summary" in second and second.count('<tr class="wrong"') == 1
    assert "open><summary" not in first and '<tr class="wrong"' not in first


def test_what_was_typed_for_somebody_who_is_left_out_keeps_nobody_from_being_entered(
    browser: Of, county: Database, missing: str
) -> None:
    typed = {"relation_+01": "Head", "relation_+02": "in law", "+02.to_ethnicity": "Hiu", "take_+02": None}
    assert send(browser("officer.north"), missing, **typed).status_code == 303
    change = change_from(county, missing)
    assert change is not None and [row["relation_to_head"] for row in rows_entered(change)] == ["户主"]


def test_the_words_that_a_reader_sees_are_entered_as_the_register_has_them(
    browser: Of, county: Database, missing: str
) -> None:
    typed = {
        "relation_+01": "head",
        "relation_+02": "孙子",
        "+01.to_ethnicity": "Han",
        "+02.to_ethnicity": "汉",
    }
    assert send(browser("officer.north"), missing, **typed).status_code == 303
    change = change_from(county, missing)
    assert change is not None
    told = [(row["relation_to_head"], row["ethnicity"]) for row in rows_entered(change)]
    assert told == [("户主", "汉族"), ("孙", "汉族")]


def test_of_two_who_propose_the_second_keeps_what_was_typed(
    browser: Of, county: Database, missing: str
) -> None:
    one, other = browser("officer.north"), browser("steward")
    theirs = other.get(missing)
    typed = {"relation_+01": "户主", "+01.to_hukou_address": "<b>壮"}
    assert send(one, missing, **typed).status_code == 303
    answer = other.post(missing, fields_of(other, theirs, missing, **typed))
    assert answer.status_code == 409 and 'value="&lt;b&gt;壮"' in answer.text
    assert "What changed</h2>" in answer.text and "is under way" not in answer.text
    assert "proposed by officer.north" in answer.text and "Propose it" not in answer.text


# One household twice.


@pytest.fixture
def twice(county: Database) -> str:
    more_people(county, 31, 33, household_no="H-n9", relation_to_head="子")
    with county.begin() as connection:
        connection.execute(
            sa.text(
                "UPDATE discrepancy SET type = 'duplicate_person', person_no_2 = 'RY31', field = NULL, proposed_value = NULL "
                "WHERE discrepancy_id = :id"
            ),
            {"id": discrepancy_of(county, "n1")},
        )
    return put(
        county,
        discrepancy_of(county, "n2"),
        type="duplicate_household",
        household_no="H-n1",
        person_no="n1",
        person_no_2="RY31",
        area_code=VILLAGES["n1"],
    )


def test_each_pair_is_settled_for_itself_and_who_is_in_one_alone_moves_over(
    browser: Of, county: Database, twice: str
) -> None:
    one = browser("officer.north")
    page = one.get(twice)
    assert one.links(page, f"/discrepancies/{discrepancy_of(county, 'n1')}?")
    assert set(re.findall(r'name="take_(\w+)"', page.text)) == {"RY33"}
    assert send(one, twice, stays="H-n1").status_code == 303
    change = change_from(county, twice)
    assert change is not None and change.kind == "move_household"
    after = change.plan.after["RY33"] or {}
    assert (after["household_no"], after["head_name"], after["relation_to_head"]) == ("H-n1", "n1", "子")


def test_where_nobody_is_in_the_other_one_alone_nothing_is_proposed(
    browser: Of, county: Database, twice: str
) -> None:
    one = browser("officer.north")
    answer = send(one, twice, stays="H-n9")
    assert answer.status_code == 422 and "Nobody is chosen" in answer.text
    assert send(one, twice, stays="H-s1").status_code == 422
    with county.begin() as connection:
        connection.execute(sa.text("UPDATE person SET is_current = false WHERE person_no = 'RY33'"))
    page = one.get(twice)
    assert "Nobody stands in one of them alone" in page.text and "Propose it" not in page.text


def test_a_household_has_one_head_also_when_the_other_s_moves_over(
    browser: Of, county: Database, twice: str
) -> None:
    with county.begin() as connection:
        connection.execute(
            sa.text("UPDATE membership SET relation_to_head = '户主' WHERE person_no = 'RY33'")
        )
    one = browser("officer.north")
    assert one.form(one.get(twice), twice)[1]["relation_RY33"] == ""
    answer = send(one, twice, stays="H-n1", relation_RY33="户主")
    assert answer.status_code == 422 and "has a head already" in answer.text
    answer = send(one, twice, stays="H-n1", relation_RY33="in law")
    assert answer.status_code == 422 and "relation to head: choose" in answer.text
    assert send(one, twice, stays="H-n1", relation_RY33="Father").status_code == 303
    change = change_from(county, twice)
    assert change is not None and (change.plan.after["RY33"] or {})["relation_to_head"] == "父"


def test_who_are_two_people_by_somebody_s_word_are_no_pair(browser: Of, county: Database, twice: str) -> None:
    pair = discrepancy_of(county, "n1")
    with county.begin() as connection:
        connection.execute(
            sa.text("UPDATE discrepancy SET status = 'decided' WHERE discrepancy_id = :id"), {"id": pair}
        )
    page = browser("officer.north").get(twice).text
    assert set(re.findall(r'name="take_(\w+)"', page)) == {"n1", "RY31", "RY33"}


# Who may not.


@pytest.mark.parametrize("user", ["clerk.n1", "officer.south"])
def test_who_proposes_nothing_there_is_told_nothing(
    browser: Of, county: Database, missing: str, user: str
) -> None:
    one = browser(user)
    nothing = one.get("/no/such/page").content
    assert one.get(missing).content == one.post(missing, {"token": one.token()}).content == nothing


@pytest.mark.parametrize("kind", ["shared", "missing", "a birth", "an item"])
def test_who_has_it_open_is_told_on_the_form_too(
    browser: Of, county: Database, request: pytest.FixtureRequest, kind: str
) -> None:
    if kind in ("shared", "missing"):
        place = str(request.getfixturevalue(kind))
    elif kind == "a birth":
        place = put(county, discrepancy_of(county, "n1"), type="unregistered_birth", person_no=None)
    else:
        place = f"/discrepancies/{discrepancy_of(county, 'n1')}/propose"
    first, second = browser("officer.north"), browser("steward")
    assert "has it open since" not in first.get(place).text
    assert "officer.north has it open since" in second.get(place).text
    assert "has it open since" not in first.get(place).text

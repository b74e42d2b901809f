"""Which value is right: inconsistent_field, missing_item, and the departments' own errors."""

from __future__ import annotations

from typing import Any

import pytest
from discrepancy_frames import HERE, HERE_2, Night, id_number

from discrepancies import Candidate, RuleSettings, find, source_errors
from discrepancies.trust import DEFAULT_TRUST

NUMBER = id_number("1980-05-04", 11)
OTHER_NUMBER = id_number("1980-05-04", 33)
MOTHER_ID = id_number("1955-01-01", 22)


def found(night: Night, kind: str = "inconsistent_field") -> dict[str, Candidate]:
    return {str(c.field): c for c in find(night.inputs()) if c.type == kind}


def says(register: dict[str, Any] | None = None, feed: str = "police_residents", **values: Any) -> Night:
    """A person on the register and one row about it."""
    night = Night()
    night.person("P1", **(register or {}))
    night.person("P2", ethnicity="回族", id_number=None)
    night.mention(feed, link="P1", **values)
    return night


@pytest.mark.parametrize(
    ("field", "register", "row", "proposed"),
    [
        pytest.param("name", {"name": "张伟"}, {"name": "张强"}, "张强", id="name"),
        pytest.param("sex", {"sex": "女"}, {"sex": "男", "id_number": NUMBER}, "男", id="sex"),
        pytest.param("ethnicity", {"ethnicity": "汉族"}, {"ethnicity": "回族"}, "回族", id="ethnicity"),
        pytest.param(
            "birth_date",
            {"birth_date": "1980-04-05"},
            {"birth_date": "1980-05-04", "id_number": NUMBER},
            "1980-05-04",
            id="birth date",
        ),
        pytest.param(
            "id_number",
            {"id_number": NUMBER[:-1] + "Z", "id_state": "checksum"},
            {"id_number": NUMBER, "id_state": "valid"},
            NUMBER,
            id="number of wrong check digit",
        ),
        pytest.param("id_number", {}, {"id_number": OTHER_NUMBER, "sex": "男"}, OTHER_NUMBER, id="number"),
        pytest.param("marital_status", {}, {"marital_status": "丧偶"}, "丧偶", id="marital status"),
    ],
)
def test_a_value_that_the_police_give_otherwise_is_proposed(
    field: str, register: dict[str, Any], row: dict[str, Any], proposed: str
) -> None:
    candidates = found(says(register, **row))
    assert set(candidates) == {field}
    candidate = candidates[field]
    assert candidate.proposed_value == proposed
    assert (candidate.subject, candidate.person_no, candidate.household_no) == (f"P1:{field}", "P1", "H1")
    assert candidate.register_value is not None
    assert [e.feed for e in candidate.evidence] == ["police_residents"]


@pytest.mark.parametrize(
    ("register", "row"),
    [
        pytest.param({"name": "艾力·肉孜"}, {"name": "艾力-肉孜"}, id="dots"),
        pytest.param({"name": "张昇"}, {"name": "张升"}, id="variant form"),
        pytest.param({"name": "張偉"}, {"name": "张伟"}, id="traditional"),
        pytest.param({"name": "闫伟"}, {"name": "阎伟"}, id="surname variant"),
        pytest.param({"name": "张伟"}, {"name": "张?"}, id="lost character"),
        pytest.param({"name": "张伟"}, {"name": "张某", "name_placeholder": True}, id="placeholder"),
        pytest.param({"marital_status": "已婚"}, {"marital_status": "再婚"}, id="married again is married"),
        pytest.param({"marital_status": "离异"}, {"marital_status": "离婚"}, id="two words for divorced"),
        pytest.param({}, {"id_number": NUMBER[:14], "id_state": "partial"}, id="truncated number"),
        pytest.param({}, {"id_number": NUMBER[:-1] + "Z", "id_state": "checksum"}, id="wrong check digit"),
        pytest.param({}, {"id_number": MOTHER_ID, "sex": "男"}, id="number of the other sex"),
        pytest.param(
            {"sex": "女", "id_number": id_number("1980-05-04", 12)},
            {"id_number": MOTHER_ID, "mother_id": MOTHER_ID, "sex": "女"},
            id="mother's number in the child's column",
        ),
        pytest.param({}, {"phone": "13999999999"}, id="another phone"),
        pytest.param({}, {"hukou_area": "991224100000"}, id="township only"),
        pytest.param({"hukou_group": "3"}, {"hukou_area": HERE, "hukou_group": "3"}, id="same group"),
        pytest.param({}, {"hukou_area": HERE, "hukou_group": "3"}, id="group that the register leaves out"),
        pytest.param({}, {"education": "大学"}, id="field of no interest"),
    ],
)
def test_a_difference_of_spelling_or_an_unusable_value_is_none(
    register: dict[str, Any], row: dict[str, Any]
) -> None:
    assert found(says(register, **row)) == {}


def test_a_hand_typed_value_alone_does_not_outweigh_the_register() -> None:
    assert found(says(feed="school_enrolment", name="张炜", sex="女")) == {}


def test_two_hand_typed_lists_together_do() -> None:
    night = says(feed="school_enrolment", name="张强")
    night.mention("police_floating", link="P1", name="张强")
    assert len(found(night)["name"].evidence) == 2


def test_a_name_that_sounds_alike_takes_two_to_be_believed() -> None:
    night = says(name="张炜")
    assert found(night) == {}
    night.mention("police_moves", link="P1", name="张炜")
    assert found(night)["name"].proposed_value == "张炜"


def test_an_ethnicity_that_nobody_at_home_has_takes_two_to_be_believed() -> None:
    night = says(ethnicity="藏族")
    assert found(night) == {}
    night.mention("police_births", link="P1", ethnicity="藏族")
    assert found(night)["ethnicity"].proposed_value == "藏族"


def test_nobody_becomes_unmarried_again() -> None:
    assert found(says({"marital_status": "离婚"}, marital_status="未婚")) == {}
    assert set(found(says({"marital_status": "未婚"}, marital_status="已婚"))) == {"marital_status"}


def test_a_divorce_counts_for_more_than_lists_that_have_not_heard_of_it() -> None:
    night = says(marital_status="已婚", period="2026-05")
    night.mention("civil_marriages", "male", link="P1", event_type="离婚", event_date="2026-03-10")
    assert found(night)["marital_status"].proposed_value == "离婚"


def test_the_police_against_a_school_keep_the_register() -> None:
    night = says(feed="school_enrolment", birth_date="1980-05-14")
    night.mention("police_residents", link="P1", birth_date="1980-05-04")
    assert found(night) == {}


def test_trust_is_a_setting() -> None:
    night = says(ethnicity="回族")
    night.settings = RuleSettings(trust=DEFAULT_TRUST.with_line("ethnicity", police_residents=0.9))
    assert found(night) == {}


def test_a_lunar_date_on_the_register_is_read_as_the_day_that_it_means() -> None:
    register = {
        "birth_date": "1980-03-20",
        "birth_date_lunar": "1980-05-04",
        "id_number": None,
        "id_state": None,
    }
    night = says(register, feed="school_enrolment", birth_date="1980-05-04")
    candidate = found(night)["birth_date"]
    assert candidate.proposed_value == "1980-05-04"
    assert "lunar" in candidate.reason.split(";")


def test_a_lunar_date_in_the_feed_speaks_for_the_register() -> None:
    night = says(birth_date="1980-03-20", birth_date_lunar="1980-05-04")
    assert found(night) == {}


def test_a_lunar_date_that_a_valid_number_holds_is_the_legal_one() -> None:
    register = {
        "birth_date": "1980-03-20",
        "birth_date_lunar": "1980-05-04",
        "id_number": id_number("1980-03-20", 11),
    }
    night = says(register, feed="school_enrolment", birth_date="1980-05-04")
    assert found(night) == {}


def test_a_date_of_one_list_against_the_register_needs_the_number_to_be_sure() -> None:
    register = {"birth_date": "1980-05-14", "id_number": NUMBER}
    candidate = found(says(register, feed="school_enrolment", birth_date="1980-05-04"))["birth_date"]
    assert candidate.proposed_value == "1980-05-04"
    assert candidate.reason.startswith("by:id_number,school_enrolment")


def test_the_register_alone_at_odds_with_its_own_number_is_no_evidence_of_a_feed() -> None:
    assert found(says({"birth_date": "1980-05-14", "id_number": NUMBER}, name="张伟")) == {}


def test_a_feed_says_for_lasting_facts_what_it_said_in_most_months() -> None:
    night = Night()
    night.person("P1")
    for month in ("2026-02", "2026-03", "2026-04"):
        night.mention("police_residents", link="P1", ethnicity="汉族", period=month, is_latest=False)
    night.mention("police_residents", link="P1", ethnicity="回族", period="2026-05")
    assert found(night) == {}


def test_the_latest_event_decides_the_marital_status() -> None:
    night = Night()
    night.person("P1", marital_status="离婚")
    night.mention("civil_marriages", "male", link="P1", event_type="离婚", event_date="2026-01-10")
    night.mention("civil_marriages", "male", link="P1", event_type="结婚", event_date="2026-05-20")
    night.mention("police_residents", link="P1", marital_status="离婚", period="2026-04")
    candidate = found(night)["marital_status"]
    assert (candidate.register_value, candidate.proposed_value) == ("离婚", "已婚")
    assert len(candidate.evidence) == 1


def test_a_new_name_known_with_the_old_one_is_proposed_over_older_lists() -> None:
    night = Night()
    night.person("P1", name="张大伟", former_name=None)
    for month in ("2026-03", "2026-04"):
        night.mention("police_residents", link="P1", name="张大伟", period=month, is_latest=False)
    night.mention("police_residents", link="P1", name="张思远", former_name="张大伟", period="2026-05")
    night.mention("school_enrolment", "guardian1", link="P1", name="张大伟", period="2026-spring")
    assert found(night)["name"].proposed_value == "张思远"


def test_a_blank_name_is_not_taken_for_a_former_name() -> None:
    night = Night()
    night.person("P1", name=None)
    night.mention("police_births", link="P1", name="张强", period="2026-04", event_date="2026-04-02")
    night.mention("police_residents", link="P1", name="张强", period="2026-05")
    assert len(found(night, "missing_item")["name"].evidence) == 2


@pytest.mark.parametrize(
    ("name", "is_proposed"), [("赵明铭", True), ("赵铭", False)], ids=["completes", "shorter"]
)
def test_a_name_with_a_lost_character_is_completed_not_replaced(name: str, is_proposed: bool) -> None:
    candidates = found(says({"name": "赵?铭"}, feed="school_enrolment", name=name))
    assert (set(candidates) == {"name"}) is is_proposed


def test_another_hukou_village_is_proposed_as_a_full_address() -> None:
    night = says(hukou_area=HERE_2, hukou_group="6", hukou_door="101")
    candidate = found(night)["hukou_address"]
    assert candidate.proposed_value == "云泽省岚平市禾溪县柳岭镇大坡村6组101号"
    assert candidate.register_value == "柳口镇陈树社区"


def test_an_address_at_odds_with_its_rows_own_area_code_is_not_believed() -> None:
    assert found(says(hukou_area=HERE_2, area_code=HERE)) == {}
    assert set(found(says(hukou_area=HERE_2, area_code=HERE_2))) == {"hukou_address"}


def test_another_group_of_the_same_village_is_another_hukou_address() -> None:
    night = says({"hukou_group": "3"}, hukou_area=HERE, hukou_group="6")
    assert found(night)["hukou_address"].proposed_value == "云泽省岚平市禾溪县柳口镇陈树社区6组"


def test_a_move_in_outdates_what_lists_said_before() -> None:
    night = Night()
    night.person("P1")
    night.mention("police_residents", link="P1", hukou_area=HERE, period="2026-04")
    move = {"event_type": "迁入", "to_area": HERE_2, "event_date": "2026-05-20"}
    night.mention("police_moves", link="P1", **move)
    assert "大坡村" in str(found(night)["hukou_address"].proposed_value)


def test_the_mothers_hukou_in_a_birth_row_is_not_the_childs() -> None:
    night = says(feed="hospital_births", hukou_area=HERE_2, residence_area=HERE_2)
    assert found(night) == {}


def test_another_residence_is_proposed_at_village_level() -> None:
    night = says(feed="police_floating", residence_area=HERE_2, residence_group="1")
    assert set(found(night)) == {"residence_address"}
    assert found(says(feed="police_floating", residence_area=HERE, residence_group="9")) == {}


@pytest.mark.parametrize("hukou", [HERE_2, "993405000000", "000000000000"])
def test_a_register_that_knows_of_a_residence_elsewhere_is_not_outweighed_by_one_list(hukou: str) -> None:
    listed = {"feed": "police_floating", "residence_area": "991224100205"}
    assert found(says(register={"hukou_area": hukou}, **listed)) == {}
    assert set(found(says(register={"hukou_area": "991224000000"}, **listed))) == {"residence_address"}
    night = says(register={"hukou_area": hukou}, **listed)
    night.mention("school_enrolment", link="P1", residence_area="991224100205")
    assert set(found(night)) == {"residence_address"}


def test_a_schools_residence_is_believed_where_the_police_have_the_hukou() -> None:
    night = says(feed="school_enrolment", residence_area=HERE_2)
    assert found(night) == {}
    night.mention("police_residents", link="P1", hukou_area=HERE_2)
    assert "residence_address" in found(night)


def test_a_list_that_gives_ever_new_residences_is_not_believed() -> None:
    night = says(feed="police_floating", residence_area=HERE_2)
    for village, month in (("991224100205", "2026-03"), ("991224100206", "2026-04")):
        row = {"period": month, "is_latest": False, "residence_area": village}
        night.mention("police_floating", link="P1", **row)
    assert found(night) == {}


def test_parents_of_another_name_and_number_are_proposed_from_the_birth() -> None:
    other = id_number("1956-02-02", 44)
    candidates = found(says(feed="police_births", mother_name="刘静", mother_id=other))
    assert {f: c.proposed_value for f, c in candidates.items()} == {"mother_name": "刘静", "mother_id": other}


def test_a_fathers_number_in_the_mothers_column_is_not_hers() -> None:
    assert found(says(feed="police_births", mother_id=id_number("1956-02-02", 45))) == {}


def test_a_register_number_that_is_the_mothers_gives_way() -> None:
    register = {"id_number": MOTHER_ID, "mother_id": MOTHER_ID}
    candidate = found(says(register, feed="school_enrolment", id_number=NUMBER, sex="男"))["id_number"]
    assert candidate.proposed_value == NUMBER
    assert "register_unfit" in candidate.reason.split(";")


@pytest.mark.parametrize("p", [0.9, 0.999], ids=["weak link", "sure link"])
def test_only_sure_links_are_evidence(p: float) -> None:
    assert bool(found(says(ethnicity="回族", p=p))) is (p > 0.95)


def test_a_confirmed_link_is_evidence_whatever_its_probability() -> None:
    assert "ethnicity" in found(says(ethnicity="回族", p=0.4, decision="confirmed"))


def test_name_number_and_birth_date_all_at_once_are_withheld() -> None:
    row = {
        "name": "李明",
        "birth_date": "1990-01-02",
        "id_number": id_number("1990-01-02", 15),
        "ethnicity": "回族",
    }
    assert found(says(**row)) == {}


@pytest.mark.parametrize(
    ("field", "row", "proposed"),
    [
        pytest.param("phone", {"phone": "13911112222"}, "13911112222", id="phone"),
        pytest.param("ethnicity", {"ethnicity": "回族"}, "回族", id="ethnicity"),
        pytest.param("former_name", {"former_name": "张小伟"}, "张小伟", id="former name"),
        pytest.param("mother_name", {"mother_name": "王兰", "feed": "police_births"}, "王兰", id="mother"),
        pytest.param("marital_status", {"marital_status": "再婚"}, "再婚", id="marital status"),
        pytest.param("birth_date", {"birth_date": "1980-05-04"}, "1980-05-04", id="birth date"),
        pytest.param("id_number", {"id_number": NUMBER}, NUMBER, id="number"),
    ],
)
def test_a_blank_that_a_feed_can_fill_is_a_missing_item(
    field: str, row: dict[str, Any], proposed: str
) -> None:
    candidates = found(says({field: None}, **row), "missing_item")
    assert {f: c.proposed_value for f, c in candidates.items()} == {field: proposed}
    assert candidates[field].register_value is None


def test_a_truncated_number_on_the_register_is_as_good_as_blank() -> None:
    register = {"id_number": NUMBER[:14], "id_state": "partial"}
    assert found(says(register, id_number=NUMBER), "missing_item")["id_number"].proposed_value == NUMBER
    assert found(says(register, id_number=NUMBER)) == {}


@pytest.mark.parametrize("field", ["phone", "marital_status"])
def test_a_child_is_not_asked_for_phone_and_marital_status(field: str) -> None:
    register = {field: None, "birth_date": "2015-01-01", "relation_to_head": "子", "id_number": None}
    row = {"phone": "13911112222", "marital_status": "未婚"}
    assert field not in found(says(register, **row), "missing_item")


def test_the_newest_phone_is_proposed() -> None:
    night = says({"phone": None}, phone="13911111111", period="2026-03", arrival="2026-04-03")
    night.mention("police_floating", link="P1", phone="13922222222", period="2026-05")
    night.mention("police_floating", link="P1", phone="13933333333", period="2026-04", is_latest=False)
    assert found(night, "missing_item")["phone"].proposed_value == "13922222222"


def test_nothing_is_asked_about_the_dead() -> None:
    night = says({"phone": None}, ethnicity="回族", phone="13911112222")
    night.mention("hospital_deaths", link="P1", event_date="2026-05-09")
    assert [c.type for c in find(night.inputs())] == ["deceased_active"]


def test_a_row_that_better_evidence_contradicts_is_the_departments_to_correct() -> None:
    night = says(birth_date="1980-05-04", id_number=NUMBER)
    row = night.mention("school_enrolment", link="P1", birth_date="1980-05-14")
    errors = source_errors(night.inputs())
    assert errors[["person_no", "field", "feed", "row"]].to_numpy().tolist() == [
        ["P1", "birth_date", "school_enrolment", row["row"]]
    ]
    assert errors[["value", "favoured_value"]].to_numpy().tolist() == [["1980-05-14", "1980-05-04"]]

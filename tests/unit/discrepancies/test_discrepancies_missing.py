"""Who is on no list: births, persons, households, and questions of possible links."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from discrepancy_frames import ELSEWHERE, HERE, HERE_2, OTHER_COUNTY, Night, id_number

from discrepancies import Candidate, RuleSettings, find, next_clock

FAMILY = ("unregistered_birth", "missing_person", "missing_household", "possible_link")


def found(night: Night) -> list[Candidate]:
    return [c for c in find(night.inputs()) if c.type in FAMILY]


def one(night: Night) -> Candidate:
    candidates = found(night)
    assert len(candidates) == 1, [(c.type, c.subject) for c in candidates]
    return candidates[0]


def birth(night: Night, entity: str = "E1", mother: dict[str, Any] | None = None, **values: Any) -> None:
    row = {
        "birth_date": "2026-05-05",
        "name": "张某之子",
        "name_placeholder": True,
        "sex": "男",
        "area_code": HERE,
    }
    child = night.mention("hospital_births", entity=entity, **{**row, **values})
    if mother is not None:
        night.mention("hospital_births", "mother", record_id=child["record_id"], sex="女", **mother)


def test_a_birth_without_a_register_row_is_raised_after_the_legal_period() -> None:
    night = Night()
    birth(night, birth_date="2026-05-11")
    assert one(night).type == "unregistered_birth"


def test_a_birth_is_withheld_until_the_period_is_over_and_the_clock_says_when() -> None:
    night = Night()
    birth(night, birth_date="2026-05-12")
    assert found(night) == []
    assert next_clock(night.inputs()) == dt.date(2026, 6, 11)
    night.night = dt.date(2026, 6, 11)
    assert one(night).type == "unregistered_birth"
    assert next_clock(night.inputs()) is None


def test_a_birth_without_a_date_is_withheld_from_the_last_day_it_can_have_been() -> None:
    night = Night()
    birth(night, birth_date=None, period="2026-05")
    assert found(night) == []
    assert next_clock(night.inputs()) == dt.date(2026, 6, 30)
    night.night = dt.date(2026, 6, 30)
    assert one(night).type == "unregistered_birth"


def test_the_clock_names_the_first_of_several_nights() -> None:
    night = Night()
    birth(night, "E1", birth_date="2026-05-30")
    birth(night, "E2", birth_date="2026-05-20")
    birth(night, "E3", birth_date="2026-04-20")
    assert next_clock(night.inputs()) == dt.date(2026, 6, 19)


def test_the_legal_period_is_a_setting() -> None:
    night = Night(settings=RuleSettings(birth_days=60))
    birth(night)
    assert found(night) == []
    assert next_clock(night.inputs()) == dt.date(2026, 7, 4)


def test_one_birth_seen_by_two_feeds_is_one_candidate_with_both_rows() -> None:
    night = Night()
    birth(night)
    night.mention("police_births", entity="E1", name="张小明", birth_date="2026-05-05", area_code=HERE)
    candidate = one(night)
    assert candidate.subject == "E1"
    assert {e.feed for e in candidate.evidence} == {"hospital_births", "police_births"}
    assert candidate.priority == 1


def test_a_birth_carries_the_household_and_village_of_the_linked_mother() -> None:
    night = Night()
    night.person("P1", sex="女", household_no="H7", area_code=HERE_2)
    birth(night, area_code=None, mother={"link": "P1", "name": "李红"})
    candidate = one(night)
    assert (candidate.household_no, candidate.area_code) == ("H7", HERE_2)


@pytest.mark.parametrize(
    "mother",
    [
        pytest.param(
            {"residence_area": ELSEWHERE, "hukou_area": OTHER_COUNTY}, id="both addresses elsewhere"
        ),
        pytest.param({"residence_area": None, "hukou_area": ELSEWHERE}, id="one elsewhere, one blank"),
    ],
)
def test_a_birth_of_another_countys_mother_is_not_this_countys(mother: dict[str, Any]) -> None:
    night = Night()
    birth(
        night, area_code=ELSEWHERE, mother={**mother, "name": "李红", "area_code": ELSEWHERE, "entity": "E2"}
    )
    assert found(night) == []
    assert next_clock(night.inputs()) is None


@pytest.mark.parametrize(
    "mother",
    [
        pytest.param({"residence_area": ELSEWHERE, "hukou_area": HERE}, id="hukou here"),
        pytest.param(
            {"residence_area": ELSEWHERE, "hukou_area": ELSEWHERE, "link": "P1"}, id="on the register"
        ),
    ],
)
def test_a_birth_stays_this_countys_when_the_mother_belongs_here(mother: dict[str, Any]) -> None:
    night = Night()
    night.person("P1", sex="女")
    birth(night, area_code=ELSEWHERE, mother={"name": "李红", "area_code": ELSEWHERE, **mother})
    assert one(night).subject == "E1"


def test_a_birth_with_both_addresses_blank_is_this_countys() -> None:
    night = Night()
    birth(night, area_code=None, mother={"name": "李红"})
    assert one(night).area_code is None


def test_who_is_first_seen_in_the_first_year_of_life_is_an_unregistered_birth() -> None:
    night = Night()
    night.mention("police_residents", entity="E1", birth_date="2025-07-01", area_code=HERE)
    assert one(night).type == "unregistered_birth"


def test_a_child_first_seen_later_is_a_missing_person_of_high_priority() -> None:
    night = Night()
    night.mention("police_residents", entity="E1", birth_date="2022-07-01", area_code=HERE)
    candidate = one(night)
    assert (candidate.type, candidate.priority, candidate.area_code) == ("missing_person", 1, HERE)


def test_a_birth_that_an_infant_in_last_months_list_once_was_stays_a_birth() -> None:
    night = Night(night=dt.date(2027, 1, 10))
    row = {"entity": "E1", "birth_date": "2025-12-20", "area_code": HERE, "content_key": "k"}
    night.mention("police_residents", period="2026-04", arrival="2026-05-03", is_latest=False, **row)
    night.mention("police_residents", period="2026-12", arrival="2027-01-03", **row)
    assert one(night).type == "unregistered_birth"


@pytest.mark.parametrize(
    ("feed", "role", "values"),
    [
        pytest.param("police_residents", "self", {"area_code": HERE}, id="hukou extract"),
        pytest.param("police_floating", "self", {"area_code": HERE}, id="floating"),
        pytest.param("school_enrolment", "self", {"area_code": None}, id="pupil whose address is blank"),
        pytest.param("police_moves", "self", {"event_type": "迁入", "to_area": HERE}, id="move in"),
        pytest.param("hospital_births", "mother", {"area_code": HERE}, id="mother living here"),
    ],
)
def test_a_row_that_gives_a_residence_here_makes_a_missing_person(
    feed: str, role: str, values: dict[str, Any]
) -> None:
    night = Night()
    night.mention(feed, role, entity="E1", birth_date="1990-01-01", **values)
    assert one(night).type == "missing_person"


@pytest.mark.parametrize(
    ("feed", "role", "values"),
    [
        pytest.param("civil_marriages", "male", {}, id="marriage"),
        pytest.param("civil_adoptions", "self", {"area_code": HERE}, id="adoption"),
        pytest.param("school_enrolment", "guardian1", {"area_code": HERE}, id="guardian"),
        pytest.param(
            "school_enrolment", "self", {"residence_area": OTHER_COUNTY}, id="pupil living elsewhere"
        ),
        pytest.param("hospital_births", "mother", {"area_code": None}, id="mother of unknown residence"),
        pytest.param("hospital_births", "mother", {"area_code": ELSEWHERE}, id="mother living elsewhere"),
        pytest.param("hospital_deaths", "self", {"area_code": HERE}, id="death"),
        pytest.param("police_moves", "self", {"event_type": "迁出", "to_area": OTHER_COUNTY}, id="move out"),
        pytest.param(
            "police_residents", "self", {"area_code": HERE, "is_latest": False}, id="no longer listed"
        ),
    ],
)
def test_a_row_that_says_nothing_about_living_here_now_raises_nobody(
    feed: str, role: str, values: dict[str, Any]
) -> None:
    night = Night()
    night.mention(feed, role, entity="E1", birth_date="1990-01-01", **values)
    assert found(night) == []


def test_who_has_moved_out_since_is_not_missing() -> None:
    night = Night()
    night.mention(
        "school_enrolment", entity="E1", period="2026-spring", birth_date="2012-01-01", area_code=HERE
    )
    out = {"event_type": "迁出", "to_area": ELSEWHERE, "event_date": "2026-05-07"}
    night.mention("police_moves", entity="E1", **out)
    assert found(night) == []


@pytest.mark.parametrize(
    ("month", "is_raised"), [("2026-04", False), ("2026-02", True)], ids=["since", "before"]
)
def test_who_is_gone_from_the_monthly_list_since_the_last_sighting_has_left(
    month: str, is_raised: bool
) -> None:
    night = Night()
    row = {"entity": "E1", "birth_date": "2014-01-01", "area_code": HERE}
    night.mention("school_enrolment", period="2026-spring", **row)
    night.mention("police_floating", period=month, is_latest=False, **row)
    assert bool(found(night)) is is_raised


def test_who_is_seen_again_after_moving_out_is_missing() -> None:
    night = Night()
    out = {"event_type": "迁出", "to_area": ELSEWHERE, "event_date": "2026-04-07"}
    night.mention("police_moves", entity="E1", **out)
    night.mention("police_floating", entity="E1", period="2026-05", birth_date="1980-01-01", area_code=HERE)
    assert one(night).type == "missing_person"


def test_who_has_died_is_not_missing() -> None:
    night = Night()
    night.mention("police_floating", entity="E1", birth_date="1950-01-01", area_code=HERE)
    night.mention("hospital_deaths", entity="E1", event_date="2026-05-02")
    assert found(night) == []


@pytest.mark.parametrize(
    ("born", "is_raised"), [("2010-09-01", True), ("2014-09-01", False)], ids=["grown", "child"]
)
def test_a_school_leaver_is_still_here_but_a_child_gone_from_the_list_is_not(
    born: str, is_raised: bool
) -> None:
    night = Night()
    row = {"birth_date": born, "area_code": HERE, "period": "2026-spring", "is_latest": False}
    night.mention("school_enrolment", entity="E1", **row)
    night.person("P1")
    night.mention("school_enrolment", link="P1", arrival="2026-10-03", period="2026-autumn")
    assert bool(found(night)) is is_raised


def test_the_last_list_of_a_station_that_is_no_more_says_nothing() -> None:
    night = Night()
    night.mention("police_floating", entity="E1", period="2026-02", arrival="2026-03-04", area_code=HERE)
    night.person("P1")
    night.mention("police_floating", link="P1", period="2026-05", unit="红泉镇派出所")
    assert found(night) == []


def test_a_household_without_a_member_on_the_register_is_one_candidate() -> None:
    night = Night()
    key = "police_residents|柳口镇派出所|1000000001"
    home = {"household_key": key, "hukou_area": HERE, "area_code": HERE}
    night.mention("police_residents", entity="E1", birth_date="1980-01-01", **home)
    night.mention("police_residents", entity="E2", birth_date="2023-01-01", **home)
    night.mention("school_enrolment", entity="E2", birth_date="2023-01-01", area_code=HERE)
    candidate = one(night)
    assert (candidate.type, candidate.subject, candidate.area_code) == ("missing_household", key, HERE)
    assert [e.feed for e in candidate.evidence] == ["police_residents"] * 2
    assert candidate.priority == 1


@pytest.mark.parametrize("by", ["household", "mother_id", "mother"])
def test_a_newborn_of_a_missing_household_is_not_flagged_beside_it(by: str) -> None:
    night = Night()
    mother_id = id_number("1995-01-01", 22)
    home = {"household_key": "police_residents|柳口镇派出所|7", "hukou_area": HERE, "area_code": HERE}
    night.mention("police_residents", entity="E1", birth_date="1995-01-01", id_number=mother_id, **home)
    values = {
        "household": {"household_key": "police_births|柳口镇派出所|7"},
        "mother_id": {"mother_id": mother_id},
        "mother": {},
    }[by]
    child = night.mention("police_births", entity="E2", birth_date="2026-04-01", area_code=HERE, **values)
    if by == "mother":
        night.mention("police_births", "mother", entity="E1", record_id=child["record_id"])
    assert one(night).type == "missing_household"


@pytest.mark.parametrize(
    "member",
    [{"link": "P1"}, {"link": "P1", "decision": "possible", "p": 0.9}],
    ids=["linked", "very likely"],
)
def test_a_household_with_a_member_on_the_register_misses_only_the_others(member: dict[str, Any]) -> None:
    night = Night()
    night.person("P1", household_no="H9")
    key = "police_residents|柳口镇派出所|1"
    home = {"household_key": key, "hukou_area": HERE, "area_code": HERE, "birth_date": "1980-01-01"}
    night.mention("police_residents", name="张伟", **home, **member)
    night.mention("police_residents", entity="E2", **home)
    night.homes.append((key, "H9"))
    raised = [c for c in found(night) if c.type != "possible_link"]
    assert [(c.type, c.subject, c.household_no) for c in raised] == [("missing_person", "E2", "H9")]


def test_a_member_who_has_died_does_not_make_a_household_missing() -> None:
    night = Night()
    night.mention("police_residents", entity="E1", household_key="police_residents|u|1", area_code=HERE)
    night.mention("police_moves", entity="E1", event_type="死亡注销", event_date="2026-05-30")
    assert found(night) == []


def test_a_likely_link_is_asked_instead_of_a_missing_person() -> None:
    night = Night()
    night.person("P1")
    row = {"name": "张卫", "birth_date": "1980-05-04", "area_code": HERE}
    night.mention("police_floating", link="P1", decision="possible", p=0.7, **row)
    candidate = one(night)
    assert (candidate.type, candidate.person_no, candidate.confidence) == ("possible_link", "P1", 0.7)
    assert candidate.subject.endswith(":P1")


def test_an_unlikely_link_leaves_the_person_missing_with_its_confidence() -> None:
    night = Night()
    night.person("P1")
    row = {"name": "张卫", "birth_date": "1980-05-04", "area_code": HERE}
    night.mention("police_floating", link="P1", decision="possible", p=0.3, **row)
    candidate = one(night)
    assert (candidate.type, candidate.confidence, candidate.person_no) == ("missing_person", 0.7, None)


def test_possible_mentions_of_one_identity_are_one_question() -> None:
    night = Night()
    night.person("P1")
    row = {"name": "张卫", "birth_date": "2014-05-04", "area_code": HERE, "p": 0.7}
    night.mention("police_residents", link="P1", decision="possible", **row)
    night.mention("school_enrolment", link="P1", decision="possible", **row)
    assert len(one(night).evidence) == 2


def test_a_possible_mention_joins_the_entity_with_its_number() -> None:
    night = Night()
    night.person("P1")
    number = id_number("2014-05-04", 11)
    night.mention("police_residents", entity="E1", id_number=number, birth_date="2014-05-04", area_code=HERE)
    row = {"id_number": number, "link": "P1", "decision": "possible", "p": 0.3, "area_code": HERE}
    night.mention("school_enrolment", **row)
    assert (one(night).subject, one(night).type) == ("E1", "missing_person")


def test_a_possible_mention_whose_number_is_firmly_linked_asks_nothing() -> None:
    night = Night()
    night.person("P1")
    number = id_number("1980-05-04", 11)
    night.mention("police_residents", link="P1", id_number=number, area_code=HERE)
    row = {"id_number": number, "link": "P1", "decision": "possible", "p": 0.6, "area_code": HERE}
    night.mention("police_floating", **row)
    assert found(night) == []


def test_a_mention_that_speaks_of_no_residence_asks_no_possible_link() -> None:
    night = Night()
    night.person("P1")
    night.mention("civil_marriages", "male", link="P1", decision="possible", p=0.7)
    assert found(night) == []


def test_a_link_to_somebody_no_longer_on_the_register_is_no_link() -> None:
    night = Night()
    night.mention("police_floating", link="P9", name="张伟", birth_date="1980-05-04", area_code=HERE)
    assert one(night).type == "missing_person"

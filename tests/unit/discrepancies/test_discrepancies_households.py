"""Shared numbers, people in another household, households written down twice."""

from __future__ import annotations

from typing import Any

import pytest
from discrepancy_frames import HERE, Night, id_number

from discrepancies import Candidate
from discrepancies.duplicate_households import find_duplicate_households
from discrepancies.duplicates import find_duplicates
from discrepancies.shared_numbers import find_shared_numbers
from discrepancies.sources import wrong_cells
from discrepancies.view import build
from discrepancies.weighing import weigh
from discrepancies.wrong_households import find_wrong_households

FATHER, SON, WIFE, CHILD = (id_number(day, n) for day, n in (("1950-01-02", 11), ("1980-05-04", 13), ("1982-03-04", 22), ("2010-06-07", 15)))  # fmt: skip


def of_type(night: Night, kind: str) -> list[Candidate]:
    view = build(night.inputs())
    if kind == "shared_id_number":
        weighed = weigh(view)
        return find_shared_numbers(view, weighed, wrong_cells(view, weighed))
    return {
        "wrong_household": find_wrong_households,
        "duplicate_household": find_duplicate_households,
        "duplicate_person": find_duplicates,
    }[kind](view)


# --- shared_id_number ---


def two_under_one_number(**second: Any) -> Night:
    night = Night()
    night.person("P1", id_number=FATHER, birth_date="1950-01-02")
    night.person("P2", name="李明", household_no="H2", **{"id_number": FATHER, **second})
    return night


def test_one_number_on_two_register_rows_is_raised_once_under_the_number() -> None:
    (shared,) = of_type(two_under_one_number(), "shared_id_number")
    assert (shared.person_no, shared.person_no_2, shared.field) == ("P1", "P2", "id_number")
    assert shared.register_value == FATHER and FATHER not in shared.subject
    assert {e.person_no for e in shared.evidence} == {"P1", "P2"}


def test_three_people_under_one_number_are_one_discrepancy() -> None:
    night = two_under_one_number()
    night.person("P3", name="赵六", household_no="H3", id_number=FATHER)
    (shared,) = of_type(night, "shared_id_number")
    assert len(shared.evidence) == 3 and shared.reason == "holders:3"


@pytest.mark.parametrize(
    "second",
    [{"id_number": SON}, {"id_number": None}, {"id_number": FATHER[:14], "id_state": "partial"}],
    ids=["another number", "blank", "truncated"],
)
def test_other_numbers_share_nothing(second: dict[str, Any]) -> None:
    assert of_type(two_under_one_number(**second), "shared_id_number") == []


def test_a_number_with_a_wrong_check_digit_is_nobodys() -> None:
    wrong = FATHER[:17] + ("0" if FATHER[17] != "0" else "1")
    night = Night()
    for person in ("P1", "P2"):
        night.person(person, id_number=wrong, id_state="checksum")
    assert of_type(night, "shared_id_number") == []


def test_the_same_person_entered_twice_shares_a_number_with_nobody() -> None:
    night = two_under_one_number()
    night.duplicates.append(("P1", "P2", 0.6))
    assert of_type(night, "shared_id_number") == []


@pytest.mark.parametrize("feed", ["police_residents", "school_enrolment"])
def test_only_the_issuers_list_gives_a_number_to_somebody_else(feed: str) -> None:
    night = two_under_one_number(id_number=None, birth_date="1950-01-02")
    night.mention(feed, link="P2", name="李明", id_number=FATHER, birth_date="1950-01-02")
    found = of_type(night, "shared_id_number")
    assert [c.person_no_2 for c in found] == (["P2"] if feed == "police_residents" else [])


@pytest.mark.parametrize("sex", ["女", "男"], ids=["not of her sex", "less believed"])
def test_a_slip_of_the_police_list_is_theirs_to_correct(sex: str) -> None:
    """Two people's numbers are swapped in the list; the register and a marriage know better."""
    own = id_number("1982-03-04", 22 if sex == "女" else 21)
    night = Night()
    night.person("P1", id_number=SON)
    night.person("P2", name="李梅", sex=sex, id_number=own, birth_date="1982-03-04")
    couple = "female" if sex == "女" else "male"
    night.mention("civil_marriages", couple, link="P2", id_number=own, sex=sex, birth_date="1982-03-04")
    night.mention("police_residents", link="P2", id_number=SON, sex=sex, birth_date="1982-03-04")
    assert of_type(night, "shared_id_number") == []


@pytest.mark.parametrize(("sex", "count"), [("男", 1), ("女", 0), (None, 1)])
def test_an_unlinked_row_with_a_number_of_the_other_sex_holds_it_not(sex: str | None, count: int) -> None:
    night = Night()
    night.person("P1", id_number=FATHER, birth_date="1950-01-02")
    night.mention("police_residents", entity="E1", name="李明", id_number=FATHER, sex=sex)
    assert len(of_type(night, "shared_id_number")) == count


def test_a_number_shared_with_somebody_on_no_register_row_names_one_person() -> None:
    night = Night()
    night.person("P1", id_number=FATHER, birth_date="1950-01-02")
    night.mention("police_residents", entity="E1", name="李明", id_number=FATHER, area_code=HERE)
    (shared,) = of_type(night, "shared_id_number")
    assert (shared.person_no, shared.person_no_2) == ("P1", None)
    assert [e.feed for e in shared.evidence] == ["police_residents", "register"]


# --- wrong_household ---


def family() -> Night:
    """Register household H1 of four: father, son, the son's wife and child."""
    night = Night()
    night.person("P1", id_number=FATHER, name="张建国", relation_to_head="户主")
    night.person("P2", id_number=SON, name="张伟", relation_to_head="子")
    night.person("P3", id_number=WIFE, name="李梅", relation_to_head="儿媳", sex="女")
    night.person("P4", id_number=CHILD, name="张小宝", relation_to_head="孙")
    return night


def listed(night: Night, homes: dict[str, str]) -> None:
    """The police's list: person → their household; the first of each is its head."""
    heads = {home: person for person, home in reversed(homes.items())}
    for person, home in homes.items():
        row = next(row for row in night.people if row["person_no"] == person)
        night.mention(
            "police_residents",
            link=person,
            household_key=f"police_residents:柳口镇派出所:{home}",
            relation_to_head="户主" if heads[home] == person else "子",
            **{name: row[name] for name in ("name", "id_number", "sex", "birth_date", "ethnicity")},
        )


def wrong(night: Night) -> list[tuple[str, str | None]]:
    return [(c.subject, c.proposed_value) for c in of_type(night, "wrong_household")]


def test_who_is_listed_where_the_register_has_them_is_at_home() -> None:
    night = family()
    listed(night, {"P1": "A", "P2": "A", "P3": "A", "P4": "A"})
    assert wrong(night) == []


def test_a_split_household_stays_with_its_head_though_more_people_left() -> None:
    night = family()
    listed(night, {"P1": "A", "P2": "B", "P3": "B", "P4": "B"})
    assert wrong(night) == [("P2", None), ("P3", None), ("P4", None)]


def test_somebody_who_joined_another_household_is_proposed_for_it() -> None:
    night = family()
    night.person("P5", household_no="H2", name="李大明", id_number=id_number("1955-06-07", 17))
    night.person(
        "P6", household_no="H2", name="王芳", relation_to_head="妻", id_number=id_number("1957-06-07", 18)
    )
    listed(night, {"P1": "A", "P2": "A", "P4": "A", "P5": "B", "P6": "B", "P3": "B"})
    (candidate,) = of_type(night, "wrong_household")
    assert (candidate.subject, candidate.register_value, candidate.proposed_value) == ("P3", "H1", "H2")
    assert [e.person_no for e in candidate.evidence] == ["P3"]


@pytest.mark.parametrize("why", ["dead", "unsure", "earlier list", "on two lists", "twice on the register"])
def test_a_person_whose_place_is_another_question_is_not_raised(why: str) -> None:
    night = family()
    listed(night, {"P1": "A", "P2": "A", "P3": "A", "P4": "B"})
    row = night.rows[-1]
    if why == "dead":
        night.mention("hospital_deaths", link="P4", event_date="2026-05-02")
    elif why == "unsure":
        row["p"] = 0.9
    elif why == "earlier list":
        row["is_latest"] = False
    elif why == "on two lists":
        again = {name: value for name, value in row.items() if name != "feed"}
        night.mention("police_residents", **{**again, "household_key": "police_residents:x:C", "record_id": "f" * 16, "mention_id": "f:self"})  # fmt: skip
    else:
        night.person("P9", household_no="H2", id_number=None)
        night.duplicates.append(("P4", "P9", 0.97))
    assert wrong(night) == []


# --- duplicate_household ---


def two_homes(first: int, second: int, pairs: int, *, heads: bool = True) -> Night:
    """H1 and H2 with so many people, the first of whom are the same (heads first, or heads last)."""
    night = Night()
    for home, size in (("H1", first), ("H2", second)):
        for n in range(size):
            head = 0 if heads else size - 1
            relation = "户主" if n == head else "子"
            born = f"19{60 + n}-0{home[1]}-03"
            night.person(
                f"{home}P{n}", household_no=home, relation_to_head=relation, id_number=id_number(born, 11 + n)
            )
    night.duplicates += [(f"H1P{n}", f"H2P{n}", 0.97) for n in range(pairs)]
    return night


@pytest.mark.parametrize(
    ("night", "is_one"),
    [
        (two_homes(3, 3, 3), True),
        (two_homes(1, 1, 1), True),
        (two_homes(4, 3, 3), True),
        (two_homes(4, 4, 2), True),
        (two_homes(4, 4, 2, heads=False), False),
        (two_homes(4, 4, 1), False),
        (two_homes(1, 3, 1), False),
    ],
    ids=["all", "one person each", "most", "half and the heads", "half without the heads", "one of four", "single in another's"],
)  # fmt: skip
def test_households_are_one_when_most_people_of_both_are_the_same(night: Night, is_one: bool) -> None:
    found = of_type(night, "duplicate_household")
    assert [(c.subject, c.household_no) for c in found] == ([("H1:H2", "H1")] if is_one else [])


def test_the_members_pairs_stay_open_beside_their_household() -> None:
    night = two_homes(2, 2, 2)
    assert len(of_type(night, "duplicate_person")) == 2
    (home,) = of_type(night, "duplicate_household")
    assert (home.person_no, home.person_no_2, len(home.evidence)) == ("H1P0", "H2P0", 4)


def test_people_of_a_household_that_stands_twice_are_in_no_wrong_household() -> None:
    night = two_homes(2, 2, 1)
    listed(night, {"H1P0": "A", "H1P1": "A", "H2P1": "A"})
    assert of_type(night, "duplicate_household") and wrong(night) == []

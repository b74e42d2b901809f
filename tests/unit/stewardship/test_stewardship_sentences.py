"""The sentence of a discrepancy: a question about somebody, in both languages, with nothing unmasked and nothing left open."""

from __future__ import annotations

import re
from datetime import date

import pytest

from discrepancies.candidates import TYPES
from stewardship.leads import Lead
from stewardship.sentences import ASKED, OF_TWO, Facts, facts_of, question

CHILD = {"name": "李小明", "sex": "女", "birth_date": "2026-10-03", "mother_name": "马秀英"}
MAN = {"name": "张大伟", "sex": "男", "birth_date": "1990-08-15", "household_no": "H2"}
NUMBER = "990101199008151234"
DAY = date(2026, 11, 1)


def lead(type_: str, **values: str | None) -> Lead:
    told = {"field": None, "proposed_value": None, "reason": "members:3", "household_no": "H1", **values}
    return Lead(
        "D1",
        type_,
        "open",
        1,
        0.9,
        evidence_version=1,
        evidence_count=1,
        first_night=DAY,
        last_night=DAY,
        **told,
    )  # type: ignore[arg-type]


def asked(
    one: Lead, language: str = "en", *, first: dict[str, str] = MAN, second: dict[str, str] | None = None
) -> str:
    facts, _ = facts_of(one, first, second, "H2" if second else "", is_child=first is CHILD)
    return question(one, facts, language)


def test_a_birth_is_asked_about_by_what_one_knows_a_child_by() -> None:
    one = lead("unregistered_birth")
    assert asked(one, first=CHILD).startswith(
        "Is 李●● (girl, born 3 Oct 2026, mother 马●英) on the register already?"
    )
    assert asked(one, "zh", first=CHILD).startswith("李●●（女、2026年10月3日出生、母亲马●英）是否已入库？")


@pytest.mark.parametrize(
    ("type_", "values", "second", "says"),
    [
        ("duplicate_person", {}, MAN, "Are 张●伟 (man, born 15 Aug 1990) and 张●伟"),
        ("possible_link", {}, CHILD, "the same person as 李●明"),
        (
            "inconsistent_field",
            {"field": "sex", "register_value": "女", "proposed_value": "男"},
            None,
            "is the sex male, not female?",
        ),
        (
            "missing_item",
            {"field": "phone", "proposed_value": "13812345678"},
            None,
            "is the phone 138●●●●5678?",
        ),
        (
            "shared_id_number",
            {"field": "id_number", "register_value": NUMBER},
            CHILD,
            "990101 19900815 ●●●●: that of 张●伟",
        ),
        (
            "shared_id_number",
            {"field": "id_number", "register_value": NUMBER},
            None,
            "of whom the police list under it",
        ),
        ("wrong_household", {"register_value": "H1", "proposed_value": "H7"}, None, "household H7, not H1?"),
        ("wrong_household", {"register_value": "H1"}, None, "a household of their own, not in H1?"),
        ("duplicate_household", {}, MAN, "households H1 and H2 one? Doubles in them: 3"),
        ("missing_household", {}, None, "(members: 3)"),
        (
            "source_correction",
            {"field": "sex", "register_value": "女", "proposed_value": "女"},
            None,
            "a department's row has another sex than female: is the row right?",
        ),
    ],
)
def test_each_type_asks_what_is_to_be_found_out(
    type_: str, values: dict[str, str], second: dict[str, str] | None, says: str
) -> None:
    assert says in asked(lead(type_, **values), second=second)


def test_of_two_persons_the_one_outside_the_area_is_said_to_be_there_while_it_is_not_resolved() -> None:
    values = {"person_no": "1", "person_no_2": "2"}
    number = lead("shared_id_number", field="id_number", register_value=NUMBER, **values)
    assert "of somebody registered outside your area?" in asked(number)
    assert "辖区之外登记的另一人" in asked(number, "zh")
    assert "outside your area one person" in asked(lead("duplicate_person", **values))
    assert "outside" not in asked(number, second=CHILD)
    assert asked(lead("duplicate_person", **values)._replace(status="resolved")) == ""


def test_where_values_differ_under_the_mask_alone_that_is_said() -> None:
    one = lead(
        "inconsistent_field", field="phone", register_value="13812345678", proposed_value="13899995678"
    )
    facts, parts = facts_of(one, MAN, None, "", is_child=False)
    assert facts.now == facts.then and "Where it differs is masked" in question(one, facts, "en")
    assert [(part.text, part.differs) for part in parts] == [("138", False), ("●●●●", True), ("5678", False)]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("type_", sorted(ASKED))
def test_no_sentence_has_a_secret_or_a_hole(type_: str, language: str) -> None:
    one = lead(type_, field="id_number", register_value=NUMBER, proposed_value=NUMBER[:-1] + "5")
    if type_ == "wrong_household":
        one = lead(type_, register_value="H1", proposed_value="H2")
    text = asked(one, language, second=CHILD)
    assert text and not re.search(r"%\(|\(\)|（）|  |None", text)
    assert not any(secret in text for secret in ("李小明", "张大伟", "马秀英", NUMBER, NUMBER[-4:]))


def test_who_is_told_of_nobody_is_asked_nothing() -> None:
    for type_ in TYPES:
        assert question(lead(type_), Facts(), "en") == ""
    for type_ in OF_TWO:
        assert asked(lead(type_)) == ""
    assert set(ASKED) == set(TYPES) - {"feed_overdue"}
    assert asked(lead("source_correction", field="id_number")) == ""


def test_whoever_s_age_is_not_known_is_no_child_and_no_grown_up() -> None:
    young, old, unknown = "2010-01-01", "1979-01-04", "1979"
    for born, word in ((young, "girl"), (old, "woman"), (unknown, "female"), ("", "female")):
        assert f"({word}" in asked(
            lead("missing_person"), first={"name": "李小明", "sex": "女", "birth_date": born}
        )


def test_a_household_is_called_by_its_head_whoever_s_row_is_at_hand() -> None:
    row = {
        "name": "李小明",
        "relation_to_head": "子",
        "head_name": "李大山",
        "sex": "男",
        "birth_date": "2001-01-01",
    }
    assert asked(lead("missing_household"), first=row).startswith("Is the household with 李●山 missing")
    head = {**row, "relation_to_head": "户主"}
    assert asked(lead("missing_household"), first=head).startswith("Is the household with 李●明 (man, born")

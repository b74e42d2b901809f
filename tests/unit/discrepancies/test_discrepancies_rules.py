"""Duplicates, deaths and moves, candidates, values, trust and wording."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest
from discrepancy_frames import ELSEWHERE, HERE, HERE_2, Night, id_number

from discrepancies import Candidate, Evidence, find
from discrepancies.candidates import TYPES
from discrepancies.claims import FIELDS
from discrepancies.ethnicities import IN_LETTERS
from discrepancies.trust import DEFAULT_TRUST, REGISTER
from discrepancies.values import fold_name, is_placeholder, is_unreadable, is_valid_id, village_of
from discrepancies.wording import FIELD_NAMES, LANGUAGES, SENTENCES, sentence, value_name
from feeds.values.codes import ETHNICITIES


def subjects(night: Night) -> list[tuple[str, str]]:
    return [(c.type, c.subject) for c in find(night.inputs())]


def test_two_rows_of_one_person_are_one_pair_in_a_fixed_order() -> None:
    night = Night()
    night.person("P2")
    night.person("P1")
    night.duplicates += [("P2", "P1", 0.97), ("P1", "P2", 0.97)]
    (candidate,) = find(night.inputs())
    assert (candidate.type, candidate.subject) == ("duplicate_person", "P1:P2")
    assert (candidate.person_no, candidate.person_no_2, candidate.confidence) == ("P1", "P2", 0.97)
    assert [e.person_no for e in candidate.evidence] == ["P1", "P2"]


def test_a_cluster_of_three_is_the_two_surest_pairs() -> None:
    night = Night()
    for number in ("P1", "P2", "P3"):
        night.person(number)
    night.duplicates += [("P1", "P2", 0.93), ("P2", "P3", 0.99), ("P1", "P3", 0.95)]
    assert subjects(night) == [("duplicate_person", "P1:P3"), ("duplicate_person", "P2:P3")]


@pytest.mark.parametrize(
    "pair", [("P1", "P2", 0.5), ("P1", "P9", 0.99)], ids=["unsure", "gone from the register"]
)
def test_a_pair_that_is_unsure_or_gone_is_not_raised(pair: tuple[str, str, float]) -> None:
    night = Night()
    night.person("P1")
    night.person("P2", id_number=id_number("1980-05-04", 13))
    night.duplicates.append(pair)
    assert subjects(night) == []


def test_a_change_of_a_duplicate_row_is_new_evidence() -> None:
    hashes = set()
    for name in ("张伟", "张炜", "张炜"):
        night = Night()
        night.person("P1")
        night.person("P2", name=name)
        night.duplicates.append(("P1", "P2", 0.97))
        hashes.add(find(night.inputs())[0].evidence_hash)
    assert len(hashes) == 2


def test_a_death_known_twice_is_one_candidate_with_both_rows() -> None:
    night = Night()
    night.person("P1")
    night.mention("hospital_deaths", link="P1", event_date="2026-05-02")
    night.mention("police_moves", link="P1", event_type="死亡注销", event_date="2026-05-08")
    (candidate,) = find(night.inputs())
    assert (candidate.type, candidate.subject, len(candidate.evidence)) == ("deceased_active", "P1", 2)
    assert candidate.area_code == HERE


@pytest.mark.parametrize(
    ("link", "p"),
    [(None, 0.0), ("P1", 0.9)],
    ids=["death of somebody else", "death of perhaps somebody else"],
)
def test_a_death_without_a_sure_link_is_not_raised(link: str | None, p: float) -> None:
    night = Night()
    night.person("P1")
    night.mention("hospital_deaths", link=link, p=p, event_date="2026-05-02")
    assert subjects(night) == []


def test_a_move_out_of_the_county_of_somebody_counted_here_is_raised() -> None:
    night = Night()
    night.person("P1")
    move = {"event_type": "迁出", "event_date": "2026-05-02"}
    night.mention("police_moves", link="P1", to_area=ELSEWHERE, **move)
    assert subjects(night) == [("moved_out_active", "P1")]


def test_a_move_within_the_county_is_no_move_out() -> None:
    night = Night()
    night.person("P1")
    move = {"event_type": "迁出", "event_date": "2026-05-02"}
    night.mention("police_moves", link="P1", to_area=HERE_2, **move)
    assert subjects(night) == []


@pytest.mark.parametrize("is_listed", [False, True], ids=["on no list since", "still listed"])
def test_a_move_to_nowhere_known_counts_when_no_list_has_the_person_any_more(is_listed: bool) -> None:
    night = Night()
    night.person("P1")
    night.mention("police_moves", link="P1", event_type="迁出", to_area=None, event_date="2026-05-02")
    night.mention("police_residents", link="P1", period="2026-04", area_code=HERE, is_latest=is_listed)
    assert subjects(night) == []
    night.person("P2", household_no="H2", id_number=None)
    night.mention("police_residents", link="P2", period="2026-05", area_code=HERE)
    assert subjects(night) == ([] if is_listed else [("moved_out_active", "P1")])


def test_who_is_seen_here_after_a_move_out_still_lives_here() -> None:
    night = Night()
    night.person("P1")
    night.mention("police_moves", link="P1", event_type="迁出", to_area=ELSEWHERE, event_date="2026-05-02")
    night.mention("police_floating", link="P1", residence_area=HERE, area_code=HERE, period="2026-05")
    assert subjects(night) == []


def test_the_hash_is_over_content_not_over_file_names_or_confidence() -> None:
    row = Evidence("police_births", "2026-05-01/a.csv", "", 3, "self", None, "k1", "u")
    again = dataclasses.replace(row, file="2026-06-01/b.csv", sheet="表1", row=9)
    base = Candidate("missing_person", "E1", evidence=(row,))
    assert (
        dataclasses.replace(base, evidence=(again, row), confidence=0.5).evidence_hash == base.evidence_hash
    )
    for change in ({"content_key": "k2"}, {"role": "mother"}, {"feed": "police_moves"}):
        changed = dataclasses.replace(base, evidence=(dataclasses.replace(row, **change),))
        assert changed.evidence_hash != base.evidence_hash
    assert dataclasses.replace(base, proposed_value="x").evidence_hash != base.evidence_hash


def test_the_same_from_another_unit_of_the_department_is_no_new_evidence() -> None:
    row = Evidence("police_residents", "2026-05-01/a.csv", "", 3, "self", None, "k1", "u", "s1")
    base = Candidate("missing_person", "E1", evidence=(row,))
    merged = dataclasses.replace(row, content_key="k2", unit="v")
    assert dataclasses.replace(base, evidence=(merged,)).evidence_hash == base.evidence_hash
    assert dataclasses.replace(base, evidence=(row, merged)).evidence_hash == base.evidence_hash
    news = dataclasses.replace(merged, said_key="s2")
    assert dataclasses.replace(base, evidence=(row, news)).evidence_hash != base.evidence_hash


def test_no_value_of_one_field_can_pass_for_another_in_the_hash() -> None:
    a = Candidate("inconsistent_field", "P1:sex", register_value="男", proposed_value=None)
    b = Candidate("inconsistent_field", "P1:sex", register_value=None, proposed_value="男")
    assert a.evidence_hash != b.evidence_hash


def test_an_empty_night_finds_nothing() -> None:
    assert find(Night().inputs()) == []


@pytest.mark.parametrize(
    ("a", "b", "is_same"),
    [
        ("买买提·艾力", "买买提・艾力", True),
        ("买买提 艾力", "买买提.艾力", True),
        ("张　三", "张三", True),
        ("鍾峯", "钟峰", True),
        ("张伟", "张玮", False),
        ("付昇", "傅升", True),
    ],
)
def test_names_fold_to_one_key_when_they_differ_in_spelling_only(a: str, b: str, is_same: bool) -> None:
    assert (fold_name(a) == fold_name(b)) is is_same


@pytest.mark.parametrize(
    "name", ["张某之子", "张XX之女", "李婴", "大宝", "二宝", "宝宝", "王芳之子", "李某某"]
)
def test_a_name_given_before_there_was_one_is_a_placeholder(name: str) -> None:
    assert is_placeholder(name)


@pytest.mark.parametrize("name", ["张?", "李■明", "王Xin", "李\ue81e"])
def test_a_name_with_lost_characters_is_unreadable(name: str) -> None:
    assert is_unreadable(name)


def test_a_plain_name_is_neither_placeholder_nor_unreadable() -> None:
    assert not is_placeholder("张子涵") and not is_unreadable("艾力·肉孜")


@pytest.mark.parametrize("position", range(18))
def test_every_single_digit_error_makes_a_number_invalid(position: int) -> None:
    number = id_number("2019-02-28", 123)
    wrong = number[:position] + ("1" if number[position] != "1" else "2") + number[position + 1 :]
    assert is_valid_id(number)
    assert not is_valid_id(wrong)


@pytest.mark.parametrize("number", ["", "12", id_number("2019-02-28", 123)[:17], "99122420190230123" + "4"])
def test_what_has_no_shape_or_no_date_is_no_number(number: str) -> None:
    assert not is_valid_id(number)


def test_only_village_codes_are_villages() -> None:
    codes = pd.Series([HERE, "991224100000", ELSEWHERE, None], dtype=object)
    assert village_of(codes).notna().tolist() == [True, False, False, False]


def test_every_field_has_a_line_of_trust_and_a_name() -> None:
    for rule in FIELDS:
        assert rule.field in FIELD_NAMES
        if rule.inconsistent:
            assert 0.5 < DEFAULT_TRUST.of(rule.field, REGISTER) < 1.0


def test_every_number_of_trust_is_a_probability() -> None:
    for line in DEFAULT_TRUST.table.values():
        assert all(0.0 < value < 1.0 for value in line.values())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", TYPES)
def test_every_type_has_a_sentence_that_asks_and_never_accuses(kind: str, language: str) -> None:
    text = sentence(Candidate(kind, "s", field="birth_date"), language)
    assert ("待核实" if language == "zh" else "needs checking") in text
    assert not any(word in text.lower() for word in ("违规", "违法", "violation", "offence", "{"))
    assert set(SENTENCES[kind]) == set(LANGUAGES)


@pytest.mark.parametrize(
    ("field", "value", "zh", "en"),
    [
        pytest.param("sex", "男", "男", "male", id="man"),
        pytest.param("sex", "女", "女", "female", id="woman"),
        pytest.param("sex", "9", "9", "9", id="no known code"),
        pytest.param("relation_to_head", "女", "女", "daughter", id="daughter"),
        pytest.param("ethnicity", "维吾尔族", "维吾尔族", "Uygur", id="ethnicity"),
        pytest.param("ethnicity", "汉", "汉", "Han", id="ethnicity, short"),
        pytest.param("ethnicity", "03", "回族", "Hui", id="ethnicity, its code"),
        pytest.param("ethnicity", "●●", "●●", "●●", id="ethnicity, masked"),
        pytest.param(None, "女", "女", "女", id="no item"),
    ],
)
def test_a_code_is_said_in_words_and_what_is_none_stays(
    field: str | None, value: str, zh: str, en: str
) -> None:
    assert tuple(value_name(field, value, language) for language in LANGUAGES) == (zh, en)


def test_the_ethnicities_are_those_of_the_feeds() -> None:
    assert list(IN_LETTERS) == ETHNICITIES and len(set(IN_LETTERS.values())) == 56


@pytest.mark.parametrize(
    ("second", "count"),
    [({}, 1), ({"id_number": id_number("1980-05-04", 13)}, 0), ({"id_number": None}, 0)],
    ids=["one number", "two numbers", "no number"],
)
def test_rows_under_one_number_that_are_likelier_one_person_are_a_duplicate(
    second: dict[str, str], count: int
) -> None:
    night = Night()
    night.person("P1")
    night.person("P2", birth_date="1981-05-05", **second)
    night.duplicates.append(("P1", "P2", 0.6))
    assert [s for s in subjects(night) if s[0] == "duplicate_person"] == [
        ("duplicate_person", "P1:P2")
    ] * count

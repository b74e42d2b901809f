"""The sentences that say why a discrepancy is believed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from discrepancy_frames import Night, id_number

import discrepancies
from discrepancies import find
from discrepancies.explanation import _CODES, FEED_NAMES, explanation
from discrepancies.schedule import CALENDAR
from discrepancies.trust import DEFAULT_TRUST
from discrepancies.wording import LANGUAGES


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("zh", "依据：公安户籍、婚姻登记。支持的来源 2 个。不支持的来源 1 个。可信度 92%。"),
        (
            "en",
            "Told by the police's household lists, marriage registrations. Sources for it: 2. Sources against it: 1. Confidence 92%.",
        ),
    ],
)
def test_a_proposed_value_says_who_tells_it_how_many_do_not_and_how_sure_it_is(
    language: str, expected: str
) -> None:
    assert explanation("by:police_residents,civil_marriages;for:2;against:1", 0.9151, language) == expected


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (
            "by:id_number;for:1;against:1;register_unfit;lunar",
            ["ID number holds", "cannot be right", "lunar"],
        ),
        ("fields:birth_date,sex", ["date of birth, sex"]),
        ("unusable:no_name:name,torn", ["no_name name, torn"]),
        ("unusable:lost:id_number", ["export them again as text"]),
        ("listed:police_residents", ["the police's household lists"]),
        ("asked:2026-05-10;usual:44", ["since 2026-05-10", "44"]),
    ],
)
def test_every_code_is_told_in_words(reason: str, words: list[str]) -> None:
    text = explanation(reason, 1.0, "en")
    assert [word for word in words if word not in text] == []
    assert "Confidence" not in text


def test_what_is_not_certain_is_never_called_so() -> None:
    assert explanation("same_person", 0.9999, "en").endswith("Confidence 99%.")


def test_every_code_that_a_rule_writes_has_a_sentence() -> None:
    """Codes stand in the rules' source as `reason="code…"` or as parts of `_reason`."""
    folder = Path(discrepancies.__file__).parent
    source = "".join(file.read_text(encoding="utf-8") for file in folder.glob("*.py")).replace('f"', '"')
    reasons = re.findall(r'reason="([^"]+)"', source) + re.findall(r"parts = \[(.*)\]", source)
    codes = {code for reason in reasons for code in re.findall(r'(?:^|;|")([a-z_]+)(?=[:"]|$)', reason)}
    assert {"by", "for", "members", "holders", "asked", "unusable"} <= codes <= set(_CODES)


def test_every_feed_and_source_has_a_name() -> None:
    sources = {feed for line in DEFAULT_TRUST.table.values() for feed in line} - {"*", "register:unfit"}
    assert {*CALENDAR, *sources} <= set(FEED_NAMES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_night_finds_can_be_explained_without_a_persons_value(language: str) -> None:
    night = Night()
    night.person("P1")
    night.person("P2", household_no="H2", id_number=id_number("1980-05-04", 13))
    night.duplicates.append(("P1", "P2", 0.97))
    night.mention("police_residents", link="P1", name="张炜", birth_date="1980-05-04", sex="女")
    night.mention("hospital_deaths", link="P2", event_date="2026-05-02")
    night.mention(
        "police_residents", entity="E1", name="李明", birth_date="1990-01-01", area_code="991224100200"
    )
    found = find(night.inputs())
    assert len({candidate.type for candidate in found}) >= 4
    texts = [explanation(candidate.reason, candidate.confidence, language) for candidate in found]
    assert all(texts)
    assert [text for text in texts for value in ("张", "李明", "1980", "1990") if value in text] == []

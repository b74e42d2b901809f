"""A county's own rules from a table, and what they would change."""

from __future__ import annotations

from typing import Any

import pytest

from discrepancies import Candidate, RuleSettings
from discrepancies.preview import Effect, Known, effects
from discrepancies.settings_file import BadSetting, with_changes

DEFAULT = RuleSettings()


def test_what_the_table_does_not_name_stays() -> None:
    assert with_changes(DEFAULT, {}) == DEFAULT
    changed = with_changes(DEFAULT, {"birth_days": 45, "due_days": {"police_births": 8}})
    assert (changed.birth_days, changed.due_days["police_births"]) == (45, 8)
    assert changed.due_days["hospital_births"] == DEFAULT.due_days["hospital_births"]
    assert changed.link_probability == DEFAULT.link_probability


def test_the_trust_table_is_changed_cell_by_cell() -> None:
    changed = with_changes(DEFAULT, {"trust": {"name": {"hospital_births": 0.8}}}).trust
    assert changed.of("name", "hospital_births") == 0.8
    assert changed.of("name", "police_residents") == DEFAULT.trust.of("name", "police_residents")
    assert DEFAULT.trust.of("name", "hospital_births") != 0.8


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"birth_dais": 30}, "there is no setting birth_dais"),
        ({"birth_days": "30"}, "birth_days is a number"),
        ({"birth_days": True}, "birth_days is a number"),
        ({"birth_days": -1}, "birth_days is a whole number"),
        ({"birth_days": 1.5}, "birth_days is a whole number"),
        ({"usual_periods": 0}, "usual_periods is a whole number, 1 or more"),
        ({"link_probability": 95}, "link_probability is between 0 and 1"),
        ({"link_probability": float("nan")}, "link_probability is between 0 and 1"),
        ({"quiet_probability": 0}, "quiet_probability is between"),
        ({"school_until_age": 150}, "school_until_age is an age"),
        ({"due_days": 5}, r"due_days is a table"),
        ({"due_days": {"police": 5}}, "due_days.police: there is no such feed"),
        ({"due_days": {"police_births": 31}}, "due_days.police_births is a day"),
        ({"trust": {"nam": {}}}, "trust.nam: there is no such field"),
        ({"trust": {"name": 0.9}}, "trust.name is a table"),
        ({"trust": {"name": {"hospital": 0.9}}}, "trust.name.hospital: there is no such source"),
        ({"trust": {"name": {"hospital_births": 1}}}, "trust.name.hospital_births is a probability"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_is_said_by_name(table: dict[str, Any], says: str) -> None:
    with pytest.raises(BadSetting, match=says.replace("[", r"\[")):
        with_changes(DEFAULT, table)


def test_effects_are_those_of_the_night_that_would_be() -> None:
    same, changed = Candidate("missing_person", "a"), Candidate("missing_person", "b", proposed_value="x")
    found = [same, changed, *(Candidate("missing_person", s) for s in ("new", "back", "again"))]
    known = {
        ("missing_person", "a"): Known("open", same.evidence_hash),
        ("missing_person", "b"): Known("waiting", "other"),
        ("missing_person", "back"): Known("resolved", found[3].evidence_hash),
        ("missing_person", "again"): Known("decided", "other"),
        ("missing_person", "gone"): Known("open", "x"),
        ("missing_person", "settled"): Known("decided", "x"),
        ("missing_person", "past"): Known("resolved", "x"),
    }
    assert effects(found, known) == [
        Effect("missing_person", "again", "reopened"),
        Effect("missing_person", "b", "changed"),
        Effect("missing_person", "back", "reopened"),
        Effect("missing_person", "gone", "resolved"),
        Effect("missing_person", "new", "opened"),
    ]

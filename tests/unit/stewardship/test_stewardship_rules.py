"""The form of the rules: what it shows is what it reads, what cannot be is said beside its field, nothing is forgotten."""

from __future__ import annotations

import dataclasses

import pytest

from discrepancies.preview import EFFECTS
from discrepancies.schedule import CALENDAR
from discrepancies.settings import RuleSettings
from discrepancies.settings_file import TABLES, with_changes
from stewardship import words
from stewardship.administration import rule_words
from stewardship.administration.rule_forms import differences, fields, flat, read_form, settled, sources
from stewardship.keeping import MOST_FIELDS

DEFAULTS = RuleSettings()
RULES = {
    "birth_days": 45,
    "school_until_age": 16.5,
    "due_days": {"police_births": 9},
    "trust": {"name": {"hospital_births": 0.85}, "phone": {"register": 0.7}},
}


def test_every_setting_can_be_set_on_the_page() -> None:
    plain = {field.name for field in dataclasses.fields(RuleSettings)} - set(TABLES)
    assert set(rule_words.SETTINGS) == plain
    shown = fields(DEFAULTS)
    assert {name for name in shown if name.startswith("d.")} == {f"d.{feed}" for feed in DEFAULTS.due_days}
    assert {name for name in shown if name.startswith("t.")} == {
        f"t.{field}.{feed}" for field, line in DEFAULTS.trust.table.items() for feed in line
    }


def test_the_whole_form_fits_into_what_a_form_may_have() -> None:
    assert len(fields(DEFAULTS)) + len(CALENDAR) + 20 < MOST_FIELDS


def test_sources_and_effects_have_words() -> None:
    assert set(sources(DEFAULTS)) <= {*words.FEEDS, *rule_words.MORE_SOURCES}
    assert set(rule_words.EFFECTS) == set(EFFECTS)


def test_what_a_form_shows_is_what_it_reads() -> None:
    assert read_form(fields(DEFAULTS), DEFAULTS).rules == {}
    changed = with_changes(DEFAULTS, RULES)
    read = read_form(fields(changed), DEFAULTS)
    assert read.problems == {} and read.rules == RULES
    assert settled(read.rules, DEFAULTS) == changed


def test_what_is_blank_is_as_the_defaults_have_it() -> None:
    typed = dict.fromkeys(fields(DEFAULTS), " ")
    assert read_form(typed, DEFAULTS) == read_form({}, DEFAULTS)
    assert read_form({}, DEFAULTS).rules == {}


def test_a_default_of_the_deployment_is_no_setting_of_the_county() -> None:
    own = dataclasses.replace(DEFAULTS, link_probability=0.9)
    assert read_form({"s.link_probability": "0.9"}, own).rules == {}
    assert read_form({"s.link_probability": "0.95"}, own).rules == {"link_probability": 0.95}


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        pytest.param("s.birth_days", "-1", "whole", id="days below none"),
        pytest.param("s.birth_days", "1.5", "whole", id="half a day"),
        pytest.param("s.birth_days", "often", "number", id="a word"),
        pytest.param("s.birth_days", "１０", "number", id="other digits"),
        pytest.param("s.usual_periods", "0", "one", id="no period"),
        pytest.param("s.link_probability", "1.01", "share", id="more than sure"),
        pytest.param("s.quiet_probability", "0", "open_share", id="never"),
        pytest.param("s.school_until_age", "121", "age", id="an age of nobody"),
        pytest.param("s.nothing", "1", "unknown", id="no such setting"),
        pytest.param("s.due_days", "1", "unknown", id="a table"),
        pytest.param("d.police_births", "29", "day", id="a day that February lacks"),
        pytest.param("d.nobody", "1", "unknown", id="no such feed"),
        pytest.param("t.name.police_births", "1", "probability", id="never wrong"),
        pytest.param("t.name.nobody", "0.5", "unknown", id="no such source"),
        pytest.param("t.nothing.police_births", "0.5", "unknown", id="no such item"),
        pytest.param("t.name", "0.5", "unknown", id="half a cell"),
    ],
)
def test_what_cannot_be_is_said_of_its_field_and_the_others_are_read(name: str, text: str, kind: str) -> None:
    read = read_form({name: text, "s.infant_days": "300"}, DEFAULTS)
    assert read.problems == {name: kind} and kind in rule_words.PROBLEMS
    assert read.rules == {"infant_days": 300}


def test_a_cell_that_has_no_line_yet_is_added() -> None:
    added = {"new.field": "phone", "new.source": "register", "new.share": "0.7"}
    assert read_form(added, DEFAULTS).rules == {"trust": {"phone": {"register": 0.7}}}
    assert read_form(added | {"new.source": ""}, DEFAULTS).problems == {"new": "unknown"}


def test_differences_name_what_is_set_otherwise_and_no_more() -> None:
    told = {(one.key, one.before, one.after) for one in differences({"birth_days": 40}, RULES, DEFAULTS)}
    assert told == {
        (("s", "birth_days"), "40", "45"),
        (("s", "school_until_age"), "15.5", "16.5"),
        (("d", "police_births"), "5", "9"),
        (("t", "name", "hospital_births"), "0.9", "0.85"),
        (("t", "phone", "register"), "∅", "0.7"),
    }


def test_a_setting_of_an_older_release_does_not_break_the_page() -> None:
    assert differences({"gone": 1, "trust": {"gone": 3}}, {}, DEFAULTS) == []
    assert len(flat(settled({"birth_days": "x"}, DEFAULTS))) == len(flat(DEFAULTS))

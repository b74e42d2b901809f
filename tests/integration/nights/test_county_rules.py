"""A county's own rules.toml: what nights go by it, when they do, and what a mistake in it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assets.calendar import is_due
from assets.discrepancies import night_inputs
from assets.rules import rule_settings
from assets.workspace import Workspace
from discrepancies import find
from pipelines.errors import OperatorError
from pipelines.resources import open_workspace
from pipelines.running import check_rules
from tests.county_nights import Deliveries, Home


@pytest.fixture
def county(done: Home, tmp_path: Path) -> Iterator[Workspace]:
    """The finished nights with a home of its own for rules.toml."""
    with open_workspace(done.settings, done.landing) as workspace:
        yield replace(workspace, home=tmp_path)


def write_rules(county: Workspace, text: str) -> None:
    (county.home / "rules.toml").write_text(text, encoding="utf-8")


def test_nights_go_by_the_countys_rules(county: Workspace, deliveries: Deliveries) -> None:
    births = [c for c in find(night_inputs(county, deliveries.last)) if c.type == "unregistered_birth"]
    write_rules(county, "birth_days = 3650\n")
    later = [c for c in find(night_inputs(county, deliveries.last)) if c.type == "unregistered_birth"]
    assert births
    assert not later


def test_changed_rules_call_for_a_night(county: Workspace, deliveries: Deliveries) -> None:
    assert not is_due(county, deliveries.last)
    write_rules(county, "birth_days = 45\n")
    assert is_due(county, deliveries.last)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("birth_day = 30\n", "there is no setting birth_day", id="unknown"),
        pytest.param("birth_days = -1\n", "birth_days is a whole number", id="out of bounds"),
        pytest.param("birth_days 30\n", "rules.toml in", id="no TOML"),
    ],
)
def test_a_mistake_is_said_before_the_night(county: Workspace, text: str, said: str) -> None:
    write_rules(county, text)
    with pytest.raises(OperatorError, match=said):
        check_rules(county)


def test_without_a_file_the_defaults_hold(county: Workspace) -> None:
    assert rule_settings(county).birth_days == 30

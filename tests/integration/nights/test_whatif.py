"""What other rules would do, held against finished nights; nothing is written."""

from __future__ import annotations

import pytest

from pipelines.errors import OperatorError
from pipelines.resources import open_workspace
from pipelines.trying import Trial, try_rules
from tests.county_nights import Deliveries, Home


def tried(done: Home, rules: dict[str, object]) -> Trial:
    with open_workspace(done.settings, done.landing) as workspace:
        return try_rules(workspace, rules)


def test_the_same_rules_change_nothing(done: Home, deliveries: Deliveries) -> None:
    trial = tried(done, {})
    assert (trial.night, trial.effects) == (deliveries.last, [])


def test_a_longer_period_closes_births_and_writes_nothing(done: Home) -> None:
    before = done.exports()
    trial = tried(done, {"birth_days": 3650})
    assert {(one.type, one.what) for one in trial.effects} == {("unregistered_birth", "resolved")}
    assert done.exports() == before


def test_less_trust_in_a_feed_changes_what_is_proposed(done: Home) -> None:
    trial = tried(done, {"trust": {"hukou_address": {"police_residents": 0.5}}})
    assert {one.type for one in trial.effects} >= {"inconsistent_field"}


def test_before_the_first_night_there_is_nothing_to_try(deliveries: Deliveries, tmp_path_factory: pytest.TempPathFactory) -> None:  # fmt: skip
    home = Home(tmp_path_factory.mktemp("fresh"), deliveries.landing)
    with pytest.raises(OperatorError, match="no night has run yet"):
        tried(home, {})

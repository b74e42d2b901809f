"""Rules are held against frames by Great Expectations, and only counts and ids come back."""

import json
from dataclasses import asdict
from datetime import date

import numpy as np
import pandas as pd
import pytest

from expectations.gx import ROW_KINDS, judge
from expectations.rules import RULES, Rule, rules_of

pytestmark = pytest.mark.filterwarnings("ignore:.*:Warning:great_expectations|marshmallow")

NIGHT = date(2026, 5, 1)


def _frame(rows: int = 200) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "record_id": [f"{number:016x}" for number in range(rows)],
            "name": "王伟",
            "household_no": [str(number // 3) for number in range(rows)],
            "id_number": "990101199001011234",
            "id_number__state": "valid",
            "birth_date": pd.Timestamp("1990-01-01"),
            "sex": "男",
        }
    )


def _row_rules(feed: str) -> list[Rule]:
    return [rule for rule in rules_of(feed) if rule.kind in ROW_KINDS]


def test_a_good_frame_meets_every_rule() -> None:
    verdicts = judge(_frame(), _row_rules("police_residents"), NIGHT)
    assert {verdict.rule for verdict in verdicts} == {rule.name for rule in _row_rules("police_residents")}
    assert all(verdict.is_met and verdict.failed == 0 for verdict in verdicts)


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        pytest.param("id_number", None, "police_residents__id_number__present", id="missing"),
        pytest.param(
            "id_number", "99010119900101123", "police_residents__id_number__matches", id="malformed"
        ),
        pytest.param("sex", "不明", "police_residents__sex__one_of", id="unknown code"),
        pytest.param(
            "birth_date", pd.Timestamp("2026-05-02"), "police_residents__birth_date__within", id="future"
        ),
    ],
)
def test_a_bad_cell_is_named_by_record_id_and_rule(column: str, value: object, rule: str) -> None:
    frame = _frame()
    frame.loc[7, column] = value
    failing = {v.rule: v.failing_ids for v in judge(frame, _row_rules("police_residents"), NIGHT) if v.failed}
    assert failing == {rule: (frame.loc[7, "record_id"],)}


def test_a_rule_holds_while_the_share_of_good_rows_is_large_enough() -> None:
    frame = _frame(100)
    rule = Rule("police_residents", "id_number", "present", mostly=0.9)
    frame.loc[:9, "id_number"] = None
    assert judge(frame, [rule], NIGHT)[0].is_met
    frame.loc[:10, "id_number"] = None
    assert not judge(frame, [rule], NIGHT)[0].is_met


def test_no_value_comes_back() -> None:
    frame = _frame()
    frame["id_number"] = "CANARY-19900101"
    frame["sex"] = "CANARY"
    verdicts = judge(frame, _row_rules("police_residents"), NIGHT)
    assert any(verdict.failed for verdict in verdicts)
    assert "CANARY" not in json.dumps([asdict(verdict) for verdict in verdicts])


def test_a_missing_column_fails_every_row_instead_of_passing_in_silence() -> None:
    rule = Rule("police_residents", "sex", "one_of", values=("男", "女"))
    (verdict,) = judge(_frame(5).drop(columns="sex"), [rule], NIGHT)
    assert (verdict.is_met, verdict.failed, len(verdict.failing_ids)) == (False, 5, 5)


@pytest.mark.parametrize("feed", sorted({rule.feed for rule in RULES}))
def test_every_rule_of_a_feed_can_be_evaluated_when_all_cells_are_blank(feed: str) -> None:
    rules = _row_rules(feed)
    frame = pd.DataFrame({"record_id": ["a", "b"]})
    for rule in rules:
        kind = "datetime64[ns]" if rule.column.endswith("_date") or rule.column.endswith("_on") else object
        frame[rule.column] = pd.Series([None, None], dtype=kind)
    for verdict in judge(frame, rules, NIGHT):
        assert verdict.is_met is not verdict.rule.endswith("__present")


def test_an_empty_frame_gives_no_verdict() -> None:
    assert judge(_frame(0), rules_of("register"), NIGHT) == []


def test_rule_names_are_unique_and_say_feed_column_and_kind() -> None:
    names = [rule.name for rule in RULES]
    assert len(names) == len(set(names))
    assert all(name == f"{r.feed}__{r.column}__{r.kind}" for name, r in zip(names, RULES))


def test_shares_are_shares() -> None:
    assert np.all([0 < rule.mostly <= 1 for rule in RULES])

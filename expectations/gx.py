"""The one place that knows Great Expectations.

A feed's rules become a suite in an ephemeral context over the night's frame. Three traps are shut here: values (the result
format excludes unexpected values and asks for ids instead, and of GX's exceptions only the rule's name gets out), the network (analytics off, no
data docs), and the import (5–11 s, so inside a function, once per process, and only when something arrived).
"""

import os
import threading
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from expectations.rules import Rule
from expectations.verdicts import Verdict

if TYPE_CHECKING:
    import pandas as pd

ROW_KINDS = ("present", "matches", "within", "one_of", "once")

RESULT_FORMAT: dict[str, Any] = {
    "result_format": "COMPLETE",
    "exclude_unexpected_values": True,
    "partial_unexpected_count": 0,
    "return_unexpected_index_query": False,
}


class ExpectationCannotRun(RuntimeError):
    """A rule that does not fit its frame: a bug in the rules, named without any value."""


def warm_up() -> threading.Thread:
    """Import Great Expectations beside whatever else is being done; `judge` waits for it by importing it too."""
    thread = threading.Thread(target=_great_expectations, name="import great_expectations", daemon=True)
    thread.start()
    return thread


def _great_expectations() -> Any:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read by GX at import
    import great_expectations

    return great_expectations


def judge(
    frame: "pd.DataFrame", rules: Sequence[Rule], night: date, id_column: str = "record_id"
) -> list[Verdict]:
    """Hold `rules` (of one feed) against `frame`, one row per id.

    A rule whose column the frame does not have is not met by any row, rather than passed over in silence. An empty frame
    meets nothing and fails nothing: no verdict.
    """
    if frame.empty or not rules:
        return []
    runnable = [rule for rule in rules if rule.column in frame.columns]
    verdicts = [_unmet(rule, frame, id_column) for rule in rules if rule.column not in frame.columns]
    if not runnable:
        return verdicts
    columns = list(dict.fromkeys([id_column, *(rule.column for rule in runnable)]))
    results = _validate(frame[columns].reset_index(drop=True), runnable, night, id_column)
    return verdicts + [_verdict(rule, result, len(frame), id_column) for rule, result in results]


def _unmet(rule: Rule, frame: "pd.DataFrame", id_column: str) -> Verdict:
    return Verdict(rule.name, rule.feed, False, len(frame), len(frame), tuple(frame[id_column]))


def _validate(
    frame: "pd.DataFrame", rules: Sequence[Rule], night: date, id_column: str
) -> Iterable[tuple[Rule, Any]]:
    gx = _great_expectations()
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("night").add_dataframe_asset("frame")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch(batch_parameters={"dataframe": frame})
    suite = gx.ExpectationSuite(name="rules", expectations=[_expectation(rule, night) for rule in rules])
    by_name = {rule.name: rule for rule in rules}
    outcome = batch.validate(
        suite, result_format={**RESULT_FORMAT, "unexpected_index_column_names": [id_column]}
    )
    return [(by_name[_rule_of(result)], result) for result in outcome.results]


def _rule_of(result: Any) -> str:
    name: str = result.expectation_config.meta["rule"]
    return name


def _expectation(rule: Rule, night: date) -> Any:
    import great_expectations.expectations as gxe

    common: dict[str, Any] = {"column": rule.column, "mostly": rule.mostly, "meta": {"rule": rule.name}}
    if rule.kind == "present":
        return gxe.ExpectColumnValuesToNotBeNull(**common)
    if rule.kind == "matches":
        return gxe.ExpectColumnValuesToMatchRegex(regex=rule.pattern or ".*", **common)
    if rule.kind == "one_of":
        return gxe.ExpectColumnValuesToBeInSet(value_set=list(rule.values), **common)
    if rule.kind == "once":
        return gxe.ExpectColumnValuesToBeUnique(**common)
    if rule.kind == "within":
        return gxe.ExpectColumnValuesToBeBetween(
            min_value=_day(night, rule.low), max_value=_day(night, rule.high), **common
        )
    return gxe.ExpectColumnValuesToBeBetween(min_value=rule.low, max_value=rule.high, **common)


def _day(night: date, offset: float | None) -> Any:
    import pandas as pd

    return None if offset is None else pd.Timestamp(night + timedelta(days=int(offset))).to_pydatetime()


def _verdict(rule: Rule, result: Any, rows: int, id_column: str) -> Verdict:
    if result.exception_info and _raised(result.exception_info):
        raise ExpectationCannotRun(f"rule {rule.name} cannot be evaluated on its column")
    failing = [
        key
        for entry in result.result.get("unexpected_index_list") or []
        for key in (entry[id_column] if isinstance(entry[id_column], list) else [entry[id_column]])
    ]
    evaluated = rows - int(result.result.get("missing_count") or 0)
    failed = int(result.result.get("unexpected_count") or 0)
    return Verdict(rule.name, rule.feed, bool(result.success), evaluated, failed, tuple(sorted(set(failing))))


def _raised(info: dict[str, Any]) -> bool:
    if "raised_exception" in info:
        return bool(info["raised_exception"])
    return any(bool(one.get("raised_exception")) for one in info.values())

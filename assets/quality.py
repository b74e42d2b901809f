"""Expectations as asset checks: one per rule, over what arrived tonight.

A feed that handed over nothing is not judged (its checks keep yesterday's verdict), and Great Expectations is not even
imported on a night without deliveries. Rules about rows only warn: what they say is written by record id, for the
department that has to mend its list. A delivery far larger or smaller than its unit's last one is an error; what it would
have ended stands until the next one (docs/adr/0004). That rows add up blocks: nothing is derived from a feed that lost one.
"""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

import dagster as dg

from assets.deliveries import FEEDS
from assets.nights import nightly
from assets.sealed import sealed
from assets.workspace import Workspace
from expectations.rules import RULES

if TYPE_CHECKING:
    import pandas as pd

    from expectations.verdicts import Verdict

QUALITY = dg.AssetKey("quality")
OF_VOLUME = frozenset(rule.name for rule in RULES if rule.kind == "rows")


@dg.multi_asset(
    name="expectations",
    specs=[
        nightly(
            QUALITY.to_user_string(),
            "What the night's files are like, rule by rule; the records that do not meet a rule, by id.",
            group="2_quality",
            deps=["records"],
        )
    ],
    check_specs=[dg.AssetCheckSpec(rule.name, asset=QUALITY, description=rule.description) for rule in RULES],
    can_subset=True,
)
def expectations(
    context: dg.AssetExecutionContext, workspace: dg.ResourceParam[Workspace]
) -> Iterator[dg.MaterializeResult]:
    """Hold what arrived against the rules."""
    wanted = {key.name for key in context.selected_asset_check_keys}
    with sealed():
        night = context.partition_key
        verdicts = [verdict for feed in FEEDS for verdict in _judge(workspace, feed, night)]
        workspace.store.write("quality", night, _failures(verdicts))
    yield dg.MaterializeResult(
        asset_key=QUALITY,
        metadata={"rules": len(verdicts), "not_met": sum(not verdict.is_met for verdict in verdicts)},
        check_results=[_check(verdict) for verdict in verdicts if verdict.rule in wanted],
    )


def _check(verdict: "Verdict") -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=verdict.rule,
        asset_key=QUALITY,
        passed=verdict.is_met,
        severity=dg.AssetCheckSeverity.ERROR if verdict.rule in OF_VOLUME else dg.AssetCheckSeverity.WARN,
        metadata={"evaluated": verdict.evaluated, "failed": verdict.failed},
    )


def _judge(workspace: Workspace, feed: str, night: str) -> "list[Verdict]":
    records = workspace.store.read(f"records/{feed}", night)
    if records is not None and "coverage" in records.columns:  # who leaves the register need not be described
        from feeds.coverage import CHANGES, REMOVED

        records = records[~(records["coverage"].eq(CHANGES) & records["change"].eq(REMOVED))]
    if records is None or records.empty:
        return []
    from expectations.gx import ROW_KINDS, judge

    rules = [rule for rule in RULES if rule.feed == feed]
    of_rows = [rule for rule in rules if rule.kind in ROW_KINDS]
    of_files = [rule for rule in rules if rule.kind not in ROW_KINDS]
    day = date.fromisoformat(night)
    return [
        *judge(records, of_rows, day),
        *judge(_files(workspace, feed, night), of_files, day, id_column="delivery"),
    ]


def _files(workspace: Workspace, feed: str, night: str) -> "pd.DataFrame":
    """Per delivery of the night: `rows` against the unit's period before, `arrival` in days after the period's end. A delivery of changes
    is as long as it is."""
    import pandas as pd

    from register.work import unit_of_work

    with unit_of_work(workspace.database) as work:
        entries = [e for e in work.deliveries.taken() if e.feed == feed and e.coverage != "changes"]
    columns = ["delivery", "night", "arrival", "file", "unit", "period", "read"]
    rows = [
        (e.sha256, e.night.isoformat(), e.arrival, e.file, e.unit, e.period, e.rows_kept + e.rows_superseded)
        for e in entries
    ]
    taken = pd.DataFrame(rows, columns=columns).sort_values(["unit", "period", "arrival", "file"])
    before = taken.groupby("unit", dropna=False)["read"].shift(1)
    late = pd.to_datetime(taken["arrival"]) - pd.to_datetime(taken["period"].map(_end_of))
    measured = taken.assign(rows=taken["read"] / before.where(before > 0), arrival=late.dt.days.astype(float))
    return measured.loc[measured["night"] == night, ["delivery", "rows", "arrival"]]


def _end_of(period: str | None) -> "pd.Timestamp | None":
    """The last day of a month, quarter or (the month that opens it) term; None for what is none."""
    import pandas as pd

    from feeds.ledger import period_order

    month = pd.to_datetime(period_order(period or ""), format="%Y-%m", errors="coerce")
    return None if pd.isna(month) else month + pd.offsets.MonthEnd(0)


def _failures(verdicts: "list[Verdict]") -> "pd.DataFrame":
    import pandas as pd

    rows = [(v.feed, v.rule, failing) for v in verdicts for failing in v.failing_ids]
    return pd.DataFrame(rows, columns=["feed", "rule", "id"], dtype=object)

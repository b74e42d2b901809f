"""The rules over everything current, and the store brought to what they found, in one transaction with the night's own entry.

The night of the store is the *state night* (docs/adr/0001): an older night that is run again changes nothing; an older night that
finds files which nobody had taken is applied as of the newest applied night.
"""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import dagster as dg

from assets.areas import county_areas
from assets.current import current_mentions
from assets.deliveries import state_night
from assets.nights import NIGHTS
from assets.rules import rule_settings, rules_version
from assets.sealed import sealed
from assets.workspace import Workspace

if TYPE_CHECKING:
    from discrepancies import NightInputs


@dg.asset(
    group_name="5_discrepancies",
    partitions_def=NIGHTS,
    deps=["links", "entities", "household_links", "register_duplicates", "register_snapshot"],
    description="Unverified leads: what register and feeds do not agree on, matched with those already open.",
)
@sealed()
def discrepancies(
    context: dg.AssetExecutionContext, workspace: dg.ResourceParam[Workspace]
) -> dg.MaterializeResult:
    import sqlalchemy as sa

    from discrepancies import look_into, names_said
    from register.discrepancy_models import Discrepancy
    from register.night_tally import keep_tally
    from register.work import unit_of_work

    night = context.partition_key
    state = state_night(workspace, night)
    inputs = night_inputs(workspace, state)
    found = look_into(inputs)
    candidates, clock = found.candidates, found.next_clock
    names = names_said(candidates, inputs.mentions)
    with unit_of_work(workspace.database) as work:
        report = work.discrepancies.apply(state, candidates, names=names)
        if not report.skipped:
            counts = {
                "deliveries": len(work.deliveries.taken(state)),
                "candidates": len(candidates),
                "rules": rules_version(workspace, state),
            }
            work.nights.finish(state, datetime.now(UTC), counts, clock)
            keep_tally(work.connection, state)
        if report.skipped or state.isoformat() != night:
            work.nights.settle(date.fromisoformat(night), datetime.now(UTC))
        open_now = work.connection.scalar(sa.select(sa.func.count()).where(Discrepancy.status == "open"))
    counted = {
        "opened": report.opened + report.reopened,
        "changed": report.changed,
        "resolved": report.resolved,
        "open_now": open_now,
    }
    workspace.store.write_facts("discrepancies", night, counted)
    by_type = {
        f"found_{name}": sum(c.type == name for c in candidates) for name in {c.type for c in candidates}
    }
    return dg.MaterializeResult(
        metadata={
            **counted,
            **by_type,
            "untouched": report.untouched,
            "next_clock": str(clock),
            "state": str(state),
        }
    )


def night_inputs(workspace: Workspace, state: date) -> "NightInputs":
    """What the rules look at, as of the state night."""
    from discrepancies import NightInputs
    from register.work import unit_of_work

    day = state.isoformat()
    store = workspace.store
    with unit_of_work(workspace.database) as work:
        deliveries = work.deliveries.taken_files(state)
        quarantined = work.deliveries.quarantined(state)
    return NightInputs(
        night=state,
        register=store.read_nights("register", [day]),
        mentions=current_mentions(workspace, state),
        links=store.read_nights("links", [day]),
        register_duplicates=store.read_nights("register_duplicates", [day]),
        entities=store.read_nights("entities", [day]),
        household_links=store.read_nights("household_links", [day]),
        areas=county_areas(workspace),
        settings=rule_settings(workspace, state),
        deliveries=deliveries,
        quarantined=quarantined,
    )

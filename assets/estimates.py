"""How complete birth registration is, and what became of the births that were notified: counts and estimates, and which births they count."""

from datetime import date
from typing import TYPE_CHECKING

import dagster as dg

from assets.areas import county_areas
from assets.current import current_mentions
from assets.deliveries import state_night
from assets.nights import nightly
from assets.rules import rule_settings
from assets.sealed import sealed
from assets.unlinked import leads_of
from assets.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

    from completeness import Night

REGISTER_COLUMNS = ("person_no", "birth_date", "sex", "area_code", "hukou_area", "residence_area")
LINK_COLUMNS = ("mention_id", "person_no", "decision", "match_probability", "missing_probability")


def _spec(name: str, description: str, *deps: str) -> dg.AssetSpec:
    own = ["links", "entities", "register_duplicates", "register_snapshot", *deps]
    return nightly(name, description, group="6_reports", deps=own)


@dg.multi_asset(
    name="estimates",
    specs=[
        _spec("completeness", "How many births there were, and what share is registered, with intervals."),
        _spec("funnel", "Births notified, linked, registered in time, later, not yet."),
        _spec("births", "Which births the funnel counts, for the lists behind its numbers.", "discrepancies"),
    ],
)
@sealed()
def estimates(
    context: dg.AssetExecutionContext, workspace: dg.ResourceParam[Workspace]
) -> tuple[dg.MaterializeResult, dg.MaterializeResult, dg.MaterializeResult]:
    import pandas as pd

    from completeness import (
        capture_histories,
        child_mentions,
        completeness,
        funnel,
        linkage_errors,
        notified_births,
        window,
    )
    from register.first_shown import first_shown

    state = state_night(workspace, context.partition_key)
    night = _night(workspace, state)
    first, last = window(state)
    born = (first, pd.Timestamp(state))
    children = child_mentions(night, born)
    histories = capture_histories(night, born, children)
    over = histories[histories["born"] <= last]
    found = completeness(over, linkage_errors(children))
    births = notified_births(histories, first_shown(workspace.database, state, first.date()))
    stages = funnel(births)
    workspace.store.write("completeness", state.isoformat(), found)
    workspace.store.write("funnel", state.isoformat(), stages)
    workspace.store.write("births", state.isoformat(), _listed(workspace, state, births, children))
    estimated = int(found["status"].eq("estimated").sum())
    counts = {"births": len(over), "rows": len(found), "estimated": estimated}
    return (
        dg.MaterializeResult(asset_key="completeness", metadata=counts),
        dg.MaterializeResult(asset_key="funnel", metadata={"births": len(histories), "rows": len(stages)}),
        dg.MaterializeResult(asset_key="births", metadata={"rows": len(births)}),
    )


def _listed(
    workspace: Workspace, state: date, births: "pd.DataFrame", children: "pd.DataFrame"
) -> "pd.DataFrame":
    """The births with a row that tells of each; of those not yet on the register the discrepancy that asks about them, and the first night
    that may."""
    from completeness import with_sources
    from discrepancies.periods import due_on

    waiting = births["step"].eq("not_yet")
    asked = children[children["unit"].isin(set(births.loc[waiting, "unit"]))]
    leads = leads_of(workspace, asked, asked["unit"])
    due = due_on("birth", births["born"], rule_settings(workspace, state)).where(waiting)
    listed = with_sources(births.assign(due=due), children)
    return listed.assign(discrepancy_id=listed["unit"].map(leads).astype(object))


def _night(workspace: Workspace, state: date) -> "Night":
    from completeness import Night

    day = state.isoformat()
    store = workspace.store
    return Night(
        night=state,
        register=store.read_nights("register", [day], REGISTER_COLUMNS),
        mentions=current_mentions(workspace, state),
        links=store.read_nights("links", [day], LINK_COLUMNS),
        entities=store.read_nights("entities", [day]),
        register_duplicates=store.read_nights("register_duplicates", [day]),
        is_in_county=county_areas(workspace).is_in_county,
    )

"""How complete birth registration is, and what became of the births that were notified: counts and estimates, nobody in person."""

from datetime import date
from typing import TYPE_CHECKING

import dagster as dg

from assets.areas import county_areas
from assets.current import current_mentions
from assets.deliveries import state_night
from assets.nights import nightly
from assets.sealed import sealed
from assets.workspace import Workspace

if TYPE_CHECKING:
    from completeness import Night

REGISTER_COLUMNS = ("person_no", "birth_date", "sex", "area_code", "hukou_area", "residence_area")
LINK_COLUMNS = ("mention_id", "person_no", "decision", "match_probability", "missing_probability")


def _spec(name: str, description: str) -> dg.AssetSpec:
    return nightly(
        name,
        description,
        group="6_reports",
        deps=["links", "entities", "register_duplicates", "register_snapshot"],
    )


@dg.multi_asset(
    name="estimates",
    specs=[
        _spec("completeness", "How many births there were, and what share is registered, with intervals."),
        _spec("funnel", "Births notified, linked, registered in time, later, not yet."),
    ],
)
@sealed()
def estimates(
    context: dg.AssetExecutionContext, workspace: dg.ResourceParam[Workspace]
) -> tuple[dg.MaterializeResult, dg.MaterializeResult]:
    import pandas as pd

    from completeness import capture_histories, child_mentions, completeness, funnel, linkage_errors, window
    from register.first_shown import first_shown

    state = state_night(workspace, context.partition_key)
    night = _night(workspace, state)
    first, last = window(state)
    born = (first, pd.Timestamp(state))
    children = child_mentions(night, born)
    histories = capture_histories(night, born, children)
    over = histories[histories["born"] <= last]
    found = completeness(over, linkage_errors(children))
    stages = funnel(histories, first_shown(workspace.database, state, first.date()))
    workspace.store.write("completeness", state.isoformat(), found)
    workspace.store.write("funnel", state.isoformat(), stages)
    estimated = int(found["status"].eq("estimated").sum())
    counts = {"births": len(over), "rows": len(found), "estimated": estimated}
    return (
        dg.MaterializeResult(asset_key="completeness", metadata=counts),
        dg.MaterializeResult(asset_key="funnel", metadata={"births": len(histories), "rows": len(stages)}),
    )


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

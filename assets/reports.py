"""The night's receipt: what was taken in, linked and found, as counts. It is what the command line prints."""

import dagster as dg

from assets.deliveries import state_night
from assets.nights import NIGHTS
from assets.sealed import sealed
from assets.workspace import Workspace


@dg.asset(
    group_name="6_reports",
    partitions_def=NIGHTS,
    deps=["discrepancies"],
    description="The night in counts.",
)
@sealed()
def report(context: dg.AssetExecutionContext, workspace: dg.ResourceParam[Workspace]) -> dg.MaterializeResult:
    night = context.partition_key
    store = workspace.store
    links = store.read_nights("links", [state_night(workspace, night).isoformat()], ["decision"])
    facts = {
        **(store.read_facts("deliveries", night) or {}),
        **(store.read_facts("discrepancies", night) or {}),
        "mentions": len(links),
        "linked": int(links["decision"].isin(("link", "confirmed")).sum()),
        "possible": int((links["decision"] == "possible").sum()),
    }
    store.write_facts("report", night, facts)
    return dg.MaterializeResult(metadata=facts)

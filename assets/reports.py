"""The night's receipt: what was taken in, linked and found, as counts. It is what the command line prints."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.current import latest_ids
from assets.deliveries import state_night
from assets.models import first_weights
from assets.nights import NIGHTS
from assets.sealed import sealed
from assets.unlinked import unlinked_rows
from assets.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

LINK_COLUMNS = ("mention_id", "feed", "decision", "match_weight", "match_probability", "missing_probability")


@dg.asset(
    group_name="6_reports",
    partitions_def=NIGHTS,
    deps=["discrepancies"],
    description="The night in counts.",
)
@sealed()
def report(context: dg.AssetExecutionContext, workspace: dg.ResourceParam[Workspace]) -> dg.MaterializeResult:
    night = context.partition_key
    store, of_night = workspace.store, state_night(workspace, night)
    state = of_night.isoformat()
    links = store.read_nights("links", [state], LINK_COLUMNS)
    model = (store.read_facts("links", state) or {}).get("model_version", "")
    latest = latest_ids(workspace, of_night)
    newest = links[links["mention_id"].isin(latest)]
    quality = {"model": model, **link_quality(newest), "drift": link_drift(workspace, state, model, links)}
    store.write_facts("link_quality", state, quality)
    store.write("unlinked", state, unlinked_rows(workspace, of_night, latest))
    facts = {
        **(store.read_facts("deliveries", night) or {}),
        **(store.read_facts("discrepancies", night) or {}),
        "mentions": len(links),
        "linked": int(links["decision"].isin(("link", "confirmed")).sum()),
        "possible": int((links["decision"] == "possible").sum()),
    }
    store.write_facts("report", night, facts)
    return dg.MaterializeResult(metadata=facts)


def link_quality(links: "pd.DataFrame") -> "dict[str, Any]":
    """How many rows are linked, possibly, not; how often a link is false and one is missing, by the model's probabilities, which are as good
    as the model is calibrated. What a steward confirmed is right; possible links are no links yet, and their matches are missed."""
    from linkage.county.households import LINKED

    is_linked = links["decision"].isin(LINKED)
    linked, others = links[is_linked], links[~is_linked]
    sure = linked["match_probability"].where(linked["decision"] == "link", 1.0).fillna(1.0)
    right = float(sure.sum())
    missed = float((1.0 - others["missing_probability"].fillna(1.0)).clip(lower=0.0).sum())
    possible = int((links["decision"] == "possible").sum())
    return {
        "linked": len(linked),
        "possible": possible,
        "unlinked": len(others) - possible,
        "false_links": 1.0 - right / len(linked) if len(linked) else None,
        "missed_links": missed / (right + missed) if right + missed else None,
    }


def link_drift(workspace: Workspace, state: str, model: str, links: "pd.DataFrame") -> "list[dict[str, Any]]":
    """How far each feed's match weights have moved since the first night by this model."""
    from linkage.county.weight_drift import weight_counts, weight_drift

    now = weight_counts(links)
    first = first_weights(workspace, model, state, now)
    return [
        asdict(weight_drift(feed, told.get("since", ""), told.get("counts", {}), counts))
        for feed, counts in now.items()
        for told in [first.get(feed, {})]
    ]

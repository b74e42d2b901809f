"""The register as of the night: this night's register deliveries go into the store, the valid rows come out as a frame."""

from datetime import date

import dagster as dg

from assets.areas import keep_areas
from assets.deliveries import state_night
from assets.nights import NIGHTS
from assets.sealed import sealed
from assets.workspace import Workspace


@dg.asset(
    group_name="3_register",
    partitions_def=NIGHTS,
    deps=["records"],
    description="The register as of the night, one row per person.",
)
@sealed()
def register_snapshot(
    context: dg.AssetExecutionContext, workspace: dg.ResourceParam[Workspace]
) -> dg.MaterializeResult:
    from register.importing import import_snapshot
    from register.snapshot import snapshot

    night = context.partition_key
    keep_areas(workspace)
    records = workspace.store.read("records/register", night)
    metadata: dict[str, int] = {}
    if records is not None and len(records):
        with workspace.database.begin() as connection:
            report = import_snapshot(connection, records, date.fromisoformat(night))
        metadata = {
            name: getattr(report, name) for name in ("opened", "changed", "closed", "unchanged", "late")
        }
    state = state_night(workspace, night)
    register = snapshot(workspace.database, state)
    workspace.store.write("register", state.isoformat(), register)
    return dg.MaterializeResult(metadata={"persons": len(register), **metadata})

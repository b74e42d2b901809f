"""The frozen linkage model: the first night estimates one, later nights use it until `bulou train` makes another.

Models are files under `BULOU_HOME/models`, named by version; `current` names the one that nights use. Beside a model lie the match
weights of the first night of each feed that went by it, to tell from them how far later nights have moved. Each is written whole or not
at all.
"""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assets.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

    from linkage.county.model import CountyModels

CURRENT = "current"


def frozen_models(workspace: Workspace, mentions: "pd.DataFrame", register: "pd.DataFrame") -> "CountyModels":
    """The current model; estimated and frozen now when there is none yet and a register to learn from."""
    from linkage.county.model import CountyModels

    pointer = workspace.models / CURRENT
    if pointer.exists():
        return CountyModels.load(workspace.models / f"{pointer.read_text(encoding='utf-8').strip()}.json")
    models = estimate(workspace, mentions, register)
    if len(register):
        freeze(workspace, models)
    return models


def estimate(workspace: Workspace, mentions: "pd.DataFrame", register: "pd.DataFrame") -> "CountyModels":
    """A model from what is known now, with this deployment's thresholds."""
    from linkage.county.model import train_models

    return replace(
        train_models(mentions, register),
        link_threshold=workspace.link_probability,
        possible_threshold=workspace.possible_probability,
    )


def freeze(workspace: Workspace, models: "CountyModels") -> str:
    """Keep the model under its version, make it the current one, and return the version."""
    workspace.models.mkdir(parents=True, exist_ok=True)
    models.save(workspace.models / f"{models.version}.json")
    _replace(workspace.models / CURRENT, models.version + "\n")
    return models.version


def first_weights(
    workspace: Workspace, version: str, night: str, now: dict[str, dict[str, int]]
) -> dict[str, Any]:
    """Feed → the first night with enough of its rows that went by the model (`since`), and how many had which match weight
    (`counts`). Where a feed has none yet, and where that night runs again, it is this one. A model that is not kept has no other night.
    """
    from linkage.county.weight_drift import are_enough

    place = workspace.models / f"{version}.weights"
    known: dict[str, Any] = json.loads(place.read_text(encoding="utf-8")) if place.exists() else {}
    begun = {
        feed: {"since": night, "counts": counts}
        for feed, counts in now.items()
        if are_enough(counts) and known.get(feed, {}).get("since", night) == night
    }
    told = known | begun
    if told != known and (workspace.models / f"{version}.json").exists():
        _replace(place, json.dumps(told, sort_keys=True, indent=1) + "\n")
    return told


def _replace(place: Path, text: str) -> None:
    beside = place.with_name(f".{place.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(place)

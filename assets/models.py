"""The frozen linkage model: the first night estimates one, later nights use it until `bulou train` makes another.

Models are files under `BULOU_HOME/models`, named by version; `current` names the one that nights use. Both are written whole
or not at all.
"""

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

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


def _replace(place: Path, text: str) -> None:
    beside = place.with_name(f".{place.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(place)

"""What was learnt from the register, frozen: a night links with the same model as the night before.

How relatives look alike is counted on the register's own households; how common a name is, on its names. A model is a small JSON file
without anybody's data but the names that are common, and its version is the hash of its content.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from linkage.county.evidence import family_levels
from linkage.county.frames import register_frame

COMMON_NAME = 5  # a name of fewer people is as rare as any


@dataclass(frozen=True)
class CountyModels:
    """Frozen parameters of the county's linking."""

    family: dict[str, list[float]]
    name_share: dict[str, float]
    register_size: int
    link_threshold: float = 0.95
    possible_threshold: float = 0.2

    @cached_property
    def version(self) -> str:
        return "county-" + hashlib.sha256(self._json().encode()).hexdigest()[:8]

    def _json(self) -> str:
        fields = {name: value for name, value in vars(self).items() if name != "version"}
        return json.dumps(fields, ensure_ascii=False, sort_keys=True)

    def save(self, path: str | Path) -> None:
        Path(path).write_text(self._json() + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> CountyModels:
        return cls(**json.loads(Path(path).read_text(encoding="utf-8")))


def train_models(mentions: pd.DataFrame, register: pd.DataFrame) -> CountyModels:
    """A model of this county, from its register (unsupervised; no labels, no truth)."""
    rows = register_frame(register)
    counts = rows["name"].value_counts()
    common = counts[counts >= COMMON_NAME]
    share = {str(name): round(float(count) / len(rows), 8) for name, count in common.sort_index().items()}
    return CountyModels(family_levels(rows), share, max(len(rows), 1))

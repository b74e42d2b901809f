"""To and from recordlinkage, the field's Python vocabulary. The only module that imports it.

Our comparisons are its compare features (similarity 1 for the best level down to 0 for the worst), and pairs convert to its MultiIndex and back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from linkage.block import Blocks
from linkage.columns import Records
from linkage.compare import Comparison
from linkage.patterns import pairing
from linkage.spec import RECORD_ID, LinkSpec, block_on

if TYPE_CHECKING:
    from recordlinkage.base import BaseCompareFeature


def to_multi_index(links: pd.DataFrame) -> pd.MultiIndex:
    """Pairs (left_id, right_id) as recordlinkage has them."""
    return pd.MultiIndex.from_frame(links[["left_id", "right_id"]])


def from_multi_index(pairs: pd.MultiIndex) -> pd.DataFrame:
    """recordlinkage's pairs as a frame with left_id and right_id."""
    frame = pairs.to_frame(index=False)
    frame.columns = pd.Index(["left_id", "right_id"])
    return frame


def compare_feature(comparison: Comparison, *, label: str | None = None) -> BaseCompareFeature:
    """A comparison as a compare feature for `recordlinkage.Compare(...).add(...)`; missing gives NaN."""
    from recordlinkage.base import BaseCompareFeature

    columns = list(dict.fromkeys(comparison.reads))

    class Feature(BaseCompareFeature):
        name = comparison.name

        def _compute_vectorized(self, *sides: pd.Series) -> pd.Series:
            left = pd.concat(sides[: len(columns)], axis=1, ignore_index=True).set_axis(columns, axis=1)
            right = pd.concat(sides[len(columns) :], axis=1, ignore_index=True).set_axis(columns, axis=1)
            return pd.Series(similarities(comparison, left, right), index=sides[0].index)

    return Feature(columns, columns, label=label or comparison.name)


def similarities(comparison: Comparison, left: pd.DataFrame, right: pd.DataFrame) -> np.ndarray:
    """Row by row: 1 for the best level, 0 for the worst, evenly between, NaN for missing."""
    rows = np.arange(len(left), dtype=np.int32)
    spec = LinkSpec([block_on(RECORD_ID)], [comparison])
    a, b = (Records(side.assign(**{RECORD_ID: rows}), spec, "given") for side in (left, right))
    levels = pairing(a, b, [comparison], Blocks.none()).patterns(rows, rows)
    worst = len(comparison.levels) - 1
    result: Any = np.where(levels > worst, np.nan, 1.0 - levels / worst)
    return np.asarray(result, dtype=float)

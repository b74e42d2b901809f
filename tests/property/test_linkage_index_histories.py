"""An index brought up to date, whatever happens to its tables, gives what linking them anew gives."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage import Index, LinkSpec, Model, block_on, compare, increment, link, segments

SPEC = LinkSpec(
    [block_on("area"), block_on("year", "name"), block_on("area", "year")],
    [
        compare.chinese_name("name"),
        compare.string("word", [0.9, 0.7], term_frequency=True),
        compare.exact("area"),
        compare.numeric("year", [0.0, 1.0]),
        compare.numeric("size", [0.1]),
    ],
    strata="sex",
    largest_block=4,
)
COLUMNS = ("record_id", *SPEC.columns, "sex")
Rows = dict[int, dict[str, object]]

ids = st.integers(0, 14)
records = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["王伟", "王炜", "李芳", None]),
        "word": st.sampled_from(["abcdef", "abcdeg", "xyz", None]),
        "area": st.sampled_from(["1", "1", "1", "2", None]),
        "year": st.sampled_from([1990.0, 1991.0, 1.5, None]),
        "sex": st.sampled_from(["男", "女", None]),
        "size": st.sampled_from([6.8230187, 6.8230187 + 0.1, 0.3731401772, 0.3731401772 + 0.1, None]),
    }
)
changes = st.fixed_dictionaries(
    {
        "left": st.dictionaries(ids, records, max_size=3),
        "right": st.dictionaries(ids, records, max_size=4),
        "gone_left": st.sets(ids, max_size=2),
        "gone_right": st.sets(ids, max_size=3),
        "reopened": st.booleans(),
    }
)


def table(rows: Mapping[int, Mapping[str, object]]) -> pd.DataFrame:
    """Records by id, in order."""
    found = pd.DataFrame(
        [{"record_id": n, **row} for n, row in rows.items()], columns=list(COLUMNS), dtype=object
    )
    return found.astype({"year": float, "size": float, "record_id": "int64"})


def changed(rows: Rows, new: Rows, gone: set[int]) -> Rows:
    """What changes goes to the end."""
    return {n: row for n, row in rows.items() if n not in new and n not in gone} | new


def assert_same(index: Index, model: Model, left: Rows, right: Rows) -> None:
    told = {"must_link": [(1, 2), (3, 99)], "cannot_link": [(0, 0), (4, 1)]}
    for more in ({}, told):
        found = index.result(0.9, lower=0.1, **more)
        anew = link(table(left), table(right), model, 0.9, lower=0.1, **more)
        pd.testing.assert_frame_equal(found.links, anew.links, check_exact=True)
        pd.testing.assert_frame_equal(found.candidates, anew.candidates, check_exact=True)
        pd.testing.assert_series_equal(found.missing_probability, anew.missing_probability, check_exact=True)


@settings(max_examples=30, deadline=None)
@given(
    st.dictionaries(ids, records, min_size=1),
    st.dictionaries(ids, records, min_size=1),
    st.lists(changes, min_size=1, max_size=4),
    st.sampled_from(["none", "left", "right", "both"]),
    st.sampled_from([0.25, 100.0]),
    st.sampled_from([1, 16]),
)
def test_after_any_history_it_is_as_if_everything_were_linked_anew(
    left: Rows, right: Rows, history: list[dict[str, object]], one_to_one: str, everything: float, most: int
) -> None:
    spec = replace(SPEC, one_to_one=one_to_one)
    model = replace(Model.from_priors(spec, table(right)), strata={"男": 0.5, "女": 0.95})
    with (
        tempfile.TemporaryDirectory() as folder,
        patch.object(increment, "EVERYTHING", everything),
        patch.object(segments, "MOST_SEGMENTS", most),
    ):
        index = Index.create(folder, table(left), table(right), model)
        assert_same(index, model, left, right)
        for change in history:
            new_left, new_right = change["left"], change["right"]
            gone_left, gone_right = change["gone_left"] - set(new_left), change["gone_right"] - set(new_right)
            index = index.update(
                table(new_left), table(new_right), gone_left=gone_left, gone_right=gone_right
            )
            left, right = changed(left, new_left, gone_left), changed(right, new_right, gone_right)
            if change["reopened"]:
                index = Index.open(folder)
            assert_same(index, model, left, right)
        assert len(list(Path(folder).iterdir())) == 6 + 2 * (
            len(index.left.segments) + len(index.right.segments)
        )

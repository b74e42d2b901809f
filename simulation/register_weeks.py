"""The register handed over week by week: what a month has changed, told in four parts, as changes or as lists that show them."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from .datewords import to_date
from .dice import Array
from .views import View

WEEKS = 4
FIRST_DAY = 4  # after the first of the month, when the full lists are in
CHANGES, LISTS = "changes", "lists"
ADDED, CHANGED, REMOVED = "新增", "修改", "注销"
_UNIT, _KEY = "unit of the row", "key of the row"


def whole(view: View, day: int) -> View:
    """The same register as a list of its own, to be written on that day."""
    return _view(_table(view), view, day, "")


def told_on(old: View, new: View, first: int) -> Array:
    """Of each row of the new register the day on which it is told; of one that stayed the same, `first`."""
    before, now = _table(old), _table(new)
    return np.where(_differs(before, now), first + FIRST_DAY + 7 * _week(now), first)


def weekly(old: View, new: View, first: int, how: str) -> Iterator[tuple[int, View]]:
    """The day and view of each week's deliveries, `old` being what is told already; a household is told in one week."""
    before, now = _table(old), _table(new)
    differs, of_now = _differs(before, now), _week(now)
    moved = now[_UNIT].reindex(before.index)
    has_left = (moved != before[_UNIT]).to_numpy()
    of_before = pd.Series(of_now, now.index).reindex(before.index)
    of_before = of_before.fillna(pd.Series(_week(before), before.index)).to_numpy()
    known = before[_UNIT].reindex(now.index) == now[_UNIT]
    verb = np.where(known, CHANGED, ADDED)
    state = before
    for week in range(WEEKS):
        day = first + FIRST_DAY + 7 * week
        told = now[differs & (of_now == week)]
        left = before[has_left & (of_before == week)]
        state = pd.concat([state.drop(left.index.union(told.index), errors="ignore"), told])
        if how == CHANGES:
            said = told.assign(change=verb[differs & (of_now == week)])
            yield day, _view(pd.concat([said, left.assign(change=REMOVED)]), new, day, "register_changes")
        else:
            touched = set(told[_UNIT]) | set(left[_UNIT])
            yield day, _view(state[state[_UNIT].isin(touched)], new, day, "")


def _table(view: View) -> pd.DataFrame:
    columns = {name: np.asarray(values).astype(object) for name, values in view.columns.items()}
    frame = pd.DataFrame({**columns, _UNIT: view.unit, _KEY: view.keys}, dtype=object)
    return frame.set_index(pd.Index(columns["person_no"]))


def _differs(before: pd.DataFrame, now: pd.DataFrame) -> Array:
    old = before.reindex(now.index)
    is_same = (old == now) | (old.isna() & now.isna())
    return ~is_same.drop(columns=_KEY).all(axis=1).to_numpy()


def _week(table: pd.DataFrame) -> Array:
    return table["household_no"].str[-8:].astype(int).to_numpy() % WEEKS


def _view(table: pd.DataFrame, like: View, day: int, form: str) -> View:
    said = to_date(day)
    words = f"{said.year}年{said.month}月" + (f"{said.day}日" if form else "")
    keys = table[_KEY].to_numpy(dtype=np.int64)
    return replace(
        like,
        period=str(said),
        period_words=words,
        unit=table[_UNIT].to_numpy(dtype=np.int64),
        keys=keys,
        columns={name: table[name].to_numpy(dtype=object) for name in table if name not in (_UNIT, _KEY)},
        roles={"self": keys},
        unsure={},
        cells=[],
        form=form,
    )

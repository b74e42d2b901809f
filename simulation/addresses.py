"""Addresses as offices write them: levels dropped, 三组/3组/三社, old township names, 村 or 社区."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from .areas import CITY, COUNTY, OUTSIDE, OUTSIDE_TOWNS, PROVINCE, AreaTree
from .dice import NOTHING, Array, Dice

_NUMERALS = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十"]
STYLE_SHARES = {  # full, from the county, from the township, from the village, without group and door [A]
    "electronic": (0.86, 0.05, 0.04, 0.01, 0.04),
    "typed": (0.50, 0.15, 0.18, 0.07, 0.10),
}
OUTSIDE_TEXT = np.array(
    [
        province + city + county + (OUTSIDE_TOWNS[town] if town < 7 else "")
        for _, province, city, county in OUTSIDE
        for town in range(10)
    ],
    dtype=object,
)


def shows_group(seed: int, keys: Array, which: str, *, electronic: bool) -> Array:
    """Whether the address of `keys` is written with group and door (an office's habit per person)."""
    shares = STYLE_SHARES["electronic" if electronic else "typed"]
    return Dice(seed, "address", which).uniform(keys) * 0.999999 < sum(shares[:4])


class AddressBook:
    """Renders (village, group, door, outside) columns to text for one day and one way of writing."""

    def __init__(self, tree: AreaTree, seed: int, day: date, old_share: float) -> None:
        self._dice = Dice(seed, "addresses")
        self._seed, self._old_share = seed, old_share
        self._tree = tree
        merged = tree.is_merged(day)
        heads = [PROVINCE + CITY + COUNTY, COUNTY, "", None]
        shape = (len(heads), 2, 2, tree.villages)  # level, old township, other ending, village
        self._prefix = np.empty(shape, dtype=object)
        for v in range(tree.villages):
            t = int(tree.village_township[v])
            now = tree.into_township if merged and t == tree.merged_township else t
            name = tree.township_names[now]
            old = tree.township_old_names[t] or (tree.township_names[t] if now != t else name)
            ends = ("社区", "村") if tree.village_is_community[v] else ("村", "社区")
            for level, head in enumerate(heads):
                for is_old, township in enumerate((name, old)):
                    for other, end in enumerate(ends):
                        part = "" if head is None else head + township
                        self._prefix[level, is_old, other, v] = part + tree.village_names[v] + end
        groups = [[f"{g}组", f"{_NUMERALS[g]}组", f"{_NUMERALS[g]}社", f"第{g}组"] for g in range(11)]
        self._group = np.array(groups, dtype=object)
        self._group[0, :] = ""
        self._door = np.array([""] + [f"{d}号" for d in range(1, 200)], dtype=object)

    def text(self, place: Sequence[Array], keys: Array, which: str, *, electronic: bool) -> Array:
        """Texts of places (village, group, door, outside columns); None where nothing is known.

        `which` keeps a clerk's ways apart per feed and field.
        """
        v, g, d, o = place
        shares = STYLE_SHARES["electronic" if electronic else "typed"]
        dice = Dice(self._seed, "address", which)
        draw = dice.uniform(keys)
        style = np.searchsorted(np.cumsum(shares), draw * 0.999999)
        short = style == 4
        level = np.where(short, 2 * (self._dice.uniform(keys) < 0.5), style)
        share = self._old_share * (0.2 if electronic else 1.0)
        old = (Dice(self._seed, "old", which).uniform(keys) < share).astype(int)
        other = (Dice(self._seed, "ending", which).uniform(keys) < (0.01 if electronic else 0.06)).astype(int)
        safe = np.maximum(v, 0)
        base = self._prefix[level, old, other, safe]
        form = Dice(self._seed, "group", which).below(keys, 4)
        form = np.where(electronic & (form != 2), 0, form)
        tail = self._group[np.maximum(g, 0), form] + self._door[np.maximum(d, 0)]
        here = base + np.where(short, "", tail)
        there = OUTSIDE_TEXT[np.maximum(o, 0)]
        return np.where(v >= 0, here, np.where((v == -1) & (o >= 0), there, NOTHING))

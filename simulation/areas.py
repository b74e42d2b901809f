"""The county's area tree with its history: which code and name a village has in which month.

Province prefix 99 exists nowhere, so no generated number can be anybody's. One township became 镇 some
years ago (new codes), one merges into the county town during the simulated months: people keep writing the
old ones.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from .dice import Array, generator

PROVINCE, CITY, COUNTY = "川泽省", "青屏市", "榆湾县"
COUNTY_CODE = "993122"
OLD_COUNTY_CODE = "993126"  # 旧榆县, merged into the county in 1996: the prefix of many older numbers
RENAMED_ON = date(2021, 6, 30)

OUTSIDE = (  # code, province, city, county
    ("993121", "川泽省", "青屏市", "石渡县"),
    ("993123", "川泽省", "青屏市", "松原区"),
    ("993124", "川泽省", "青屏市", "临榆县"),
    ("993401", "川泽省", "浦宁市", "东湖区"),
    ("993405", "川泽省", "浦宁市", "桐川县"),
    ("994102", "栖岭省", "望海市", "海曲区"),
    ("994107", "栖岭省", "望海市", "北桥县"),
    ("994811", "栖岭省", "岚州市", "湾头区"),
)
OUTSIDE_TOWNS = (
    "城关镇",
    "东安镇",
    "红安镇",
    "老营镇",
    "枫桥乡",
    "黄沙镇",
    "高坪乡",
    "陈集镇",
    "三河镇",
    "白石乡",
)

_FIRST = "柳马松石清梅桃枫白龙云竹桂杨罗牛金双观永太安长青高大三黄红梨黑沙平"
_SECOND = "河岭坪桥溪坝湾沟塘坡垭山坎泉口井台铺场井庙滩峡寨林田"


@dataclass(frozen=True)
class AreaTree:
    """Townships and villages as arrays; a village is its index for life, whatever its code."""

    township_names: list[str]  # as of the start
    township_old_names: list[str | None]
    township_codes: list[str]
    township_old_codes: list[str | None]
    village_township: Array
    village_names: list[str]  # without 村/社区
    village_is_community: Array
    village_codes: list[str]  # before the merger
    village_codes_after: list[str]
    village_old_codes: list[str | None]  # before the renaming of 2021
    merged_township: int  # disappears
    into_township: int
    merged_on: date  # first day under the new codes

    @property
    def villages(self) -> int:
        return len(self.village_names)

    @property
    def townships(self) -> int:
        return len(self.township_names)

    def is_merged(self, day: date) -> bool:
        return day >= self.merged_on

    def township_of(self, village: Array, day: date) -> Array:
        """Township index that administers each village on that day."""
        township = self.village_township[village]
        if self.is_merged(day):
            township = np.where(township == self.merged_township, self.into_township, township)
        return township

    def codes_on(self, day: date) -> Array:
        return np.array(self.village_codes_after if self.is_merged(day) else self.village_codes, dtype=object)

    def active_townships(self, day: date) -> list[int]:
        return [t for t in range(self.townships) if not (t == self.merged_township and self.is_merged(day))]

    def full_village_name(self, village: int) -> str:
        return self.village_names[village] + ("社区" if self.village_is_community[village] else "村")


def build_areas(persons: int, seed: int, start: date) -> AreaTree:
    """A tree of a realistic size: about 2,200 people a village, a dozen villages a township (DOMAIN 4)."""
    rng = generator(seed, "areas")
    villages = max(9, round(persons / 2200))
    townships = max(4, round(villages / 11))
    pool = [a + b for a in _FIRST for b in _SECOND if a != b]
    picked = rng.permutation(len(pool))[: townships + villages]
    renamed, merged = 2, 3
    stems = [pool[i] for i in picked[:townships]]
    kinds = ["乡" if t == merged or (t > 3 and rng.random() < 0.3) else "镇" for t in range(townships)]
    names = [stem + kind for stem, kind in zip(stems, kinds)]
    codes = [f"{COUNTY_CODE}{(100 if kind == '镇' else 200) + t:03d}000" for t, kind in enumerate(kinds)]
    old_names: list[str | None] = [stem + "乡" if t == renamed else None for t, stem in enumerate(stems)]
    old_codes: list[str | None] = [
        f"{COUNTY_CODE}{200 + t:03d}000" if t == renamed else None for t in range(townships)
    ]
    village_township = np.sort(np.r_[np.arange(townships), rng.integers(0, townships, villages - townships)])
    number = np.arange(villages) - np.searchsorted(village_township, village_township)
    before = [f"{codes[t][:9]}{200 + n:03d}" for t, n in zip(village_township, number)]
    after = [
        f"{codes[0][:9]}{300 + n:03d}" if t == merged else code
        for t, n, code in zip(village_township, number, before)
    ]
    old = [
        f"{old_codes[t][:9]}{200 + n:03d}" if t == renamed else None for t, n in zip(village_township, number)
    ]
    month = start.month + 2
    return AreaTree(
        township_names=names,
        township_old_names=old_names,
        township_codes=codes,
        township_old_codes=old_codes,
        village_township=village_township,
        village_names=[pool[i] for i in picked[townships:]],
        village_is_community=rng.random(villages) < 0.2,
        village_codes=before,
        village_codes_after=after,
        village_old_codes=old,
        merged_township=merged,
        into_township=0,
        merged_on=date(start.year + (month - 1) // 12, (month - 1) % 12 + 1, 1),
    )


def area_table(tree: AreaTree) -> pd.DataFrame:
    """`areas.csv` as INTERFACE.md has it: a successor only where a code ended."""
    rows: list[tuple[str, str, str, str, str, str, str]] = []
    first = "1984-01-01"

    def add(
        code: str, name: str, level: str, parent: str, since: str = first, until: str = "", heir: str = ""
    ) -> None:
        rows.append((code, name, level, parent, since, until, heir))

    for code, province, city, county in (*OUTSIDE, (COUNTY_CODE, PROVINCE, CITY, COUNTY)):
        for part, name, level, parent in (
            (code[:2], province, "province", ""),
            (code[:4], city, "city", code[:2].ljust(12, "0")),
            (code, county, "county", code[:4].ljust(12, "0")),
        ):
            full = part.ljust(12, "0")
            if all(row[0] != full for row in rows):
                add(full, name, level, parent)
    county = COUNTY_CODE.ljust(12, "0")
    city = COUNTY_CODE[:4].ljust(12, "0")
    add(OLD_COUNTY_CODE.ljust(12, "0"), "旧榆县", "county", city, first, "1996-12-31", county)
    end = str(tree.merged_on - timedelta(days=1))
    renamed_next = str(RENAMED_ON + timedelta(days=1))
    for t in range(tree.townships):
        old = tree.township_old_codes[t]
        since = first
        if old:
            add(
                old,
                tree.township_old_names[t] or "",
                "township",
                county,
                first,
                str(RENAMED_ON),
                tree.township_codes[t],
            )
            since = renamed_next
        gone = t == tree.merged_township
        heir = tree.township_codes[tree.into_township] if gone else ""
        add(
            tree.township_codes[t],
            tree.township_names[t],
            "township",
            county,
            since,
            end if gone else "",
            heir,
        )
    for v in range(tree.villages):
        t = int(tree.village_township[v])
        name, code = tree.full_village_name(v), tree.village_codes[v]
        since = first
        if tree.village_old_codes[v]:
            add(
                tree.village_old_codes[v] or "",
                name,
                "village",
                tree.township_old_codes[t] or "",
                first,
                str(RENAMED_ON),
                code,
            )
            since = renamed_next
        if t == tree.merged_township:
            add(code, name, "village", tree.township_codes[t], since, end, tree.village_codes_after[v])
            add(
                tree.village_codes_after[v],
                name,
                "village",
                tree.township_codes[tree.into_township],
                str(tree.merged_on),
            )
        else:
            add(code, name, "village", tree.township_codes[t], since)
    columns = ["code", "name", "level", "parent", "valid_from", "valid_to", "successor"]
    return pd.DataFrame(rows, columns=columns)


def schools(tree: AreaTree) -> list[tuple[str, str, int]]:
    """(code, name, township index)."""
    listed = [(f"S{t:03d}", f"{COUNTY}{name}中心学校", t) for t, name in enumerate(tree.township_names)]
    return [*listed, ("S900", f"{COUNTY}实验学校", 0)]


def facilities(tree: AreaTree) -> list[tuple[str, str, int]]:
    listed = [("F001", f"{COUNTY}人民医院", 0), ("F002", f"{COUNTY}妇幼保健院", 0)]
    return listed + [(f"F{10 + t:03d}", f"{name}中心卫生院", t) for t, name in enumerate(tree.township_names)]


def write_reference(tree: AreaTree, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    area_table(tree).to_csv(folder / "areas.csv", index=False, lineterminator="\n")
    for file, rows in (("schools.csv", schools(tree)), ("facilities.csv", facilities(tree))):
        frame = pd.DataFrame(
            [(code, name, tree.township_codes[t]) for code, name, t in rows],
            columns=["code", "name", "area_code"],
        )
        frame.to_csv(folder / file, index=False, lineterminator="\n")

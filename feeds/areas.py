"""The county's area table with its history, and addresses read against it.

Codes have 12 digits (province 2, city 4, county 6, township 9, village 12). An abolished code leads through its successors to today's. An address
may leave out levels, call a village 社区 or a township 乡, or use a name of years ago; what is recognised is always given as today's code.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from feeds.errors import BadReference
from feeds.values.dates import numeral
from feeds.values.text import is_blank, tight

LEVELS = ("province", "city", "county", "township", "village")
COLUMNS = ("code", "name", "level", "parent", "valid_from", "valid_to", "successor")
ELSEWHERE = "elsewhere"
ELSEWHERE_CODE = "0" * 12

_SUFFIXES = {
    "township": ("街道办事处", "街道", "镇", "乡", "苏木"),
    "village": ("村委会", "居委会", "村民委员会", "居民委员会", "社区", "村", "嘎查"),
    "county": ("县", "区", "市", "旗"),
    "city": ("市", "地区", "州", "盟"),
    "province": ("省", "自治区", "市"),
}
_GROUP = re.compile(r"第?([0-9一二三四五六七八九十〇零]{1,3})(?:村民小组|居民小组|小组|组|社(?!区)|队)")
_DOOR = re.compile(r"(\d+(?:[-之]\d+)*)(?:号|室|户)?$")
_TAIL_DOOR = re.compile(r"(\d+(?:[-之]\d+)*)号")


@dataclass(frozen=True)
class Area:
    code: str
    name: str
    level: str
    parent: str | None
    successor: str | None
    is_current: bool


@dataclass(frozen=True)
class ParsedAddress:
    """`area` (12 digits, today's code) and `level` of the deepest area recognised, `group` and `door` as digits; unknown parts are None.

    An address that names a place which the table does not have is `ELSEWHERE_CODE`, level `elsewhere`: known to be outside is not unknown.
    """

    area: str | None = None
    level: str | None = None
    group: str | None = None
    door: str | None = None


@dataclass
class AreaTable:
    """Areas by code; `county` is the county whose register is reconciled (the one with the most villages)."""

    areas: dict[str, Area]
    county: str | None = None
    _by_stem: dict[str, dict[str, list[str]]] = field(default_factory=dict, repr=False)
    _parsed: dict[tuple[str, str | None], tuple[str | None, str | None]] = field(
        default_factory=dict, repr=False
    )

    @classmethod
    def load(cls, path: Path) -> AreaTable:
        """Read `areas.csv`.

        Raises:
            BadReference: a column is missing, or a code is not 12 digits (the row is named).
        """
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            lacking = [name for name in COLUMNS if name not in (reader.fieldnames or [])]
            if lacking:
                raise BadReference(f"{path.name}: no column {', '.join(lacking)}")
            return cls.of(reader, path.name)

    @classmethod
    def of(cls, rows: Iterable[dict[str, str]], source: str = "areas.csv") -> AreaTable:
        """From rows with the columns of `areas.csv`. Raises: BadReference."""
        areas: dict[str, Area] = {}
        for number, row in enumerate(rows, 2):
            code = (row["code"] or "").strip()
            if not re.fullmatch(r"\d{12}", code):
                raise BadReference(f"{source} row {number}, column code: not 12 digits")
            if row["level"] not in LEVELS:
                raise BadReference(f"{source} row {number}, column level: not one of {', '.join(LEVELS)}")
            ended = bool((row["valid_to"] or "").strip())
            successor = (row["successor"] or "").strip() or None
            found = Area(
                code,
                tight(row["name"]),
                row["level"],
                (row["parent"] or "").strip() or None,
                successor,
                not ended,
            )
            known = areas.get(code)
            if known is None or (found.is_current and not known.is_current):
                areas[code] = found
        table = cls(areas)
        table._index()
        return table

    def _index(self) -> None:
        counts: dict[str, int] = defaultdict(int)
        stems: dict[str, dict[str, list[str]]] = {level: defaultdict(list) for level in LEVELS}
        for code, area in self.areas.items():
            for stem in {area.name, stem_of(area.name, area.level)}:
                stems[area.level][stem].append(code)
            if area.level == "village" and area.is_current:
                counts[code[:6]] += 1
        self._by_stem = {level: dict(found) for level, found in stems.items()}
        self.county = max(counts, key=lambda c: (counts[c], c)) + "000000" if counts else None

    def current_code(self, code: str | None) -> str | None:
        """Today's code of an area of any time, None when the table does not know it. Six and nine digits are padded."""
        if not code:
            return None
        code = code.ljust(12, "0") if len(code) in (2, 4, 6, 9) else code
        seen = set()
        while code in self.areas and code not in seen:
            seen.add(code)
            area = self.areas[code]
            if area.is_current or not area.successor:
                return code
            code = area.successor
        return code if code in self.areas else None

    def name_of(self, code: str | None) -> str | None:
        """The name of an area, None when unknown."""
        area = self.areas.get(code or "")
        return area.name if area else None

    def full_name_of(self, code: str | None) -> str | None:
        """Township and village, as one writes them: 柳口镇下树村."""
        area = self.areas.get(code or "")
        if area is None:
            return None
        if area.level == "village":
            return (self.name_of(self.township_of(code)) or "") + area.name
        return area.name

    def township_of(self, code: str | None) -> str | None:
        """The township's 12-digit code of a village or township code."""
        return self.current_code(code[:9] + "000") if code and code[6:9] != "000" else None

    def is_in_county(self, code: str | None) -> bool:
        """Whether a code of today lies in the county."""
        return bool(code and self.county and code[:6] == self.county[:6])

    def parse(self, text: str | None, near: str | None = None) -> ParsedAddress:
        """Read one address. `near` is a code of the county (the file's township, say) that decides between villages of one name."""
        if text is None or is_blank(text):
            return ParsedAddress()
        head, group, door = split_group_and_door(tight(text))
        key = (head, near)
        found = self._parsed.get(key)
        if found is None:
            found = self._parsed[key] = self._read(head, near)
        code, level = found
        return ParsedAddress(code, level, group, door)

    def _read(self, text: str, near: str | None) -> tuple[str | None, str | None]:
        """Code and level of an address without its group and door."""
        rest, scope, level, is_foreign = text, None, None, False
        for step in LEVELS[:3]:
            code, tail = self._take(rest, step, scope)
            if code:
                rest, scope, level = tail, code, step
                is_foreign = step == "county" and not self.is_in_county(code)
        if is_foreign:
            return scope, level
        if level in ("province", "city") and not self._may_be_here(rest, scope):
            return (ELSEWHERE_CODE, ELSEWHERE) if _names_elsewhere(rest) else (scope, level)
        township, tail = self._take(rest, "township", scope or self.county)
        if township:
            rest, scope, level = tail, township, "township"
        village, tail = self._take(rest, "village", scope or near or self.county, scope or self.county)
        if village:
            rest, scope, level = tail, village, "village"
        elif scope is None and _names_elsewhere(text):
            return ELSEWHERE_CODE, ELSEWHERE
        return scope, level

    def _may_be_here(self, rest: str, scope: str | None) -> bool:
        """After a province or city alone: nothing but the county's own can follow when it is the county's own province."""
        return bool(
            scope and self.county and self.county.startswith(scope.rstrip("0")) and not _names_elsewhere(rest)
        )

    def _take(
        self, text: str, level: str, scope: str | None, wider: str | None = None
    ) -> tuple[str | None, str]:
        """The area of this level whose name the text starts with, the longest name first, within `scope` if any fits there."""
        names = self._by_stem[level]
        for size in range(min(len(text), 14), 1, -1):
            codes = names.get(text[:size])
            if not codes:
                continue
            tail = text[size:]
            if text[:size] != self.areas[codes[0]].name or tail.startswith(_SUFFIXES[level]):
                suffix = next((s for s in _SUFFIXES[level] if tail.startswith(s)), None)
                is_whole = any(self.areas[c].name == text[:size] for c in codes)
                if suffix is None and not is_whole:
                    continue
                if suffix and not is_whole:
                    tail = tail[len(suffix) :]
            chosen = self._choose(codes, scope, wider)
            if chosen:
                return chosen, tail
        return None, text

    def _choose(self, codes: list[str], scope: str | None, wider: str | None) -> str | None:
        today = sorted({c for c in map(self.current_code, codes) if c})
        for within in (scope, wider):
            prefix = prefix_of(within)
            inside = [
                c
                for c, was in ((self.current_code(w), w) for w in codes)
                if c and (c.startswith(prefix) or was.startswith(prefix))
            ]
            inside = sorted(set(inside))
            if len(inside) == 1:
                return inside[0]
            if inside and within == wider:
                return None
        return today[0] if len(today) == 1 and not prefix_of(wider or scope) else None


def prefix_of(code: str | None) -> str:
    """The digits that every code below an area starts with."""
    if not code:
        return ""
    for size in (2, 4, 6, 9):
        if set(code[size:]) <= {"0"}:
            return code[:size]
    return code


def stem_of(name: str, level: str) -> str:
    """A name without its level's suffix: 柳口镇 → 柳口. A stem of one character keeps it."""
    for suffix in _SUFFIXES.get(level, ()):
        if name.endswith(suffix) and len(name) - len(suffix) >= 2:
            return name[: -len(suffix)]
    return name


def _names_elsewhere(text: str) -> bool:
    return bool(re.match(r".{2,8}?(?:省|自治区)|.{2,6}?[市州县]", text))


def split_group_and_door(text: str) -> tuple[str, str | None, str | None]:
    """The address before its group, the group's number (第3组, 三社, 3组 → 3), and the door number."""
    group = _GROUP.search(text)
    if group:
        value = numeral(group[1])
        door = _TAIL_DOOR.search(text, group.end()) or _DOOR.search(text, group.end())
        return text[: group.start()], str(value) if value is not None else None, door[1] if door else None
    door = _TAIL_DOOR.search(text) or _DOOR.search(text)
    return (text[: door.start()] if door else text), None, door[1] if door else None

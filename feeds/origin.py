"""Whom a file is from and what it is about: unit and period, by evidence.

Evidence in this order: a line 填报单位, the file's name, the title above the header, what the rows say, the day of arrival. Marks of a resend
(重报-, 副本-, （更正）, (1)) are no part of a name. Where name and title give different months, the month that most of the events fall in decides.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date

from feeds.contracts import BASELINE, FeedContract
from feeds.readers import Cell
from feeds.values.dates import numeral
from feeds.values.text import as_text, tight

_RESENT = re.compile(
    r"^(?:重报|副本|补报|更正|订正|复件|重发|修订|最新|copyof|copy)[-_—+ ]*|[-_—]?(?:[(（][^)）]{0,8}[)）]|更正版?|重报|副本|修订版?|补报|订正|最终版?|终版|v\d+|_\d{1,2})$",
    re.IGNORECASE,
)
_MONTH = re.compile(r"(20\d{2})\s*[年.\-_/]?\s*(1[0-2]|0?[1-9])(?:\s*月份?|(?!\d))")
# With something between the three numbers, or month and day of two figures each: else "2025年12月" would be a second of January.
_DAY = re.compile(
    r"(20\d{2})(?:(?:\s*[年.\-_/]\s*|\s+)(1[0-2]|0?[1-9])(?:\s*[月.\-_/]\s*|\s+)(3[01]|[12]\d|0?[1-9])|"
    r"\s*[年.\-_/]?\s*(1[0-2]|0[1-9])(3[01]|[12]\d|0[1-9]))(?!\d)日?"
    r"(?:\s*[-—~至到]\s*(?:(?:20\d{2}\s*年)?\s*(1[0-2]|0?[1-9])\s*月)?\s*(3[01]|[12]\d|0?[1-9])\s*日)?"
)
_TERM = re.compile(r"(20\d{2})\s*年?\s*(春|秋)季?(?:学期|期)?")
_QUARTER = re.compile(
    r"(20\d{2})\s*年?\s*第?\s*([一二三四1-4])\s*季度|(20\d{2})\s*[-_ ]?Q([1-4])", re.IGNORECASE
)
_YEAR_TERM = re.compile(r"(20\d{2})\s*[-—~至]\s*(20\d{2})\s*学年.*?([一二上下])")
_UNIT_LINE = re.compile(
    r"(?:填报|报送|上报)单位[:：]\s*([^\s:：]+?)(?=填报|填表|报送|制表|日期|时间|联系|[\s:：]|$)"
)
_SUBJECT = re.compile(
    r"(?:全员人口|常住人口|户籍人口|流动人口|居住登记|人口(?:信息|数据)?(?:变动|变更|增量|增减)|迁移变动|迁入迁出|出生登记|出生医学证明|新生儿|死亡医学证明|死亡登记|死亡|学籍|在校(?:学)?生|学生|"
    r"婚姻登记(?!处)|结婚登记|离婚登记|收养登记|入户调查|核查).*$"
)
_WORDS = re.compile(r"(?:信息|情况|登记|花名)?(?:统计)?(?:表|册|名单|数据|清单|明细|报表)$")


@dataclass(frozen=True)
class Origin:
    """`unit` is the office's name ("" when nothing tells), `period` a month, term or quarter."""

    unit: str
    period: str


def origin_of(
    contract: FeedContract,
    file: str,
    arrival: date,
    above: list[list[Cell]],
    units: list[str],
    months: list[str],
    *,
    is_changes: bool = False,
) -> Origin:
    """`above`: the rows above the header; `units`: what the rows say of their office; `months`: the events' months.

    The period of a delivery of changes is the day until which it tells them, where the file says it.
    """
    stem = strip_resent(tight(re.sub(r"\.[A-Za-z]{1,5}$", "", file.rsplit("/", 1)[-1])))
    lines = [" ".join(tight(text) for cell in row if (text := as_text(cell))) for row in above]
    told = next((hit[1] for line in lines if (hit := _UNIT_LINE.search(line))), None)
    title = next((line for line in lines if line and not _UNIT_LINE.search(line)), "")
    unit = clean_unit(told or "") or unit_in(stem) or unit_in(tight(title)) or _commonest(units)
    day = day_in(stem) or next((told for line in lines if (told := day_in(line))), None)
    if is_changes and (day or not any(month_in(text) for text in (stem, *lines))):
        return Origin(unit, day or arrival.isoformat())
    return Origin(unit, _period(contract, stem, lines, arrival, months))


def strip_resent(stem: str) -> str:
    """A file's stem without the marks of a resend."""
    before = None
    while stem != before:
        before, stem = stem, _RESENT.sub("", stem)
    return stem


def unit_in(text: str) -> str:
    """The office's name in a file name or title: what stands before the period and the subject."""
    bare = re.sub(r"[(（].*?[)）]", "", text)
    for shape in (_YEAR_TERM, _TERM, _QUARTER, _DAY, _MONTH):
        bare = shape.sub("", bare)
    return clean_unit(_WORDS.sub("", _SUBJECT.sub("", bare)))


def clean_unit(text: str) -> str:
    name = re.sub(r"20\d{2}年?.*$", "", text).strip("-_—. 、")
    return name if re.search(r"[\u4e00-\u9fff]{2}", name) and not _SUBJECT.match(name) else ""


def _commonest(words: list[str]) -> str:
    return Counter(words).most_common(1)[0][0] if words else ""


def _period(contract: FeedContract, stem: str, lines: list[str], arrival: date, months: list[str]) -> str:
    if contract.rhythm == "termly":
        return next((term for text in (stem, *lines) if (term := term_in(text))), _term_of(arrival))
    told = [found for text in (stem, *lines) if (found := quarter_in(text) or month_in(text))]
    if contract.kind == BASELINE:
        return told[0] if told else f"{arrival:%Y-%m}"
    if told and len(set(told)) > 1 and months:
        return max(dict.fromkeys(told), key=lambda month: months.count(month))
    if told:
        return told[0]
    return _commonest(months) or _month_before(arrival)


def term_in(text: str) -> str | None:
    hit = _TERM.search(text)
    if hit:
        return f"{hit[1]}-{'spring' if hit[2] == '春' else 'autumn'}"
    hit = _YEAR_TERM.search(text)
    if hit:
        return f"{hit[1]}-autumn" if hit[3] in "一上" else f"{hit[2]}-spring"
    return None


def quarter_in(text: str) -> str | None:
    hit = _QUARTER.search(text)
    if not hit:
        return None
    return f"{hit[1] or hit[3]}-Q{numeral(hit[2] or hit[4])}"


def month_in(text: str) -> str | None:
    hit = _MONTH.search(text)
    return f"{hit[1]}-{int(hit[2]):02d}" if hit else None


def day_in(text: str) -> str | None:
    """The day in a text, of a span of days the last; None when there is none."""
    hit = _DAY.search(text)
    if not hit:
        return None
    year, month, day, close_month, close_day, last_month, last_day = hit.groups()
    try:
        return date(
            int(year), int(last_month or month or close_month), int(last_day or day or close_day)
        ).isoformat()
    except ValueError:
        return None


def _term_of(day: date) -> str:
    if 2 <= day.month <= 7:
        return f"{day.year}-spring"
    return f"{day.year if day.month >= 8 else day.year - 1}-autumn"


def _month_before(day: date) -> str:
    return f"{day.year - (day.month == 1)}-{(day.month - 2) % 12 + 1:02d}"

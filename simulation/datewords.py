"""Dates as clerks write them, and the slips they make with them; days are counted from 1970-01-01."""

from datetime import date, timedelta
from functools import cache, lru_cache

EPOCH = date(1970, 1, 1)
_DIGITS = "〇一二三四五六七八九"


def _chinese(number: int) -> str:
    if number < 10:
        return _DIGITS[number]
    tens, ones = divmod(number, 10)
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")


def to_date(day: int) -> date:
    return EPOCH + timedelta(days=int(day))


@lru_cache(maxsize=400_000)
def write_date(day: int, style: str) -> str:
    """One day in one of the styles of DOMAIN section 3."""
    d = to_date(day)
    year, month, dom = d.year, d.month, d.day
    match style:
        case "iso":
            return f"{year}-{month:02d}-{dom:02d}"
        case "slash":
            return f"{year}/{month}/{dom}"
        case "dots":
            return f"{year}.{month}.{dom}"
        case "packed":
            return f"{year}{month:02d}{dom:02d}"
        case "words":
            return f"{year}年{month}月{dom}日"
        case "chinese":
            years = "".join(_DIGITS[int(c)] for c in str(year))
            return f"{years}年{_chinese(month)}月{_chinese(dom)}日"
        case "short":
            return f"{year % 100:02d}{month:02d}{dom:02d}"
        case "serial":
            return str((d - date(1899, 12, 30)).days)
        case "month":
            return f"{year}年{month}月"
    return d.isoformat()


@cache
def lunar(day: int) -> str | None:
    """The lunar date of a day written as if it were Gregorian; None for leap months and before 1901."""
    import sxtwl

    d = to_date(day)
    if not 1901 < d.year < 2100:
        return None
    sky = sxtwl.fromSolar(d.year, d.month, d.day)
    if sky.isLunarLeap():
        return None
    return f"{sky.getLunarYear()}-{sky.getLunarMonth():02d}-{sky.getLunarDay():02d}"


def wrong_date(day: int, u: float, v: float, lunar_share: float) -> tuple[int | str, str]:
    """A slip: another valid day (as a number) or a text that is no date."""
    if u < lunar_share:
        reading = lunar(int(day))
        if reading is not None:
            try:
                return (date.fromisoformat(reading) - EPOCH).days, "lunar"
            except ValueError:
                return reading, "lunar"
    rest = (u - lunar_share) / (1 - lunar_share)
    d = to_date(day)
    if rest < 0.25 and d.day <= 12 and d.day != d.month:
        return (date(d.year, d.day, d.month) - EPOCH).days, "month_day_swapped"
    if rest < 0.55:
        return day + (1, -1, 10, -10, 2)[int(v * 5)], "day"
    if rest < 0.75:
        return day + (365, -365, 366, 730, -731)[int(v * 5)], "year"
    if rest < 0.85:
        return f"{d.year}年{d.month}月", "missing_day"
    if rest < 0.95:
        return f"{d.year}0230" if v < 0.5 else f"{d.year}-13-{d.day:02d}", "impossible"
    return (date(1900, 1, 1) - EPOCH).days, "placeholder"

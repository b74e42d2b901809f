"""Records of the feed `register` as the import reads them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

MAY = date(2026, 5, 1)


def person(number: int, **cells: Any) -> dict[str, Any]:
    return {
        "person_no": f"RY{number}",
        "household_no": f"H{number // 2}",
        "head_name": "王伟",
        "relation_to_head": "户主" if number % 2 == 0 else "女",
        "name": f"王{number}",
        "id_number": "990101199001011234",
        "id_number__state": "valid",
        "birth_date": pd.Timestamp("1990-01-01"),
        "birth_date__raw": "1990-01-01",
        "birth_date__lunar": pd.NaT,
        "hukou_address": "柳口镇陈树社区六社110号",
        "hukou_address__area": "990101001001",
        "hukou_address__group": "6",
        "hukou_address__door": "110",
        "area_code": None,
        "phone": None,
        "phone__raw": None,
        "notes": None,
        "unit": "柳口镇",
        **cells,
    }


def records(*people: dict[str, Any], arrival: date = MAY, period: str | None = None) -> pd.DataFrame:
    frame = pd.DataFrame(list(people))
    frame["file"] = f"{arrival}/a.csv"
    frame["sheet"] = ""
    frame["row"] = range(2, len(frame) + 2)
    frame["arrival"] = arrival.isoformat()
    frame["period"] = period
    frame["delivery"] = "ab" * 32
    return frame


def changes(*rows: dict[str, Any], arrival: date, period: str | None = None) -> pd.DataFrame:
    """A delivery of changes: whole rows, or `gone(number)`."""
    whole = [{**dict.fromkeys(person(0)), "change": None, **row} for row in rows]
    frame = records(*whole, arrival=arrival, period=period or arrival.isoformat())
    return frame.assign(coverage="changes", file=f"{arrival}/changes.csv")


def gone(number: int, **cells: Any) -> dict[str, Any]:
    """A person who is to be taken off the register."""
    return {"person_no": f"RY{number}", "change": "注销", "unit": "柳口镇", **cells}

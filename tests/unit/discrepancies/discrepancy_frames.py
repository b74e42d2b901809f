"""Small hand-made nights: a register, what feeds mention, and how it was linked."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from discrepancies import NightInputs, RuleSettings
from discrepancies.inputs import DELIVERY_COLUMNS, QUARANTINE_COLUMNS
from discrepancies.view import MENTION_COLUMNS

NIGHT = dt.date(2026, 6, 10)
HERE, HERE_2, OTHER_COUNTY, ELSEWHERE = "991224100200", "991224101201", "991225100200", "000000000000"
NAMES = {
    "990000000000": "云泽省",
    "991200000000": "岚平市",
    "991224000000": "禾溪县",
    "991224100000": "柳口镇",
    "991224100200": "陈树社区",
    "991224101000": "柳岭镇",
    "991224101201": "大坡村",
}
REGISTER_COLUMNS = (
    *(
        "person_no",
        "household_no",
        "head_name",
        "relation_to_head",
        "name",
        "former_name",
        "id_number",
        "id_state",
    ),
    *("sex", "ethnicity", "birth_date", "marital_status", "education", "occupation", "hukou_address"),
    *("residence_address", "area_code", "phone", "mother_name", "mother_id", "father_name", "father_id"),
    *("hukou_area", "hukou_group", "hukou_door", "residence_area", "residence_group", "residence_door"),
    *("birth_date_lunar", "notes"),
)
DATES = ("birth_date", "birth_date_lunar", "event_date")
TEXT_LINKS = ("mention_id", "feed", "file", "sheet", "row", "role", "person_no", "decision", "content_key")


class CountyAreas:
    def is_in_county(self, code: str) -> bool:
        return code.startswith("991224")

    def name_of(self, code: str) -> str | None:
        return NAMES.get(code)


def id_number(birth: str, sequence: int, region: str = "991224") -> str:
    """A valid number of the fictional province."""
    body = f"{region}{birth.replace('-', '')}{sequence:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights)) % 11]


@dataclass
class Night:
    """Collects rows; `inputs()` makes the frames of docs/data-model.md."""

    night: dt.date = NIGHT
    settings: RuleSettings = field(default_factory=RuleSettings)
    people: list[dict[str, Any]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    duplicates: list[tuple[str, str, float]] = field(default_factory=list)
    homes: list[tuple[str, str]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    torn: list[dict[str, Any]] = field(default_factory=list)

    def person(self, person_no: str, **values: Any) -> None:
        row: dict[str, Any] = {
            "person_no": person_no,
            "household_no": "H1",
            "relation_to_head": "户主",
            "name": "张伟",
            "sex": "男",
            "ethnicity": "汉族",
            "birth_date": "1980-05-04",
            "marital_status": "已婚",
            "phone": "13800000000",
            "former_name": "张大伟",
            "area_code": HERE,
            "hukou_area": HERE,
            "residence_area": HERE,
            "hukou_address": "柳口镇陈树社区",
            "residence_address": "柳口镇陈树社区",
            "mother_name": "王秀英",
            "mother_id": id_number("1955-01-01", 22),
            "father_name": "张建国",
            "father_id": id_number("1953-01-01", 21),
        }
        row["id_number"] = id_number("1980-05-04", 11)
        row.update(values)
        if "id_state" not in values:
            row["id_state"] = "valid" if row["id_number"] else None
        self.people.append(row)

    def mention(self, feed: str, role: str = "self", **values: Any) -> dict[str, Any]:
        """A mention; `link` is the person linked, `decision`, `p` and `entity` say how."""
        number = len(self.rows) + 1
        row: dict[str, Any] = {
            "feed": feed,
            "file": f"2026-06-01/{feed}.csv",
            "sheet": "",
            "row": number,
            "role": role,
            "unit": "柳口镇派出所",
            "period": "2026-05",
            "arrival": "2026-06-03",
            "is_latest": True,
            "name_placeholder": False,
            "link": None,
            "p": None,
            "decision": None,
            "entity": None,
        }
        row.update(values)
        row.setdefault("record_id", f"{number:016x}")
        row.setdefault("mention_id", f"{row['record_id']}:{role}")
        seen = [str(row.get(c)) for c in ("name", "sex", "birth_date", "id_number", "phone", "hukou_area")]
        row.setdefault("content_key", hashlib.sha256("|".join([feed, role, *seen]).encode()).hexdigest()[:16])
        self.rows.append(row)
        return row

    def delivery(self, feed: str, period: str | None, **values: Any) -> None:
        """A file taken in; by default of one station, with ten rows, on the third of the night's month."""
        row = {"unit": "柳口镇派出所", "arrival": self.night.replace(day=3), "rows": 10}
        row |= {"feed": feed, "period": period, "file": f"{period}/{feed}{len(self.files)}.csv"}
        self.files.append(row | values)

    def quarantine(self, file: dict[str, Any], row: int, rule: str = "torn", **values: Any) -> None:
        """A row of a delivery that is no use."""
        torn = {"sheet": "", "column": None, "raw_key": f"raw{row}"} | values
        self.torn.append({"feed": file["feed"], "file": file["file"], "row": row, "rule": rule} | torn)

    def inputs(self) -> NightInputs:
        register = pd.DataFrame(self.people, columns=list(REGISTER_COLUMNS)).astype(object)
        register = register.where(register.notna(), None)
        mentions = pd.DataFrame(self.rows, columns=[*MENTION_COLUMNS]).astype(object)
        mentions = mentions.where(mentions.notna(), None)
        for frame in (register, mentions):
            for column in set(DATES) & set(frame.columns):
                frame[column] = pd.to_datetime(frame[column])
        mentions["is_latest"] = mentions["is_latest"].astype(bool)
        mentions["name_placeholder"] = mentions["name_placeholder"].astype(bool)
        links = [_link(row) for row in self.rows]
        entities = [(row["entity"], row["mention_id"]) for row in self.rows if row["entity"]]
        columns = [*TEXT_LINKS, "match_probability", "missing_probability", "match_weight"]
        pairs = pd.DataFrame(self.duplicates, columns=["person_no", "person_no_2", "match_probability"])
        return NightInputs(
            night=self.night,
            register=register,
            mentions=mentions,
            links=pd.DataFrame(links, columns=columns).astype(
                {"match_probability": float, "missing_probability": float}
            ),
            register_duplicates=pairs.assign(match_weight=10.0),
            entities=pd.DataFrame(entities, columns=["entity_id", "mention_id"]).astype(object),
            household_links=pd.DataFrame(self.homes, columns=["household_key", "household_no"]).astype(
                object
            ),
            areas=CountyAreas(),
            settings=self.settings,
            deliveries=pd.DataFrame(self.files, columns=list(DELIVERY_COLUMNS)),
            quarantined=pd.DataFrame(self.torn, columns=list(QUARANTINE_COLUMNS), dtype=object),
        )


def _link(row: dict[str, Any]) -> dict[str, Any]:
    linked = row["link"] is not None
    decision = row["decision"] or ("link" if linked else "none")
    p = row["p"] if row["p"] is not None else (0.999 if linked else 0.0)
    link = {column: row.get(column) for column in TEXT_LINKS}
    link.update(person_no=row["link"], decision=decision, match_probability=p, match_weight=10.0)
    link["missing_probability"] = row.get("missing", 1.0 - p)
    return link

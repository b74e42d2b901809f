"""Families, their register and what four departments say of them, as the frames of docs/data-model.md."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

SURNAMES = list("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗")
GIVEN = list("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国海波志文慧琳佳欣梓涵浩宇轩诗雨晨")
TAIL = "10X98765432"
WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
SNAPSHOT = pd.Timestamp("2026-05-01")
MENTION_COLUMNS = [
    "mention_id",
    "record_id",
    "feed",
    "file",
    "sheet",
    "row",
    "role",
    "unit",
    "period",
    "arrival",
    "content_key",
    "name",
    "name_placeholder",
    "former_name",
    "sex",
    "birth_date",
    "birth_date_lunar",
    "id_number",
    "id_state",
    "ethnicity",
    "marital_status",
    "phone",
    "area_code",
    "hukou_area",
    "hukou_group",
    "hukou_door",
    "residence_area",
    "residence_group",
    "residence_door",
    "household_key",
    "relation_to_head",
    "head_name",
    "mother_name",
    "mother_id",
    "father_name",
    "father_id",
    "spouse_name",
    "spouse_id",
    "guardian_names",
    "plurality_rank",
    "birth_time",
    "certificate_no",
    "student_no",
    "event_type",
    "event_date",
    "from_area",
    "to_area",
]
REGISTER_COLUMNS = [
    "person_no",
    "household_no",
    "head_name",
    "relation_to_head",
    "name",
    "former_name",
    "id_number",
    "id_state",
    "sex",
    "ethnicity",
    "birth_date",
    "marital_status",
    "education",
    "occupation",
    "hukou_address",
    "residence_address",
    "area_code",
    "phone",
    "mother_name",
    "mother_id",
    "father_name",
    "father_id",
    "hukou_area",
    "hukou_group",
    "hukou_door",
    "residence_area",
    "residence_group",
    "residence_door",
    "birth_date_lunar",
    "notes",
]
DATES = ("birth_date", "birth_date_lunar", "event_date")


def id_number(rng: np.random.Generator, birth: pd.Timestamp, sex: str) -> str:
    sequence = int(rng.integers(0, 499)) * 2 + (1 if sex == "男" else 0)
    body = f"991224{birth:%Y%m%d}{sequence:03d}"
    return body + TAIL[sum(int(d) * w for d, w in zip(body, WEIGHTS)) % 11]


def key(*parts: object) -> str:
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:16]


def frame(rows: list[dict], columns: list[str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=columns)
    for column in columns:
        if column in DATES:
            table[column] = pd.to_datetime(table[column])
        elif column == "plurality_rank":
            table[column] = table[column].astype("Int64")
        elif column not in ("row", "name_placeholder"):
            table[column] = table[column].astype(object).where(table[column].notna(), None)
    return table


@dataclass
class Person:
    number: str
    household: str
    name: str
    sex: str
    birth: pd.Timestamp
    id: str
    relation: str
    village: str
    group: str
    door: str
    phone: str | None = None
    mother: Person | None = None
    father: Person | None = None
    spouse: Person | None = None
    on_register: bool = True
    rank: int | None = None


@dataclass
class County:
    people: list[Person]
    register: pd.DataFrame
    mentions: pd.DataFrame
    truth: dict[str, str | None] = field(
        default_factory=dict
    )  # mention_id → person_no, None when on no register

    def truth_of(self, mention_ids: pd.Series) -> pd.Series:
        return mention_ids.map(lambda m: self.truth[m])


def register_row(p: Person, head: Person) -> dict:
    return {
        "person_no": p.number,
        "household_no": p.household,
        "head_name": head.name,
        "relation_to_head": p.relation,
        "name": p.name,
        "id_number": p.id,
        "id_state": "valid",
        "sex": p.sex,
        "ethnicity": "汉族",
        "birth_date": p.birth,
        "area_code": p.village,
        "phone": p.phone,
        "mother_name": p.mother.name if p.mother else None,
        "mother_id": p.mother.id if p.mother else None,
        "father_name": p.father.name if p.father else None,
        "father_id": p.father.id if p.father else None,
        "hukou_area": p.village,
        "hukou_group": p.group,
        "hukou_door": p.door,
        "residence_area": p.village,
        "residence_group": p.group,
        "residence_door": p.door,
    }


def mention_row(feed: str, file: str, row: int, role: str, beside: object = "", **values: object) -> dict:
    """One mention; `beside` stands for the content of the row's other people, which the content key covers too."""
    record_id = key(feed, file, row)
    base = {
        "mention_id": f"{record_id}:{role}",
        "record_id": record_id,
        "feed": feed,
        "file": file,
        "sheet": "",
        "row": row,
        "role": role,
        "unit": file.split("/")[1][:3],
        "period": "2026-05",
        "arrival": file.split("/")[0],
        "name_placeholder": False,
    }
    base.update({k: v for k, v in values.items() if v is not None})
    if base.get("id_number") is not None:
        base.setdefault("id_state", "valid")
    hidden = ("mention_id", "record_id", "file", "sheet", "row", "arrival", "period", "household_key")
    base["content_key"] = key(beside, *(f"{k}={v}" for k, v in sorted(base.items()) if k not in hidden))
    return base


def own(p: Person, *, with_id: bool = True) -> dict:
    return {
        "name": p.name,
        "sex": p.sex,
        "birth_date": p.birth,
        "id_number": p.id if with_id else None,
        "area_code": p.village,
        "hukou_area": p.village,
        "hukou_group": p.group,
        "hukou_door": p.door,
    }


class _Maker:
    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.people: list[Person] = []
        self.rows: list[dict] = []
        self.truth: dict[str, str | None] = {}

    def pick(self, options: list[str]) -> str:
        return options[int(self.rng.integers(len(options)))]

    def person(self, sex: str, year: int, surname: str, **values: object) -> Person:
        birth = pd.Timestamp(year, 1, 1) + pd.Timedelta(days=int(self.rng.integers(0, 364)))
        birth = values.pop("birth", birth)  # type: ignore[assignment]
        name = surname + "".join(self.pick(GIVEN) for _ in range(int(self.rng.integers(1, 3))))
        number = f"P{len(self.people) + 1:06d}"
        made = Person(number, name=name, sex=sex, birth=birth, id=id_number(self.rng, birth, sex), **values)  # type: ignore[arg-type]
        self.people.append(made)
        return made

    def household(self, n: int) -> list[Person]:
        rng = self.rng
        where = {
            "household": f"H{n:06d}",
            "village": f"9912241002{n % 6:02d}",
            "group": str(n % 7 + 1),
            "door": str(n),
        }
        phone = f"13{rng.integers(10**8, 10**9)}"
        year = int(rng.integers(1960, 1996))
        man = self.person("男", year, self.pick(SURNAMES), relation="户主", phone=phone, **where)
        wife = self.person("女", year + int(rng.integers(-3, 4)), self.pick(SURNAMES), relation="妻", **where)
        man.spouse, wife.spouse = wife, man
        home = [man, wife]
        for _ in range(int(rng.integers(0, 4))):
            child_year = min(year + int(rng.integers(20, 35)), 2025)
            home.append(self._child(home, child_year, where))
        if rng.random() < 0.25:
            old = self.person("男", year - 27, man.name[0], relation="父亲", **where)
            man.father = old
            home.append(old)
        return home

    def _child(self, home: list[Person], year: int, where: dict, birth: pd.Timestamp | None = None) -> Person:
        sex = "男" if self.rng.random() < 0.5 else "女"
        more = {} if birth is None else {"birth": birth}
        return self.person(
            sex,
            year,
            home[0].name[0],
            relation="子" if sex == "男" else "女",
            mother=home[1],
            father=home[0],
            **where,
            **more,
        )

    def newborns(self, home: list[Person], birth: pd.Timestamp, twins: bool) -> list[Person]:
        where = {k: getattr(home[0], k) for k in ("household", "village", "group", "door")}
        born = [self._child(home, birth.year, where, birth) for _ in range(2 if twins else 1)]
        for rank, child in enumerate(born, 1):
            child.rank, child.on_register = rank, False
        return born

    def say(self, person: Person, row: dict) -> None:
        self.rows.append(row)
        self.truth[row["mention_id"]] = person.number if person.on_register else None


def _police(m: _Maker, homes: list[list[Person]], file: str) -> None:
    n = 2
    for h, home in enumerate(homes):
        for p in home:
            row = mention_row(
                "police_residents", file, n, "self", **own(p), household_key=f"police_residents|{h}", head_name=home[0].name,
                relation_to_head=p.relation, phone=p.phone,
            )  # fmt: skip
            m.say(p, row)
            n += 1


def _births(m: _Maker, born: list[Person], file: str) -> None:
    for n, p in enumerate(born, 2):
        assert p.mother and p.father
        parents = {
            "mother_name": p.mother.name, "mother_id": p.mother.id, "father_name": p.father.name, "father_id": p.father.id,
        }  # fmt: skip
        child = mention_row(
            "hospital_births", file, n, "self", name=f"{p.mother.name}之子", name_placeholder=True, sex=p.sex,
            birth_date=p.birth, area_code=p.village, plurality_rank=p.rank, **parents,
        )  # fmt: skip
        m.say(p, child)
        m.say(
            p.mother,
            mention_row("hospital_births", file, n, "mother", beside=(p.id, p.rank), **own(p.mother)),
        )
        father = mention_row(
            "hospital_births", file, n, "father", beside=(p.id, p.rank), name=p.father.name, sex="男", spouse_name=p.mother.name
        )  # fmt: skip
        m.say(p.father, father)


def _school(m: _Maker, pupils: list[Person], file: str) -> None:
    for n, p in enumerate(pupils, 2):
        assert p.mother and p.father
        values = own(p, with_id=n % 3 > 0)
        values["guardian_names"] = f"{p.father.name}|{p.mother.name}"
        m.say(p, mention_row("school_enrolment", file, n, "self", **values))
        for role, parent in (("guardian1", p.father), ("guardian2", p.mother)):
            m.say(
                parent,
                mention_row("school_enrolment", file, n, role, beside=p.id, name=parent.name, sex=parent.sex),
            )


def small_county(households: int, seed: int) -> County:
    """Households of couples, children and grandfathers; newborns and a few whole people are on no register."""
    m = _Maker(seed)
    homes = [m.household(n) for n in range(1, households + 1)]
    young = [home for home in homes if home[1].birth.year >= 1985]
    born: list[Person] = []
    for n, home in enumerate(young):
        if n % 4 == 0:
            born += m.newborns(home, SNAPSHOT + pd.Timedelta(days=5 + n % 20), twins=n % 12 == 0)
    for person in m.people[::37]:
        if person.relation in ("子", "女"):
            person.on_register = False
    _police(m, homes, "2026-06-05/柳口镇派出所.csv")
    _births(m, born, "2026-06-05/县医院.csv")
    pupils = [p for p in m.people if p.mother and 2010 <= p.birth.year <= 2019]
    _school(m, pupils, "2026-06-05/中心学校.csv")
    heads = {home[0].household: home[0] for home in homes}
    rows = [register_row(p, heads[p.household]) for p in m.people if p.on_register]
    return County(m.people, frame(rows, REGISTER_COLUMNS), frame(m.rows, MENTION_COLUMNS), m.truth)

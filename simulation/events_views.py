"""The hospital's, the schools' and the civil office's view of the month."""

import numpy as np
import pandas as pd

from .areas import COUNTY, facilities, schools
from .dice import NOTHING, Array
from .founding import day_number
from .people import NEVER
from .views import MARITAL, SEXES, Desk, View, days, parent_columns, person_columns

GRADES = [
    "学前班",
    "小学一年级",
    "小学二年级",
    "小学三年级",
    "小学四年级",
    "小学五年级",
    "小学六年级",
    "初中一年级",
    "初中二年级",
    "初中三年级",
]


def hospital_births(desk: Desk, placeholder: float, blank: float) -> View | None:
    """Newborns with mother and father; the child's name is often not there yet."""
    table = desk.log.table("births")
    table = table[table["place"] >= 0] if not table.empty else table
    if table.empty:
        return None
    people = desk.town.people
    rows, mother = table["child"].to_numpy(), table["mother"].to_numpy()
    father = np.where(desk.dice("father").uniform(rows) < 0.06, -1, table["father"].to_numpy())
    name, unnamed = _newborn_names(
        desk, rows, mother, father, table["rank"].to_numpy(), table["twin"].to_numpy(), placeholder, blank
    )
    minute = table["minute"].to_numpy()
    rank = table["rank"].astype(str).to_numpy(dtype=object)
    told = (desk.dice("rank").uniform(mother) < 0.92) | table["twin"].to_numpy()
    place = table["place"].to_numpy()
    names = dict(enumerate(facility for _, facility, _ in facilities(desk.town.tree)))
    columns = {
        "certificate_no": table["certificate"].to_numpy(dtype=object),
        "name": name,
        "sex": SEXES[people.sex[rows]],
        "birth_date": days(people.birth[rows]),
        "birth_time": np.array([f"{m // 60:02d}:{m % 60:02d}" for m in minute], dtype=object),
        "plurality_rank": np.where(told, rank, None),
        "facility": np.array([names[int(p)] for p in place], dtype=object),
        **parent_columns(desk, mother, father),
        "hukou_address": desk.address(mother, "hk", "hospital"),
        "residence_address": desk.address(mother, "rs", "hospital"),
        "phone": np.where(desk.dice("hphone").uniform(mother) < 0.8, people.phone[mother], None),
    }
    view = desk.view(
        "hospital_births", place, names, rows, columns, {"self": rows, "mother": mother, "father": father}
    )
    view.doubt("name", unnamed)
    return view


def _newborn_names(
    desk: Desk,
    rows: Array,
    mother: Array,
    father: Array,
    rank: Array,
    twin: Array,
    placeholder: float,
    blank: float,
) -> tuple[Array, Array]:
    people = desk.town.people
    draw, form = desk.dice("placeholder").uniform(mother), desk.dice("form").below(mother, 6)
    names = people.name[rows].copy()
    unnamed = draw < placeholder + blank
    for i in np.flatnonzero(unnamed):
        if draw[i] < blank:
            names[i] = None
            continue
        parent = father[i] if father[i] >= 0 else mother[i]
        surname = str(people.surname[parent]) if people.ethnicity[parent] != 2 else str(people.given[parent])
        kin = "之子" if people.sex[rows[i]] == 1 else "之女"
        size = ("大" if rank[i] == 1 else "小") if twin[i] else ""
        words = (
            surname + "某" + kin,
            surname + "XX" + kin,
            str(people.name[mother[i]]) + size + kin,
            surname + size + "婴",
            ("二宝" if rank[i] > 1 else "大宝") if twin[i] else "宝宝",
            surname + "某某",
        )
        names[i] = words[int(form[i])]
    return names, unnamed


def hospital_deaths(desk: Desk) -> View | None:
    table = desk.log.table("deaths")
    table = table[table["place"] >= 0] if not table.empty else table
    if table.empty:
        return None
    people, rows = desk.town.people, table["person"].to_numpy()
    names = dict(enumerate(facility for _, facility, _ in facilities(desk.town.tree)))
    columns = {
        **person_columns(desk, rows),
        "event_date": days(table["day"].to_numpy()),
        "hukou_address": desk.address(rows, "hk", "deaths"),
        "residence_address": desk.address(rows, "rs", "deaths"),
        "phone": np.where(desk.dice("dphone").uniform(rows) < 0.7, people.phone[rows], None),
    }
    return desk.view("hospital_deaths", table["place"].to_numpy(), names, rows, columns, {"self": rows})


def school_enrolment(desk: Desk) -> View:
    """Pupils of the term that holds the month: ages 6–15, some younger, who live here."""
    people, town = desk.town.people, desk.town
    term_year = desk.log.first.year if desk.log.first.month >= 8 else desk.log.first.year - 1
    opening = day_number(desk.log.first.replace(year=term_year, month=9, day=1))
    age = (opening - people.birth) / 365.25
    alive = people.belongs & (people.rs_v >= 0) & (people.came < desk.log.month)
    covered = desk.dice("school").uniform(np.arange(len(people))) < np.where(age >= 6, 0.98, 0.3)
    rows = np.flatnonzero(alive & covered & (age >= 5) & (age < 15.5))
    grade = np.clip(np.floor(age[rows]).astype(int) - 5, 0, 9)
    listed = schools(town.tree)
    units = {i: name for i, (_, name, _) in enumerate(listed)}
    unit = town.tree.village_township[people.rs_v[rows]]  # a school stays a school when its township merges
    county_school = desk.dice("which").uniform(rows) < np.where(unit == 0, 0.4, 0.03)
    unit = np.where(county_school, len(listed) - 1, unit)
    order = np.lexsort((rows, grade, unit))
    rows, grade, unit = rows[order], grade[order], unit[order]
    number = people.id_number[rows]
    temporary = desk.dice("student").uniform(rows)
    student_no = np.array(
        [
            f"L{r:015d}" if n is None or u < 0.06 else f"G{n}" if u < 0.97 else "J"
            for n, u, r in zip(number, temporary, rows * 7919 % 10**9)
        ],
        dtype=object,
    )
    start = np.where(grade == 0, term_year, np.where(grade < 7, term_year - grade + 1, term_year - grade + 7))
    classes = np.array([f"{k + 1}班" for k in range(4)], dtype=object)[desk.dice("class").below(rows, 4)]
    view = desk.view(
        "school_enrolment",
        unit,
        units,
        rows,
        {
            **person_columns(desk, rows),
            "student_no": student_no,
            "school": np.array([units[int(u)] for u in unit], dtype=object),
            "grade": np.array(GRADES, dtype=object)[grade],
            "class": classes,
            "enrolled_on": np.array([f"{y}09" for y in start], dtype=object),
            "hukou_address": desk.address(rows, "hk", "school"),
            "residence_address": desk.address(rows, "rs", "school"),
        },
        {"self": rows},
    )
    _add_guardians(desk, view, rows)
    view.columns["occupation"] = np.full(len(rows), "学生", dtype=object)
    spring = desk.log.first.month < 8
    view.period = f"{desk.log.first.year}-{'spring' if spring else 'autumn'}"
    view.period_words = f"{desk.log.first.year}年{'春' if spring else '秋'}季"
    return view


def _add_guardians(desk: Desk, view: View, rows: Array) -> None:
    """Father and mother; where neither is known, the household's head as a grandparent."""
    people, homes = desk.town.people, desk.town.households
    alive = people.alive & (people.left == NEVER)
    father = np.where(
        (people.father[rows] >= 0) & alive[np.maximum(people.father[rows], 0)], people.father[rows], -1
    )
    mother = np.where(
        (people.mother[rows] >= 0) & alive[np.maximum(people.mother[rows], 0)], people.mother[rows], -1
    )
    mother_first = desk.dice("first").uniform(rows) < 0.35
    both = (father >= 0) & (mother >= 0)
    first = np.where(mother_first & (mother >= 0), mother, np.where(father >= 0, father, mother))
    second = np.where(
        both & (desk.dice("second").uniform(rows) < 0.85), np.where(first == mother, father, mother), -1
    )
    head = homes.head[people.hh[rows]]
    orphan = (first < 0) & (head != rows)
    first = np.where(orphan, head, first)
    for turn, person in ((1, first), (2, second)):
        safe = np.maximum(person, 0)
        word = np.where(
            person == father,
            "父亲",
            np.where(person == mother, "母亲", np.where(people.sex[safe] == 1, "祖父", "祖母")),
        )
        with_id = desk.dice("guardian", turn).uniform(rows) < desk.town.settings.guardian_id_share
        with_phone = desk.dice("gphone", turn).uniform(rows) < 0.9
        there = person >= 0
        view.columns[f"guardian{turn}_name"] = np.where(there, people.name[safe], NOTHING)
        view.columns[f"guardian{turn}_relation"] = np.where(there, word, NOTHING)
        view.columns[f"guardian{turn}_id"] = np.where(there & with_id, people.id_number[safe], NOTHING)
        view.columns[f"guardian{turn}_phone"] = np.where(there & with_phone, people.phone[safe], NOTHING)
        view.roles[f"guardian{turn}"] = person


def civil_marriages(desk: Desk) -> View | None:
    people = desk.town.people
    parts = []
    for kind, table, letter in (
        ("结婚", desk.log.table("marriages"), "J"),
        ("离婚", desk.log.table("divorces"), "L"),
    ):
        if not table.empty:
            serial = [f"{letter}993122-{desk.log.first.year}-{s:06d}" for s in table["serial"]]
            parts.append(
                (
                    table["male"].to_numpy(),
                    table["female"].to_numpy(),
                    table["day"].to_numpy(),
                    np.array(serial, dtype=object),
                    np.full(len(table), kind, dtype=object),
                )
            )
    if not parts:
        return None
    male, female, day, number, what = (np.concatenate(part) for part in zip(*parts))
    columns = {"event_type": what, "cert_serial": number}
    for side, person in (("male", male), ("female", female)):
        columns[f"{side}_name"] = people.name[person]
        columns[f"{side}_id"] = people.id_number[person]
        columns[f"{side}_birth_date"] = days(people.birth[person])
    columns["event_date"] = days(day)
    view = desk.view(
        "civil_marriages",
        np.zeros(len(male), dtype=int),
        {0: f"{COUNTY}民政局婚姻登记处"},
        male,
        columns,
        {"male": male, "female": female},
    )
    now = MARITAL[np.where(what == "结婚", 1, 3)]
    for side, person in (("male", male), ("female", female)):
        view.doubt(f"{side}_event", now != MARITAL[people.marital[person]])
    return view


def civil_adoptions(desk: Desk, tables: list[pd.DataFrame]) -> View | None:
    """A quarter's adoptions (event tables of its months)."""
    filled = [table for table in tables if len(table)]
    if not filled:
        return None
    table = pd.concat(filled, ignore_index=True)
    people = desk.town.people
    child, father, mother = (table[c].to_numpy() for c in ("child", "father", "mother"))
    columns = {
        "event_type": np.full(len(child), "收养登记", dtype=object),
        "name": people.name[child],
        "former_name": people.former_name[child],
        "sex": SEXES[people.sex[child]],
        "birth_date": days(people.birth[child]),
        "id_number": people.id_number[child],
        "adopter1_name": people.name[father],
        "adopter1_id": people.id_number[father],
        "adopter2_name": people.name[mother],
        "adopter2_id": people.id_number[mother],
        "event_date": days(table["day"].to_numpy()),
    }
    view = desk.view(
        "civil_adoptions",
        np.zeros(len(child), dtype=int),
        {0: f"{COUNTY}民政局"},
        child,
        columns,
        {"self": child, "adopter1": father, "adopter2": mother},
    )
    quarter = (desk.log.first.month - 1) // 3 + 1
    view.period = f"{desk.log.first.year}-Q{quarter}"
    view.period_words = f"{desk.log.first.year}年第{'一二三四'[quarter - 1]}季度"
    return view

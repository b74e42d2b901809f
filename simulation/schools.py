"""The schools' view: pupils of the term with those who answer for them."""

import numpy as np

from .areas import schools
from .dice import NOTHING, Array
from .founding import day_number
from .people import NEVER
from .views import Desk, View, person_columns

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

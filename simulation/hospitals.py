"""The hospitals' and clinics' view: newborns, often without a name yet, and deaths."""

import numpy as np

from .areas import facilities
from .dice import Array
from .views import SEXES, Desk, View, days, parent_columns, person_columns


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

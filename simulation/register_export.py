"""The register as it is handed over: its own beliefs under its own numbers, a file per township."""

import numpy as np

from .dice import Array
from .names import ETHNICITY
from .nametables import EDUCATION, OCCUPATIONS
from .people import relation_to_head
from .register import BLANK_DAY, Register
from .views import MARITAL, SEXES, Desk, View, days


def register_view(desk: Desk, register: Register) -> View:
    """The register as it would be exported: its own beliefs, with its own household numbers."""
    people, columns = desk.town.people, register.columns
    home = desk.town.households.village[register.home_truth[register.home]]
    order = np.lexsort((np.arange(len(register)), register.home, home))
    head = register.heads()[order]
    value = {name: values[order] for name, values in columns.items()}
    rows = register.person[order]
    birth = value["birth"]

    def place(which: str) -> Array:
        parts = [value[f"{which}_{part}"] for part in "vgdo"]
        return desk.book.text(parts, register.person[order], f"register:{which}", electronic=True)

    learning, work = np.array([*EDUCATION, None], dtype=object), np.array([*OCCUPATIONS, None], dtype=object)
    village = np.where(
        value["rs_v"] >= 0, value["rs_v"], np.where(value["hk_v"] >= 0, value["hk_v"], home[order])
    )
    shown = {
        "person_no": register.person_no[order],
        "household_no": register.household_numbers()[order],
        "head_name": columns["name"][head],
        "relation_to_head": relation_to_head(people, register.person[head], rows),
        **{name: value[name] for name in ("name", "former_name", "id_number")},
        "sex": SEXES[value["sex"]],
        "ethnicity": np.where(value["ethnicity"] >= 0, ETHNICITY[value["ethnicity"]], None),
        "birth_date": np.where(birth == BLANK_DAY, None, days(birth)),
        "marital_status": MARITAL[value["marital"]],
        "education": learning[value["education"]],
        "occupation": work[value["occupation"]],
        "hukou_address": place("hk"),
        "residence_address": place("rs"),
        "area_code": desk.codes(village, rows, "register"),
        "phone": value["phone"],
        **{name: value[name] for name in ("mother_name", "mother_id", "father_name", "father_id")},
    }
    units = dict(enumerate(desk.town.tree.township_names))
    view = desk.view("register", desk.township(home[order]), units, rows, shown, {"self": rows})
    view.unsure["row"] = order
    return view

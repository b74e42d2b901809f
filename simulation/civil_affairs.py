"""The civil affairs office's view: couples and adoptions."""

import numpy as np
import pandas as pd

from .areas import COUNTY
from .views import MARITAL, SEXES, Desk, View, days


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

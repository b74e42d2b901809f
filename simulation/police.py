"""The stations' view: who has hukou here, births entered, moves and deaths struck off, people living away."""

import numpy as np
import pandas as pd

from .dice import NOTHING, Array
from .names import ETHNICITY
from .people import NEVER, relation_to_head
from .views import MARITAL, Desk, View, days, parent_columns, person_columns


def police_number(desk: Desk, homes: Array) -> Array:
    township = desk.town.tree.village_township[desk.town.households.village[homes]]
    return np.char.add((100 + township).astype("U3"), np.char.zfill(homes.astype("U7"), 7)).astype(object)


def police_heads(desk: Desk, rows: Array) -> Array:
    """The head among the people of each police household, per row."""
    people, homes = desk.town.people, desk.town.people.hh[rows]
    head = desk.town.households.head[homes]
    rank = np.where(head == rows, -(10**7), people.birth[rows])
    order = np.lexsort((rank, homes))
    distinct, first = np.unique(homes[order], return_index=True)
    best = np.full(len(desk.town.households), -1)
    best[distinct] = rows[order][first]
    return best[homes]


def residents_mask(desk: Desk) -> Array:
    """Whom the police count as hukou people of the county at the month's end."""
    people, last = desk.town.people, desk.log.last_day
    there = (
        people.local
        & (people.left == NEVER)
        & (people.registered <= last)
        & ~np.equal(people.id_number, NOTHING)
    )
    there &= people.alive | ((people.cancelled > last) & (people.death < NEVER))
    covered = desk.dice("residents").uniform(np.arange(len(people))) < desk.town.settings.police_coverage
    return there & covered


def police_residents(desk: Desk) -> View:
    people = desk.town.people
    rows = np.flatnonzero(residents_mask(desk))
    rows = rows[np.lexsort((rows, people.hh[rows]))]
    head = police_heads(desk, rows)
    rows_at_head = rows == head
    rows = rows[np.lexsort((~rows_at_head, people.hh[rows]))]
    head = police_heads(desk, rows)
    changed = people.changed_marital[rows] > -99
    lag = changed & (desk.dice("marital").uniform(rows) < desk.town.settings.police_marital_lag_share)
    lag &= people.marital_before[rows] >= 0
    told = (head == rows) | (desk.dice("phone").uniform(rows) < 0.4)
    columns = {
        "household_no": police_number(desk, people.hh[rows]),
        "head_name": people.name[head],
        "relation_to_head": relation_to_head(people, head, rows),
        **person_columns(desk, rows),
        "former_name": people.former_name[rows],
        "ethnicity": ETHNICITY[people.ethnicity[rows]],
        "marital_status": MARITAL[np.where(lag, people.marital_before[rows], people.marital[rows])],
        "hukou_address": desk.address(rows, "hk", "police", electronic=True),
        "area_code": desk.codes(people.hk_v[rows], rows, "police_residents"),
        "phone": np.where(told, people.phone[rows], None),
    }
    view = desk.view(
        "police_residents", desk.township(people.hk_v[rows]), desk.stations(), rows, columns, {"self": rows}
    )
    lag &= people.marital_before[rows] != people.marital[rows]
    view.doubt("marital_status", lag)
    hit = np.flatnonzero(lag)
    outdated = np.full(len(hit), "outdated", dtype=object)
    view.cells.append(
        (hit, "marital_status", outdated, MARITAL[people.marital[rows[hit]]], columns["marital_status"][hit])
    )
    return view


def police_births(desk: Desk, certificates: dict[int, str]) -> View | None:
    table = desk.log.table("registrations")
    if table.empty:
        return None
    people, rows = desk.town.people, table["child"].to_numpy()
    noted = desk.dice("certificate").uniform(rows) < 0.6
    columns = {
        "household_no": police_number(desk, people.hh[rows]),
        **person_columns(desk, rows),
        "ethnicity": ETHNICITY[people.ethnicity[rows]],
        **parent_columns(desk, people.mother[rows], people.father[rows]),
        "hukou_address": desk.address(rows, "hk", "police", electronic=True),
        "area_code": desk.codes(people.hk_v[rows], rows, "police_births"),
        "event_date": days(table["day"].to_numpy()),
        "certificate_no": np.array(
            [certificates.get(int(r)) if n else None for r, n in zip(rows, noted)], dtype=object
        ),
    }
    unit = desk.township(people.hk_v[rows])
    return desk.view(
        "police_births",
        unit,
        desk.stations(),
        rows,
        columns,
        {"self": rows, "mother": people.mother[rows], "father": people.father[rows]},
    )


def police_moves(desk: Desk) -> View | None:
    people = desk.town.people
    moves, struck = desk.log.table("moves"), desk.log.table("cancellations")
    parts: list[tuple[Array, ...]] = []
    for kind, side, station in (("迁出", "from", "from_township"), ("迁入", "to", "to_township")):
        here = moves[moves[station] >= 0] if not moves.empty else moves
        if not here.empty:
            village = here[f"{side}_v"].to_numpy()
            texts = [_move_address(desk, here, end) for end in ("from", "to")]
            parts.append(
                (
                    here["person"].to_numpy(),
                    here["day"].to_numpy(),
                    here[station].to_numpy(),
                    village,
                    np.full(len(here), kind, dtype=object),
                    *texts,
                )
            )
    if not struck.empty:
        rows, none = struck["person"].to_numpy(), np.full(len(struck), None, dtype=object)
        village = people.hk_v[rows]
        parts.append(
            (
                rows,
                struck["day"].to_numpy(),
                desk.township(village),
                village,
                np.full(len(rows), "死亡注销", dtype=object),
                none,
                none,
            )
        )
    if not parts:
        return None
    rows, day, unit, village, what, source, target = (np.concatenate(part) for part in zip(*parts))
    columns = {
        "event_type": what,
        **person_columns(desk, rows),
        "from_address": source,
        "to_address": target,
        "area_code": desk.codes(village, rows, "police_moves"),
        "event_date": days(day),
        "household_no": police_number(desk, np.maximum(people.hh[rows], 0)),
    }
    view = desk.view("police_moves", unit, desk.stations(), rows, columns, {"self": rows})
    view.doubt("to_address", what != "迁入")
    return view


def _move_address(desk: Desk, table: pd.DataFrame, end: str) -> Array:
    columns = [table[f"{end}_{part}"].to_numpy() for part in "vgdo"]
    return desk.book.text(columns, table["person"].to_numpy(), f"moves:{end}", electronic=False)


def floating_mask(desk: Desk) -> Array:
    people = desk.town.people
    covered = desk.dice("floating").uniform(np.arange(len(people))) < desk.town.settings.floating_coverage
    return people.floating & (people.floating_since <= desk.log.last_day) & covered


def police_floating(desk: Desk) -> View:
    people = desk.town.people
    rows = np.flatnonzero(floating_mask(desk))
    columns = {
        **person_columns(desk, rows),
        "ethnicity": ETHNICITY[people.ethnicity[rows]],
        "hukou_address": desk.address(rows, "hk", "floating"),
        "residence_address": desk.address(rows, "rs", "floating"),
        "area_code": desk.codes(people.rs_v[rows], rows, "police_floating"),
        "phone": np.where(desk.dice("fphone").uniform(rows) < 0.85, people.phone[rows], None),
        "event_date": days(people.floating_since[rows]),
    }
    return desk.view(
        "police_floating", desk.township(people.rs_v[rows]), desk.stations(), rows, columns, {"self": rows}
    )

"""A department's view: rows of canonical values about people, before noise and before it becomes a file."""

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from .addresses import AddressBook
from .dice import NOTHING, Array, Dice
from .founding import Town
from .life import Happenings
from .names import ETHNICITY
from .nametables import EDUCATION, OCCUPATIONS
from .people import NEVER, relation_to_head
from .register import BLANK_DAY, Register, _through

SEXES = np.array([None, "男", "女"], dtype=object)
MARITAL = np.array(["未婚", "已婚", "丧偶", "离婚", None], dtype=object)


@dataclass
class View:
    """One feed in one period. Dates are day numbers or None; `unsure` marks cells that are not the
    person's truth."""

    feed: str
    period: str
    period_words: str
    unit: Array  # unit index per row
    unit_names: dict[int, str]
    keys: Array  # who the row is about, for noise that stays
    columns: dict[str, Array]
    roles: dict[str, Array]  # role → person index, −1 for nobody
    unsure: dict[str, Array] = field(default_factory=dict)
    cells: list[tuple[Array, str, Array, Array, Array]] = field(
        default_factory=list
    )  # rows, field, kind, true, written

    def __len__(self) -> int:
        return len(self.keys)

    def doubt(self, name: str, mask: Array) -> None:
        self.unsure[name] = mask | self.unsure[name] if name in self.unsure else mask.copy()


@dataclass(frozen=True)
class Desk:
    """What every view of a month needs: the town, the month, the way addresses are written."""

    town: Town
    log: Happenings
    book: AddressBook
    old_share: float

    @property
    def period(self) -> str:
        return f"{self.log.first.year}-{self.log.first.month:02d}"

    @property
    def period_words(self) -> str:
        return f"{self.log.first.year}年{self.log.first.month}月"

    @property
    def last(self) -> date:
        return date.fromordinal(self.log.last_day + date(1970, 1, 1).toordinal())

    def dice(self, *what: object) -> Dice:
        return Dice(self.town.seed, "view", *what)

    def address(self, rows: Array, which: str, feed: str, *, electronic: bool = False) -> Array:
        columns = self.town.people.columns
        parts = [columns[f"{which}_{part}"][rows] for part in "vgdo"]
        return self.book.text(parts, rows, f"{feed}:{which}", electronic=electronic)

    def codes(self, village: Array, keys: Array, feed: str) -> Array:
        """Village codes; some rows keep the code from before a renumbering."""
        tree = self.town.tree
        safe = np.maximum(village, 0)
        before = [former or code for former, code in zip(tree.village_old_codes, tree.village_codes)]
        electronic = feed not in ("police_floating", "register")
        share = self.old_share * (0.1 if electronic else 0.5)
        keeps = self.dice("old code", feed).uniform(keys) < share
        now, old = tree.codes_on(self.last)[safe], np.array(before, dtype=object)[safe]
        return np.where(village >= 0, np.where(keeps, old, now), NOTHING)

    def township(self, village: Array) -> Array:
        return self.town.tree.township_of(np.maximum(village, 0), self.last)

    def stations(self) -> dict[int, str]:
        return {t: name + "派出所" for t, name in enumerate(self.town.tree.township_names)}

    def view(
        self,
        feed: str,
        unit: Array,
        units: dict[int, str],
        keys: Array,
        columns: dict[str, Array],
        roles: dict[str, Array],
    ) -> View:
        return View(feed, self.period, self.period_words, np.asarray(unit), units, keys, columns, roles)


def days(values: Array) -> Array:
    """Day numbers as objects, so that a cell can also be None or a text."""
    return np.asarray(values).astype(object)


def person_columns(desk: Desk, rows: Array) -> dict[str, Array]:
    people = desk.town.people
    return {
        "name": people.name[rows],
        "id_number": people.id_number[rows],
        "sex": SEXES[people.sex[rows]],
        "birth_date": days(people.birth[rows]),
    }


def parent_columns(desk: Desk, mother: Array, father: Array) -> dict[str, Array]:
    people = desk.town.people
    return {
        "mother_name": _through(mother, people.name),
        "mother_id": _through(mother, people.id_number),
        "father_name": _through(father, people.name),
        "father_id": _through(father, people.id_number),
    }


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

"""From the truth book to the list of discrepancies that could be found, and from which night to which.

`graded` is False where reasonable people differ (a one-character name variant, a person listed twice, somebody who
meanwhile died): finding such an item is neither right nor wrong. `grey_from` says from which night that holds.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from .corruptions import LOOKALIKE, VARIANT, homophone
from .dice import Array
from .founding import Town
from .people import NEVER
from .register import BLANK_DAY, BLANK_PLACE, Register, true_values
from .truth import CHANGES, TruthBook, Wanted, household_ids, person_ids

FIELDS = ["name", "former_name", "id_number", "sex", "ethnicity", "birth_date", "marital_status", "hukou_address", "residence_address", "phone", "mother_name", "mother_id", "father_name", "father_id"]  # fmt: skip
PLACEHOLDER_IDS = {"000000000000000000", "无", "未办理", "111111111111111111"}
COLUMN = {"birth_date": "birth", "marital_status": "marital"}
FAR = 2**30


@dataclass
class Snapshot:
    """One full register delivery: when its rows arrived, who stands on it."""

    month: int
    arrival: Array  # per register row
    person: Array
    person_no: Array
    household_no: Array
    home: Array


@dataclass
class Watch:
    """Follows the register month by month."""

    town: Town
    register: Register
    snapshots: list[Snapshot] = field(default_factory=list)
    defects: list[pd.DataFrame] = field(default_factory=list)
    households: list[pd.DataFrame] = field(default_factory=list)

    def look(self, month: int, residents: Array) -> Wanted:
        """Compares register and truth at a month's end; returns what evidence is wanted for."""
        people, register = self.town.people, self.register
        table = pd.concat([self._field(name) for name in FIELDS], ignore_index=True)
        table["month"] = month
        self.defects.append(table)
        size = len(people)
        masks = {name: np.zeros(size, dtype=bool) for name in FIELDS}
        for name, group in table.groupby("field"):
            masks[str(name)][group["person"].to_numpy()] = True
        listed = np.zeros(size, dtype=bool)
        listed[register.person] = True
        gone = np.zeros(size, dtype=bool)
        gone[register.person[~people.belongs[register.person]]] = True
        rehoused = self._rehoused(month)
        self._missing_households(month, residents, listed)
        return Wanted(masks, ~listed, gone, rehoused)

    def _field(self, name: str) -> pd.DataFrame:
        register, people = self.register, self.town.people
        columns, truth = register.columns, true_values(people, register.person)
        present = people.belongs[register.person]
        graded = np.ones(len(register), dtype=bool)
        if name in ("hukou_address", "residence_address"):
            prefix = "hk" if name == "hukou_address" else "rs"
            own, real = columns[f"{prefix}_v"], truth[f"{prefix}_v"]
            blank = own == BLANK_PLACE
            outside = (
                (own == -1) & (real == -1) & (columns[f"{prefix}_o"] // 10 != truth[f"{prefix}_o"] // 10)
            )
            deeper = (own == real) & (
                (columns[f"{prefix}_g"] != truth[f"{prefix}_g"])
                | (columns[f"{prefix}_d"] != truth[f"{prefix}_d"])
            )
            wrong = (own != real) | outside | deeper
            graded &= ~(deeper | outside | ((real < 0) & ~blank))
            if name == "hukou_address":
                graded &= (real >= 0) | blank
        else:
            column = COLUMN.get(name, name)
            own, real = columns[column], truth[column]
            if own.dtype == object:
                known = ~np.equal(real, None)
                blank = known & (np.equal(own, None) | np.isin(own.astype(str), list(PLACEHOLDER_IDS)))
                wrong = known & (own != real)
            else:
                blank = own == {"sex": 0, "birth": BLANK_DAY}.get(column, -1)
                wrong = own != real
        rows = np.flatnonzero(present & (wrong | blank))
        frame = pd.DataFrame({
            "row": rows, "person": register.person[rows], "person_no": register.person_no[rows], "field": name,
            "blank": blank[rows], "graded": graded[rows],
        })  # fmt: skip
        if name == "name":
            close = [is_near(str(a), str(b)) for a, b in zip(own[rows], real[rows])]
            frame["graded"] = frame["graded"] & (frame["blank"] | ~np.array(close, dtype=bool))
        if name in ("phone", "former_name"):
            frame = frame[frame["blank"]]
        return frame

    def _rehoused(self, month: int) -> Array:
        people, register = self.town.people, self.register
        moved = people.hh[register.person] != register.home_truth[register.home]
        moved &= people.belongs[register.person] & people.local[register.person]
        stays = np.zeros(len(register.home_truth), dtype=bool)
        stays[register.home[~moved & people.belongs[register.person]]] = True
        rows = np.flatnonzero(moved)
        frame = pd.DataFrame({
            "row": rows, "person": register.person[rows], "person_no": register.person_no[rows], "field": "household_no",
            "blank": False, "graded": stays[register.home[rows]], "month": month,
        })  # fmt: skip
        self.defects.append(frame)
        mask = np.zeros(len(people), dtype=bool)
        mask[frame["person"].to_numpy()] = True
        return mask

    def _missing_households(self, month: int, residents: Array, listed: Array) -> None:
        homes = self.town.people.hh[residents]
        any_listed = np.zeros(len(self.town.households), dtype=bool)
        any_listed[homes[listed[residents]]] = True
        lacking = ~any_listed[homes]
        self.households.append(
            pd.DataFrame({"home": homes[lacking], "person": residents[lacking], "month": month})
        )

    def note_snapshot(self, month: int, rows: Array, arrival: Array) -> None:
        register = self.register
        when = np.full(len(register), FAR)
        when[rows] = arrival
        self.snapshots.append(
            Snapshot(
                month,
                when,
                register.person.copy(),
                register.person_no.copy(),
                register.household_numbers(),
                register.home.copy(),
            )
        )


def is_near(one: str, other: str) -> bool:
    """Names that differ in one character by sound, form or variant, or in dots and spaces only."""
    if one.replace("·", "") == other.replace("·", ""):
        return True
    if len(one) != len(other):
        return False
    pairs = [(a, b) for a, b in zip(one, other) if a != b]
    if len(pairs) != 1:
        return False
    a, b = pairs[0]
    from .corruptions import _readings

    reading, _ = _readings()
    alike = LOOKALIKE.get(a) == b or LOOKALIKE.get(b) == a or VARIANT.get(a) == b or VARIANT.get(b) == a
    return (
        alike or (reading.get(a) is not None and reading.get(a) == reading.get(b)) or homophone(a, 0.0) == b
    )


def discrepancies(watch: Watch, book: TruthBook, seed: int, last_month: int) -> pd.DataFrame:
    """All types, one row each; nights as day numbers (NA: never)."""
    evidence = (
        pd.concat(book.evidence, ignore_index=True)
        if book.evidence
        else pd.DataFrame(columns=["person", "what", "arrival"])
    )
    first = evidence.groupby(["person", "what"], sort=False)["arrival"].min()
    parts = [
        _cells(watch, first, last_month),
        _people(watch, first),
        _missing_homes(watch, first, last_month),
        _twice(watch),
        _shared(watch),
    ]
    table = pd.concat([part for part in parts if len(part)], ignore_index=True)
    people = watch.town.people
    columns = [
        "type",
        "person",
        "person_no",
        "person_no_2",
        "home",
        "household_no",
        "household_no_2",
        "field",
        "discoverable",
        "gone",
        "grey_from",
        "graded",
    ]
    table = table.reindex(columns=columns)
    table["person_id"] = None
    known = table["person"].notna()
    table.loc[known, "person_id"] = person_ids(seed, table.loc[known, "person"].to_numpy(dtype=np.int64))
    table["household_id"] = None
    known = table["home"].notna()
    table.loc[known, "household_id"] = household_ids(seed, table.loc[known, "home"].to_numpy(dtype=np.int64))
    table["graded"] = table["graded"].astype(bool)
    table["true_value"] = _true_text(people, table)
    for name, column in (
        ("discoverable", "discoverable_night"),
        ("gone", "gone_night"),
        ("grey_from", "grey_from"),
    ):
        day = pd.to_numeric(table[name]).to_numpy(dtype=float)
        ok = np.isfinite(day) & (np.abs(day) < FAR / 2)
        stamp = np.full(len(table), np.datetime64("NaT"), dtype="datetime64[D]")
        stamp[ok] = day[ok].astype(np.int64).astype("datetime64[D]")
        table[column] = stamp.astype("datetime64[ns]")
    return (
        table.drop(columns=["person", "home", "discoverable", "gone"])
        .sort_values(["type", "discoverable_night", "person_no", "person_id", "field"], kind="stable")
        .reset_index(drop=True)
    )


def _true_text(people: object, table: pd.DataFrame) -> Array:
    values = np.full(len(table), None, dtype=object)
    for name in ("name", "id_number", "former_name", "phone"):
        mask = (table["field"] == name).to_numpy()
        values[mask] = people.columns[name][table.loc[mask, "person"].to_numpy(dtype=np.int64)]  # type: ignore[attr-defined]
    return values


def _first(first: "pd.Series[int]", person: Array, what: Array | str) -> Array:
    index = pd.MultiIndex.from_arrays(
        [person, np.broadcast_to(np.asarray(what, dtype=object), (len(person),))]
    )
    return first.reindex(index).to_numpy(dtype=float)


def _arrival_of(watch: Watch, numbers: Array, month: Array, *, after: bool) -> Array:
    """Arrival of the row (or, `after`, of the first snapshot later than `month` with or without the row)."""
    out = np.full(len(numbers), np.nan)
    for snapshot in watch.snapshots[::-1] if after else watch.snapshots:
        applies = (snapshot.month > month) if after else (snapshot.month <= month)
        found = pd.Series(snapshot.arrival, index=snapshot.person_no)
        found = found[~found.index.duplicated()].reindex(numbers).to_numpy(dtype=float)
        usual = np.median(snapshot.arrival)
        value = np.where(np.isnan(found), usual if after else np.nan, found)
        out = np.where(applies & ~np.isnan(value), value, out)
    return out


def _cells(watch: Watch, first: "pd.Series[int]", last_month: int) -> pd.DataFrame:
    """`missing_item`, `inconsistent_field`, `wrong_household`."""
    all_rows = pd.concat([d for d in watch.defects if len(d)], ignore_index=True)
    grouped = all_rows.groupby(["person_no", "field", "blank"], sort=False)
    table = grouped.agg(
        person=("person", "first"), low=("month", "min"), high=("month", "max"), graded=("graded", "min")
    ).reset_index()
    table["what"] = np.where(table["field"] == "household_no", "household", table["field"])
    seen = _first(first, table["person"].to_numpy(), table["what"].to_numpy())
    on_register = _arrival_of(watch, table["person_no"].to_numpy(), table["low"].to_numpy(), after=False)
    table["discoverable"] = np.fmax(seen, on_register)
    table.loc[np.isnan(seen) | np.isnan(on_register), "discoverable"] = np.nan
    ends = (table["high"] < last_month).to_numpy()
    gone = _arrival_of(watch, table["person_no"].to_numpy(), table["high"].to_numpy(), after=True)
    table["gone"] = np.where(ends, gone, np.nan)
    people = watch.town.people
    person = table["person"].to_numpy()
    absent = np.minimum(people.death, people.left)[person].astype(float)
    table["grey_from"] = np.where(absent < FAR, absent, np.nan)
    for name, tracked in CHANGES.items():  # the truth itself changed meanwhile
        mask = (
            (table["field"] == name).to_numpy()
            & ends
            & (people.columns[f"changed_{tracked}"][person] > table["high"].to_numpy())
        )
        table.loc[mask, "graded"] = False
    pairs = _pairs(watch)
    double = np.isin(person, np.unique([p for p, *_ in pairs])) if pairs else np.zeros(len(table), dtype=bool)
    table.loc[double, "graded"] = False
    age = (watch.snapshots[0].arrival.min() - people.birth[person]) / 365.25
    table = table[~((table["field"] == "phone").to_numpy() & (age < 16))].copy()
    table["type"] = np.where(
        table["field"] == "household_no",
        "wrong_household",
        np.where(table["blank"], "missing_item", "inconsistent_field"),
    )
    table["field"] = table["field"].where(table["type"] != "wrong_household", None)
    return table[table["discoverable"].notna()]


def _people(watch: Watch, first: "pd.Series[int]") -> pd.DataFrame:
    """`unregistered_birth`, `missing_person`, `deceased_active`, `moved_out_active`."""
    people = watch.town.people
    listed_from = np.full(len(people), np.inf)
    for snapshot in watch.snapshots[::-1]:
        listed_from[snapshot.person] = np.minimum(listed_from[snapshot.person], snapshot.arrival)
    everyone = np.arange(len(people))
    sighted = _first(first, everyone, "sighted")
    open_ = ~np.isnan(sighted) & (sighted < listed_from)
    rows = everyone[open_]
    rows = rows[(people.hk_v[rows] >= 0) | (people.rs_v[rows] >= 0) | (people.left[rows] < NEVER)]
    birth = people.birth[rows]
    infant = sighted[rows] - birth < 365
    in_missing_home = np.isin(
        rows, np.unique(np.concatenate([h["person"].to_numpy() for h in watch.households]))
    )
    absent = np.minimum(people.death, people.left)[rows].astype(float)
    missing = pd.DataFrame({
        "type": np.where(infant, "unregistered_birth", "missing_person"), "person": rows,
        "discoverable": np.where(infant, np.maximum(sighted[rows], birth + 30), sighted[rows]), "gone": listed_from[rows],
        "grey_from": np.where(absent < FAR, absent, np.nan), "graded": ~in_missing_home,
    })  # fmt: skip
    return pd.concat([missing, _still_listed(watch, first)], ignore_index=True)


def _still_listed(watch: Watch, first: "pd.Series[int]") -> pd.DataFrame:
    parts = []
    for kind, what in (("deceased_active", "death"), ("moved_out_active", "departure")):
        told = first[first.index.get_level_values(1) == what]
        seen = pd.Series(told.to_numpy(), index=told.index.get_level_values(0))
        rows: dict[str, tuple[int, float, float]] = {}
        for number, snapshot in enumerate(watch.snapshots):
            mask = np.isin(snapshot.person, seen.index)
            following = watch.snapshots[number + 1] if number + 1 < len(watch.snapshots) else None
            later = set(following.person_no) if following else set()
            for no, person, arrival in zip(
                snapshot.person_no[mask], snapshot.person[mask], snapshot.arrival[mask]
            ):
                gone = np.nan
                if following is not None and no not in later:
                    gone = float(np.median(following.arrival))
                start = rows[no][1] if no in rows else max(float(seen[person]), float(arrival))
                rows[no] = (int(person), start, gone)
        frame = pd.DataFrame(
            [(kind, p, no, start, gone) for no, (p, start, gone) in rows.items()],
            columns=["type", "person", "person_no", "discoverable", "gone"],
        )
        parts.append(frame.assign(graded=True))
    return pd.concat([p for p in parts if len(p)] or parts[:1], ignore_index=True)


def _missing_homes(watch: Watch, first: "pd.Series[int]", last_month: int) -> pd.DataFrame:
    table = pd.concat(watch.households, ignore_index=True)
    if table.empty:
        return table
    table["seen"] = _first(first, table["person"].to_numpy(), "resident")
    homes = (
        table.groupby("home")
        .agg(person=("person", "first"), seen=("seen", "min"), high=("month", "max"))
        .reset_index()
    )
    following = [(s.month, float(np.median(s.arrival))) for s in watch.snapshots]
    gone = [
        next((a for m, a in following if m > high), np.nan) if high < last_month else np.nan
        for high in homes["high"]
    ]
    people = watch.town.people
    absent = np.minimum(people.death, people.left)[homes["person"].to_numpy()].astype(float)
    return homes.assign(
        type="missing_household", discoverable=homes["seen"], gone=gone, graded=True,
        grey_from=np.where(absent < FAR, absent, np.nan),
    )[homes["seen"].notna()].drop(columns=["seen", "high"])  # fmt: skip


def _pairs(watch: Watch) -> list[tuple[int, str, str, str, str, float, float]]:
    pairs: dict[tuple[str, str], tuple[int, str, str, str, str, float, float]] = {}
    for number, snapshot in enumerate(watch.snapshots):
        order = np.argsort(snapshot.person, kind="stable")
        same = np.flatnonzero(snapshot.person[order][1:] == snapshot.person[order][:-1])
        later = set(watch.snapshots[number + 1].person_no) if number + 1 < len(watch.snapshots) else None
        for i in same:
            a, b = order[i], order[i + 1]
            key = (snapshot.person_no[a], snapshot.person_no[b])
            gone = np.nan
            if later is not None and not (key[0] in later and key[1] in later):
                gone = float(np.median(watch.snapshots[number + 1].arrival))
            start = pairs[key][5] if key in pairs else float(max(snapshot.arrival[a], snapshot.arrival[b]))
            pairs[key] = (
                int(snapshot.person[a]),
                *key,
                snapshot.household_no[a],
                snapshot.household_no[b],
                start,
                gone,
            )
    return list(pairs.values())


def _twice(watch: Watch) -> pd.DataFrame:
    """`duplicate_person` and, where a household stands there twice as a whole, `duplicate_household`."""
    columns = ["person", "person_no", "person_no_2", "household_no", "household_no_2", "discoverable", "gone"]
    pairs = pd.DataFrame(_pairs(watch), columns=columns).assign(type="duplicate_person", graded=True)
    if pairs.empty:
        return pairs
    homes = np.array(watch.register.home_truth)
    copies = np.flatnonzero(
        np.isin(homes, [h for h, n in zip(*np.unique(homes, return_counts=True)) if n > 1])
    )
    numbers = {f"99312288{c:08d}" for c in copies}
    whole = pairs[pairs["household_no"].isin(numbers) & pairs["household_no_2"].isin(numbers)]
    whole = whole[whole["household_no"] != whole["household_no_2"]]
    homes_twice = whole.drop_duplicates(["household_no", "household_no_2"]).assign(
        type="duplicate_household", person_no=None, person_no_2=None
    )
    return pd.concat([pairs, homes_twice], ignore_index=True)


def _shared(watch: Watch) -> pd.DataFrame:
    """`shared_id_number`: as of the last snapshot the register's own numbers tell; pairs by first appearance."""
    register = watch.register
    numbers = register.columns["id_number"]
    usable = np.array([bool(n) and len(n) == 18 and n not in PLACEHOLDER_IDS for n in numbers], dtype=bool)
    rows = np.flatnonzero(usable)
    frame = pd.DataFrame(
        {"number": numbers[rows], "person": register.person[rows], "person_no": register.person_no[rows]}
    )
    frame = frame[frame.duplicated("number", keep=False)].sort_values(["number", "person_no"], kind="stable")
    out = []
    for _, group in frame.groupby("number", sort=True):
        if group["person"].nunique() > 1:
            a, b = group.iloc[0], group[group["person"] != group["person"].iloc[0]].iloc[0]
            out.append(("shared_id_number", a["person"], a["person_no"], b["person_no"]))
    table = pd.DataFrame(out, columns=["type", "person", "person_no", "person_no_2"])
    table["discoverable"] = _arrival_of(
        watch, table["person_no"].to_numpy(), np.full(len(table), watch.snapshots[-1].month), after=False
    )
    for snapshot in watch.snapshots[::-1]:
        found = pd.Series(snapshot.arrival, index=snapshot.person_no)
        found = found[~found.index.duplicated()].reindex(table["person_no"]).to_numpy(dtype=float)
        table["discoverable"] = np.where(np.isnan(found), table["discoverable"], found)
    return table.assign(gone=np.nan, graded=True)

"""From the truth book to the list of discrepancies that could be found, and from which night to which.

`graded` is False where reasonable people differ (a one-character name variant, a person listed twice,
somebody who meanwhile died): finding such an item is neither right nor wrong. `grey_from` says from which
night that holds.

A register phone is expected of people of 16 and over, a marital status likewise; parents only of who is not
grown up. The register's other blanks count when some row that is current shows the true value.
"""

import numpy as np
import pandas as pd

from .dice import Array
from .names import ETHNICITY
from .people import NEVER
from .register import true_values
from .truth import CHANGES, TruthBook, household_ids, person_ids
from .views import MARITAL, SEXES
from .watch import COLUMN, FAR, PLACEHOLDER_IDS, Watch

COLUMNS = (
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
)


def _together(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """The parts below each other with all columns; as objects, as a column may be empty in one part."""
    return pd.concat(
        [part.reindex(columns=list(COLUMNS)).astype(object) for part in parts], ignore_index=True
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
    table = _together(parts)
    table["person_id"] = None
    known = table["person"].notna()
    table.loc[known, "person_id"] = person_ids(seed, table.loc[known, "person"].to_numpy(dtype=np.int64))
    table["household_id"] = None
    known = table["home"].notna()
    table.loc[known, "household_id"] = household_ids(seed, table.loc[known, "home"].to_numpy(dtype=np.int64))
    table["graded"] = table["graded"].astype(bool)
    table["true_value"] = _true_text(watch, table)
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


def _true_text(watch: Watch, table: pd.DataFrame) -> Array:
    """What the register would say in the field if it knew everything; of an address the village's name."""
    values = np.full(len(table), None, dtype=object)
    of_field = table["field"].notna() & table["person"].notna()
    for name in table.loc[of_field, "field"].unique():
        mask = (of_field & (table["field"] == name)).to_numpy()
        values[mask] = _texts(watch, str(name), table.loc[mask, "person"].to_numpy(dtype=np.int64))
    return values


def _texts(watch: Watch, name: str, rows: Array) -> Array:
    people, tree = watch.town.people, watch.town.tree
    truth = true_values(people, rows)
    if name in ("hukou_address", "residence_address"):
        villages = np.array([*(tree.full_village_name(v) for v in range(tree.villages)), None], dtype=object)
        return villages[np.maximum(truth["hk_v" if name == "hukou_address" else "rs_v"], -1)]
    values = truth[COLUMN.get(name, name)]
    if name == "birth_date":
        return np.datetime_as_string(values.astype("datetime64[D]")).astype(object)
    words = {"sex": SEXES, "ethnicity": ETHNICITY, "marital_status": MARITAL}.get(name)
    return values if words is None else words[values]


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
        usual = snapshot.usual_arrival
        value = np.where(np.isnan(found), usual if after else np.nan, found)
        out = np.where(applies & ~np.isnan(value), value, out)
    return out


def _cells(watch: Watch, first: "pd.Series[int]", last_month: int) -> pd.DataFrame:
    """`missing_item`, `inconsistent_field`, `wrong_household`."""
    all_rows = pd.concat([d for d in watch.defects if len(d)], ignore_index=True)
    grouped = all_rows.groupby(["person_no", "field", "blank"], sort=False)
    table = grouped.agg(
        person=("person", "first"),
        what=("what", "first"),
        low=("month", "min"),
        high=("month", "max"),
        graded=("graded", "min"),
    ).reset_index()
    seen = _first(first, table["person"].to_numpy(), table["what"].to_numpy())
    on_register = _arrival_of(watch, table["person_no"].to_numpy(), table["low"].to_numpy(), after=False)
    table["discoverable"] = np.fmax(seen, on_register)
    unproven = np.isnan(seen) | np.isnan(on_register)  # true, but no clean row ever says so
    table.loc[unproven, "discoverable"] = np.nan
    table.loc[unproven, "graded"] = False
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
    young = (table["field"] == "marital_status").to_numpy() & (age[table.index] < 16)
    table.loc[young, "graded"] = False
    table["type"] = np.where(
        table["field"] == "household_no",
        "wrong_household",
        np.where(table["blank"], "missing_item", "inconsistent_field"),
    )
    table["field"] = table["field"].where(table["type"] != "wrong_household", None)
    return table


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
    missing = pd.DataFrame(
        {
            "type": np.where(infant, "unregistered_birth", "missing_person"),
            "person": rows,
            "discoverable": np.where(infant, np.maximum(sighted[rows], birth + 30), sighted[rows]),
            "gone": listed_from[rows],
            "grey_from": np.where(absent < FAR, absent, np.nan),
            "graded": ~in_missing_home,
        }
    )
    return _together([missing, _still_listed(watch, first)])


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
                    gone = following.usual_arrival
                start = rows[no][1] if no in rows else max(float(seen[person]), float(arrival))
                rows[no] = (int(person), start, gone)
        frame = pd.DataFrame(
            [(kind, p, no, start, gone) for no, (p, start, gone) in rows.items()],
            columns=["type", "person", "person_no", "discoverable", "gone"],
        )
        parts.append(frame.assign(graded=True))
    return _together(parts)


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
    following = [(s.month, s.usual_arrival) for s in watch.snapshots]
    gone = [
        next((a for m, a in following if m > high), np.nan) if high < last_month else np.nan
        for high in homes["high"]
    ]
    people = watch.town.people
    absent = np.minimum(people.death, people.left)[homes["person"].to_numpy()].astype(float)
    return homes.assign(
        type="missing_household",
        discoverable=homes["seen"],
        gone=gone,
        graded=True,
        grey_from=np.where(absent < FAR, absent, np.nan),
    )[homes["seen"].notna()].drop(columns=["seen", "high"])


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
                gone = watch.snapshots[number + 1].usual_arrival
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
    return _together([pairs, homes_twice])


def _shared(watch: Watch) -> pd.DataFrame:
    """`shared_id_number`: one item per number with rows of different people under it, from first to last
    snapshot. A number that stands on a row which is not its owner's, and not on the owner's, is shared with a
    list at most: not graded."""
    numbers = watch.town.people.id_number
    owner = dict(zip(numbers.tolist(), range(len(numbers))))
    items: dict[str, dict[str, object]] = {}
    for snapshot in watch.snapshots:
        frame = pd.DataFrame(
            {
                name: getattr(snapshot, name)
                for name in ("id_number", "person", "person_no", "household_no", "arrival")
            }
        )
        is_usable = frame["id_number"].astype(object).str.len().eq(18)
        frame = frame[is_usable & ~frame["id_number"].isin(PLACEHOLDER_IDS)]
        frame["owner"] = frame["id_number"].map(owner)
        several = frame.groupby("id_number")["person"].transform("nunique") > 1
        frame = frame[several | (frame["owner"].notna() & frame["owner"].ne(frame["person"]))]
        present = set()
        for number, group in frame.sort_values("person_no").groupby("id_number", sort=True):
            first = group.iloc[0]
            others = group[group["person"] != first["person"]]
            other = others.iloc[0] if len(others) else None
            key = f"{number}:{other is not None}"
            present.add(key)
            since = float(max(first["arrival"], first["arrival"] if other is None else other["arrival"]))
            items.setdefault(key, {"discoverable": since}).update(
                person=int(first["person"]),
                person_no=str(first["person_no"]),
                person_no_2=None if other is None else str(other["person_no"]),
                graded=other is not None,
                gone=np.nan,
            )
        for key, item in items.items():
            if key not in present and np.isnan(item["gone"]):  # type: ignore[call-overload]
                item["gone"] = snapshot.usual_arrival
    columns = ["discoverable", "person", "person_no", "person_no_2", "graded", "gone"]
    return pd.DataFrame(list(items.values()), columns=columns).assign(type="shared_id_number")

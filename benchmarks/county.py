"""A county-like register and a feed that mentions a tenth of it, as Parquet, with the truth; for measuring speed, seeded, quick to make.

People live in households of villages, share surnames with their neighbours and phones with their parents; the feed knows them with typing errors,
missing values and moves, and one in five of those it mentions is on no register. Larger and plainer than `simulation`, which writes files
as departments do: here only the shape of the work matters (how many candidate pairs, how often strangers agree).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

PERSONS_PER_VILLAGE, VILLAGES_PER_COUNTY, PERSONS_PER_HOME = 200, 250, 3
SURNAMES, GIVEN, LONE_GIVEN = 320, 1_600, 0.18
LOCALS = 0.5  # share of households that bear one of their village's four common surnames
FEED_SHARE, NEW_SHARE = 0.1, 0.2
ROW_GROUP = 1 << 17
WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
CHECKS = np.frombuffer(b"10X98765432", np.uint8)
Columns = dict[str, np.ndarray]


@dataclass(frozen=True)
class Characters:
    """Surname and given-name characters and how often each is drawn (cumulative)."""

    surnames: np.ndarray
    given: np.ndarray
    surname_shares: np.ndarray
    given_shares: np.ndarray

    @classmethod
    def draw(cls, random: np.random.Generator) -> Characters:
        pool = random.permutation(np.arange(0x4E00, 0x9FA0, dtype=np.uint32))
        shares = [
            1 / (np.arange(n) + head) ** slope for n, head, slope in ((SURNAMES, 3, 1.2), (GIVEN, 9, 0.9))
        ]
        cumulative = [np.cumsum(each / each.sum()) for each in shares]
        return cls(pool[:SURNAMES], pool[SURNAMES : SURNAMES + GIVEN], cumulative[0], cumulative[1])

    def some_surnames(self, random: np.random.Generator, n: int) -> np.ndarray:
        return self.surnames[np.searchsorted(self.surname_shares, random.random(n)).clip(max=SURNAMES - 1)]

    def some_given(self, random: np.random.Generator, n: int) -> np.ndarray:
        return self.given[np.searchsorted(self.given_shares, random.random(n)).clip(max=GIVEN - 1)]

    def names(self, random: np.random.Generator, surnames: np.ndarray) -> np.ndarray:
        """n × 3 code points, the last 0 for a given name of one character."""
        n = len(surnames)
        last = np.where(random.random(n) < LONE_GIVEN, 0, self.some_given(random, n))
        return np.stack([surnames, self.some_given(random, n), last], axis=1).astype(np.uint32)


def people(n: int, random: np.random.Generator, characters: Characters) -> Columns:
    """At least `n` people, home by home: father, mother, children."""
    villages = max(n // PERSONS_PER_VILLAGE, 1)
    homes = n // PERSONS_PER_HOME + 1
    home = np.repeat(np.arange(homes), PERSONS_PER_HOME)
    place = np.tile(np.arange(PERSONS_PER_HOME), homes)
    village = random.integers(0, villages, homes)
    common = characters.some_surnames(random, villages * 4).reshape(villages, 4)
    local = common[village, random.integers(0, 4, homes)]
    family = np.where(random.random(homes) < LOCALS, local, characters.some_surnames(random, homes))
    size = len(home)
    surname = np.where(place == 1, characters.some_surnames(random, size), family[home])
    name = characters.names(random, surname)
    father = characters.names(random, family[home])
    mother = characters.names(random, characters.some_surnames(random, size))
    child = place == 2
    father[child], mother[child] = name[0::3], name[1::3]
    sex = np.where(place == 2, random.integers(0, 2, size), place)
    father_year = 2024 - random.triangular(24, 46, 90, homes).astype(np.int64)
    year = father_year[home] + np.where(child, random.integers(21, 36, size), random.integers(-4, 5, size))
    day = (year.clip(max=2025) - 1970).astype("datetime64[Y]").astype("datetime64[D]") + random.integers(
        0, 365, size
    )
    phone = 13_000_000_000 + random.permutation(size) * (6_900_000_000 // size)
    shared = child & (random.random(size) < 0.3)
    phone[shared] = phone[np.flatnonzero(shared) - 2]
    found = {"name": name, "father_name": father, "mother_name": mother, "sex": sex, "dob": day}
    found |= {"village": village[home], "phone": phone, "id_no": numbers(village[home], day, sex)}
    return found


def numbers(village: np.ndarray, day: np.ndarray, sex: np.ndarray) -> np.ndarray:
    """Identity numbers with their check characters: n × 18 bytes."""
    region, birth = areas(village) // 1_000_000, as_number(day)
    key = (region * 100_000_000 + birth) * 2 + sex
    order = np.argsort(key, kind="stable")
    ranked = key[order]
    first = np.searchsorted(ranked, ranked, side="left")
    turn = np.empty(len(key), np.int64)
    turn[order] = np.arange(len(key)) - first
    body = np.hstack([digits(region, 6), digits(birth, 8), digits((turn * 2 + (1 - sex)) % 1000, 3)])
    check = CHECKS[((body - 48) @ WEIGHTS) % 11]
    return np.hstack([body, check[:, None]]).astype(np.uint8)


def areas(village: np.ndarray) -> np.ndarray:
    """Twelve-digit area codes: county, township of ten villages, village."""
    county, rest = village // VILLAGES_PER_COUNTY, village % VILLAGES_PER_COUNTY
    return (990_100 + county % 9_000) * 1_000_000 + (100 + rest // 10) * 1_000 + 1 + rest % 10


def as_number(day: np.ndarray) -> np.ndarray:
    """YYYYMMDD."""
    month = day.astype("datetime64[M]")
    year = day.astype("datetime64[Y]")
    parts = (year.astype(np.int64) + 1970, (month - year.astype("datetime64[M]")).astype(np.int64) + 1)
    return parts[0] * 10_000 + parts[1] * 100 + (day - month.astype("datetime64[D]")).astype(np.int64) + 1


def digits(numbers_: np.ndarray, width: int) -> np.ndarray:
    """n × width bytes of ASCII digits."""
    return (numbers_[:, None] // 10 ** np.arange(width - 1, -1, -1) % 10 + 48).astype(np.int64)


def misspelt(
    names: np.ndarray, random: np.random.Generator, characters: Characters, share: float
) -> np.ndarray:
    """Names with one character replaced in a share of them, mostly of the given name."""
    found = names.copy()
    rows = np.flatnonzero(random.random(len(names)) < share)
    place = np.where(random.random(len(rows)) < 0.25, 0, random.integers(1, 3, len(rows)))
    place = np.minimum(place, 1 + (found[rows, 2] != 0))
    new = characters.some_given(random, len(rows))
    found[rows, place] = np.where(place == 0, characters.some_surnames(random, len(rows)), new)
    return found


def as_feed(seen: Columns, random: np.random.Generator, characters: Characters, villages: int) -> Columns:
    """The same people as a department has them."""
    n = len(seen["sex"])
    feed = dict(seen)
    for column in ("name", "father_name", "mother_name"):
        feed[column] = misspelt(seen[column], random, characters, 0.075)
    number = seen["id_no"].copy()
    rows = np.flatnonzero(random.random(n) < 0.02)
    place = random.integers(0, 17, len(rows))
    number[rows, place] = 48 + (number[rows, place] - 48 + random.integers(1, 10, len(rows))) % 10
    feed["id_no"] = number
    off = np.where(random.random(n) < 0.03, random.choice([-1, 1, 30, -365], n), 0)
    feed["dob"] = seen["dob"] + off
    feed["phone"] = np.where(
        random.random(n) < 0.1, 13_000_000_000 + random.integers(0, 6_900_000_000, n), seen["phone"]
    )
    feed["village"] = np.where(random.random(n) < 0.15, random.integers(0, villages, n), seen["village"])
    return feed


MISSING_IN_FEED = {"id_no": 0.3, "phone": 0.15, "father_name": 0.2, "mother_name": 0.2}
MISSING_IN_REGISTER = {"phone": 0.2}


def table(
    ids: np.ndarray, columns: Columns, missing: dict[str, float], random: np.random.Generator
) -> pa.Table:
    """As Arrow: text, dates, whole numbers; the parts of names, dates and areas as columns of their own, since Splink blocks on columns."""
    name, birth, area = columns["name"], as_number(columns["dob"]), areas(columns["village"])
    text = {
        "id_no": columns["id_no"].astype(np.uint8).view("S18").ravel(),
        "surname": codepoints(name[:, :1]),
        "given": codepoints(name[:, 1:]),
        "name": codepoints(name),
        "dob": pa.array(columns["dob"]).cast(pa.date32()).cast(pa.string()),
        "yob": (birth // 10_000).astype("S4"),
        "mob": (birth // 100 % 100).astype("S2"),
        "sex": np.where(columns["sex"] == 0, "男", "女"),
        "village": area.astype("S12"),
        "county": (area // 1_000_000).astype("S6"),
        "phone": columns["phone"].astype("S11"),
        "father_name": codepoints(columns["father_name"]),
        "mother_name": codepoints(columns["mother_name"]),
    }
    arrays = {"record_id": pa.array(ids)}
    for column, values in text.items():
        array = values if isinstance(values, pa.Array) else pa.array(values).cast(pa.string())
        if column in missing:
            gone = pa.array(random.random(len(ids)) < missing[column])
            array = pa.compute.if_else(gone, pa.scalar(None, pa.string()), array)
        arrays[column] = array
    return pa.table(arrays)


def codepoints(points: np.ndarray) -> np.ndarray:
    """n × k code points as text of up to k characters."""
    return np.ascontiguousarray(points, dtype=np.uint32).view(f"<U{points.shape[1]}").ravel()


def write(rows: int, folder: Path, *, seed: int = 20261125) -> None:
    """`register.parquet` (rows), `feed.parquet` (a tenth of that), `truth.parquet` (left_id, right_id)."""
    import pyarrow.compute  # noqa: F401

    random = np.random.default_rng(seed)
    characters = Characters.draw(random)
    mentioned = int(rows * FEED_SHARE)
    strangers = int(mentioned * NEW_SHARE)
    everybody = people(rows + strangers, random, characters)
    order = random.permutation(len(everybody["sex"]))
    away, home = order[:strangers], np.sort(order[strangers : strangers + rows])
    left = np.concatenate([random.choice(home, mentioned - strangers, replace=False), away])
    left = random.permutation(left)
    folder.mkdir(parents=True, exist_ok=True)
    villages = int(everybody["village"].max()) + 1
    register = table(home, {k: v[home] for k, v in everybody.items()}, MISSING_IN_REGISTER, random)
    pq.write_table(register, folder / "register.parquet", row_group_size=ROW_GROUP)
    feed = as_feed({k: v[left] for k, v in everybody.items()}, random, characters, villages)
    numbers_ = np.arange(len(left), dtype=np.int64)
    pq.write_table(
        table(numbers_, feed, MISSING_IN_FEED, random), folder / "feed.parquet", row_group_size=ROW_GROUP
    )
    known = ~np.isin(left, away)
    truth = pa.table({"left_id": numbers_[known], "right_id": left[known]})
    pq.write_table(truth, folder / "truth.parquet")

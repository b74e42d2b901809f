"""The monthly quality sample: which pairs people are asked about, blind, so that it is known how good the links are.

A pair is what a department's row said (its content key) and a person of the register: the one the night linked it to, the possible one, or, of what the
night linked to nobody, the best candidate it passed over. What a steward has decided is not drawn: it measures nothing of the night. Strata are decision
and band of match probability, whose bounds are bounds of `linkage.labels.STRATA`, so that the labels serve there without a bias. Every stratum gives a
few pairs, the rest is dealt out by the square root of what it holds: the sure links are many and must be known well, the doubtful ones are where errors
are.

A sample is a function of month and frames: pairs are taken in the order of a hash that is keyed by the month, so neither the order of rows nor a
generator's state has a part in it. It is drawn once, and kept.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from pipelines.errors import OperatorError
from pipelines.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

    from assets.workspace import Workspace
    from register.quality import Drawn, DrawnPair

# decision → bounds of match probability; a subset of `linkage.labels.STRATA`
BOUNDS = {
    "link": (0.0, 0.99, 0.999, 1.0),
    "possible": (0.0, 0.8, 1.0),
    "none": (0.0, 0.001, 0.05, 1.0),
}
LEAST = 5  # of every stratum that holds so many
THRICE = 8  # of so many pairs one is asked of three reviewers from the start
COLUMNS = (
    "content_key",
    "feed",
    "file",
    "sheet",
    "row",
    "role",
    "person_no",
    "match_weight",
    "match_probability",
    "decision",
)
NEAREST = "nearest_no"


@dataclass(frozen=True)
class _Band:
    number: int
    decision: str
    low: float
    high: float


BANDS = tuple(
    _Band(number, decision, low, high)
    for number, (decision, low, high) in enumerate(
        ((decision, low, high) for decision, bounds in BOUNDS.items() for low, high in pairwise(bounds)), 1
    )
)


def draw_month(settings: Settings, now: datetime, pairs: int | None = None) -> "Drawn | None":
    """Draw the month of `now` (the county's time) from the newest night and keep it; None when the month has its sample.

    Raises: OperatorError when no night has run yet.
    """
    from pipelines.resources import one_at_a_time, open_workspace
    from register.work import unit_of_work

    month = now.date().replace(day=1)
    with open_workspace(settings) as workspace, one_at_a_time(workspace.database.engine, lambda _: None):
        with unit_of_work(workspace.database) as work:
            if any(sample.month >= month for sample in work.quality.samples()):
                return None
        drawn = drawn_of(workspace, month, settings.quality_pairs if pairs is None else pairs)
        with unit_of_work(workspace.database) as work:
            return drawn if work.quality.draw(drawn, now) else None


def drawn_of(workspace: "Workspace", month: date, pairs: int) -> "Drawn":
    """The sample of a month from the newest night's frames."""
    from register.discrepancies import DiscrepancyStore

    with workspace.database.read() as connection:
        night = DiscrepancyStore(connection).last_applied()
    links = None if night is None else workspace.store.read("links", night.isoformat())
    if night is None or links is None:
        raise OperatorError("no night has run yet; start with bulou nightly")
    model = (workspace.store.read_facts("links", night.isoformat()) or {}).get("model_version")
    version = model or next(iter(links["model_version"].dropna()), "")
    register = workspace.store.read_nights("register", [night.isoformat()], ["person_no", "area_code"])
    areas = register.drop_duplicates("person_no").set_index("person_no")["area_code"]
    return draw(links, areas, month, night, version, pairs)


def draw(
    links: "pd.DataFrame", areas: "pd.Series", month: date, night: date, version: str, pairs: int
) -> "Drawn":
    """`links` of a night, `areas` by person: at most `pairs` pairs, and from how many of each stratum."""
    from register.quality import Drawn, Stratum

    every = candidates(links)
    every = every[every["person_no"].isin(areas.index)]
    sizes = every["stratum"].value_counts()
    strata = [Stratum(b.number, b.decision, b.low, b.high, int(sizes.get(b.number, 0))) for b in BANDS]
    wanted = allocate([one.pairs for one in strata], pairs)
    ordered = every.assign(at=_order(every, month)).sort_values(["at", "content_key", "person_no"])
    place = ordered.groupby("stratum").cumcount()
    picked = ordered[place < ordered["stratum"].map({s.stratum: n for s, n in zip(strata, wanted)})]
    made = [_drawn_pair(row, month, areas) for row in picked.sort_values("at").itertuples()]
    return Drawn(month, night, version, strata, made)


def candidates(links: "pd.DataFrame") -> "pd.DataFrame":
    """What can be drawn: COLUMNS and `stratum`, a line for each content key, whose place is the last one that says it."""
    import numpy as np

    told = links.assign(person_no=links["person_no"].where(links["decision"] != "none", links.get(NEAREST)))
    told = told[told["decision"].isin(BOUNDS) & told["person_no"].notna()]
    told = told.sort_values(["feed", "file", "sheet", "row", "role"], kind="stable", na_position="first")
    told = told.drop_duplicates("content_key", keep="last")[list(COLUMNS)].reset_index(drop=True)
    stratum = np.zeros(len(told), dtype=int)
    probability = told["match_probability"].astype(float).fillna(0.0).to_numpy()
    for band in BANDS:
        is_below = (probability < band.high) | (band.high == 1.0)
        stratum[(told["decision"] == band.decision).to_numpy() & (probability >= band.low) & is_below] = (
            band.number
        )
    return told.assign(stratum=stratum, match_probability=probability)


def allocate(sizes: Sequence[int], pairs: int) -> list[int]:
    """How many of each stratum: a few of all, the rest by the square root of what they hold, never more than that; `pairs` in all."""
    wanted = [0] * len(sizes)
    for _ in range(LEAST):
        for number, size in enumerate(sizes):
            if wanted[number] < size and sum(wanted) < pairs:
                wanted[number] += 1
    while sum(wanted) < min(pairs, sum(sizes)):
        # Whoever is furthest behind its share is next (Webster's divisors, over square roots).
        open_ = [number for number, size in enumerate(sizes) if wanted[number] < size]
        wanted[max(open_, key=lambda number: (sizes[number] ** 0.5 / (wanted[number] + 0.5), -number))] += 1
    return wanted


def _order(every: "pd.DataFrame", month: date) -> "pd.Series":
    """A number for each pair that only the month and the pair have a part in."""
    import pandas as pd

    key = hashlib.sha256(f"quality {month:%Y-%m}".encode()).hexdigest()[:16]
    text = (every["content_key"] + "\x1f" + every["person_no"]).to_numpy(dtype=object)
    return pd.Series(pd.util.hash_array(text, hash_key=key, categorize=False), index=every.index)


def _drawn_pair(row: "object", month: date, areas: "pd.Series") -> "DrawnPair":
    from register.quality import DrawnPair, Pair

    def of(name: str) -> "object":
        value = getattr(row, name)
        return None if value is None or value != value else value

    key, person = str(of("content_key")), str(of("person_no"))
    digest = hashlib.sha256(f"{month:%Y-%m}\x1f{key}\x1f{person}".encode()).digest()
    area = areas.get(person)
    pair = Pair(
        pair_id="Q" + digest.hex()[:12],
        month=month,
        area_code=area if isinstance(area, str) else None,
        content_key=key,
        person_no=person,
        feed=str(of("feed")),
        file=str(of("file")),
        sheet=str(of("sheet") or ""),
        row=int(str(of("row"))),
        role=str(of("role")),
    )
    asks = 3 if digest[-1] % THRICE == 0 else 2
    numbers = (float(str(of(name) or 0.0)) for name in ("match_weight", "match_probability"))
    return DrawnPair(pair, asks, int(str(of("stratum"))), str(of("decision")), *numbers)

"""How many births there were, by township × sex × quarter of birth, and what share of them is on the register.

Strata first, sums after (Chandra Sekar & Deming 1949): quarters differ in how far registration has got, so no estimate is made across
them. A cell's estimate is dual-system, the register against the departments; a whole quarter of the county, with enough children on
three lists, is log-linear. What stands for several quarters is their sum, its interval by MOVER (Zou & Donner 2008, Statistics in
Medicine 27). What cannot be estimated says why instead.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from completeness import dual_system, intervals, loglinear
from completeness.assumptions import DUAL_SYSTEM, LOGLINEAR
from completeness.histories import LISTS, covered_quarters, quarter_of
from completeness.linkage_error import Correction, LinkageError

ALL = "*"
"""Stands for all townships, both sexes, all quarters of the window."""
KEYS = ("township", "sex", "quarter")
FEWEST = 5
LOGLINEAR_SEEN, LOGLINEAR_OVERLAP = 100, 10
"""A log-linear model needs so many children, and so many on every two lists."""
HISTORIES = 2 ** len(LISTS) - 1

ESTIMATED, TOO_FEW, ONE_LIST = "estimated", "too_few", "one_list"
NO_OVERLAP, UNBOUNDED = "no_overlap", "unbounded"

COUNTS = ("observed", *LISTS)
BIRTHS = ("estimate", "lower", "upper", "dual_system")
SHARES = ("completeness", "completeness_lower", "completeness_upper")
NUMBERS = (*COUNTS, *BIRTHS, *SHARES)
COLUMNS = (*KEYS, "status", *NUMBERS, "method", "model", "quarters", "assumptions")


@dataclass(frozen=True)
class LogLinear:
    """How many births, with a 95 % interval, and by which model."""

    estimate: float
    lower: float
    upper: float
    model: str


def completeness(histories: pd.DataFrame, errors: tuple[LinkageError, ...]) -> pd.DataFrame:
    """One row per cell, per township and quarter, per quarter, per township, and for the county; columns are `COLUMNS`.

    `histories` as `histories.capture_histories` makes them, of whole quarters; `errors` one per list of `LISTS`.
    """
    if histories.empty:
        return _typed(pd.DataFrame(columns=list(COLUMNS)))
    correction = Correction(errors)
    counted = count(histories)
    counts = counted[list(range(1, HISTORIES + 1))].to_numpy(float)
    rows = pd.concat([counted[list(KEYS)], dual_rows(counts, correction)], axis=1)
    covered = rows["quarter"].isin(covered_quarters(histories, "hospital"))
    for place in np.flatnonzero(rows["township"].eq(ALL) & covered):
        found = loglinear_estimate(counts[place], correction)
        if found is not None:
            told = [ESTIMATED, found.estimate, found.lower, found.upper, "loglinear", found.model, LOGLINEAR]
            rows.loc[place, ["status", *BIRTHS[:3], "method", "model", "assumptions"]] = told
    rows = pd.concat([rows, totals(rows[rows["sex"].eq(ALL)])], ignore_index=True)
    for share, births in zip(SHARES, ("estimate", "upper", "lower")):
        rows[share] = (rows["register"] / rows[births].where(rows[births] > 0)).clip(upper=1.0)
    return _typed(rows.sort_values(list(KEYS), ignore_index=True))


def count(histories: pd.DataFrame) -> pd.DataFrame:
    """Children by history (columns 1 … 7: 1 register, 2 hospital, 4 police) for cells, townships and the county, per quarter."""
    code = sum(histories[name].astype(int) * 2**place for place, name in enumerate(LISTS))
    table = histories[["township", "sex"]].assign(quarter=quarter_of(histories["born"]), history=code)
    views = [table, table.assign(sex=ALL), table.assign(sex=ALL, township=ALL)]
    sizes = pd.concat(views).dropna(subset=list(KEYS)).groupby([*KEYS, "history"]).size()
    wide = sizes.unstack("history", fill_value=0).reindex(columns=range(1, HISTORIES + 1), fill_value=0)
    return wide.rename_axis(columns=None).reset_index()


def dual_rows(counts: np.ndarray, correction: Correction) -> pd.DataFrame:
    """Dual-system estimates of strata from their observed histories, `counts` (batch, 7)."""
    on_list = {name: counts[:, on].sum(1) for name, on in zip(LISTS, _on_list())}
    alone, other, both = dual_system.collapse(counts).T
    table = dual_system.collapse(correction.corrected(counts))
    at = dual_system.estimate(table)
    lower, upper = intervals.dual_profile(table)
    spread = intervals.linkage_spread(
        counts, correction, lambda true: dual_system.estimate(dual_system.collapse(true))
    )
    longest = np.max(list(on_list.values()), axis=0)
    lower, upper = intervals.widened(at, lower, upper, spread, longest)
    seen = alone + other + both
    reasons = {
        TOO_FEW: seen < FEWEST,
        ONE_LIST: (alone + both == 0) | (other + both == 0),
        NO_OVERLAP: both == 0,
        UNBOUNDED: ~np.isfinite(upper),
    }
    rows = pd.DataFrame({"observed": seen, **on_list, "estimate": at, "lower": lower, "upper": upper})
    rows["dual_system"] = at
    rows["status"] = np.select(list(reasons.values()), list(reasons), ESTIMATED)
    rows.loc[rows["status"].ne(ESTIMATED), list(BIRTHS)] = np.nan
    small = table[:, 2] < dual_system.ENOUGH_OVERLAP
    rows["method"] = np.where(small, "chapman", "chandrasekaran_deming")
    return rows.assign(model="", quarters=1, assumptions=DUAL_SYSTEM)


def loglinear_estimate(counts: np.ndarray, correction: Correction) -> LogLinear | None:
    """Of one stratum's observed histories; None when they are too few to tell dependences, or the interval has no end."""
    register, hospital, police = _on_list()
    pairs = (register & hospital, register & police, hospital & police)
    if counts.sum() < LOGLINEAR_SEEN or min(counts[pair].sum() for pair in pairs) < LOGLINEAR_OVERLAP:
        return None
    true = correction.corrected(counts)
    chosen = loglinear.best(true)
    at = np.array([true.sum() + chosen.unseen])
    low, high = intervals.loglinear_profile(true)
    spread = intervals.linkage_spread(
        counts[None], correction, lambda some: some.sum(-1) + loglinear.unseen(some, chosen.model)
    )
    longest = np.array([max(counts[on].sum() for on in _on_list())])
    lower, upper = intervals.widened(at, np.array([low]), np.array([high]), spread, longest)
    if not np.isfinite(upper[0]):
        return None
    return LogLinear(float(at[0]), float(lower[0]), float(upper[0]), chosen.model.named(LISTS))


def totals(rows: pd.DataFrame) -> pd.DataFrame:
    """Per township, and for the county, the sum over the quarters that could be estimated (`quarters` says how many)."""
    usable = rows[rows["status"].eq(ESTIMATED)]
    down, up = usable["estimate"] - usable["lower"], usable["upper"] - usable["estimate"]
    usable = usable.assign(down=down**2, up=up**2)
    summed = usable.groupby("township")[[*COUNTS, "estimate", "dual_system", "down", "up", "quarters"]].sum()
    rests_on = usable.groupby("township")["assumptions"].agg(_joined)
    summed = summed.assign(assumptions=rests_on).reindex(pd.Index(rows["township"].unique(), name="township"))
    summed["lower"] = np.floor(summed["estimate"] - np.sqrt(summed["down"]) + 1e-9)
    summed["upper"] = np.ceil(summed["estimate"] + np.sqrt(summed["up"]) - 1e-9)
    summed["status"] = np.where(summed["quarters"].notna(), ESTIMATED, TOO_FEW)
    summed["quarters"] = summed["quarters"].fillna(0)
    summed["assumptions"] = summed["assumptions"].fillna("")
    summed = summed.drop(columns=["down", "up"]).reset_index()
    return summed.assign(sex=ALL, quarter=ALL, method="stratified", model="")


def _on_list() -> list[np.ndarray]:
    """Per list, which of the histories 1 … 7 have it."""
    history = np.arange(1, HISTORIES + 1)
    return [history >> place & 1 == 1 for place in range(len(LISTS))]


def _joined(codes: pd.Series) -> str:
    return ";".join(sorted({code for text in codes for code in text.split(";")}))


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    whole, parts = (*COUNTS, "quarters"), (*BIRTHS, *SHARES)
    text = (*KEYS, "status", "method", "model", "assumptions")
    types = {
        **dict.fromkeys(whole, "Int64"),
        **dict.fromkeys(parts, "float64"),
        **dict.fromkeys(text, "object"),
    }
    return rows[list(COLUMNS)].astype(types)

"""`python -m benchmarks completeness [--runs 200] [--counties 0]`: do the 95 % intervals of births hold the truth?

Capture histories are drawn for a stratum of known size: three lists, of which hospital and police depend on each other (a
certificate makes registration likely), links are missed and false, and some children are hard to catch. With `--counties` whole simulated
counties go through their night as well, and each quarter's interval is held against the truth of that county.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from completeness.estimates import ALL, KEYS, dual_rows, loglinear_estimate
from completeness.histories import quarter_of
from completeness.linkage_error import Correction, LinkageError, outcomes_of_missed_links

TARGET = 0.90
COUNTY_PERSONS, COUNTY_MONTHS = 10_000, 9
SIZES = (20, 60, 300, 1_400)
"""Births of a stratum: a cell, a township's quarter, a small and a large county's quarter."""


@dataclass(frozen=True)
class Scenario:
    """How children come to be on the lists. `register_if_police`: added chance to be on the register for whom the police have."""

    name: str
    register: float = 0.85
    hospital: float = 0.75
    police_if_hospital: float = 0.8
    police_otherwise: float = 0.8
    register_if_police: float = 0.0
    missed: float = 0.0
    false: float = 0.0
    rates_told: float = 1.0  # the rates that are handed in, as a multiple of the true ones
    hard_share: float = 0.0  # children who are hard to catch …
    hard_chance: float = 0.5  # … and their chances on each list, as a multiple of others'


DEPENDENT = Scenario("certificate feeds police", police_if_hospital=0.9, police_otherwise=0.6)
SCENARIOS = (
    Scenario("independent lists"),
    DEPENDENT,
    replace(DEPENDENT, name="… + missed and false links", missed=0.05, false=0.01),
    replace(DEPENDENT, name="… + rates told 1.5 × too high", missed=0.05, false=0.01, rates_told=1.5),
    replace(DEPENDENT, name="… + rates told 1.5 × too low", missed=0.05, false=0.01, rates_told=1 / 1.5),
    replace(DEPENDENT, name="… + links + 3 % hard to catch", missed=0.05, false=0.01, hard_share=0.03),
    replace(DEPENDENT, name="… + links + 10 % hard to catch", missed=0.05, false=0.01, hard_share=0.10),
    replace(DEPENDENT, name="… + links + register fed by police", missed=0.05, false=0.01, register=0.7, register_if_police=0.2),
    replace(DEPENDENT, name="half-kept register, … + links", missed=0.05, false=0.01, register=0.5),
    replace(DEPENDENT, name="register made from police entries", missed=0.05, false=0.01, register=0.2, register_if_police=0.75),
    replace(DEPENDENT, name="5 % whom hardly any list catches", missed=0.05, false=0.01, hard_share=0.05, hard_chance=0.1),
    replace(DEPENDENT, name="links not corrected for", missed=0.05, false=0.01, rates_told=0.0),
)  # fmt: skip


def draw(scenario: Scenario, births: int, random: np.random.Generator) -> np.ndarray:
    """Observed histories (7,) of so many births."""
    hard = np.where(random.random(births) < scenario.hard_share, scenario.hard_chance, 1.0)
    hospital = random.random(births) < scenario.hospital * hard
    police = random.random(births) < hard * np.where(
        hospital, scenario.police_if_hospital, scenario.police_otherwise
    )
    register = random.random(births) < hard * (scenario.register + scenario.register_if_police * police)
    code = register + 2 * hospital + 4 * police
    true = np.bincount(code.astype(int), minlength=8)[1:]
    return _falsely_linked(_missed(true, scenario.missed, random), scenario.false, random)


def _missed(true: np.ndarray, rate: float, random: np.random.Generator) -> np.ndarray:
    seen = np.zeros(8, int)
    for history, children in enumerate(true, start=1):
        outcomes = outcomes_of_missed_links(history, (rate,) * 3)
        often = random.multinomial(children, [chance for chance, _ in outcomes])
        for (_, parts), times in zip(outcomes, often):
            np.add.at(seen, list(parts), times)
    return seen[1:]


def _falsely_linked(seen: np.ndarray, rate: float, random: np.random.Generator) -> np.ndarray:
    """Lone records of hospital and police that are taken for a child of the register which that list has not."""
    seen = np.r_[0, seen]
    for record in (2, 4):
        links = sum(seen[history] for history in range(8) if history & record and history & 1)
        for _ in range(random.binomial(links, rate / (1 - rate))):
            hosts = [history for history in (1, 7 - record) if seen[history]]
            if not seen[record] or not hosts:
                break
            host = random.choice(hosts, p=seen[hosts] / seen[hosts].sum())
            seen[[record, host]] -= 1
            seen[host | record] += 1
    return seen[1:]


def measure(scenario: Scenario, births: int, runs: int, seed: int) -> list[dict[str, object]]:
    """Coverage, bias and width of each estimator over so many runs; an estimator that declines is not judged on that run."""
    random = np.random.default_rng(seed)
    counts = np.array([draw(scenario, births, random) for _ in range(runs)], float)
    told = scenario.rates_told
    correction = Correction((LinkageError(scenario.false * told, scenario.missed * told),) * 3)
    dual = dual_rows(counts, correction)
    found = {
        "dual-system": dual.loc[dual["status"].eq("estimated"), ["estimate", "lower", "upper"]].to_numpy(
            float
        )
    }
    fits = [loglinear_estimate(row, correction) for row in counts]
    found["log-linear"] = np.array([(f.estimate, f.lower, f.upper) for f in fits if f is not None]).reshape(
        -1, 3
    )
    return [
        {
            "scenario": scenario.name, "births": births, "estimator": name, "estimated": len(rows) / runs,
            "coverage": float(np.mean((rows[:, 1] <= births) & (births <= rows[:, 2]))),
            "bias": float(np.median(rows[:, 0]) / births - 1),
            "width": float(np.median(rows[:, 2] - rows[:, 1]) / births),
        }
        for name, rows in found.items()
        if len(rows)
    ]  # fmt: skip


def county(seed: int, folder: Path) -> pd.DataFrame:
    """One simulated county through its last night: every estimated row with its `truth`, and `view` (which of the levels it is of)."""
    from pipelines.running import run_nights
    from pipelines.settings import Settings
    from simulation import simulate

    summary = simulate(COUNTY_PERSONS, seed, folder / "county", months=COUNTY_MONTHS)
    settings = Settings(home=folder, stability_seconds=0.0)
    night = dt.date.fromisoformat(str(summary.last_night))
    list(run_nights(settings, [night], folder / "county" / "landing", is_forced=True))
    found = pd.read_parquet(folder / "frames" / "completeness" / f"night={night}.parquet")
    return _with_truth(found, pd.read_parquet(folder / "county" / "truth" / "people.parquet"))


def _with_truth(found: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """`truth`: children born then who belong to the county at the end (hukou township, else residence)."""
    here = people[people["status"].eq("here")]
    village = here["hukou_village"].fillna(here["residence_village"])
    children = here[["sex"]].assign(township=village.str[:9] + "000", quarter=quarter_of(here["birth_date"]))
    views = [children, children.assign(sex=ALL), children.assign(sex=ALL, township=ALL)]
    truth = pd.concat(views).groupby(list(KEYS)).size().rename("truth").reset_index()
    rows = found[found["status"].eq("estimated") & found["quarter"].ne(ALL)]
    rows = rows.merge(truth, on=list(KEYS), how="left").fillna({"truth": 0})
    view = np.select([rows["township"].eq(ALL), rows["sex"].eq(ALL)], ["county", "township"], "cell")
    return rows.assign(view=view)


def _print_table(rows: pd.DataFrame) -> None:
    sys.stdout.write("| " + " | ".join(rows.columns) + " |\n|" + "---|" * len(rows.columns) + "\n")
    for row in rows.itertuples(index=False):
        cells = [f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row]
        sys.stdout.write("| " + " | ".join(cells) + " |\n")
    sys.stdout.flush()


def main(words: list[str]) -> int:
    """Prints one table for drawn histories and, if asked for, one for simulated counties."""
    parser = argparse.ArgumentParser(prog="benchmarks completeness")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=20261127)
    parser.add_argument("--counties", type=int, default=0, help="simulated counties, some minutes each")
    asked = parser.parse_args(words)
    found = [
        row for each in SCENARIOS for births in SIZES for row in measure(each, births, asked.runs, asked.seed)
    ]
    table = pd.DataFrame(found)
    _print_table(table.assign(reached=np.where(table["coverage"] >= TARGET, "yes", "no")))
    if asked.counties:
        with tempfile.TemporaryDirectory() as place:
            seen = pd.concat(
                [county(seed, Path(place) / str(seed)) for seed in range(1, asked.counties + 1)],
                ignore_index=True,
            )
        inside = (seen["lower"] <= seen["truth"]) & (seen["truth"] <= seen["upper"])
        bias, width = seen["estimate"] - seen["truth"], seen["upper"] - seen["lower"]
        seen = seen.assign(coverage=inside.astype(float), bias=bias, width=width, births=seen["truth"])
        means = seen.groupby("view")[["births", "coverage", "bias", "width"]].mean().astype(float)
        _print_table(means.assign(intervals=seen.groupby("view").size()).reset_index())
    return 0

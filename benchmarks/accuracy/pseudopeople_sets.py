"""A simulated United States population (PyPI package pseudopeople, its bundled sample of about 10,000): a feed against the census of April 2020.

The census is the register, its household numbers known. Feeds: WIC (mothers and small children, ten years pooled, so that a person is mentioned once a
year), the census of 2030, W-2 forms and 1040 returns (filer, spouse and dependents each a record) of one tax year. None but WIC and the census
has dates of birth. `raised` multiplies the package's default chances of an error in a cell by 4 and of a row omitted or
doubled by 3, in register and feed alike.
"""

from __future__ import annotations

import warnings
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.accuracy.data import DataSet, Truth, tidy
from linkage.latin.forms import is_nobody, sound

SNAPSHOT = pd.Timestamp("2020-04-01")
WIC_YEARS = range(2020, 2030)
TAX_YEAR = 2024
RAISED_CELLS, RAISED_ROWS = 4.0, 3.0
FORMATS = ("%m/%d/%Y", "%m%d%Y", "%Y%m%d")
ROLES = ("", "spouse_", "dependent_1_", "dependent_2_", "dependent_3_", "dependent_4_")


def load(name: str, *, seed: int = 1) -> DataSet:
    """One of wic, census2030, w2, 1040, each also with `-raised` behind."""
    feed, _, noise = name.partition("-")
    is_raised = noise == "raised"
    register = _person(_generate("decennial_census", 2020, is_raised, seed), "r")
    mentions = FEEDS[feed](is_raised, seed)
    left, right = _person(mentions, "f"), register
    born = pd.to_datetime(_true_births().reindex(left["simulant_id"]))
    pairs = left[["record_id", "simulant_id"]].merge(right[["record_id", "simulant_id"]], on="simulant_id")
    truth = Truth(
        pairs.rename(columns={"record_id_x": "left_id", "record_id_y": "right_id"})[["left_id", "right_id"]],
        frozenset(left["record_id"][(born > SNAPSHOT).to_numpy()]),
    )
    return DataSet(
        name,
        left.drop(columns=["simulant_id", "household"]),
        right.drop(columns="simulant_id").rename(columns={"household": "household_no"}),
        truth,
    )


@cache
def _true_births() -> pd.Series:
    """Every simulant's true birth date, from the sample's own files."""
    import pseudopeople

    root = Path(pseudopeople.__file__).parent / "data" / "sample_datasets"
    parts = [
        pd.read_parquet(path, columns=["simulant_id", "date_of_birth"]) for path in root.glob("*/*.parquet")
    ]
    births = pd.concat(parts).dropna().drop_duplicates("simulant_id").set_index("simulant_id")
    return births["date_of_birth"]


def _generate(dataset: str, year: int | None, is_raised: bool, seed: int) -> pd.DataFrame:
    import pseudopeople

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        config = _raised(dataset) if is_raised else None
        make = getattr(pseudopeople, f"generate_{dataset}")
        return make(year=year, seed=seed, config=config, verbose=False).reset_index(drop=True)


def _raised(dataset: str) -> dict[str, Any]:
    """The default configuration of a data set with its probabilities multiplied."""
    from pseudopeople.configuration.generator import get_configuration

    default = get_configuration().to_dict()[dataset]
    found: dict[str, Any] = {"row_noise": {}, "column_noise": {}}
    for noise, settings in default.get("row_noise", {}).items():
        found["row_noise"][noise] = {
            k: min(v * RAISED_ROWS, 1.0)
            for k, v in settings.items()
            if k.endswith("probability") and isinstance(v, float)
        }
    for column, noises in default.get("column_noise", {}).items():
        found["column_noise"][column] = {
            noise: {"cell_probability": min(settings["cell_probability"] * RAISED_CELLS, 1.0)}
            for noise, settings in noises.items()
            if settings.get("cell_probability")
        }
    return {dataset: found}


def _wic(is_raised: bool, seed: int) -> pd.DataFrame:
    made = _generate("women_infants_and_children", None, is_raised, seed)
    return made[made["year"].astype(int).isin(WIC_YEARS)]


def _census(is_raised: bool, seed: int) -> pd.DataFrame:
    return _generate("decennial_census", 2030, is_raised, seed)


def _w2(is_raised: bool, seed: int) -> pd.DataFrame:
    made = _generate("taxes_w2_and_1099", TAX_YEAR, is_raised, seed)
    return made.rename(columns=lambda name: name.removeprefix("mailing_address_"))


def _1040(is_raised: bool, seed: int) -> pd.DataFrame:
    """One record for each person named on a return; who they are comes from the sample's own file, by filer and year."""
    import pseudopeople

    made = _generate("taxes_1040", TAX_YEAR, is_raised, seed)
    path = (
        Path(pseudopeople.__file__).parent / "data" / "sample_datasets" / "taxes_1040" / "taxes_1040.parquet"
    )
    ids = [f"{role}simulant_id" for role in ROLES[1:]]
    known = pd.read_parquet(path, columns=["simulant_id", "tax_year", *ids])
    known = known[known["tax_year"].astype(int) == TAX_YEAR].drop_duplicates("simulant_id")
    made = made.merge(known[["simulant_id", *ids]], on="simulant_id", how="left")
    shared = {
        name.removeprefix("mailing_address_"): name for name in made if name.startswith("mailing_address_")
    }
    people = []
    for role in ROLES:
        part = pd.DataFrame({"simulant_id": made[f"{role}simulant_id"], "household_id": made["household_id"]})
        for name in ("first_name", "middle_initial", "last_name", "ssn"):
            part[name] = made.get(f"{role}{name}", pd.Series(pd.NA, index=made.index))
        for name, column in shared.items():
            part[name] = made[column]
        part["role"] = role.strip("_12345") or "filer"
        people.append(
            part[part["simulant_id"].notna() & part[["first_name", "last_name"]].notna().any(axis=1)]
        )
    return pd.concat(people, ignore_index=True)


FEEDS = {"wic": _wic, "census2030": _census, "w2": _w2, "1040": _1040}


def _person(frame: pd.DataFrame, prefix: str) -> pd.DataFrame:
    """Columns as both sides have them, with the simulant's number for the truth."""
    nothing = pd.Series(pd.NA, index=frame.index, dtype="string")
    out = pd.DataFrame(
        {
            "record_id": [f"{prefix}{n}" for n in range(len(frame))],
            "simulant_id": frame["simulant_id"].astype(str).to_numpy(),
            "household": frame["household_id"].astype("string").to_numpy(),
        }
    )
    for name in ("first_name", "middle_initial", "last_name", "street_number", "street_name", "unit_number"):
        out[name] = tidy(frame.get(name, nothing)).to_numpy()
    for name in ("sex", "race_ethnicity"):
        out[name] = tidy(frame.get(name, nothing)).to_numpy()
    out["birth_date"] = _dates(frame.get("date_of_birth", nothing)).to_numpy()
    out["is_after_snapshot"] = (out["birth_date"] >= SNAPSHOT).astype(str)
    for part, form in (("year", "%Y"), ("month", "%m"), ("day", "%d")):
        out[part] = out["birth_date"].dt.strftime(form)
    for part in ("first", "last"):
        nobody = [is_nobody(str(name)) for name in out[f"{part}_name"]]
        known = out[f"{part}_name"].mask(np.array(nobody))
        out[f"{part}_sound"] = known.map(sound, na_action="ignore")
        out[f"{part}_initial"] = known.str[0]
    out["role"] = frame.get("role", nothing).to_numpy()
    return out


def _dates(column: pd.Series) -> pd.Series:
    found = pd.Series(pd.NaT, index=column.index, dtype="datetime64[ns]")
    for form in FORMATS:
        found = found.fillna(pd.to_datetime(column.astype("string"), format=form, errors="coerce"))
    return found.where(found.dt.year.between(1880, 2045))


__all__ = ["load"]

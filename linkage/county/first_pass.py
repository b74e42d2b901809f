"""Pass 1: the mention alone against the whole register.

Three classes stand behind a pair: the same person, two members of one household, two strangers. Blocking brings together whoever
agrees on something that singles people out; a mention whose number, name and birth date all find one and the same row needs no
further candidates, which spares nine mentions in ten the search.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.county.evidence import FIELDS, MISSING, compare_people
from linkage.county.model import CountyModels

BLOCKS: tuple[tuple[str, ...], ...] = (
    ("id_number",),
    ("name", "birth_date"),
    ("surname", "birth_date"),
    ("name_sound", "birth_year"),
    ("name_sound", "birth_month_day"),
    ("name", "village"),
    ("name", "township"),
    ("name", "phone"),
    ("surname", "phone"),
    ("surname", "id_date"),
    ("birth_date", "village"),
    ("name_sound", "lunar_left"),
    ("name_sound", "lunar_right"),
    ("given", "door"),
    ("birth_year", "door"),
    ("mother_id", "birth_date"),
    ("father_id", "birth_date"),
    ("mother_name", "birth_date"),
    ("name", "mother_id"),
    ("name", "father_id"),
    ("name", "mother_name"),
)
LARGEST_BLOCK = 400  # pairs a left row may meet under one key; namesakes beyond that say nothing
ON_REGISTER = 0.9
RELATIVES = 2.0  # other people of one's household
KEPT = 1e-7
NAMESAKES = "namesakes"


def first_pass(people: pd.DataFrame, register: pd.DataFrame, models: CountyModels) -> pd.DataFrame:
    """Candidates `left`, `right` (positions), `match_weight` (bits), `match_probability` (over all of a mention's candidates)."""
    left, right = _keys(people, as_left=True), _keys(register, as_left=False)
    plain = _plain(left, right)
    rest = left[~left["position"].isin(plain["left"])]
    pairs = pd.concat([plain, _blocked(rest, right)], ignore_index=True)
    weight = _weights(people, register, pairs, models)
    size = models.register_size
    odds = np.exp2(np.clip(weight, -60, 60)) * ON_REGISTER / (1 - ON_REGISTER) / size
    mass = 1.0 + np.bincount(pairs["left"].to_numpy(), odds, minlength=len(people))
    pairs = pairs.assign(
        match_weight=weight - np.log2(size), match_probability=odds / mass[pairs["left"].to_numpy()]
    )
    return pairs[pairs["match_probability"] >= KEPT].reset_index(drop=True)


def _keys(frame: pd.DataFrame, *, as_left: bool) -> pd.DataFrame:
    lunar, day = frame["birth_date_lunar"], frame["birth_date"]
    number = frame["id_number"].where(frame["id_number"].str.len() >= 14, None)
    return frame.assign(
        position=np.arange(len(frame)),
        lunar_left=lunar if as_left else day,
        lunar_right=day if as_left else lunar,
        id_date=number.str[6:14],
    )


def _plain(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    """Mentions whose number, name and birth date find the same rows, and nobody else has the number."""
    by_number = _joined(left, right, ["id_number"])
    of = by_number["left"].to_numpy()
    same = np.ones(len(by_number), dtype=bool)
    for column in ("name", "birth_date"):
        a, b = left[column].to_numpy()[of], right[column].to_numpy()[by_number["right"].to_numpy()]
        same &= (a == b) & ~pd.isna(a)
    every = pd.Series(same).groupby(of).transform("all").to_numpy(dtype=bool) if len(of) else same
    return by_number[every]


def _blocked(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    found = [_joined(left, right, list(block)) for block in BLOCKS]
    code = np.unique(np.concatenate([f["left"].to_numpy() << 32 | f["right"].to_numpy() for f in found]))
    return pd.DataFrame({"left": code >> 32, "right": code & 0xFFFFFFFF})


def _joined(left: pd.DataFrame, right: pd.DataFrame, on: list[str]) -> pd.DataFrame:
    a = left[["position", *on]].dropna()
    b = right[["position", *on]].dropna()
    size = b.groupby(on, sort=False)["position"].transform("size")
    pairs = a.merge(b[size <= LARGEST_BLOCK], on=on, suffixes=("_left", "_right"))
    return pd.DataFrame(
        {
            "left": pairs["position_left"].to_numpy(np.int64),
            "right": pairs["position_right"].to_numpy(np.int64),
        }
    )


def _weights(
    people: pd.DataFrame, register: pd.DataFrame, pairs: pd.DataFrame, models: CountyModels
) -> np.ndarray:
    """log2 of match against what else the pair could be: relatives, a few per register, or strangers."""
    if pairs.empty:
        return np.zeros(0)
    left = people.iloc[pairs["left"].to_numpy()].reset_index(drop=True)
    right = register.iloc[pairs["right"].to_numpy()].reset_index(drop=True)
    m, h, u = np.zeros(len(pairs)), np.zeros(len(pairs)), np.zeros(len(pairs))
    for bits in bits_of(left, right, models):
        m += bits.m
        h += bits.h
        u += bits.u
    return m - against(h, u, models)


@dataclass(frozen=True)
class Bits:
    """What one comparison says of aligned pairs: log2 of how often the same person, relatives, strangers show its level."""

    term: str
    level: np.ndarray
    m: np.ndarray
    h: np.ndarray
    u: np.ndarray


def bits_of(left: pd.DataFrame, right: pd.DataFrame, models: CountyModels) -> Iterator[Bits]:
    """One after the other, as they are added up; `namesakes` last: among strangers a common name agrees more often than a rare one."""
    levels = compare_people(left, right)
    for field, level in levels.items():
        there = np.where(level == MISSING, len(FIELDS[field]), level)
        m = np.log2(np.append([x.m for x in FIELDS[field]], 1.0))[there]
        h = np.log2(np.append(models.family[field], 1.0))[there]
        yield Bits(field, level, m, h, np.log2(np.append([x.u for x in FIELDS[field]], 1.0))[there])
    exact = levels["name"] == 0
    share = left["name"].map(models.name_share).to_numpy(dtype=float)
    rare = np.where(np.isnan(share), 1.0 / models.register_size, share)
    more = np.where(exact, np.log2(np.clip(rare, 1e-6, 1)) - np.log2(FIELDS["name"][0].u), 0.0)
    yield Bits(NAMESAKES, np.where(exact, 0, MISSING), np.zeros(len(left)), np.zeros(len(left)), more)


def against(h: np.ndarray, u: np.ndarray, models: CountyModels) -> np.ndarray:
    """log2 of how often a pair that is not one person looks like this: a few relatives, or strangers."""
    return np.logaddexp2(h + np.log2(RELATIVES / models.register_size), u)

"""Why a candidate weighs what it weighs: the prior, then one line per comparison, whose sum is the match weight.

The lines come from the functions that the weights are added up from (`first_pass.bits_of`, `company.family_bits`), so explanation and
score cannot disagree. In pass 1 a pair is held against strangers line by line; that it may be relatives instead is the last line. In
pass 2 the lines are held against relatives, and the prior says how often the person is in that family at all. What is plainly
the same (number, name and date agree) is not explained: the matrix says it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.county.company import family_bits
from linkage.county.evidence import FIELDS, MISSING, equal, strings
from linkage.county.first_pass import against, bits_of
from linkage.county.model import CountyModels

WATERFALL_COLUMNS = [
    "kind",
    "subject",
    "person_no",
    "rank",
    "by_company",
    "position",
    "term",
    "level",
    "weight",
    "namesakes",
]
LINK, DUPLICATE, NEAREST = "link", "duplicate", "nearest"
PRIOR, RELATIVES = "prior", "relatives"
ALONE = -1
Line = tuple[str, np.ndarray, np.ndarray]  # term, level, weight of aligned pairs


@dataclass(frozen=True)
class Round:
    """A round of pass 2: who was firm before it, and the candidates that company brought, with their `prior`."""

    firm: np.ndarray
    candidates: pd.DataFrame


@dataclass(frozen=True)
class Weighed:
    """What the passes decided from; `by_round` is the round whose verdict it is, ALONE for pass 1."""

    people: pd.DataFrame
    register: pd.DataFrame
    models: CountyModels
    beside: pd.DataFrame
    verdict: pd.DataFrame
    by_round: np.ndarray
    rounds: tuple[Round, ...]


@dataclass(frozen=True)
class Pairs:
    """Whose pairs the lines are of, aligned; `rank` 1 is the best candidate, 2 the runner-up."""

    kind: str
    subject: np.ndarray
    person_no: np.ndarray
    by_round: int
    rank: int = 1


def no_waterfalls() -> pd.DataFrame:
    return pd.DataFrame(columns=WATERFALL_COLUMNS)


def waterfalls(weighed: Weighed, decision: np.ndarray) -> pd.DataFrame:
    """WATERFALL_COLUMNS of the best candidate and the runner-up of who is linked, perhaps linked, and not plainly the same; of who is nobody on
    the register the best candidate.
    """
    right = weighed.verdict["right"].to_numpy()
    asked = np.isin(decision, ("link", "possible")) & (right >= 0)
    asked[asked] = ~_is_plain(weighed.people[asked], weighed.register.iloc[right[asked]])
    found = [no_waterfalls()]
    nearest = (decision == "none") & (right >= 0)
    for kind, rank, column, wanted in (
        (LINK, 1, "right", asked),
        (LINK, 2, "runner_up", asked),
        (NEAREST, 1, "right", nearest),
    ):
        candidate = weighed.verdict[column].to_numpy()
        for number in (ALONE, *range(len(weighed.rounds))):
            left = np.flatnonzero(wanted & (candidate >= 0) & (weighed.by_round == number))
            pairs = pd.DataFrame({"left": left, "right": candidate[left]})
            if pairs.empty:
                continue
            subject = strings(weighed.people["content_key"])[left]
            person_no = strings(weighed.register["person_no"])[candidate[left]]
            lines = _alone(weighed, pairs) if number == ALONE else _in_company(weighed, pairs, number)
            found.append(lines_of(Pairs(kind, subject, person_no, number, rank), lines))
    full = [lines for lines in found if len(lines)]
    return pd.concat(full, ignore_index=True) if full else found[0]


def _is_plain(people: pd.DataFrame, register: pd.DataFrame) -> np.ndarray:
    same = np.ones(len(people), dtype=bool)
    for column in ("id_number", "name"):
        same &= equal(strings(people[column]), strings(register[column]))
    return same & (people["birth_date"].to_numpy() == register["birth_date"].to_numpy())


def _alone(weighed: Weighed, pairs: pd.DataFrame) -> Iterator[Line]:
    left = weighed.people.iloc[pairs["left"].to_numpy()].reset_index(drop=True)
    right = weighed.register.iloc[pairs["right"].to_numpy()].reset_index(drop=True)
    there = np.zeros(len(pairs), dtype=int)
    yield PRIOR, there, np.full(len(pairs), -np.log2(weighed.models.register_size))
    h, u = np.zeros(len(pairs)), np.zeros(len(pairs))
    for bits in bits_of(left, right, weighed.models):
        h, u = h + bits.h, u + bits.u
        yield bits.term, bits.level, bits.m - bits.u
    yield RELATIVES, there, u - against(h, u, weighed.models)


def _in_company(weighed: Weighed, pairs: pd.DataFrame, number: int) -> Iterator[Line]:
    of_round = weighed.rounds[number]
    prior = of_round.candidates.set_index(["left", "right"])["prior"]
    there = np.zeros(len(pairs), dtype=int)
    yield PRIOR, there, prior.loc[list(pairs.itertuples(index=False, name=None))].to_numpy()
    people, register, family = weighed.people, weighed.register, weighed.models.family
    yield from family_bits(people, register, weighed.beside, of_round.firm, pairs, family)


def lines_of(pairs: Pairs, lines: Iterable[Line]) -> pd.DataFrame:
    """The lines of aligned pairs as WATERFALL_COLUMNS; what could not be compared has none."""
    found = [no_waterfalls()]
    for position, (term, level, weight) in enumerate(lines):
        there = np.flatnonzero(level != MISSING)
        names = np.array([*(one.name for one in FIELDS.get(term, ())), ""], dtype=object)
        found.append(
            pd.DataFrame(
                {
                    "kind": pairs.kind,
                    "subject": pairs.subject[there],
                    "person_no": pairs.person_no[there],
                    "rank": pairs.rank,
                    "by_company": pairs.by_round != ALONE,
                    "position": position,
                    "term": term,
                    "level": names[level[there]] if term in FIELDS else "",
                    "weight": np.round(weight[there], 4),
                    "namesakes": 0,
                }
            )
        )
    full = [lines for lines in found if len(lines)]
    return pd.concat(full, ignore_index=True) if full else found[0]


def with_namesakes(lines: pd.DataFrame, names: pd.Series, register: pd.DataFrame) -> pd.DataFrame:
    """With how many rows of the register have the subject's name (`names` by subject), in the order of subjects."""
    name = names[~names.index.duplicated()].reindex(lines["subject"]).to_numpy(dtype=object)
    counts = pd.Series(name).map(register["name"].value_counts()).fillna(0).astype(int)
    ordered = lines.assign(namesakes=counts.to_numpy())
    return ordered.sort_values(["kind", "subject", "rank", "position"], kind="stable", ignore_index=True)[
        WATERFALL_COLUMNS
    ]

"""Two register rows that are one person: duplicate_person.

Rows that linkage holds for one person with enough probability form clusters; of rows with one valid ID number it need only be likelier
than not, since what stays apart under one number is a question too (`shared_numbers`, of likelier different people). A cluster of n rows is raised
as the n − 1 surest pairs that hold it together (a spanning tree), because that many decisions settle it and
none of them repeats another.
"""

from __future__ import annotations

import pandas as pd

from discrepancies.candidates import DUPLICATE_PERSON, Candidate
from discrepancies.values import valid_id
from discrepancies.view import View, register_evidence, text_or_none

PRIORITY = 3
SHOWN = (
    "person_no", "household_no", "name", "id_number", "sex", "birth_date", "hukou_address",
    "residence_address", "mother_name", "mother_id", "father_name", "father_id",
)  # fmt: skip


def find_duplicates(view: View) -> list[Candidate]:
    """Pairs of register rows that are one person."""
    pairs = _spanning(sure_pairs(view))
    register = view.register.set_index("person_no")
    people = register.loc[sorted({*pairs["first"], *pairs["second"]})]
    rows = register_evidence(view, people.index, SHOWN)
    return [
        Candidate(
            type=DUPLICATE_PERSON,
            subject=f"{pair.first}:{pair.second}",
            area_code=text_or_none(people.at[pair.first, "area_code"]),
            household_no=text_or_none(people.at[pair.first, "household_no"]),
            person_no=pair.first,
            person_no_2=pair.second,
            confidence=round(float(pair.match_probability), 4),
            priority=PRIORITY,
            reason="same_person",
            evidence=(rows[pair.first], rows[pair.second]),
        )
        for pair in pairs.itertuples(index=False)
    ]


def sure_pairs(view: View) -> pd.DataFrame:
    """first < second, surest first; each pair once, both still on the register."""
    pairs = view.register_duplicates[["person_no", "person_no_2", "match_probability"]]
    probability = pairs["match_probability"]
    likelier = probability.ge(view.settings.shared_id_same_person) & _has_one_number(view, pairs)
    pairs = pairs[probability.ge(view.settings.duplicate_probability) | likelier]
    ends = pairs[["person_no", "person_no_2"]].astype(str)
    pairs = pd.DataFrame(
        {
            "first": ends.min(axis=1),
            "second": ends.max(axis=1),
            "match_probability": pairs["match_probability"],
        }
    )
    known = view.register["person_no"]
    pairs = pairs[
        pairs["first"].isin(known) & pairs["second"].isin(known) & pairs["first"].ne(pairs["second"])
    ]
    order = ["match_probability", "first", "second"]
    return pairs.sort_values(order, ascending=[False, True, True]).drop_duplicates(["first", "second"])


def _has_one_number(view: View, pairs: pd.DataFrame) -> pd.Series:
    """Whether both rows hold the same valid ID number."""
    numbers = valid_id(view.register["id_number"]).set_axis(view.register["person_no"])
    return pairs["person_no"].map(numbers).eq(pairs["person_no_2"].map(numbers))


def _spanning(pairs: pd.DataFrame) -> pd.DataFrame:
    """Kruskal: keep a pair when it joins two clusters that were apart."""
    parent: dict[str, str] = {}

    def root(number: str) -> str:
        while parent.setdefault(number, number) != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    keep = []
    for first, second in zip(pairs["first"], pairs["second"]):
        a, b = root(first), root(second)
        keep.append(a != b)
        parent[b] = a
    return pairs[pd.Series(keep, index=pairs.index, dtype=bool)]

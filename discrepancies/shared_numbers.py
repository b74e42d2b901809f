"""One ID number on two different people: shared_id_number.

Somebody holds a number when it stands in their register row, or when the police, who issue the numbers, list
them under it today. Raised when one number has two holders, at least one of them on the register. No
second holder is: the same person entered twice (that is `duplicate_person`), a number with a wrong check
digit or a truncated one, and a police row that cannot be right or that better evidence contradicts (a slip
of that list: `source_correction`). Other departments' rows do not count: a parent's number in a child's column shares
nothing.

Evidence: the register rows that hold the number, and the police rows that give it to somebody else.
Suspended by nothing. Subject: the number, as a hash, so that it stands in no key.
"""

from __future__ import annotations

import hashlib

import pandas as pd

from discrepancies.candidates import SHARED_ID_NUMBER, Candidate, Evidence
from discrepancies.values import by_distinct, sex_inside, valid_id
from discrepancies.view import View, evidence_rows, in_order_of_rows, register_evidence, text_or_none
from discrepancies.weighing import Weighed

PRIORITY = 2
ISSUER = "police_residents"
SHOWN = ("person_no", "name", "id_number", "sex", "birth_date")


def find_shared_numbers(view: View, weighed: Weighed, errors: pd.DataFrame) -> list[Candidate]:
    """Numbers with two holders; `errors` are the rows' cells that better evidence contradicts (`sources.wrong_cells`)."""
    holders = _holders(view, weighed, errors)
    same_person = _same_person(view)
    people = view.register[view.register["person_no"].isin(holders["holder"])].set_index("person_no")
    rows = register_evidence(view, holders.loc[holders["is_register"], "holder"], SHOWN)
    found = []
    for number, group in holders.groupby("number", sort=True):
        different = _different(group["holder"], same_person)
        if len(different) > 1 and group["is_register"].any():
            shared = group[group["holder"].isin(different)]
            found.append(_about(str(number), shared, people, _evidence(view, shared, rows)))
    return found


def _holders(view: View, weighed: Weighed, errors: pd.DataFrame) -> pd.DataFrame:
    """number, holder (person_no, or an entity's id), is_register, place in the view's mentions (-1: register);
    only of numbers that have more than one holder."""
    register = view.register
    own = pd.DataFrame(
        {"number": valid_id(register["id_number"]), "holder": register["person_no"], "place": -1}
    )
    mentions = view.mentions
    listed = mentions[mentions["feed"].eq(ISSUER) & mentions["role"].eq("self") & mentions["is_latest"]]
    listed = listed[_is_believed(weighed, errors, listed)]
    who = listed["person_no"].where(listed["is_sure"], listed["entity_id"])
    police = pd.DataFrame({"number": valid_id(listed["id_number"]), "holder": who, "place": listed.index})
    both = pd.concat([own, police], ignore_index=True).dropna(subset=["number", "holder"])
    both["is_register"] = both["place"].lt(0)
    several = both.groupby("number")["holder"].transform("nunique").gt(1)
    return both[several].sort_values(
        ["number", "is_register", "holder", "place"], ascending=[True, False, True, True]
    )


def _is_believed(weighed: Weighed, errors: pd.DataFrame, listed: pd.DataFrame) -> pd.Series:
    """Whether a row's number can be the person's: of a linked person it stands among the claims and no
    better evidence contradicts it, of anybody else the sex inside is the row's."""
    claims = weighed.claims
    claimed = set(claims.loc[claims["field"].eq("id_number"), "place"])
    claimed -= set(errors.loc[errors["field"].eq("id_number"), "place"])
    sex = by_distinct(valid_id(listed["id_number"]), sex_inside)
    fits = listed["sex"].isna() | sex.eq(listed["sex"])
    return listed.index.isin(claimed) | (~listed["is_sure"] & fits)


def _same_person(view: View) -> set[tuple[str, str]]:
    """Pairs of register rows likelier one person than two, both ways round."""
    pairs = view.register_duplicates
    pairs = pairs[pairs["match_probability"].ge(view.settings.shared_id_same_person)]
    there = set(zip(pairs["person_no"], pairs["person_no_2"]))
    return there | {(second, first) for first, second in there}


def _different(holders: pd.Series, same_person: set[tuple[str, str]]) -> list[str]:
    """The holders without those who are an earlier one again."""
    people: list[str] = []
    for holder in holders.drop_duplicates():
        if not any((holder, known) in same_person for known in people):
            people.append(holder)
    return people


def _evidence(view: View, holders: pd.DataFrame, rows: dict[str, Evidence]) -> tuple[Evidence, ...]:
    """The register rows, and of who does not hold the number there the police's."""
    own = holders.loc[holders["is_register"], "holder"]
    elsewhere = holders[~holders["is_register"] & ~holders["holder"].isin(own)]
    told = evidence_rows(view.mentions.loc[elsewhere["place"]])
    return in_order_of_rows([*(rows[holder] for holder in own), *told])


def _about(
    number: str, holders: pd.DataFrame, people: pd.DataFrame, evidence: tuple[Evidence, ...]
) -> Candidate:
    registered = [holder for holder in holders["holder"].drop_duplicates() if holder in people.index]
    return Candidate(
        type=SHARED_ID_NUMBER,
        subject="N" + hashlib.sha256(number.encode()).hexdigest()[:16],
        area_code=text_or_none(people.at[registered[0], "area_code"]),
        household_no=text_or_none(people.at[registered[0], "household_no"]),
        person_no=registered[0],
        person_no_2=registered[1] if len(registered) > 1 else None,
        field="id_number",
        register_value=number,
        priority=PRIORITY,
        reason=f"holders:{holders['holder'].nunique()}",
        evidence=evidence,
    )

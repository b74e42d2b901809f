"""Pass 2: who somebody is, judged by the people mentioned beside them.

A newborn without a name, a guardian without a number, a husband on his wife's row say little about themselves, yet their row or their
police household names people already linked. The candidates are then the members of those people's register households (and the
parents or children that the register names). The company brings a candidate to the table and says no more: the missing child's
sibling keeps the same company, so the question is put *within* the family: this person, that one, or somebody who is on no
register, in which case every likeness is that of relatives (`evidence`, h).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from linkage.county.contexts import home_groups
from linkage.county.evidence import (
    FIELDS,
    MISSING,
    WITHIN_FAMILY,
    compare_people,
    compare_plain,
    equal,
    strings,
)

ELDERS = ("mother", "father", "guardian1", "guardian2", "adopter1", "adopter2")
ON_REGISTER = {  # how often the person is in the company's family at all, before looking at them
    "self": 0.8, "mother": 0.85, "father": 0.8, "guardian1": 0.85, "guardian2": 0.85, "adopter1": 0.8, "adopter2": 0.8,
    "male": 0.4, "female": 0.4,
}  # fmt: skip
BORN_AFTER = 0.02  # the same for somebody born after the whole family there
NEARLY_THE_SAME_AGE = pd.Timedelta(days=45)
YOUNGEST_PARENT = pd.Timedelta(days=14 * 365)


def neighbours(people: pd.DataFrame, mentions: pd.DataFrame, wanted: np.ndarray) -> pd.DataFrame:
    """Who is mentioned beside the `wanted` people: `left`, `mate` (positions in `people`), `mate_role`.

    `mate_role` is the role for somebody of the same row, `household` for somebody of the same police household and period.
    """
    position = pd.Series(np.arange(len(people)), index=people["content_key"])
    rows = mentions[["record_id", "role"]].assign(
        person=mentions["content_key"].map(position), home=home_groups(mentions)
    )
    found = []
    for group in ("record_id", "home"):
        table = rows[[group, "person", "role"]].dropna().drop_duplicates()
        left = table.loc[wanted[table["person"].to_numpy()], [group, "person"]]
        mates = left.merge(table, on=group, suffixes=("", "_mate"))
        mates = mates[mates["person"] != mates["person_mate"]]
        role = mates["role"] if group == "record_id" else "household"
        found.append(pd.DataFrame({"left": mates["person"], "mate": mates["person_mate"], "mate_role": role}))
    return pd.concat(found, ignore_index=True).drop_duplicates(ignore_index=True)


def company_candidates(
    people: pd.DataFrame, register: pd.DataFrame, beside: pd.DataFrame, firm: np.ndarray, wanted: np.ndarray
) -> pd.DataFrame:
    """Pairs `left`, `right` (positions) of the people in `wanted` with the families of the firmly linked people beside them.

    `firm` is the register position each person is firmly linked to, −1 for none. Whoever is firmly linked to somebody else
    beside them in the same row or household is no candidate: nobody stands twice in one row.
    """
    mates = beside[wanted[beside["left"].to_numpy()] & (firm[beside["mate"].to_numpy()] >= 0)]
    mates = mates.assign(person=firm[mates["mate"].to_numpy()])
    household = strings(register["household_no"])
    homes = (
        mates.assign(household_no=household[mates["person"].to_numpy()])[["left", "household_no"]]
        .dropna()
        .drop_duplicates()
    )
    members = register[["household_no"]].assign(right=np.arange(len(register))).dropna()
    found = [homes.merge(members, on="household_no")[["left", "right"]], *_named_kin(mates, register)]
    found.append(_named_together(people, register, beside, firm, wanted))
    pairs = pd.concat(found, ignore_index=True).drop_duplicates(ignore_index=True)
    held = pd.MultiIndex.from_frame(mates[["left", "person"]])
    return pairs[~pd.MultiIndex.from_frame(pairs).isin(held)].reset_index(drop=True)


def _named_together(
    people: pd.DataFrame, register: pd.DataFrame, beside: pd.DataFrame, firm: np.ndarray, wanted: np.ndarray
) -> pd.DataFrame:
    """Two unlinked people of one row whose names stand together in a register household: a couple vouches for itself."""
    left, mate = beside["left"].to_numpy(), beside["mate"].to_numpy()
    names = strings(people["name"])
    unknown = wanted[left] & (firm[mate] < 0) & (beside["mate_role"] != "household").to_numpy()
    unknown &= ~pd.isna(names[left]) & ~pd.isna(names[mate])
    couples = pd.DataFrame(
        {"left": left[unknown], "name": names[left[unknown]], "mate_name": names[mate[unknown]]}
    )
    homes = register[["name", "household_no"]].assign(right=np.arange(len(register))).dropna()
    found = couples.merge(homes, on="name")
    together = pd.MultiIndex.from_frame(found[["mate_name", "household_no"]]).isin(
        pd.MultiIndex.from_frame(homes[["name", "household_no"]])
    )
    return found.loc[together & (found["name"] != found["mate_name"]), ["left", "right"]]


def _named_kin(mates: pd.DataFrame, register: pd.DataFrame) -> list[pd.DataFrame]:
    """The register's own word: the numbers it gives as a linked child's parents, and the children it gives a linked parent."""
    by_id = (
        register[["id_number"]].assign(right=np.arange(len(register))).dropna().drop_duplicates("id_number")
    )
    found = []
    children = mates[mates["mate_role"] == "self"]
    for parent in ("mother_id", "father_id"):
        named = children.assign(id_number=strings(register[parent])[children["person"].to_numpy()])
        found.append(named[["left", "id_number"]].dropna().merge(by_id, on="id_number")[["left", "right"]])
    parents = mates[mates["mate_role"].isin(ELDERS)]
    for parent in ("mother_id", "father_id"):
        of_parent = (
            register[[parent]]
            .rename(columns={parent: "id_number"})
            .assign(right=np.arange(len(register)))
            .dropna()
        )
        named = parents.assign(id_number=strings(register["id_number"])[parents["person"].to_numpy()])
        found.append(
            named[["left", "id_number"]].dropna().merge(of_parent, on="id_number")[["left", "right"]]
        )
    return found


def family_weights(
    people: pd.DataFrame,
    register: pd.DataFrame,
    beside: pd.DataFrame,
    firm: np.ndarray,
    pairs: pd.DataFrame,
    family: dict[str, list[float]],
) -> np.ndarray:
    """log2(m / h) of each pair: is this the person, or a relative of theirs?"""
    weight = np.zeros(len(pairs))
    for _, _, partial in family_bits(people, register, beside, firm, pairs, family):
        weight += partial
    return weight


def family_bits(
    people: pd.DataFrame,
    register: pd.DataFrame,
    beside: pd.DataFrame,
    firm: np.ndarray,
    pairs: pd.DataFrame,
    family: dict[str, list[float]],
) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Field, level and partial weight of each pair, as they are added up."""
    left = people.iloc[pairs["left"].to_numpy()].reset_index(drop=True)
    right = register.iloc[pairs["right"].to_numpy()].reset_index(drop=True)
    levels = {field: level for field, level in compare_people(left, right).items() if field in WITHIN_FAMILY}
    levels["relation"] = _relation(left, right)
    child, child_birth = _child_of(people, beside, firm)
    levels["generation"] = _generation(left, right, child_birth[pairs["left"].to_numpy()])
    levels["kin"] = _kin(left, right, register, child[pairs["left"].to_numpy()])
    for field, level in levels.items():
        m = np.array([x.m for x in FIELDS[field]])
        h = np.array(family.get(field, [x.h for x in FIELDS[field]]))
        partial = np.append(np.log2(m / h), 0.0)  # the last is what MISSING (−1) finds
        yield field, level, partial[np.where(level == MISSING, len(m), level)]


def _relation(left: pd.DataFrame, right: pd.DataFrame) -> np.ndarray:
    """Relation to the head, comparable only where the head is the same."""
    level = compare_plain(strings(left["relation_to_head"]), strings(right["relation_to_head"]))
    level[~equal(strings(left["head_name"]), strings(right["head_name"]))] = MISSING
    return level


def _child_of(people: pd.DataFrame, beside: pd.DataFrame, firm: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each elder, the register position (−1) and the birth date of the row's child."""
    rows = beside[beside["mate_role"] == "self"].drop_duplicates("left")
    child = np.full(len(people), -1)
    child[rows["left"].to_numpy()] = firm[rows["mate"].to_numpy()]
    birth = np.full(len(people), np.datetime64("NaT"), dtype="datetime64[ns]")
    birth[rows["left"].to_numpy()] = people["birth_date"].to_numpy()[rows["mate"].to_numpy()]
    elder = people["role"].isin(ELDERS).to_numpy()
    return np.where(elder, child, -1), np.where(elder, birth, np.datetime64("NaT"))


def _generation(left: pd.DataFrame, right: pd.DataFrame, child_birth: np.ndarray) -> np.ndarray:
    older = child_birth - right["birth_date"].to_numpy() >= YOUNGEST_PARENT.to_timedelta64()
    level = np.where(older, 0, 1)
    level[np.isnat(child_birth) | right["birth_date"].isna().to_numpy()] = MISSING
    return level


def _kin(left: pd.DataFrame, right: pd.DataFrame, register: pd.DataFrame, child: np.ndarray) -> np.ndarray:
    """Whether the linked child's register row calls this candidate its mother or father (as the role says)."""
    level = np.full(len(left), MISSING)
    role = strings(left["role"])
    for parent, other in (("mother", "father"), ("father", "mother")):
        asked = (child >= 0) & (role != other)
        ids = strings(register[f"{parent}_id"])[np.maximum(child, 0)]
        names = strings(register[f"{parent}_name"])[np.maximum(child, 0)]
        named = equal(ids, strings(right["id_number"])) | equal(names, strings(right["name"]))
        known = asked & ~(pd.isna(ids) & pd.isna(names))
        level = np.where(known & named, 0, np.where(known & (level == MISSING), 1, level))
    return level


def company_posterior(
    people: pd.DataFrame, register: pd.DataFrame, pairs: pd.DataFrame, weight: np.ndarray
) -> pd.DataFrame:
    """`left`, `right`, `match_weight`, `match_probability` of every pair, over all candidates of a person together; `prior` is part
    of the weight."""
    left = pairs["left"].to_numpy()
    prior = people["role"].map(ON_REGISTER).fillna(0.5).to_numpy()
    prior = np.where(_born_after_all(people, register, pairs), BORN_AFTER, prior)
    count = np.bincount(left, minlength=len(people))
    log_prior = np.log2(prior[left] / np.maximum(count[left], 1) / (1 - prior[left]))
    total = weight + log_prior
    odds = np.exp2(np.clip(total, -60, 60))
    mass = 1.0 + np.bincount(left, odds, minlength=len(people))
    return pairs.assign(prior=log_prior, match_weight=total, match_probability=odds / mass[left])


def _born_after_all(people: pd.DataFrame, register: pd.DataFrame, pairs: pd.DataFrame) -> np.ndarray:
    """Whether a person was born well after every candidate: then the family is on the register, but not they."""
    newest = (
        pd.Series(register["birth_date"].to_numpy()[pairs["right"].to_numpy()])
        .groupby(pairs["left"].to_numpy())
        .max()
    )
    newest = newest.reindex(np.arange(len(people)))
    own_birth = people["birth_date"].where(people["role"] == "self")
    return own_birth.to_numpy() > (newest + NEARLY_THE_SAME_AGE).to_numpy()

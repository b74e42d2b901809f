"""Pass 1, pass 2, and what stands between them.

Pass 1 asks the mention alone (the engine, `first_pass`). What it settles beyond doubt becomes firm; pass 2 puts the rest again in the
light of the firm people beside them (`company`), twice, so that a guardian found through a pupil can vouch for the other
guardian. Nobody stands twice in one row or household; twins are dealt out one to one; a steward's word comes before any of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.county.candidates import best_candidates, held_by_others, lost_to_siblings, without
from linkage.county.company import company_candidates, company_posterior, family_weights, neighbours
from linkage.county.contexts import birth_groups, home_groups
from linkage.county.evidence import compare_people
from linkage.county.explaining import ALONE, Round, Weighed, waterfalls
from linkage.county.first_pass import first_pass
from linkage.county.frames import mention_frame
from linkage.county.model import CountyModels

ROUNDS = 2


@dataclass(frozen=True)
class _Case:
    """What both passes look at: positions below are positions in these frames."""

    people: pd.DataFrame
    register: pd.DataFrame
    models: CountyModels
    twins: np.ndarray  # group of the newborns of one mother in one file, −1 for everybody else
    order_people: np.ndarray
    order_register: np.ndarray
    confirmed: np.ndarray  # register position that a steward confirmed, −1
    rejected: pd.MultiIndex  # (left, right) that a steward rejected

    def __len__(self) -> int:
        return len(self.people)


def decide_and_explain(
    mentions: pd.DataFrame,
    register: pd.DataFrame,
    models: CountyModels,
    decisions: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Per content key: person_no, match_weight, match_probability, decision, model_version, missing_probability, runner_up_no,
    runner_up_weight, nearest_no (the best candidate of what is not linked). And the waterfalls (`explaining`) of what is not plain. `register` is a `register_frame`."""
    case = _case(mentions, register, models, decisions)
    alone = _fair(first_pass(case.people, register, models), case)
    verdict = _best(alone, case)
    firm = _firm(verdict, case)
    firm = _nobody_twice(firm, verdict, mentions, case)
    beside = neighbours(case.people, mentions, firm < 0)
    by_round, rounds = np.full(len(case), ALONE), []
    for number in range(ROUNDS):
        again = _again(alone, verdict, firm, beside, case)
        verdict, found = again.verdict, again.settled
        by_round = np.where(firm < 0, np.where(again.by_company, number, ALONE), by_round)
        rounds.append(Round(firm, again.candidates))
        if not found.any():
            break
        firm = np.where(found, verdict["right"].to_numpy(), firm)
    table = _table(verdict, case)
    weighed = Weighed(case.people, case.register, case.models, beside, verdict, by_round, tuple(rounds))
    return table, waterfalls(weighed, table["decision"].to_numpy())


def _case(
    mentions: pd.DataFrame, register: pd.DataFrame, models: CountyModels, decisions: pd.DataFrame | None
) -> _Case:
    people = mention_frame(mentions)
    groups = pd.factorize(birth_groups(people))[0]
    order = people[["plurality_rank", "birth_time", "content_key"]].sort_values(
        ["plurality_rank", "birth_time", "content_key"]
    )
    order_people = np.empty(len(people))
    order_people[order.index.to_numpy()] = np.arange(len(people))
    sequence = register["id_number"].str[6:17].fillna("")
    order_register = np.empty(len(register))
    order_register[np.lexsort((register["person_no"], sequence))] = np.arange(len(register))
    confirmed, rejected = _stewards_word(people, register, decisions)
    return _Case(people, register, models, groups, order_people, order_register, confirmed, rejected)


def _stewards_word(
    people: pd.DataFrame, register: pd.DataFrame, decisions: pd.DataFrame | None
) -> tuple[np.ndarray, pd.MultiIndex]:
    confirmed = np.full(len(people), -1)
    if decisions is None or decisions.empty:
        return confirmed, pd.MultiIndex.from_arrays([[], []])
    left = (
        pd.Series(np.arange(len(people)), index=people["content_key"])
        .reindex(decisions["content_key"])
        .to_numpy()
    )
    right = (
        pd.Series(np.arange(len(register)), index=register["person_no"])
        .reindex(decisions["person_no"])
        .to_numpy()
    )
    known = ~(np.isnan(left) | np.isnan(right))
    yes = known & (decisions["decision"] == "confirmed").to_numpy()
    no = known & (decisions["decision"] == "rejected").to_numpy()
    confirmed[left[yes].astype(int)] = right[yes].astype(int)
    return confirmed, pd.MultiIndex.from_arrays([left[no].astype(int), right[no].astype(int)])


def _fair(candidates: pd.DataFrame, case: _Case) -> pd.DataFrame:
    """Without what a steward rejected and what another twin has."""
    pairs = pd.MultiIndex.from_arrays([candidates["left"], candidates["right"]])
    candidates = without(candidates, np.asarray(pairs.isin(case.rejected)), len(case))
    lost = lost_to_siblings(candidates, case.twins, case.order_people, case.order_register)
    return without(candidates, lost, len(case))


def _best(candidates: pd.DataFrame, case: _Case) -> pd.DataFrame:
    """Best candidate of everybody; two register rows of one person do not split its probability."""
    table = best_candidates(candidates, len(case))
    rival = ((table["runner_up"] >= 0) & (table["runner_up_probability"] > 0.01)).to_numpy()
    if rival.any():
        a = case.register.iloc[table.loc[rival, "right"].to_numpy()].reset_index(drop=True)
        b = case.register.iloc[table.loc[rival, "runner_up"].to_numpy()].reset_index(drop=True)
        both = table["match_probability"] + table["runner_up_probability"]
        same = np.zeros(len(table), dtype=bool)
        same[rival] = _one_person(a, b)
        table["match_probability"] = table["match_probability"].where(~same, both.clip(upper=1.0))
    return table


def _one_person(a: pd.DataFrame, b: pd.DataFrame) -> np.ndarray:
    """Whether two register rows are plainly one person entered twice."""
    levels = compare_people(a, b)
    named = (levels["name"] >= 0) & (levels["name"] <= 2)
    born = (levels["birth_date"] >= 0) & (levels["birth_date"] <= 2)
    number = (levels["id_number"] == 0) | ((levels["id_number"] <= 2) & (levels["birth_date"] == 0))
    return named & born & number


def _firm(verdict: pd.DataFrame, case: _Case) -> np.ndarray:
    """Register position where pass 1 leaves no doubt, −1 elsewhere: likely, and a number or a name with its date agree."""
    right = verdict["right"].to_numpy()
    likely = np.flatnonzero(
        (right >= 0) & (verdict["match_probability"] >= case.models.link_threshold).to_numpy()
    )
    levels = compare_people(
        case.people.iloc[likely].reset_index(drop=True),
        case.register.iloc[right[likely]].reset_index(drop=True),
    )
    name, born, number = levels["name"], levels["birth_date"], levels["id_number"]
    by_number = (number == 0) & ((name <= 4) | (born == 0))
    by_name = (name >= 0) & (name <= 1) & (born >= 0) & (born <= 2) & (number != 4)
    firm = np.full(len(case), -1)
    firm[likely] = np.where(by_number | by_name, right[likely], -1)
    return np.where(case.confirmed >= 0, case.confirmed, firm)


def _nobody_twice(firm: np.ndarray, verdict: pd.DataFrame, mentions: pd.DataFrame, case: _Case) -> np.ndarray:
    """Of two different people of a row or household who are firmly the same register person, the likelier stays firm."""
    position = pd.Series(np.arange(len(case)), index=case.people["content_key"])
    left = mentions["content_key"].map(position).to_numpy()
    groups = pd.concat([mentions["record_id"], home_groups(mentions)], ignore_index=True)
    table = pd.DataFrame({"group": groups.to_numpy(), "left": np.tile(left, 2)})
    table["right"] = firm[table["left"].to_numpy()]
    table = table[(table["right"] >= 0) & table["group"].notna()].drop_duplicates()
    table = table[table.duplicated(["group", "right"], keep=False)]
    if table.empty:
        return firm
    own = case.people.iloc[table["left"].to_numpy()]
    table = table.assign(name=own["name_sound"].to_numpy(), birth=own["birth_date"].to_numpy())
    table["weight"] = verdict["match_weight"].to_numpy()[table["left"].to_numpy()]
    table = table.sort_values(
        ["group", "right", "weight", "left"], ascending=[True, True, False, True], kind="stable"
    )
    first = table.drop_duplicates(["group", "right"])
    table = table.merge(
        first[["group", "right", "left", "name", "birth"]], on=["group", "right"], suffixes=("", "_first")
    )
    another = (table["left"] != table["left_first"]) & ~(
        (table["name"] == table["name_first"]) & (table["birth"] == table["birth_first"])
    )
    loser = table.loc[another, "left"].to_numpy()
    firm = firm.copy()
    firm[loser[case.confirmed[loser] < 0]] = -1
    return firm


@dataclass(frozen=True)
class _Again:
    """Pass 2: verdicts, whom it settled, whose verdict it gave, and all candidates that company brought."""

    verdict: pd.DataFrame
    settled: np.ndarray
    by_company: np.ndarray
    candidates: pd.DataFrame


def _again(
    alone: pd.DataFrame, verdict: pd.DataFrame, firm: np.ndarray, beside: pd.DataFrame, case: _Case
) -> _Again:
    """The verdicts of pass 2 on whoever is not firm, and who is settled by it."""
    wanted = firm < 0
    pairs = company_candidates(case.people, case.register, beside, firm, wanted)
    open_alone = alone[wanted[alone["left"].to_numpy()]].reset_index(drop=True)
    held = held_by_others(open_alone, beside, firm)
    first = _best(without(open_alone, held, len(case)), case)
    weight = family_weights(case.people, case.register, beside, firm, pairs, case.models.family)
    weighed = company_posterior(case.people, case.register, pairs, weight)
    second = _best(_fair(weighed, case), case)
    in_family = pd.MultiIndex.from_arrays([np.arange(len(case)), first["right"]]).isin(
        pd.MultiIndex.from_frame(pairs)
    )
    asked = second["right"].to_numpy() >= 0
    p_first, p_second = (
        first["match_probability"].fillna(0).to_numpy(),
        second["match_probability"].fillna(0).to_numpy(),
    )
    by_company = asked & (in_family | (p_second >= case.models.link_threshold) | (p_second > p_first))
    result = verdict.copy()
    result.loc[wanted] = first.loc[wanted]
    result.loc[wanted & by_company] = second.loc[wanted & by_company]
    settled = wanted & by_company & (p_second >= case.models.link_threshold)
    return _Again(result, settled, by_company, weighed)


def _table(verdict: pd.DataFrame, case: _Case) -> pd.DataFrame:
    models = case.models
    p = verdict["match_probability"].fillna(0.0).to_numpy()
    right, runner_up = verdict["right"].to_numpy(), verdict["runner_up"].to_numpy()
    confirmed = case.confirmed >= 0
    right = np.where(confirmed, case.confirmed, right)
    decision = np.select(
        [
            confirmed,
            (right >= 0) & (p >= models.link_threshold),
            (right >= 0) & (p >= models.possible_threshold),
        ],
        ["confirmed", "link", "possible"],
        "none",
    ).astype(object)
    refused = np.zeros(len(case), dtype=bool)
    refused[case.rejected.get_level_values(0).to_numpy(dtype=int)] = True
    decision[(decision == "none") & refused] = "rejected"
    numbers = np.array([*case.register["person_no"], None], dtype=object)  # the last is what −1 finds
    shown = np.isin(decision, ("confirmed", "link", "possible"))
    return pd.DataFrame(
        {
            "person_no": numbers[np.where(shown, right, -1)],
            "match_weight": np.round(verdict["match_weight"].to_numpy(), 3),
            "match_probability": np.round(np.where(confirmed, 1.0, p), 6),
            "decision": decision,
            "model_version": models.version,
            "missing_probability": np.round(
                np.where(confirmed, 0.0, verdict["missing_probability"].to_numpy()), 6
            ),
            "runner_up_no": numbers[runner_up],
            "runner_up_weight": np.round(verdict["runner_up_weight"].to_numpy(), 3),
            "nearest_no": numbers[np.where(shown, -1, right)],
        },
        index=pd.Index(case.people["content_key"], name="content_key"),
    )

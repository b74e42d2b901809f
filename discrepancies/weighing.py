"""Which value is right: votes weighed by trust, for every person and field on which a row and the register
are not at one.

Every feed has one vote per person and field; a valid ID number has a vote on birth date and sex of its own,
however many rows repeat it; a dated fact (marriage, divorce, move, adoption, renaming) silences what other
rows said before it; a date whose lunar reading is what others say was typed from the lunar calendar and
votes for that day. The register votes too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from discrepancies.claims import FIELDS, FieldRule, claims_of, register_claims, sure_rows
from discrepancies.trust import INSIDE_ID, REGISTER, REGISTER_UNFIT, log_odds
from discrepancies.values import born_inside, by_distinct, date_text, sex_inside
from discrepancies.view import SNAPSHOT_FEEDS, View

HALF_LIFE_DAYS = 365.0
CASE = ["at", "field"]
VALUE = ["at", "field", "key"]
_INSIDE = {"birth_date": born_inside, "sex": sex_inside}


@dataclass(frozen=True)
class Weighed:
    """`claims`: every row's claim in the cases in question (`place` in the view, -1 for the register's own
    number); `verdicts`: per case the best value (`key`, `text`, `confidence`, `votes`, `against`, `rows`,
    `by`) beside the register's (`reg_key`, `reg_text`)."""

    claims: pd.DataFrame
    votes: pd.DataFrame
    verdicts: pd.DataFrame


def weigh(view: View) -> Weighed:
    """Verdicts on all cases. A case is one person's: what is known of others does not touch it."""
    sure = sure_rows(view)
    spoken = {rule.field: claims_of(view, rule, sure) for rule in FIELDS}
    inside = _numbers_speak(view, spoken["id_number"])
    claims: list[pd.DataFrame] = []
    votes: list[pd.DataFrame] = []
    registered: list[pd.DataFrame] = []
    for rule in FIELDS:
        said = spoken.pop(rule.field)
        said["source"] = said["feed"]
        if rule.field in _INSIDE:
            said = pd.concat([said, inside[rule.field]], ignore_index=True)
        if said.empty and claims:
            continue
        own = register_claims(view, rule.field)
        at = said["at"].to_numpy(dtype=int)
        is_new = said["key"].ne(pd.Series(own["key"].to_numpy()[at], index=said.index))
        in_question = np.unique(at[is_new.to_numpy()])
        said = said[said["at"].isin(in_question)].copy()
        own = own.take(in_question).assign(at=in_question, field=rule.field)
        own["votes_for"] = own["key"]
        if rule.field == "birth_date":
            said, own = _read_lunar(view, said, own)
        said = _without_outdated(said)
        claims.append(said)
        votes.append(_votes(view, rule, said))
        votes.append(_register_votes(view, rule, own))
        registered.append(own)
    return _verdicts(_stack(claims), _stack(votes), _stack(registered))


def _stack(parts: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def _numbers_speak(view: View, said: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """What valid numbers, of rows and of the register, say about birth date and sex; one source each."""
    own = register_claims(view, "id_number")
    own = own[own["key"].notna() & ~own["unfit"] & view.register["id_state"].eq("valid")]
    of_register = pd.DataFrame({"at": own.index, "key": own["key"], "place": -1, "is_latest": True})
    both = _stack([said, of_register.assign(as_of=pd.Timestamp.min, dated=False, scale=1.0)])
    both["source"] = INSIDE_ID + ":" + both["key"].astype(object)
    both["feed"] = INSIDE_ID
    both["scale"] = 1.0
    spoken = {}
    for field, read in _INSIDE.items():
        text = by_distinct(both["key"], read)
        spoken[field] = both.assign(key=text, text=text, field=field)
    return spoken


def _read_lunar(view: View, said: pd.DataFrame, own: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Let a date vote for its lunar reading where somebody else states that day, and no ID number holds the
    day as typed."""
    stated = pd.MultiIndex.from_arrays([said["at"], said["key"]])
    held = stated[(said["feed"] == INSIDE_ID).to_numpy()]
    spoken = said["place"].to_numpy()
    lunar = pd.Series(None, index=said.index, dtype=object)
    typed = (spoken >= 0) & said["feed"].ne(INSIDE_ID).to_numpy()
    lunar[typed] = date_text(view.mentions["birth_date_lunar"].take(spoken[typed].astype(int))).to_numpy()
    lunar_own = date_text(view.register["birth_date_lunar"].take(own["at"])).set_axis(own.index)
    registered = pd.MultiIndex.from_arrays([own["at"], own["key"]])
    days = stated.append(registered)

    def moves(at: pd.Series, key: pd.Series, reading: pd.Series) -> np.ndarray:
        as_read = pd.MultiIndex.from_arrays([at, reading])
        as_typed = pd.MultiIndex.from_arrays([at, key])
        return (reading.notna() & as_read.isin(days) & ~as_typed.isin(held)).to_numpy()

    moved, moved_own = moves(said["at"], said["key"], lunar), moves(own["at"], own["key"], lunar_own)
    said = said.assign(votes_for=said["key"].where(~moved, lunar), is_lunar=moved)
    own = own.assign(votes_for=own["key"].where(~moved_own, lunar_own), is_lunar=moved_own)
    return said, own


def _without_outdated(said: pd.DataFrame) -> pd.DataFrame:
    """Drop what was said before the person's latest dated fact."""
    dated = said[said["dated"].eq(True)]
    if dated.empty:
        return said
    last = said["at"].map(dated.groupby("at")["as_of"].max())
    is_inside = said["feed"].eq(INSIDE_ID)
    return said[
        last.isna() | is_inside | (said["as_of"] > last) | (said["dated"].eq(True) & said["as_of"].eq(last))
    ]


def _votes(view: View, rule: FieldRule, said: pd.DataFrame) -> pd.DataFrame:
    """One vote per case and source: what it said in most periods (lasting fields), or last."""
    key = said["votes_for"] if "votes_for" in said else said["key"]
    spoken = said.assign(key=key)
    by = spoken.groupby(["at", "source", "key"], sort=True)
    options = by.agg(
        periods=("period", "nunique"), as_of=("as_of", "max"), feed=("feed", "first"), scale=("scale", "max")
    ).reset_index()
    order = ["periods", "as_of"] if rule.lasts else ["as_of", "periods"]
    options = options.sort_values(["at", "source", *order, "key"], ascending=[True, True, False, False, True])
    votes = options.drop_duplicates(["at", "source"])
    weight = votes["feed"].map(view.settings.trust.weights(rule.field, votes["feed"].unique())).astype(float)
    weight = weight * votes["scale"].astype(float)
    if rule.fades:
        age = (view.known_on - votes["as_of"]).dt.days.clip(lower=0)
        fading = weight * 0.5 ** (age / HALF_LIFE_DAYS)
        weight = fading.where(~votes["feed"].isin(SNAPSHOT_FEEDS), weight)
    return votes[["at", "key", "feed"]].assign(field=rule.field, weight=weight)


def _register_votes(view: View, rule: FieldRule, own: pd.DataFrame) -> pd.DataFrame:
    trust = view.settings.trust
    fit, unfit = log_odds(trust.of(rule.field, REGISTER)), log_odds(trust.of(rule.field, REGISTER_UNFIT))
    weight = np.where(own["unfit"], unfit, fit * own["scale"]).astype(float)
    votes = pd.DataFrame({"at": own["at"], "key": own["votes_for"], "feed": REGISTER, "field": rule.field})
    return votes.assign(weight=weight)[own["votes_for"].notna()]


def _verdicts(claims: pd.DataFrame, votes: pd.DataFrame, registered: pd.DataFrame) -> Weighed:
    """Sum the votes, compare the values of a case with each other and with "none of them"."""
    votes = votes.sort_values([*VALUE, "feed"])
    scores = (
        votes.groupby(VALUE, sort=True).agg(score=("weight", "sum"), votes=("feed", "size")).reset_index()
    )
    scores["odds"] = np.exp(scores["score"].clip(-30, 30).round(9))
    total = scores.groupby(CASE)["odds"].transform("sum")
    scores["confidence"] = (scores["odds"] / (1.0 + total)).round(4)
    scores["against"] = scores.groupby(CASE)["votes"].transform("sum") - scores["votes"]
    best = scores.sort_values([*CASE, "odds", "key"], ascending=[True, True, False, True]).drop_duplicates(
        CASE
    )
    spoken = claims[claims["place"].ge(0)]
    best = best.merge(spoken.groupby(VALUE).size().rename("rows").reset_index(), on=VALUE, how="left")
    best["rows"] = best["rows"].fillna(0).astype(int)
    texts = spoken.sort_values(
        [*VALUE, "scale", "is_latest", "as_of", "feed", "text"],
        ascending=[True] * 3 + [False] * 3 + [True] * 2,
    )
    best = best.merge(texts.drop_duplicates(VALUE)[[*VALUE, "text"]], on=VALUE, how="left")
    own = registered.rename(columns={"key": "reg_key", "text": "reg_text"})
    wanted = [*CASE, "reg_key", "reg_text", "unfit", "votes_for"]
    return Weighed(claims, votes, best.merge(own[wanted], on=CASE, how="left"))

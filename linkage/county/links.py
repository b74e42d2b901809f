"""Mentions × register → links: who of the register every mention is, or that it is nobody there.

Only distinct content keys are decided (`passes`), and those of a context in which nothing changed are taken over from the night
before. A full relink with the same model gives the same links; a test holds it to that.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from linkage.county.contexts import context_keys
from linkage.county.explaining import LINK, NEAREST, no_waterfalls, with_namesakes
from linkage.county.first_pass import first_pass
from linkage.county.frames import mention_frame, register_frame
from linkage.county.model import CountyModels
from linkage.county.passes import decide_and_explain

PLACE = ["mention_id", "feed", "file", "sheet", "row", "role"]
DECIDED = [
    "person_no", "match_weight", "match_probability", "decision", "model_version", "missing_probability", "runner_up_no",
    "runner_up_weight", "context_key", "nearest_no",
]  # fmt: skip
LINK_COLUMNS = [
    *PLACE,
    "person_no",
    "match_weight",
    "match_probability",
    "decision",
    "model_version",
    "content_key",
]
LINK_COLUMNS += ["missing_probability", "runner_up_no", "runner_up_weight", "context_key", "nearest_no"]
MOSTLY_CHANGED = 0.2  # of the register; from there on it is cheaper to link everything


def link_mentions(
    mentions: pd.DataFrame,
    register: pd.DataFrame,
    models: CountyModels,
    *,
    previous: pd.DataFrame | None = None,
    changed_person_nos: set[str] | None = None,
    decisions: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """`link_and_explain` without the reasons."""
    return link_and_explain(
        mentions,
        register,
        models,
        previous=previous,
        changed_person_nos=changed_person_nos,
        decisions=decisions,
    )[0]


def link_and_explain(
    mentions: pd.DataFrame,
    register: pd.DataFrame,
    models: CountyModels,
    *,
    previous: pd.DataFrame | None = None,
    explained: pd.DataFrame | None = None,
    changed_person_nos: set[str] | None = None,
    decisions: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The Links frame of docs/data-model.md, one line per mention, and the waterfalls (`explaining`) of those that are not plain, and of the nearest candidates of what is not linked.

    `previous` is the links of the night before and `changed_person_nos` every register row added, changed or removed since then
    (None: unknown, so nothing is taken over), `explained` the waterfalls of those links. `decisions` is the stewards' word: content_key, person_no, decision (`confirmed`,
    `rejected`). The result is that of linking everything again.
    """
    contexts = context_keys(mentions)
    rows = register_frame(register)
    stale = _stale_keys(mentions, contexts, previous, models, decisions)
    if previous is None or changed_person_nos is None or len(changed_person_nos) > MOSTLY_CHANGED * len(rows):
        kept = _no_decisions()
    else:
        kept = _carried_over(mentions, contexts, rows, models, previous, changed_person_nos, stale)
    todo = mentions[~mentions["content_key"].isin(kept.index)]
    decided, why = kept, _explained_again(explained, kept)
    if len(todo):
        table, reasons = decide_and_explain(todo, rows, models, decisions)
        why = pd.concat([why, reasons], ignore_index=True) if len(why) else reasons
        fresh = table.assign(context_key=lambda t: contexts.reindex(t.index))
        decided = fresh if kept.empty else pd.concat([kept, fresh[DECIDED]])
    lines = mentions[[*PLACE, "content_key"]].reset_index(drop=True)
    decided = decided.reindex(lines["content_key"]).reset_index(drop=True)
    links = pd.concat([lines, decided], axis=1)[LINK_COLUMNS]
    return links, with_namesakes(why, mentions.set_index("content_key")["name"], rows)


def _explained_again(explained: pd.DataFrame | None, kept: pd.DataFrame) -> pd.DataFrame:
    if explained is None:
        return no_waterfalls()
    return explained[explained["kind"].isin((LINK, NEAREST)) & explained["subject"].isin(kept.index)]


def _no_decisions() -> pd.DataFrame:
    return pd.DataFrame(columns=DECIDED)


def _stale_keys(
    mentions: pd.DataFrame,
    contexts: pd.Series,
    previous: pd.DataFrame | None,
    models: CountyModels,
    decisions: pd.DataFrame | None,
) -> set[str]:
    """Context keys that a steward's word, now or the night before, touches."""
    touched: set[str] = set()
    if decisions is not None and len(decisions):
        touched |= set(contexts.reindex(pd.unique(decisions["content_key"])).dropna())
    if previous is not None:
        touched |= set(
            previous.loc[previous["decision"].isin(("confirmed", "rejected")), "context_key"].dropna()
        )
    return touched


def _carried_over(
    mentions: pd.DataFrame,
    contexts: pd.Series,
    register: pd.DataFrame,
    models: CountyModels,
    previous: pd.DataFrame,
    changed: set[str],
    stale: set[str],
) -> pd.DataFrame:
    """DECIDED by content key for the contexts in which nothing changed; none of a frame that an older version wrote."""
    if "nearest_no" not in previous:
        return _no_decisions()
    old = previous.drop_duplicates("content_key").set_index("content_key")
    old = old[(old["model_version"] == models.version) & ~old["context_key"].isin(stale)]
    old = old[old["context_key"] == contexts.reindex(old.index)]
    if changed:
        candidates = old[["person_no", "runner_up_no", "nearest_no"]]
        touched = set(old.loc[candidates.isin(changed).any(axis=1), "context_key"])
        touched |= _near_changed(
            mentions[mentions["content_key"].isin(old.index)], contexts, register, models, old, changed
        )
        old = old[~old["context_key"].isin(touched)]
    return old[DECIDED]


def _near_changed(
    mentions: pd.DataFrame,
    contexts: pd.Series,
    register: pd.DataFrame,
    models: CountyModels,
    old: pd.DataFrame,
    changed: set[str],
) -> set[str]:
    """Context keys of the mentions for which a changed register row could now be a candidate."""
    is_changed = register["person_no"].isin(changed)
    homes = set(register.loc[is_changed, "household_no"].dropna())
    touched = is_changed | register["household_no"].isin(homes)
    household = register.set_index("person_no")["household_no"]
    near = set(old.loc[old["person_no"].map(household).isin(homes), "context_key"])
    parents = register.loc[is_changed, ["mother_id", "father_id"]].to_numpy(dtype=object).ravel()
    kin = register["id_number"].isin({p for p in parents if isinstance(p, str)})
    numbers = set(register.loc[is_changed, "id_number"].dropna())
    kin |= register["mother_id"].isin(numbers) | register["father_id"].isin(numbers)
    near |= set(old.loc[old["person_no"].isin(register.loc[kin, "person_no"]), "context_key"])
    named = set(register.loc[is_changed, "name"].dropna())
    near |= set(contexts.reindex(pd.unique(mentions.loc[mentions["name"].isin(named), "content_key"])))
    people = mention_frame(mentions)
    rows = register[touched].reset_index(drop=True)
    if len(people) and len(rows):
        found = first_pass(people, rows, models)
        keys = people["content_key"].iloc[np.unique(found["left"].to_numpy())]
        near |= set(contexts.reindex(keys))
    return near

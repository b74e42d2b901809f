"""Who is on no register row: unlinked mentions put together per person, and what is known about each.

Linkage groups mentions without a link into entities. A mention that is only *possibly* somebody on the
register joins an entity with the same certificate, number, or name and birth date; when a firm link already
stands for that same identity it asks nothing new and is left out; otherwise it stands for a person of its
own, under an id made from its identity so that it is the same tomorrow.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import pandas as pd

from discrepancies.sightings import Signs
from discrepancies.trust import INSIDE_ID, log_odds
from discrepancies.values import born_inside, by_distinct, date_text, name_key, valid_id
from discrepancies.view import MONTHLY_FEEDS, View

_KEYS = ("certificate", "number", "name_and_date")


@dataclass(frozen=True)
class Unlinked:
    """`mentions`: rows of the view that have no link, with `who` and the signs; `people`: one row per who."""

    mentions: pd.DataFrame
    people: pd.DataFrame


def gather(view: View, signs: Signs) -> Unlinked:
    """Group unlinked mentions and sum up what they say."""
    says_something = signs.seen | signs.birth | signs.left | signs.died
    wanted = ~view.mentions["is_linked"] & (view.mentions["entity_id"].notna() | says_something)
    mentions = view.mentions[wanted].copy()
    for name in ("seen", "current", "birth", "left", "died"):
        mentions[name] = getattr(signs, name)[wanted]
    mentions["who"] = _who(view, mentions)
    mentions = mentions[mentions["who"].notna()]
    return Unlinked(mentions, mentions if mentions.empty else _people(view, mentions))


def _who(view: View, mentions: pd.DataFrame) -> pd.Series:
    who = mentions["entity_id"].copy()
    loose = who.isna()
    if not loose.any():
        return who
    keys = _identity(mentions)
    known = keys[~loose]
    result = who[loose].copy()
    for key in _KEYS:
        owners = pd.Series(who[~loose].to_numpy(), index=known[key].to_numpy())
        owners = owners[owners.index.notna()].sort_values().groupby(level=0).first()
        result = result.where(result.notna(), keys.loc[loose, key].map(owners))
    answered = _answered(view, mentions[loose], keys[loose]) & result.isna()
    first = keys.loc[loose, "certificate"]
    for key in (*_KEYS[1:], "content"):
        first = first.where(first.notna(), keys.loc[loose, key])
    own = by_distinct(first, lambda k: "M" + hashlib.sha256(k.encode()).hexdigest()[:12])
    result = result.where(result.notna(), own)
    who[loose] = result.where(~answered, None)
    return who


def _identity(mentions: pd.DataFrame) -> pd.DataFrame:
    """Columns certificate, number, name_and_date (NA where they say nothing) and content."""
    is_birth = mentions["role"].eq("self") & mentions["certificate_no"].notna()
    name = name_key(mentions["name"].where(~mentions["name_placeholder"], None))
    day = date_text(mentions["birth_date"])
    both = name.notna() & day.notna()
    return pd.DataFrame(
        {
            "certificate": ("c:" + mentions["certificate_no"].astype(object)).where(is_birth, None),
            "number": "i:" + valid_id(mentions["id_number"]),
            "name_and_date": ("n:" + name + ":" + day).where(both, None),
            "content": "k:" + mentions["content_key"].astype(object),
        },
        index=mentions.index,
    )


def _answered(view: View, loose: pd.DataFrame, keys: pd.DataFrame) -> pd.Series:
    """Whether a firm link already stands for the same certificate or number, or same name and date and
    person."""
    linked = view.mentions[view.mentions["is_linked"]]
    rows = linked[
        linked["id_number"].isin(loose["id_number"].dropna())
        | linked["certificate_no"].isin(loose["certificate_no"].dropna())
        | linked["person_no"].isin(loose["person_no"].dropna())
    ]
    firm = _identity(rows)
    by_person = set(zip(firm["name_and_date"], rows["person_no"]))
    same_person = [
        isinstance(name, str) and (name, person) in by_person
        for name, person in zip(keys["name_and_date"], loose["person_no"])
    ]
    same_key = keys["certificate"].isin(firm["certificate"].dropna()) | keys["number"].isin(
        firm["number"].dropna()
    )
    return same_key | pd.Series(same_person, index=loose.index, dtype=bool)


def _people(view: View, mentions: pd.DataFrame) -> pd.DataFrame:
    by_who = mentions.groupby("who", sort=True)
    people = pd.DataFrame(index=pd.Index(sorted(mentions["who"].unique()), name="who", dtype=object))
    people["born"] = _birth_dates(view, mentions)
    for sign in ("birth", "died", "current"):
        people[f"has_{sign}"] = by_who[sign].any()
    people["first_seen"] = _day_of(mentions, "seen", "min")
    people["last_seen"] = _day_of(mentions, "current", "max")
    unlisted = _unlisted_on(mentions).reindex(people.index)
    people["left_on"] = pd.concat(
        [_day_of(mentions, "left", "max").reindex(people.index), unlisted], axis=1
    ).max(axis=1)
    telling = mentions[mentions["current"] | mentions["birth"]]
    sure = telling["missing_probability"].fillna(1.0).clip(0.0, 1.0)
    people["missing_probability"] = sure.groupby(telling["who"]).mean()
    best = telling[telling["person_no"].notna()].sort_values(
        ["match_probability", "person_no"], ascending=[False, True]
    )
    people["candidate"] = best.groupby("who")["person_no"].first()
    since = people["last_seen"].fillna(people["born"])
    people["is_gone"] = people["has_died"] | (people["left_on"].notna() & ~(since > people["left_on"]))
    return people


def _day_of(mentions: pd.DataFrame, sign: str, which: str) -> pd.Series:
    rows = mentions[mentions[sign]]
    return rows.groupby("who")["as_of"].agg(which)


def _unlisted_on(mentions: pd.DataFrame) -> pd.Series:
    """The last monthly list of a feed that had somebody whom its lists of today have no more: a word that
    they left."""
    listed = mentions[mentions["seen"] & mentions["feed"].isin(MONTHLY_FEEDS)]
    still = listed["is_latest"].groupby([listed["who"], listed["feed"]]).transform("any")
    rows = listed[~still]
    return rows.groupby("who")["as_of"].max()


def _birth_dates(view: View, mentions: pd.DataFrame) -> pd.Series:
    """Per person the birth date with most trust behind it; equal trust goes to the earlier date."""
    rows = mentions[["who", "feed", "birth_date", "id_number"]]
    trust = view.settings.trust
    stated = rows[rows["birth_date"].notna()].drop_duplicates(["who", "feed", "birth_date"])
    stated_weight = stated["feed"].map(trust.weights("birth_date", stated["feed"].unique())).astype(float)
    inside = by_distinct(valid_id(rows["id_number"]), born_inside)
    numbers = rows.assign(birth_date=pd.to_datetime(inside))[inside.notna()]
    numbers = numbers.drop_duplicates(["who", "id_number"])
    votes = pd.concat(
        [
            stated[["who", "birth_date"]].assign(weight=stated_weight),
            numbers[["who", "birth_date"]].assign(weight=log_odds(trust.of("birth_date", INSIDE_ID))),
        ]
    )
    sums = votes.groupby(["who", "birth_date"], sort=True)["weight"].sum().round(9).reset_index()
    sums = sums.sort_values(["who", "weight", "birth_date"], ascending=[True, False, True])
    return sums.drop_duplicates("who").set_index("who")["birth_date"]

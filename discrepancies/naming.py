"""How the departments' rows name whom a candidate is about who is on no register row: what somebody at the counter can be found by."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import pandas as pd

from discrepancies.candidates import OF_UNREGISTERED, UNREGISTERED_BIRTH, Candidate

SAID: Final = ("name", "id_number", "phone")
COLUMNS: Final = ("type", "subject", "who", *SAID)
_OF_MOTHER: Final = {"mother_name": "name", "mother_id": "id_number"}


def names_said(candidates: Iterable[Candidate], mentions: pd.DataFrame) -> pd.DataFrame:
    """`COLUMNS`, each different row once; `who` is `person`, or `mother` beside a birth.

    A phone in a newborn's row is there once, as that of the row.

    Args:
        mentions: all that stand; what is said is found by the content key of the evidence.
    """
    rests = [
        (one.type, one.subject, row.content_key)
        for one in candidates
        if one.type in OF_UNREGISTERED
        for row in one.evidence
    ]
    keys = pd.DataFrame(rests, columns=["type", "subject", "content_key"], dtype=object).drop_duplicates()
    is_said = mentions["content_key"].isin(set(keys["content_key"]))
    said = mentions.loc[is_said, ["content_key", *SAID, *_OF_MOTHER]].drop_duplicates("content_key")
    persons = keys.merge(said.astype(object), on="content_key").assign(who="person")
    births = persons[persons["type"].eq(UNREGISTERED_BIRTH)]
    mothers = births[["type", "subject", *_OF_MOTHER]].rename(columns=_OF_MOTHER).assign(who="mother")
    named = pd.concat([persons, mothers], ignore_index=True)[list(COLUMNS)]
    return named.dropna(how="all", subset=list(SAID)).drop_duplicates(ignore_index=True)

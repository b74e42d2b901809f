"""What departments' rows call whom a candidate is about."""

from __future__ import annotations

import pandas as pd

from discrepancies import Candidate, Evidence, names_said
from discrepancies.candidates import MISSING_ITEM, MISSING_PERSON, UNREGISTERED_BIRTH

COLUMNS = ["content_key", "name", "id_number", "phone", "mother_name", "mother_id"]
BIRTH = [
    ("k1", None, None, "13700000001", "马秀英", "990101198512120021"),
    ("k2", "李某之子", None, None, "马秀英", "990101198512120021"),
    ("k3", None, None, None, None, None),
]
PUPIL = [("k4", "王小明", "990101201501011234", None, "王秀", None)]


def candidate(type_: str, subject: str, *keys: str) -> Candidate:
    rows = tuple(Evidence("f", "a.csv", "", n, "self", None, key) for n, key in enumerate(keys))
    return Candidate(type_, subject, evidence=rows)


def said(*candidates: Candidate) -> list[tuple[str | None, ...]]:
    mentions = pd.DataFrame([*BIRTH, *PUPIL, *PUPIL], columns=COLUMNS, dtype=object)
    frame = names_said(candidates, mentions)
    assert list(frame.columns) == ["type", "subject", "who", "name", "id_number", "phone"]
    rows = frame.astype(object).where(frame.notna(), None).itertuples(index=False, name=None)
    return sorted((row[1:] for row in rows), key=str)


def test_of_a_birth_every_row_and_the_mother_once() -> None:
    assert said(candidate(UNREGISTERED_BIRTH, "E1", "k1", "k2", "k3")) == [
        ("E1", "mother", "马秀英", "990101198512120021", None),
        ("E1", "person", "李某之子", None, None),
        ("E1", "person", None, None, "13700000001"),
    ]


def test_of_an_older_person_no_mother_and_the_same_row_once() -> None:
    assert said(candidate(MISSING_PERSON, "E2", "k4", "k4")) == [
        ("E2", "person", "王小明", "990101201501011234", None)
    ]


def test_of_who_is_on_the_register_nothing() -> None:
    assert said(candidate(MISSING_ITEM, "RY1:phone", "k4"), candidate(MISSING_PERSON, "E3", "gone")) == []

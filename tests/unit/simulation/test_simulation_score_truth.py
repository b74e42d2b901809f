"""What the score makes of the truth: whose household a finding is, and when an undated birth can be known."""

import pandas as pd
import pytest

from simulation.score import _Truth


def truth(mentions: list[dict[str, object]], **more: pd.DataFrame) -> _Truth:
    made = _Truth.__new__(_Truth)
    base = {"sheet": "", "role": "self", "has_id": False, "arrival": pd.Timestamp("2026-03-06")}
    made.mentions = pd.DataFrame([{**base, **row} for row in mentions])
    for name, frame in more.items():
        setattr(made, name, frame)
    return made


def test_a_household_that_split_off_is_the_one_whose_people_are_seen() -> None:
    stays, goes = ["A", "B"], ["C", "D", "E"]
    members = [("old", p) for p in stays + goes] + [("new", p) for p in goes]
    rows = [
        {"feed": "police_residents", "file": "f", "row": n, "person_id": p} for n, p in enumerate("ABCDE")
    ]
    made = truth(rows, members=pd.DataFrame(members, columns=["household_id", "person_id"]))
    evidence = made.mentions.assign(discrepancy_id=["D1", "D1", "D2", "D2", "D2"]).drop(columns="person_id")
    assert made.homes(evidence).to_dict() == {"D1": "old", "D2": "new"}


@pytest.mark.parametrize(
    ("kind", "has_id", "night"),
    [("blank", False, "2026-03-30"), ("blank", True, "2026-03-07"), ("day", False, "2026-03-07")],
)
def test_a_birth_that_no_row_dates_waits_from_its_months_end(kind: str, has_id: bool, night: str) -> None:
    row = {"feed": "hospital_births", "file": "f", "row": 4}
    items = pd.DataFrame(
        {
            "type": ["unregistered_birth"],
            "person_id": ["A"],
            "discoverable_night": pd.to_datetime(["2026-03-07"]),
        }
    )
    made = truth([{**row, "person_id": "A", "has_id": has_id, "period": "2026-02"}], items=items)
    made._wait_for_undated(pd.DataFrame([{**row, "sheet": "", "field": "birth_date", "kind": kind}]))
    assert made.items["discoverable_night"].tolist() == [pd.Timestamp(night)]

"""What must hold for any night: order does not matter, content does, and nothing is raised twice."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pandas as pd
from discrepancy_frames import ELSEWHERE, HERE, HERE_2, Night, id_number
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from discrepancies import NightInputs, find, next_clock

SNAPSHOTS = ("police_residents", "police_floating", "school_enrolment")
EVENTS = ("hospital_births", "police_births", "hospital_deaths", "police_moves", "civil_marriages")
BIRTHS = ("1950-02-03", "1980-05-04", "1980-04-05", "2019-08-09", "2026-04-20", "2026-05-28")
AREAS = (None, HERE, HERE_2, ELSEWHERE)
NUMBERS = (None, id_number("1980-05-04", 11), id_number("2019-08-09", 12), "99122419800504")
PEOPLE = tuple(f"P{n}" for n in range(4))

few = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def nights(draw: st.DrawFn, feeds: tuple[str, ...] = (*SNAPSHOTS, *EVENTS)) -> Night:
    night = Night()
    for person in PEOPLE:
        number = draw(st.sampled_from(NUMBERS))
        night.person(
            person,
            household_no=draw(st.sampled_from(("H1", "H2"))),
            name=draw(st.sampled_from(("张伟", "张炜", None))),
            birth_date=draw(st.sampled_from((*BIRTHS, None))),
            id_number=number,
            id_state=None if number is None else "valid" if len(number) == 18 else "partial",
            phone=draw(st.sampled_from(("13800000000", None))),
            hukou_area=draw(st.sampled_from(AREAS)),
        )
    for _ in range(draw(st.integers(1, 9))):
        night.mention(**draw(mentions(feeds)))
    for feed in draw(st.sets(st.sampled_from(("police_residents", "hospital_deaths", "school_enrolment")))):
        for month in draw(st.sets(st.integers(1, 5), min_size=1)):
            period = f"2026-{month:02d}" if feed != "school_enrolment" else "2025-autumn"
            night.delivery(feed, period, rows=draw(st.sampled_from((0, 9))))
    if draw(st.booleans()):
        night.duplicates.append(("P0", "P1", draw(st.sampled_from((0.5, 0.97)))))
    return night


@st.composite
def mentions(draw: st.DrawFn, feeds: tuple[str, ...]) -> dict[str, Any]:
    feed = draw(st.sampled_from(feeds))
    decision = draw(st.sampled_from(("link", "possible", "none")))
    row: dict[str, Any] = {
        "feed": feed,
        "role": "male" if feed == "civil_marriages" else "self",
        "decision": decision,
        "name": draw(st.sampled_from(("张伟", "张炜", "李明", None))),
        "sex": draw(st.sampled_from(("男", "女", None))),
        "birth_date": draw(st.sampled_from((*BIRTHS, None))),
        "id_number": draw(st.sampled_from(NUMBERS)),
        "phone": draw(st.sampled_from((None, "13911111111"))),
        "marital_status": draw(st.sampled_from((None, "已婚", "离婚"))),
        "hukou_area": draw(st.sampled_from(AREAS)),
        "residence_area": draw(st.sampled_from(AREAS)),
        "area_code": draw(st.sampled_from(AREAS)),
    }
    if decision == "none":
        row["entity"] = draw(st.sampled_from(("E1", "E2", "E3")))
    else:
        row["link"] = draw(st.sampled_from(PEOPLE))
        row["p"] = 0.999 if decision == "link" else draw(st.sampled_from((0.3, 0.7, 0.9)))
    if feed == "police_residents":
        row["household_key"] = draw(st.sampled_from(("police_residents|1", "police_residents|2", None)))
    if feed in EVENTS:
        row["event_date"] = draw(st.sampled_from(("2026-05-01", "2026-05-20", None)))
        row["event_type"] = {"police_moves": "迁出", "civil_marriages": "结婚"}.get(feed)
        row["to_area"] = draw(st.sampled_from(AREAS))
    return row


def shuffled(inputs: NightInputs, seed: int) -> NightInputs:
    frames = ("register", "mentions", "links", "register_duplicates", "entities", "household_links")
    return dataclasses.replace(
        inputs, **{name: getattr(inputs, name).sample(frac=1, random_state=seed) for name in frames}
    )


@few
@given(night=nights(), seed=st.integers(0, 1000))
def test_the_order_of_the_rows_changes_nothing(night: Night, seed: int) -> None:
    inputs = night.inputs()
    assert find(shuffled(inputs, seed)) == find(inputs)


@few
@given(night=nights())
def test_no_two_candidates_share_type_and_subject_and_each_is_complete(night: Night) -> None:
    candidates = find(night.inputs())
    subjects = [(c.type, c.subject) for c in candidates]
    assert len(set(subjects)) == len(subjects)
    for candidate in candidates:
        assert candidate.evidence or candidate.type == "feed_overdue"
        assert 0.0 <= candidate.confidence <= 1.0
        assert candidate.priority in (1, 2, 3, 4)
        if candidate.type in ("inconsistent_field", "missing_item"):
            assert candidate.proposed_value is not None and candidate.field is not None


@few
@given(night=nights((*SNAPSHOTS, "hospital_births", "police_births")))
def test_next_months_identical_lists_are_no_new_evidence(night: Night) -> None:
    """Without moves, deaths and marriages: to be listed again after one of those is news."""
    before = {(c.type, c.subject): c.evidence_hash for c in find(night.inputs())}
    for row in [row for row in night.rows if row["feed"] in SNAPSHOTS]:
        again = {**row, "period": "2026-06", "arrival": "2026-07-03", "file": "2026-07-03/next.csv"}
        again["record_id"] = row["record_id"].replace("0", "f")
        again["mention_id"] = f"{again['record_id']}:{row['role']}"
        row["is_latest"] = False
        night.rows.append(again)
    after = {(c.type, c.subject): c.evidence_hash for c in find(night.inputs())}
    assert after == before


@few
@given(night=nights())
def test_the_clock_names_the_first_night_on_which_something_changes(night: Night) -> None:
    inputs = night.inputs()
    clock = next_clock(inputs)
    now = [(c.type, c.subject) for c in find(inputs)]
    until = (clock or dt.date(2027, 1, 1)) - dt.timedelta(days=1)
    assert [(c.type, c.subject) for c in find(dataclasses.replace(inputs, night=until))] == now
    if clock is not None:
        assert [(c.type, c.subject) for c in find(dataclasses.replace(inputs, night=clock))] != now


@few
@given(night=nights())
def test_inputs_are_left_as_they_were(night: Night) -> None:
    inputs, copy = night.inputs(), night.inputs()
    find(inputs)
    for name in ("register", "mentions", "links", "entities"):
        pd.testing.assert_frame_equal(getattr(inputs, name), getattr(copy, name))

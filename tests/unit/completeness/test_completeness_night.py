"""From a night's frames to histories, estimates and the funnel."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pytest

from completeness import (
    LISTS,
    LinkageError,
    Night,
    capture_histories,
    child_mentions,
    completeness,
    covered_quarters,
    funnel,
    notified_births,
    suppress_small,
    window,
    with_sources,
)
from completeness.estimates import COLUMNS, KEYS, NUMBERS, SHARES

NIGHT = dt.date(2026, 7, 10)
BORN = (pd.Timestamp("2026-01-01"), pd.Timestamp("2026-06-30"))
HERE, TOWN, ELSEWHERE = "991224100200", "991224100000", "000000000000"
NO_ERROR = (LinkageError(),) * 3
DATES = ("birth_date", "event_date")


@dataclass
class Frames:
    """Collects a night's rows."""

    people: list[dict[str, Any]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    duplicates: list[tuple[str, str, float]] = field(default_factory=list)

    def person(self, person_no: str, birth_date: str | None = "2026-02-03", **values: Any) -> None:
        row = {"person_no": person_no, "birth_date": birth_date, "sex": "女", "area_code": HERE}
        self.people.append({**row, "hukou_area": None, "residence_area": None, **values})

    def mention(
        self, feed: str, person_no: str | None = None, entity: str | None = None, **values: Any
    ) -> None:
        number = len(self.rows)
        row = {
            "mention_id": f"m{number}", "feed": feed, "role": "self", "sex": "女", "birth_date": "2026-02-03",
            "event_date": None, "event_type": None, "to_area": None, "area_code": HERE, "hukou_area": None,
            "residence_area": None, "content_key": f"k{number}", "is_latest": True, "entity_id": entity,
            "person_no": person_no, "decision": "link" if person_no else "none",
            "match_probability": 1.0 if person_no else None, "missing_probability": 0.0 if person_no else 1.0,
            "file": "a", "sheet": None, "row": 2, "arrival": "2026-05-05",
        }  # fmt: skip
        self.rows.append({**row, **values})

    def night(self) -> Night:
        columns = ["person_no", "birth_date", "sex", "area_code", "hukou_area", "residence_area"]
        register = pd.DataFrame(self.people, columns=columns)
        empty = Frames()
        empty.mention("hospital_births")
        mentions = pd.DataFrame(self.rows, columns=list(empty.rows[0]))
        for frame in (register, mentions):
            for column in set(DATES) & set(frame.columns):
                frame[column] = pd.to_datetime(frame[column])
        link_columns = ["mention_id", "person_no", "decision", "match_probability", "missing_probability"]
        entities = mentions.loc[mentions["entity_id"].notna(), ["entity_id", "mention_id"]]
        duplicates = pd.DataFrame(self.duplicates, columns=["person_no", "person_no_2", "match_probability"])
        return Night(
            NIGHT,
            register,
            mentions.drop(columns=["entity_id", *link_columns[1:]]),
            mentions[link_columns],
            entities,
            duplicates,
            lambda code: code.startswith("991224"),
        )

    def histories(self) -> pd.DataFrame:
        night = self.night()
        return capture_histories(night, BORN, child_mentions(night, BORN)).set_index("unit")


@pytest.fixture
def frames() -> Frames:
    return Frames()


def lists(histories: pd.DataFrame, unit: str) -> set[str]:
    return {name for name in LISTS if histories.loc[unit, name]}


def test_the_window_ends_with_the_last_quarter_that_is_over() -> None:
    assert window(dt.date(2026, 6, 29), 2) == (pd.Timestamp("2025-10-01"), pd.Timestamp("2026-03-31"))
    assert window(dt.date(2026, 6, 30), 2) == (pd.Timestamp("2026-01-01"), pd.Timestamp("2026-06-30"))


def test_a_child_is_one_row_however_many_lists_have_it(frames: Frames) -> None:
    frames.person("R1")
    frames.mention("hospital_births", "R1")
    frames.mention("police_births", "R1", event_date="2026-02-20")
    frames.mention("police_residents", "R1")
    frames.mention("hospital_births", entity="E1", birth_date="2026-03-01", sex=None)
    frames.mention("police_floating", entity="E1", birth_date="2026-03-01", sex="男")
    found = frames.histories()
    assert list(found.index) == ["E1", "R1"]
    assert lists(found, "R1") == set(LISTS)
    assert lists(found, "E1") == {"hospital", "police"}
    assert (found.loc["R1", "entered_on"], found.loc["E1", "sex"]) == (pd.Timestamp("2026-02-20"), "男")
    assert set(found["township"]) == {TOWN}


def test_the_registers_birth_date_decides_when_a_linked_child_was_born(frames: Frames) -> None:
    frames.person("R1", "2026-02-03")
    frames.person("R2", "2021-02-03")
    frames.mention("hospital_births", "R1", birth_date="2016-02-03")
    frames.mention("hospital_births", "R2", birth_date="2026-02-03")
    found = frames.histories()
    assert list(found.index) == ["R1"]
    assert lists(found, "R1") == {"register", "hospital"}


def test_a_register_row_without_birth_date_has_that_of_the_birth_it_is_linked_to(frames: Frames) -> None:
    frames.person("R1", None)
    frames.person("R2", None)
    frames.mention("hospital_births", "R1")
    found = frames.histories()
    assert list(found.index) == ["R1"]
    assert lists(found, "R1") == {"register", "hospital"}


def test_two_rows_that_are_one_person_are_one_child(frames: Frames) -> None:
    frames.person("R1")
    frames.person("R2")
    frames.person("R3")
    frames.duplicates += [("R1", "R2", 0.99), ("R2", "R3", 0.5)]
    frames.mention("hospital_births", "R2")
    found = frames.histories()
    assert list(found.index) == ["R1", "R3"]
    assert lists(found, "R1") == {"register", "hospital"}


@pytest.mark.parametrize(
    "gone",
    [
        pytest.param({"feed": "hospital_deaths"}, id="died"),
        pytest.param({"feed": "police_moves", "event_type": "死亡注销"}, id="struck off"),
        pytest.param({"feed": "police_moves", "event_type": "迁出", "to_area": ELSEWHERE}, id="moved away"),
        pytest.param({"feed": "police_floating", "is_latest": False}, id="no longer listed"),
    ],
)
def test_who_is_gone_is_not_expected_on_the_register(gone: dict[str, Any], frames: Frames) -> None:
    frames.mention("hospital_births", entity="E1")
    assert list(frames.histories().index) == ["E1"]
    frames.mention(entity="E1", **gone)
    assert list(frames.histories().index) == []


def test_a_move_within_the_county_is_no_leaving(frames: Frames) -> None:
    frames.mention("hospital_births", entity="E1")
    frames.mention("police_moves", entity="E1", event_type="迁出", to_area="991224101201")
    frames.mention("police_floating", entity="E1", is_latest=False)
    frames.mention("police_floating", entity="E1")
    assert list(frames.histories().index) == ["E1"]


def test_a_birth_known_to_be_of_another_county_is_not_counted(frames: Frames) -> None:
    frames.mention("hospital_births", entity="E1", area_code=ELSEWHERE)
    frames.mention("hospital_births", entity="E2", area_code=ELSEWHERE, hukou_area=HERE)
    frames.mention("hospital_births", entity="E3", area_code=None)
    found = frames.histories()
    assert list(found.index) == ["E2", "E3"]
    assert found.loc["E2", "township"] == TOWN
    assert found.loc["E3", "township"] is None


def test_a_birth_is_of_the_township_where_it_is_to_be_registered(frames: Frames) -> None:
    frames.mention("hospital_births", entity="E1", area_code="991224101201", hukou_area=HERE)
    assert frames.histories().loc["E1", "township"] == TOWN


def test_a_night_without_anything_gives_empty_frames(frames: Frames) -> None:
    night = frames.night()
    children = child_mentions(night, BORN)
    found = capture_histories(night, BORN, children)
    assert found.empty
    rows = completeness(found, NO_ERROR)
    assert (list(rows.columns), len(rows)) == (list(COLUMNS), 0)
    births = notified_births(found, shown())
    assert funnel(births).empty and with_sources(births, children).empty


def shown(*rows: tuple[str, str, bool]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=["person_no", "shown_on", "is_first_list"])
    return frame.assign(shown_on=frame["shown_on"].astype("datetime64[ns]"))


def cohort(history: dict[str, int], born: str = "2026-02-03", **values: Any) -> pd.DataFrame:
    """Children by the lists that have them, as `rhp` letters."""
    rows = [
        {
            "township": TOWN,
            "sex": "女",
            "born": born,
            **{name: name[0] in letters for name in LISTS},
            **values,
        }
        for letters, children in history.items()
        for _ in range(children)
    ]
    frame = pd.DataFrame(rows)
    return frame.assign(
        unit=[f"U{number}" for number in range(len(frame))],
        born=pd.to_datetime(frame["born"]),
        entered_on=pd.NaT,
    )


def one(rows: pd.DataFrame, **wanted: str) -> pd.Series:
    found = rows[(rows[list(wanted)] == pd.Series(wanted)).all(axis=1)]
    assert len(found) == 1
    return found.iloc[0]


def test_a_cell_is_the_register_against_the_departments() -> None:
    rows = completeness(cohort({"r": 10, "rh": 20, "rp": 30, "rhp": 40, "h": 10, "p": 10, "hp": 5}), NO_ERROR)
    cell = one(rows, township=TOWN, sex="女")
    assert (cell["status"], cell["method"]) == ("estimated", "chandrasekaran_deming")
    assert cell["estimate"] == pytest.approx(100 * 115 / 90)
    assert cell["completeness"] == pytest.approx(90 / 115)
    assert cell["lower"] <= cell["estimate"] <= cell["upper"]
    assert (cell["observed"], cell["register"], cell["hospital"], cell["police"]) == (125, 100, 75, 85)


@pytest.mark.parametrize(
    ("history", "reason"),
    [
        pytest.param({"rhp": 4}, "too_few", id="four children"),
        pytest.param({"r": 40}, "one_list", id="register alone"),
        pytest.param({"hp": 40, "h": 3}, "one_list", id="departments alone"),
        pytest.param({"r": 40, "p": 40}, "no_overlap", id="nothing on both"),
    ],
)
def test_what_cannot_be_estimated_says_why(history: dict[str, int], reason: str) -> None:
    rows = completeness(cohort(history), NO_ERROR)
    assert set(rows.loc[rows["quarter"].ne("*"), "status"]) == {reason}
    assert rows.loc[rows["quarter"].ne("*"), ["estimate", "lower", "upper", *SHARES]].isna().all(axis=None)
    assert rows.loc[rows["quarter"].eq("*"), "status"].tolist() == ["too_few"] * 2


def test_missed_links_would_overstate_the_births_and_are_corrected_for() -> None:
    history = cohort({"r": 10, "rp": 90, "p": 20})
    plain = one(completeness(history, NO_ERROR), township=TOWN, sex="女")
    missed = (LinkageError(), LinkageError(), LinkageError(missed_match_rate=0.05))
    corrected = one(completeness(history, missed), township=TOWN, sex="女")
    assert corrected["estimate"] == pytest.approx(plain["estimate"] * 0.95, rel=1e-6)
    assert corrected["upper"] - corrected["lower"] > plain["upper"] - plain["lower"]


MANY = {"r": 20, "rh": 20, "rp": 70, "rhp": 290, "h": 12, "p": 12, "hp": 50}


def spread_over_months(history: dict[str, int]) -> pd.DataFrame:
    return pd.concat([cohort(history, born) for born in ("2026-01-05", "2026-02-05", "2026-03-05")])


def test_a_quarter_of_the_county_with_enough_children_is_log_linear() -> None:
    quarter = one(completeness(spread_over_months(MANY), NO_ERROR), township="*", quarter="2026-Q1")
    assert (quarter["method"], quarter["status"]) == ("loglinear", "estimated")
    assert "hospital*police" in quarter["model"]
    assert "no_three_way" in quarter["assumptions"].split(";")
    assert quarter["dual_system"] > 0


def test_a_list_that_says_nothing_about_a_month_makes_no_log_linear_model() -> None:
    rows = pd.concat([cohort(MANY, "2026-01-05"), cohort(MANY, "2026-02-05")])
    assert covered_quarters(rows, "hospital") == set()
    assert one(completeness(rows, NO_ERROR), township="*", quarter="2026-Q1")["model"] == ""


def test_a_township_is_the_sum_of_its_quarters_with_a_narrower_interval_than_theirs_added() -> None:
    rows = completeness(pd.concat([cohort(MANY, "2026-01-05"), cohort(MANY, "2026-05-05")]), NO_ERROR)
    parts = rows[rows["township"].eq(TOWN) & rows["sex"].eq("*") & rows["quarter"].ne("*")]
    total = one(rows, township=TOWN, quarter="*")
    assert total["estimate"] == pytest.approx(parts["estimate"].sum())
    assert total["quarters"] == 2
    assert parts["lower"].sum() < total["lower"] < total["estimate"] < total["upper"] < parts["upper"].sum()


def test_every_birth_notified_has_one_place_in_the_funnel() -> None:
    births = pd.concat(
        [
            cohort({"rhp": 1}, "2026-02-01", entered_on=None),
            cohort({"rp": 4, "h": 2, "r": 3}, "2026-02-01"),
        ]
    )
    births["unit"] = [f"U{number}" for number in range(len(births))]
    births["entered_on"] = pd.to_datetime(
        pd.Series(["2026-03-03", *[None] * 9], index=births.index).to_numpy()
    )
    told = notified_births(
        births,
        shown(
            ("U0", "2026-05-01", False),  # the police's day comes first: 30 days
            ("U1", "2026-02-20", False),
            ("U2", "2026-04-01", False),
            ("U3", "2026-04-01", True),  # on the first list, registered some day before
            ("U4", "2026-02-20", True),
        ),
    )
    steps = told.set_index("unit")["step"]
    assert steps[:5].tolist() == ["within_30_days", "within_30_days", "later", "undated", "within_30_days"]
    assert steps[5:].tolist() == ["not_yet"] * 2
    found = funnel(told)
    row = one(found, township=TOWN, month="2026-02")
    wanted = {"notified": 7, "linked": 5, "within_30_days": 3, "later": 1, "undated": 1, "not_yet": 2}
    assert {name: row[name] for name in wanted} == wanted
    assert (found["linked"] + found["not_yet"] == found["notified"]).all()
    assert len(found) == 4


def test_a_birth_is_told_by_the_newest_row_of_a_list_of_births_else_of_another(frames: Frames) -> None:
    frames.person("R1")
    frames.mention("hospital_births", "R1", file="h1", arrival="2026-02-05")
    frames.mention("police_births", "R1", file="p1", arrival="2026-03-05")
    frames.mention("police_residents", "R1", file="r1", arrival="2026-06-05")
    frames.mention("police_residents", entity="E1", file="r1", arrival="2026-05-05")
    frames.mention("police_residents", entity="E1", file="r2", arrival="2026-06-05")
    frames.mention("hospital_births", entity="E1", file="old", arrival="2026-07-05", is_latest=False)
    night = frames.night()
    children = child_mentions(night, BORN)
    births = notified_births(capture_histories(night, BORN, children), shown())
    found = with_sources(births, children).set_index("unit")
    assert found["feeds"].to_dict() == {
        "R1": "hospital_births,police_births,police_residents",
        "E1": "police_residents",
    }
    assert found["file"].to_dict() == {"R1": "p1", "E1": "r2"}
    assert found["step"].to_dict() == {"R1": "undated", "E1": "not_yet"}


def test_small_counts_are_blank_and_totals_do_not_give_them_away() -> None:
    table = pd.DataFrame(
        {
            "township": ["a", "a", "a", "b", "*"],
            "month": ["1", "2", "*", "1", "1"],
            "notified": pd.array([3, 9, 12, 20, 23], dtype="Int64"),
        }
    )
    shared = suppress_small(table, ["township", "month"], "notified", ["notified"])
    assert shared["notified"].isna().tolist() == [True, True, False, True, False]
    assert table["notified"].notna().all()


def test_shared_estimates_say_nothing_about_a_handful() -> None:
    few = cohort({"rhp": 3}).assign(sex="男")
    rows = completeness(pd.concat([few, cohort({"rhp": 30, "r": 2, "p": 3})]), NO_ERROR)
    shared = suppress_small(rows, KEYS, "observed", NUMBERS)
    cells = shared[shared["sex"].ne("*")]
    assert cells[list(NUMBERS)].isna().all(axis=None)
    assert one(shared, township=TOWN, sex="*", quarter="2026-Q1")["observed"] == 38

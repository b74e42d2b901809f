"""A feed that knows only ages finds its people on a register that knows dates of birth."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from linkage import LinkSpec, Model, SpecError, block_on, compare, link, train
from linkage.reference import level

ON = date(2026, 4, 1)
AGE = compare.age("age", born="birth_date", as_of=ON)


@pytest.mark.parametrize(
    ("age", "expected"),
    [(35, 0), (36, 0), (37, 1), (34, 2), (33, 2), (32, 3), (38, 3), (40, 3), (41, 4), (29, 4), (None, 5)],
)
def test_an_age_is_as_near_as_its_level_says(age: int | None, expected: int) -> None:
    """Born on 2 April 1990: 35 in full years, 36 by the calendar, 37 by the count that begins with one and goes up at new year."""
    told = {"age": age, "birth_date": None}
    known = {"age": None, "birth_date": "1990-04-02"}
    assert level(AGE, told, known) == level(AGE, known, told) == expected


def test_two_dates_of_birth_are_left_to_the_comparison_of_dates() -> None:
    one = {"age": 35, "birth_date": "1990-04-02"}
    assert level(AGE, one, one) == len(AGE.levels)


def test_a_date_must_be_given() -> None:
    with pytest.raises(SpecError, match="needs the date"):
        compare.age("age", born="birth_date", as_of="")


def tables(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A register of 1,500 people of few names, and 500 of them with ages, one in five of them by the traditional count."""
    random = np.random.default_rng(seed)
    right = pd.DataFrame({"record_id": range(1_500), "name": random.integers(0, 150, 1_500).astype(str)})
    right["village"] = random.integers(0, 12, 1_500).astype(str)
    right["birth_date"] = pd.Timestamp("1940-01-01") + pd.to_timedelta(random.integers(0, 30_000, 1_500), "D")
    left = right.sample(500, random_state=seed)
    born = left["birth_date"].dt
    full = 2026 - born.year - ((born.month * 100 + born.day) > 401)
    nominal = random.random(500) < 0.2
    left = left.assign(age=np.where(nominal, 2026 - born.year + 1, full), birth_date=None)
    return left, right.assign(age=None)


def test_ages_tell_namesakes_apart(tmp_path: object) -> None:
    left, right = tables(5)
    names = [compare.exact("name", u=0.01), compare.exact("village", u=0.1)]
    rules = [block_on("name")]
    found = {}
    for kind, comparisons in (("without", names), ("with", [*names, AGE])):
        spec = LinkSpec(rules, comparisons)
        linked = link(left, right, train(left, right, spec), 0.5).links
        linked = linked[linked["decision"] == "link"]
        found[kind] = int((linked["left_id"] == linked["right_id"]).sum())
    assert found["with"] >= found["without"] + 25
    assert found["with"] >= 0.85 * len(left)


def test_how_many_count_the_traditional_way_is_learned() -> None:
    left, right = tables(6)
    spec = LinkSpec([block_on("name")], [compare.exact("name", u=0.01), compare.exact("village", u=0.1), AGE])
    weights = train(left, right, spec).weights.query("comparison == 'age'")
    assert weights["m"].iloc[1] == pytest.approx(0.2, abs=0.06)
    assert weights["weight"].iloc[0] > weights["weight"].iloc[1] > 1.0 > 0.0 > weights["weight"].iloc[4]


def test_a_model_with_ages_survives_its_file(tmp_path) -> None:  # type: ignore[no-untyped-def]
    left, right = tables(7)
    model = train(left, right, LinkSpec([block_on("name")], [compare.exact("name"), AGE]))
    model.save(tmp_path / "m.json")
    assert Model.load(tmp_path / "m.json") == model

"""Latin names, typed dates, streets and strata: what each comparison says, and what it is for."""

import numpy as np
import pandas as pd
import pytest

from linkage import LinkSpec, block_on, compare, link, train
from linkage.latin.forms import is_nobody, sound
from linkage.reference import level


def said(comparison: compare.Comparison, one: tuple[object, ...], other: tuple[object, ...]) -> str:
    columns = [column for column in comparison.columns if column]
    found = level(comparison, dict(zip(columns, one)), dict(zip(columns, other)))
    return [*(each.label for each in comparison.levels), "missing"][found]


@pytest.mark.parametrize(
    ("one", "other", "label"),
    [
        (("Núñez", "Ana"), ("nunez", "Ana"), "equal"),
        (("Elizabeth", "Lee"), ("Betty", "Lee"), "form or part of it"),
        (("Garcia Lopez", "Ana"), ("Lopez", "Ana"), "form or part of it"),
        (("Jonathon", "Lee"), ("Jonathan", "Lee"), "very alike"),
        (("J", "Lee"), ("Jonathan", "Lee"), "initial"),
        (("Lee", "Grant"), ("Grant", "Lee"), "swapped"),
        (("Lee", "Grant"), ("Maria", "Grant"), "different"),
        (("lady of the house", "Lee"), ("Maria", "Lee"), "missing"),
    ],
)
def test_latin_names(one: tuple[str, str], other: tuple[str, str], label: str) -> None:
    assert said(compare.latin_name("first", swapped="last"), one, other) == label


@pytest.mark.parametrize(
    ("one", "other", "label"),
    [
        ("1990-08-15", "19900815", "equal"),
        ("1990-08-15", "1990-08-16", "one digit off"),
        ("1990-08-05", "1990-05-08", "day and month swapped"),
        ("1990-08-15", "1990-12-15", "one part differs"),
        ("1990-??-??", "1990-08-15", "known parts agree"),
        ("1990-01-31", "1990-12-15", "same year"),
        ("1988-01-31", "1990-12-15", "within three years"),
        ("soon", "1990-12-15", "missing"),
    ],
)
def test_typed_dates(one: str, other: str, label: str) -> None:
    assert said(compare.birth_date("born"), (one,), (other,)) == label


@pytest.mark.parametrize(
    ("one", "other", "label"),
    [
        (("high st", "12"), ("High St", "12"), "same house"),
        (("high st", "12"), ("hgh st", "12"), "same number, street alike"),
        (("high st", "12"), ("high st", None), "same street, number one off or unknown"),
        (("high st", "12"), ("high st", "95"), "same street"),
        (("high st", "12"), ("mill lane", "12"), "elsewhere"),
        ((None, "12"), ("mill lane", "12"), "missing"),
    ],
)
def test_streets(one: tuple[object, object], other: tuple[object, object], label: str) -> None:
    assert said(compare.street("number", "street"), one, other) == label


def test_names_that_name_nobody_are_told_from_names() -> None:
    assert all(map(is_nobody, ("baby girl", "N/A", "man of the house", "unknown", "-")))
    assert not any(map(is_nobody, ("King", "Young", "Son", "Lord", "Foster", "J")))
    assert sound("Catherine") == sound("Katharine")


def people(size: int, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    word = lambda n: ["".join(random.choice(list("abcdeilmnorst"), 6)) for _ in range(n)]  # noqa: E731
    firsts, lasts, days = word(150), word(300), pd.date_range("1950-01-01", "2010-12-31")
    return pd.DataFrame(
        {
            "record_id": [f"r{n}" for n in range(size)],
            "first": random.choice(firsts, size),
            "last": random.choice(lasts, size),
            "born": random.choice(days, size),
            "place": random.choice(word(200), size),
            "group": "old",
        }
    )


def test_a_stratum_of_which_nobody_is_registered_is_found_missing() -> None:
    register = people(3000, 1)
    known = register.sample(800, random_state=2)
    new = people(400, 9).assign(group="new", record_id=lambda f: "n" + f["record_id"])
    left = pd.concat([known, new], ignore_index=True)
    wrong = np.random.default_rng(3).random(len(left)) < 0.1
    left.loc[wrong, "first"] = left.loc[wrong, "first"].str[:-1] + "x"
    spec = LinkSpec(
        [block_on("first", "last"), block_on("born"), block_on("last", "group")],
        [compare.latin_name("first"), compare.latin_name("last"), compare.birth_date("born")],
        strata="group",
    )
    register["group"] = "old"
    model = train(left, register, spec)
    assert model.strata["new"] < 0.1
    assert model.strata["old"] == pytest.approx(1.0, abs=0.03)
    result = link(left, register, model)
    assert result.errors.expected_missing == pytest.approx(400, abs=20)
    assert result.errors_by_method["missed_match_rate"].max() < 0.1


def test_matches_that_no_rule_makes_are_counted() -> None:
    """A quarter of the birth dates and a fifth of the first names are wrong: pairs wrong in both are on no rule."""
    register = people(4000, 4)
    left = register.sample(2000, random_state=5).reset_index(drop=True)
    random = np.random.default_rng(6)
    no_date, no_name = random.random(2000) < 0.25, random.random(2000) < 0.2
    left.loc[no_date, "born"] = pd.Timestamp("1940-02-03") + pd.to_timedelta(
        random.integers(0, 3000, no_date.sum()), unit="D"
    )
    left.loc[no_name, "first"] = "zz" + left.loc[no_name, "first"].str[::-1]
    spec = LinkSpec(
        [block_on("first", "last"), block_on("born")],
        [
            compare.latin_name("first"),
            compare.latin_name("last"),
            compare.birth_date("born"),
            compare.exact("place", u=0.01),
        ],
    )
    model = train(left, register, spec)
    assert model.caught == pytest.approx(1 - (no_date & no_name).mean(), abs=0.015)
    assert sum(model.m[0][:4]) == pytest.approx(0.8, abs=0.05)

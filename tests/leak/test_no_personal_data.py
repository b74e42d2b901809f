"""No name, number or phone of anybody in what a night leaves for operators: Dagster's storage, logs, facts, models' names."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.county_nights import Deliveries, Home


@pytest.fixture(scope="module")
def personal(deliveries: Deliveries) -> list[bytes]:
    people = pd.read_parquet(deliveries.folder / "truth" / "people.parquet")
    numbers = people["id_number"].dropna().astype(str)
    names = people["name"].dropna().astype(str)
    return [value.encode() for value in {*numbers, *names[names.str.len() >= 3]}]


def told(home: Path) -> list[Path]:
    """What operators see: Dagster's files and the facts (counts) beside the frames."""
    return [
        path
        for part in ("dagster", "frames")
        for path in (home / part).rglob("*")
        if path.is_file() and path.suffix not in (".parquet", ".arrow")
    ]


def test_what_operators_see_names_nobody(done: Home, personal: list[bytes]) -> None:
    files = told(done.root)
    assert any(path.suffix == ".db" for path in files)
    assert any(path.suffix == ".json" for path in files)
    for path in files:
        content = path.read_bytes()
        assert [value for value in personal if value in content] == [], path.relative_to(done.root)


def test_the_test_would_see_a_leak(done: Home, personal: list[bytes]) -> None:
    names = pd.concat(
        [pd.read_parquet(path) for path in (done.root / "frames" / "mentions").rglob("*.parquet")]
    )["name"]
    assert len(set(names.dropna()) & {value.decode() for value in personal}) > 100

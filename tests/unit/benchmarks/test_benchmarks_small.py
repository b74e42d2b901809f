"""The benchmarks of the engine run, on tables of two thousand records: what they measure is made and is right, whatever it takes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd
import pytest

from benchmarks import county, speed_limit, speed_ours, speed_pairs
from benchmarks.process import measure

RULES = "tight"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("county")
    county.write(2_000, found)
    return found


def test_ours_finds_most_links_by_a_model_of_its_own_and_by_a_saved_one(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = folder / "model.json"
    made = []
    for _ in range(2):
        speed_ours.main(folder, RULES, model)
        made.append(json.loads(capsys.readouterr().out))
    assert "train" in made[0]
    assert "train" not in made[1]
    assert made[0]["pairs"] == made[1]["pairs"] > 0
    links, truth = (pd.read_parquet(folder / f"{name}.parquet") for name in ("ours", "truth"))
    true = set(map(tuple, truth.to_numpy().tolist()))
    found = set(map(tuple, links.to_numpy().tolist()))
    assert len(found & true) > 0.9 * max(len(found), len(true))


def test_what_a_pair_costs_is_told_of_the_same_pairs(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = folder / "of_pairs.json"
    speed_ours.main(folder, RULES, model)
    linked = json.loads(capsys.readouterr().out)
    speed_pairs.main(folder, model)
    told = json.loads(capsys.readouterr().out)
    assert told["pairs"] == linked["pairs"]
    assert told["ns_all"] >= told["ns"] > 0
    assert told["ns_all"] >= told["ns_blocking"]


def test_the_limit_makes_every_rule_s_pairs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    speed_ours.main(folder, RULES, None)
    linked = json.loads(capsys.readouterr().out)
    speed_limit.main(folder, RULES)
    assert json.loads(capsys.readouterr().out)["pairs"] >= linked["pairs"]


def test_a_process_that_is_measured_keeps_its_bytecode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    command = [sys.executable, "-c", "import os; print(os.environ.get('PYTHONDONTWRITEBYTECODE'))"]
    assert measure(command).stdout.strip() == "None"

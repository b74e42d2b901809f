"""A small county: it is written whole, the same way twice."""

import hashlib
from pathlib import Path

import pytest

from simulation import SimulationSummary, simulate


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SimulationSummary]:
    out = tmp_path_factory.mktemp("county")
    return out, simulate(2000, 7, out)


def test_all_parts_are_written(county: tuple[Path, SimulationSummary]) -> None:
    out, summary = county
    assert summary.files > 80
    for name in ("people", "register_rows", "mentions", "cells", "discrepancies", "deliveries"):
        assert (out / "truth" / f"{name}.parquet").exists()
    for name in ("areas", "schools", "facilities"):
        assert (out / "reference" / f"{name}.csv").exists()


def test_the_same_seed_gives_the_same_csv_bytes(county: tuple[Path, SimulationSummary], tmp_path: Path) -> None:
    out, _ = county
    simulate(2000, 7, tmp_path)

    def digests(folder: Path) -> dict[str, str]:
        return {
            str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*.csv"))
        }

    assert digests(out) == digests(tmp_path)

"""A county whose register comes as lists and weekly changes, and the same county told the same in lists alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pipelines.resources import open_workspace
from register.work import unit_of_work
from simulation import simulate
from simulation.settings import SimulationSettings
from tests.county_nights import PERSONS, SEED, Home


def run_county(folder: Path, how: str) -> Home:
    """Its last night, which takes in all that has come."""
    weekly = SimulationSettings(register_every_months=1, register_weekly=how)
    county = simulate(PERSONS, SEED, folder / how, months=1, settings=weekly)
    home = Home(folder / f"home-{how}", folder / how / "landing")
    home.run([date.fromisoformat(str(county.last_night))])
    return home


def test_changes_find_what_the_lists_find_that_they_amount_to(tmp_path: Path) -> None:
    by_changes, by_lists = (run_county(tmp_path, how) for how in ("changes", "lists"))
    with open_workspace(by_changes.settings) as workspace, unit_of_work(workspace.database) as work:
        receipts = [one for one in work.deliveries.receipts() if one.feed == "register"]
        told = {one.coverage for one in receipts if one.status == "taken"}
    assert told == {"full", "changes"}
    assert not [one for one in receipts if one.status == "refused" or one.rows_quarantined]
    found, expected = by_changes.exports(), by_lists.exports()
    assert found["discrepancies"].count(b"\n") > 50
    for what in ("discrepancies", "evidence"):
        assert found[what] == expected[what]
    assert of_departments(found["links"]) == of_departments(expected["links"])


def of_departments(links: bytes) -> list[bytes]:
    """Without the register's own rows, which lie in other files."""
    return [line for line in links.splitlines() if not line.startswith(b"register,")]

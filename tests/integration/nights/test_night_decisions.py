"""A night heeds what stewards said of possible links: the rows are linked, or are not, as they said."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from discrepancies.candidates import POSSIBLE_LINK, Candidate, Evidence
from pipelines.resources import open_workspace
from register.discrepancies import discrepancy_id
from register.work import unit_of_work
from stewardship.decisions import Seen, decide, undo
from stewardship.leads import read_lead
from tests.county_nights import Deliveries, Home

NOW = datetime(2026, 9, 1, tzinfo=UTC)
PLACE = ["feed", "file", "sheet", "row", "role"]


@dataclass(frozen=True)
class Asked:
    """Whether the row at `place` speaks of `person_no`."""

    place: tuple[str, ...]
    content_key: str
    person_no: str

    @property
    def candidate(self) -> Candidate:
        feed, file, sheet, row, role = self.place
        said = Evidence(feed, file, sheet, int(row), role, self.person_no, self.content_key)
        subject = f"M{self.content_key}:{self.person_no}"
        return Candidate(POSSIBLE_LINK, subject, person_no=self.person_no, evidence=(said,))

    @property
    def id(self) -> str:
        return discrepancy_id(POSSIBLE_LINK, self.candidate.subject)


@pytest.fixture
def home(deliveries: Deliveries, tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path / "home", deliveries.landing)
    home.run([deliveries.nights[-1]])
    yield home


def links(home: Home) -> dict[tuple[str, ...], tuple[str, str]]:
    lines = csv.DictReader(io.StringIO(home.exports()["links"].decode("utf-8")))
    return {tuple(line[name] for name in PLACE): (line["decision"], line["person_no"]) for line in lines}


def listed(home: Home, deliveries: Deliveries) -> pd.DataFrame:
    """The police's people who are linked and whom one row speaks of."""
    with open_workspace(home.settings) as workspace:
        frame = workspace.store.read("links", deliveries.nights[-1].isoformat())
    assert frame is not None
    rows = frame[frame["feed"].eq("police_residents") & frame["decision"].eq("link")]
    rows = rows[~rows["content_key"].duplicated(keep=False) & ~rows["person_no"].duplicated(keep=False)]
    return rows.assign(row=rows["row"].astype(str), sheet=rows["sheet"].fillna("")).sort_values("mention_id")


def answer(home: Home, night: object, questions: dict[Asked, str]) -> None:
    with open_workspace(home.settings) as workspace, unit_of_work(workspace.database) as work:
        work.discrepancies.apply(night, [asked.candidate for asked in questions])  # type: ignore[arg-type]
        for asked, kind in questions.items():
            lead = read_lead(work.connection, asked.id, "steward")
            assert lead is not None
            decide(work, lead, kind, "", Seen(lead.evidence_version, lead.status), "steward1", NOW)


def take_back(home: Home, questions: dict[Asked, str]) -> None:
    with open_workspace(home.settings) as workspace, unit_of_work(workspace.database) as work:
        for asked in questions:
            lead = read_lead(work.connection, asked.id, "steward")
            assert lead is not None
            undo(work, lead, "steward1", NOW)


def test_links_are_as_the_stewards_said_until_they_take_it_back(home: Home, deliveries: Deliveries) -> None:
    before, night = links(home), deliveries.nights[-1]
    first, second, third = listed(home, deliveries).iloc[[3, 40, 80]].itertuples(index=False)
    same = Asked(tuple(getattr(first, name) for name in PLACE), first.content_key, third.person_no)
    different = Asked(tuple(getattr(second, name) for name in PLACE), second.content_key, second.person_no)
    assert before[same.place] == ("link", first.person_no)
    assert before[different.place] == ("link", second.person_no)

    questions = {same: "same_person", different: "different_person"}
    answer(home, night, questions)
    home.run([night])
    after = links(home)
    assert after[same.place] == ("confirmed", third.person_no)
    assert after[different.place][1] != second.person_no

    take_back(home, questions)
    home.run([night])
    assert links(home) == before

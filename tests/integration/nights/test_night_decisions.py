"""A night heeds what people said: of possible links at the desk, and at the doors on worklists that came back by the landing folder."""

from __future__ import annotations

import csv
import io
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import sqlalchemy as sa

from discrepancies.candidates import POSSIBLE_LINK, Candidate, Evidence
from pipelines.handing_out import write_worklist
from pipelines.resources import open_workspace
from register.candidates import discrepancy_id
from register.work import unit_of_work
from stewardship.decisions import Seen, decide, undo
from stewardship.leads import read_lead
from stewardship.worklists.outcomes import word
from stewardship.worklists.workbook import COLUMNS, HEADER_ROW
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


@pytest.fixture(scope="module")
def home(deliveries: Deliveries, done: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("decided")
    shutil.copytree(deliveries.folder / "reference", folder / "reference")
    shutil.copytree(deliveries.landing, folder / "landing")
    return Home(done.copy(folder / "home").root, folder / "landing")


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


def test_a_filled_worklist_in_the_landing_folder_is_taken_once(
    home: Home, deliveries: Deliveries, tmp_path: Path
) -> None:
    night, file = deliveries.nights[-1], tmp_path / "list.xlsx"
    with open_workspace(home.settings) as workspace, unit_of_work(workspace.database) as work:
        lead = work.connection.execute(
            sa.text(
                "SELECT discrepancy_id, area_code FROM discrepancy WHERE status = 'open' AND type = 'missing_item' "
                "AND area_code NOT LIKE '%000' ORDER BY discrepancy_id LIMIT 1"
            )
        ).one()
    write_worklist(home.settings, lead.area_code, "missing_item", "zh", file)
    book = openpyxl.load_workbook(file)
    sheet = book.worksheets[0]
    for row in range(HEADER_ROW + 2, sheet.max_row + 1):
        if sheet.cell(row, COLUMNS.index("number") + 1).value == lead.discrepancy_id:
            sheet.cell(row, COLUMNS.index("outcome") + 1).value = word("no_problem", "zh")
            sheet.cell(row, COLUMNS.index("note") + 1).value = "本人不愿提供"
    dropped = home.landing / "survey_returns" / night.isoformat() / "list.xlsx"
    dropped.parent.mkdir(parents=True)
    book.save(dropped)

    told, decision = [], sa.text("SELECT outcome, reason FROM decision WHERE discrepancy_id = :id")
    for _ in range(2):
        home.run([night])
        with open_workspace(home.settings) as workspace, unit_of_work(workspace.database) as work:
            kept = work.connection.execute(decision, {"id": lead.discrepancy_id}).all()
            assert [tuple(one) for one in kept] == [("no_problem", "本人不愿提供")]
            settled = read_lead(work.connection, lead.discrepancy_id, "steward")
            assert settled is not None and settled.status == "decided"
            told.append([(one.taken, one.returned_by, one.rejected) for one in work.worklists.receipts(1)])
    assert told == [[(1, "survey_returns", {})]] * 2

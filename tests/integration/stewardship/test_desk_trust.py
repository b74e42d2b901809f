"""The rules in force decide the order of the sources on a page and whose word is taken for a newcomer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

import pytest
import sqlalchemy as sa
from desk_clients import Browser, FixedSources, change_of, discrepancy_of
from desk_county import NIGHT, NOW, VILLAGES

from discrepancies.trust import DEFAULT_TRUST
from register.access import Desk
from register.change_plans import NEW
from register.database import Database
from register.errors import StoreError
from stewardship.settings import DeskSettings
from stewardship.sources import Place, Said
from stewardship.trusting import read_trust

Of = Callable[..., Browser]
ID: Final = "Dbbbb00000001"
PROPOSE: Final = f"/discrepancies/{ID}/propose"
SCHOOL_KNOWS: Final = {"trust": {"name": {"school_enrolment": 0.9999}}}


def in_force(database: Database, rules: Mapping[str, Any], from_night: str = "2026-05-02") -> None:
    with database.begin() as connection:
        connection.execute(
            sa.text("""
INSERT INTO rule_version (rules, digest, note, state, revision, written_by, written_at, put_by, put_at, from_night)
VALUES (CAST(:rules AS jsonb), 'd', '', 'in_force', 1, 'steward', :now, 'steward.2', :now, :night)
"""),
            {"rules": json.dumps(rules), "now": NOW, "night": from_night},
        )


def school_says(database: Database, id_: str) -> None:
    """A school's row beside the police's."""
    with database.begin() as connection:
        for statement in (
            """INSERT INTO delivery (feed, file, sha256, night, arrival, status, columns_mapped, columns_dropped,
                rows_total, rows_kept, rows_set_aside, rows_quarantined)
            VALUES ('school_enrolment', 'pupils', 'p', :night, :night, 'taken', '{}', '{}', 1, 1, 0, 0)""",
            """INSERT INTO evidence (discrepancy_id, feed, file, sheet, "row", role, person_no, content_key, unit)
            VALUES (:id, 'school_enrolment', 'pupils', '', 7, 'self', '', 'k7', '')""",
        ):
            connection.execute(sa.text(statement), {"id": id_, "night": NIGHT})


@pytest.fixture(autouse=True)
def two_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """The school writes another name than the police."""
    said = FixedSources.said

    def with_school(self: FixedSources, places: Collection[Place]) -> Mapping[Place, Said]:
        found = said(self, places)
        return {
            place: {**row, "name": "王晓明"} if place.feed == "school_enrolment" else row
            for place, row in found.items()
        }

    monkeypatch.setattr(FixedSources, "said", with_school)


def heads(browser: Browser, id_: str) -> list[str]:
    head = (
        browser.get(f"/discrepancies/{id_}")
        .text.split('<table class="matrix stacked">')[1]
        .split("</thead>")[0]
    )
    return [" ".join(found.split()) for found in re.findall(r'<th scope="col">([^<(]*)', head)][1:]


@pytest.mark.parametrize("user", ["clerk.n1", "officer.north", "steward"])
def test_sources_stand_in_the_order_of_the_rules_in_force(browser: Of, county: Database, user: str) -> None:
    id_ = discrepancy_of(county, "n1")
    with county.begin() as connection:
        connection.execute(
            sa.text("UPDATE discrepancy SET field = 'name' WHERE discrepancy_id = :id"), {"id": id_}
        )
    school_says(county, id_)
    one = browser(user)
    before = heads(one, id_)
    assert "police" in before[0].lower() and "school" in before[-1].lower()
    in_force(county, SCHOOL_KNOWS)
    assert heads(one, id_) == [before[-1], *before[:-1]]


def test_a_newcomer_has_the_name_that_the_rules_in_force_believe(browser: Of, county: Database) -> None:
    with county.begin() as connection:
        connection.execute(
            sa.text("""
INSERT INTO discrepancy (discrepancy_id, type, subject, status, priority, confidence, area_code, household_no, reason, evidence_hash,
    evidence_version, evidence_count, first_night, last_night)
VALUES (:id, 'missing_person', 'E1', 'open', 1, 0.98, :area, 'H-n1', 'seen:police_residents', 'h', 1, 1, :night, :night)
"""),
            {"id": ID, "area": VILLAGES["n1"], "night": NIGHT},
        )
        connection.execute(
            sa.text("""
INSERT INTO evidence (discrepancy_id, feed, file, sheet, "row", role, person_no, content_key, unit)
VALUES (:id, 'police_residents', 'n1', '', 9, 'self', '', 'k9', '')
"""),
            {"id": ID},
        )
    school_says(county, ID)
    in_force(county, SCHOOL_KNOWS)
    one = browser("officer.north")
    assert one.send(one.get(PROPOSE), PROPOSE).status_code == 303
    with county.read() as connection:
        number = connection.scalar(sa.text("SELECT max(change_id) FROM register_change"))
    assert (change_of(county, int(number or 0)).plan.after[NEW] or {})["name"] == "王晓明"


def test_the_file_counts_until_a_version_does_and_what_is_no_setting_any_more_is_left_out(
    county: Database, desk: Desk
) -> None:
    settings = DeskSettings(rule_file={"trust": {"name": {"school_enrolment": 0.5}}})
    assert read_trust(desk, settings).of("name", "school_enrolment") == 0.5
    in_force(county, {"trust": {"shoe_size": {"school_enrolment": 0.9}}})
    read = read_trust(desk, settings)
    assert read.table == DEFAULT_TRUST.table
    in_force(county, {"birth_days": 45}, "2026-05-03")
    assert read_trust(desk, settings).table == DEFAULT_TRUST.table


def test_what_the_gate_is_told_of_the_rules_no_role_of_the_desk_asks_itself(
    desk: Desk, county: Database
) -> None:
    with pytest.raises(StoreError), desk.as_user("clerk.n1", "clerk") as work:
        work.connection.execute(sa.text("SELECT trust_in_force()"))

"""Models and reference data at the desk: read, and nothing else, by stewards and operators."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from desk_clients import ORIGIN, PASSWORD, RULES, SETTINGS, Browser, FixedSources, TestClient, now
from desk_county import NIGHT, NOW

from register.access import Desk
from register.accounts import AccountStore
from register.database import Database
from register.work import unit_of_work
from stewardship import create_app
from stewardship.administration.machine import FrozenModel, ReferenceTable
from stewardship.overview.sources import LinkQuality, NoReports


class Reports(NoReports):
    def links(self, night: date) -> LinkQuality | None:
        return LinkQuality(night, "county-12345678", 80, 5, 15, 0.0123, None) if night == NIGHT else None


class Machine:
    def models(self) -> list[FrozenModel]:
        return [
            FrozenModel("county-12345678", True, NOW, 4321, 0.95, 0.2, 7),
            FrozenModel("broken", False, datetime(2026, 4, 1, tzinfo=NOW.tzinfo), None, None, None, None),
        ]

    def tables(self) -> list[ReferenceTable]:
        return [
            ReferenceTable("schools", "county", "schools.csv", "", None, None),
            ReferenceTable("compound_surnames", "program", "linkage.chinese.forms", "abcdef012345", 81, None),
        ]


def opened(desk: Desk, database: Database, user: str, *, is_bare: bool = False) -> Browser:
    with unit_of_work(database) as work:
        AccountStore(work.connection, RULES).set_password(user, PASSWORD, "operator", NOW)
    told = {} if is_bare else {"reports": Reports(), "machine": Machine()}
    app = create_app(desk, now, SETTINGS, FixedSources(), **told)  # type: ignore[arg-type]
    browser = Browser(TestClient(app, base_url=ORIGIN, headers={"accept-language": "en"}))
    browser.send(browser.get("/sign-in"), "/sign-in", user=user, password=PASSWORD)
    return browser


@pytest.mark.parametrize("user", ["steward", "operator.1"])
def test_it_says_which_model_is_used_how_nights_linked_and_where_tables_are_from(
    desk: Desk, county: Database, user: str
) -> None:
    text = opened(desk, county, user).get("/administration/reference").text
    assert text.count("in use") == 1 and "4321" in text and "broken" in text
    assert "(80.0 %)" in text and "1.2 %" in text
    assert "not there, or cannot be read" in text and "Compound surnames" in text and "abcdef012345" in text
    assert "3 villages" in text and "2 townships" in text


def test_without_models_and_nights_it_says_what_makes_them(desk: Desk, county: Database) -> None:
    text = opened(desk, county, "steward", is_bare=True).get("/administration/reference").text
    assert "the first night that takes in a register makes one" in text
    assert "No night has kept anything of its links yet." in text

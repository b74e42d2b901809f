"""Tokens of other systems at the desk: an operator makes one, which is shown once, and revokes the one that was seen."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from typing import Final

import openpyxl
import pytest
from api_clients import API
from desk_clients import Browser, app_client
from desk_county import NOW

from register.access import Desk
from register.audit import AuditEntry
from register.database import Database
from register.integrations import Integration
from register.work import unit_of_work

PAGE: Final = "/administration/integrations"
TOKEN: Final = re.compile(r'class="reference">(bulou_[\w-]{40,})<')
TYPED: Final = {"name": "police.sync", "holder": "officer.north officer", "days": "30"}
Open = Callable[..., Browser]


@pytest.fixture
def operator(browser: Open) -> Browser:
    return browser("operator.1")


def tokens(database: Database, name: str) -> list[Integration]:
    with unit_of_work(database) as work:
        return [one for one in work.integrations.all() if one.name == name]


def told(database: Database, name: str) -> list[tuple[str, str]]:
    with unit_of_work(database) as work:
        entries: list[AuditEntry] = work.audit.of("integration", name)
        return [(entry.actor, entry.action) for entry in entries]


def status_with(desk: Desk, token: str) -> int:
    client = app_client(desk)
    answer = client.get(f"{API}/discrepancies", headers={"authorization": f"Bearer {token}"})
    return int(answer.status_code)


def test_a_token_is_shown_once_acts_and_is_revoked(operator: Browser, desk: Desk, county: Database) -> None:
    made = operator.post(PAGE, {"token": operator.token(), **TYPED})
    token = TOKEN.search(made.text)
    assert made.status_code == 200 and token is not None
    page = operator.get(PAGE)
    assert token[1] not in page.text and "police.sync" in page.text
    assert status_with(desk, token[1]) == 200
    one = tokens(county, "police.sync")[0]
    answer = operator.send(page, f"{PAGE}/{one.token_id}/revoke")
    assert answer.status_code == 303 and "The token is revoked" in operator.get(f"{PAGE}?done=revoke").text
    assert status_with(desk, token[1]) == 401
    assert told(county, "police.sync") == [
        ("operator.1", "integration.make"),
        ("operator.1", "integration.revoke"),
    ]
    again = operator.send(page, f"{PAGE}/{one.token_id}/revoke")
    assert again.status_code == 409 and "revoked meanwhile" in again.text


def test_a_newer_token_of_the_name_stays(operator: Browser, county: Database) -> None:
    operator.post(PAGE, {"token": operator.token(), **TYPED})
    seen, old = operator.get(PAGE), tokens(county, "police.sync")[0]
    with unit_of_work(county) as work:
        work.integrations.revoke("police.sync", "operator", NOW)
        work.integrations.make("police.sync", "steward", "steward", 5, "operator", NOW)
    assert operator.send(seen, f"{PAGE}/{old.token_id}/revoke").status_code == 409
    assert [one.revoked_at is None for one in tokens(county, "police.sync")] == [True, False]


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        pytest.param({"name": "X Y"}, 422, "name has 2 to 40", id="a name that is none"),
        pytest.param(
            {"name": "somebody.sync"}, 409, "a token of this name already", id="a name that is taken"
        ),
        pytest.param({"days": "367"}, 422, "1 to 366 days", id="too long"),
        pytest.param({"days": "x"}, 422, "1 to 366 days", id="no number"),
        pytest.param({"holder": "steward clerk"}, 422, "Choose an account", id="a role not held"),
        pytest.param({"holder": "operator.1 operator"}, 422, "other than your own", id="the own account"),
        pytest.param({"holder": ""}, 422, "Choose an account", id="nobody"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_is_kept(
    operator: Browser, county: Database, typed: dict[str, str], status: int, said: str
) -> None:
    fields = TYPED | typed
    answer = operator.post(PAGE, {"token": operator.token(), **fields})
    assert answer.status_code == status and said in answer.text and TOKEN.search(answer.text) is None
    assert f'value="{fields["name"]}"' in answer.text
    assert len(tokens(county, fields["name"])) == (fields["name"] == "somebody.sync")


def test_the_list_says_what_can_be_used_and_is_taken_out(operator: Browser, county: Database) -> None:
    operator.post(PAGE, {"token": operator.token(), **TYPED})
    with unit_of_work(county) as work:
        work.grants.disable("officer.north", "operator", NOW)
    page = operator.get(PAGE)
    assert "account locked or without the role" in page.text
    book = openpyxl.load_workbook(BytesIO(operator.send(page, f"{PAGE}/export").content))
    cells = {str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row}
    assert {"police.sync", "somebody.sync", "account locked or without the role"} <= cells

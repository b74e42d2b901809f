"""Users at the desk, by HTTP alone: pages, forms as the pages have them, and what the database holds."""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from html.parser import HTMLParser
from io import BytesIO
from zipfile import ZipFile

import sqlalchemy as sa
from desk_county import NIGHT, NOW, fill
from fastapi import FastAPI
from httpx import Response

from register.access import Desk
from register.accounts import AccountRules, AccountStore
from register.change_plans import Intent
from register.changes import Change
from register.database import Database
from register.passwords import Hashing
from register.work import unit_of_work
from stewardship import DeskSettings, create_app
from stewardship.overview.sources import NightReports
from stewardship.prepared import Prepared
from stewardship.sources import Place, Said

with warnings.catch_warnings():
    # 2026-11-27: starlette wants httpx2, which the other packages do not take yet; drop this when they do.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

RULES = AccountRules(hashing=Hashing(1, 8, 1))
SETTINGS = DeskSettings(
    rows_per_page=3, rules=RULES, frame_kept=timedelta()
)  # the clock of the tests stands still
PASSWORD = "three wells by the tree"
ORIGIN = "http://testserver"
# What stands on the register and in the departments' rows, and must be in no byte of a page while it is masked.
SECRETS = ("990101199001011234", "13987654321", "王小明", "马秀英", "990101198512120021")


def now() -> datetime:
    return NOW


class FixedSources:
    """A department's row for every place that evidence names."""

    def __init__(self) -> None:
        self.asked: list[Place] = []

    def said(self, places: Collection[Place]) -> Mapping[Place, Said]:
        self.asked += places
        return {
            place: {
                "name": "王小明",
                "sex": "男",
                "birth_date": "1990-10-03",
                "id_number": "990101199001011234",
                "phone": "13987654321",
                "mother_name": "马秀英",
                "mother_id": "990101198512120021",
                "hukou_area": "990101001001",
                "hukou_group": "6",
            }
            for place in places
        }


def fill_desk(database: Database) -> None:
    """The county of `desk_county`, with a phone to be filled in that is nobody's in a test's text."""
    fill(database)
    with unit_of_work(database) as work:
        changes = (
            "UPDATE discrepancy SET proposed_value = '13987654321'",
            "UPDATE discrepancy SET field = 'phone' WHERE person_no IS NOT NULL AND type = 'missing_item'",
            """INSERT INTO delivery (feed, file, sha256, night, arrival, status, columns_mapped, columns_dropped,
                rows_total, rows_kept, rows_set_aside, rows_quarantined)
            SELECT DISTINCT feed, file, md5(file), DATE '2026-05-01', DATE '2026-05-01', 'taken', '{}'::text[], '{}'::text[], 1, 1, 0, 0
            FROM evidence WHERE feed = 'police_residents'""",
            "DELETE FROM decision",
            "DELETE FROM worklist",
            "DELETE FROM note",
            "DELETE FROM lease",
            "DELETE FROM saved_view",
            "DELETE FROM rule_trial",
            "DELETE FROM rule_version",
            "UPDATE register_change SET state = 'withdrawn', version = 2 WHERE state = 'proposed'",
        )
        for statement in changes:
            work.connection.execute(sa.text(statement))


def unzipped(answer: Response) -> bytes:
    """All parts of a workbook."""
    with ZipFile(BytesIO(answer.content)) as parts:
        return b"".join(parts.read(name) for name in parts.namelist())


def secrets_in(content: bytes) -> list[str]:
    """What of `SECRETS` stands in a page or in the parts of a workbook, numbers also where they are grouped."""
    told = content.decode()
    whole = re.sub(r"[ \u00a0]", "", told)
    return [secret for secret in SECRETS if secret in told or secret in whole]


class _Forms(HTMLParser):
    """The forms of a page: action → fields, with the last of the buttons left out."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []
        self.links: list[str] = []
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((told.get("action", ""), {}))
        elif tag == "input" and told.get("type") == "checkbox" and "checked" not in told:
            return
        elif tag == "input" and self.forms and "name" in told:
            self.forms[-1][1][told["name"]] = told.get("value", "")
        elif tag == "select":
            self._select = told.get("name", "")
        elif tag == "option" and self.forms and self._select:
            fields = self.forms[-1][1]
            if "selected" in told or self._select not in fields:
                fields[self._select] = told.get("value", "")
        elif tag == "a" and "href" in told:
            self.links.append(told["href"])


@dataclass(frozen=True)
class Browser:
    """One user's browser."""

    client: TestClient

    def get(self, place: str) -> Response:
        return self.client.get(place, follow_redirects=False)

    def form(self, page: Response, action: str) -> tuple[str, dict[str, str]]:
        """The form of a page whose action begins so."""
        parser = _Forms()
        parser.feed(page.text)
        return next((to, fields) for to, fields in parser.forms if to.startswith(action))

    def links(self, page: Response, start: str) -> list[str]:
        parser = _Forms()
        parser.feed(page.text)
        return [link for link in parser.links if link.startswith(start)]

    def post(self, action: str, fields: Mapping[str, str], **headers: str) -> Response:
        sent = {"sec-fetch-site": "same-origin"} | {n.replace("_", "-"): v for n, v in headers.items()}
        return self.client.post(action, data=dict(fields), headers=sent, follow_redirects=False)

    def send(self, page: Response, action: str, **typed: str) -> Response:
        """Fills in and sends a form of the page."""
        to, fields = self.form(page, action)
        return self.post(to, fields | typed)

    def token(self) -> str:
        """Of the session's forms."""
        found = re.search(r'name="token" value="([0-9a-f]+)"', self.get("/role").text)
        assert found is not None
        return found[1]


def app_client(
    desk: Desk,
    language: str = "en",
    prepared: Prepared | None = None,
    reports: NightReports | None = None,
) -> TestClient:
    return TestClient(
        _app(desk, prepared, reports),
        base_url=ORIGIN,
        headers={"accept-language": language},
        raise_server_exceptions=False,
    )


@lru_cache(maxsize=1)
def _app(desk: Desk, prepared: Prepared | None, reports: NightReports | None) -> FastAPI:
    """An app works out a route when it is first asked for, which takes longer than most pages, and keeps nothing of a request."""
    return create_app(desk, now, SETTINGS, FixedSources(), prepared=prepared, reports=reports)


def signed_in(
    desk: Desk,
    database: Database,
    user: str,
    language: str = "en",
    prepared: Prepared | None = None,
    reports: NightReports | None = None,
) -> Browser:
    """Signs in by the page, with a password that an operator has set."""
    with unit_of_work(database) as work:
        AccountStore(work.connection, RULES).set_password(user, PASSWORD, "operator", NOW)
    browser = Browser(app_client(desk, language, prepared, reports))
    answer = browser.send(browser.get("/sign-in"), "/sign-in", user=user, password=PASSWORD)
    assert answer.status_code == 303, answer.text
    return browser


def discrepancy_of(database: Database, place: str) -> str:
    """The discrepancy of a place, or of a feed's correction."""
    with database.read() as connection:
        query = sa.text(
            "SELECT discrepancy_id FROM evidence WHERE file = :place ORDER BY discrepancy_id LIMIT 1"
        )
        return str(connection.scalar(query, {"place": place}))


def status_of(database: Database, id_: str) -> str:
    with database.read() as connection:
        query = sa.text("SELECT status FROM discrepancy WHERE discrepancy_id = :id")
        return str(connection.scalar(query, {"id": id_}))


def proposed(database: Database, *places: str, by: str = "somebody", **values: str) -> Change:
    """A change about the person of one place, or that merges those of two; its values are secrets."""
    kind, other = ("field", None) if len(places) == 1 else ("merge", places[1])
    given = values or {"phone": "13987654321", "mother_name": "马秀英", "mother_id": "990101198512120021"}
    with unit_of_work(database) as work:
        return work.changes.propose(Intent(kind, places[0], other, given), by)


def settle(database: Database, change: Change) -> None:
    """Out of the way."""
    with unit_of_work(database) as work:
        now_ = work.changes.get(change.change_id)
        if now_.state == "proposed":
            work.changes.act("withdraw", now_.change_id, now_.version, now_.proposed_by)


def tried(
    database: Database, counts: Sequence[list[str | int]], listed: Sequence[list[str]]
) -> tuple[int, int]:
    """A draft of the rules by somebody, and what a trial that has ended says it would do; the draft's revision and the trial's number."""
    with unit_of_work(database) as work:
        before = work.rules.draft()
        draft = work.rules.save({"birth_days": 45}, "x", before.revision if before else 0, "somebody", NOW)
        trial = work.rules.ask_trial(draft.revision, "somebody", NOW)
        work.rules.begin_trial(trial)
        result = {"counts": counts, "listed": listed, "total": len(listed)}
        work.rules.end_trial(trial, "done", NOW, NIGHT, result)
    return draft.revision, trial


def change_of(database: Database, change_id: int) -> Change:
    with unit_of_work(database) as work:
        return work.changes.get(change_id)

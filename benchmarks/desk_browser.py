"""One user of the load: a browser without a screen, which follows the desk's own links and sends its forms."""

from __future__ import annotations

import http.client
import random
import re
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import sqlalchemy as sa

from benchmarks.desk_store import PASSWORD
from register.database import running_database

HOST = "127.0.0.1"
PAGES = ("queue", "queue by tab or filter", "further page", "search", "discrepancy", "preview", "review")
# How often each is asked for: who works a list opens what is on it.
MIX = {
    "queue": 15,
    "queue by tab or filter": 12,
    "further page": 8,
    "search": 10,
    "discrepancy": 35,
    "preview": 10,
    "review": 10,
}
FILTERS = (
    "tab=mine",
    "tab=unassigned",
    "tab=overdue",
    "tab=changed",
    "type=deceased_active",
    "age=week",
    "age=month",
    "status=all",
    "confidence=high",
    "priority=2",
    "status=waiting",
)
_TOKEN = re.compile(rb'name="token" value="([0-9a-f]+)"')
_LEAD = re.compile(rb'href="(/discrepancies/D[0-9a-f]+)')
_FURTHER = re.compile(rb'rel="next" href="([^"]+)"')
FEWEST_LEADS = 5
STAYS = 4.0


@dataclass(frozen=True)
class Terms:
    """What is searched for: ID numbers, phones, names, initials."""

    wanted: tuple[str, ...]


def read_terms(home: Path) -> Terms:
    sample = sa.text(
        "SELECT id_number, phone, name, name_initials FROM person TABLESAMPLE system (1) REPEATABLE (7) LIMIT 200"
    )
    with running_database(home) as database, database.read() as connection:
        people = connection.execute(sample).all()
    wanted = [
        (row.id_number, row.phone, row.name, row.name[:2], row.name_initials)[number % 5]
        for number, row in enumerate(people)
    ]
    return Terms(tuple(wanted))


class Browser:
    """Signed in as one user, over one connection that stays."""

    def __init__(self, port: int, user: str, terms: Terms, seed: int) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=60)
        self._user, self._terms, self._seed, self._dice = user, terms, seed, random.Random(seed)
        self._cookies: dict[str, str] = {}
        self._token, self._further, self._used = "", "", 0.0
        self._leads: list[str] = []
        self._timing = ""
        self.server = 0.0  # milliseconds that the server says it took, of the last page asked for

    def sign_in(self) -> None:
        _, page = self._send("GET", "/sign-in")
        found = _TOKEN.search(page)
        assert found is not None
        form = {"token": found[1].decode(), "user": self._user, "password": PASSWORD, "next": "/"}
        status, _ = self._send("POST", "/sign-in", form)
        assert status == 303, f"signing in answered {status}"
        self.ask("queue")

    def ask(self, page: str) -> float:
        """One page of this kind; the milliseconds until its last byte."""
        method, place, form = self._wanted(page)
        started = time.perf_counter()
        status, content = self._send(method, place, form)
        took = (time.perf_counter() - started) * 1000
        self.server = float(self._timing.partition("dur=")[2] or "nan")
        assert status == 200, f"{page} answered {status}"
        self._remember(page, content)
        return took

    def _wanted(self, page: str) -> tuple[str, str, dict[str, str] | None]:
        dice = self._dice
        if page == "queue by tab or filter":
            return "GET", "/queue?" + dice.choice(FILTERS), None
        if page == "further page" and self._further:
            return "GET", self._further, None
        if page == "search":
            return "POST", "/search", {"token": self._token, "wanted": dice.choice(self._terms.wanted)}
        if page in ("discrepancy", "preview") and self._leads:
            lead = dice.choice(self._leads)
            return "GET", lead + ("/preview" if page == "preview" else ""), None
        if page == "review":
            return "GET", "/review", None
        return "GET", "/queue", None

    def _remember(self, page: str, content: bytes) -> None:
        """The links that this user may follow next, of lists; a search that found little leaves the list before."""
        if page in ("discrepancy", "preview", "review"):
            return
        found = _TOKEN.search(content)
        self._token = found[1].decode() if found is not None else self._token
        leads = sorted({link.decode() for link in _LEAD.findall(content)})
        if len(leads) >= FEWEST_LEADS:
            self._leads = leads
        further = _FURTHER.search(content)
        self._further = further[1].decode().replace("&amp;", "&") if further is not None else ""

    def _send(self, method: str, place: str, form: dict[str, str] | None = None) -> tuple[int, bytes]:
        headers = {
            "accept-language": "en" if self._seed % 4 == 3 else "zh",
            "sec-fetch-site": "same-origin",
            "cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
        }
        body = None
        if form is not None:
            body = urlencode(form)
            headers["content-type"] = "application/x-www-form-urlencoded"
        if time.monotonic() - self._used > STAYS:
            self._connection.close()  # the server gives up a connection that is idle for 5 s; asking opens another
        self._connection.request(method, place, body, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        self._used = time.monotonic()
        self._timing = answer.getheader("server-timing") or ""
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self._cookies[key] = rest.partition(";")[0]
        return answer.status, content

"""Other systems at the API: a token each, and what they send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from desk_clients import app_client
from desk_county import NOW, USERS
from httpx import Response

from register.access import Desk
from register.database import Database
from register.work import unit_of_work

API = "/api/v1"
JSON, PROBLEM = "application/json", "application/problem+json"


def token_for(database: Database, user: str) -> str:
    """Of the system that acts for this user in the first role held."""
    with unit_of_work(database) as work:
        return work.integrations.make(f"sync.{user}", user, USERS[user][0][0], 30, "operator", NOW)


@dataclass(frozen=True)
class System:
    """A system with a token."""

    client: Any

    def get(self, place: str, **query: str | int) -> Response:
        answer: Response = self.client.get(API + place, params=query)
        return answer

    def post(self, place: str, body: object = None) -> Response:
        answer: Response = self.client.post(API + place, json=body)
        return answer


def system_of(desk: Desk, database: Database, user: str, language: str = "en") -> System:
    client = app_client(desk, language)
    client.headers["authorization"] = f"Bearer {token_for(database, user)}"
    return System(client)

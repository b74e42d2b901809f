"""What does not go as it should, brought about in a browser: each page that then answers, known by its status and its heading."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from unittest.mock import patch

from visiting import enter

if TYPE_CHECKING:
    from playwright.sync_api import FilePayload, Page, Response

# Template → status and heading.
WRONG: Final = {
    "not_there.html": (404, "There is nothing here"),
    "conflict.html": (409, "It has changed meanwhile"),
    "approval_conflict.html": (409, "It has changed meanwhile"),
    "export_too_long.html": (422, "The list is too long for a file"),
    "too_large.html": (413, "The file was not taken"),
    "refused.html": (403, "The form was not taken"),
    "broken.html": (500, "Something went wrong"),
    "sign_in.html": (401, "Sign in"),  # the session is over
    "kept.html": (200, "You are signed in again"),
}
TYPED: Final = "已问过村里"
VISIT: Final = 'button[value="visit"]'
# What others do meanwhile, to `:one`.
_WAITS: Final = "UPDATE discrepancy SET status = 'waiting' WHERE discrepancy_id = :one"
_OPEN: Final = "UPDATE discrepancy SET status = 'open' WHERE discrepancy_id = :one"
_TOUCHED: Final = "UPDATE register_change SET version = version + 1 WHERE change_id = CAST(:one AS bigint)"
_ENDED: Final = "UPDATE app_session SET ended_at = started_at WHERE user_id = :one"


@dataclass(frozen=True)
class Meddling:
    """Whose browser it is, about what, and how others change the store meanwhile.

    `discrepancy` and `change`: numbers of an open one and of one that waits. The desk serves from this process and takes out fewer rows than the
    queue has. `run`: a statement, and which one it is about.
    """

    user: str
    password: str
    discrepancy: str
    change: str
    run: Callable[[str, str], None]


def known(page: Page, answer: Response | None, template: str) -> str:
    """Its name, once it is seen to be this page."""
    from stewardship.language import translations

    status, heading = WRONG[template]
    said = translations(str(page.get_attribute("html", "lang"))[:2]).gettext
    assert answer is not None and (answer.status, page.inner_text("h1")) == (status, said(heading)), template
    return template


def sent(page: Page, button: str) -> Response | None:
    """What the desk answers in the end."""
    with page.expect_navigation() as going:
        page.click(button)
    return going.value


def too_large() -> FilePayload:
    """A filled-in list that is larger than those that are taken."""
    from stewardship import DeskSettings

    return {
        "name": "1.xlsx",
        "mimeType": "application/zip",
        "buffer": b"P" * (DeskSettings.longest_upload + 1),
    }


def going_wrong(page: Page, address: str, by: Meddling) -> Iterator[str]:
    """Each page's template while it is shown; the last ends the session and begins another."""
    yield known(page, page.goto(f"{address}/no/such/page"), "not_there.html")
    discrepancy = f"{address}/discrepancies/{by.discrepancy}"

    def asked_for_a_visit() -> Response | None:
        page.fill("[data-reason]", TYPED)
        return sent(page, VISIT)

    page.goto(discrepancy)
    by.run(_WAITS, by.discrepancy)
    yield known(page, asked_for_a_visit(), "conflict.html")
    by.run(_OPEN, by.discrepancy)
    page.goto(f"{address}/approvals/{by.change}")
    by.run(_TOUCHED, by.change)
    yield known(page, sent(page, 'button[value="approve"]'), "approval_conflict.html")
    page.goto(f"{address}/queue")
    yield known(page, sent(page, ".export button"), "export_too_long.html")
    page.goto(f"{address}/worklists")
    form = 'form[action="/worklists/return"]'
    page.set_input_files(f'{form} input[type="file"]', too_large())
    yield known(page, sent(page, f"{form} button"), "too_large.html")
    page.goto(discrepancy)
    page.evaluate("document.querySelectorAll('[name=token]').forEach(one => one.value = 'x')")
    yield known(page, asked_for_a_visit(), "refused.html")
    page.goto(discrepancy)
    with patch("stewardship.deciding.decide", lambda *_: 1 / 0):
        answer = asked_for_a_visit()
    yield known(page, answer, "broken.html")
    page.goto(discrepancy)
    by.run(_ENDED, by.user)
    yield known(page, asked_for_a_visit(), "sign_in.html")
    yield known(page, enter(page, by.user, by.password), "kept.html")

"""How the app's pages are gone to, by the tests that look at all of them and by the pictures of all of them: which there are, where, and as whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from playwright.sync_api import Page, Response

# What is no page, or leads on to one.
NO_PAGES: Final = {
    "/",
    "/sign-in/county",
    "/sign-in/county/back",
    "/sign-in/kept",
    "/discrepancies/{id_}/next",
    "/discrepancies/{id_}/previous",
    "/discrepancies/{id_}/preview",  # a part of the queue, looked at there
    "/deliveries/{key}/rows",
    "/worklists/{list_id}/workbook",
    "/overview/{name}.svg",
}
_WIDER: Final = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def addresses() -> list[str]:
    """The pages of the app, as its routes have them."""
    from fastapi.routing import APIRoute

    from stewardship.app import MODULES

    found = {
        route.path
        for module in MODULES
        for route in module.router.routes
        if isinstance(route, APIRoute) and "GET" in route.methods
    }
    return sorted(found - NO_PAGES)


def address_of(path: str, parts: Mapping[str, str]) -> str:
    """Of a page of `addresses`. `parts`: beside those that its path names the number of a register change, `change`, and what addresses have
    instead of an account, `account`, for these two are called in paths as other things are."""
    if path.startswith("/approvals/"):
        return path.format(id_=parts["change"])
    if path.startswith("/administration/users/"):
        return path.format(key=parts["account"])
    asked = {
        "/persons/{person_no}": "?on=2026-05-01",
        "/households/{household_no}": "?on=2026-05-01",
        "/overview/lists/{what}": f"?after=2026-01-01&until={parts['night']}",
    }
    return path.format(**parts) + asked.get(path, "")


def enter(page: Page, user: str, password: str) -> Response | None:
    """On the page to sign in; what the desk answers in the end."""
    page.fill('input[name="user"]', user)
    page.fill('input[name="password"]', password)
    with page.expect_navigation() as going:
        page.press('input[name="password"]', "Enter")
    return going.value


def sign_in(page: Page, address: str, user: str, password: str) -> None:
    page.goto(f"{address}/sign-in")
    enter(page, user, password)


def is_too_wide(page: Page) -> bool:
    """Whether one has to push the whole page aside to read it."""
    return bool(page.evaluate(_WIDER))

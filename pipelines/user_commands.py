"""`bulou user`: who may sign in at the desk, and as what. The first user is made like any other: with a token that works once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.errors import OperatorError
from pipelines.settings import Settings
from pipelines.store_work import OPERATOR, say, store_work

if TYPE_CHECKING:
    from register.administration import Administration
    from register.grants import Grant
    from register.work import UnitOfWork

user_app = typer.Typer(
    help="Who may sign in at the stewards' desk, and as what. Every change is in the audit chain.",
    no_args_is_help=True,
)
Name = Annotated[str, typer.Argument(help="The account's name: small letters, digits, dots, hyphens.")]
RoleOption = Annotated[
    str, typer.Option("--role", help="clerk, officer, steward, contact, operator or auditor.")
]
AreaOption = Annotated[
    str | None,
    typer.Option("--area", help="12 digits: a clerk's village, an officer's township, a steward's county."),
]
FeedOption = Annotated[str | None, typer.Option("--feed", help="A contact's feed.")]


@user_app.command("add")
def add(
    name: Name,
    role: RoleOption,
    area: AreaOption = None,
    feed: FeedOption = None,
    shown: Annotated[str | None, typer.Option("--name", help="The name that others see.")] = None,
    is_asked: Annotated[
        bool, typer.Option("--password", help="Ask for a password here instead of printing a token.")
    ] = False,
) -> None:
    """Add a user with a first role, and print a token that signs in once to set a password."""
    password = _asked_password() if is_asked else None
    with _work() as (work, accounts, now):
        accounts.add(name, shown or name, role, OPERATOR, now, area_code=area, feed=feed)
        token = None
        if password is None:
            token = accounts.token(name, OPERATOR, now)
        else:
            work.accounts.set_password(name, password, OPERATOR, now)
    say(f"{name} may sign in as {role}")
    if token is not None:
        _say_token(token)


@user_app.command("token")
def token(name: Name) -> None:
    """Print a new token that signs in once, for a password that was forgotten."""
    with _work() as (_, accounts, now):
        made = accounts.token(name, OPERATOR, now)
    _say_token(made)


@user_app.command("grant")
def grant(name: Name, role: RoleOption, area: AreaOption = None, feed: FeedOption = None) -> None:
    """Give a user a further role, or the same for a further area."""
    with _work() as (_, accounts, now):
        given = accounts.give(name, role, OPERATOR, now, area_code=area, feed=feed)
    say(f"{name} is {_told(given)}")


@user_app.command("revoke")
def revoke(name: Name, role: RoleOption, area: AreaOption = None, feed: FeedOption = None) -> None:
    """Take a role back; it counts from the next thing that the user does."""
    with _work() as (work, accounts, now):
        found = [g for g in work.grants.of(name) if (g.role, g.area_code, g.feed) == (role, area, feed)]
        if not found:
            raise OperatorError(f"{name} does not hold this; bulou user list shows what is held")
        taken = accounts.withdraw(name, found[0].grant_id, OPERATOR, now)
    say(f"{name} is no longer {_told(taken)}")


@user_app.command("disable")
def disable(name: Name) -> None:
    """Let a user sign in no more, and end what is open at once."""
    with _work() as (_, accounts, now):
        ended = accounts.lock(name, OPERATOR, now)
    say(f"{name} is disabled, {ended} sessions ended")


@user_app.command("enable")
def enable(name: Name) -> None:
    """Take a disabling back; roles and password are as they were."""
    with _work() as (_, accounts, _):
        accounts.unlock(name, OPERATOR)
    say(f"{name} may sign in again")


@user_app.command("list")
def list_users() -> None:
    """Show all users and what they hold."""
    with _work() as (_, accounts, _):
        users = accounts.accounts()
    for one in users:
        state = "disabled" if one.user.disabled_at else ", ".join(map(_told, one.grants)) or "no role"
        say(f"{one.user.user_id}  {one.user.display_name}  {state}")
    if not users:
        say("nobody may sign in yet; bulou user add makes the first user")


@contextmanager
def _work() -> "Iterator[tuple[UnitOfWork, Administration, datetime]]":
    from assets.deliveries import FEEDS
    from register.administration import Administration

    settings = Settings()
    with store_work(settings) as (work, now):
        _read_areas(settings, work)
        yield work, Administration(work.connection, FEEDS), now


def _read_areas(settings: Settings, work: "UnitOfWork") -> None:
    """Before the first night the store knows no area; the table lies beside the landing folder already."""
    import pandas as pd
    from sqlalchemy import text

    from register.areas import replace_areas

    file = settings.landing_folder.parent / "reference" / "areas.csv"
    if file.is_file() and not work.connection.scalar(text("SELECT EXISTS (SELECT FROM area)")):
        replace_areas(work.connection, pd.read_csv(file, dtype=str, encoding="utf-8-sig"))


def _asked_password() -> str:
    return str(typer.prompt("password", hide_input=True, confirmation_prompt=True))


def _told(grant: "Grant") -> str:
    where = grant.area_code or grant.feed
    return f"{grant.role} of {where}" if where else grant.role


def _say_token(token: str) -> None:
    say("one-time token, for 24 hours, shown only here:")
    say(token)

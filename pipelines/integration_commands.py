"""`bulou integration`: the tokens by which other systems act at the REST API, each for an account in one of its roles."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.settings import Settings
from pipelines.store_work import OPERATOR, say, store_work

if TYPE_CHECKING:
    from register.integrations import Integration

integration_app = typer.Typer(
    help="Tokens of other systems for the REST API. Every change is in the audit chain.", no_args_is_help=True
)
Name = Annotated[
    str, typer.Argument(help="What the audit chain calls the system: small letters, digits, dots, hyphens.")
]


@integration_app.command("add")
def add(
    name: Name,
    user: Annotated[str, typer.Option("--user", help="The account that it acts for.")],
    role: Annotated[str, typer.Option("--role", help="One of the roles that the account holds.")],
    days: Annotated[int, typer.Option("--days", help="How long the token lasts, at most 366.")] = 90,
) -> None:
    """Print a new token. It sees and does what the account may in that role, and nothing unmasked."""
    with store_work(Settings()) as (work, now):
        token = work.integrations.make(name, user, role, days, OPERATOR, now)
    say(f"token of {name}, for {days} days, shown only here:")
    say(token)


@integration_app.command("revoke")
def revoke(name: Name) -> None:
    """Take a token back; it counts from the next request."""
    with store_work(Settings()) as (work, now):
        work.integrations.revoke(name, OPERATOR, now)
    say(f"the token of {name} is revoked")


@integration_app.command("list")
def list_tokens() -> None:
    """Show all tokens: for whom, whether they stand, and when they were last used."""
    with store_work(Settings()) as (work, now):
        found = work.integrations.all()
    for one in found:
        used = f"last used {_minute(one.seen_at)}" if one.seen_at else "never used"
        say(f"{one.name}  {one.role} for {one.user_id}  {_state(one, now)}  {used}")
    if not found:
        say("there are no tokens; bulou integration add makes one")


def _state(one: "Integration", now: datetime) -> str:
    if one.revoked_at is not None:
        return f"revoked {_minute(one.revoked_at)}"
    return f"{'until' if one.ends_at > now else 'ended'} {_minute(one.ends_at)}"


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"

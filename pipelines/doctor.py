"""`bulou doctor`: what is missing, misconfigured, stale or unsafe, each with what to do about it. It changes nothing.

`bad` stops the work or lays persons open, `warn` will, `ok` was looked at. What was found is judged by pure functions over the
facts of `register.health` and the settings.
"""

import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pipelines.settings import Settings

if TYPE_CHECKING:
    from register.health import ContentHealth, Login, StoreHealth

LEAST_FREE_GIB = 5
NIGHT_IS_STALE = timedelta(days=2)
NIGHT_HANGS = timedelta(hours=6)
BACKUP_IS_STALE = timedelta(days=7)
LOCAL = (None, "", "localhost", "127.0.0.1", "::1")
ENCRYPTED = ("require", "verify-ca", "verify-full")

Level = Literal["ok", "warn", "bad"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `do` is empty where nothing is to be done."""

    level: Level
    what: str
    do: str = ""


def examine(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Everything, cheapest first. Raises nothing that an operator can cause."""
    yield from _home(settings)
    yield from _landing(settings)
    yield from _address(settings)
    yield from _single_sign_on(settings)
    yield from _store(settings, now)


def _home(settings: Settings) -> Iterator[Finding]:
    root = settings.root
    if not root.is_dir():
        yield Finding("warn", f"{root} does not exist yet", "it is made by the first command that needs it")
        return
    # What lies in a home that nobody else can enter is out of reach whatever its own mode is.
    can_be_entered = root.stat().st_mode & (stat.S_IXGRP | stat.S_IXOTH)
    for folder in (root, *((root / "frames", root / "models") if can_be_entered else ())):
        if folder.is_dir() and folder.stat().st_mode & (
            stat.S_IRGRP | stat.S_IROTH | stat.S_IWGRP | stat.S_IWOTH
        ):
            yield Finding("bad", f"{folder} can be read by others of this machine", f"chmod go-rw {folder}")
    free = shutil.disk_usage(root).free / 2**30
    if free < LEAST_FREE_GIB:
        yield Finding(
            "bad", f"{free:.1f} GiB are free at {root}", f"make room: a night wants {LEAST_FREE_GIB} GiB"
        )
    else:
        yield Finding("ok", f"{free:.0f} GiB are free")
    if (root / "rules.toml").is_file():
        yield from _rules(root / "rules.toml")


def _rules(file: Path) -> Iterator[Finding]:
    import tomllib

    from discrepancies import RuleSettings
    from discrepancies.settings_file import BadSetting, with_changes

    try:
        with_changes(RuleSettings(), tomllib.loads(file.read_text(encoding="utf-8")))
    except (BadSetting, tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        yield Finding("bad", f"{file}: {fault}", "mend the file; no night runs with it")


def _landing(settings: Settings) -> Iterator[Finding]:
    landing = settings.landing_folder
    if not landing.is_dir():
        yield Finding("bad", f"the landing folder {landing} does not exist", "make it, or set BULOU_LANDING")
        return
    areas = landing.parent / "reference" / "areas.csv"
    if not areas.is_file():
        yield Finding("bad", f"the area table {areas} does not exist", "put it beside the landing folder")
        return
    from feeds.areas import AreaTable
    from feeds.errors import BadReference

    try:
        AreaTable.load(areas)
    except (BadReference, UnicodeDecodeError) as fault:
        yield Finding("bad", f"the area table cannot be read: {type(fault).__name__}", "mend areas.csv")
    else:
        yield Finding("ok", "landing folder and area table are there")


def _address(settings: Settings) -> Iterator[Finding]:
    """Of an external database only: the embedded one opens no port."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    for name in ("database_url", "app_database_url"):
        text = getattr(settings, name)
        if text is None:
            continue
        try:
            url = make_url(text)
        except ArgumentError:
            yield Finding("bad", f"BULOU_{name.upper()} cannot be read", "write postgresql+psycopg://…")
            continue
        is_local = url.host in LOCAL or str(url.host).startswith("/")
        if not is_local and url.query.get("sslmode") not in ENCRYPTED:
            yield Finding(
                "bad", f"BULOU_{name.upper()} goes over the network unencrypted", "add ?sslmode=verify-full"
            )
    if settings.database_url is None and settings.app_database_url is not None:
        yield Finding("bad", "BULOU_APP_DATABASE_URL is set without BULOU_DATABASE_URL", "set both or none")


def _single_sign_on(settings: Settings) -> Iterator[Finding]:
    """Of the county's own accounts, where they are configured; asks the provider only when it may be asked."""
    from pipelines.desk_serving import provider_settings
    from stewardship.provider import Provider, ProviderFault

    wanted = provider_settings(settings)
    if wanted is None:
        if settings.oidc_client_id or settings.oidc_client_secret is not None:
            yield Finding("bad", "single sign-on has a client and no issuer", "set BULOU_OIDC_ISSUER")
        return
    problems = wanted.problems()
    for problem in problems:
        yield Finding(
            "bad",
            f"single sign-on: {problem}",
            "mend BULOU_OIDC_ISSUER, BULOU_OIDC_CLIENT_ID and BULOU_DESK_URL",
        )
    if problems:
        return
    try:
        Provider(wanted).look()
    except ProviderFault as fault:
        yield Finding("bad", f"single sign-on: {fault}", "is the issuer right, and does it run?")
    else:
        yield Finding("ok", "the provider of the county's accounts answers")


def _store(settings: Settings, now: datetime) -> Iterator[Finding]:
    from register.database import running_database
    from register.errors import RegisterError
    from register.health import look_at, look_into
    from register.rules import RuleStore

    if settings.database_url is None and not (settings.root / "pg").is_dir():
        yield Finding(
            "warn", "there is no embedded database yet", "it is made by the first command that needs it"
        )
        return
    try:
        with running_database(settings.root, settings.database_url) as database:
            with database.read() as connection:
                found = look_at(connection)
            yield from judge_store(found)
            yield from judge_login(found.login, is_external=settings.database_url is not None)
            if found.revision == found.newest_revision:
                with database.read() as connection:
                    inside = look_into(connection)
                    version = RuleStore(connection).for_night(None)
                if version is not None and (settings.root / "rules.toml").is_file():
                    yield Finding(
                        "warn",
                        f"rules.toml is not read: version {version.version_no} of the rules was put in force at the desk",
                        "take the file away, so that nobody edits it in vain",
                    )
                has_provider = settings.oidc_issuer is not None
                yield from judge_content(inside, now, has_provider=has_provider)
    except RegisterError as fault:
        yield Finding("bad", str(fault), "see docs/operations")
        return
    if settings.database_url is not None:
        yield from _app_login(settings)


def _app_login(settings: Settings) -> Iterator[Finding]:
    from register.access import APP
    from register.database import connected, external_url
    from register.errors import RegisterError
    from register.health import login_of

    if settings.app_database_url is None:
        yield Finding(
            "warn",
            "the web app reaches the database by its owner's login and steps down itself",
            "make a login that is a member of bulou_app alone, and set BULOU_APP_DATABASE_URL",
        )
        return
    try:
        with (
            connected(external_url(settings.app_database_url), role=APP) as database,
            database.read() as connection,
        ):
            login = login_of(connection)
    except RegisterError as fault:
        yield Finding("bad", f"the web app's login: {fault}", "mend BULOU_APP_DATABASE_URL")
        return
    if login.is_superuser or login.passes_policies or login.owns_tables or login.makes_roles:
        yield Finding(
            "bad", f"the web app's login {login.name} may do more than bulou_app", "give it another login"
        )
    else:
        yield Finding("ok", "the web app has a login of its own")


def judge_store(found: "StoreHealth") -> Iterator[Finding]:
    """The server and its schema."""
    if found.revision != found.newest_revision:
        has = found.revision or "none"
        yield Finding(
            "warn",
            f"the store's schema is {has}, this release's is {found.newest_revision}",
            "make a backup; the next night brings it up to date",
        )
    else:
        yield Finding("ok", f"PostgreSQL {found.server_version // 10000}, schema {found.revision}")
    if found.lacking_roles and found.revision is not None:
        yield Finding(
            "bad",
            f"roles are missing: {', '.join(found.lacking_roles)}",
            "an administrator makes them (docs/operations)",
        )


def judge_login(login: "Login", *, is_external: bool) -> Iterator[Finding]:
    """The owner's login; of the embedded server nobody else can reach it."""
    if is_external and login.is_superuser:
        yield Finding(
            "bad",
            f"the nights work as the superuser {login.name}",
            "give bulou a database of its own and its owner's login",
        )


def judge_content(found: "ContentHealth", now: datetime, *, has_provider: bool = False) -> Iterator[Finding]:
    """What is in the store. Where a provider says who somebody is, nobody needs a password."""
    for table in found.unprotected:
        yield Finding(
            "bad", f"the table {table} has no row-level security", "ALTER TABLE … ENABLE ROW LEVEL SECURITY"
        )
    yield from _audit(found, now)
    yield from _nights(found, now)
    yield from _users(found, needs_password=not has_provider)


def _audit(found: "ContentHealth", now: datetime) -> Iterator[Finding]:
    if found.audit_problems:
        yield Finding(
            "bad", f"the audit chain is not whole: {found.audit_problems[0]}", "bulou audit verify shows all"
        )
    else:
        yield Finding("ok", f"the audit chain of {found.audit_entries:,} entries is whole")
    if found.last_backup is None:
        yield Finding("warn", "no backup was ever made", "bulou backup --out DIR")
    elif now - found.last_backup > BACKUP_IS_STALE:
        yield Finding("warn", f"the last backup is of {found.last_backup:%Y-%m-%d}", "bulou backup --out DIR")


def _nights(found: "ContentHealth", now: datetime) -> Iterator[Finding]:
    if found.running_since is not None and now - found.running_since > NIGHT_HANGS:
        yield Finding(
            "warn",
            f"a night runs since {found.running_since:%Y-%m-%d %H:%M} UTC",
            "if it was killed, run it again",
        )
    if found.newest_status == "failed":
        yield Finding("bad", "the newest night failed", "bulou nightly --date … runs it again")
    if found.finished_night is None:
        yield Finding("warn", "no night has finished yet", "bulou nightly --date …")
    elif now.date() - found.finished_night > NIGHT_IS_STALE:
        yield Finding("warn", f"the last finished night is {found.finished_night}", "does bulou up run?")
    if found.finished_night is not None and not found.areas:
        yield Finding(
            "bad", "the store has no areas: clerks and officers see nothing", "run a night with areas.csv"
        )


def _users(found: "ContentHealth", *, needs_password: bool) -> Iterator[Finding]:
    if not found.users:
        yield Finding(
            "warn", "nobody may sign in at the desk", "bulou user add NAME --role steward --area COUNTY"
        )
        return
    if not found.stewards:
        yield Finding(
            "warn",
            "there is no county steward: nobody approves",
            "bulou user grant NAME --role steward --area …",
        )
    if found.without_role:
        yield Finding("warn", f"{found.without_role} users hold no role", "bulou user list; disable or grant")
    if found.without_password and needs_password:
        yield Finding(
            "warn", f"{found.without_password} users have never set a password", "bulou user token NAME"
        )
    if found.judge_themselves:
        yield Finding(
            "warn",
            f"{found.judge_themselves} users are steward and auditor",
            "an auditor should not be judged by itself",
        )

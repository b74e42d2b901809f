"""The lists of the administration: accounts, the rules that were in force, what a draft of them would do, models and reference data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from register.grants import Grant
from register.work import UnitOfWork
from stewardship import words
from stewardship.administration import integrations as integrations_page
from stewardship.administration import reference as reference_page
from stewardship.administration import rules as rules_page
from stewardship.administration import users as users_page
from stewardship.administration.rule_forms import Difference, Key, differences
from stewardship.administration.rule_words import EFFECTS, MORE_SOURCES, SETTINGS
from stewardship.errors import NotThere
from stewardship.exporting import lists
from stewardship.exporting.asked import Words
from stewardship.exporting.numbers import percent
from stewardship.exporting.routes import taken_out
from stewardship.exporting.tables import Table
from stewardship.language import moment
from stewardship.places import Places, read_places
from stewardship.visits import Form, Here, House
from stewardship.words import N_, field_name

router: Final = APIRouter()
ACCOUNTS: Final[lists.Columns] = (
    (N_("Account name"), 20),
    (N_("Name"), 20),
    (N_("State"), 14),
    (N_("Roles"), 48),
    (N_("Account made"), 20),
)
TOKENS: Final[lists.Columns] = (
    (N_("Name"), 20),
    (N_("State"), 20),
    (N_("Account"), 20),
    (N_("Role"), 40),
    (N_("Made by"), 16),
    (N_("Made"), 20),
    (N_("Ends"), 20),
    (N_("Last used"), 20),
    (N_("Revoked"), 20),
)
GRANTS: Final[lists.Columns] = (
    (N_("Role"), 40),
    (N_("Given"), 20),
    (N_("Given by"), 16),
    (N_("Taken back"), 20),
    (N_("Taken back by"), 16),
)
SET: Final[lists.Columns] = ((N_("Setting"), 48), (N_("Before the change"), 20), (N_("After the change"), 20))
VERSIONS: Final[lists.Columns] = (
    (N_("Version"), 10),
    (N_("From the night of"), 14),
    (N_("Written by"), 16),
    (N_("Written"), 20),
    (N_("Put in force by"), 16),
    (N_("Put in force"), 20),
    (N_("Why"), 40),
    *SET,
)
LISTED: Final[lists.Columns] = (
    (N_("What"), 16),
    (N_("Type"), 22),
    (N_("Area"), 24),
    (N_("Discrepancy"), 16),
)
MODELS: Final[lists.Columns] = (
    (N_("Version"), 20),
    (N_("in use"), 8),
    (N_("Trained"), 20),
    (N_("On persons of the register"), 14),
    (N_("Link from"), 12),
    (N_("Possible link from"), 12),
    (N_("Common names counted"), 12),
)
LINKS: Final[lists.Columns] = (
    (N_("Night"), 12),
    (N_("Model"), 20),
    (N_("Linked"), 12),
    (N_("Possible links"), 12),
    (N_("Not linked"), 12),
    (N_("False links"), 12),
    (N_("Missed links"), 12),
)
TABLES: Final[lists.Columns] = (
    (N_("Table"), 28),
    (N_("Rows"), 10),
    (N_("Version"), 20),
    (N_("Where from"), 24),
    (N_("File"), 32),
    (N_("Changed"), 20),
)


@router.post("/administration/users/export")
def users(request: Request, here: Here, visitor: users_page.Operator, form: Form) -> Response:
    w = Words(visitor.language)
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        places = read_places(work.connection)
        choice, found = users_page.chosen(work, here, request.query_params, places)

    def state(one: Any) -> str:
        locked = one.user.disabled_at is not None
        return w.said(N_("locked") if locked else N_("may sign in") if one.grants else N_("no role"))

    rows = [
        (one.user.user_id, one.user.display_name, state(one))
        + ("; ".join(held(grant, places, w) for grant in one.grants), moment(one.user.created_at, w.language))
        for one in found
    ]
    states = {"locked": N_("locked"), "standing": N_("may sign in")}
    told = w.pairs(
        (
            (N_("Role"), w.said(words.ROLES[choice.role]) if choice.role else ""),
            (N_("Area"), places.named(choice.area) if choice.area else ""),
            (N_("State"), w.said(states[choice.state]) if choice.state else ""),
        )
    )
    return taken_out(here, visitor, [Table("users", N_("Users"), ACCOUNTS, rows)], told, vars(choice))


@router.post("/administration/users/{key}/export")
def user(here: Here, visitor: users_page.Operator, form: Form, key: str) -> Response:
    """The roles that an account has and had; the audit chain has the digest that addresses have, too."""
    w = Words(visitor.language)
    name, places, past = users_page.past_of(here, visitor, key)
    rows = [
        (held(one.grant, places, w), moment(one.granted_at, w.language), one.granted_by)
        + ("" if one.revoked_at is None else moment(one.revoked_at, w.language), one.revoked_by or "")
        for one in past
    ]
    sheet = Table("user", N_("Roles given and taken back"), GRANTS, rows)
    return taken_out(here, visitor, [sheet], w.pairs(((N_("Account name"), name),)), {"account": key})


@router.post("/administration/integrations/export")
def integrations(here: Here, visitor: users_page.Operator, form: Form) -> Response:
    """All tokens there ever were, without themselves."""
    w = Words(visitor.language)
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        places = read_places(work.connection)
        found = integrations_page.lines_of(work, here)

    def at(told: datetime | None) -> str:
        return "" if told is None else moment(told, w.language)

    rows = [
        (one.token.name, w.said(integrations_page.STATES[one.state][2]), one.token.user_id)
        + ("; ".join(held(grant, places, w) for grant in one.grants) or w.said(words.ROLES[one.token.role]),)
        + (one.token.made_by, at(one.token.made_at), at(one.token.ends_at))
        + (at(one.token.seen_at), at(one.token.revoked_at))
        for one in found
    ]
    return taken_out(
        here, visitor, [Table("integrations", N_("Integrations"), TOKENS, rows)], w.said(N_("all"))
    )


def held(grant: Grant, places: Places, w: Words) -> str:
    where = places.named(grant.area_code) if grant.area_code else w.feed(grant.feed) if grant.feed else ""
    return " · ".join(part for part in (w.said(words.ROLES[grant.role]), where) if part)


@router.post("/administration/rules/export")
def rules(here: Here, visitor: rules_page.Setter, form: Form) -> Response:
    """What is otherwise than the defaults now, in the draft, and what each version changed."""
    w, defaults = Words(visitor.language), here.settings.rule_defaults
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        history, draft = work.rules.history(), work.rules.draft()
    in_force = history[0].rules if history else here.settings.rule_file
    sheets = [_settings("rules", N_("Rules in force, otherwise than the defaults"), {}, in_force, here, w)]
    if draft is not None:
        sheets.append(_settings("draft", N_("Draft"), in_force, draft.rules, here, w))
    versions = [
        (str(version.version_no), version.from_night.isoformat() if version.from_night else "")
        + (version.written_by, moment(version.written_at, w.language), version.put_by or "")
        + (moment(version.put_at, w.language) if version.put_at else "", version.note)
        + line
        for version, old in zip(history, [*(one.rules for one in history[1:]), here.settings.rule_file])
        for line in _lines(differences(old, version.rules, defaults), w) or [("", "", "")]
    ]
    sheets.append(Table("versions", N_("What was in force, and who put it there"), VERSIONS, versions))
    return taken_out(here, visitor, sheets, w.pairs(()))


def _settings(name: str, title: str, before: Any, after: Any, here: House, w: Words) -> Table:
    return Table(name, title, SET, _lines(differences(before, after, here.settings.rule_defaults), w))


def _lines(changed: Sequence[Difference], w: Words) -> list[tuple[str, str, str]]:
    return [(setting(one.key, w), one.before, one.after) for one in changed]


def setting(key: Key, w: Words) -> str:
    """As the page says it."""

    def source(name: str) -> str:
        return w.said(MORE_SOURCES[name]) if name in MORE_SOURCES else w.feed(name)

    if key[0] == "s":
        return w.said(SETTINGS[key[1]]) if key[1] in SETTINGS else key[1]
    if key[0] == "d":
        return f"{w.said(N_('Due day'))} · {source(key[1])}"
    return f"{w.said(N_('Trust'))} · {field_name(key[1], w.language)} · {source(key[2])}"


@router.post("/administration/rules/trials/{trial_id}/export")
def trial(here: Here, visitor: rules_page.Setter, form: Form, trial_id: int) -> Response:
    """Raises: NotThere, also before the trial has an end."""
    w = Words(visitor.language)
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        found = _trial(work, trial_id)
        places = read_places(work.connection)
    sheets = list(_of_trial(found, places, w))
    night = found.night.isoformat() if found.night else ""
    return taken_out(here, visitor, sheets, w.pairs(((N_("Night"), night),)), {"trial": trial_id})


def _trial(work: UnitOfWork, trial_id: int) -> Any:
    found = work.rules.trial(trial_id) if 0 < trial_id < rules_page.LARGEST else None
    if found is None or found.state != "done":
        raise NotThere
    return found


def _of_trial(found: Any, places: Places, w: Words) -> Iterator[Table]:
    effects: lists.Columns = tuple((word, 14) for _, word in EFFECTS.values())
    counts = rules_page.counted(found, places)

    def numbers(of: str, name: Any) -> list[tuple[str, ...]]:
        return [(name(code), *(str(n[what]) for what in EFFECTS)) for code, n in counts[of].items()]

    by_type = numbers("type", lambda code: w.said(words.TYPES[code]) if code in words.TYPES else code)
    yield Table("trial", N_("What the draft would do"), ((N_("Type"), 24), *effects), by_type)
    by_place = numbers("township", lambda name: name or w.said(N_("no area")))
    yield Table("townships", N_("By township"), ((N_("Township"), 24), *effects), by_place)
    ones = [
        (w.said(EFFECTS[what][1]), w.said(words.TYPES.get(type_, type_)), places.named(area), id_)
        for type_, what, id_, area in found.result.get("listed", ())
    ]
    yield Table("ones", N_("Which ones"), LISTED, ones)


@router.post("/administration/reference/export")
def reference(here: Here, visitor: reference_page.Looking, form: Form) -> Response:
    w = Words(visitor.language)
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        told = reference_page.contents(work, here)
    models = [
        (one.version, "✓" if one.is_current else "", moment(one.frozen_at, w.language))
        + tuple(
            map(_known, (one.register_size, one.link_threshold, one.possible_threshold, one.common_names))
        )
        for one in told["models"]
    ]
    links = [
        (one.night.isoformat(), one.model, str(one.linked), str(one.possible), str(one.unlinked))
        + (percent(one.false_links), percent(one.missed_links))
        for one in told["links"]
    ]
    sheets = [
        Table("reference", N_("Linkage models"), MODELS, models),
        Table("links", N_("How nights linked"), LINKS, links),
        Table("tables", N_("Reference data"), TABLES, [_table(one, w) for one in told["tables"]]),
    ]
    return taken_out(here, visitor, sheets, w.pairs(()))


def _table(one: Any, w: Words) -> tuple[str, ...]:
    names = reference_page.TABLES
    rows = w.said(N_("not there, or cannot be read")) if one.rows is None else str(one.rows)
    return (
        w.said(names[one.name]) if one.name in names else one.name,
        *(rows, one.version, w.said(reference_page.ORIGINS[one.origin]), one.where),
        moment(one.changed_at, w.language) if one.changed_at else "",
    )


def _known(value: Any) -> str:
    return "" if value is None else str(value)

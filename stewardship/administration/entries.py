"""The entries of the audit chain that somebody asks for: by whom, what, of which kind, when, where.

A page reads back over so many entries at most, however few of them fit, and says how far it came: so asking takes the same time in a
chain of ten years. The time of an entry grows with its number, so a day is found by halving. No address has the name of an account.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection, Row

from register.models import AuditEntry
from stewardship.actors import MACHINES
from stewardship.administration.sections import key_of
from stewardship.language import CHINA
from stewardship.places import Places
from stewardship.words import N_

PER_PAGE: Final = 100
BATCH: Final = 5_000  # rows of a file that are read at once
LOOKED_THROUGH: Final = 100_000
LOOKED_THROUGH_BY_AREA: Final = 10_000  # each entry's subject is looked up
# What was done, by how the action begins.
FAMILIES: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "sign_in": (N_("Signing in and out"), ("sign_in", "sign_out", "session", "password")),
    "account": (N_("Accounts and roles"), ("user", "token", "integration")),
    "discrepancy": (N_("Discrepancies"), ("discrepancy",)),
    "change": (N_("Register changes"), ("change",)),
    "reveal": (N_("Seen unmasked"), ("reveal",)),
    "export": (N_("Files taken out"), ("export",)),
    "worklist": (N_("Worklists"), ("worklist",)),
    "delivery": (N_("Deliveries"), ("delivery",)),
    "rules": (N_("Rules of the nights"), ("rules",)),
    "audit": (N_("The chain itself"), ("audit",)),
}
OTHER: Final = "other"
# In place of what is no account's key: what an address says must not get into the chain.
OF_NOBODY: Final = "0" * 16
_KEY: Final = re.compile(r"[0-9a-f]{16}")
KINDS: Final[Mapping[str, str]] = {
    "account": N_("Account"),
    "discrepancy": N_("Discrepancy"),
    "register_change": N_("Register change"),
    "person": N_("Person"),
    "worklist": N_("Worklist"),
    "list": N_("List"),
    "delivery": N_("Delivery"),
    "integration": N_("Token of another system"),
    "export": N_("File taken out"),
    "rules": N_("Rules of the nights"),
    "store": N_("Store"),
}


@dataclass(frozen=True)
class Asked:
    """Empty is no condition; `who` is a digest, `before` the entry that the page before ended with."""

    who: str = ""
    what: str = ""
    kind: str = ""
    area: str = ""
    since: date | None = None
    until: date | None = None
    before: int | None = None

    def query(self, **changes: Any) -> str:
        told = {name: value for name, value in vars(replace(self, **changes)).items() if value}
        return urlencode({name: str(value) for name, value in told.items()})

    @property
    def is_narrowed(self) -> bool:
        return any(value for name, value in vars(self).items() if name != "before")


@dataclass(frozen=True)
class Found:
    """`older` goes on after this page, None at the end; `reached` is the last entry that was looked at."""

    rows: Sequence[Row[Any]]
    older: int | None
    reached: int | None


def read_asked(query: Mapping[str, str], areas: Collection[str]) -> Asked:
    """What is not known is no condition."""
    who, what, kind, area = (query.get(name, "") for name in ("who", "what", "kind", "area"))
    before = query.get("before", "")
    is_number = before.isascii() and before.isdecimal() and len(before) < 18
    return Asked(
        who if not who or _KEY.fullmatch(who) else OF_NOBODY,
        what if what in FAMILIES or what == OTHER else "",
        kind if kind in KINDS else "",
        area if area in areas else "",
        _day(query.get("since", "")),
        _day(query.get("until", "")),
        int(before) if is_number else None,
    )


@dataclass(frozen=True)
class Meant:
    """What is asked for, with the account that `asked.who` means (None: none, which fits nothing) and the areas that `asked.area` holds."""

    asked: Asked
    actor: str | None
    codes: Sequence[str]


def looked_through(asked: Asked) -> int:
    """How many entries are looked at for one page, or one file."""
    return LOOKED_THROUGH_BY_AREA if asked.area else LOOKED_THROUGH


def meant(asked: Asked, accounts: Collection[str], places: Places) -> Meant:
    actor = next((name for name in (*MACHINES, *accounts) if key_of(name) == asked.who), None)
    return Meant(asked, actor, places.codes_of(asked.area) if asked.area else [])


def every(connection: Connection, what: Meant, first: int, last: int) -> Iterator[Row[Any]]:
    """All from the last number back to the first, both included, newest first."""
    before: int | None = last + 1
    while before is not None and before > first:
        found = entries(connection, replace(what, asked=replace(what.asked, before=before)), BATCH)
        yield from (row for row in found.rows if row.entry_no >= first)
        before = found.older


def entries(connection: Connection, what: Meant, most: int = PER_PAGE) -> Found:
    """At most so many, newest first."""
    asked, actor, codes = what.asked, what.actor, what.codes
    e = AuditEntry
    top, bottom = _bounds(connection, asked)
    if bottom >= top or (asked.who and actor is None):
        return Found((), None, None)
    reached = max(bottom, top - looked_through(asked))
    columns = (e.entry_no, e.at, e.actor, e.action, e.subject_kind, e.subject_id, e.details)
    query = sa.select(*columns).where(e.entry_no < top, e.entry_no >= reached)
    query = query.where(*_conditions(asked, actor, codes)).order_by(e.entry_no.desc()).limit(most + 1)
    rows = connection.execute(query).all()
    if len(rows) > most:
        return Found(rows[:most], rows[most - 1].entry_no, rows[most - 1].entry_no)
    return Found(rows, reached if reached > bottom else None, reached)


def _conditions(asked: Asked, actor: str | None, codes: Sequence[str]) -> list[sa.ColumnElement[bool]]:
    e = AuditEntry
    found: list[sa.ColumnElement[bool]] = []
    if asked.who:
        found.append(e.actor == actor)
    if asked.what:
        began = sa.func.split_part(e.action, ".", 1)
        known = [name for _, names in FAMILIES.values() for name in names]
        found.append(began.not_in(known) if asked.what == OTHER else began.in_(FAMILIES[asked.what][1]))
    if asked.kind:
        found.append(e.subject_kind == asked.kind)
    if asked.area:
        array = sa.literal(list(codes), postgresql.ARRAY(sa.Text()))
        told = e.details["area_code"].astext == sa.any_(array)
        found.append(sa.or_(told, sa.func.audit_areas(e.subject_kind, e.subject_id).op("&&")(array)))
    return found


def _bounds(connection: Connection, asked: Asked) -> tuple[int, int]:
    """From the first entry that is asked for to the one after the last."""
    least, most = connection.execute(
        sa.select(sa.func.min(AuditEntry.entry_no), sa.func.max(AuditEntry.entry_no))
    ).one()
    if most is None:
        return 0, 0
    top = int(most) + 1 if asked.before is None else min(asked.before, int(most) + 1)
    bottom = int(least)
    if asked.until is not None:
        top = min(top, _first_on(connection, asked.until + timedelta(days=1), bottom, top))
    if asked.since is not None:
        bottom = _first_on(connection, asked.since, bottom, top)
    return top, bottom


def _first_on(connection: Connection, day: date, low: int, high: int) -> int:
    """The number from `low` on from which entries are of that day (in the county's time) or later; `high` where none is."""
    moment = datetime.combine(day, time(), CHINA)
    e = AuditEntry
    while low < high:
        middle = (low + high) // 2
        query = sa.select(e.entry_no, e.at).where(e.entry_no >= middle).order_by(e.entry_no).limit(1)
        row = connection.execute(query).one_or_none()
        if row is None or row.at >= moment:
            high = middle
        else:
            low = int(row.entry_no) + 1
    return low


def _day(text: str) -> date | None:
    """A day that the county's clock has: neither the first nor the last of the calendar, which cannot be moved by an hour."""
    try:
        found = date.fromisoformat(text) if text.isascii() else None
    except ValueError:
        return None
    return found if found is not None and 1900 <= found.year <= 9000 else None

"""Versions of the rules: drafted, tried, put in force by a second person, and never changed after that (docs/adr/0008).

A version counts from a night on. That night is later than any that has run or runs, so whatever has run is as it would be again: which
version a night goes by follows from its date and from this table, to which versions are only added.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.account_models import AppGrant, AppUser
from register.audit import AuditChain, Event
from register.errors import Conflict, InvalidInput, NotAllowed
from register.models import Night
from register.nights import lock_nights
from register.rule_models import RuleTrial, RuleVersion

SUBJECT: Final = "rules"
SETTING: Final = "steward"  # the role that sets rules
LONGEST_NOTE: Final = 500
# A trial that has not ended by then was killed.
TRIAL_LASTS: Final = timedelta(minutes=30)


@dataclass(frozen=True)
class Version:
    """`rules` as a rules.toml would have them: what is otherwise than the defaults."""

    version_no: int
    rules: Mapping[str, Any]
    digest: str
    note: str
    state: str
    revision: int
    written_by: str
    written_at: datetime
    put_by: str | None
    put_at: datetime | None
    from_night: date | None


@dataclass(frozen=True)
class Trial:
    """`step` counts how far it is while it runs."""

    trial_id: int
    version_no: int
    digest: str
    state: str
    step: int
    asked_by: str
    asked_at: datetime
    finished_at: datetime | None
    night: date | None
    result: Mapping[str, Any]

    def is_alive(self, now: datetime) -> bool:
        return self.state in ("waiting", "running") and now - self.asked_at < TRIAL_LASTS


_VERSION: Final = tuple(getattr(RuleVersion, name) for name in Version.__annotations__)
_TRIAL: Final = tuple(getattr(RuleTrial, name) for name in Trial.__annotations__)


def digest_of(rules: Mapping[str, Any]) -> str:
    """Twelve hex digits of what is set."""
    text = json.dumps(rules, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class RuleStore:
    """The rules of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def for_night(self, night: date | None) -> Version | None:
        """The version that this night goes by, or the newest; None while none has been put in force here."""
        query = sa.select(*_VERSION).where(RuleVersion.state == "in_force")
        if night is not None:
            query = query.where(RuleVersion.from_night <= night)
        query = query.order_by(RuleVersion.from_night.desc(), RuleVersion.version_no.desc()).limit(1)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else Version(*row)

    def history(self) -> list[Version]:
        """All that were put in force, newest first."""
        query = sa.select(*_VERSION).where(RuleVersion.state == "in_force")
        query = query.order_by(RuleVersion.from_night.desc(), RuleVersion.version_no.desc())
        return [Version(*row) for row in self._connection.execute(query)]

    def draft(self) -> Version | None:
        row = self._connection.execute(sa.select(*_VERSION).where(RuleVersion.state == "draft")).one_or_none()
        return None if row is None else Version(*row)

    def save(self, rules: Mapping[str, Any], note: str, revision: int, actor: str, now: datetime) -> Version:
        """The draft as it is from now on; `revision` is the one that was seen, 0 where there was none.

        Raises: Conflict when it is another by now, InvalidInput.
        """
        if len(note) > LONGEST_NOTE:
            raise InvalidInput(f"a note has at most {LONGEST_NOTE} characters", "note")
        self._lock()
        draft = self.draft()
        if (0 if draft is None else draft.revision) != revision:
            raise Conflict("the draft has changed meanwhile")
        values: dict[str, Any] = {"rules": dict(rules), "digest": digest_of(rules), "note": note.strip()}
        values |= {"revision": revision + 1, "written_by": actor, "written_at": now}
        statement: Any
        if draft is None:
            statement = sa.insert(RuleVersion).values(**values, state="draft")
        else:
            statement = (
                sa.update(RuleVersion).where(RuleVersion.version_no == draft.version_no).values(**values)
            )
        saved = Version(*self._connection.execute(statement.returning(*_VERSION)).one())
        self._tell(actor, "rules.draft", saved, revision=saved.revision)
        return saved

    def drop(self, revision: int, actor: str) -> None:
        """Raises: Conflict."""
        draft = self._seen(revision)
        self._set(draft, state="dropped")
        self._tell(actor, "rules.drop", draft)

    def ask_trial(self, revision: int, actor: str, now: datetime) -> int:
        """A trial of the draft that somebody is to run; the one that runs, where one does. Raises: Conflict."""
        draft = self._seen(revision)
        last = self.last_trial(draft)
        if last is not None and last.digest == draft.digest and last.is_alive(now):
            return last.trial_id
        values = {"version_no": draft.version_no, "digest": draft.digest, "state": "waiting"}
        insert = sa.insert(RuleTrial).values(**values, asked_by=actor, asked_at=now)
        number = int(self._connection.execute(insert.returning(RuleTrial.trial_id)).scalar_one())
        self._tell(actor, "rules.try", draft, trial=number)
        return number

    def trial(self, trial_id: int) -> Trial | None:
        row = self._connection.execute(sa.select(*_TRIAL).where(RuleTrial.trial_id == trial_id)).one_or_none()
        return None if row is None else Trial(*row)

    def last_trial(self, version: Version) -> Trial | None:
        """Of what the version says now, or said before."""
        query = sa.select(*_TRIAL).where(RuleTrial.version_no == version.version_no)
        row = self._connection.execute(query.order_by(RuleTrial.trial_id.desc()).limit(1)).one_or_none()
        return None if row is None else Trial(*row)

    def newest_night(self) -> date | None:
        """The newest night that was applied: what a draft has to be tried against."""
        return self._connection.scalar(sa.select(sa.func.max(Night.night)).where(Night.is_applied))

    def is_tried(self, version: Version) -> bool:
        """Against the newest night, as it says now."""
        last = self.last_trial(version)
        return (
            last is not None
            and last.state == "done"
            and last.digest == version.digest
            and last.night is not None
            and last.night == self.newest_night()
        )

    def needs_another(self, version: Version, actor: str) -> bool:
        """Whether somebody else has to put it in force: who wrote it may only where nobody else could."""
        return version.written_by == actor and self.has_another(actor)

    def has_another(self, actor: str) -> bool:
        """Whether somebody else could put rules in force."""
        others = (
            sa.select(AppGrant.grant_id)
            .join(AppUser, AppUser.user_id == AppGrant.user_id)
            .where(
                AppGrant.role == SETTING,
                AppGrant.revoked_at.is_(None),
                AppUser.disabled_at.is_(None),
                AppUser.user_id != actor,
            )
        )
        return bool(self._connection.scalar(sa.select(others.exists())))

    def put_in_force(self, revision: int, actor: str, now: datetime) -> Version:
        """From the night after the last one that has run or runs. Raises: Conflict, NotAllowed, InvalidInput when it is not tried."""
        lock_nights(self._connection)
        draft = self._seen(revision)
        if self.needs_another(draft, actor):
            raise NotAllowed("somebody else has to put these rules in force")
        if not self.is_tried(draft):
            raise InvalidInput("the draft has not been tried against the newest night", "trial")
        last = self._connection.scalar(sa.select(sa.func.max(Night.night)))
        assert last is not None  # it was tried against a night
        self._set(draft, state="in_force", put_by=actor, put_at=now, from_night=last + timedelta(days=1))
        self._tell(actor, "rules.force", draft, from_night=(last + timedelta(days=1)).isoformat())
        found = self.for_night(None)
        assert found is not None
        return found

    def begin_trial(self, trial_id: int) -> Version | None:
        """What is to be tried; None when the trial was begun already, or the draft says something else by now."""
        begun = sa.update(RuleTrial).where(RuleTrial.trial_id == trial_id, RuleTrial.state == "waiting")
        row = self._connection.execute(
            begun.values(state="running", step=1).returning(RuleTrial.version_no, RuleTrial.digest)
        ).one_or_none()
        if row is None:
            return None
        found = self._connection.execute(
            sa.select(*_VERSION).where(
                RuleVersion.version_no == row.version_no, RuleVersion.digest == row.digest
            )
        ).one_or_none()
        if found is None:
            self.end_trial(trial_id, "failed")
        return None if found is None else Version(*found)

    def step_trial(self, trial_id: int, step: int) -> None:
        self._connection.execute(sa.update(RuleTrial).where(RuleTrial.trial_id == trial_id).values(step=step))

    def end_trial(
        self,
        trial_id: int,
        state: str,
        now: datetime | None = None,
        night: date | None = None,
        result: Mapping[str, Any] | None = None,
    ) -> None:
        values = {"state": state, "finished_at": now, "night": night, "result": dict(result or {})}
        self._connection.execute(sa.update(RuleTrial).where(RuleTrial.trial_id == trial_id).values(**values))

    def _seen(self, revision: int) -> Version:
        self._lock()
        draft = self.draft()
        if draft is None or draft.revision != revision:
            raise Conflict("the draft has changed meanwhile")
        return draft

    def _set(self, version: Version, **values: Any) -> None:
        update = sa.update(RuleVersion).where(RuleVersion.version_no == version.version_no)
        if not self._connection.execute(update.values(**values)).rowcount:
            raise Conflict("the draft has changed meanwhile")

    def _lock(self) -> None:
        """Whoever changes the draft waits for who else does."""
        self._connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('rules'))"))

    def _tell(self, actor: str, action: str, version: Version, **details: str | int) -> None:
        told = {"digest": version.digest, **details}
        AuditChain(self._connection).record(Event(actor, action, SUBJECT, str(version.version_no), told))

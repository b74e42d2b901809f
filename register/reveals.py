"""Seeing somebody unmasked: asked for with a reason, for some minutes, remembered; of a child by a second person's leave.

Works within `Desk.as_user`: of whom one may not see, nothing can be asked or granted. What is masked is the desk's to
decide; that a mask may be lifted is decided here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.account_models import Reveal
from register.asking import Question
from register.audit import AuditChain, Event
from register.change_models import RegisterChange
from register.change_plans import is_new
from register.discrepancy_models import Discrepancy
from register.errors import Conflict, InvalidInput, NotAllowed
from register.models import Person

LASTS: Final = timedelta(minutes=10)
ANSWERED_WITHIN: Final = timedelta(hours=8)
GROWN_UP: Final = 18
LONGEST_REASON: Final = 300
# Leads about who is on no row of the register: births for certain, others by what is not known; of a household there are children as a rule.
OF_UNREGISTERED: Final = frozenset({"unregistered_birth", "missing_person", "missing_household"})


@dataclass(frozen=True)
class Leave:
    """A reveal as it stands; `ends_at` is None until it is granted."""

    reveal_id: int
    user_id: str
    subject_kind: str
    subject_id: str
    reason: str
    needs_second: bool
    asked_at: datetime
    granted_by: str | None
    ends_at: datetime | None


_COLUMNS = tuple(getattr(Reveal, name) for name in Leave.__annotations__)
_WAITING: Final = Question(
    f"""
SELECT {", ".join(Leave.__annotations__)} FROM reveal
WHERE granted_by IS NULL AND asked_at > :since AND user_id <> desk_user() ORDER BY reveal_id
""",
    Leave,
)
STANDS: Final = "SELECT max(ends_at) FROM reveal WHERE user_id = :user AND subject_kind = :kind AND subject_id = :subject AND ends_at > :now"
"""Until when a user's leave to see a subject stands (see `RevealStore.stands`), also for a statement that asks more."""
_STANDS: Final = sa.text(STANDS)


class RevealStore:
    """The reveals of one transaction of a user at the desk."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def ask(self, user_id: str, kind: str, subject_id: str, reason: str, now: datetime) -> Leave:
        """Granted at once for a grown-up, else when a second person grants it. Raises: InvalidInput."""
        told = reason.strip()
        if not 0 < len(told) <= LONGEST_REASON:
            raise InvalidInput(f"a reason has 1 to {LONGEST_REASON} characters")
        needs_second = self._may_show_child(kind, subject_id, now.date())
        values = {
            "user_id": user_id,
            "subject_kind": kind,
            "subject_id": subject_id,
            "reason": told,
            "needs_second": needs_second,
            "asked_at": now,
        }
        if not needs_second:
            values |= {"granted_by": user_id, "granted_at": now, "ends_at": now + LASTS}
        row = self._connection.execute(sa.insert(Reveal).values(**values).returning(*_COLUMNS)).one()
        leave = Leave(*row)
        self._tell(user_id, "reveal.ask" if needs_second else "reveal", leave)
        return leave

    def waiting(self, now: datetime) -> list[Leave]:
        """What others ask for and this user may grant, oldest first."""
        return _WAITING.all(self._connection, since=now - ANSWERED_WITHIN)

    def grant(self, reveal_id: int, user_id: str, now: datetime) -> Leave:
        """By somebody else than who asked. Raises: NotAllowed, Conflict, InvalidInput."""
        query = sa.select(*_COLUMNS).where(Reveal.reveal_id == reveal_id)
        row = self._connection.execute(query).one_or_none()
        if row is None:
            raise InvalidInput(f"there is no reveal {reveal_id}")
        asked = Leave(*row)
        if asked.user_id == user_id:
            raise NotAllowed("whoever asks for a reveal does not grant it")
        if asked.asked_at <= now - ANSWERED_WITHIN:
            raise Conflict("this was asked too long ago; it is to be asked for again")
        update = (
            sa.update(Reveal)
            .where(Reveal.reveal_id == reveal_id, Reveal.granted_by.is_(None))
            .values(granted_by=user_id, granted_at=now, ends_at=now + LASTS)
            .returning(*_COLUMNS)
        )
        granted = self._connection.execute(update).one_or_none()
        if granted is None:
            raise Conflict("this reveal was granted already")
        leave = Leave(*granted)
        self._tell(user_id, "reveal.grant", leave)
        return leave

    def stands(self, user_id: str, kind: str, subject_id: str, now: datetime) -> datetime | None:
        """Until when this user may see this subject unmasked; None: not now."""
        asked = {"user": user_id, "kind": kind, "subject": subject_id, "now": now}
        until: datetime | None = self._connection.scalar(_STANDS, asked)
        return until

    def _may_show_child(self, kind: str, subject_id: str, today: date) -> bool:
        """Whether a subject may be about a child. Raises: InvalidInput when there is no such subject to be seen."""
        if kind == "person":
            numbers = [subject_id]
        elif kind == "discrepancy":
            query = sa.select(Discrepancy.type, Discrepancy.person_no, Discrepancy.person_no_2)
            lead = self._connection.execute(
                query.where(Discrepancy.discrepancy_id == subject_id)
            ).one_or_none()
            if lead is None:
                raise InvalidInput("there is nothing to be revealed under this id")
            if lead.type in OF_UNREGISTERED:
                return True
            numbers = [number for number in (lead.person_no, lead.person_no_2) if number is not None]
            if not numbers:
                return False
        elif kind == "register_change":
            return self._is_change_of_child(subject_id, today)
        else:
            raise InvalidInput("a reveal is of a person, a discrepancy or a register change")
        born = self._connection.scalars(
            sa.select(Person.birth_date).where(Person.person_no.in_(numbers), Person.is_current)
        ).all()
        if not born:
            if kind == "person":
                raise InvalidInput("there is nothing to be revealed under this id")
            return True
        return any(may_be_child(one, today) for one in born)

    def _is_change_of_child(self, subject_id: str, today: date) -> bool:
        """By the register's rows alone: a birth date that was proposed is a word of whoever proposed it."""
        query = sa.select(RegisterChange.before).where(
            sa.cast(RegisterChange.change_id, sa.Text()) == subject_id
        )
        before = self._connection.scalar(query)
        if before is None:
            raise InvalidInput("there is nothing to be revealed under this id")
        registered = self._connection.scalars(
            sa.select(Person.birth_date).where(Person.person_no.in_(list(before)), Person.is_current)
        )
        born = [_date((row or {}).get("birth_date")) for row in before.values()]
        return any(map(is_new, before)) or any(may_be_child(one, today) for one in (*born, *registered))

    def _tell(self, actor: str, action: str, leave: Leave) -> None:
        details: dict[str, int | str | bool] = {
            "reveal": leave.reveal_id,
            "asked_by": leave.user_id,
            "child": leave.needs_second,
        }
        AuditChain(self._connection).record(
            Event(actor, action, leave.subject_kind, leave.subject_id, details)
        )


def _date(text: str | None) -> date | None:
    """What is no date is not known."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def may_be_child(born: date | None, today: date) -> bool:
    """Whoever's age nobody knows may be one."""
    if born is None:
        return True
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day)) < GROWN_UP

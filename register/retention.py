"""What is kept how long after it has ended, and what happens then. `RULES` is the table; the job runs it.

Days that a county has set itself stand in `retention_rule`, the others are those here. What lies under a legal hold stays. The audit
chain is never shortened: it holds no person, and the job writes into it what it did, as counts. What nights need to
give the same results again is not touched: open and decided discrepancies, and the register as it is now.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from register.audit import AuditChain, Event
from register.deliveries import RAW_KEY
from register.errors import InvalidInput
from register.retention_models import HOLD_KINDS, LegalHold, RetentionRule

ACTOR: Final = "retention"


@dataclass(frozen=True)
class Rule:
    """`action` is `delete` or `erase` (the row stays and says nothing of a person any more)."""

    says: str
    keep_days: int
    action: str
    statements: tuple[str, ...]


def no_hold_on(*subjects: str) -> str:
    """No hold on everything or on one of these subjects (`kind = column`)."""
    of = "".join(
        f" OR h.subject_kind = '{kind}' AND h.subject_id {how}" for kind, _, how in map(_split, subjects)
    )
    return f"NOT EXISTS (SELECT FROM legal_hold AS h WHERE h.lifted_at IS NULL AND (h.subject_kind = 'everything'{of}))"


def _split(subject: str) -> tuple[str, str, str]:
    return subject.partition(" ")


OF_LEAD = (
    "discrepancy = t.discrepancy_id",
    "person IN (t.person_no, t.person_no_2)",
    "household = t.household_no",
)
_ENDED = "valid_to < CAST(:before AS date)"
# Whom a list that broke off has not ended.
_HELD = "SELECT FROM person AS p WHERE p.person_no = t.person_no AND p.unit = t.unit AND p.is_current AND p.valid_to IS NOT NULL"

RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        "register_history": Rule(
            "rows of the register that have ended",
            5 * 365,
            "delete",
            (
                f"DELETE FROM person AS t WHERE t.{_ENDED} AND NOT t.is_current AND {no_hold_on('person = t.person_no')}",
                f"DELETE FROM membership AS t WHERE t.{_ENDED} AND NOT EXISTS ({_HELD}) "
                f"AND {no_hold_on('person = t.person_no', 'household = t.household_no')}",
                f"DELETE FROM household AS t WHERE t.{_ENDED} AND {no_hold_on('household = t.household_no')}",
                f"DELETE FROM register_statement AS t WHERE t.{_ENDED} "
                f"AND {no_hold_on('person = t.person_no', 'household = t.household_no')}",
            ),
        ),
        "resolved_discrepancy": Rule(
            "discrepancies whose evidence has gone, with their evidence",
            3 * 365,
            "delete",
            (
                "DELETE FROM discrepancy AS t WHERE t.status = 'resolved' AND t.last_night < CAST(:before AS date) "
                "AND NOT EXISTS (SELECT FROM register_change AS c WHERE c.discrepancy_id = t.discrepancy_id) "
                f"AND {no_hold_on(*OF_LEAD)}",
            ),
        ),
        "finished_change": Rule(
            "what a finished register change said of persons",
            5 * 365,
            "erase",
            (
                "UPDATE register_change AS t SET before = '{}', after = '{}', person_nos = '{}', remark = NULL "
                "WHERE t.state IN ('acknowledged', 'refused', 'withdrawn', 'reverted', 'superseded') "
                "AND t.changed_at < :before AND t.before <> '{}' "
                f"AND {no_hold_on('person = ANY (t.person_nos)', 'discrepancy = t.discrepancy_id')}",
            ),
        ),
        "quarantined_content": Rule(
            "the content of rows that could not be used",
            365,
            "erase",
            (
                # Its hash stays, by which the night knows the row again.
                f"UPDATE quarantined_row AS t SET raw = jsonb_build_object('erased', {RAW_KEY}) "
                "WHERE t.raw IS NOT NULL AND t.raw ->> 'erased' IS NULL AND t.night < CAST(:before AS date) "
                f"AND {no_hold_on()}",
            ),
        ),
        "reveal": Rule(
            "who was shown unmasked, and why",
            3 * 365,
            "delete",
            (
                f"DELETE FROM reveal AS t WHERE t.asked_at < :before AND {no_hold_on('person = t.subject_id')}",
            ),
        ),
        "quality_sample": Rule(
            "pairs of quality samples that are closed, with their answers; not what the night heeds of them",
            3 * 365,
            "delete",
            (
                "DELETE FROM quality_pair AS t WHERE t.word IS NULL AND EXISTS (SELECT FROM quality_sample AS s "
                f"WHERE s.month = t.month AND s.closed_at < :before) AND {no_hold_on('person = t.person_no')}",
                "DELETE FROM quality_sample AS t WHERE t.closed_at < :before "
                f"AND NOT EXISTS (SELECT FROM quality_pair AS p WHERE p.month = t.month) AND {no_hold_on()}",
            ),
        ),
        "session": Rule(
            "sessions and one-time tokens that have ended",
            180,
            "delete",
            (
                f"DELETE FROM app_session AS t WHERE t.ends_at < :before AND {no_hold_on()}",
                f"DELETE FROM sign_in_token AS t WHERE t.ends_at < :before AND {no_hold_on()}",
            ),
        ),
        "throttle": Rule(
            "failures to sign in, counted",
            7,
            "delete",
            ("DELETE FROM throttle AS t WHERE coalesce(t.blocked_until, t.first_at) < :before",),
        ),
    }
)


# What lies in files and no table: `pipelines.retention` removes it.
FILES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        "night_frames": Rule(
            "what nights worked out: register, links, entities, estimates", 400, "delete", ()
        ),
        "backup": Rule("backups in the folder of backups", 90, "delete", ()),
    }
)


@dataclass(frozen=True)
class Hold:
    """A legal hold that stands."""

    hold_id: int
    subject_kind: str
    subject_id: str
    reason: str


class Retention:
    """What is kept how long, within one transaction of the store's owner."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def days(self) -> dict[str, int]:
        """By rule: what the county has set, else what is usual."""
        own = self._connection.execute(sa.select(RetentionRule.what, RetentionRule.keep_days)).all()
        return {what: rule.keep_days for what, rule in {**RULES, **FILES}.items()} | {
            what: days for what, days in own if what in {**RULES, **FILES}
        }

    def set_days(self, what: str, days: int, actor: str, now: datetime) -> None:
        """Raises: InvalidInput."""
        if what not in {**RULES, **FILES}:
            raise InvalidInput(f"there is no rule {what}; rules are {', '.join((*RULES, *FILES))}")
        if not 1 <= days <= 36_500:
            raise InvalidInput("days are 1 to 36500")
        values = {"keep_days": days, "set_by": actor, "set_at": now}
        statement = insert(RetentionRule).values(what=what, **values)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["what"], set_=values))
        self._tell(actor, "retention.set", what, keep_days=days)

    def hold(self, kind: str, subject_id: str, reason: str, actor: str, now: datetime) -> int:
        """Keeps something until the hold is lifted; `everything` is of `*`. Raises: InvalidInput."""
        if kind not in HOLD_KINDS:
            raise InvalidInput(f"a hold is of {', '.join(HOLD_KINDS)}")
        if (kind == "everything") != (subject_id == "*"):
            raise InvalidInput("a hold of everything, and no other, is of *")
        if not reason.strip():
            raise InvalidInput("a hold needs a reason")
        values = {"subject_kind": kind, "subject_id": subject_id, "reason": reason.strip()}
        statement = sa.insert(LegalHold).values(**values, placed_by=actor, placed_at=now)
        hold_id = int(self._connection.execute(statement.returning(LegalHold.hold_id)).scalar_one())
        self._tell(actor, "hold.place", str(hold_id), kind=kind)
        return hold_id

    def lift(self, hold_id: int, actor: str, now: datetime) -> None:
        """Raises: InvalidInput when no such hold stands."""
        update = sa.update(LegalHold).where(LegalHold.hold_id == hold_id, LegalHold.lifted_at.is_(None))
        if self._connection.execute(update.values(lifted_by=actor, lifted_at=now)).rowcount != 1:
            raise InvalidInput(f"no hold {hold_id} stands")
        self._tell(actor, "hold.lift", str(hold_id))

    def holds(self) -> list[Hold]:
        """Those that stand, oldest first."""
        columns = (LegalHold.hold_id, LegalHold.subject_kind, LegalHold.subject_id, LegalHold.reason)
        query = sa.select(*columns).where(LegalHold.lifted_at.is_(None)).order_by(LegalHold.hold_id)
        return [Hold(*row) for row in self._connection.execute(query)]

    def settled_holds(self) -> list[Hold]:
        """Those that stand; until the transaction ends no other is placed. One that is being placed is waited for, and counts."""
        self._connection.execute(sa.text("LOCK TABLE legal_hold IN SHARE MODE"))
        return self.holds()

    def run(self, now: datetime) -> dict[str, int]:
        """Applies every rule of tables; rows deleted or erased by rule. Whoever only wants to know rolls back."""
        self.settled_holds()
        done: dict[str, int] = {}
        keep = self.days()
        for what in RULES:
            before = {"before": now - timedelta(days=keep[what])}
            done[what] = sum(
                self._connection.execute(sa.text(statement), before).rowcount
                for statement in RULES[what].statements
            )
        for what, rows in done.items():
            if rows:
                self._tell(ACTOR, f"retention.{RULES[what].action}", what, rows=rows, keep_days=keep[what])
        return done

    def tell_files(self, what: str, files: int) -> None:
        """That files of a rule of `FILES` are being removed."""
        self._tell(ACTOR, f"retention.{FILES[what].action}", what, files=files, keep_days=self.days()[what])

    def _tell(self, actor: str, action: str, subject: str, **details: str | int) -> None:
        kind = "hold" if action.startswith("hold") else "retention"
        AuditChain(self._connection).record(Event(actor, action, kind, subject, details))

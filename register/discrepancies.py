"""The life of a discrepancy from night to night (DESIGN 2.6).

Every night hands over *all* candidates it finds; the store compares them with what it knows by type and
subject:

| known as      | candidate tonight         | becomes                                     | counted   |
|---------------|---------------------------|---------------------------------------------|-----------|
| –             | yes                       | open, evidence version 1                    | opened    |
| open, waiting | same evidence hash        | the same; where the rows lie is refreshed   | untouched |
| open, waiting | another evidence hash     | the same status, evidence version + 1       | changed   |
| open, waiting | no                        | resolved (the evidence is gone)             | resolved  |
| decided       | same evidence hash, or no | decided: a person's word stands             | untouched |
| decided       | another evidence hash     | open, evidence version + 1                  | reopened  |
| resolved      | yes                       | open, evidence version + 1                  | reopened  |

`reopened_night` keeps the last night that reopened a decided one: who decided finds it again among what changed since.

While a register change that came from a decided one is applied and the register does not show it yet, more
evidence for the same two values reopens nothing: it was decided, the register's owner is to act
(docs/adr/0005). Such a candidate counts as untouched.

`first_night` is the night that first opened it. `last_night` is the last night that *changed what is said of
it*: opened, new evidence, reopened, resolved. A night that leaves it untouched leaves `last_night` too. So
running a night again changes nothing in the exports, and whether nights on which nothing arrived were run or
skipped cannot be seen in them.

When two unregistered people turn out to be one (`register.entities`), the discrepancy of the one that went into the other
vanishes and says in which it goes on (`succeeded_by`), so that what was decided of it is still found.

A night older than the newest one applied leaves the store alone (docs/adr/0001). Two nights that apply at
once wait for each other: the table is locked against writers (never readers) for the second or two that this
takes, so that a steward's decision falls before or after it, and `set_status` then notices that the evidence
is another.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.bulk import copy_in
from register.candidates import (
    CANDIDATE_COLUMNS,
    EVIDENCE_COLUMNS,
    REFRESHED,
    CandidateRow,
    candidate_frame,
    evidence_frame,
)
from register.discrepancy_models import Discrepancy
from register.errors import Conflict, StaleEvidence
from register.lead_names import NAMES_OF_NOBODY, keep_names
from register.nights import lock_nights


@dataclass(frozen=True)
class ApplyReport:
    """How many discrepancies a night opened, changed, …; `skipped` when a newer night had been applied."""

    night: date
    opened: int = 0
    changed: int = 0
    untouched: int = 0
    reopened: int = 0
    resolved: int = 0
    skipped: bool = False


# A person never resolves: that the evidence is gone is for a night to say.
PERSONS_STATUSES = ("open", "waiting", "decided")

# Their subject is an unregistered person or birth.
OF_ENTITIES = ("unregistered_birth", "missing_person")

_MAKE_INCOMING = """
CREATE TEMP TABLE incoming ON COMMIT DROP AS
    SELECT {candidate_columns}, NULL::text AS event FROM discrepancy WITH NO DATA;
CREATE TEMP TABLE incoming_evidence ON COMMIT DROP AS
    SELECT {evidence_columns} FROM evidence WITH NO DATA;
""".format(candidate_columns=", ".join(CANDIDATE_COLUMNS), evidence_columns=", ".join(EVIDENCE_COLUMNS))

_DROP_INCOMING = "DROP TABLE IF EXISTS pg_temp.incoming, pg_temp.incoming_evidence"

_CLASSIFY = """
UPDATE incoming AS i SET event = CASE
        WHEN d.status = 'resolved' THEN 'reopened'
        WHEN d.evidence_hash = i.evidence_hash THEN 'untouched'
        WHEN d.status = 'decided'
            AND (d.register_value, d.proposed_value) IS NOT DISTINCT FROM (i.register_value, i.proposed_value)
            AND EXISTS (SELECT FROM register_change AS c
                WHERE c.discrepancy_id = d.discrepancy_id AND c.state IN ('applied', 'exported'))
            THEN 'untouched'
        WHEN d.status = 'decided' THEN 'reopened'
        ELSE 'changed' END
FROM discrepancy AS d WHERE d.discrepancy_id = i.discrepancy_id
"""

_OPEN = """
INSERT INTO discrepancy (discrepancy_id, type, subject, {refreshed}, evidence_hash,
                         status, evidence_version, first_night, last_night)
SELECT discrepancy_id, type, subject, {refreshed}, evidence_hash, 'open', 1, :night, :night
FROM incoming WHERE event IS NULL
""".format(refreshed=", ".join(REFRESHED))

_CHANGE = """
UPDATE discrepancy AS d
SET {assigned}, evidence_hash = i.evidence_hash, evidence_version = d.evidence_version + 1,
    status = CASE i.event WHEN 'reopened' THEN 'open' ELSE d.status END,
    reopened_night = CASE d.status WHEN 'decided' THEN :night ELSE d.reopened_night END,
    last_night = :night, gone_night = NULL, succeeded_by = NULL
FROM incoming AS i WHERE i.discrepancy_id = d.discrepancy_id AND i.event IN ('changed', 'reopened')
""".format(assigned=", ".join(f"{name} = i.{name}" for name in REFRESHED))

_REFRESH = """
UPDATE discrepancy AS d SET {assigned}, gone_night = NULL, succeeded_by = NULL
FROM incoming AS i WHERE i.discrepancy_id = d.discrepancy_id AND i.event = 'untouched'
    AND (({ours}) IS DISTINCT FROM ({theirs}) OR d.gone_night IS NOT NULL)
""".format(
    assigned=", ".join(f"{name} = i.{name}" for name in REFRESHED),
    ours=", ".join(f"d.{name}" for name in REFRESHED),
    theirs=", ".join(f"i.{name}" for name in REFRESHED),
)

_VERSION = """
INSERT INTO discrepancy_version (discrepancy_id, evidence_version, night, event, evidence_hash,
                                 register_value, proposed_value, confidence)
SELECT d.discrepancy_id, d.evidence_version, :night, coalesce(i.event, 'opened'), d.evidence_hash,
       d.register_value, d.proposed_value, d.confidence
FROM incoming AS i JOIN discrepancy AS d USING (discrepancy_id)
WHERE i.event IS DISTINCT FROM 'untouched'
"""

_RESOLVE = """
UPDATE discrepancy AS d
SET status = CASE d.status WHEN 'decided' THEN 'decided' ELSE 'resolved' END,
    last_night = CASE d.status WHEN 'decided' THEN d.last_night ELSE :night END,
    gone_night = :night
WHERE (d.gone_night IS NULL OR d.status IN ('open', 'waiting')) AND d.type <> ALL (:standing)
    AND NOT EXISTS (SELECT FROM incoming AS i WHERE i.discrepancy_id = d.discrepancy_id)
RETURNING d.status
"""

_SUCCEED = """
UPDATE discrepancy AS d SET succeeded_by = s.discrepancy_id
FROM entity AS e, discrepancy AS s
WHERE d.gone_night = :night AND d.type = ANY (:kinds) AND e.entity_id = d.subject
    AND s.subject = e.merged_into AND s.type = ANY (:kinds) AND s.gone_night IS NULL
    AND d.succeeded_by IS DISTINCT FROM s.discrepancy_id
"""

_FORGET_EVIDENCE = """
DELETE FROM evidence AS e USING incoming AS i
WHERE e.discrepancy_id = i.discrepancy_id AND NOT EXISTS (
    SELECT FROM incoming_evidence AS n WHERE ({theirs}) = ({ours}))
""".format(
    ours=", ".join(f"e.{name}" for name in EVIDENCE_COLUMNS),
    theirs=", ".join(f"n.{name}" for name in EVIDENCE_COLUMNS),
)

_ADD_EVIDENCE = """
INSERT INTO evidence ({columns}) SELECT {columns} FROM incoming_evidence ON CONFLICT DO NOTHING
""".format(columns=", ".join(EVIDENCE_COLUMNS))

_FOLD = "SELECT fold_discrepancy_tally(), fold_feed_tally(), fold_area_tally(), fold_county_tally()"

_MARK_APPLIED = """
INSERT INTO night (night, status, is_applied) VALUES (:night, 'running', true)
ON CONFLICT (night) DO UPDATE SET is_applied = true WHERE NOT night.is_applied
"""


class DiscrepancyStore:
    """The discrepancies of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def last_applied(self) -> date | None:
        """The newest night whose candidates are in the store."""
        return self._connection.scalar(sa.text("SELECT max(night) FROM night WHERE is_applied"))

    def standings(self) -> Sequence[sa.Row[str, str, str, str, str | None]]:
        """type, subject, status, evidence_hash and area_code of every discrepancy."""
        d = Discrepancy
        columns = (d.type, d.subject, d.status, d.evidence_hash, d.area_code)
        return self._connection.execute(sa.select(*columns)).all()

    def apply(
        self,
        night: date,
        candidates: Iterable[CandidateRow],
        *,
        standing_types: Collection[str] = (),
        names: pd.DataFrame = NAMES_OF_NOBODY,
    ) -> ApplyReport:
        """Brings the store to what `night` found.

        Args:
            candidates: all of the night; no two with the same type and subject.
            standing_types: types whose rules could not speak tonight (their feed is overdue or stopped by a
                check): what is not found again stays as it was instead of being resolved.
            names: how departments' rows name whom candidates are about who are on no register row (`register.lead_names`).
        Raises: DuplicateSubject.
        """
        found = list(candidates)
        rows = candidate_frame(found)
        run = self._connection.execute
        run(sa.text(_DROP_INCOMING))
        run(sa.text(_MAKE_INCOMING))
        copy_in(self._connection, "incoming", rows)
        copy_in(self._connection, "incoming_evidence", evidence_frame(found, rows["discrepancy_id"]))
        run(sa.text("ANALYZE pg_temp.incoming"))
        run(sa.text("ANALYZE pg_temp.incoming_evidence"))
        lock_nights(self._connection)
        run(sa.text("LOCK TABLE discrepancy IN SHARE ROW EXCLUSIVE MODE"))
        newest = self.last_applied()
        if newest is not None and night < newest:
            return ApplyReport(night, skipped=True)
        report = self._write(night, sorted(standing_types))
        keep_names(self._connection, names)
        run(sa.text(_MARK_APPLIED), {"night": night})
        return report

    def _write(self, night: date, standing: list[str]) -> ApplyReport:
        run = self._connection.execute
        run(sa.text(_CLASSIFY))
        events = run(sa.text("SELECT coalesce(event, 'opened'), count(*) FROM incoming GROUP BY 1"))
        tally = {str(event): int(count) for event, count in events}
        run(sa.text(_OPEN), {"night": night})
        run(sa.text(_CHANGE), {"night": night})
        run(sa.text(_REFRESH))
        run(sa.text(_VERSION), {"night": night})
        gone = run(sa.text(_RESOLVE), {"night": night, "standing": standing}).scalars().all()
        run(sa.text(_SUCCEED), {"night": night, "kinds": list(OF_ENTITIES)})
        run(sa.text(_FORGET_EVIDENCE))
        run(sa.text(_ADD_EVIDENCE))
        run(sa.text(_FOLD))
        return ApplyReport(
            night,
            opened=tally.get("opened", 0),
            changed=tally.get("changed", 0),
            untouched=tally.get("untouched", 0),
            reopened=tally.get("reopened", 0),
            resolved=gone.count("resolved"),
        )

    def set_status(self, id_: str, status: str, evidence_version: int, *, seen: str | None = None) -> None:
        """What a person made of it: open, waiting or decided.

        Args:
            seen: the status that the person saw; of two who decide at once, the second is then told.
        Raises: StaleEvidence when the evidence is gone or no longer the version that the person saw, Conflict when somebody
            else has given another status since.
        """
        if status not in PERSONS_STATUSES:
            raise ValueError(f"no status that a person gives: {status}")
        standing = sa.and_(
            Discrepancy.discrepancy_id == id_,
            Discrepancy.evidence_version == evidence_version,
            Discrepancy.status != "resolved",
        )
        as_seen = sa.true() if seen is None else Discrepancy.status == seen
        update = sa.update(Discrepancy).where(standing, as_seen).values(status=status)
        if self._connection.execute(update).rowcount != 1:
            now = self._connection.scalar(sa.select(Discrepancy.status).where(standing))
            if now is not None:
                raise Conflict(f"{id_} is {now} by now")
            raise StaleEvidence(f"{id_} no longer rests on evidence version {evidence_version}")

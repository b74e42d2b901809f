"""The monthly quality sample in the store: drawn once, answered blind, closed, then read by those who may.

    work.quality.draw(drawn, now)                               # the night's part
    pair = work.quality.next(sample.month, "li.wen")            # a reviewer's: never in the order of scores
    work.quality.answer(pair.pair_id, "li.wen", "same_person", now)
    work.quality.close(sample.month, "chen.hua", now)           # from here on scores and all answers can be read

What is read is what the transaction's role may read: before a sample is closed the desk's roles have no score and no answer but their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from register.audit import AuditChain, Detail, Event
from register.errors import Conflict, InvalidInput
from register.quality_models import (
    ANSWERS,
    WORDS,
    QualityAnswer,
    QualityPair,
    QualitySample,
    QualityScore,
    QualityStratum,
)

SUBJECT: Final = "quality_pair"
SAMPLE: Final = "quality_sample"


@dataclass(frozen=True)
class Sample:
    """`month` is its first day, `pairs` how many were drawn."""

    month: date
    night: date
    model_version: str
    pairs: int
    drawn_at: datetime
    closed_at: datetime | None = None
    closed_by: str | None = None


@dataclass(frozen=True)
class Stratum:
    """Pairs of a decision whose match probability lies in [low, high), the last one's up to 1; `pairs`: how many the night had."""

    stratum: int
    decision: str
    low: float
    high: float
    pairs: int


@dataclass(frozen=True)
class Pair:
    """What is to be judged: a department's row and a person of the register."""

    pair_id: str
    month: date
    area_code: str | None
    content_key: str
    person_no: str
    feed: str
    file: str
    sheet: str
    row: int
    role: str


@dataclass(frozen=True)
class DrawnPair:
    """A pair with what the night made of it."""

    pair: Pair
    asks: int
    stratum: int
    decision: str
    match_weight: float
    match_probability: float


@dataclass(frozen=True)
class Drawn:
    """A whole sample before it is kept."""

    month: date
    night: date
    model_version: str
    strata: Sequence[Stratum]
    pairs: Sequence[DrawnPair]


@dataclass(frozen=True)
class Judged:
    """A pair of a closed sample: what reviewers answered, the first first, and by whom; `raters` may be numbers that name nobody.

    `pair` and the score are None where only numbers were asked for.
    """

    month: date
    stratum: int
    kinds: tuple[str, ...]
    raters: tuple[str, ...]
    pair: Pair | None = None
    decision: str = ""
    match_weight: float = 0.0
    match_probability: float = 0.0


def verdict(kinds: Sequence[str]) -> str | None:
    """What most of two or more say; None where nobody has the most."""
    counted = Counter(kinds).most_common(2)
    if len(kinds) < 2 or len(counted) == 2 and counted[0][1] == counted[1][1]:
        return None
    return counted[0][0]


_PAIR: Final = [getattr(QualityPair, name) for name in Pair.__dataclass_fields__]
_SAMPLE: Final = [getattr(QualitySample, name) for name in Sample.__dataclass_fields__]
# Every reviewer has an order of the own, in which neither scores nor others' answers have a part.
_NEXT: Final = sa.text(f"""
SELECT {", ".join(f'p."{name}"' for name in Pair.__dataclass_fields__)} FROM quality_pair AS p
WHERE p.month = :month AND NOT p.is_done AND NOT EXISTS (SELECT FROM quality_answer AS a
    WHERE a.pair_id = p.pair_id AND a.reviewer = :reviewer AND a.taken_back_at IS NULL)
ORDER BY md5(p.pair_id || :reviewer) <= md5(:after || :reviewer), md5(p.pair_id || :reviewer)
""")
_TALLY: Final = sa.text("SELECT month, stratum, kinds, raters FROM desk_quality_tally(:since)")


class QualityStore:
    """The samples of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def samples(self) -> list[Sample]:
        """Newest first."""
        rows = self._connection.execute(sa.select(*_SAMPLE).order_by(QualitySample.month.desc()))
        return [Sample(*row) for row in rows]

    def open(self) -> Sample | None:
        """The one that is being answered."""
        row = self._connection.execute(
            sa.select(*_SAMPLE).where(QualitySample.closed_at.is_(None))
        ).one_or_none()
        return None if row is None else Sample(*row)

    def strata(self, month: date) -> list[Stratum]:
        columns = [getattr(QualityStratum, name) for name in Stratum.__dataclass_fields__]
        query = sa.select(*columns).where(QualityStratum.month == month)
        return [Stratum(*row) for row in self._connection.execute(query.order_by(QualityStratum.stratum))]

    def draw(self, drawn: Drawn, now: datetime) -> bool:
        """Keeps a sample, and closes the one before; nothing happens when the month has one already."""
        sample = {
            "month": drawn.month,
            "night": drawn.night,
            "model_version": drawn.model_version,
            "pairs": len(drawn.pairs),
            "drawn_at": now,
        }
        if any(one.month >= drawn.month for one in self.samples()):
            return False
        before = self.open()
        if before is not None:
            self.close(before.month, "night", now)
        self._connection.execute(sa.insert(QualitySample).values(**sample))
        strata = [{"month": drawn.month, **one.__dict__} for one in drawn.strata]
        pairs = [{**one.pair.__dict__, "asks": one.asks} for one in drawn.pairs]
        names = ("stratum", "decision", "match_weight", "match_probability")
        scores = [
            {"pair_id": one.pair.pair_id, **{name: getattr(one, name) for name in names}}
            for one in drawn.pairs
        ]
        for table, rows in ((QualityStratum, strata), (QualityPair, pairs), (QualityScore, scores)):
            if rows:
                self._connection.execute(sa.insert(table), rows)
        details: dict[str, Detail] = {"pairs": len(pairs), "night": drawn.night.isoformat()}
        self._record("night", "quality.draw", SAMPLE, f"{drawn.month:%Y-%m}", details)
        return True

    def next(self, month: date, reviewer: str, after: str = "") -> list[Pair]:
        """What this reviewer may still be asked, in an order of the own that goes on behind `after`."""
        given = {"month": month, "reviewer": reviewer, "after": after}
        return [Pair(*row) for row in self._connection.execute(_NEXT, given)]

    def pair(self, pair_id: str) -> Pair | None:
        row = self._connection.execute(sa.select(*_PAIR).where(QualityPair.pair_id == pair_id)).one_or_none()
        return None if row is None else Pair(*row)

    def progress(self, month: date, reviewer: str) -> tuple[int, int]:
        """How many this reviewer has answered, and how many the sample has where the reviewer works."""
        own = (
            sa.select(sa.func.count())
            .select_from(QualityAnswer)
            .join(QualityPair, QualityPair.pair_id == QualityAnswer.pair_id)
        )
        standing = (QualityAnswer.reviewer == reviewer, QualityAnswer.taken_back_at.is_(None))
        mine = self._connection.scalar(own.where(QualityPair.month == month, *standing))
        return int(mine or 0), self._count(QualityPair.month == month)

    def unfinished(self, month: date) -> int:
        """Pairs that still need a reviewer."""
        return self._count(QualityPair.month == month, ~QualityPair.is_done)

    def _count(self, *conditions: sa.ColumnElement[bool]) -> int:
        query = sa.select(sa.func.count(QualityPair.pair_id)).where(*conditions)
        return int(self._connection.scalar(query) or 0)

    def answer(self, pair_id: str, reviewer: str, kind: str, now: datetime) -> None:
        """Raises: InvalidInput for an answer that is none, Conflict when the sample is closed or the reviewer has answered."""
        if kind not in ANSWERS:
            raise InvalidInput("there is no such answer")
        self._must_be_open(pair_id)
        values = {"pair_id": pair_id, "reviewer": reviewer, "kind": kind, "answered_at": now}
        new = insert(QualityAnswer).values(**values).on_conflict_do_nothing()
        if self._connection.scalar(new.returning(QualityAnswer.answer_id)) is None:
            raise Conflict("this reviewer has answered already")
        self._record(reviewer, "quality.answer", SUBJECT, pair_id)

    def take_back(self, pair_id: str, reviewer: str, now: datetime) -> None:
        """Raises: Conflict when the sample is closed or there is nothing to take back."""
        self._must_be_open(pair_id)
        done = self._connection.execute(
            sa.update(QualityAnswer)
            .where(
                QualityAnswer.pair_id == pair_id,
                QualityAnswer.reviewer == reviewer,
                QualityAnswer.taken_back_at.is_(None),
            )
            .values(taken_back_at=now)
        )
        if not done.rowcount:
            raise Conflict("there is nothing to take back")
        self._record(reviewer, "quality.take_back", SUBJECT, pair_id)

    def _must_be_open(self, pair_id: str) -> None:
        query = sa.select(QualitySample.closed_at).join(QualityPair, QualityPair.month == QualitySample.month)
        row = self._connection.execute(query.where(QualityPair.pair_id == pair_id)).one_or_none()
        if row is None or row.closed_at is not None:
            raise Conflict("this sample is closed")

    def close(self, month: date, by: str, now: datetime) -> None:
        """From here on nobody answers, and what was hidden can be read. Raises: Conflict when it is closed or not there."""
        done = self._connection.execute(
            sa.update(QualitySample)
            .where(QualitySample.month == month, QualitySample.closed_at.is_(None))
            .values(closed_at=now, closed_by=by)
        )
        if not done.rowcount:
            raise Conflict("this sample is closed")
        self._record(by, "quality.close", SAMPLE, f"{month:%Y-%m}")

    def tally(self, since: date) -> list[Judged]:
        """The closed samples since a month as numbers, also for pairs that the user may not see."""
        rows = self._connection.execute(_TALLY, {"since": since})
        return [Judged(row.month, row.stratum, tuple(row.kinds), tuple(map(str, row.raters))) for row in rows]

    def judged(self, month: date) -> list[Judged]:
        """The pairs of a closed sample that the user may see; of an open one none."""
        scores = [getattr(QualityScore, name) for name in ("decision", "match_weight", "match_probability")]
        query = sa.select(QualityScore.stratum, *scores, *_PAIR).join(
            QualityScore, QualityScore.pair_id == QualityPair.pair_id
        )
        said: dict[str, list[tuple[str, str]]] = {}
        answers = sa.select(QualityAnswer.pair_id, QualityAnswer.kind, QualityAnswer.reviewer).join(
            QualityPair, QualityPair.pair_id == QualityAnswer.pair_id
        )
        standing = (QualityPair.month == month, QualityAnswer.taken_back_at.is_(None))
        for one in self._connection.execute(answers.where(*standing).order_by(QualityAnswer.answer_id)):
            said.setdefault(one.pair_id, []).append((one.kind, one.reviewer))
        closed = sa.select(QualitySample.month).where(QualitySample.closed_at.is_not(None))
        wanted = query.where(QualityPair.month == month, QualityPair.month.in_(closed))
        rows = self._connection.execute(wanted.order_by(QualityPair.pair_id))
        found = []
        for stratum, decision, weight, probability, *rest in rows:
            pair = Pair(*rest)
            kinds, raters = zip(*said[pair.pair_id]) if pair.pair_id in said else ((), ())
            found.append(Judged(month, stratum, kinds, raters, pair, decision, weight, probability))
        return found

    def words(self, month: date) -> dict[str, str]:
        """By pair, what the night heeds of it (a steward's to read)."""
        query = sa.select(QualityPair.pair_id, QualityPair.word).where(
            QualityPair.month == month, QualityPair.word.is_not(None)
        )
        return {row.pair_id: row.word for row in self._connection.execute(query)}

    def heed(self, pair_id: str, word: str | None, by: str, now: datetime) -> None:
        """Lets the night heed that a pair is one person or is not (`confirmed`, `rejected`), or, by None, no more.

        Raises: InvalidInput for a word that is none, Conflict while the sample is open.
        """
        if word is not None and word not in WORDS:
            raise InvalidInput("there is no such word")
        values = (
            {"word": word, "word_by": by, "word_at": now}
            if word
            else dict.fromkeys(("word", "word_by", "word_at"))
        )
        closed = sa.select(QualitySample.month).where(QualitySample.closed_at.is_not(None))
        done = self._connection.execute(
            sa.update(QualityPair)
            .where(QualityPair.pair_id == pair_id, QualityPair.month.in_(closed))
            .values(**values)
        )
        if not done.rowcount:
            raise Conflict("this sample is not closed")
        self._record(by, "quality.heed" if word else "quality.heed_no_more", SUBJECT, pair_id)

    def _record(
        self, actor: str, action: str, kind: str, subject: str, details: Mapping[str, Detail] | None = None
    ) -> None:
        """What was answered is never in it: the chain is read by others."""
        AuditChain(self._connection).record(Event(actor, action, kind, subject, details or {}))

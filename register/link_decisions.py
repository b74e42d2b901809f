"""The stewards' word on who is who, as the linking of a night heeds it.

A possible link asks whether some rows speak of somebody on the register. What was answered holds for what those rows said (their content
keys), in whatever file and month they say it again; a row that says something else is asked about anew.

What reviewers answer in the monthly quality sample is not heeded: it measures the links, and a measure that changes what it measures is none. Once
a sample is closed, a steward may say so of single pairs (`quality_pair.word`), and that counts like any other answer.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

COLUMNS = ("content_key", "person_no", "decision")
ANSWERS = {"same_person": "confirmed", "different_person": "rejected"}

_ROWS = """
SELECT DISTINCT e.content_key FROM evidence AS e
WHERE e.discrepancy_id = :id AND e.feed <> 'register' ORDER BY e.content_key
"""
_STANDING = """
SELECT d.decided_at AS at, d.decision_id AS number, said.content_key, l.person_no, d.kind
FROM decision AS d JOIN discrepancy AS l USING (discrepancy_id) CROSS JOIN unnest(d.content_keys) AS said (content_key)
WHERE l.type = 'possible_link' AND l.person_no IS NOT NULL AND d.kind = ANY (:kinds)
    AND NOT EXISTS (SELECT FROM decision AS u WHERE u.undoes = d.decision_id)
UNION ALL
SELECT p.word_at, 0, p.content_key, p.person_no, CASE p.word WHEN 'confirmed' THEN 'same_person' ELSE 'different_person' END
FROM quality_pair AS p WHERE p.word IS NOT NULL
ORDER BY at, number, content_key
"""
_ANSWERED = """
SELECT said.content_key, l.person_no, d.kind, d.decided_by AS by, d.decided_at AS at, d.decision_id AS number, d.reason, d.outcome, d.outcome_on, d.discrepancy_id,
    e.feed, e.file, e.sheet, e."row", e.role
FROM discrepancy AS l JOIN decision AS d USING (discrepancy_id) CROSS JOIN unnest(d.content_keys) AS said (content_key)
LEFT JOIN LATERAL (
    SELECT feed, file, sheet, "row", role FROM evidence AS e
    WHERE e.discrepancy_id = d.discrepancy_id AND e.content_key = said.content_key AND e.feed <> 'register'
    ORDER BY e.file DESC, e.sheet, e."row" LIMIT 1) AS e ON true
WHERE l.type = 'possible_link' AND l.person_no = ANY (:numbers) AND d.kind = ANY (:kinds)
    AND NOT EXISTS (SELECT FROM decision AS u WHERE u.undoes = d.decision_id)
"""
_WORDS = """
UNION ALL
SELECT content_key, person_no, CASE word WHEN 'confirmed' THEN 'same_person' ELSE 'different_person' END, word_by, word_at, 0, NULL, NULL, NULL, NULL,
    feed, file, sheet, "row", role
FROM quality_pair WHERE word IS NOT NULL AND person_no = ANY (:numbers)
"""
_NEWEST = """
SELECT DISTINCT ON (content_key, person_no) * FROM ({answers}) AS answered
ORDER BY content_key, person_no, at DESC, number DESC
"""


@dataclass(frozen=True)
class Answer:
    """What a person said of a row and somebody on the register: `confirmed` to be one, or `rejected`.

    `discrepancy_id`: in which it was said; None of a pair of the quality sample. The place is one where the row's content stands, blank where none is
    kept any more.
    """

    content_key: str
    person_no: str
    decision: str
    by: str
    at: datetime
    reason: str | None
    outcome: str | None
    outcome_on: date | None
    discrepancy_id: str | None
    feed: str
    file: str
    sheet: str
    row: int
    role: str


def rows_spoken_of(connection: Connection, discrepancy_id: str) -> list[str]:
    """The content keys of the departments' rows that a discrepancy rests on."""
    return list(connection.scalars(sa.text(_ROWS), {"id": discrepancy_id}))


class LinkDecisions:
    """The answers of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def standing(self, known: Collection[str] | None = None) -> pd.DataFrame:
        """content_key, person_no, decision (`confirmed`, `rejected`), a line for each pair; nothing that was taken back.

        Of two answers about one row and person the later counts. A row is one person's: of two persons it was confirmed to be, the
        later. `known`: the content keys to answer for, all by default.
        """
        rows = self._connection.execute(sa.text(_STANDING), {"kinds": list(ANSWERS)}).all()
        table = pd.DataFrame(rows, columns=["at", "number", "content_key", "person_no", "kind"], dtype=object)
        table["decision"] = table["kind"].map(ANSWERS)
        if known is not None:
            table = table[table["content_key"].isin(set(known))]
        table = table.drop_duplicates(["content_key", "person_no"], keep="last")
        is_older = table["decision"].eq("confirmed") & table.duplicated(
            ["content_key", "decision"], keep="last"
        )
        return table.loc[~is_older, list(COLUMNS)].reset_index(drop=True)

    def about(self, person_nos: Collection[str], *, with_words: bool) -> list[Answer]:
        """The newest answer that stands of each row that somebody was asked about of these persons, as far as the user may see, newest first.

        Args:
            with_words: also what was said of pairs of the quality sample, for who may read it.
        """
        query = _NEWEST.format(answers=_ANSWERED + (_WORDS if with_words else ""))
        given = {"numbers": sorted(set(person_nos)), "kinds": list(ANSWERS)}
        rows = sorted(self._connection.execute(sa.text(query), given), key=lambda row: row.at, reverse=True)
        return [
            Answer(
                content_key=row.content_key,
                person_no=row.person_no,
                decision=ANSWERS[row.kind],
                by=row.by,
                at=row.at,
                reason=row.reason,
                outcome=row.outcome,
                outcome_on=row.outcome_on,
                discrepancy_id=row.discrepancy_id,
                feed=row.feed or "",
                file=row.file or "",
                sheet=row.sheet or "",
                row=row.row or 0,
                role=row.role or "",
            )
            for row in rows
        ]

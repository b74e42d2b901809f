"""The stewards' word on who is who, as the linking of a night heeds it.

A possible link asks whether some rows speak of somebody on the register. What was answered holds for what those rows said (their content
keys), in whatever file and month they say it again; a row that says something else is asked about anew.

What reviewers answer in the monthly quality sample is not heeded: it measures the links, and a measure that changes what it measures is none. Once
a sample is closed, a steward may say so of single pairs (`quality_pair.word`), and that counts like any other answer.
"""

from __future__ import annotations

from collections.abc import Collection

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

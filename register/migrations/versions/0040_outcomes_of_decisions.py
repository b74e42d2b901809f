"""What came of asking at a door, and on which day, as columns of the decision: its reason has the note alone

Until now all three stood in the reason, in the words of whoever handed the list in. What was decided before is told apart here, by the words that
the lists had; what reads otherwise was typed and stays.

Revision: 0040, after 0039.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"

TABLE = "decision"
COLUMNS = ("outcome", "outcome_on")
DECIDING = ("clerk", "officer", "steward")
KINDS = ("visited", "not_met", "not_a_problem", "same_person", "different_person")
# code → the words in the drop-down of a Chinese and of an English list
WORDS = {
    "confirmed": ("属实", "as suggested"),
    "not_so": ("不属实", "not so"),
    "moved_away": ("已搬离", "moved away"),
    "nobody": ("无人在家", "nobody there"),
    "refused": ("拒访", "did not wish to answer"),
    "no_problem": ("无需处理", "not a problem"),
    "other": ("其他", "other (see note)"),
}
BETWEEN = ("；", "; ")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec")
DAYS = (
    re.compile(r"(?P<year>\d{4})年(?P<month>\d{1,2})月(?P<day>\d{1,2})日"),
    re.compile(rf"(?P<day>\d{{1,2}}) (?P<month>{'|'.join(MONTHS)}) (?P<year>\d{{4}})"),
)


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("outcome", sa.Text(), nullable=True))
    op.add_column(TABLE, sa.Column("outcome_on", sa.Date(), nullable=True))
    codes = ", ".join(f"'{code}'" for code in WORDS)
    op.create_check_constraint(op.f("decision_outcome_known_check"), TABLE, f"outcome IN ({codes})")
    op.create_check_constraint(
        op.f("decision_outcome_whole_check"), TABLE, "outcome_on IS NULL OR outcome IS NOT NULL"
    )
    for role in DECIDING:
        op.execute(f"GRANT INSERT ({', '.join(COLUMNS)}) ON {TABLE} TO bulou_{role}")
    _tell_apart()


def downgrade() -> None:
    words = " ".join(f"WHEN '{code}' THEN '{chinese}'" for code, (chinese, _) in WORDS.items())
    between = BETWEEN[0]
    op.execute(f"""
UPDATE {TABLE} SET reason = concat_ws('{between}', CASE outcome {words} END, to_char(outcome_on, 'FMYYYY"年"FMMM"月"FMDD"日"'), reason)
WHERE outcome IS NOT NULL
""")
    for role in DECIDING:
        op.execute(f"REVOKE INSERT ({', '.join(COLUMNS)}) ON {TABLE} FROM bulou_{role}")
    for column in reversed(COLUMNS):
        op.drop_column(TABLE, column)


def _tell_apart() -> None:
    connection = op.get_bind()
    first = [f"{word}%" for words in WORDS.values() for word in words]
    query = sa.text(
        f"SELECT decision_id, reason FROM {TABLE} WHERE kind = ANY (:kinds) AND reason LIKE ANY (:first)"
    )
    update = sa.text(
        f"UPDATE {TABLE} SET outcome = :outcome, outcome_on = :outcome_on, reason = :reason WHERE decision_id = :id"
    )
    rows = connection.execute(query, {"kinds": list(KINDS), "first": first})
    found = [{"id": id_, **parts} for id_, reason in rows if (parts := parts_of(reason)) is not None]
    if found:
        connection.execute(update, found)


def parts_of(reason: str) -> Mapping[str, object] | None:
    """Outcome, day and note of a reason; None of one that was typed."""
    for at, between in enumerate(BETWEEN):
        chosen, *rest = reason.split(between, 2)
        outcome = next((code for code, words in WORDS.items() if words[at] == chosen), None)
        if outcome is None:
            continue
        on = day_of(rest[0], at) if rest else None
        note = between.join(rest if on is None else rest[1:])
        return {"outcome": outcome, "outcome_on": on, "reason": note or None}
    return None


def day_of(text: str, at: int) -> date | None:
    """The day that a list of this language has so."""
    found = DAYS[at].fullmatch(text)
    if found is None:
        return None
    year, month, number = found["year"], found["month"], found["day"]
    try:
        return date(int(year), int(month) if month.isdecimal() else MONTHS.index(month) + 1, int(number))
    except ValueError:
        return None

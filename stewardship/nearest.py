"""Who on the register comes nearest to somebody who is on no row of it, and why it is not they: the waterfall that the night has kept.

The candidate is masked by their own age, also while leave stands to see the discrepancy: it was given for whom that is about. Of a candidate
whom the user may not see only the weight is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.engine import Connection

from register.current import current_rows
from stewardship.leads import NEWCOMERS, Evidence, Lead
from stewardship.masking import masked, may_be_child
from stewardship.prepared import Prepared
from stewardship.waterfalls import Waterfall, drawn


@dataclass(frozen=True)
class Nearest:
    """`waterfall`, number, name, sex and birth date only of somebody whom the user may see."""

    match_weight: float
    person_no: str = ""
    name: str = ""
    sex: str = ""
    born: str = ""
    waterfall: Waterfall | None = None


def nearest(
    connection: Connection,
    prepared: Prepared,
    lead: Lead,
    evidence: Sequence[Evidence],
    today: date,
    night: date | None,
) -> Nearest | None:
    """Of all rows that speak of the person the best candidate, as the last applied `night` weighed it; None where there was none."""
    if night is None or lead.type not in NEWCOMERS:
        return None
    feeds = {row.content_key: row.feed for row in evidence if row.feed != "register"}
    weighed = [one for one in prepared.weighed(night, feeds) if one.kind == "nearest"] if feeds else []
    if not weighed:
        return None
    best = max(weighed, key=lambda one: one.match_weight)
    row = current_rows(connection, [best.person_no]).get(best.person_no)
    if row is None:
        return Nearest(best.match_weight)
    is_child = may_be_child(row["birth_date"], today)
    return Nearest(
        best.match_weight,
        best.person_no,
        masked("name", row["name"] or "", is_child=is_child),
        row["sex"] or "",
        (row["birth_date"] or "")[:4],
        drawn(best, feeds[best.subject], None),
    )

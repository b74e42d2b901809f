"""ID numbers of a department's rows that cannot be anybody's, or not that person's: for `sources` to ask about.

A wrong check digit, lost digits, and the number of somebody else of the same row (a parent's in the child's column). They prove nothing
about the person, so no rule weighs them; the department can mend them. Of a person surely on the register the register's valid number is
favoured. Where a spreadsheet has cut most of the numbers of a file, that is one mistake of the file and not hundreds of its rows.
"""

from __future__ import annotations

import pandas as pd

from discrepancies.values import valid_id
from discrepancies.view import View

FIELD = "id_number"
BROKEN = ("checksum", "partial")
LOST_IN_FILE = "lost"
MOST, FEWEST_LOST = 0.5, 20
"""A file has lost its numbers when more than this share of those in one role are cut, and so many."""


def unusable_numbers(view: View) -> pd.DataFrame:
    """place (in the view's mentions), at (-1: linked to nobody for sure), field, value, favoured_value, reg_text, confidence, and
    `is_of_file` where the whole file has lost its numbers."""
    mentions = view.mentions
    numbered = mentions[mentions["is_latest"] & mentions["feed"].ne("register") & mentions[FIELD].notna()]
    is_broken = numbered["id_state"].isin(BROKEN)
    is_partial = numbered["id_state"].eq("partial")
    column = [numbered["feed"], numbered["file"], numbered["role"]]
    lost = is_partial.groupby(column).transform("sum")
    is_lost = is_partial & lost.ge(FEWEST_LOST) & lost.gt(MOST * is_partial.groupby(column).transform("size"))
    rows = numbered[is_broken | _is_borrowed(numbered)]
    at = rows["at"].where(rows["is_sure"], -1).astype(int)
    registered = valid_id(view.register[FIELD]).reindex(at).set_axis(rows.index)
    return pd.DataFrame(
        {
            "place": rows.index,
            "at": at,
            "field": FIELD,
            "value": rows[FIELD],
            "favoured_value": registered,
            "reg_text": registered,
            "confidence": 1.0,
            "is_of_file": is_lost[rows.index],
        }
    ).reset_index(drop=True)


def _is_borrowed(numbered: pd.DataFrame) -> pd.Series:
    """Whether a row's own person has the number of somebody else mentioned in the row."""
    repeated = numbered.duplicated(["record_id", FIELD], keep=False)
    return repeated & numbered["role"].eq("self")

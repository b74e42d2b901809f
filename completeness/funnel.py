"""From notification to registration, by township and month of birth: what became of the births that a feed has told of.

`notified` = `linked` + `not_yet`, and `linked` = `within_30_days` + `later` + `undated`. The day of registration is the police's entry
where their births list tells it, else the arrival of the first register list that shows the child; for a child on the very first
list of its unit that is only known to be before, so when the list came after the thirty days the child is `undated`.
"""

from __future__ import annotations

import pandas as pd

LEGAL_DAYS = 30
"""户口登记条例, article 7: a birth is to be registered within a month."""
ALL = "*"
COUNTS = ("notified", "linked", "within_30_days", "later", "undated", "not_yet")
KEYS = ("township", "month")
COLUMNS = (*KEYS, *COUNTS)


def funnel(histories: pd.DataFrame, shown: pd.DataFrame) -> pd.DataFrame:
    """Counts by township and month of birth, with `*` for all townships and all months; children without township count in `*` only.

    `shown`: person_no, shown_on (first day the register showed the person), is_first_list (that was its unit's first list).
    """
    births = histories[histories["hospital"] | histories["police"]]
    linked = births["register"].astype(bool)
    first = shown.drop_duplicates("person_no").set_index("person_no")
    shown_on = pd.to_datetime(births["unit"].map(first["shown_on"]))
    on_first_list = births["unit"].map(first["is_first_list"]).eq(True)
    day = pd.to_datetime(births["entered_on"]).fillna(shown_on)
    in_time = (day - births["born"]).dt.days <= LEGAL_DAYS
    undated = ~in_time & births["entered_on"].isna() & (on_first_list | day.isna())
    flags = pd.DataFrame(
        {
            "township": births["township"],
            "month": births["born"].dt.strftime("%Y-%m"),
            "notified": 1,
            "linked": linked,
            "within_30_days": linked & in_time,
            "later": linked & ~in_time & ~undated,
            "undated": linked & undated,
            "not_yet": ~linked,
        }
    )
    counts = list(COUNTS)
    flags[counts] = flags[counts].astype(int)
    views = [
        flags,
        flags.assign(month=ALL),
        flags.assign(township=ALL),
        flags.assign(township=ALL, month=ALL),
    ]
    summed = (
        pd.concat(views)
        .dropna(subset=["township"])
        .groupby(["township", "month"], as_index=False)[counts]
        .sum()
    )
    return summed.astype({"township": "object", "month": "object", **dict.fromkeys(counts, "Int64")})[
        list(COLUMNS)
    ]

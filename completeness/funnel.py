"""From notification to registration: what became of each birth that a feed has told of, and the counts by township and month of birth.

`notified` = `linked` + `not_yet`, and `linked` = `within_30_days` + `later` + `undated`. The day of registration is the police's entry
where their births list tells it, else the arrival of the first register list that shows the child; for a child on the very first
list of its unit that is only known to be before, so when the list came after the thirty days the child is `undated`.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

LEGAL_DAYS = 30
"""户口登记条例, article 7: a birth is to be registered within a month."""
ALL = "*"
STEPS: Final = ("within_30_days", "later", "undated", "not_yet")
COUNTS = ("notified", "linked", *STEPS)
KEYS = ("township", "month")
COLUMNS = (*KEYS, *COUNTS)
SOURCE: Final = ("feed", "file", "sheet", "row")
BIRTHS: Final = ("unit", *KEYS, "sex", "born", "step")


def notified_births(histories: pd.DataFrame, shown: pd.DataFrame) -> pd.DataFrame:
    """One row per birth that a feed has told of, with its step: columns are `BIRTHS`.

    `histories` as `histories.capture_histories` makes them. `shown`: person_no, shown_on (first day the register showed the person),
    is_first_list (that was its unit's first list).
    """
    births = histories[histories["hospital"] | histories["police"]]
    first = shown.drop_duplicates("person_no").set_index("person_no")
    shown_on = pd.to_datetime(births["unit"].map(first["shown_on"]))
    on_first_list = births["unit"].map(first["is_first_list"]).eq(True)
    day = pd.to_datetime(births["entered_on"]).fillna(shown_on)
    in_time = (day - births["born"]).dt.days <= LEGAL_DAYS
    is_undated = births["entered_on"].isna() & (on_first_list | day.isna())
    reached = np.select([in_time, is_undated], ["within_30_days", "undated"], "later")
    step = pd.Series(reached, index=births.index, dtype=object)
    found = births.assign(
        month=births["born"].dt.strftime("%Y-%m"), step=step.where(births["register"].astype(bool), "not_yet")
    )
    return found[list(BIRTHS)].reset_index(drop=True)


def with_sources(births: pd.DataFrame, children: pd.DataFrame) -> pd.DataFrame:
    """`notified_births` with `feeds` (of the rows that tell of it today, in order, between commas) and one of these rows: feed, file, sheet, row.

    `children`: their `histories.child_mentions`. Of the rows that one stands first which tells of a birth, and of these the newest.
    """
    rows = children[children["is_latest"].eq(True) & children["unit"].isin(set(births["unit"]))]
    feeds = rows.groupby("unit")["feed"].agg(lambda told: ",".join(sorted(set(told))))
    best = rows.assign(is_other=~rows["feed"].str.endswith("_births"), day=rows["arrival"].astype(str))
    order = best.sort_values(["is_other", "day", "mention_id"], ascending=[True, False, True], kind="stable")
    first = order.drop_duplicates("unit").set_index("unit")[list(SOURCE)]
    return births.assign(feeds=births["unit"].map(feeds)).join(first, on="unit")


def funnel(births: pd.DataFrame) -> pd.DataFrame:
    """Counts of `notified_births` by township and month of birth, with `*` for all townships and all months; children without township
    count in `*` only.
    """
    is_at = {name: births["step"].eq(name) for name in STEPS}
    counts = {"notified": True, "linked": ~is_at["not_yet"], **is_at}
    flags = births[list(KEYS)].assign(**counts).astype(dict.fromkeys(COUNTS, int))
    views = [
        flags,
        flags.assign(month=ALL),
        flags.assign(township=ALL),
        flags.assign(township=ALL, month=ALL),
    ]
    summed = (
        pd.concat(views).dropna(subset=["township"]).groupby(list(KEYS), as_index=False)[list(COUNTS)].sum()
    )
    types = {**dict.fromkeys(KEYS, "object"), **dict.fromkeys(COUNTS, "Int64")}
    return summed.astype(types)[list(COLUMNS)]

"""人不漏项: a register field that the evidence contradicts (inconsistent_field) or that it can fill
(missing_item).

What is raised is a value other than the register's that comes out ahead by far enough, or any value known
for a blank. Where the register comes out ahead, the department's row is wrong: `sources`. Nothing is asked
about the dead.
"""

from __future__ import annotations

import pandas as pd

from discrepancies.candidates import INCONSISTENT_FIELD, MISSING_ITEM, Candidate, Evidence
from discrepancies.claims import FIELDS
from discrepancies.events import deceased
from discrepancies.view import View, evidence_rows, in_order_of_rows
from discrepancies.weighing import VALUE, Weighed

# Proposed all at once, these say that the link or a shared number is wrong rather than the register.
WHO_SOMEBODY_IS = frozenset(("name", "id_number", "birth_date"))
PRIORITY: dict[tuple[str, str], int] = {
    (INCONSISTENT_FIELD, "id_number"): 2,
    (INCONSISTENT_FIELD, "birth_date"): 2,
    (INCONSISTENT_FIELD, "sex"): 2,
    (MISSING_ITEM, "id_number"): 3,
    (MISSING_ITEM, "birth_date"): 3,
    (MISSING_ITEM, "name"): 3,
}
DEFAULT_PRIORITY = {INCONSISTENT_FIELD: 3, MISSING_ITEM: 4}
_MAY_DIFFER = [rule.field for rule in FIELDS if rule.inconsistent]
_MAY_MISS = [rule.field for rule in FIELDS if rule.missing]


def find_fields(view: View, weighed: Weighed) -> list[Candidate]:
    """inconsistent_field and missing_item for one night."""
    if not view.mentions["is_sure"].any():
        return []
    cases = weighed.verdicts[weighed.verdicts["rows"].gt(0)]
    dead = view.register["person_no"].isin(deceased(view))
    cases = cases[~dead.reindex(cases["at"]).to_numpy()]
    differs = cases["reg_key"].notna() & cases["key"].ne(cases["reg_key"]) & cases["field"].isin(_MAY_DIFFER)
    sure = cases["confidence"].ge(view.settings.inconsistent_confidence)
    wrong = _without_wrong_links(cases[differs & sure], view).assign(type=INCONSISTENT_FIELD)
    is_blank = cases["reg_text"].isna() & cases["reg_key"].isna() & cases["field"].isin(_MAY_MISS)
    blank = cases[is_blank & _is_asked(view, cases)].assign(type=MISSING_ITEM)
    found = pd.concat([part for part in (wrong, blank) if len(part)] or [wrong], ignore_index=True)
    return _candidates(view, _with_voters(found, weighed.votes), weighed.claims)


def _without_wrong_links(cases: pd.DataFrame, view: View) -> pd.DataFrame:
    """Withhold name, number and birth date proposed all at once, and believe half of what else the same
    rows say."""
    identity = cases[cases["field"].isin(WHO_SOMEBODY_IS)].groupby("at")["field"].nunique()
    suspect = cases["at"].isin(identity[identity.eq(len(WHO_SOMEBODY_IS))].index)
    cases = cases[~(suspect & cases["field"].isin(WHO_SOMEBODY_IS))].copy()
    suspect = suspect.reindex(cases.index)
    cases["confidence"] = cases["confidence"].where(~suspect, cases["confidence"] / 2).round(4)
    return cases[cases["confidence"].ge(view.settings.inconsistent_confidence)]


def _is_asked(view: View, cases: pd.DataFrame) -> pd.Series:
    """A child has no marital status to fill in."""
    born = pd.to_datetime(view.register["birth_date"].take(cases["at"])).set_axis(cases.index)
    grown = born + pd.DateOffset(years=view.settings.marital_from_age) <= view.known_on
    return cases["field"].ne("marital_status") | grown | born.isna()


def _with_voters(found: pd.DataFrame, votes: pd.DataFrame) -> pd.DataFrame:
    """`by`: the sources that vote for the value, joined by commas."""
    voters = (
        votes.merge(found[VALUE], on=VALUE).sort_values([*VALUE, "feed"]).drop_duplicates([*VALUE, "feed"])
    )
    by = voters.groupby(VALUE, sort=False)["feed"].agg(",".join).rename("by").reset_index()
    return found.merge(by, on=VALUE, how="left")


def _candidates(view: View, found: pd.DataFrame, claims: pd.DataFrame) -> list[Candidate]:
    evidence = _evidence(view, found, claims)
    people = view.register.take(found["at"].astype(int))
    known = {
        c: people[c].astype(object).where(people[c].notna(), None).tolist()
        for c in ("person_no", "household_no", "area_code")
    }
    return [
        Candidate(
            type=case.type,
            subject=f"{person_no}:{case.field}",
            area_code=area_code,
            household_no=household_no,
            person_no=person_no,
            field=case.field,
            register_value=case.reg_text if isinstance(case.reg_text, str) else None,
            proposed_value=case.text,
            confidence=float(case.confidence),
            priority=PRIORITY.get((case.type, case.field), DEFAULT_PRIORITY[case.type]),
            reason=_reason(case),
            evidence=in_order_of_rows(rows),
        )
        for case, rows, person_no, household_no, area_code in zip(
            found.itertuples(), evidence, *known.values()
        )
    ]


def _reason(case: object) -> str:
    """Codes and counts: who says so, how many votes for and against, and what is special about it."""
    parts = [f"by:{case.by}", f"for:{case.votes}", f"against:{case.against}"]  # type: ignore[attr-defined]
    if case.unfit:  # type: ignore[attr-defined]
        parts.append("register_unfit")
    if isinstance(case.votes_for, str) and case.votes_for != case.reg_key:  # type: ignore[attr-defined]
        parts.append("lunar")
    return ";".join(parts)


def _evidence(view: View, found: pd.DataFrame, claims: pd.DataFrame) -> list[list[Evidence]]:
    """Per case the rows that state the proposed value: the current ones, or where none does any more, the
    earlier ones."""
    rows = claims.loc[claims["place"].ge(0), [*VALUE, "place", "is_latest"]]
    cases = found[VALUE].assign(case=found.index)
    rows = cases.merge(rows, on=VALUE).drop_duplicates(["case", "place"])
    is_current = rows["is_latest"].eq(True)
    rows = rows[is_current | ~is_current.groupby(rows["case"]).transform("any")]
    shown: list[list[Evidence]] = [[] for _ in range(len(found))]
    for case, evidence in zip(rows["case"], evidence_rows(view.mentions.loc[rows["place"]])):
        shown[case].append(evidence)
    return shown

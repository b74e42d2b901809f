"""A department's own row that is no use or contradicts better evidence: source_correction.

Raised for a current row of a feed when the evidence favours another value than the row's (a wrong birth
date, a parent's number in the child's column), and for a row that could not be taken in at all
(quarantined). It is for the department to mend at the source, and says nothing against the person. An
event's row speaks of its own day, so only fields that do not change with time are held against it.

Evidence: the row itself. Suspended by nothing; it closes when the department's next list or correction no
longer has the row. Subject: the feed's row, by its content, so that next month's list with the same mistake
is the same discrepancy.
"""

from __future__ import annotations

import pandas as pd

from discrepancies.candidates import SOURCE_CORRECTION, Candidate, Evidence
from discrepancies.claims import FIELDS
from discrepancies.inputs import NightInputs
from discrepancies.schedule import standing_files
from discrepancies.trust import INSIDE_ID
from discrepancies.unusable_numbers import FIELD as NUMBER
from discrepancies.unusable_numbers import LOST_IN_FILE, unusable_numbers
from discrepancies.view import SNAPSHOT_FEEDS, View, build, in_order_of_rows, text_or_none
from discrepancies.weighing import CASE, VALUE, Weighed, weigh

PRIORITY, PRIORITY_OF_FILE = 4, 3
_MAY_DIFFER = [rule.field for rule in FIELDS if rule.inconsistent]
_LASTS = [rule.field for rule in FIELDS if rule.inconsistent and rule.lasts]
OF_THE_FILE = ("wrong_feed",)
"""Rules that a whole file breaks: its rows are one correction."""
SHOWN = ["feed", "file", "sheet", "row", "role"]


def find_source_corrections(view: View, errors: pd.DataFrame) -> list[Candidate]:
    """One candidate per row of a feed that its department should look at; `errors` are the `wrong_cells`."""
    numbers = unusable_numbers(view)
    of_rows = numbers[~numbers["is_of_file"]].drop(columns="is_of_file")
    cells = pd.concat([part for part in (errors, of_rows) if len(part)] or [errors], ignore_index=True)
    return [*_of_rows(view, cells), *_lost_numbers(view, numbers[numbers["is_of_file"]]), *_quarantined(view)]


def source_errors(inputs: NightInputs) -> pd.DataFrame:
    """Every cell of a current row that better evidence contradicts: person_no, field, feed, file, sheet, row,
    role, value, favoured_value, confidence."""
    view = build(inputs)
    errors = wrong_cells(view, weigh(view))
    where = view.mentions.loc[errors["place"], ["mention_id", "person_no", *SHOWN]].reset_index(drop=True)
    errors = pd.concat([errors.reset_index(drop=True), where], axis=1)
    errors = errors.sort_values(["mention_id", "field"], ignore_index=True)
    return errors[["person_no", "field", *SHOWN, "value", "favoured_value", "confidence"]]


def wrong_cells(view: View, weighed: Weighed) -> pd.DataFrame:
    """Every cell of a current row that better evidence contradicts: place (in the view's mentions), at, field, value,
    favoured_value, reg_text, confidence."""
    cases = weighed.verdicts
    cases = cases[
        cases["confidence"].ge(view.settings.inconsistent_confidence) & cases["field"].isin(_MAY_DIFFER)
    ]
    favoured = cases.rename(columns={"key": "favoured_key", "text": "favoured_value"})
    favoured["favoured_value"] = favoured["favoured_value"].where(
        favoured["favoured_key"].ne(favoured["reg_key"]), favoured["reg_text"]
    )
    said = weighed.claims[weighed.claims["is_latest"].eq(True) & weighed.claims["feed"].ne(INSIDE_ID)]
    said = said[said["field"].isin(_LASTS) | said["feed"].isin(SNAPSHOT_FEEDS)]
    rows = said[[*VALUE, "place", "text"]].merge(
        favoured[[*CASE, "favoured_key", "favoured_value", "reg_text", "confidence"]], on=CASE
    )
    return rows[rows["key"].ne(rows["favoured_key"])].rename(columns={"text": "value"})


def _of_rows(view: View, errors: pd.DataFrame) -> list[Candidate]:
    """One candidate per row of a feed; of several wrong cells the surest stands in the columns."""
    errors = errors.assign(subject=_subjects(view, errors["place"]))
    places = errors.drop_duplicates(["subject", "place"]).set_index("place")["subject"]
    evidence = view.evidence_by(places)
    fields = errors.groupby("subject")["field"].agg(lambda names: ",".join(sorted(set(names))))
    cases = errors.sort_values(
        ["subject", "confidence", "field", "place"], ascending=[True, False, True, True]
    ).drop_duplicates("subject")
    people = view.register.reindex(cases["at"].astype(int))  # nobody's row for -1
    return [
        Candidate(
            type=SOURCE_CORRECTION,
            subject=case.subject,
            area_code=text_or_none(area_code),
            household_no=text_or_none(household_no),
            person_no=text_or_none(person_no),
            field=case.field,
            register_value=text_or_none(case.reg_text),
            proposed_value=text_or_none(case.favoured_value),
            confidence=float(case.confidence),
            priority=PRIORITY,
            reason="fields:" + fields[case.subject],
            evidence=evidence[case.subject],
        )
        for case, area_code, household_no, person_no in zip(
            cases.itertuples(), people["area_code"], people["household_no"], people["person_no"]
        )
    ]


def _subjects(view: View, places: pd.Series) -> pd.Series:
    """feed:unit:content of the feed's row (that of the row's first mention), by place in the mentions."""
    records = view.mentions.loc[places, "record_id"]
    rows = view.mentions[view.mentions["record_id"].isin(records)].drop_duplicates("record_id")
    named = rows["feed"] + ":" + rows["unit"].fillna("") + ":" + rows["content_key"]
    return records.map(named.set_axis(rows["record_id"])).set_axis(places.index)


def _lost_numbers(view: View, numbers: pd.DataFrame) -> list[Candidate]:
    """One candidate per file whose ID numbers a spreadsheet has cut."""
    rows = view.mentions.loc[numbers["place"]]
    subject = (
        rows["feed"] + ":" + rows["unit"].fillna("") + ":" + LOST_IN_FILE + " " + rows["period"].fillna("")
    )
    evidence = view.evidence_by(subject)
    return [
        Candidate(
            type=SOURCE_CORRECTION,
            subject=key,
            field=NUMBER,
            priority=PRIORITY_OF_FILE,
            reason=f"unusable:{LOST_IN_FILE}:{NUMBER}",
            evidence=evidence[key],
        )
        for key in sorted(subject.unique())
    ]


def _quarantined(view: View) -> list[Candidate]:
    """Rows that could not be taken in, of files that no later one has replaced."""
    files = standing_files(view.deliveries)[["feed", "file", "unit", "period"]]
    rows = view.quarantined.merge(files, on=["feed", "file"])
    rows["unit"] = rows["unit"].fillna("")
    whole_file = rows["rule"] + " " + rows["period"].fillna("")
    rows["raw_key"] = rows["raw_key"].where(~rows["rule"].isin(OF_THE_FILE), whole_file)
    found = []
    for (feed, unit, content), group in rows.groupby(["feed", "unit", "raw_key"], sort=True):
        evidence = [
            Evidence(feed, file, sheet or "", int(row), "self", None, content, unit)
            for file, sheet, row in group[["file", "sheet", "row"]].drop_duplicates().itertuples(index=False)
        ]
        rules = sorted(
            {f"{rule}:{column}" if column else rule for rule, column in zip(group["rule"], group["column"])}
        )
        found.append(
            Candidate(
                type=SOURCE_CORRECTION,
                subject=f"{feed}:{unit}:{content}",
                priority=PRIORITY,
                reason="unusable:" + ",".join(rules),
                evidence=in_order_of_rows(evidence),
            )
        )
    return found

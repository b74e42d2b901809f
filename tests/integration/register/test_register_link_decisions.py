"""What stewards said of possible links, as a night reads it."""

from __future__ import annotations

from datetime import UTC, date, datetime

from register_leads import Lead, Row

from register.candidates import discrepancy_id
from register.database import Database
from register.work import unit_of_work
from stewardship.decisions import Seen, decide, undo
from stewardship.leads import read_lead

NIGHT = date(2026, 5, 1)
NOW = datetime(2026, 5, 2, 9, tzinfo=UTC)


def question(who: str, person_no: str, *keys: str) -> Lead:
    rows = tuple(Row(row=number, content_key=key, person_no=person_no) for number, key in enumerate(keys, 2))
    return Lead(
        f"{who}:{person_no}",
        "possible_link",
        person_no=person_no,
        field=None,
        proposed_value=None,
        evidence=rows,
    )


FIRST, SECOND = question("E1", "RY1", "k1", "k2"), question("E1", "RY2", "k2", "k3")


def answer(database: Database, lead: Lead, kind: str) -> None:
    with unit_of_work(database) as work:
        found = read_lead(work.connection, discrepancy_id(lead.type, lead.subject), "steward")
        assert found is not None
        seen = Seen(found.evidence_version, found.status)
        decide(work, found, kind, "", seen, "steward1", NOW)


def take_back(database: Database, lead: Lead) -> None:
    with unit_of_work(database) as work:
        found = read_lead(work.connection, discrepancy_id(lead.type, lead.subject), "steward")
        assert found is not None
        undo(work, found, "steward1", NOW)


def standing(database: Database, known: set[str] | None = None) -> set[tuple[str, str, str]]:
    with unit_of_work(database) as work:
        return set(work.link_decisions.standing(known).itertuples(index=False, name=None))


def asked(database: Database, *leads: Lead) -> None:
    with unit_of_work(database) as work:
        work.discrepancies.apply(NIGHT, leads)


def test_an_answer_holds_for_every_row_it_was_given_on(database: Database) -> None:
    asked(database, FIRST, SECOND)
    assert standing(database) == set()
    answer(database, FIRST, "different_person")
    answer(database, SECOND, "same_person")
    everything = {
        ("k1", "RY1", "rejected"),
        ("k2", "RY1", "rejected"),
        ("k2", "RY2", "confirmed"),
        ("k3", "RY2", "confirmed"),
    }
    assert standing(database) == everything
    assert standing(database, {"k3", "k9"}) == {("k3", "RY2", "confirmed")}


def test_an_answer_outlives_the_evidence_it_was_given_on(database: Database) -> None:
    asked(database, FIRST)
    answer(database, FIRST, "same_person")
    with unit_of_work(database) as work:
        work.discrepancies.apply(date(2026, 6, 1), [question("E1", "RY1", "k7")])
    assert standing(database) == {("k1", "RY1", "confirmed"), ("k2", "RY1", "confirmed")}


def test_what_was_taken_back_is_not_said(database: Database) -> None:
    asked(database, FIRST)
    answer(database, FIRST, "same_person")
    take_back(database, FIRST)
    assert standing(database) == set()
    answer(database, FIRST, "different_person")
    assert standing(database) == {("k1", "RY1", "rejected"), ("k2", "RY1", "rejected")}


def test_a_row_is_one_person_the_one_named_last(database: Database) -> None:
    asked(database, FIRST, SECOND)
    answer(database, FIRST, "same_person")
    answer(database, SECOND, "same_person")
    assert standing(database) == {
        ("k1", "RY1", "confirmed"),
        ("k2", "RY2", "confirmed"),
        ("k3", "RY2", "confirmed"),
    }


def test_a_word_on_anything_but_a_possible_link_links_nobody(database: Database) -> None:
    double = Lead("RY1:RY2", "duplicate_person", person_no_2="RY2", field=None, evidence=(Row(),))
    asked(database, double)
    answer(database, double, "same_person")
    assert standing(database) == set()

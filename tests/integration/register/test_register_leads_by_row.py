"""Which discrepancy is found for somebody on no register row: their own first, then what is not closed, of the types asked for alone."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from register_leads import Lead, Row

from register.candidates import discrepancy_id
from register.database import Database
from register.leads_by_row import leads_by_row
from register.work import unit_of_work

TYPES = ("unregistered_birth", "missing_household", "possible_link")


def found(
    database: Database, who_by_key: dict[str, str], *leads: Lead, closed: str = "", role: str = "self"
) -> dict[str, str]:
    with unit_of_work(database) as work:
        work.discrepancies.apply(date(2026, 5, 1), leads)
        work.connection.execute(
            sa.text("UPDATE discrepancy SET status = 'decided' WHERE discrepancy_id = :id"), {"id": closed}
        )
        return leads_by_row(work.connection, {(key, role): who for key, who in who_by_key.items()}, TYPES)


def lead(type_: str, subject: str, **row: str) -> tuple[Lead, str]:
    rests = (Row(person_no=None, **row),)
    made = Lead(subject, type=type_, person_no=None, field=None, evidence=rests, evidence_hash=subject)
    return made, discrepancy_id(type_, subject)


def test_ones_own_discrepancy_comes_before_that_of_the_household(database: Database) -> None:
    own, id_ = lead("unregistered_birth", "E1", content_key="k1")
    home, of_home = lead("missing_household", "home", content_key="k2")
    both, _ = lead("missing_household", "other", content_key="k1")
    assert found(database, {"k1": "E1", "k2": "E2", "k3": "E3"}, own, home, both) == {
        "E1": id_,
        "E2": of_home,
    }


def test_what_is_not_closed_comes_before_what_is(database: Database) -> None:
    ones = [lead("missing_household", f"home{n}", content_key="k1") for n in range(2)]
    for (_, closed), (_, stands) in (ones, ones[::-1]):
        with unit_of_work(database) as work:
            work.connection.execute(sa.text("UPDATE discrepancy SET status = 'open'"))
        assert found(database, {"k1": "E1"}, ones[0][0], ones[1][0], closed=closed) == {"E1": stands}


def test_other_types_and_roles_and_the_registers_own_rows_do_not_count(database: Database) -> None:
    item, _ = lead("missing_item", "E1", content_key="k1")
    as_mother, of_mother = lead("unregistered_birth", "E2", content_key="k2", role="mother")
    registers, _ = lead("possible_link", "E3:R1", content_key="k3", feed="register")
    ones = {"k1": "E1", "k2": "E2", "k3": "E3"}
    assert found(database, ones, item, as_mother, registers) == {}
    assert found(database, ones, item, as_mother, registers, role="mother") == {"E2": of_mother}

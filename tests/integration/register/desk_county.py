"""A county of three villages in two townships with one row of everything in each, and a user for every role and place.

`n1`, `n2` lie in the township `north`, `s1` in `south`; `none` has no area. Every row carries the name of its place in a column
that whoever may read the table may read.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

import pandas as pd
import sqlalchemy as sa
from register_leads import Lead, Named, Row, named
from register_rows import changes, person, records

from register.accounts import AccountRules, AccountStore
from register.areas import COLUMNS, replace_areas
from register.audit import Event
from register.candidates import discrepancy_id
from register.change_plans import Intent
from register.database import Database
from register.importing import import_snapshot
from register.night_tally import keep_tally
from register.passwords import Hashing
from register.quality import Drawn, DrawnPair, Pair, Stratum
from register.work import UnitOfWork, unit_of_work

NIGHT = date(2026, 5, 1)
MONTH = date(2026, 4, 1)
NOW = datetime(2026, 5, 2, 8, tzinfo=UTC)
COUNTY = "990101000000"
TOWNSHIPS: Final = {"north": "990101001000", "south": "990101002000"}
VILLAGES: Final = {"n1": "990101001001", "n2": "990101001002", "s1": "990101002001"}
PLACES: Final[dict[str, str | None]] = {**VILLAGES, "none": None}
FEEDS: Final = ("police_births", "hospital_births")

# user: the roles held, with the area or feed
USERS: Final[dict[str, tuple[tuple[str, str | None], ...]]] = {
    "clerk.n1": (("clerk", VILLAGES["n1"]),),
    "clerk.s1": (("clerk", VILLAGES["s1"]),),
    "officer.north": (("officer", TOWNSHIPS["north"]),),
    "officer.south": (("officer", TOWNSHIPS["south"]),),
    "officer.both": (("officer", TOWNSHIPS["north"]), ("officer", TOWNSHIPS["south"])),
    "steward": (("steward", COUNTY),),
    "contact.police": (("contact", "police_births"),),
    "contact.hospital": (("contact", "hospital_births"),),
    "operator.1": (("operator", None),),
    "auditor": (("auditor", None),),
}


def areas() -> pd.DataFrame:
    rows = [("990000000000", "province", None), ("990100000000", "city", "990000000000")]
    rows += [(COUNTY, "county", "990100000000")]
    rows += [(code, "township", COUNTY) for code in TOWNSHIPS.values()]
    rows += [(code, "village", code[:9] + "000") for code in VILLAGES.values()]
    frame = pd.DataFrame(rows, columns=["code", "level", "parent"])
    return frame.assign(name=frame["code"], valid_from="1984-01-01", valid_to=None, successor=None)[
        list(COLUMNS)
    ]


def fill(database: Database) -> None:
    """One row of everything in every place."""
    people = [
        person(2 * n, household_no=f"H-{place}", name=place, area_code=code, hukou_address__area=None)
        for n, (place, code) in enumerate(PLACES.items())
    ]
    for one, place in zip(people, PLACES):
        one["person_no"] = place
    with unit_of_work(database) as work:
        replace_areas(work.connection, areas())
        import_snapshot(work.connection, records(*people), NIGHT)
        import_snapshot(work.connection, changes(people[0], arrival=NIGHT), NIGHT)  # which the list outdoes
        work.discrepancies.apply(NIGHT, [*_leads(), *_corrections()], names=_names())
        keep_tally(work.connection, NIGHT)
        _change(work, "n1")
        _change(work, "n1", "s1")
        _change(work, "none")
        _decisions(work)
        _departments(work)
        _worklists(work)
        work.audit.record(Event("somebody", "login", "account", "somebody", {}))
    with unit_of_work(database) as work:
        for user, held in USERS.items():
            _user(work, user, held)
        _account(work)
        _together(work)
        work.connection.execute(
            sa.text("INSERT INTO past_closing SELECT discrepancy_id, :closed, :opened FROM discrepancy"),
            {"closed": NIGHT - timedelta(days=30), "opened": NIGHT - timedelta(days=29)},
        )
        work.rules.save({}, "", 0, "somebody", NOW)
        work.rules.ask_trial(1, "somebody", NOW)
        _quality(work)


def _user(work: UnitOfWork, user: str, held: tuple[tuple[str, str | None], ...]) -> None:
    work.grants.add_user(user, user, "operator", NOW)
    for role, place in held:
        where = {"feed": place} if role == "contact" else {"area_code": place}
        work.grants.grant(user, role, "operator", NOW, **where)


def _account(work: UnitOfWork) -> None:
    """Somebody who left something in every table of accounts, and has asked to see a person of every place."""
    work.grants.add_user("somebody", "somebody", "operator", NOW)
    accounts = AccountStore(work.connection, AccountRules(hashing=Hashing(1, 8, 1)))
    accounts.set_password("somebody", "three wells by the tree", "operator", NOW)
    accounts.sign_in("somebody", "three wells by the tree", "10.0.0.1", NOW)
    accounts.make_token("somebody", "operator", NOW)
    work.grants.grant("somebody", "auditor", "operator", NOW)
    work.integrations.make("somebody.sync", "somebody", "auditor", 1, "operator", NOW)
    work.retention.set_days("session", 90, "operator", NOW)
    work.retention.hold("person", "n1", "inquiry", "operator", NOW)
    for place in PLACES:
        work.reveals.ask("somebody", "person", place, "x", NOW)


def _leads() -> list[Lead]:
    return [
        Lead(f"{place}:phone", area_code=code, person_no=place, field=place, evidence=(Row(file=place),))
        for place, code in PLACES.items()
    ]


def _names() -> pd.DataFrame:
    """A department's rows name everybody like the place."""
    return named(*(Named(f"{place}:phone", type="missing_item", name=place) for place in PLACES))


def _corrections() -> list[Lead]:
    return [
        Lead(
            f"{feed}:station:key",
            type="source_correction",
            area_code=VILLAGES["n1"],
            field=feed,
            evidence=(Row(feed=feed, file=feed),),
        )
        for feed in FEEDS
    ]


def _change(work: UnitOfWork, *places: str) -> None:
    """A change about the person of each place."""
    if len(places) == 1:
        intent = Intent("field", places[0], values={"phone": "13700000001"})
    else:
        intent = Intent("merge", places[0], places[1], values={})
    change = work.changes.propose(intent, "somebody")
    remark = sa.text("UPDATE register_change SET remark = :places WHERE change_id = :id")
    work.connection.execute(remark, {"places": "+".join(places), "id": change.change_id})


def _decisions(work: UnitOfWork) -> None:
    """That somebody asked for a visit in every place; the reason is the place."""
    work.connection.execute(
        sa.text("""
INSERT INTO decision (discrepancy_id, evidence_version, kind, reason, status_before, status_after, decided_by, decided_at)
SELECT discrepancy_id, evidence_version, 'cannot_tell', field, 'open', 'open', 'somebody', :now
FROM discrepancy WHERE field = ANY (:places)
"""),
        {"places": list(PLACES), "now": NOW},
    )


def _together(work: UnitOfWork) -> None:
    """A note in every place, which is the place; somebody has all of them open; a view of the steward's and of somebody's."""
    given = {"places": list(PLACES), "now": NOW}
    for statement in (
        """INSERT INTO note (discrepancy_id, text, written_by, written_at)
        SELECT discrepancy_id, field, 'somebody', :now FROM discrepancy WHERE field = ANY (:places)""",
        """INSERT INTO lease (discrepancy_id, user_id, taken_at, ends_at)
        SELECT discrepancy_id, 'somebody', :now, :now FROM discrepancy WHERE field = ANY (:places)""",
        "INSERT INTO saved_view (user_id, slot, name, query) VALUES ('steward', 1, 'x', ''), ('somebody', 1, 'x', '')",
    ):
        work.connection.execute(sa.text(statement), given if ":" in statement else {})


def _quality(work: UnitOfWork) -> None:
    """A closed sample with a pair in every place, whose id is the place; somebody has answered all of them."""
    pairs = [
        DrawnPair(
            Pair(place, MONTH, code, "k", place, "police_residents", place, "", 2, "self"),
            2,
            1,
            "link",
            31.5,
            0.9995,
        )
        for place, code in PLACES.items()
    ]
    work.quality.draw(Drawn(MONTH, NIGHT, "m1", [Stratum(1, "link", 0.999, 1.0, 40)], pairs), NOW)
    for place in PLACES:
        work.quality.answer(place, "somebody", "same_person", NOW)
    work.quality.close(MONTH, "steward", NOW)


def _worklists(work: UnitOfWork) -> None:
    """A list of every place, handed in; of the one without an area it is the county's. Who made it is called like the place."""
    for place, code in PLACES.items():
        id_ = discrepancy_id("missing_item", f"{place}:phone")
        made = work.worklists.make(code or COUNTY, ["missing_item"], "zh", [id_], place, NOW)
        work.worklists.answer(made.worklist_id, id_, "nobody", "digest", place, NOW)
        work.worklists.record_return(made.worklist_id, "hash", (1, 0, 0), {}, place, NOW)


def _departments(work: UnitOfWork) -> None:
    run = work.connection.execute
    for feed in FEEDS:
        run(
            sa.text("""
INSERT INTO delivery (feed, file, sha256, night, arrival, status, columns_mapped, columns_dropped,
    rows_total, rows_kept, rows_set_aside, rows_quarantined)
VALUES (:feed, :feed, :feed, :night, :night, 'taken', '{}', '{}', 1, 0, 0, 1)
"""),
            {"feed": feed, "night": NIGHT},
        )
        run(
            sa.text("""
INSERT INTO quarantined_row (feed, file, sheet, "row", rule, "column", night, raw)
VALUES (:feed, :feed, '', 5, 'r', 'c', :night, '{"姓名": "某"}')
"""),
            {"feed": feed, "night": NIGHT},
        )
        run(
            sa.text("""
INSERT INTO hand_in (feed, sha256, file, of_file, of_sha256, rows_usable, rows_unusable, unusable, handed_in_by, handed_in_at)
VALUES (:feed, 'h', 'f', :feed, :feed, 1, 0, '[]', 'somebody', :now)
"""),
            {"feed": feed, "now": NOW},
        )
    run(sa.text("INSERT INTO model_version VALUES ('m1', '*', 'f', 's', :night)"), {"night": NIGHT})
    run(sa.text("INSERT INTO entity VALUES ('E1', :night, NULL)"), {"night": NIGHT})
    run(sa.text("INSERT INTO entity_mention VALUES ('k', 'E1', :night)"), {"night": NIGHT})
    run(sa.text("INSERT INTO entity_log VALUES (:night, 'merge', 'E1', 'E2')"), {"night": NIGHT})

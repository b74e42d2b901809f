"""A store of an earlier schema, with people in it, is brought up to date and works on."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from register_leads import Lead, Named, named
from register_rows import MAY, changes, person, records

from register.candidates import discrepancy_id
from register.change_plans import Intent
from register.changes import Seen
from register.database import Database
from register.importing import import_snapshot
from register.migrations.run import configuration
from register.night_tally import keep_tally
from register.schema import METADATA
from register.work import unit_of_work

TABLES = ("person", "membership", "household", "discrepancy", "evidence", "register_import", "night")


def contents(database: Database) -> list[object]:
    with database.read() as connection:
        # Without what follows from the rest and is worked out by the migration.
        query = "SELECT to_jsonb(one) - '{{name_initials,name_pinyin,id_tail,is_current,succeeded_by,assignee,reopened_night,closed_night,coverage,persons,feeds}}'::text[] FROM {} AS one ORDER BY 1"
        return [connection.scalars(sa.text(query.format(name))).all() for name in TABLES]


def test_a_store_of_the_first_schema_keeps_all_it_holds(scratch: Database) -> None:
    lead = Lead("RY1:phone")
    with unit_of_work(scratch) as work:
        import_snapshot(work.connection, records(person(1), person(2)), MAY)
        work.discrepancies.apply(MAY, [lead])
    before = contents(scratch)
    with scratch.begin() as connection:
        command.downgrade(configuration(connection), "0001")
        names = sa.inspect(connection).get_table_names()
        assert not {"audit_entry", "register_change"} & set(names)
    assert contents(scratch) == before

    scratch.migrate()

    assert contents(scratch) == before
    with scratch.read() as connection:
        read = connection.execute(sa.text("SELECT name_initials, name_pinyin FROM person ORDER BY 1"))
        assert [tuple(row) for row in read] == [("w1", "wang1"), ("w2", "wang2")]
        assert connection.scalar(sa.text("SELECT count(*) FROM register_unit")) == 1
        assert connection.scalars(sa.text("SELECT feeds FROM discrepancy")).all() == [["police_residents"]]
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    with unit_of_work(scratch) as work:
        seen = Seen(discrepancy_id(lead.type, lead.subject), 1)
        work.changes.propose(Intent("field", "RY1", values={"phone": "13700000000"}), "clerk.1", seen)
        assert work.audit.verify().entries == 1


def test_names_of_the_schema_before_pinyin_are_read_as_new_ones_are(scratch: Database) -> None:
    missing = Lead("E1", type="missing_person", person_no=None, field=None)
    with unit_of_work(scratch) as work:
        import_snapshot(work.connection, records(person(2, name="翟志刚"), person(4, name=None)), MAY)
        told = changes(person(4, name="王小明"), arrival=MAY + timedelta(days=1))
        import_snapshot(work.connection, told, MAY)
        work.discrepancies.apply(MAY, [missing], names=named(Named("E1", name="吕布")))
    tables = ("person", "register_statement", "lead_name")
    read = {
        name: sa.text(f"SELECT name, name_initials, name_pinyin FROM {name} ORDER BY 1") for name in tables
    }
    indexes = sa.text("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1")
    with scratch.read() as connection:
        before = {name: connection.execute(query).all() for name, query in read.items()}
        indexed = connection.execute(indexes).all()
    assert before["lead_name"] == [("吕布", "lb", "lvbu")]
    with scratch.begin() as connection:
        command.downgrade(configuration(connection), "0033")
        for name in tables:
            connection.execute(sa.text(f"UPDATE {name} SET name_initials = 'd' WHERE name IS NOT NULL"))
    scratch.migrate()
    with scratch.read() as connection:
        assert {name: connection.execute(query).all() for name, query in read.items()} == before
        assert connection.execute(indexes).all() == indexed


CHANGED = (  # a change of a discrepancy, and that it was applied
    """INSERT INTO register_change (change_id, kind, state, version, discrepancy_id, evidence_version, person_nos, area_codes, before, after,
    proposed_by, approved_by, changed_by, changed_at) OVERRIDING SYSTEM VALUE
    VALUES (:number, 'field', 'acknowledged', 4, :id, 1, '{RY1}', '{}', '{}', '{}', 'a', 'b', 'b', :at + INTERVAL '90 days')""",
    """INSERT INTO audit_entry (entry_no, at, actor, action, subject_kind, subject_id, details, previous_hash, hash)
    VALUES (:number, :at, 'b', 'change.apply', 'register_change', CAST(:number AS text), '{}', :number || 'x', :number || 'y')""",
)


def test_what_was_closed_before_nights_kept_which_is_given_the_night_that_closed_it(
    scratch: Database,
) -> None:
    """By what the evidence and the decisions say of the newest three months; of the rest, long ago."""
    nights = [MAY, MAY + timedelta(days=200), MAY + timedelta(days=207), MAY + timedelta(days=214)]
    closed = {  # subject → status, the night on which the evidence was gone, when it was decided
        "by a night": ("resolved", nights[2], None),
        "long ago": ("resolved", nights[0] + timedelta(days=1), None),
        "by people": ("decided", None, nights[1]),
        "by people, and gone later": ("decided", nights[3], nights[1]),
        "by people, long ago": ("decided", None, nights[0] - timedelta(days=1)),
        "by people, today": ("decided", None, nights[3]),
        "not closed": ("open", None, None),
        "by a change": ("decided", None, None),
        "by a change, today": ("decided", None, None),
    }
    changed = {"by a change": (1, nights[1]), "by a change, today": (2, nights[3])}
    decision = sa.text("""INSERT INTO decision (discrepancy_id, evidence_version, kind, status_before, status_after, decided_by, decided_at)
        VALUES (:id, 1, 'not_a_problem', 'open', 'decided', 'a', :at)""")
    update = sa.text("UPDATE discrepancy SET status = :status, gone_night = :gone WHERE discrepancy_id = :id")
    with unit_of_work(scratch) as work:
        work.discrepancies.apply(MAY, [Lead(subject) for subject in closed])
        for subject, (status, gone, decided) in closed.items():
            told = {"id": discrepancy_id("missing_item", subject), "status": status, "gone": gone}
            work.connection.execute(update, told)
            if decided is not None:
                at = datetime.combine(decided, time(9), UTC)  # some hours after that night
                work.connection.execute(decision, {"id": told["id"], "at": at})
        for subject, (number, applied) in changed.items():
            told = {"id": discrepancy_id("missing_item", subject), "number": number, "night": applied}
            for statement in CHANGED:
                at = datetime.combine(applied, time(9), UTC)
                work.connection.execute(sa.text(statement), {**told, "at": at})
        for night in nights:
            work.nights.finish(night, datetime.combine(night, time(2), UTC), {})
        work.connection.execute(sa.text("UPDATE night SET is_applied = true"))
        work.nights.settle(nights[0], datetime.combine(nights[3], time(12), UTC))  # it ran again lately
    with scratch.begin() as connection:
        command.downgrade(configuration(connection), "0036")
    scratch.migrate()
    read = sa.text("SELECT subject, closed_night FROM discrepancy")
    known = dict.fromkeys(("by a night", "by people", "by people, and gone later", "by a change"), nights[2])
    today = ("by people, today", "by a change, today")
    with unit_of_work(scratch) as work:
        found = {row.subject: row.closed_night for row in work.connection.execute(read)}
        assert found == dict.fromkeys(closed, date.min) | known | dict.fromkeys(today)
        work.connection.execute(
            sa.text("UPDATE discrepancy SET status = 'decided' WHERE subject = 'not closed'")
        )
        work.connection.execute(sa.text("UPDATE discrepancy SET status = 'open' WHERE subject = 'by people'"))
        keep_tally(work.connection, nights[3] + timedelta(days=7))
        found = {row.subject: row.closed_night for row in work.connection.execute(read)}
    new = dict.fromkeys((*today, "not closed"), nights[3] + timedelta(days=7))
    assert found == dict.fromkeys(closed, date.min) | known | new | {"by people": None}


def test_what_was_found_at_doors_is_told_apart_from_the_notes_of_earlier_decisions(scratch: Database) -> None:
    told: dict[str, tuple[str | None, date | None, str | None]] = {
        "无人在家；2026年5月1日；下地；又走了": ("nobody", date(2026, 5, 1), "下地；又走了"),
        "not so; 2 Sept 2026": ("not_so", date(2026, 9, 2), None),
        "属实": ("confirmed", None, None),
        "other (see note); moved in; alone": ("other", None, "moved in; alone"),
        "其他；2026年2月30日": ("other", None, "2026年2月30日"),
        "not so sure; ask again": (None, None, "not so sure; ask again"),
        "户口在外地": (None, None, "户口在外地"),
        "无需处理；2026年5月1日": (None, None, "无需处理；2026年5月1日"),  # of a kind that no list makes
    }
    id_ = discrepancy_id("missing_item", "RY1:phone")
    insert = sa.text("""INSERT INTO decision (discrepancy_id, evidence_version, kind, reason, status_before, status_after, decided_by, decided_at)
        VALUES (:id, 1, :kind, :reason, 'open', 'waiting', 'a', now())""")
    with unit_of_work(scratch) as work:
        work.discrepancies.apply(MAY, [Lead("RY1:phone")])
    with scratch.begin() as connection:
        command.downgrade(configuration(connection), "0039")
        for reason in told:
            kind = "cannot_tell" if reason.startswith("无需处理") else "visited"
            connection.execute(insert, {"id": id_, "kind": kind, "reason": reason})
    scratch.migrate()
    read = sa.text("SELECT outcome, outcome_on, reason FROM decision ORDER BY decision_id")
    with scratch.read() as connection:
        assert [tuple(row) for row in connection.execute(read)] == list(told.values())
    with scratch.begin() as connection:
        command.downgrade(configuration(connection), "0039")
        reasons = connection.scalars(sa.text("SELECT reason FROM decision ORDER BY decision_id")).all()
    english = {
        "not so; 2 Sept 2026": "不属实；2026年9月2日",
        "other (see note); moved in; alone": "其他；moved in; alone",
    }
    assert reasons == [english.get(reason, reason) for reason in told]


def test_of_earlier_receipts_the_other_list_is_told_by_their_words(scratch: Database) -> None:
    told = {"wrong feed: the header is that of police_moves": "police_moves", "header only": None, "": None}
    insert = sa.text("""INSERT INTO delivery (feed, file, sha256, night, arrival, status, reason, columns_mapped, columns_dropped,
        rows_total, rows_kept, rows_set_aside, rows_quarantined)
        VALUES ('police_births', :reason, 'aa', :day, :day, 'taken', nullif(:reason, ''), '{}', '{}', 1, 0, 0, 1)""")
    with scratch.begin() as connection:
        command.downgrade(configuration(connection), "0040")
        for reason in told:
            connection.execute(insert, {"reason": reason, "day": MAY})
    scratch.migrate()
    with scratch.read() as connection:
        found = connection.execute(sa.text("SELECT file, other_feed FROM delivery"))
        assert {row.file: row.other_feed for row in found} == told


def test_the_audit_chain_is_closed_after_the_migration(scratch: Database) -> None:
    query = "SELECT tgname FROM pg_trigger WHERE tgrelid = 'audit_entry'::regclass AND NOT tgisinternal"
    with scratch.read() as connection:
        assert connection.scalars(sa.text(query)).all() == ["audit_entry_append_only"]


def test_changes_of_the_schema_before_areas_are_given_theirs(scratch: Database) -> None:
    with unit_of_work(scratch) as work:
        people = [
            person(number, area_code=code, hukou_address__area=None)
            for number, code in ((2, "990101001001"), (4, "990101002001"), (6, None))
        ]
        import_snapshot(work.connection, records(*people), MAY)
        work.changes.propose(Intent("merge", "RY2", "RY4"), "a")
        work.changes.propose(Intent("field", "RY6", values={"phone": "13700000000"}), "a")
    with scratch.begin() as connection:
        command.downgrade(configuration(connection), "0003")
    scratch.migrate()
    with scratch.read() as connection:
        found = connection.scalars(sa.text("SELECT area_codes FROM register_change ORDER BY change_id"))
        assert found.all() == [["990101001001", "990101002001"], [""]]

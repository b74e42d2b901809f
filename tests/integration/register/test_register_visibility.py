"""Who sees which row and column of which table. A table that is not named here fails the tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest
import sqlalchemy as sa
from desk_county import NOW, TOWNSHIPS, USERS, VILLAGES

from register.access import Desk, desk_of
from register.account_models import ROLES
from register.database import Database
from register.errors import NotAllowed, StoreError
from register.testing import Kept, put_back
from register.work import unit_of_work

# What tells the rows of a table apart, in columns that all who may read it may read.
LABEL: Final = {
    "area": "name",
    "register_import": "unit",
    "register_unit": "unit",
    "register_statement": "person_no",
    "night": "night::text",
    "household": "household_no",
    "person": "person_no",
    "membership": "person_no",
    "delivery": "feed",
    "quarantined_row": "feed",
    "model_version": "version",
    "entity": "entity_id",
    "entity_mention": "entity_id",
    "entity_log": "entity_id",
    "discrepancy": "field",
    "discrepancy_tally": "coalesce(nullif(feed, ''), type)",
    "feed_tally": "coalesce(nullif(feed, 'police_residents'), type)",
    "area_tally": "area_code",
    "county_tally": "status",
    "night_tally": "area_code",
    "evidence": "file",
    "lead_name": "name",
    "discrepancy_version": "discrepancy_id",
    "past_closing": "discrepancy_id",
    "register_change": "remark",
    "audit_entry": "subject_kind",
    "app_user": "user_id",
    "app_grant": "user_id",
    "grant_area": "grant_id::text",
    "credential": "user_id",
    "app_session": "user_id",
    "sign_in_token": "user_id",
    "integration_token": "user_id",
    "throttle": "kind",
    "reveal": "subject_id",
    "retention_rule": "what",
    "legal_hold": "reason",
    "decision": "reason",
    "note": "text",
    "lease": "discrepancy_id",
    "saved_view": "user_id",
    "hand_in": "feed",
    "worklist": "made_by",
    "worklist_row": "returned_by",
    "worklist_return": "returned_by",
    "rule_version": "digest",
    "rule_trial": "digest",
    "quality_sample": "month::text",
    "quality_stratum": "month::text",
    "quality_pair": "person_no",
    "quality_score": "pair_id",
    "quality_answer": "pair_id",
}
ALL: Final = "all"
NONE: Final = "none"
OWN: Final = "own"

_FEEDS = "police_births hospital_births"
_PLACED: Final = {
    "clerk.n1": "n1",
    "clerk.s1": "s1",
    "officer.north": "n1 n2",
    "officer.south": "s1",
    "officer.both": "n1 n2 s1",
}
# Of table → user: the labels seen, ALL, or NONE (not even asked). Who is not named has NONE.
_REFERENCE = dict.fromkeys(USERS, ALL)
_INSIDE = {user: ALL for user in USERS if not user.startswith("contact")}
_STEWARD = {"steward": ALL}
_REGISTER = {**_PLACED, **_STEWARD}
_HOUSEHOLDS = {user: " ".join(f"H-{p}" for p in seen.split()) for user, seen in _PLACED.items()} | _STEWARD
# The corrections of both feeds lie in n1.
_QUEUE = {user: f"{seen} {_FEEDS}" if "n1" in seen else seen for user, seen in _PLACED.items()} | _STEWARD
_TALLY = {
    user: f"missing_item {_FEEDS}" if "n1" in seen else "missing_item" for user, seen in _PLACED.items()
}
_CONTACTS = {"contact.police": "police_births", "contact.hospital": "hospital_births"}
_CHANGES = {
    "clerk.n1": "n1",
    "clerk.s1": "",
    "officer.north": "n1",
    "officer.south": "",
    "officer.both": "n1 n1+s1",
    "steward": ALL,
}
_REVIEWERS = {user: seen for user, seen in _REGISTER.items() if not user.startswith("clerk")}
SEEN: Final[dict[str, dict[str, str]]] = {
    **dict.fromkeys(("quality_sample", "quality_stratum"), dict.fromkeys(_REVIEWERS, ALL)),
    **dict.fromkeys(
        ("quality_pair", "quality_score", "quality_answer"), _REVIEWERS
    ),  # closed; an open one: test_desk_quality
    "area": _REFERENCE,
    "night": _REFERENCE,
    "register_import": _INSIDE,
    "register_unit": _INSIDE,
    "household": _HOUSEHOLDS,
    "person": _REGISTER,
    "membership": _REGISTER,
    "delivery": {**dict.fromkeys((*_PLACED, "steward", "operator.1"), ALL), **_CONTACTS},
    **dict.fromkeys(("quarantined_row", "hand_in"), {**_STEWARD, "operator.1": ALL, **_CONTACTS}),
    "model_version": {**_STEWARD, "operator.1": ALL},
    "entity": _STEWARD,
    "entity_mention": _STEWARD,
    "entity_log": _STEWARD,
    "discrepancy": {**_QUEUE, "operator.1": ALL, **_CONTACTS},
    "night_tally": {
        "officer.north": TOWNSHIPS["north"],
        "officer.south": TOWNSHIPS["south"],
        "officer.both": " ".join(TOWNSHIPS.values()),
        **_STEWARD,
    },
    "area_tally": {
        **{user: " ".join(VILLAGES[place] for place in seen.split()) for user, seen in _PLACED.items()},
        **_STEWARD,
    },
    "county_tally": _STEWARD,
    "feed_tally": {**_TALLY, **_STEWARD},
    "discrepancy_tally": {**_TALLY, **_STEWARD, "operator.1": ALL, **_CONTACTS},
    "evidence": {**_QUEUE, **_CONTACTS},
    "discrepancy_version": _QUEUE,
    "past_closing": {user: seen for user, seen in _QUEUE.items() if not user.startswith("clerk")},
    "lead_name": _REGISTER,
    "register_change": _CHANGES,
    "audit_entry": {
        **{user: "register_change" if seen else "" for user, seen in _CHANGES.items()},
        "auditor": ALL,
    },
    "app_user": {**_INSIDE, "contact.police": OWN, "contact.hospital": OWN},
    "app_grant": {user: ALL if user in ("steward", "auditor", "operator.1") else OWN for user in USERS},
    "grant_area": {**dict.fromkeys(_PLACED, OWN), "steward": ALL, "auditor": ALL, "operator.1": ALL},
    **dict.fromkeys(("app_session", "sign_in_token", "integration_token"), {"operator.1": ALL}),
    **{table: {} for table in ("credential", "throttle", "register_statement")},
    "retention_rule": {"steward": ALL, "operator.1": ALL, "auditor": ALL},
    "legal_hold": {"steward": ALL, "auditor": ALL},
    "decision": _REGISTER,
    "note": _REGISTER,
    "lease": _REGISTER,
    "saved_view": {user: "" if user != "steward" else OWN for user in _REGISTER},
    **dict.fromkeys(("worklist", "worklist_row", "worklist_return"), _REGISTER),
    **dict.fromkeys(("rule_version", "rule_trial"), _STEWARD),
    # Clerks see what they asked for themselves; `somebody` asked for every place.
    "reveal": {**_PLACED, "clerk.n1": "", "clerk.s1": "", "steward": ALL, "auditor": ALL},
}
# Where a role reads fewer columns than all.
COLUMNS: Final = {
    ("discrepancy", "operator"): (
        "type status priority confidence area_code field evidence_version evidence_count first_night last_night gone_night"
    ),
    ("discrepancy", "contact"): (
        "discrepancy_id type subject status priority confidence field proposed_value reason evidence_hash "
        "evidence_version evidence_count first_night last_night gone_night"
    ),
    ("discrepancy_tally", "contact"): "type status priority band feed first_night rows",
    ("evidence", "contact"): "discrepancy_id feed file sheet row role unit content_key",
    (
        "quality_pair",
        "officer",
    ): "pair_id month area_code content_key person_no feed file sheet row role is_done",
    ("quality_pair", "steward"): (
        "pair_id month area_code content_key person_no feed file sheet row role is_done word word_by word_at"
    ),
    ("quarantined_row", "operator"): "feed file sheet row rule column night",
    (
        "app_session",
        "operator",
    ): "user_id started_at seen_at ends_at ended_at",  # never with what one is signed in
    ("sign_in_token", "operator"): "user_id made_by ends_at used_at",
    (
        "integration_token",
        "operator",
    ): "token_id name user_id role made_by made_at ends_at seen_at revoked_at revoked_by",
}
_PROPOSE = (
    "kind state version discrepancy_id evidence_version undoes person_nos area_codes before after "
    "proposed_by changed_by changed_at"
)
_ACT = "state version superseded_by person_nos approved_by changed_by changed_at remark"
_ASK = "user_id subject_kind subject_id reason needs_second asked_at granted_by granted_at ends_at"
_LET = "granted_by granted_at ends_at"
_DECIDE = (
    "discrepancy_id evidence_version kind reason status_before status_after undoes decided_by decided_at "
    "content_keys outcome outcome_on"
)
_NOTE = "discrepancy_id text written_by written_at"
_TAKE = "user_id taken_at ends_at"
_HOLD = f"discrepancy_id {_TAKE}"
_VIEW = "user_id slot name query"
_HAND_OUT = "area_code types language rows secret made_by made_at"
_ON_LIST = "worklist_id discrepancy_id no"
_ANSWER = "outcome answer returned_by returned_at"
_HAND_IN = "worklist_id sha256 taken taken_before left_blank rejected returned_by returned_at"
_PUT = "feed sha256 file of_file of_sha256 rows_usable rows_unusable unusable handed_in_by handed_in_at"
_DRAFT = "rules digest note state revision written_by written_at"
# What may be written: (table, role) → columns inserted, columns updated. Nobody at the desk deletes.
WRITTEN: Final = {
    **{("discrepancy", role): ("", "status assignee") for role in ("clerk", "officer", "steward")},
    **{("note", role): (_NOTE, "") for role in ("clerk", "officer", "steward")},
    **{("lease", role): (_HOLD, _TAKE) for role in ("clerk", "officer", "steward")},
    **{("saved_view", role): (_VIEW, "removed_at") for role in ("clerk", "officer", "steward")},
    **{("register_change", role): (_PROPOSE, _ACT) for role in ("officer", "steward")},
    **{("audit_entry", role): (ALL, "") for role in ROLES},
    **{("reveal", role): (_ASK, _LET) for role in ("officer", "steward")},
    ("reveal", "clerk"): (_ASK, ""),
    **{("decision", role): (_DECIDE, "") for role in ("clerk", "officer", "steward")},
    ("register_change", "clerk"): (
        _PROPOSE,
        "state version changed_by changed_at remark",
    ),  # of a discrepancy: see test_register_desk_writes
    **{("worklist", role): (_HAND_OUT, "") for role in ("clerk", "officer", "steward")},
    **{("worklist_row", role): (_ON_LIST, _ANSWER) for role in ("clerk", "officer", "steward")},
    **{
        ("quality_answer", role): ("pair_id reviewer kind answered_at", "taken_back_at")
        for role in ("officer", "steward")
    },
    **{("hand_in", role): (_PUT, "") for role in ("contact", "steward", "operator")},
    ("quality_sample", "steward"): ("", "closed_at closed_by"),
    ("quality_pair", "steward"): ("", "word word_by word_at"),
    **{("worklist_return", role): (_HAND_IN, "") for role in ("clerk", "officer", "steward")},
    # Of others' accounts: see test_register_administration.
    ("app_user", "operator"): ("user_id display_name created_at", "disabled_at"),
    ("app_grant", "operator"): (
        "user_id role area_code feed granted_by granted_at",
        "revoked_by revoked_at",
    ),
    ("grant_area", "operator"): (ALL, ""),
    ("app_session", "operator"): ("", "ended_at"),
    # A draft; what it may become: see test_register_rules.
    ("rule_version", "steward"): (_DRAFT, f"{_DRAFT} put_by put_at from_night"),
    ("rule_trial", "steward"): ("version_no digest state asked_by asked_at", ""),
    ("sign_in_token", "operator"): ("token_hash user_id made_by ends_at", "used_at"),
    ("integration_token", "operator"): (
        "name user_id role token_hash made_by made_at ends_at",
        "revoked_at revoked_by",
    ),
}


@pytest.fixture(scope="module")
def county(register_server: Database, rows_of_a_county: Kept) -> Database:
    put_back(register_server, rows_of_a_county)
    return register_server


@pytest.fixture(scope="module")
def desk(county: Database) -> Iterator[Desk]:
    with desk_of(county.engine.url) as opened:
        yield opened


def tables(database: Database) -> set[str]:
    with database.read() as connection:
        return set(sa.inspect(connection).get_table_names()) - {"alembic_version"}


def labels(connection: sa.Connection, table: str) -> set[str]:
    return set(connection.scalars(sa.text(f"SELECT {LABEL[table]} FROM {table}")))


def seen(desk: Desk, user: str, table: str) -> set[str] | None:
    """The labels a user sees in a table; None when the database does not even let them ask."""
    try:
        with desk.as_user(user, USERS[user][0][0]) as work:
            return labels(work.connection, table)
    except StoreError as refusal:
        assert refusal.sqlstate == "42501"
        return None


def own(database: Database, table: str, user: str) -> set[str]:
    with database.read() as connection:
        if table != "grant_area":
            return {user}
        query = sa.text("SELECT grant_id::text FROM app_grant WHERE user_id = :user")
        return set(connection.scalars(query, {"user": user}))


def test_every_table_has_a_word_here(county: Database) -> None:
    assert tables(county) == set(SEEN) == set(LABEL)


def test_every_table_holds_rows_to_be_seen_or_not(county: Database) -> None:
    with county.read() as connection:
        for table in tables(county):
            assert labels(connection, table), table


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("table", SEEN)
def test_a_user_sees_what_the_role_and_the_area_let_them_see(
    county: Database, desk: Desk, table: str, user: str
) -> None:
    expected = SEEN[table].get(user, NONE)
    got = seen(desk, user, table)
    if expected == NONE:
        assert got is None
    elif expected == ALL:
        with county.read() as connection:
            assert got == labels(connection, table)
    elif expected == OWN:
        assert got == own(county, table, user)
    elif table in ("discrepancy_version", "past_closing", "lease"):
        with county.read() as connection:
            query = sa.text("SELECT discrepancy_id FROM discrepancy WHERE field = ANY (:fields)")
            assert got == set(connection.scalars(query, {"fields": expected.split()}))
    else:
        assert got == set(expected.split())


def test_the_columns_that_a_role_reads_are_these_and_no_others(county: Database) -> None:
    with county.read() as connection:
        for table in tables(county):
            columns = {column["name"] for column in sa.inspect(connection).get_columns(table)}
            for role in ROLES:
                users = [user for user, held in USERS.items() if held[0][0] == role]
                may = any(user in SEEN[table] for user in users)
                every = columns if may else set()
                expected = set(COLUMNS[table, role].split()) if (table, role) in COLUMNS else every
                assert allowed(connection, role, table, "SELECT") == expected, (table, role)


def test_the_columns_that_a_role_writes_are_these_and_no_others(county: Database) -> None:
    with county.read() as connection:
        for table in tables(county):
            columns = {column["name"] for column in sa.inspect(connection).get_columns(table)}
            for role in ROLES:
                inserted, updated = WRITTEN.get((table, role), ("", ""))
                expected = columns if inserted == ALL else set(inserted.split())
                assert allowed(connection, role, table, "INSERT") == expected, (table, role)
                assert allowed(connection, role, table, "UPDATE") == set(updated.split()), (table, role)
                for right in ("DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"):
                    query = sa.text("SELECT has_table_privilege(:role, :table, :right)")
                    who = {"role": f"bulou_{role}", "table": table, "right": right}
                    assert not connection.scalar(query, who), (table, role, right)


def allowed(connection: sa.Connection, role: str, table: str, right: str) -> set[str]:
    query = sa.text("""
SELECT attname FROM pg_attribute WHERE attrelid = CAST(:table AS regclass) AND attnum > 0 AND NOT attisdropped
    AND has_column_privilege(:role, attrelid, attnum, :right)
""")
    return set(connection.scalars(query, {"role": f"bulou_{role}", "table": table, "right": right}))


def test_the_app_itself_reads_and_writes_nothing(county: Database, desk: Desk) -> None:
    for table in (*tables(county), "alembic_version"):
        with pytest.raises(StoreError, match="permission denied"), desk.app.begin() as connection:
            connection.execute(sa.text(f"SELECT FROM {table}"))


def test_the_gate_reads_no_row_of_the_register(county: Database, desk: Desk) -> None:
    for table in (
        "person",
        "household",
        "membership",
        "discrepancy",
        "evidence",
        "register_change",
        "entity",
    ):
        with pytest.raises(StoreError, match="permission denied"), desk.at_the_gate() as work:
            work.connection.execute(sa.text(f"SELECT FROM {table}"))


def test_a_role_that_is_not_held_cannot_be_taken(desk: Desk) -> None:
    for user, role in (
        ("clerk.n1", "officer"),
        ("officer.north", "steward"),
        ("nobody", "clerk"),
        ("", "auditor"),
    ):
        with pytest.raises(NotAllowed), desk.as_user(user, role):
            pytest.fail("entered")
    with pytest.raises(NotAllowed), desk.as_user("steward", "night"):
        pytest.fail("entered")


def test_after_its_transaction_a_connection_is_nobody_again(desk: Desk) -> None:
    with desk.as_user("steward", "steward") as work:
        assert labels(work.connection, "person")
        pid = work.connection.scalar(sa.text("SELECT pg_backend_pid()"))
    with desk.app.begin() as connection:
        who = connection.execute(sa.text("SELECT pg_backend_pid(), current_user, desk_user()")).one()
        assert tuple(who) == (pid, "bulou_app", None)


def test_the_policies_alone_keep_out_who_has_no_grant(county: Database) -> None:
    """As if the app had forgotten to ask whether the role is held."""
    with county.begin() as connection:
        for role in ROLES:
            connection.execute(sa.text(f"SET LOCAL ROLE bulou_{role}"))
            for user in ("", "nobody", "auditor" if role != "auditor" else "steward"):
                connection.execute(sa.text("SELECT set_config('bulou.user', :user, true)"), {"user": user})
                for table in SEEN:
                    if allowed(connection, role, table, "SELECT") and table not in (
                        "app_user",
                        "app_grant",
                        "grant_area",
                    ):
                        label = LABEL[table] if role != "operator" or table != "discrepancy" else "field"
                        found = connection.scalars(sa.text(f"SELECT {label} FROM {table}")).all()
                        assert found == [], (role, user, table)
            connection.execute(sa.text("RESET ROLE"))


def test_a_grant_taken_back_and_a_disabled_user_count_from_the_next_statement_on(
    county: Database, desk: Desk
) -> None:
    with unit_of_work(county) as work:
        work.grants.add_user("leaver", "leaver", "operator", NOW)
        grant = work.grants.grant("leaver", "clerk", "operator", NOW, area_code=VILLAGES["n1"])
    with desk.as_user("leaver", "clerk") as leaver:
        assert labels(leaver.connection, "person") == {"n1"}
        with unit_of_work(county) as work:
            work.grants.disable("leaver", "operator", NOW)
        assert labels(leaver.connection, "person") == set()
        with unit_of_work(county) as work:
            work.grants.enable("leaver", "operator")
        assert labels(leaver.connection, "person") == {"n1"}
        with unit_of_work(county) as work:
            work.grants.revoke(grant.grant_id, "operator", NOW)
        assert labels(leaver.connection, "person") == set()


@pytest.mark.parametrize(
    ("user", "query"),
    [
        pytest.param("clerk.n1", "SELECT 1 FROM person", id="persons of a village"),
        pytest.param(
            "officer.north", "SELECT 1 FROM discrepancy WHERE status = 'waiting'", id="a township's queue"
        ),
        pytest.param(
            "contact.police",
            "SELECT 1 FROM discrepancy WHERE type = 'source_correction'",
            id="a feed's corrections",
        ),
    ],
)
def test_what_a_user_may_see_is_found_by_an_index(county: Database, user: str, query: str) -> None:
    """Among as many rows that an index is worth it, and with the planner's statistics of just these."""
    with county.engine.connect() as connection:  # nothing is committed
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        for table in ("person", "discrepancy"):
            columns = connection.scalar(_WRITTEN, {"table": table})
            connection.execute(sa.text(_EACH_TWO_HUNDRED_TIMES.format(table=table, columns=columns)))
            connection.execute(sa.text(f"ANALYZE {table}"))
        connection.execute(sa.text(f"SET LOCAL ROLE bulou_{USERS[user][0][0]}"))
        connection.execute(sa.text("SELECT set_config('bulou.user', :user, true)"), {"user": user})
        plan = "\n".join(connection.scalars(sa.text(f"EXPLAIN {query}")))
        connection.rollback()
    assert "Index Cond" in plan and " = ANY (" in plan.split("Index Cond")[1], plan


_WRITTEN = sa.text("""
SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = :table AND is_generated = 'NEVER'
""")
_EACH_TWO_HUNDRED_TIMES = """
INSERT INTO {table} ({columns}) SELECT {columns} FROM (
    SELECT (jsonb_populate_record(one, to_jsonb(one) || other)).*
    FROM {table} one, generate_series(1, 200) n, LATERAL jsonb_build_object(
        'person_no', one.person_no || '-' || n, 'discrepancy_id', gen_random_uuid(), 'subject', gen_random_uuid()
    ) other) AS many
"""


def test_renumbered_areas_stay_with_their_users(county: Database, desk: Desk) -> None:
    import pandas as pd
    from desk_county import areas

    from register.areas import replace_areas

    old, new = VILLAGES["n2"], "990101001009"
    before = areas()
    renumbered = before.assign(
        valid_to=before["valid_to"].where(before["code"] != old, "2026-06-30"),
        successor=before["successor"].where(before["code"] != old, new),
    )
    row = before[before["code"] == old].assign(code=new, valid_from="2026-07-01")
    with county.begin() as connection:
        replace_areas(connection, pd.concat([renumbered, row]))
        connection.execute(
            sa.text("UPDATE person SET area_code = :new WHERE area_code = :old"), {"new": new, "old": old}
        )
    try:
        assert seen(desk, "officer.north", "person") == {"n1", "n2"}
        assert seen(desk, "officer.south", "person") == {"s1"}
    finally:
        with county.begin() as connection:
            connection.execute(
                sa.text("UPDATE person SET area_code = :old WHERE area_code = :new"), {"new": new, "old": old}
            )
            replace_areas(connection, before)


def test_migrations_leave_no_table_open(county: Database) -> None:
    query = sa.text(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND NOT relrowsecurity"
    )
    with county.read() as connection:
        assert set(connection.scalars(query)) == {"alembic_version"}
        public = sa.text(
            "SELECT count(*) FROM information_schema.table_privileges WHERE grantee = 'PUBLIC' AND table_schema = 'public'"
        )
        assert connection.scalar(public) == 0

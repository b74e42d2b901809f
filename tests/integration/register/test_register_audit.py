"""The audit chain: whole under concurrent writers, closed to changes, and every kind of tampering is found."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.audit import GENESIS, AuditChain, Event, Head, heads_of, sealed
from register.database import Database
from register.errors import InvalidInput, StoreError
from register.work import unit_of_work


def event(number: int = 1, **details: Any) -> Event:
    return Event("officer.2", "person.view", "person", f"P{number}", {"fields": 3, **details})


def write(database: Database, *numbers: int) -> Head:
    with unit_of_work(database) as work:
        return work.audit.record(*(event(number) for number in numbers))


def problems(database: Database, *heads: Head) -> tuple[str, ...]:
    with database.read() as connection:
        return AuditChain(connection).verify(heads).problems


def rows(database: Database) -> list[Any]:
    with database.read() as connection:
        return list(connection.execute(sa.text("SELECT * FROM audit_entry ORDER BY entry_no")))


@contextmanager
def intruder(database: Database) -> Iterator[Connection]:
    """A superuser who switches the triggers off."""
    with database.begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        yield connection


def test_an_empty_chain_is_whole(database: Database) -> None:
    with database.read() as connection:
        assert AuditChain(connection).head() == Head(0, GENESIS)
    assert problems(database, Head(0, GENESIS)) == ()


def test_anybody_can_verify_the_chain_by_its_description(database: Database) -> None:
    write(database, 1, 2)
    with unit_of_work(database) as work:
        work.audit.record(
            Event("a", "b.c", "d", "E1", {"z": None, "a": ["x", 2], "yes": True, "no": -5, "code": "k:1"})
        )
    previous = "0" * 64
    for number, row in enumerate(rows(database), start=1):
        content = {
            "entry_no": number,
            "at": row.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "actor": row.actor,
            "action": row.action,
            "subject_kind": row.subject_kind,
            "subject_id": row.subject_id,
            "details": row.details,
            "previous_hash": previous,
        }
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        previous = hashlib.sha256((previous + text).encode()).hexdigest()
        assert (row.entry_no, row.hash) == (number, previous)
    assert problems(database) == ()


def test_the_hash_of_an_entry_never_changes() -> None:
    assert (
        sealed(7, "2026-11-27T08:00:00.000001Z", event(), GENESIS)
        == hashlib.sha256(
            (
                GENESIS
                + '{"action":"person.view","actor":"officer.2","at":"2026-11-27T08:00:00.000001Z","details":'
                + '{"fields":3},"entry_no":7,"previous_hash":"'
                + GENESIS
                + '","subject_id":"P1","subject_kind":"person"}'
            ).encode()
        ).hexdigest()
    )


def test_what_is_rolled_back_leaves_no_gap(database: Database) -> None:
    write(database, 1)
    with pytest.raises(RuntimeError), unit_of_work(database) as work:
        work.audit.record(event(2))
        raise RuntimeError
    write(database, 3)
    assert [(row.entry_no, row.subject_id) for row in rows(database)] == [(1, "P1"), (2, "P3")]
    assert problems(database) == ()


def test_many_writers_at_once_make_one_chain(database: Database) -> None:
    start = threading.Barrier(12)
    failures: list[BaseException] = []

    def work_on(number: int) -> None:
        start.wait()
        try:
            for turn in range(5):
                try:
                    with unit_of_work(database) as work:
                        work.audit.record(event(number), event(number, turn=turn))
                        if turn == 3:
                            raise RuntimeError
                except RuntimeError:
                    continue
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=work_on, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    written = rows(database)
    assert [row.entry_no for row in written] == list(range(1, 12 * 4 * 2 + 1))
    assert [row.at for row in written] == sorted(row.at for row in written)
    assert problems(database) == ()


def test_an_old_view_of_the_chain_cannot_fork_it(database: Database) -> None:
    write(database, 1)
    with database.engine.connect().execution_options(isolation_level="REPEATABLE READ") as stale:
        assert AuditChain(stale).head().entry_no == 1
        write(database, 2)
        with pytest.raises(sa.exc.IntegrityError):
            AuditChain(stale).record(event(3))
        stale.rollback()
    assert [row.subject_id for row in rows(database)] == ["P1", "P2"]


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("UPDATE audit_entry SET actor = 'x'", id="update"),
        pytest.param("UPDATE audit_entry SET actor = 'x' WHERE entry_no = 99", id="update of nothing"),
        pytest.param("DELETE FROM audit_entry", id="delete"),
        pytest.param("TRUNCATE audit_entry", id="truncate"),
        pytest.param(
            "INSERT INTO audit_entry SELECT * FROM audit_entry ON CONFLICT (entry_no) DO UPDATE SET actor = 'x'",
            id="upsert",
        ),
    ],
)
def test_the_database_refuses_changes(database: Database, statement: str) -> None:
    write(database, 1)
    with (
        pytest.raises(StoreError, match="audit_entry_append_only"),
        database.begin() as connection,
    ):
        connection.execute(sa.text(statement))
    assert problems(database) == ()


SWAP = """
UPDATE audit_entry AS a SET actor = b.actor, action = b.action, subject_id = b.subject_id, details = b.details,
    at = b.at FROM audit_entry AS b WHERE (a.entry_no, b.entry_no) IN ((2, 3), (3, 2))
"""
RENUMBER = (
    "UPDATE audit_entry SET entry_no = CASE entry_no WHEN 2 THEN -3 WHEN 3 THEN -2 END WHERE entry_no IN (2, 3)",
    "UPDATE audit_entry SET entry_no = -entry_no WHERE entry_no < 0",
)
CLOSE_GAP = (
    "DELETE FROM audit_entry WHERE entry_no = 3",
    "UPDATE audit_entry SET entry_no = 3 WHERE entry_no = 4",
)
CHANGED = "was changed: its content does not give its hash"
MOVED = "one of them was replaced or moved"


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        pytest.param(
            ("UPDATE audit_entry SET actor = 'other' WHERE entry_no = 2",), [f"entry 2 {CHANGED}"], id="actor"
        ),
        pytest.param(
            ("UPDATE audit_entry SET at = at + interval '1 microsecond' WHERE entry_no = 2",),
            [f"entry 2 {CHANGED}"],
            id="time",
        ),
        pytest.param(
            ("UPDATE audit_entry SET at = 'infinity' WHERE entry_no = 2",),
            [f"entry 2 {CHANGED}"],
            id="no time",
        ),
        pytest.param(
            ("UPDATE audit_entry SET details = '{\"fields\": 3.0}' WHERE entry_no = 2",),
            [f"entry 2 {CHANGED}"],
            id="a number written otherwise",
        ),
        pytest.param(
            ("UPDATE audit_entry SET details = '7' WHERE entry_no = 2",),
            [f"entry 2 {CHANGED}"],
            id="no details",
        ),
        pytest.param(
            ("UPDATE audit_entry SET hash = repeat('a', 64) WHERE entry_no = 4",),
            [f"entry 4 {CHANGED}", f"entry 5 does not follow entry 4: {MOVED}"],
            id="hash",
        ),
        pytest.param(
            ("DELETE FROM audit_entry WHERE entry_no = 3",), ["entry 3 is missing"], id="one deleted"
        ),
        pytest.param(
            ("DELETE FROM audit_entry WHERE entry_no IN (1, 2)",),
            ["entries 1 to 2 are missing"],
            id="first deleted",
        ),
        pytest.param(
            CLOSE_GAP,
            [f"entry 3 does not follow entry 2: {MOVED}", f"entry 3 {CHANGED}", "entry 4 is missing"],
            id="deleted and the next moved up",
        ),
        pytest.param((SWAP,), [f"entry 2 {CHANGED}", f"entry 3 {CHANGED}"], id="contents swapped"),
        pytest.param(
            RENUMBER,
            [
                f"entry 2 does not follow entry 1: {MOVED}",
                f"entry 2 {CHANGED}",
                f"entry 3 does not follow entry 2: {MOVED}",
                f"entry 3 {CHANGED}",
                f"entry 4 does not follow entry 3: {MOVED}",
            ],
            id="reordered",
        ),
    ],
)
def test_tampering_is_found(database: Database, statements: tuple[str, ...], expected: list[str]) -> None:
    write(database, 1, 2, 3, 4, 5)
    with intruder(database) as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
    assert list(problems(database)) == expected


def test_what_is_cut_off_is_found_by_an_exported_head(database: Database) -> None:
    early = write(database, 1, 2)
    late = write(database, 3, 4)
    assert problems(database, early, late) == ()
    with intruder(database) as connection:
        connection.execute(sa.text("DELETE FROM audit_entry WHERE entry_no > 2"))
    assert problems(database, early) == ()
    (problem,) = problems(database, early, late)
    assert problem == ("the chain ends with entry 2, but a head of entry 4 was exported: its end was cut off")


def test_an_emptied_chain_is_found_by_an_exported_head(database: Database) -> None:
    head = write(database, 1)
    with intruder(database) as connection:
        connection.execute(sa.text("TRUNCATE audit_entry"))
    assert problems(database) == ()
    assert len(problems(database, head)) == 1


def rewrite(connection: Connection) -> None:
    """A whole new chain whose hashes fit, without the second entry."""
    old = connection.execute(sa.text("SELECT * FROM audit_entry WHERE entry_no <> 2 ORDER BY entry_no")).all()
    connection.execute(sa.text("DELETE FROM audit_entry"))
    AuditChain(connection).record(
        *(Event(row.actor, row.action, row.subject_kind, row.subject_id, row.details) for row in old)
    )


def test_a_chain_made_anew_is_found_by_an_exported_head(database: Database) -> None:
    write(database, 1, 2)
    head = write(database, 3)
    write(database, 4, 5)
    with intruder(database) as connection:
        rewrite(connection)
    assert problems(database) == ()
    assert problems(database, head) == (
        "entry 3 is not the one whose head was exported: the chain was rewritten",
    )


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: Event("王伟", "a", "b", "c", {}), id="a name as actor"),
        pytest.param(lambda: event(name="王伟"), id="a name"),
        pytest.param(lambda: event(other="990101199001011234"), id="an ID number"),
        pytest.param(lambda: event(other="person:99010119900101123X"), id="an ID number within"),
        pytest.param(lambda: event(other="990101900101123"), id="an old ID number"),
        pytest.param(lambda: event(numbers=["P1", "13700000000"]), id="a phone in a list"),
        pytest.param(lambda: event(text="two words"), id="free text"),
        pytest.param(lambda: event(share=0.5), id="a float"),
        pytest.param(lambda: event(big=2**53), id="a number too large for some"),
        pytest.param(lambda: event(deep={"a": 1}), id="an object"),
        pytest.param(lambda: Event("a", "b", "c", "d", {"王伟": 1}), id="a name as a key"),
        pytest.param(lambda: Event("a", "", "c", "d", {}), id="no action"),
    ],
)
def test_what_may_be_personal_is_refused_and_not_repeated(
    database: Database, make: Callable[[], Event]
) -> None:
    with pytest.raises(InvalidInput) as caught, unit_of_work(database) as work:
        work.audit.record(event(1), make())
    assert not any(value in str(caught.value) for value in ("王伟", "9901", "1370", "words"))
    assert rows(database) == []


def test_hashes_and_area_codes_may_be_told(database: Database) -> None:
    with unit_of_work(database) as work:
        work.audit.record(event(sha256="1" * 64, area="991224100200"))
    assert problems(database) == ()


def test_what_was_done_to_a_subject_is_told_in_order(database: Database) -> None:
    with unit_of_work(database) as work:
        work.audit.record(event(1, turn=1), event(2), event(1, turn=2))
        assert [one.details for one in work.audit.of("person", "P1")] == [
            {"fields": 3, "turn": 1},
            {"fields": 3, "turn": 2},
        ]


def test_a_head_survives_its_file() -> None:
    heads = [Head(3, "ab" * 32), Head(9, "cd" * 32)]
    assert heads_of("\n".join(head.line() for head in heads) + "\n") == heads


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("PK", id="another file"),
        pytest.param('{"entry_no": 1}', id="no hash"),
        pytest.param('{"entry_no": "1", "hash": "' + "a" * 64 + '"}', id="number as text"),
        pytest.param('{"entry_no": 1, "hash": "abc"}', id="half a hash"),
        pytest.param("[1]", id="a list"),
    ],
)
def test_a_file_that_is_no_head_is_a_mistake(text: str) -> None:
    with pytest.raises(InvalidInput):
        heads_of(text)

"""The tally says at every moment how many discrepancies there are of each kind: after a night, a decision, a deletion, and with many at once."""

from __future__ import annotations

import random
import threading
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from desk_county import COUNTY, NIGHT, NOW, USERS, VILLAGES, areas
from register_leads import Lead, Row

from register.access import desk_of
from register.areas import replace_areas
from register.database import Database
from register.dump import dump, load
from register.errors import StaleEvidence, StoreError
from register.migrations.run import configuration
from register.testing import cloned_database
from register.work import unit_of_work

TYPES = ("missing_item", "possible_link", "source_correction")
FEEDS = ("police_residents", "register", "school")
AREAS = (*VILLAGES.values(), None)
KEY = "type, status, priority, band, feed, area_code, first_night"
BAND = "CASE WHEN confidence >= 0.95 THEN 'high' WHEN confidence >= 0.8 THEN 'middle' ELSE 'low' END AS band"
ONE = f"type, status, priority, first_night, coalesce(area_code, '') AS area_code, {BAND}"
OWN_FEED = "CASE WHEN type = 'source_correction' THEN split_part(subject, ':', 1) ELSE '' END"
# table → every discrepancy as often as it is counted there
COUNTED = {
    "discrepancy_tally": f"SELECT {KEY}, count(*) FROM (SELECT {ONE}, {OWN_FEED} AS feed FROM discrepancy) AS one GROUP BY {KEY}",
    "feed_tally": f"SELECT {KEY}, count(*) FROM (SELECT {ONE}, unnest(feeds) AS feed FROM discrepancy) AS one GROUP BY {KEY}",
}
RESTING_ON = """
SELECT discrepancy_id, feeds, ARRAY(SELECT feed FROM (SELECT feed FROM evidence AS e WHERE e.discrepancy_id = d.discrepancy_id
    UNION SELECT split_part(subject, ':', 1) WHERE type = 'source_correction') AS of ORDER BY feed COLLATE "C")
FROM discrepancy AS d
"""
KIND = KEY.removesuffix(", area_code, first_night")
SUMS = "SELECT {0}, sum(rows) FROM {2} WHERE {1} GROUP BY {0} HAVING sum(rows) <> 0"
BY_NIGHT = (f"{KIND}, first_night", "area_code = '*' AND first_night < 'infinity'")
BY_AREA = (f"{KIND}, area_code", "area_code IS DISTINCT FROM '*' AND first_night = 'infinity'")
BY_NEITHER = (KIND, "area_code = '*' AND first_night = 'infinity'")
FOLD = sa.text("SELECT fold_discrepancy_tally(), fold_feed_tally(), fold_area_tally(), fold_county_tally()")
OF_AREAS = "SELECT status, coalesce(area_code, ''), count(*) FROM discrepancy GROUP BY 1, 2"
OF_COUNTY_KEY = "status, priority, first_night::text, assignee, is_reopened"
OF_COUNTY = (
    "SELECT status, priority, first_night::text, '', false, count(*) FROM discrepancy GROUP BY 1, 2, 3",
    "SELECT status, 0, 'infinity', assignee, false, count(*) FROM discrepancy WHERE assignee IS NOT NULL GROUP BY 1, 4",
    "SELECT status, 0, 'infinity', '', true, count(*) FROM discrepancy WHERE reopened_night IS NOT NULL GROUP BY 1",
)
NEITHER = (
    KIND,
    "(area_code IS DISTINCT FROM '*') <> (first_night = 'infinity') AND area_code IS DISTINCT FROM '*'",
)


def asked(connection: sa.Connection, query: str) -> Counter[Any]:
    return Counter({tuple(row[:-1]): int(row[-1]) for row in connection.execute(sa.text(query))})


def assert_agrees(database: Database) -> int:
    """Returns how many discrepancies there are."""
    total = 0
    with database.read() as connection:
        for table, query in COUNTED.items():
            counted = asked(connection, query)
            by: dict[tuple[str, str], Counter[Any]] = {
                BY_AREA: Counter(),
                BY_NIGHT: Counter(),
                BY_NEITHER: Counter(),
            }
            for (*kind, area, night), rows in counted.items():
                by[BY_AREA][*kind, area] += rows
                by[BY_NIGHT][*kind, night] += rows
                by[BY_NEITHER][tuple(kind)] += rows
            for sums, expected in by.items():
                assert asked(connection, SUMS.format(*sums, table)) == expected
            assert asked(connection, SUMS.format(*NEITHER, table)) == Counter()
            total = total or counted.total()
        kept = asked(connection, SUMS.format("status, area_code", "true", "area_tally"))
        assert kept == asked(connection, OF_AREAS)
        kept = asked(connection, SUMS.format(OF_COUNTY_KEY, "true", "county_tally"))
        assert kept == sum((asked(connection, query) for query in OF_COUNTY), Counter())
    return total


def assert_rests_on_its_evidence(database: Database) -> None:
    with database.read() as connection:
        rows = connection.execute(sa.text(RESTING_ON)).all()
    assert all(told == there for _, told, there in rows)
    assert {len(told) for _, told, _ in rows} >= {1, 2}


def leads(dice: random.Random, subjects: int) -> list[Lead]:
    """Some of the subjects there may be, each as the dice fall."""
    return [
        Lead(
            f"{dice.choice(('police', 'school'))}:{number}",
            type=dice.choice(TYPES),
            area_code=dice.choice(AREAS),
            confidence=dice.choice((0.5, 0.8, 0.9, 0.95, 1.0)),
            priority=dice.randint(1, 4),
            evidence_hash=f"h{dice.randint(1, 3)}",
            evidence=[Row(feed=feed) for feed in dice.sample(FEEDS, dice.randint(1, 3))],
        )
        for number in range(subjects)
        if dice.random() < 0.7
    ]


ACCOUNTS = "INSERT INTO app_user (user_id, display_name, created_at) SELECT unnest(CAST(:users AS text[])), 'A', now() ON CONFLICT DO NOTHING"
ASSIGN = "UPDATE discrepancy SET assignee = :user WHERE ascii(right(discrepancy_id, 1)) % 5 = :part"


def decide_some(database: Database, dice: random.Random) -> None:
    users = ["li.na", "wang.li"]
    with database.begin() as connection:
        connection.execute(sa.text(ACCOUNTS), {"users": users})
        connection.execute(sa.text(ASSIGN), {"user": dice.choice((*users, None)), "part": dice.randint(0, 4)})
    for _ in range(10):
        with unit_of_work(database) as work:
            query = sa.text("SELECT discrepancy_id, evidence_version FROM discrepancy ORDER BY 1")
            id_, version = dice.choice(work.connection.execute(query).all())
            try:
                work.discrepancies.set_status(id_, dice.choice(("open", "waiting", "decided")), version)
            except StaleEvidence:
                continue  # resolved meanwhile


@pytest.mark.parametrize("seed", range(3))
def test_it_agrees_with_what_is_counted_after_nights_decisions_and_deletions(
    database: Database, seed: int
) -> None:
    dice, held, reopened = random.Random(seed), 0, 0
    for night in range(6):
        with unit_of_work(database) as work:
            work.discrepancies.apply(NIGHT + timedelta(days=night), leads(dice, 60))
        assert assert_agrees(database) > 0
        assert_rests_on_its_evidence(database)
        decide_some(database, dice)
        assert_agrees(database)
        with database.read() as connection:
            held += connection.scalar(sa.text("SELECT count(assignee) FROM discrepancy")) or 0
            reopened += connection.scalar(sa.text("SELECT count(reopened_night) FROM discrepancy")) or 0
        if night % 2:
            with database.begin() as connection:
                gone = "DELETE FROM discrepancy WHERE ascii(right(discrepancy_id, 1)) % 3 = 0"
                assert connection.execute(sa.text(gone)).rowcount > 0
            assert_agrees(database)
            with database.begin() as connection:
                connection.execute(FOLD)
            assert_agrees(database)
    assert held > 0 and reopened > 0
    with database.begin() as connection:
        connection.execute(sa.text("TRUNCATE discrepancy CASCADE"))
        for table in (*COUNTED, "area_tally", "county_tally"):
            assert connection.scalar(sa.text(f"SELECT count(*) FROM {table}")) == 0


def test_what_is_rolled_back_is_not_counted(database: Database) -> None:
    with unit_of_work(database) as work:
        work.discrepancies.apply(NIGHT, leads(random.Random(1), 20))
    with pytest.raises(RuntimeError), database.begin() as connection:
        connection.execute(sa.text("UPDATE discrepancy SET status = 'decided'"))
        connection.execute(FOLD)
        raise RuntimeError
    assert assert_agrees(database) > 0


def test_many_who_write_and_fold_at_once_are_all_counted(database: Database) -> None:
    users = [f"steward.{number}" for number in range(12)]
    with unit_of_work(database) as work:
        replace_areas(work.connection, areas())
        work.discrepancies.apply(NIGHT, leads(random.Random(2), 80))
        for user in users:
            work.grants.add_user(user, user, "operator", NOW)
            work.grants.grant(user, "steward", "operator", NOW, area_code=COUNTY)
    problems: list[StoreError] = []
    start = threading.Barrier(len(users))

    def work_on(user: str) -> None:
        dice = random.Random(user)
        try:
            start.wait()
            for turn in range(30):
                with desk.as_user(user, "steward") as work:
                    # In the order of the ids: who changes several at once and in any order may meet another who does.
                    change = sa.text("""
UPDATE discrepancy SET status = :status WHERE discrepancy_id IN (
    SELECT discrepancy_id FROM discrepancy WHERE ascii(right(discrepancy_id, 1)) % 5 = :part
    ORDER BY discrepancy_id FOR UPDATE LIMIT 3)
""")
                    status = dice.choice(("open", "waiting", "decided"))
                    work.connection.execute(change, {"status": status, "part": dice.randint(0, 4)})
                if turn % 5 == 0:
                    with database.begin() as connection:
                        connection.execute(FOLD)
        except StoreError as error:
            problems.append(error)

    with desk_of(database.engine.url) as desk:
        threads = [threading.Thread(target=work_on, args=(user,)) for user in users]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert problems == []
    assert assert_agrees(database) > 0
    with database.read() as connection:
        for table in ("discrepancy_tally", "area_tally", "county_tally"):
            assert connection.scalar(sa.text(f"SELECT count(*) FROM {table} WHERE is_folded")) > 0


def test_what_is_added_does_not_pile_up(database: Database) -> None:
    with unit_of_work(database) as work:
        work.discrepancies.apply(NIGHT, leads(random.Random(3), 10))
    for turn in range(600):
        with database.begin() as connection:
            status = ("open", "decided")[turn % 2]
            change = "UPDATE discrepancy SET status = :status WHERE discrepancy_id = (SELECT min(discrepancy_id) FROM discrepancy)"
            connection.execute(sa.text(change), {"status": status})
    with database.read() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM discrepancy_tally")) < 600
        assert connection.scalar(sa.text("SELECT count(*) FROM feed_tally")) < 2400
        assert connection.scalar(sa.text("SELECT count(*) FROM area_tally")) < 600
        assert connection.scalar(sa.text("SELECT count(*) FROM county_tally")) < 600
    assert_agrees(database)


@pytest.mark.parametrize("user", [user for user in USERS if user != "auditor"])
def test_a_user_counts_what_the_user_sees(filled_county: Database, user: str) -> None:
    with desk_of(filled_county.engine.url) as desk, desk.as_user(user, USERS[user][0][0]) as work:
        seen = work.connection.scalar(sa.text("SELECT count(type) FROM discrepancy"))
        # A contact sees the county's sums of the own feed, and not in which area they lie.
        area = "" if user.startswith("contact") else " AND area_code IS DISTINCT FROM '*'"
        query = f"SELECT sum(rows) FROM discrepancy_tally WHERE first_night = 'infinity'{area}"
        assert work.connection.scalar(sa.text(query)) == seen
        assert seen is not None and seen > 0
        if area and not user.startswith("operator"):
            assert work.connection.scalar(sa.text("SELECT sum(rows) FROM area_tally")) == seen


def test_a_store_of_the_release_before_is_counted_when_it_is_brought_up_to_date(scratch: Database) -> None:
    with unit_of_work(scratch) as work:
        work.discrepancies.apply(date(2026, 4, 1), leads(random.Random(4), 50))
    with scratch.begin() as connection:
        command.downgrade(configuration(connection), "0008")
    with scratch.begin() as connection:
        connection.execute(sa.text("UPDATE discrepancy SET status = 'decided' WHERE priority = 1"))
    scratch.migrate()
    assert assert_agrees(scratch) > 0
    assert_rests_on_its_evidence(scratch)
    decide_some(scratch, random.Random(4))
    assert_agrees(scratch)


def test_a_store_that_is_restored_counts_as_before(
    database: Database, tmp_path: Path, register_server: Database
) -> None:
    with unit_of_work(database) as work:
        work.discrepancies.apply(NIGHT, leads(random.Random(5), 50))
    decide_some(database, random.Random(5))
    dump(database, tmp_path / "store")
    with cloned_database(register_server) as target:
        with target.begin() as connection:
            connection.execute(sa.text("DROP SCHEMA public CASCADE"))
            connection.execute(sa.text("CREATE SCHEMA public"))
        load(target, tmp_path / "store")
        assert assert_agrees(target) > 0
        decide_some(target, random.Random(6))
        assert_agrees(target)

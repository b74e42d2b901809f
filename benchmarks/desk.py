"""What the desk waits for in the database: a register of a million taken in, people looked up, queues read, all under the policies.

`python -m benchmarks desk [--persons 1000000] [--rounds 200] [--register-only]`. The register is generated row by row (names, numbers and
phones as spread as a county's), the discrepancies are one per person; both are thrown away.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import sqlalchemy as sa

from register.access import Desk, desk_of
from register.areas import COLUMNS, replace_areas
from register.database import Database, open_database
from register.importing import import_snapshot
from register.work import UnitOfWork, unit_of_work
from stewardship.filters import EVERY, Cursor, Filters
from stewardship.places import read_places
from stewardship.queue import Queue
from stewardship.tabs import CHANGED, MINE, OVERDUE, UNASSIGNED

COUNTY = "990101000000"
TOWNSHIPS, VILLAGES = 20, 20  # villages per township
SURNAMES = list("王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余")
GIVEN = list(
    "伟芳娜敏静丽强磊洋艳勇军杰娟涛明超兰霞平刚桂英文华建国红玉梅春秀云龙辉鹏飞鑫浩宇晨欣怡佳琪雪婷博"
)
NIGHT = date(2026, 5, 1)
NOW = datetime(2026, 5, 2, tzinfo=UTC)


def village(number: int) -> str:
    return f"990101{number // VILLAGES + 1:03d}{number % VILLAGES + 1:03d}"


def areas() -> pd.DataFrame:
    rows = [
        ("990000000000", "province", None),
        ("990100000000", "city", "990000000000"),
        (COUNTY, "county", "990100000000"),
    ]
    rows += [(f"990101{n + 1:03d}000", "township", COUNTY) for n in range(TOWNSHIPS)]
    rows += [(village(n), "village", village(n)[:9] + "000") for n in range(TOWNSHIPS * VILLAGES)]
    frame = pd.DataFrame(rows, columns=["code", "level", "parent"])
    return frame.assign(name=frame["code"], valid_from="1984-01-01", valid_to=None, successor=None)[
        list(COLUMNS)
    ]


def register(persons: int, seed: int) -> pd.DataFrame:
    """Records of the feed `register`, of one unit per township."""
    dice = np.random.default_rng(seed)
    numbers = np.arange(persons)
    homes = numbers // 3 % (TOWNSHIPS * VILLAGES)
    given = np.array(GIVEN, dtype=object)
    surname = np.array(SURNAMES, dtype=object)[(dice.random(persons) ** 2 * len(SURNAMES)).astype(int)]
    second = np.where(dice.random(persons) < 0.8, given[dice.integers(0, len(GIVEN), persons)], "")
    days = dice.integers(0, 36_500, persons)
    born = pd.Timestamp("1926-01-01") + pd.to_timedelta(days, unit="D")
    text = pd.Series(numbers).astype(str).to_numpy(dtype=object)
    frame = pd.DataFrame(
        {
            "person_no": "RY" + text,
            "household_no": "H" + pd.Series(numbers // 3).astype(str).to_numpy(dtype=object),
            "head_name": "王伟",
            "relation_to_head": np.where(numbers % 3 == 0, "户主", "子"),
            "name": surname + given[dice.integers(0, len(GIVEN), persons)] + second,
            "id_number": "990101" + pd.Series(born).dt.strftime("%Y%m%d").to_numpy(dtype=object) + pd.Series(numbers % 10_000).astype(str).str.zfill(4).to_numpy(dtype=object),
            "id_number__state": "valid",
            "sex": np.where(dice.random(persons) < 0.5, "男", "女"),
            "ethnicity": "汉族",
            "birth_date": born,
            "birth_date__lunar": pd.NaT,
            "hukou_address": "某镇某村某组某号",
            "hukou_address__area": pd.Series([village(n) for n in range(TOWNSHIPS * VILLAGES)], dtype=object).to_numpy()[homes],
            "phone": "13" + pd.Series(dice.integers(10**8, 10**9, persons)).astype(str).to_numpy(dtype=object),
            "unit": pd.Series([f"镇{n}" for n in range(TOWNSHIPS)], dtype=object).to_numpy()[homes // VILLAGES],
        }
    )  # fmt: skip
    return frame.assign(
        file="a.csv", sheet="", row=numbers + 2, arrival=NIGHT.isoformat(), period="2026-04", delivery="d"
    )


TYPES = {  # and the priority of each
    "missing_item": 4,
    "inconsistent_field": 3,
    "possible_link": 3,
    "wrong_household": 3,
    "duplicate_person": 3,
    "missing_person": 2,
    "moved_out_active": 2,
    "shared_id_number": 2,
    "unregistered_birth": 1,
    "deceased_active": 1,
}
# One per person, a tenth open; opened over two years, a twentieth of them within the last month.
FILL_QUEUE = sa.text("""
INSERT INTO discrepancy (discrepancy_id, type, subject, status, priority, confidence, area_code, household_no, person_no,
    field, register_value, proposed_value, reason, evidence_hash, evidence_version, evidence_count, first_night, last_night, gone_night,
    closed_night, feeds)
SELECT 'D' || left(encode(sha256(convert_to(kind.type || chr(31) || person_no, 'UTF8')), 'hex'), 12), kind.type, person_no,
    CASE WHEN n % 10 = 0 THEN 'open' WHEN n % 10 = 1 THEN 'waiting' WHEN n % 10 < 6 THEN 'decided' ELSE 'resolved' END,
    kind.priority, (hashint8(n) & 1023) / 1023.0, area_code, household_no,
    CASE WHEN kind.type <> ALL (CAST(:unregistered AS text[])) THEN person_no END, 'phone', NULL, '13700000000', 'known',
    'h', 1, 2, night, coalesce(closed, night), closed, closed,
    CASE WHEN hashint8(n + 3) & 1023 = 0 THEN ARRAY['civil_adoptions', 'register']
        WHEN kind.place % 2 = 0 THEN ARRAY['police_residents', 'register']
        WHEN kind.place = 9 THEN ARRAY['hospital_births', 'police_births']
        ELSE ARRAY['police_residents', 'register', 'school_enrolment'] END
FROM (SELECT row_number() OVER () AS n, p.person_no, p.area_code, m.household_no
    FROM person AS p JOIN membership AS m USING (person_no, unit)) AS numbered
CROSS JOIN LATERAL (SELECT CAST(:night AS date) - CAST(power((hashint8(n + 1) & 1023) / 1024.0, 1.2) * 730 AS integer)) AS o (night)
CROSS JOIN LATERAL (SELECT CASE WHEN n % 10 > 1 THEN greatest(night, least(CAST(:night AS date) - 1, night + (hashint8(n + 4) & 31))) END) AS c (closed)
JOIN unnest(CAST(:types AS text[]), CAST(:priorities AS smallint[])) WITH ORDINALITY AS kind (type, priority, place)
    ON kind.place = 1 + (hashint8(n + 2) & 1023) % :kinds
""")
# Of what is open a twentieth is assigned, half of that to each of two users, and a fiftieth was reopened after a decision.
SHARE_OUT = sa.text("""
UPDATE discrepancy SET assignee = CASE WHEN abs(hashtext(discrepancy_id) / 2) % 20 = 0
        THEN CASE WHEN abs(hashtext(discrepancy_id) / 2) % 40 = 0 THEN 'officer.1' ELSE 'steward.1' END END,
    reopened_night = CASE WHEN abs(hashtext(discrepancy_id) / 2) % 50 = 1 THEN first_night END
WHERE status = 'open' AND abs(hashtext(discrepancy_id) / 2) % 100 IN (0, 20, 40, 60, 80, 1, 51)
""")
# What a page of the queue is asked with, in turns.
ASKED = {
    "nothing": Filters(),
    "type": Filters(type="deceased_active"),
    "two types": Filters(type="deceased_active,unregistered_birth"),
    "age": Filters(age="week"),
    "feed": Filters(feed="school_enrolment"),
    "feed of few": Filters(feed="civil_adoptions"),
    "feed and age": Filters(feed="school_enrolment", age="week"),
    "township": Filters(area="990101001000"),
    "every status": Filters(status=EVERY),
    "mine": Filters(tab=MINE),
    "unassigned": Filters(tab=UNASSIGNED),
    "overdue": Filters(tab=OVERDUE),
    "overdue and mine": Filters(tab=OVERDUE, assignee=MINE),
    "changed since decision": Filters(tab=CHANGED),
}
USERS = {"clerk": village(7), "officer": village(7)[:9] + "000", "steward": COUNTY}


def fill(database: Database, persons: int, seed: int, *, with_queue: bool = True) -> dict[str, float]:
    """Seconds for each part of filling the store."""
    with unit_of_work(database) as work:
        replace_areas(work.connection, areas())
    records = register(persons, seed)
    took = {}
    for name in ("first snapshot", "the same again"):
        started = time.perf_counter()
        with database.begin() as connection:
            import_snapshot(connection, records, NIGHT)
        took[name] = time.perf_counter() - started
        records = records.assign(arrival="2026-06-01", period="2026-05")
    with unit_of_work(database) as work:
        given = {
            "night": NIGHT,
            "types": list(TYPES),
            "priorities": list(TYPES.values()),
            "kinds": len(TYPES),
            "unregistered": ["missing_person", "unregistered_birth"],
        }
        if with_queue:
            started = time.perf_counter()
            work.connection.execute(FILL_QUEUE, given)
            took["discrepancies"] = time.perf_counter() - started
        for role, area in USERS.items():
            work.grants.add_user(role + ".1", role, "operator", NOW)
            work.grants.grant(role + ".1", role, "operator", NOW, area_code=area)
        if with_queue:
            work.connection.execute(SHARE_OUT)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM ANALYZE"))
    return took


def questions(database: Database, rounds: int, seed: int) -> dict[str, Callable[[UnitOfWork, int], object]]:
    """What is asked, each time of another person."""
    with database.read() as connection:
        sample = sa.text(
            "SELECT id_number, phone, name, name_initials, name_pinyin FROM person TABLESAMPLE system (1) REPEATABLE (:seed) LIMIT :n"
        )
        people = connection.execute(sample, {"seed": seed, "n": rounds}).all()

    def nth(number: int) -> sa.Row[tuple[str, str, str, str, str]]:
        return people[number % len(people)]

    return (
        {
            "ID number": lambda work, n: work.people.by_id_number(nth(n).id_number),
            "end of an ID number": lambda work, n: work.people.by_id_tail(nth(n).id_number[-4:]),
            "phone": lambda work, n: work.people.by_phone(nth(n).phone),
            "whole name": lambda work, n: work.people.by_name(nth(n).name),
            "surname and one": lambda work, n: work.people.by_name(nth(n).name[:2]),
            "surname": lambda work, n: work.people.by_name(nth(n).name[:1]),
            "initials": lambda work, n: work.people.by_initials(nth(n).name_initials),
            "two initials": lambda work, n: work.people.by_initials(nth(n).name_initials[:2]),
            "pinyin": lambda work, n: work.people.by_pinyin(nth(n).name_pinyin),
            "three letters of pinyin": lambda work, n: work.people.by_pinyin(nth(n).name_pinyin[:3]),
        }
        | {
            f"queue, filter: {name}": lambda work, n, filters=filters: queue_of(work).page(filters, None, 50)
            for name, filters in ASKED.items()
        }
        | {"queue, one row on": lambda work, n: neighbours(queue_of(work), n)}
    )


def queue_of(work: UnitOfWork) -> Queue:
    role = str(work.connection.scalar(sa.text("SELECT current_user"))).removeprefix("bulou_")
    return Queue(work.connection, role, read_places(work.connection), NIGHT)


def neighbours(queue: Queue, number: int) -> object:
    """What the page of a discrepancy has its two links from."""
    here = Cursor(1 + number % 4, (number % 100) / 100, "D000000000000")
    return queue.following(Filters(), here), queue.before(Filters(), here)


def measure(
    desk: Desk, database: Database, rounds: int, seed: int, *, with_queue: bool = True
) -> list[tuple[str, str, float, float]]:
    """Question, role, median and 95th percentile in milliseconds, transaction included."""
    lines = []
    for question, ask in questions(database, rounds, seed).items():
        if question.startswith("queue") and not with_queue:
            continue
        for role in USERS:
            times = []
            for number in range(rounds):
                started = time.perf_counter()
                with desk.as_user(role + ".1", role, read_only=True) as work:
                    ask(work, number)
                times.append((time.perf_counter() - started) * 1000)
            lines.append((question, role, statistics.median(times), statistics.quantiles(times, n=20)[-1]))
    return lines


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks desk")
    parser.add_argument("--persons", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--register-only", action="store_true", help="no discrepancies, whose filling in takes minutes"
    )
    given = parser.parse_args(arguments)
    with (
        tempfile.TemporaryDirectory(prefix="bulou-desk-") as home,
        open_database(Path(home)) as database,
    ):
        took = fill(database, given.persons, given.seed, with_queue=not given.register_only)
        with desk_of(database.engine.url) as desk:
            lines = measure(desk, database, given.rounds, given.seed, with_queue=not given.register_only)
    say = sys.stdout.write
    say(
        json.dumps(
            {
                "persons": given.persons,
                "rounds": given.rounds,
                "cores": os.cpu_count(),
                "load": os.getloadavg(),
            }
        )
        + "\n"
    )
    for name, seconds in took.items():
        say(f"{name}: {seconds:.1f} s\n")
    say("\n| asked | role | median ms | p95 ms |\n|---|---|---:|---:|\n")
    for question, role, median, high in lines:
        say(f"| {question} | {role} | {median:.1f} | {high:.1f} |\n")
    return 0

"""A store for the load on the desk: the county of `benchmarks.desk`, with what a night leaves beside it: the departments' rows
that discrepancies rest on, who lives where by the police, why candidates weigh what they weigh, users, and an audit chain with a past.

Made once (some minutes for a million persons) and kept, so that a load can be measured again in a quiet moment.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import sqlalchemy as sa

from assets.store import FrameStore
from benchmarks.desk import COUNTY, NIGHT, NOW, TOWNSHIPS, VILLAGES, fill, register, village
from register.accounts import AccountRules, AccountStore
from register.audit import Event
from register.database import Database, open_database
from register.passwords import Hashing
from register.work import unit_of_work

PASSWORD = "three wells by the tree"
RULES = AccountRules(hashing=Hashing(1, 8, 1))  # what signing in costs is not what is measured
CLERKS, OFFICERS, STEWARDS = 10, 7, 3
PAST_VIEWS = 100_000
SCHOOL_OF = 5  # every fifth is a pupil
TERMS = ("name", "birth_date", "id_number", "sex", "home", "relatives")
# Two rows for each discrepancy that stands: the police's, and the school's for whom it has.
EVIDENCE = """
INSERT INTO evidence (discrepancy_id, feed, file, sheet, "row", role, person_no, unit, content_key)
SELECT d.discrepancy_id, source.feed, '2026-05-01/镇' || town || '.csv', '', number + 2, 'self', '', '镇' || town,
    lpad(to_hex(number), 16, source.mark)
FROM (SELECT *, CAST(substr(subject, 3) AS integer) AS number, CAST(substr(subject, 3) AS integer) / 3 % {villages} / {per} AS town
    FROM discrepancy WHERE status <> 'resolved') AS d
JOIN (VALUES ('police_residents', 'a', 1), ('school_enrolment', 'b', {school})) AS source (feed, mark, of)
    ON d.number % source.of = 0
"""
DELIVERIES = """
INSERT INTO delivery (feed, file, sha256, night, arrival, unit, status, columns_mapped, columns_dropped,
    rows_total, rows_kept, rows_set_aside, rows_quarantined)
SELECT feed, '2026-05-01/镇' || n || '.csv', md5(feed || n), CAST(:night AS date), CAST(:night AS date), '镇' || n, 'taken',
    '{}'::text[], '{}'::text[], 1, 1, 0, 0
FROM generate_series(0, :last) AS n, unnest(ARRAY['police_residents', 'school_enrolment']) AS feed
"""
VERSIONS = """
INSERT INTO discrepancy_version (discrepancy_id, evidence_version, night, event, evidence_hash, proposed_value, confidence)
SELECT discrepancy_id, 1, first_night, 'opened', evidence_hash, proposed_value, confidence FROM discrepancy
"""
APPLIED = "INSERT INTO night (night, status, is_applied, counts) VALUES (CAST(:night AS date), 'finished', true, '{}')"

TO_EACH = sa.text("""
UPDATE discrepancy SET assignee = :user WHERE discrepancy_id IN (
    SELECT discrepancy_id FROM discrepancy WHERE status = 'open' AND assignee IS NULL AND area_code IN (
        SELECT a.area_code FROM grant_area AS a JOIN app_grant AS g USING (grant_id) WHERE g.user_id = :user AND g.role = :role)
    ORDER BY discrepancy_id LIMIT 40)
""")


def users() -> Iterator[tuple[str, str, str]]:
    """Account, role, area."""
    for number in range(CLERKS):
        yield f"clerk.{number + 10}", "clerk", village(number * 31 % (TOWNSHIPS * VILLAGES))
    for number in range(OFFICERS):
        yield f"officer.{number + 10}", "officer", village(number * VILLAGES)[:9] + "000"
    for number in range(STEWARDS):
        yield f"steward.{number + 10}", "steward", COUNTY


def open_store(home: Path, persons: int, seed: int) -> dict[str, float]:
    """Makes the store under `home` unless it is there; returns the seconds that parts of it took, now or then."""
    done = home / "made.json"
    if done.exists():
        found: dict[str, float] = json.loads(done.read_text())
        return found
    with open_database(home) as database:
        took = fill(database, persons, seed)
        _evidence(database)
        _users(database)
        _past(database)
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))
            connection.execute(sa.text("CHECKPOINT"))
    _frames(FrameStore(str(home / "frames")), register(persons, seed))
    done.write_text(json.dumps(took))
    return took


def _evidence(database: Database) -> None:
    with database.begin() as connection:
        connection.exec_driver_sql(
            EVIDENCE.format(villages=TOWNSHIPS * VILLAGES, per=VILLAGES, school=SCHOOL_OF).replace("%", "%%")
        )
        connection.execute(
            sa.text(DELIVERIES.replace("'{}'::text[]", "CAST('{}' AS text[])")),
            {"night": NIGHT, "last": TOWNSHIPS - 1},
        )
        connection.execute(sa.text(VERSIONS))
        connection.execute(sa.text(APPLIED), {"night": NIGHT})


def _users(database: Database) -> None:
    with unit_of_work(database) as work:
        accounts = AccountStore(work.connection, RULES)
        for user, role, area in users():
            work.grants.add_user(user, user, "operator", NOW)
            work.grants.grant(user, role, "operator", NOW, area_code=area)
            accounts.set_password(user, PASSWORD, "operator", NOW)
            work.connection.execute(TO_EACH, {"user": user, "role": role})


def _past(database: Database) -> None:
    """Who looked at what in months gone by."""
    names = [user for user, _, _ in users()]
    query = sa.text(
        "SELECT discrepancy_id FROM discrepancy WHERE status <> 'resolved' ORDER BY discrepancy_id LIMIT :most"
    )
    with database.read() as connection:
        seen = connection.scalars(query, {"most": PAST_VIEWS}).all()
    for first in range(0, len(seen), 5_000):
        events = [
            Event(names[n % len(names)], "discrepancy.view", "discrepancy", id_, {})
            for n, id_ in enumerate(seen[first : first + 5_000])
        ]
        with unit_of_work(database) as work:
            work.audit.record(*events)


def _frames(store: FrameStore, people: pd.DataFrame) -> None:
    """What the night of the police's and the schools' lists would have written."""
    from assets.links import LOOKED_UP as LINKS
    from assets.mentions import LOOKED_UP as MENTIONS

    night = NIGHT.isoformat()
    numbers = np.arange(len(people))
    hexes = pd.Series([f"{n:x}" for n in numbers], dtype=object)
    police = _mentions(people, "police_residents", hexes.str.rjust(16, "a"))
    school = _mentions(people, "school_enrolment", hexes.str.rjust(16, "b"))[numbers % SCHOOL_OF == 0]
    mentions = pd.concat(
        [one.sort_values(["file", "row"], kind="stable") for one in (police, school)], ignore_index=True
    )
    store.write("mentions", night, mentions, MENTIONS["mentions"])
    store.write("household_members", night, _members(police, people), LINKS["household_members"])
    store.write("explanations", night, _explanations(mentions, people), LINKS["explanations"])


def _mentions(people: pd.DataFrame, feed: str, keys: pd.Series) -> pd.DataFrame:
    from feeds.mentions import COLUMNS, empty_mentions

    known = {
        "feed": feed,
        "file": "2026-05-01/" + people["unit"] + ".csv",
        "sheet": "",
        "row": people["row"],
        "role": "self",
        "unit": people["unit"],
        "period": "2026-04",
        "arrival": NIGHT.isoformat(),
        "content_key": keys,
        "said_key": keys,
        "name": people["name"],
        "sex": people["sex"],
        "id_number": people["id_number"],
        "ethnicity": people["ethnicity"],
        "phone": people["phone"].str[:10] + "0",
        "hukou_area": people["hukou_address__area"],
        "hukou_group": "3",
        "hukou_door": "7",
        "household_key": "P" + people["household_no"],
        "relation_to_head": people["relation_to_head"],
        "head_name": people["head_name"],
        "mother_name": "马秀英",
        "father_name": "张建国",
        "birth_date": people["birth_date"],
    }
    empty = empty_mentions()
    frame = pd.DataFrame(known, index=people.index)
    for name in COLUMNS:
        if name not in frame:
            frame[name] = pd.Series(None, index=people.index, dtype=empty[name].dtype)
    frame["mention_id"] = feed + ":" + people["person_no"]
    frame["record_id"] = frame["mention_id"]
    return frame[list(COLUMNS)]


def _members(police: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    from linkage.county.household_members import MEMBER_COLUMNS

    frame = police.assign(
        home=people["household_no"],
        household_no=people["household_no"],
        person_no=people["person_no"],
        decision="link",
    )
    return frame.sort_values(["home", "content_key"], kind="stable", ignore_index=True)[MEMBER_COLUMNS]


def _explanations(mentions: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """The best candidate of every other row, a runner-up for every twentieth."""
    from linkage.county.explaining import WATERFALL_COLUMNS

    numbers = mentions["row"].to_numpy() - 2
    person = people["person_no"].to_numpy(dtype=object)
    parts = []
    for rank, rows in ((1, slice(None, None, 2)), (2, slice(None, None, 20))):
        subjects, who = mentions["content_key"].iloc[rows], person[(numbers[rows] + rank - 1) % len(person)]
        for position, term in enumerate(("prior", *TERMS)):
            parts.append(
                pd.DataFrame(
                    {
                        "kind": "link",
                        "subject": subjects,
                        "person_no": who,
                        "rank": rank,
                        "by_company": False,
                        "position": position,
                        "term": term,
                        "level": "same",
                        "weight": 2.5 if position else -8.0,
                        "namesakes": 3,
                    }
                )
            )
    frame = pd.concat(parts, ignore_index=True)
    return frame.sort_values(["subject", "rank", "position"], kind="stable", ignore_index=True)[
        WATERFALL_COLUMNS
    ]

"""Pictures of every page of the desk, wide and narrow, over the nights of a demo: `make pictures`, to be looked at.

    python tests/browser/pictures.py HOME OUT [--scheme dark] [--languages zh-CN en-GB]

Makes one user of each role in HOME (a password each run), has each of them do something, and writes OUT/NAME-1440.jpg and OUT/NAME-390.jpg of each page of the
app, in the first language wide and in the last narrow; pages that the app has and nobody here sees are named, as are pages that are wider than the screen.
Then what a search finds, several at once, and what goes wrong: the desk's log says on the way that it failed, as it was made to.
HOME holds people of nobody's: `bulou demo` makes one.
"""

from __future__ import annotations

import argparse
import hashlib
import secrets
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

HERE: Final = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

import sqlalchemy as sa  # noqa: E402
from debian_chromium import ARGUMENTS, CHROMIUM  # noqa: E402
from going_wrong import TYPED, Meddling, going_wrong, sent  # noqa: E402
from serving import listening  # noqa: E402
from visiting import address_of, addresses, is_too_wide, sign_in  # noqa: E402

from pipelines.demo import MARK  # noqa: E402
from register.change_plans import suggested  # noqa: E402
from register.changes import Seen  # noqa: E402
from register.database import Database, open_database  # noqa: E402
from register.errors import Conflict  # noqa: E402
from register.quality import Drawn, DrawnPair, Pair, Stratum  # noqa: E402
from register.work import UnitOfWork, unit_of_work  # noqa: E402
from stewardship.administration.sections import key_of  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium
    from playwright.sync_api import Page

WIDTHS: Final = (
    (1440, 900, 0.5),
    (390, 844, 0.75),
)  # pixels, and how many of a picture's there are to one of them
# The first of these who may see a page shows it.
ROLES: Final = ("steward", "clerk", "officer", "contact", "operator", "auditor")
QUALITY: Final = 55  # of a JPEG
MOST_EXPORTED: Final = 100  # rows of a file: the queue has more
WANTED: Final = "王"
BY_OTHERS: Final = {"/queue": ("clerk", "officer"), "/deliveries/{key}": ("contact",)}


@dataclass(frozen=True)
class Filled:
    """The parts of addresses, who is signed in by what, and one discrepancy of each type that a form asks about."""

    parts: Mapping[str, str]
    password: str
    forms: Mapping[str, str]


def user_of(role: str) -> str:
    return f"picture.{role}"


def fill(database: Database) -> Filled:
    """Users, and something of everything that a night does not make."""
    from assets.deliveries import FEEDS
    from register.administration import Administration

    now, password = datetime.now(UTC), secrets.token_urlsafe(24)
    with unit_of_work(database) as work:
        proposed, found = _found(work)
        places = _places(found["area"])
        accounts = Administration(work.connection, FEEDS)
        have = {one.user.user_id for one in accounts.accounts()}
        for role in ROLES:
            if user_of(role) not in have:
                accounts.add(user_of(role), role.title(), role, "operator", now, **places[role])
            work.accounts.set_password(user_of(role), password, "operator", now)
        parts = found | _made(work, proposed, found, now)
        forms = {row.type: row.discrepancy_id for row in work.connection.execute(_ASKING)}
    return Filled(parts, password, forms)


def _places(village: str) -> dict[str, dict[str, str | None]]:
    county, township = f"{village[:6]}000000", f"{village[:9]}000"
    areas = {"clerk": village, "officer": township, "steward": county}
    return {
        role: {"area_code": areas.get(role), "feed": "police_residents" if role == "contact" else None}
        for role in ROLES
    }


_FIRST: Final = sa.text("""
SELECT d.discrepancy_id AS id_, d.type AS type_, d.area_code AS area, d.person_no, d.person_no_2, d.field, d.proposed_value, d.household_no,
    d.evidence_version AS version
FROM discrepancy AS d
WHERE d.status = 'open' AND d.type = 'inconsistent_field' AND d.proposed_value <> '' AND d.area_code IS NOT NULL
    AND d.household_no IS NOT NULL AND d.field = 'name'
ORDER BY d.priority, d.confidence DESC, d.discrepancy_id LIMIT 2
""")


_ASKING: Final = sa.text("""
SELECT DISTINCT ON (type) type, discrepancy_id FROM discrepancy
WHERE status = 'open' AND (type IN ('missing_household', 'shared_id_number', 'duplicate_household')
    OR type = 'wrong_household' AND proposed_value IS NULL OR type = 'unregistered_birth')
ORDER BY type, reason DESC, discrepancy_id
""")


def _found(work: UnitOfWork) -> list[dict[str, Any]]:
    """Two that are alike in one village or several: the first is proposed, the second looked at."""
    return [dict(row) for row in work.connection.execute(_FIRST).mappings()]


def _made(
    work: UnitOfWork, proposed: Mapping[str, Any], found: Mapping[str, Any], now: datetime
) -> dict[str, str]:
    connection, steward = work.connection, user_of("steward")
    rows = list(connection.scalars(_OF_VILLAGE, found))
    made = work.worklists.make(found["area"], [], "zh", rows, steward, now)
    back = work.worklists.record_return(
        made.worklist_id, secrets.token_hex(32), (3, 1, 7), {7: "day"}, steward, now
    )
    standing = connection.scalar(_WAITING)
    if standing is None:
        about = (proposed[name] for name in ("type_", "person_no", "person_no_2", "field", "proposed_value"))
        intent = suggested(*about)
        assert intent is not None
        standing = work.changes.propose(
            intent, user_of("officer"), Seen(proposed["id_"], proposed["version"])
        ).change_id
    trial = connection.scalar(_TRIED)
    if trial is None:
        draft = work.rules.save({"birth_days": 45}, "as the county decided in May", 0, steward, now)
        trial = work.rules.ask_trial(draft.revision, steward, now)
        counted = [
            [found["type_"], f"{found['area'][:9]}000", "resolved", 4],
            ["missing_person", "", "opened", 2],
        ]
        listed = [[found["type_"], "resolved", found["id_"], found["area"]]]
        work.rules.begin_trial(trial)
        night = connection.scalar(_NIGHT)
        work.rules.end_trial(trial, "done", now, night, {"counts": counted, "listed": listed, "total": 6})
    return {
        "change": str(standing),
        "list_id": str(made.worklist_id),
        "return_id": str(back.return_id),
        "trial_id": str(trial),
        "key": hashlib.md5("\x1f".join(connection.execute(_DELIVERY).one()).encode()).hexdigest(),
        "night": str(connection.scalar(_NIGHT)),
        "what": "came",
        "account": key_of(user_of("clerk")),
        "pair_id": _judged(work, now),
    }


_OF_VILLAGE: Final = sa.text(
    "SELECT discrepancy_id FROM discrepancy WHERE area_code = :area AND status = 'open' LIMIT 12"
)
_WAITING: Final = sa.text("SELECT change_id FROM register_change WHERE state = 'proposed' ORDER BY 1 LIMIT 1")
_TRIED: Final = sa.text("SELECT trial_id FROM rule_trial WHERE state = 'done' ORDER BY 1 DESC LIMIT 1")
_NIGHT: Final = sa.text("SELECT max(night) FROM night WHERE is_applied")
_DELIVERY: Final = sa.text("""
SELECT feed, file, sha256 FROM delivery WHERE feed = 'police_residents' ORDER BY rows_quarantined DESC, rows_total DESC LIMIT 1
""")


_SAMPLE: Final = sa.text("""
SELECT p.*, s.stratum, s.decision, s.match_weight, s.match_probability FROM quality_pair AS p JOIN quality_score AS s USING (pair_id)
WHERE p.month = :month ORDER BY p.pair_id
""")


def _judged(work: UnitOfWork, now: datetime) -> str:
    """Has two reviewers answer the sample that is open, closes it, and draws the same pairs once more; returns a closed one."""
    before = work.quality.open()
    if before is not None and work.connection.scalar(_CLOSED) is None:
        rows = work.connection.execute(_SAMPLE, {"month": before.month}).mappings().all()
        for number, row in enumerate(rows):
            for reviewer in ("steward", "officer"):
                kind = ("different_person", "same_person")[reviewer == "steward" or number % 9 > 0]
                with suppress(Conflict):  # two answers are enough for some
                    work.quality.answer(row["pair_id"], user_of(reviewer), kind, now)
        strata = work.connection.execute(
            sa.text("SELECT stratum, decision, low, high, pairs FROM quality_stratum WHERE month = :month"),
            {"month": before.month},
        )
        month = (before.month + timedelta(days=32)).replace(day=1)
        pairs = [_once_more(row, month) for row in rows]
        again = Drawn(month, before.night, before.model_version, [Stratum(*one) for one in strata], pairs)
        work.quality.draw(again, now)
    return str(work.connection.scalar(_CLOSED))


_CLOSED: Final = sa.text(
    "SELECT min(pair_id) FROM quality_pair JOIN quality_sample USING (month) WHERE closed_at IS NOT NULL"
)


def _once_more(row: sa.RowMapping, month: date) -> DrawnPair:
    values = {name: row[name] for name in Pair.__dataclass_fields__}
    pair = Pair(**values | {"month": month, "pair_id": f"{row['pair_id']}x"})
    score = (row[name] for name in ("asks", "stratum", "decision", "match_weight", "match_probability"))
    return DrawnPair(pair, *score)


def name_of(path: str, role: str) -> str:
    """Of a picture: the address without what stands for single things."""
    parts = [part for part in path.split("/") if part and not part.startswith("{")]
    single = "-one" if path.endswith("}") else ""
    return "-".join(parts) + single + ("" if role == ROLES[0] else f"-{role}")


@contextmanager
def served(home: Path) -> Iterator[str]:
    """The desk as `bulou serve` makes it, but from this process, where it can be made to go wrong, and few rows are many for a file."""
    from assets.rules import file_rules
    from pipelines.desk_serving import DeskMaker
    from pipelines.settings import Settings

    settings = Settings.model_construct(
        home=home, landing=home / "county" / "landing"
    )  # whatever is in the environment
    with open_database(home) as database:
        app = DeskMaker(settings, file_rules(settings.root), database.engine.url, 1)()
        house = app.state.house
        app.state.house = replace(house, settings=replace(house.settings, most_exported=MOST_EXPORTED))
        with app.state.opened, listening(app) as address:
            yield address


@dataclass
class Photographer:
    """One browser at one width, in one language and scheme."""

    page: Page
    start: str
    out: Path
    width: int
    told: list[str]
    seen: list[str] = field(default_factory=list)

    def sign_in(self, user: str, password: str) -> None:
        self.page.context.clear_cookies()
        sign_in(self.page, self.start, user, password)

    def see(self, place: str, name: str) -> bool:
        """False where the user may not see it."""
        answer = self.page.goto(self.start + place)
        if answer is None or answer.status != 200:
            return False
        self.keep(name)
        return True

    def keep(self, name: str) -> None:
        """A picture of what is shown."""
        self.page.wait_for_load_state("networkidle")
        if is_too_wide(self.page):
            self.told.append(f"{name} is wider than {self.width} pixels")
        self.seen.append(name)
        kept = self.out / f"{name}-{self.width}.jpg"
        self.page.screenshot(path=kept, scale="device", type="jpeg", quality=QUALITY)

    def see_what_is_posted(self) -> None:
        """Of whoever may search and decide several at once."""
        self.page.goto(f"{self.start}/register")
        self.page.fill('main input[name="wanted"]', WANTED)
        sent(self.page, "main form button.main")
        self.keep("search-found")
        self.page.goto(f"{self.start}/queue")
        for number in range(3):
            self.page.locator('.rows input[type="checkbox"]').nth(number).check()
        self.keep("queue-selected")
        if self.page.locator("#bulk details:not([open])").count():  # on a phone it is one line first
            self.page.click("#bulk summary")
        self.page.fill('#bulk [name="text"]', TYPED)
        sent(self.page, '#bulk [value="dismiss"]')
        self.keep("queue-bulk")

    def see_forms(self, of_type: Mapping[str, str]) -> None:
        """What asks before a change can be proposed, by type of discrepancy."""
        for type_, id_ in sorted(of_type.items()):
            self.see(f"/discrepancies/{id_}/propose", f"propose-{type_.replace('_', '-')}")

    def see_what_goes_wrong(self, by: Meddling) -> None:
        for template in going_wrong(self.page, self.start, by):
            self.keep(f"wrong-{template.removesuffix('.html').replace('_', '-')}")


def take(
    chromium: Chromium,
    start: str,
    filled: Filled,
    by: Meddling,
    out: Path,
    scheme: str,
    languages: Sequence[str],
) -> list[str]:
    """Every page at every width; returns what is wrong."""
    told: list[str] = []
    for (width, height, scale), language in zip(WIDTHS, languages, strict=True):
        context = chromium.new_context(
            locale=language,
            color_scheme="dark" if scheme == "dark" else "light",
            viewport={"width": width, "height": height},
            device_scale_factor=scale,
        )
        one = Photographer(context.new_page(), start, out, width, told)
        one.see("/sign-in", "sign-in")
        left = set(addresses()) - {"/sign-in"}
        for role in ROLES:
            one.sign_in(user_of(role), filled.password)
            for path in sorted(left | {path for path, roles in BY_OTHERS.items() if role in roles}):
                if one.see(address_of(path, filled.parts), name_of(path, role)):
                    left.discard(path)
        one.sign_in(by.user, by.password)
        one.see_what_is_posted()
        one.see_forms(filled.forms)
        one.see_what_goes_wrong(by)
        (out / "README.md").write_text(listed(one.seen), encoding="utf-8")
        told += [f"nobody sees {path} at {width} pixels" for path in sorted(left)]
        context.close()
    return told


def listed(seen: Collection[str]) -> str:
    """The pictures beneath each other, as Markdown."""
    lines = [
        "# Every page of the desk",
        "",
        "Over a fictional county (`bulou demo`), in Chinese wide and in English narrow; `make pictures` takes them anew.",
        "",
    ]
    for name in sorted(seen):
        lines += [f"## {name}", ""]
        lines += [f"![{name}, {width} pixels wide]({name}-{width}.jpg)" for width, *_ in WIDTHS]
        lines.append("")
    return "\n".join(lines[:-1]) + "\n"


def main(arguments: list[str]) -> int:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(prog="python tests/browser/pictures.py")
    parser.add_argument("home", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--scheme", choices=("light", "dark"), default="light")
    parser.add_argument("--languages", nargs=2, default=("zh-CN", "en-GB"), metavar=("WIDE", "NARROW"))
    given = parser.parse_args(arguments)
    if not (given.home / MARK).exists():
        parser.error(f"{given.home} is no demo: users and decisions are made there")
    given.out.mkdir(parents=True, exist_ok=True)
    with open_database(given.home) as database:
        filled = fill(database)

        def run(statement: str, one: str) -> None:
            with database.begin() as connection:
                connection.execute(sa.text(statement), {"one": one})

        parts = filled.parts
        by = Meddling(user_of("steward"), filled.password, parts["id_"], parts["change"], run)
        with served(given.home) as start, sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
            told = take(chromium, start, filled, by, given.out, given.scheme, given.languages)
            chromium.close()
    sys.stdout.write("".join(f"{line}\n" for line in told))
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

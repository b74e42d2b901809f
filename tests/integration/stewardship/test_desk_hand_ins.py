"""Rejected rows corrected and handed in at the desk: checked as the night does it, put where the night finds them, and their receipt."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import openpyxl
import pytest
import sqlalchemy as sa
from desk_clients import ORIGIN, PASSWORD, SETTINGS, Browser, FixedSources, TestClient, now, signed_in
from desk_county import USERS
from httpx import Response

from feeds.areas import AreaTable
from feeds.contracts import contract_of
from feeds.deliveries import take_in
from feeds.landing import LandedFile, scan
from pipelines.desk_landing import LandingFolder
from register.access import Desk
from register.database import Database
from register.hand_ins import Handed
from register.work import unit_of_work
from stewardship import create_app
from stewardship.deliveries import handing
from stewardship.deliveries.handing import name_of
from stewardship.deliveries.landing import Broken
from stewardship.language import CHINA

FEED: Final = "police_births"
FILE: Final = "2026-04-30/城关镇派出所-出生登记-2026年4月.csv"
ARRIVAL: Final = date(2026, 4, 30)
HEADER: Final = "姓名,性别,出生日期,公民身份号码,母亲姓名,母亲公民身份号码"
LINES: Final = (
    HEADER,
    "王小明,男,2026-04-03,,马秀英,990101198512120021",
    ",男,2026-04-05,,,",
    ",女,2026-04-06,,,",
)
SECRETS: Final = ("王小明", "马秀英", "李某", "赵某", "990101198512120021")


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    folder = tmp_path / "landing"
    (tmp_path / "reference").mkdir()
    folder.mkdir()
    (tmp_path / "reference" / "areas.csv").write_text(
        "code,name,level,parent,valid_from,valid_to,successor\n990101000000,县,county,,1984-01-01,,\n",
        "utf-8",
    )
    return folder


@pytest.fixture
def at_desk(
    county: Database, desk: Desk, landing: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Browser]:
    """Browsers of a desk that has the landing folder at hand."""
    app = create_app(desk, now, SETTINGS, FixedSources(), landing=LandingFolder(landing))

    def of(user: str, language: str = "en") -> Browser:
        def client(*_: object) -> TestClient:
            headers = {"accept-language": language}
            return TestClient(app, base_url=ORIGIN, headers=headers, raise_server_exceptions=False)

        monkeypatch.setattr("desk_clients.app_client", client)
        return signed_in(desk, county, user, language)

    return of


def nights_take(county: Database, landing: Path, night: date) -> list[LandedFile]:
    """Everything complete that no night has taken, read and recorded as a night does it; what was taken."""
    areas = AreaTable.load(landing.parent / "reference" / "areas.csv")
    with unit_of_work(county) as work:
        known = {(one.feed, one.file, one.sha256) for one in work.deliveries.receipts()}
        taken = []
        for file in scan(landing, now=datetime.now(UTC), stable_seconds=3600).files:
            if not file.is_complete:
                continue
            read = take_in(
                file.path,
                feed=file.feed,
                file=file.file,
                arrival=file.arrival,
                areas=areas,
                coverage=file.coverage,
            )
            if (file.feed, file.file, read.receipt.sha256) not in known:
                work.deliveries.record([read.receipt], night)
                work.deliveries.quarantine(read.quarantined, [(file.feed, file.file)], night)
                taken.append(file)
    return taken


def sent(
    county: Database,
    landing: Path,
    lines: tuple[str, ...] = LINES,
    feed: str = FEED,
    file: str = FILE,
    **told: str,
) -> str:
    """A delivery of a department, taken in by the night; its number at the desk."""
    path = landing / feed / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", "utf-8")
    areas = AreaTable.load(landing.parent / "reference" / "areas.csv")
    taken = take_in(path, feed=feed, file=file, arrival=ARRIVAL, areas=areas, **told)
    with unit_of_work(county) as work:
        work.connection.execute(
            sa.text("UPDATE app_grant SET feed = :feed WHERE user_id = 'contact.police'"), {"feed": feed}
        )
        work.deliveries.record([taken.receipt], ARRIVAL)
        work.deliveries.quarantine(taken.quarantined, [(feed, file)], ARRIVAL)
        query = sa.text(
            "SELECT md5(feed || chr(31) || file || chr(31) || sha256) FROM delivery WHERE feed = :feed AND file = :file"
        )
        return str(work.connection.scalar(query, {"feed": feed, "file": file}))


def hand_in(
    one: Browser, key: str, content: bytes, name: str = "rows.xlsx", *, whole: bool = False
) -> Response:
    return one.client.post(
        f"/deliveries/{key}/corrected",
        data={"token": one.token(), **({"whole": "1"} if whole else {})},
        files={"file": (name, content)},
        headers={"sec-fetch-site": "same-origin"},
        follow_redirects=False,
    )


def corrected(one: Browser, key: str, **names: str) -> bytes:
    """The downloaded rows with these names, by the row of the department's file."""
    book = openpyxl.load_workbook(BytesIO(one.get(f"/deliveries/{key}/rows").content))
    sheet = book.active
    header = [cell.value for cell in sheet[1]]
    for row in range(2, sheet.max_row + 1):
        number = sheet.cell(row, len(header) - 2).value
        if f"row{number}" in names:
            sheet.cell(row, header.index("姓名") + 1, names[f"row{number}"])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def put(landing: Path, feed: str = FEED) -> list[Path]:
    """What lies there besides the department's own file."""
    return sorted(path for path in (landing / feed).rglob("*") if path.is_file() and "更正" in path.name)


def entries(county: Database) -> list[tuple[Any, ...]]:
    with county.read() as connection:
        query = "SELECT actor, subject_id, details FROM audit_entry WHERE action = 'delivery.hand_in'"
        return [tuple(row) for row in connection.execute(sa.text(query))]


def test_what_a_contact_corrects_is_checked_at_once_and_taken_in_by_the_next_night(
    at_desk: Callable[..., Browser], county: Database, landing: Path
) -> None:
    key = sent(county, landing)
    one = at_desk("contact.police")
    assert f'action="/deliveries/{key}/corrected"' in one.get(f"/deliveries/{key}").text
    answer = hand_in(one, key, corrected(one, key, row3="李某"), "../../../etc/rows.xlsx")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/deliveries/{key}#handed")
    page = one.get(f"/deliveries/{key}").text
    handed = page.partition('id="handed"')[2]
    assert "waits; the next night takes it in" in handed
    assert "nothing says whom the row is about" in handed and '<td class="figures numbers">3</td>' in handed
    assert not any(secret in page for secret in SECRETS)

    day = now().astimezone(CHINA).date()
    name = f"{day}/城关镇派出所-出生登记-2026年4月_更正_01.xlsx"
    file, manifest = put(landing)
    assert file.relative_to(landing / FEED).as_posix() == name
    assert json.loads(manifest.read_text())["rows"] == 2 and "coverage" not in manifest.read_text()
    assert entries(county) == [("contact.police", key, {"feed": FEED, "usable": 1, "unusable": 1})]

    assert [one.file for one in nights_take(county, landing, day)] == [name]
    after = one.get(f"/deliveries/{key}").text.partition('id="handed"')[2]
    assert "waits" not in after and "taken in" in after
    receipt = one.links(one.get(f"/deliveries/{key}"), "/deliveries/")
    told = one.get(
        next(link for link in receipt if len(link) == len(f"/deliveries/{key}") and key not in link)
    ).text
    assert "<h1>城关镇派出所 2026-04</h1>" in told


def test_the_same_file_again_changes_nothing(
    at_desk: Callable[..., Browser], county: Database, landing: Path
) -> None:
    key = sent(county, landing)
    one = at_desk("contact.police")
    content = corrected(one, key, row3="李某")
    hand_in(one, key, content)
    before = (put(landing), entries(county))
    again = hand_in(one, key, content, "another name.xlsx")
    assert again.headers["location"] == f"/deliveries/{key}?again={key}#handed"
    assert "This very file is there already" in one.get(again.headers["location"]).text
    nights_take(county, landing, ARRIVAL + timedelta(days=2))
    assert hand_in(one, key, content).headers["location"] == again.headers["location"]
    original = (landing / FEED / FILE).read_bytes()
    assert hand_in(one, key, original, "x.csv").headers["location"] == again.headers["location"]
    assert (put(landing), entries(county)) == before


def test_a_second_correction_of_a_day_comes_after_the_first_and_overwrites_nothing(
    at_desk: Callable[..., Browser], county: Database, landing: Path
) -> None:
    key = sent(county, landing)
    one = at_desk("contact.police")
    for name in ("李某", "赵某"):
        assert hand_in(one, key, corrected(one, key, row3=name)).status_code == 303
    files = [path.name for path in put(landing) if path.suffix == ".xlsx"]
    assert [name[-7:] for name in files] == ["01.xlsx", "02.xlsx"] and files == sorted(files)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"", "Choose the corrected file first", id="nothing"),
        pytest.param(b"PK\x03\x04 broken", "It is no workbook that can be read", id="broken workbook"),
        pytest.param(b"%PDF-1.7", "it is neither a CSV file nor a workbook", id="a PDF"),
        pytest.param(
            "\n".join(LINES[:1] + LINES[2:]).encode(), "None of its rows can be used yet", id="not corrected"
        ),
        pytest.param(b"a,b\n1,2\n", "no line has the names of this list", id="another table"),
    ],
)
def test_what_cannot_be_taken_is_told_and_put_nowhere(
    at_desk: Callable[..., Browser], county: Database, landing: Path, content: bytes, said: str
) -> None:
    key = sent(county, landing)
    answer = hand_in(at_desk("contact.police"), key, content, "x.csv")
    assert answer.status_code == 422 and said in answer.text
    assert not any(secret in answer.text for secret in SECRETS)
    assert put(landing) == [] and entries(county) == []


def test_of_another_list_it_is_said_what_it_is_and_what_to_do(
    at_desk: Callable[..., Browser], county: Database, landing: Path
) -> None:
    key = sent(county, landing)
    header = ",".join(column.headers[0] for column in contract_of("police_moves").fields)
    content = f"{header}\n{',' * header.count(',')}\n".encode()
    answer = hand_in(at_desk("contact.police"), key, content, "x.csv")
    alert = answer.text.partition('role="alert"')[2].partition("</p>")[0]
    assert answer.status_code == 422 and "it is another list.</b>" in alert
    assert "came as “Police: births”, and its columns are those of “Police: moves”." in alert
    assert "landing folder of “Police: moves” (police_moves/)." in alert and put(landing) == []


def test_of_a_full_list_the_rejected_rows_alone_are_not_taken(
    at_desk: Callable[..., Browser], county: Database, landing: Path
) -> None:
    lines = (
        "户号,与户主关系,姓名,性别,出生日期",
        *(f"H{x},户主,张三,男,1990-01-0{x}" for x in range(1, 7)),
        "H7,户主,,男,1990-01-07",
    )
    file = "2026-04-30/城关镇派出所-常住人口-2026年4月.csv"
    key = sent(county, landing, lines, "police_residents", file)
    one = at_desk("contact.police")
    answer = hand_in(one, key, corrected(one, key, row8="李某"))
    assert answer.status_code == 422 and "It holds the rejected rows alone" in answer.text
    some = "\n".join((*lines[:5], "H7,户主,李某,男,1990-01-07")).encode()
    answer = hand_in(one, key, some, whole=True)
    assert answer.status_code == 422 and "Only 5 of its rows can be used; the list" in answer.text
    all_ = "\n".join((*lines[:7], "H7,户主,李某,男,1990-01-07")).encode()
    answer = hand_in(one, key, all_)
    assert answer.status_code == 422 and "say so with the box above the button" in answer.text
    assert put(landing, "police_residents") == [] and entries(county) == []
    assert hand_in(one, key, all_, whole=True).status_code == 303
    assert len(put(landing, "police_residents")) == 2


def test_of_a_list_mostly_rejected_the_rejected_rows_replace_nothing(
    at_desk: Callable[..., Browser], county: Database, landing: Path
) -> None:
    header = "人员编码,户号,与户主关系,姓名,性别,出生日期"
    good = [f"RY{x},H{x},户主,张三,男,1990-01-01" for x in range(35)]
    bad = [f"RY{x},H{x},户主,{{}},男,1990-01-01" for x in range(35, 100)]
    lines = (header, *good, *(one.format("") for one in bad))
    key = sent(county, landing, lines, "register", "2026-04-30/柳口镇-全员人口-2026年4月.csv")
    one = at_desk("contact.police")
    rows = "\n".join((header, *(one.format("李某") for one in bad))).encode()  # without the desk's columns
    answer = hand_in(one, key, rows, whole=True)
    assert answer.status_code == 422 and "Only 65 of its rows" in answer.text and "had 100" in answer.text
    assert " checked" in answer.text.partition('name="whole"')[2][:60]
    assert put(landing, "register") == []
    assert hand_in(one, key, rows).status_code == 303
    assert json.loads(put(landing, "register")[1].read_text())["coverage"] == "changes"
    whole = "\n".join((header, *good, *(one.format("李某") for one in bad))).encode()
    assert hand_in(one, key, whole, whole=True).status_code == 303
    assert "coverage" not in json.loads(put(landing, "register")[3].read_text())


def test_a_correction_of_a_list_takes_nobody_off_the_register(
    at_desk: Callable[..., Browser], county: Database, landing: Path
) -> None:
    header = "人员编码,户号,与户主关系,姓名,性别,出生日期"
    lines = (header, "RY1,H1,户主,张三,男,1990-01-01", "RY7,H7,户主,,男,1990-01-07")
    key = sent(county, landing, lines, "register", "2026-04-30/柳口镇-全员人口-2026年4月.csv")
    content = f"{header},变更方式\nRY1,H1,户主,张三,男,1990-01-01,注销\n".encode()
    for whole in (False, True):
        answer = hand_in(at_desk("contact.police"), key, content, whole=whole)
        assert answer.status_code == 422 and "1 of its rows take persons off the register" in answer.text
    changes = (f"{header},变更方式", "RY1,H1,户主,张三,男,1990-01-01,注销", "RY7,H7,户主,,男,1990-01-07,变更")
    other = sent(county, landing, changes, "register", "2026-04-30/柳口镇-户籍人口变动-2026年4月30日.csv")
    assert hand_in(at_desk("contact.police"), other, content).status_code == 303


def test_of_a_refused_list_a_fragment_replaces_nothing(
    at_desk: Callable[..., Browser], county: Database, landing: Path
) -> None:
    header = "户号,与户主关系,姓名,性别,出生日期"
    rows = [f"H{x},户主,张三,男,1990-01-01" for x in range(40)]
    sent(
        county, landing, (header, *rows), "police_residents", "2026-03-31/城关镇派出所-常住人口-2026年3月.csv"
    )
    file = "2026-04-30/城关镇派出所-常住人口-2026年4月.csv"
    key = sent(county, landing, ("a,b", "1,2"), "police_residents", file)
    one = at_desk("contact.police")
    answer = hand_in(one, key, "\n".join((header, *rows[:19])).encode(), whole=True)
    assert answer.status_code == 422 and "Only 19 of its rows" in answer.text
    assert hand_in(one, key, "\n".join((header, *rows[:38])).encode(), whole=True).status_code == 303


@pytest.mark.parametrize("feed", ["police_births", "police_residents", "register"])
def test_a_delivery_overtaken_by_a_later_one_is_not_corrected(
    at_desk: Callable[..., Browser], county: Database, landing: Path, feed: str
) -> None:
    header, row = {
        "police_births": (HEADER, "{},男,2026-04-0{},,马秀英,"),
        "police_residents": ("户号,与户主关系,姓名,性别,出生日期", "H{1},户主,{0},男,1990-01-0{1}"),
        "register": ("人员编码,户号,与户主关系,姓名,性别,出生日期", "RY{1},H{1},户主,{0},男,1990-01-0{1}"),
    }[feed]
    lines = (header, *(row.format("张三", x) for x in range(1, 7)))
    wrong = row.format("", 7).replace("马秀英", "")
    name = "城关镇派出所-{}-2026年4月.csv".format("出生登记" if feed == "police_births" else "常住人口")
    key = sent(county, landing, (*lines, wrong), feed, f"2026-04-30/{name}")
    one = at_desk("contact.police")
    assert "/corrected" in one.get(f"/deliveries/{key}").text
    later = sent(county, landing, lines, feed, f"2026-05-20/{name}")
    with unit_of_work(county) as work:
        of_may = "UPDATE delivery SET arrival = '2026-05-20' WHERE file LIKE '2026-05-20/%'"
        work.connection.execute(sa.text(of_may))
    page = one.get(f"/deliveries/{key}").text
    assert "/corrected" not in page and f'href="/deliveries/{later}">The later delivery' in page
    content = "\n".join((*lines, row.format("李某", 7))).encode()
    for whole in (False, True):
        answer = hand_in(one, key, content, whole=whole and feed != "police_births")
        assert answer.status_code == 422 and f'href="/deliveries/{later}"' in answer.text
        if whole or feed != "police_residents":
            assert "a correction of this one would undo it" in answer.text
    assert put(landing, feed) == [] and entries(county) == []


def test_after_a_correction_was_taken_in_the_other_rows_of_events_can_be_corrected_still(
    at_desk: Callable[..., Browser], county: Database, landing: Path
) -> None:
    key = sent(county, landing)
    one = at_desk("contact.police")
    assert hand_in(one, key, f"{HEADER}\n李某,男,2026-04-05,,,\n".encode()).status_code == 303
    nights_take(county, landing, now().astimezone(CHINA).date())
    assert hand_in(one, key, f"{HEADER}\n赵某,女,2026-04-06,,,\n".encode()).status_code == 303


def test_what_would_be_read_as_of_another_period_is_not_taken(
    at_desk: Callable[..., Browser], county: Database, landing: Path
) -> None:
    header = "户号,与户主关系,姓名,性别,出生日期"
    rows = [f"H{x},户主,张三,男,1990-01-0{x}" for x in range(1, 8)]
    feed, file = "police_residents", "2026-03-04/城关镇派出所常住人口.csv"
    key = sent(county, landing, (header, *rows[:6], "H7,户主,,男,1990-01-07"), feed, file)
    with unit_of_work(county) as work:  # as the night of March read it
        early = "UPDATE delivery SET period = '2026-02', arrival = '2026-03-04' WHERE file = :file"
        work.connection.execute(sa.text(early), {"file": file})
    one = at_desk("contact.police")
    content = "\n".join((header, *rows))
    answer = hand_in(one, key, content.encode(), whole=True)
    assert answer.status_code == 422 and "this delivery is of 城关镇派出所, 2026-02" in answer.text
    assert put(landing, feed) == [] and entries(county) == []
    answer = hand_in(one, key, f"城关镇派出所2026年2月\n{content}".encode(), whole=True)
    assert answer.status_code == 303


def test_rows_of_the_register_that_would_open_another_unit_are_not_taken(
    at_desk: Callable[..., Browser], county: Database, landing: Path
) -> None:
    header = "人员编码,户号,与户主关系,姓名,性别,出生日期"
    lines = ("填报单位：柳口镇计生办", header, "RY1,H1,户主,张三,男,1990-01-01", "RY7,H7,户主,,男,1990-01-07")
    key = sent(county, landing, lines, "register", "2026-04-30/2026年4月.csv")
    one = at_desk("contact.police")
    answer = hand_in(one, key, corrected(one, key, row4="李某"))
    assert answer.status_code == 422 and "this delivery is of 柳口镇计生办" in answer.text
    assert put(landing, "register") == []
    told = "\n".join((*lines[:2], "RY7,H7,户主,李某,男,1990-01-07")).encode()
    assert hand_in(one, key, told).status_code == 303


def test_a_refused_file_of_no_period_is_not_taken_as_of_the_day_it_is_corrected(
    at_desk: Callable[..., Browser], county: Database, landing: Path
) -> None:
    feed, file = "police_residents", "2026-03-04/城关镇派出所常住人口.csv"
    key = sent(county, landing, ("a,b", "1,2"), feed, file)
    with unit_of_work(county) as work:
        work.connection.execute(
            sa.text("UPDATE delivery SET arrival = '2026-03-04' WHERE feed = :f"), {"f": feed}
        )
    list_ = "户号,与户主关系,姓名,性别,出生日期\nH1,户主,张三,男,1990-01-01\n".encode()
    answer = hand_in(at_desk("contact.police"), key, list_, whole=True)
    assert answer.status_code == 422 and "this delivery is of 城关镇派出所, 2026-02" in answer.text


def test_rows_of_the_register_go_as_changes(
    at_desk: Callable[..., Browser], county: Database, landing: Path
) -> None:
    lines = (
        "人员编码,户号,与户主关系,姓名,性别,出生日期",
        *(f"RY{x},H{x},户主,张三,男,1990-01-0{x}" for x in range(1, 7)),
        "RY7,H7,户主,,男,1990-01-07",
    )
    key = sent(county, landing, lines, "register", "2026-04-30/柳口镇-全员人口-2026年4月.csv")
    one = at_desk("contact.police")
    assert hand_in(one, key, corrected(one, key, row8="李某")).status_code == 303
    _, manifest = put(landing, "register")
    assert json.loads(manifest.read_text())["coverage"] == "changes"
    nights_take(county, landing, ARRIVAL + timedelta(days=2))
    with county.read() as connection:
        query = (
            "SELECT coverage, rows_kept FROM delivery WHERE feed = 'register' ORDER BY arrival DESC LIMIT 1"
        )
        assert tuple(connection.execute(sa.text(query)).one()) == ("changes", 1)


def test_who_may_hand_in_and_who_not(
    at_desk: Callable[..., Browser], county: Database, landing: Path
) -> None:
    key = sent(county, landing)
    may = ("contact.police", "steward", "operator.1")
    for user in sorted({*USERS} - {*may}):
        one = at_desk(user)
        assert "/corrected" not in one.get(f"/deliveries/{key}").text
        answer = hand_in(one, key, b"x")
        assert (answer.status_code, answer.content) == (404, one.get("/no/such/page").content), user
    for number, user in enumerate(may):
        content = "\n".join((HEADER, f"李某,男,2026-04-0{number + 1},,,")).encode()
        assert hand_in(at_desk(user), key, content).status_code == 303, user
    assert [entry[0] for entry in entries(county)] == ["contact.police", "steward", "operator.1"]
    handed = at_desk("officer.north").get(f"/deliveries/{key}").text
    assert "Handed in" not in handed


@pytest.mark.parametrize("part", ["content.xml", "xl/workbook.bin"])
def test_only_xlsx_and_csv_are_opened(
    at_desk: Callable[..., Browser], county: Database, landing: Path, part: str
) -> None:
    key = sent(county, landing)
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as book:
        book.writestr(part, "x")
    for content in (packed.getvalue(), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)):
        for language, said in (("en", "Save it as .xlsx or .csv"), ("zh", "请另存为 .xlsx 或 .csv 再交回")):
            answer = hand_in(at_desk("contact.police", language), key, content, "rows.xlsx")
            assert answer.status_code == 422 and said in answer.text
    answer = hand_in(at_desk("contact.police"), key, b"," * 4_000_001, "x.csv")
    assert answer.status_code == 422 and "250,000 rows" in answer.text and "police_births/" in answer.text


def test_a_list_of_several_megabytes_is_taken(
    at_desk: Callable[..., Browser], county: Database, landing: Path
) -> None:
    key = sent(county, landing)
    content = "\n".join((HEADER, "李某,男,2026-04-05,,,", *[","] * 1_200_000)).encode()
    assert SETTINGS.longest_upload < len(content) < SETTINGS.longest_hand_in
    assert hand_in(at_desk("contact.police"), key, content, "x.csv").status_code == 303


def test_what_cannot_be_finished_leaves_nothing_in_the_folder(
    at_desk: Callable[..., Browser], county: Database, landing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = sent(county, landing)
    one = at_desk("contact.police")
    content = corrected(one, key, row3="李某")
    met: list[list[str]] = []

    def breaks(*_: object) -> None:
        met.append([file.file for file in scan(landing, now=datetime.now(UTC)).files])
        raise OSError("no space left")

    for place in (
        "register.audit.AuditChain.record",
        "pipelines.desk_landing._write",
        "pipelines.desk_landing._keep",
    ):
        with monkeypatch.context() as patched:
            patched.setattr(place, breaks)
            assert hand_in(one, key, content).status_code == 500, place
        assert [path.name for path in (landing / FEED).rglob("*") if "更正" in path.name] == [], place
    assert met[0] == [FILE]
    assert hand_in(one, key, content).headers["location"] == f"/deliveries/{key}#handed"
    assert put(landing)[0].name.endswith("_更正_01.xlsx") and len(entries(county)) == 1


def test_what_was_taken_out_of_the_folder_or_refused_can_be_handed_in_again(
    at_desk: Callable[..., Browser], county: Database, landing: Path
) -> None:
    key = sent(county, landing)
    one = at_desk("contact.police")
    content = corrected(one, key, row3="李某")
    hand_in(one, key, content)
    for path in put(landing):
        path.unlink()
    assert "no longer in the landing folder" in one.get(f"/deliveries/{key}").text
    assert hand_in(one, key, content).headers["location"] == f"/deliveries/{key}#handed"
    assert put(landing)[0].name.endswith("_更正_02.xlsx")
    nights_take(county, landing, ARRIVAL + timedelta(days=2))
    with unit_of_work(county) as work:
        work.connection.execute(sa.text("UPDATE delivery SET status = 'refused' WHERE file LIKE '%更正%'"))
    assert hand_in(one, key, content).headers["location"] == f"/deliveries/{key}#handed"
    assert len(entries(county)) == 3


def test_the_same_content_for_another_delivery_leads_to_the_first(
    at_desk: Callable[..., Browser], county: Database, landing: Path
) -> None:
    first = sent(county, landing)
    other = sent(
        county, landing, (*LINES, ",男,2026-04-09,,,"), file="2026-04-30/柳口派出所-出生登记-2026年4月.csv"
    )
    one = at_desk("contact.police")
    content = f"{HEADER}\n李某,男,2026-04-05,,,\n".encode()
    assert hand_in(one, first, content).status_code == 303
    answer = hand_in(one, other, content)
    assert answer.headers["location"] == f"/deliveries/{other}?again={first}#handed"
    page = one.get(answer.headers["location"]).text
    assert f'href="/deliveries/{first}">It stands on the page of this delivery: 城关镇派出所 2026-04' in page


def test_a_file_larger_than_the_limit_is_told_so_in_the_reader_s_language(
    at_desk: Callable[..., Browser], county: Database, landing: Path
) -> None:
    key = sent(county, landing)
    large = b"x" * (SETTINGS.longest_hand_in + 1)
    for user, path, most in (
        ("contact.police", f"/deliveries/{key}/corrected", 12),
        ("clerk.n1", "/worklists/return", 2),
    ):
        for language, said in (("en", f"It is larger than {most} MB"), ("zh", f"文件超过 {most} MB 的上限")):
            one = at_desk(user, language)
            answer = one.client.post(
                path,
                data={"token": one.token()},
                files={"file": ("f.xlsx", large)},
                headers={"sec-fetch-site": "same-origin"},
            )
            assert answer.status_code == 413 and said in answer.text, (path, language)
            assert ("into the landing folder" in answer.text) == (most == 12 and language == "en")
            assert "did not come from a page of this desk" not in answer.text
    other = at_desk("contact.police").client.post(
        f"/deliveries/{key}/corrected", files={"file": ("f", large)}
    )
    assert other.status_code == 403


def test_without_a_landing_folder_there_is_no_form_and_the_page_says_what_to_do(
    browser: Callable[..., Browser], county: Database, landing: Path
) -> None:
    key = sent(county, landing)
    with unit_of_work(county) as work:  # handed in where there was one
        of = next(one.sha256 for one in work.deliveries.receipts() if one.file == FILE)
        work.hand_ins.record(Handed(FEED, "c" * 64, "x.csv", FILE, of, 1, 0, [], "contact.police", now()))
    one = browser("contact.police")
    page = one.get(f"/deliveries/{key}").text
    assert "waits; the next night takes it in" in page
    assert (
        "/corrected" not in page and "Put it as a new file into the landing folder (police_births/)" in page
    )
    assert hand_in(one, key, b"x").status_code == 404


def test_a_delivery_with_nothing_to_correct_takes_nothing(
    at_desk: Callable[..., Browser], county: Database, landing: Path
) -> None:
    key = sent(county, landing, LINES[:2])
    one = at_desk("contact.police")
    assert "/corrected" not in one.get(f"/deliveries/{key}").text
    assert hand_in(one, key, "\n".join(LINES).encode()).status_code == 404


def test_a_correction_is_named_after_the_delivery_and_comes_after_it() -> None:
    day = date(2026, 5, 1)
    first = name_of("2026-05-01/城关镇-2026年4月.csv", day, b"PK\x03\x04", 1)
    assert first == "2026-05-01/城关镇-2026年4月_更正_01.xlsx" > "2026-05-01/城关镇-2026年4月.csv"
    assert (
        name_of(f"2026-05-01/sub/{first[11:]}", day, b"a,b", 2)
        == "2026-05-01/sub/城关镇-2026年4月_更正_02.csv"
    )
    long = name_of("人" * 100 + ".csv", day, b"a", 1)
    assert len(long.rpartition("/")[2].encode()) < 220 and "\ufffd" not in long


@pytest.mark.parametrize(
    ("file", "first"),
    [
        pytest.param(
            "2026-05-01/甲镇/名单.csv", "2026-05-01/甲镇/名单_更正_01.csv", id="in a folder of the day"
        ),
        pytest.param(
            "2026-05-01/名单_更正_03.csv", "2026-05-01/名单_更正_04.csv", id="a correction of the day"
        ),
        pytest.param("名单.csv", "2026-05-02/名单_更正_01.csv", id="outside a day's folder"),
        pytest.param(f"2026-05-01/{'人' * 70}.csv", f"2026-05-02/{'人' * 60}_更正_01.csv", id="a long name"),
    ],
)
def test_every_name_of_a_correction_comes_after_the_delivery(file: str, first: str) -> None:
    day = date(2026, 5, 1)
    names = list(handing.names_of(file, day, day, b"a,b"))
    assert names[0] == first and names == sorted(names)
    assert all((name[:10], name) > ("2026-05-01", file) for name in names)
    assert next(handing.names_of(file, day, date(2026, 5, 9), b"a,b")).startswith("2026-05-09/")


def test_what_is_still_wrong_is_counted_by_rule() -> None:
    rows = [Broken("needed", "name|id_number", "", row) for row in (3, 4, 9)] + [Broken("torn", "", "", 12)]
    told = handing.by_rule(rows)
    assert [(one.rule, one.rows, one.numbers) for one in told] == [("needed", 3, "3–4, 9"), ("torn", 1, "12")]


def test_a_file_sent_after_the_session_is_over_is_said_to_be_lost(
    at_desk: Callable[..., Browser], county: Database, landing: Path
) -> None:
    key = sent(county, landing)
    one = at_desk("contact.police")
    token = one.token()
    with unit_of_work(county) as work:
        work.connection.execute(sa.text("UPDATE app_session SET ended_at = now()"))
    answer = one.client.post(
        f"/deliveries/{key}/corrected",
        data={"token": token},
        files={"file": ("rows.csv", "\n".join(LINES).encode())},
        headers={"sec-fetch-site": "same-origin", "referer": f"{ORIGIN}/deliveries/{key}"},
        follow_redirects=False,
    )
    assert answer.headers["location"] == f"/sign-in?next=%2Fdeliveries%2F{key}"
    page = one.get(answer.headers["location"])
    assert "the file that you sent was not taken" in page.text
    back = one.send(page, "/sign-in", user="contact.police", password=PASSWORD)
    assert back.headers["location"] == f"/deliveries/{key}"
    told = one.get(back.headers["location"])
    assert "The file was not taken: your session had ended" in told.text and f"/{key}/corrected" in told.text
    assert "The file was not taken" not in one.get(f"/deliveries/{key}").text, "it is said once"
    assert put(landing) == []

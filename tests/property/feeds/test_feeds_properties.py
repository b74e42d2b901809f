"""No parser raises, whatever the cell holds; what is valid survives sloppy typing; the ledger does not care about order."""

from __future__ import annotations

import csv
import io
import random
from datetime import date, timedelta

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.areas import AreaTable
from feeds.contracts import CONTRACTS
from feeds.errors import UnreadableFile
from feeds.ledger import SEPARATOR, superseded
from feeds.parsing import Surroundings, reader_of
from feeds.readers import read
from feeds.values.dates import lunar_reading, read_date
from feeds.values.ids import CHECK, check_character, read_id
from feeds.values.names import clean_name
from feeds.values.phones import read_phone

NOW = date(2026, 5, 1)
ROW = {"level": "", "parent": "", "valid_from": "", "valid_to": "", "successor": ""}
AREAS = AreaTable.of(
    [
        {**ROW, "code": "991224000000", "name": "禾溪县", "level": "county"},
        {**ROW, "code": "991224100000", "name": "柳口镇", "level": "township"},
        {**ROW, "code": "991224100201", "name": "红塘村", "level": "village"},
    ]
)
FIELDS = sorted({(f.kind, f) for c in CONTRACTS.values() for f in c.fields}, key=lambda pair: pair[1].name)
OFFICE = st.text("0123456789XxО×〇一二三十廿年月日农历闰初.-/ E+*?？■张李婴之子某·柳口镇红塘村组号省县市\u200b\u3000\ue81e", max_size=24)  # fmt: skip
CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.dates(), st.datetimes(), st.times(), st.timedeltas(), st.text(max_size=30), OFFICE
)  # fmt: skip
DAYS = st.dates(date(1902, 2, 1), NOW)


@settings(max_examples=300, deadline=None)
@given(CELLS)
def test_no_parser_raises_and_blank_is_never_an_empty_string(cell: object) -> None:
    for kind, field in {kind: (kind, field) for kind, field in FIELDS}.values():
        values, note = reader_of(field, Surroundings(AREAS, None, NOW))(cell)  # type: ignore[arg-type]
        assert "" not in [v for v in values.values() if isinstance(v, str)], kind
        assert note is None or ";" not in note


@given(st.from_regex(r"99[0-9]{4}", fullmatch=True), DAYS, st.integers(0, 999))
def test_a_valid_number_survives_sloppy_typing_and_no_wrong_digit_is_valid(
    region: str, born: date, serial: int
) -> None:
    seventeen = f"{region}{born:%Y%m%d}{serial:03d}"
    number = seventeen + check_character(seventeen)
    for typed in (number.lower(), f"'{number} ", number.replace("X", "Х"), " ".join(number)):
        assert read_id(typed)[:2] == (number, "valid")
    place = serial % 17
    other = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
    assert read_id(other)[1] != "valid"
    assert number[-1] in CHECK


@given(st.integers(10**17, 10**18 - 1))
def test_a_float_cell_gives_fifteen_true_digits(number: int) -> None:
    excel = float(str(number)[:15] + "000")
    assert read_id(excel)[:2] == (str(number)[:15], "partial")


@given(DAYS)
def test_every_way_to_write_a_day_gives_that_day(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    for typed in (
        f"{day:%Y-%m-%d}",
        f"{day:%Y%m%d}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year}.{day.month}.{day.day}",
        day,
    ):
        assert read_date(typed, NOW) == (day, None)
    if serial >= 3000:
        assert read_date(float(serial), NOW) == (day, None)


@given(DAYS)
def test_a_lunar_reading_lies_within_seven_weeks_after_the_typed_day(day: date) -> None:
    reading = lunar_reading(day)
    assert reading is None or timedelta(days=10) < reading - day < timedelta(days=60)


@given(OFFICE)
def test_cleaning_a_name_twice_changes_nothing(text: str) -> None:
    once = clean_name(text)
    assert clean_name(once) == once


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_a_mobile_number_is_found_in_company(number: str) -> None:
    assert [
        read_phone(t)[0] for t in (number, f"+86{number}", f"{number}（母亲）", f"{number} {number}")
    ] == [number] * 4


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xfe", b"\xef\xbb\xbf"]))  # fmt: skip
def test_any_bytes_are_read_or_refused(content: bytes, head: bytes) -> None:
    try:
        read(head + content)
    except UnreadableFile as error:
        assert error.reason


@settings(deadline=None)
@given(
    st.lists(
        st.lists(st.text('张李王芳,";\n\t 12年', max_size=6), min_size=3, max_size=3), min_size=2, max_size=6
    ),
    st.sampled_from(["utf-8", "gb18030", "utf-16"]),
)
def test_a_quoted_csv_comes_back_record_by_record(rows: list[list[str]], encoding: str) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([["姓名", "性别", "出生日期"], *rows])
    sheet = read(text.getvalue().encode(encoding)).sheets[0]
    assert [[cell or "" for cell in row] for row in sheet.rows[1:]] == rows


LEDGER = st.lists(
    st.tuples(
        st.sampled_from(["hospital_births", "police_residents"]),
        st.sampled_from(["甲", "乙"]),
        st.sampled_from(["2026-04", "2026-05"]),
        st.integers(1, 4),
        st.integers(2, 5),
        st.lists(st.integers(0, 3), max_size=2),
    ),
    max_size=25,
    unique_by=lambda row: (row[0], row[1], row[2], row[3], row[4]),
)


@settings(deadline=None)
@given(LEDGER, st.randoms(use_true_random=False))
def test_supersession_does_not_depend_on_order_and_never_takes_the_latest_file(
    rows: list[tuple[str, str, str, int, int, list[int]]], shuffle: random.Random
) -> None:
    frame = pd.DataFrame(
        [
            (f"{f}{u}{p}{day}{row}", f, u, p, f"2026-06-0{day}", f"{u}{day}.csv", row,
             SEPARATOR.join(f"{n}:{k}" for n, k in enumerate(keys)) or None)
            for f, u, p, day, row, keys in rows
        ],
        columns=["record_id", "feed", "unit", "period", "arrival", "file", "row", "natural_key"],
    )  # fmt: skip
    gone = superseded(frame)
    order = list(range(len(frame)))
    shuffle.shuffle(order)
    assert superseded(frame.iloc[order]) == gone
    latest = frame.groupby(["feed", "unit", "period"])["arrival"].transform("max") if len(frame) else []
    assert not gone & set(frame.loc[frame["arrival"] == latest, "record_id"]) if len(frame) else not gone
    snapshots = frame[frame["feed"] == "police_residents"]
    if len(snapshots):
        newest = snapshots.groupby(["unit", "period"])["arrival"].transform("max")
        assert set(snapshots.loc[snapshots["arrival"] < newest, "record_id"]) <= gone

"""Headers, units, periods, set-aside and quarantined rows, and what is never read."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from feed_files import ARRIVAL, DEATHS, area_table, csv_text, death, id_of, taken, xlsx_bytes

from feeds.contracts import CONTRACTS, contract_of
from feeds.deliveries import take_in
from feeds.errors import UnknownFeed
from feeds.headers import normal
from feeds.mentions import mentions_of
from feeds.origin import strip_resent, unit_in


@pytest.mark.parametrize(
    "written",
    ["公民身份号码", " *公民身份 号码", "公民身份\n号码", "公民身份号码（必填）", "公民身份号码(18位)", "ＧＭＳＦＨＭ", "gmsfhm", "身份证号："],
    ids=repr,
)  # fmt: skip
def test_a_header_is_known_in_every_spelling(written: str, tmp_path: Path) -> None:
    header = [written if name == "公民身份号码" else name for name in DEATHS]
    result = taken(tmp_path, csv_text([header, death()]))
    assert result.records["id_number__state"].tolist() == ["valid"]


@pytest.mark.parametrize("feed", CONTRACTS, ids=str)
def test_every_feed_reads_its_own_usual_header_and_gives_all_columns(feed: str, tmp_path: Path) -> None:
    contract = contract_of(feed)
    header = [field.headers[0] for field in contract.fields]
    result = taken(tmp_path, csv_text([header, [f"甲{i}" for i in range(len(header))]]), feed)
    assert len(result.receipt.columns_mapped) == len(header)
    assert {name for f in contract.names for name in (f, f"{f}__raw")} <= set(result.records.columns)
    assert "wrong feed" not in result.receipt.reason


@pytest.mark.parametrize("feed", CONTRACTS, ids=str)
@pytest.mark.parametrize("home", CONTRACTS, ids=str)
def test_a_file_left_in_another_feeds_folder_is_quarantined(feed: str, home: str, tmp_path: Path) -> None:
    header = [field.headers[0] for field in contract_of(feed).fields]
    receipt = taken(tmp_path, csv_text([header, [f"甲{i}" for i in range(len(header))]]), home).receipt
    if feed == home:
        assert (receipt.rows_kept + receipt.rows_quarantined, receipt.reason) == (1, "")
        assert receipt.other_feed is None
    else:
        assert (receipt.rows_kept, receipt.rows_quarantined) == (0, 1)
        assert receipt.reason == f"wrong feed: the header is that of {feed}"
        assert (receipt.other_feed, receipt.header_row) == (feed, None)


def test_titles_totals_footnotes_and_repeated_headers_are_set_aside(tmp_path: Path) -> None:
    rows = [
        ["禾溪县人民医院2026年4月死亡登记表"],
        ["填报单位：禾溪县人民医院", "", "", "填报日期：2026-05-01"],
        DEATHS,
        death("王芳"),
        DEATHS,
        [""] * len(DEATHS),
        death("李娜"),
        ["合计", "2", "", "", "", "", "", ""],
        ["合计：2人"],
        ["填表人：某甲", "", "审核人：某乙"],
        ["注：本表一式两份"],
    ]
    result = taken(tmp_path, xlsx_bytes({"Sheet1": rows}), file="死亡.xlsx")
    assert list(zip(result.records["row"], result.records["name"])) == [(4, "王芳"), (7, "李娜")]
    receipt = result.receipt
    assert (receipt.header_row, receipt.unit, receipt.period) == (3, "禾溪县人民医院", "2026-04")
    assert (receipt.rows_set_aside, receipt.rows_quarantined) == (9, 0)


def test_a_header_of_two_lines_is_joined(tmp_path: Path) -> None:
    rows = [
        ["字号", "男方", "", "", "女方", "", "", "登记日期", "业务类型"],
        ["", "姓名", "身份证号", "出生日期", "姓名", "身份证号", "出生日期", "", ""],
        ["J1", "张伟", id_of("99122419900307123"), "1990-03-07", "李娜", id_of("99122419910307124"), "1991-03-07", "2026-04-01", "结婚"],
    ]  # fmt: skip
    result = taken(tmp_path, xlsx_bytes({"Sheet1": rows}), "civil_marriages")
    assert result.records.loc[0, ["male_name", "female_name", "event_type"]].tolist() == [
        "张伟",
        "李娜",
        "结婚",
    ]
    assert result.records.loc[0, ["male_id__state", "female_id__state"]].tolist() == ["valid", "valid"]


def test_columns_outside_the_contract_leave_no_value_anywhere(tmp_path: Path) -> None:
    beyond = ["死亡原因", "生育证号", "孩次", "社会抚养费", "政策内外", "身高(cm)"]
    rows = [DEATHS + beyond, death() + ["CANARY"] * 6, [""] * len(DEATHS) + ["CANARY"] * 6]
    result = taken(tmp_path, csv_text(rows))
    assert set(result.receipt.columns_dropped) == set(beyond)
    assert result.receipt.rows_quarantined == 1
    assert "CANARY" not in result.records.to_csv() + result.quarantined.to_csv() + repr(result.receipt)


def test_a_row_that_names_nobody_is_quarantined_and_a_bad_cell_is_not(tmp_path: Path) -> None:
    rows = [DEATHS, death("", 公民身份号码=""), death("王芳", 出生日期="20230229", 公民身份号码="不详")]
    result = taken(tmp_path, csv_text(rows))
    assert result.quarantined[["row", "rule", "column"]].to_numpy().tolist() == [
        [2, "needed", "name|id_number"]
    ]
    record = result.records.iloc[0]
    assert (record["birth_date__raw"], record["notes"]) == ("20230229", "birth_date:unusable")
    assert pd.isna(record["birth_date"]) and pd.isna(record["id_number"])


@pytest.mark.parametrize(
    ("file", "unit", "period"),
    [
        ("柳口镇派出所2026年4月.csv", "柳口镇派出所", "2026-04"),
        ("重报-柳口镇派出所2026年4月.csv", "柳口镇派出所", "2026-04"),
        ("副本-柳口镇派出所2026年4月(1).csv", "柳口镇派出所", "2026-04"),
        ("柳口镇派出所2026年4月（更正）.csv", "柳口镇派出所", "2026-04"),
        ("柳口镇派出所2026-03死亡登记.csv", "柳口镇派出所", "2026-03"),
        ("柳口镇派出所202603.csv", "柳口镇派出所", "2026-03"),
    ],
    ids=str,
)
def test_unit_and_period_are_found_in_the_file_name(
    file: str, unit: str, period: str, tmp_path: Path
) -> None:
    receipt = taken(tmp_path, csv_text([DEATHS, death()]), file=file).receipt
    assert (receipt.unit, receipt.period) == (unit, period)


def test_without_any_name_the_rows_tell_the_period(tmp_path: Path) -> None:
    assert taken(tmp_path, csv_text([DEATHS, death()]), file="1.csv").receipt.period == "2026-04"


def test_resend_marks_and_subjects_are_no_part_of_a_unit() -> None:
    assert strip_resent("重报-副本-某院2026年4月（更正）(1)") == "某院2026年4月"
    assert unit_in("禾溪县民政局婚姻登记处2026年3月结婚登记表") == "禾溪县民政局婚姻登记处"
    assert normal("  *出生 日期\n（必填）") == "出生日期"


def test_the_same_file_gives_the_same_ids_and_an_unknown_feed_is_an_error(tmp_path: Path) -> None:
    content = csv_text([DEATHS, death(), death("李娜")])
    first, second = taken(tmp_path, content), taken(tmp_path, content)
    pd.testing.assert_frame_equal(first.records, second.records)
    assert first.records["record_id"].is_unique
    with pytest.raises(UnknownFeed):
        take_in(tmp_path / "delivery", feed="no_feed", file="x", arrival=ARRIVAL, areas=area_table())


def test_frames_have_the_same_columns_and_types_with_and_without_rows(tmp_path: Path) -> None:
    full = taken(tmp_path, csv_text([DEATHS, death()]))
    for other in (taken(tmp_path, b""), taken(tmp_path, csv_text([DEATHS]))):
        assert other.records.dtypes.to_dict() == full.records.dtypes.to_dict()
        mentions = mentions_of(other.records, "hospital_deaths")
        assert list(mentions.columns) == list(mentions_of(full.records, "hospital_deaths").columns)

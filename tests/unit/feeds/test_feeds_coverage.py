"""Full lists of the register and changes told apart, and what becomes of the rows of changes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from feed_files import area_table

from feeds.contracts import CONTRACTS
from feeds.coverage import CHANGES, FULL
from feeds.deliveries import TakenIn, take_in
from feeds.ledger import latest_periods, ledger_rows, superseded
from feeds.mentions import mentions_of
from feeds.origin import day_in, month_in, unit_in

HEADER = "人员编码,户编码,户主姓名,姓名,性别,变更方式"
ROWS = ("RY1,H1,王伟,王一,男,新增", "RY2,H1,王伟,王二,女,修改", "RY3,,,,,注销")
NAME = "柳口镇全员人口.csv"


def taken(
    tmp_path: Path,
    *rows: str,
    header: str = HEADER,
    name: str = NAME,
    arrival: str = "2026-05-08",
    coverage: str | None = None,
) -> TakenIn:
    path = tmp_path / "delivery"
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    day = pd.Timestamp(arrival).date()
    file = f"{arrival}/{name}"
    return take_in(path, feed="register", file=file, arrival=day, areas=area_table(), coverage=coverage)


def test_a_file_that_says_row_by_row_what_is_done_holds_changes(tmp_path: Path) -> None:
    one = taken(tmp_path, *ROWS)
    assert (one.receipt.coverage, one.receipt.unit, one.receipt.period) == (CHANGES, "柳口镇", "2026-05-08")
    assert one.records["change"].tolist() == ["新增", "修改", "注销"]
    assert set(one.records["coverage"]) == {CHANGES}
    assert (one.receipt.rows_kept, one.receipt.rows_quarantined) == (3, 0)


@pytest.mark.parametrize(
    ("name", "told", "expected"),
    [
        pytest.param(NAME, None, FULL, id="nothing says so"),
        pytest.param("柳口镇全员人口变动2026年5月7日.csv", None, CHANGES, id="the name"),
        pytest.param(NAME, CHANGES, CHANGES, id="the manifest"),
        pytest.param("柳口镇全员人口变动.csv", FULL, FULL, id="the manifest against the name"),
    ],
)
def test_without_that_column_the_manifest_decides_before_the_name(
    tmp_path: Path, name: str, told: str | None, expected: str
) -> None:
    header = HEADER.removesuffix(",变更方式")
    one = taken(tmp_path, "RY1,H1,王伟,王一,男", header=header, name=name, coverage=told)
    assert one.receipt.coverage == expected
    assert one.records["change"].isna().all()


def test_a_full_list_may_say_of_a_few_how_they_came(tmp_path: Path) -> None:
    plain = [f"RY{n},H1,王伟,王一,男," for n in range(5)]
    one = taken(tmp_path, *plain, "RY9,H1,王伟,王二,女,新增", "RY8,H1,王伟,王三,女,说不清")
    assert one.receipt.coverage == FULL
    assert one.receipt.rows_kept == 7
    assert one.records["notes"].isna().all()


@pytest.mark.parametrize(
    ("row", "rule", "column"),
    [
        pytest.param("RY4,H1,王伟,王四,男,说不清", "unknown_change", "change", id="no known change"),
        pytest.param("RY4,,,,,修改", "needed", "name|id_number", id="nobody to be changed into"),
        pytest.param(",H1,王伟,王四,男,注销", "needed", "person_no", id="nobody to be taken off"),
    ],
)
def test_a_row_of_which_nothing_can_be_done_is_set_apart(
    tmp_path: Path, row: str, rule: str, column: str
) -> None:
    one = taken(tmp_path, *ROWS, row)
    assert (one.receipt.rows_kept, one.receipt.rows_quarantined) == (3, 1)
    assert one.quarantined[["rule", "column"]].to_numpy().tolist() == [[rule, column]]


def test_what_the_manifest_does_not_make_clear_is_refused(tmp_path: Path) -> None:
    one = taken(tmp_path, *ROWS, coverage="some")
    assert one.receipt.status == "refused"
    assert "coverage" in one.receipt.reason


def test_a_file_of_changed_items_alone_is_refused(tmp_path: Path) -> None:
    rows = [f"{row},姓名" for row in ROWS]
    one = taken(tmp_path, *rows, header=f"{HEADER},变更项目")
    assert (one.receipt.status, one.receipt.reason) == (
        "refused",
        "changes without the person's whole row",
    )


@pytest.mark.parametrize(
    ("text", "day"),
    [
        pytest.param("柳口镇全员人口变动2026年5月7日", "2026-05-07", id="words"),
        pytest.param("柳口镇全员人口变动20260507", "2026-05-07", id="digits"),
        pytest.param("柳口镇全员人口变动2026-05-07", "2026-05-07", id="dashes"),
        pytest.param("柳口镇全员人口变动2026年4月29日至5月5日", "2026-05-05", id="a span over two months"),
        pytest.param("柳口镇全员人口变动2026年5月1日-7日", "2026-05-07", id="a span within a month"),
        pytest.param("柳口镇全员人口变动2026-0507", "2026-05-07", id="a year and four figures"),
        pytest.param("柳口镇全员人口变动2026 5 7", "2026-05-07", id="three cells"),
        pytest.param("柳口镇全员人口变动2026年5月", None, id="a month"),
        pytest.param("柳口镇全员人口变动2026年2月30日", None, id="no day"),
    ],
)
def test_the_day_until_which_changes_are_told_is_in_the_name(text: str, day: str | None) -> None:
    assert day_in(text) == day
    assert unit_in(text) == "柳口镇"


def test_a_month_told_is_the_period_of_changes(tmp_path: Path) -> None:
    assert taken(tmp_path, *ROWS, name="柳口镇全员人口变动2026年4月.csv").receipt.period == "2026-04"


def test_who_is_taken_off_is_not_mentioned(tmp_path: Path) -> None:
    mentions = mentions_of(taken(tmp_path, ROWS[2], *ROWS[:2]).records, "register")
    assert mentions["name"].tolist() == ["王一", "王二"]
    assert mentions_of(taken(tmp_path, ROWS[2]).records, "register").empty


def test_other_feeds_have_no_coverage() -> None:
    assert [feed for feed, contract in CONTRACTS.items() if "change" in contract.names] == ["register"]


def keys(tmp_path: Path, *rows: str, **of: str) -> pd.DataFrame:
    return ledger_rows(taken(tmp_path, *rows, **of).records, "register")


def test_changes_replace_no_list_and_a_list_replaces_the_changes_before_it(tmp_path: Path) -> None:
    header = HEADER.removesuffix(",变更方式")
    many = [f"RY{n},H1,王伟,王一,男" for n in range(40)]
    april = {"name": "柳口镇全员人口2026年4月.csv"}
    first = keys(tmp_path, *many, header=header, arrival="2026-04-02", **april)
    changes = keys(tmp_path, *ROWS, arrival="2026-04-09", name="柳口镇全员人口变动2026年4月.csv")
    again = keys(tmp_path, ROWS[0], arrival="2026-04-16", name="柳口镇人口变更2026年4月.csv")
    told = pd.concat([first, changes, again], ignore_index=True)
    assert superseded(told) == set(changes["record_id"].iloc[:1])
    assert latest_periods(told).all()
    last = keys(tmp_path, *many, header=header, arrival="2026-04-30", **april)
    told = pd.concat([told, last], ignore_index=True)
    assert superseded(told) == set(told["record_id"]) - set(last["record_id"])


def test_a_small_file_of_changes_is_no_list_that_broke_off(tmp_path: Path) -> None:
    header = HEADER.removesuffix(",变更方式")
    many = [f"RY{n},H1,王伟,王一,男" for n in range(40)]
    march = keys(tmp_path, *many, header=header, arrival="2026-04-02", name="柳口镇全员人口2026年3月.csv")
    april = keys(tmp_path, *many, header=header, arrival="2026-05-02", name="柳口镇全员人口2026年4月.csv")
    changes = keys(tmp_path, *ROWS, arrival="2026-05-09")
    told = pd.concat([march, april, changes], ignore_index=True)
    assert latest_periods(told).tolist() == [False] * 40 + [True] * 43


@pytest.mark.parametrize("month", range(1, 13))
@pytest.mark.parametrize(
    "text",
    [
        "{year}年{month}月",
        "{year}年{month:02}月",
        "{year}{month:02}",
        "{year}-{month:02}",
        "{year}.{month}月份",
    ],
)
def test_a_month_is_no_day_and_no_part_of_the_units_name(text: str, month: int) -> None:
    told = "榆湾县民政局婚姻登记处" + text.format(year=2025, month=month)
    assert unit_in(told) == "榆湾县民政局婚姻登记处"
    assert month_in(told) == f"2025-{month:02}"
    assert day_in(told) is None

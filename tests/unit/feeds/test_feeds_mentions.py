"""Whom a record mentions, with which attributes, and what makes the content the same next month."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from feed_files import csv_text, id_of, taken

from feeds.contracts import CONTRACTS
from feeds.ledger import LEDGER_COLUMNS, latest_periods, ledger_rows, superseded
from feeds.mentions import COLUMNS, empty_mentions, mentions_of

MOTHER, FATHER = id_of("99122419900307124"), id_of("99122419880307123")
BIRTH = {
    "出生医学证明编号": "X990000001", "新生儿姓名": "李婴", "性别": "女", "出生日期": "2026-04-02", "出生时分": "08:15", "胎儿序": "1",
    "母亲姓名": "李娜", "母亲身份证号": MOTHER, "父亲姓名": "张伟", "父亲身份证号": FATHER, "户籍地址": "柳口镇红塘村1组",
    "现居住地": "柳岭镇大坡村2组", "联系电话": "13912345678",
}  # fmt: skip


def births(folder: Path, *changes: dict[str, str], file: str = "禾溪县人民医院2026年4月.csv") -> pd.DataFrame:
    rows = [list(BIRTH)] + [list({**BIRTH, **change}.values()) for change in changes]
    return taken(folder, csv_text(rows), "hospital_births", file).records


def test_a_birth_mentions_child_mother_and_father_with_their_own_attributes(tmp_path: Path) -> None:
    mentions = mentions_of(births(tmp_path, {}), "hospital_births").set_index("role")
    assert list(mentions.index) == ["self", "mother", "father"]
    child, mother, father = (mentions.loc[role] for role in ("self", "mother", "father"))
    assert (child["name"], child["name_placeholder"], child["sex"]) == ("李婴", True, "女")
    assert (child["mother_name"], child["mother_id"], child["father_id"]) == ("李娜", MOTHER, FATHER)
    assert (child["plurality_rank"], child["birth_date"]) == (1, pd.Timestamp("2026-04-02"))
    assert (mother["name"], mother["id_number"], mother["sex"]) == ("李娜", MOTHER, "女")
    assert (mother["phone"], mother["residence_area"]) == ("13912345678", "991224101201")
    assert mother["area_code"] == "991224101201", "where she lives, not her hukou"
    assert pd.isna(mother["birth_date"]) and pd.isna(father["phone"])
    assert (father["sex"], father["spouse_name"]) == ("男", "李娜")


def test_a_role_without_name_and_number_is_not_mentioned_but_self_always_is(tmp_path: Path) -> None:
    records = births(tmp_path, {"新生儿姓名": "", "父亲姓名": "", "父亲身份证号": "无"})
    assert list(mentions_of(records, "hospital_births")["role"]) == ["self", "mother"]


def test_content_stays_the_same_in_another_file_and_changes_with_the_people(tmp_path: Path) -> None:
    now = mentions_of(births(tmp_path, {}), "hospital_births")
    later = mentions_of(births(tmp_path, {}, file="禾溪县人民医院2026年5月.csv"), "hospital_births")
    other = mentions_of(births(tmp_path, {"父亲姓名": "张强"}), "hospital_births")
    assert list(now["content_key"]) == list(later["content_key"])
    assert not set(now["mention_id"]) & set(later["mention_id"])
    assert not set(now["content_key"]) & set(other["content_key"])


def test_what_is_said_is_the_same_from_another_unit_the_content_is_not(tmp_path: Path) -> None:
    now = mentions_of(births(tmp_path, {}), "hospital_births")
    elsewhere = mentions_of(births(tmp_path, {}, file="禾溪县妇幼保健院2026年5月.csv"), "hospital_births")
    other = mentions_of(births(tmp_path, {"父亲姓名": "张强"}), "hospital_births")
    assert list(now["said_key"]) == list(elsewhere["said_key"])
    assert not set(now["content_key"]) & set(elsewhere["content_key"])
    assert not set(now["said_key"]) & set(other["said_key"])


def test_no_feeds_mentions_differ_in_columns_or_types(tmp_path: Path) -> None:
    types = empty_mentions().dtypes.to_dict()
    for feed, contract in CONTRACTS.items():
        header = [field.headers[0] for field in contract.fields]
        records = taken(tmp_path, csv_text([header, [f"甲{i}" for i in range(len(header))]]), feed).records
        mentions = mentions_of(records, feed)
        assert tuple(mentions.columns) == COLUMNS and mentions.dtypes.to_dict() == types
        assert set(mentions["role"]) <= set(contract.roles)


def test_a_guardian_who_is_the_mother_stands_in_the_childs_mother(tmp_path: Path) -> None:
    header = ["姓名", "学籍号", "家长1姓名", "家长1关系", "家长1身份证号", "家长2姓名", "家长2关系"]
    rows = [header, ["张小明", "J1", "李娜", "母亲", MOTHER, "张伟", "父亲"], ["张小红", "J2", "张强", "祖父", "", "", ""]]  # fmt: skip
    mentions = mentions_of(taken(tmp_path, csv_text(rows), "school_enrolment").records, "school_enrolment")
    child = mentions[mentions["name"] == "张小明"].iloc[0]
    assert (child["mother_name"], child["mother_id"], child["father_name"]) == ("李娜", MOTHER, "张伟")
    assert list(mentions[mentions["role"] == "guardian1"]["sex"]) == ["女", "男"]
    assert child["guardian_names"] == "李娜|张伟"


def test_a_correction_that_holds_one_twin_leaves_the_other(tmp_path: Path) -> None:
    twins = ({"出生医学证明编号": "X990000001"}, {"出生医学证明编号": "X990000002", "胎儿序": "2"})
    first = births(tmp_path, *twins)
    again = births(tmp_path, twins[1], file="禾溪县人民医院2026年4月（更正）.csv")
    ledger = pd.concat([ledger_rows(each, "hospital_births") for each in (first, again)])
    assert superseded(ledger) == {first["record_id"].iloc[1]}


def test_a_correction_that_mends_a_number_replaces_the_row_with_the_wrong_one(tmp_path: Path) -> None:
    first = births(tmp_path, {"出生医学证明编号": "X990000007"})
    again = births(tmp_path, {}, file="重报-禾溪县人民医院2026年4月.csv")
    ledger = pd.concat([ledger_rows(each, "hospital_births") for each in (first, again)])
    assert superseded(ledger) == set(first["record_id"])


def lists(feed: str, *lists: tuple[str, str, int]) -> pd.DataFrame:
    """A ledger of one file per unit and period with so many rows."""
    rows = [
        (
            f"{unit}{period}{row}",
            feed,
            unit,
            period,
            f"{period}-28",
            f"{unit}{period}.csv",
            row,
            "",
            None,
            None,
        )
        for unit, period, size in lists
        for row in range(size)
    ]
    return pd.DataFrame(rows, columns=list(LEDGER_COLUMNS))


def true_now(ledger: pd.DataFrame) -> set[tuple[str, str]]:
    latest = ledger[latest_periods(ledger)]
    return set(zip(latest["unit"], latest["period"]))


def test_of_a_snapshot_the_latest_period_per_unit_is_true_now() -> None:
    ledger = lists(
        "police_residents",
        ("柳口镇派出所", "2026-04", 30),
        ("柳口镇派出所", "2026-05", 15),
        ("柳岭镇派出所", "2026-04", 1),
    )
    assert true_now(ledger) == {("柳口镇派出所", "2026-05"), ("柳岭镇派出所", "2026-04")}


def test_a_list_that_broke_off_does_not_end_the_list_before_it() -> None:
    months = [("柳口镇派出所", "2026-04", 40), ("柳口镇派出所", "2026-05", 19)]
    assert true_now(lists("police_residents", *months)) == {(unit, month) for unit, month, _ in months}


@pytest.mark.parametrize("size", [pytest.param(41, id="whole again"), pytest.param(18, id="as short again")])
def test_the_list_after_a_broken_one_settles_what_is_true(size: int) -> None:
    broken = [("柳口镇派出所", "2026-04", 40), ("柳口镇派出所", "2026-05", 19)]
    ledger = lists("police_residents", *broken, ("柳口镇派出所", "2026-06", size))
    assert true_now(ledger) == {("柳口镇派出所", "2026-06")}


def test_short_lists_come_and_go() -> None:
    ledger = lists("police_floating", ("柳口镇派出所", "2026-04", 19), ("柳口镇派出所", "2026-05", 1))
    assert true_now(ledger) == {("柳口镇派出所", "2026-05")}

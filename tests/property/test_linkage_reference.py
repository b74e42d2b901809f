"""The fast engine against the slow, obvious one: same candidate pairs, same levels, same weights."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage import LinkSpec, Model, block_on, compare, dedupe, link, train
from linkage.block import BlockReport, block
from linkage.columns import Records
from linkage.patterns import pairing
from linkage.reference import candidate_pairs, level, match_weight
from linkage.score import Scorer

SPEC = LinkSpec(
    blocking_rules=[block_on("name"), block_on("day"), block_on("area", "sex"), block_on("number")],
    comparisons=[
        compare.chinese_name("name"),
        compare.string("latin", [0.9, 0.7], term_frequency=True),
        compare.id_number("number"),
        compare.date("day", lunar="lunar"),
        compare.exact("sex"),
        compare.set_of("phones"),
        compare.numeric("age", [0.0, 2.0]),
        compare.address("area", "group", "door"),
        compare.address("place", None, "door"),
        compare.string("edited", [1, 2], distance="levenshtein"),
        compare.relatives("mother", "others"),
        compare.latin_name("first", swapped="last"),
        compare.latin_name("last", swapped="first", is_counted=False),
        compare.birth_date("born", term_frequency=True),
        compare.street("house", "street", "flat"),
        compare.age("years", born="born", as_of="seen"),
        compare.age("told", born="birth", as_of=date(2026, 4, 1)),
    ],
    household="home",
    largest_block=6,
)

maybe = lambda strategy: st.one_of(st.none(), strategy)  # noqa: E731
DAYS = [
    date(1990, 8, 15),
    date(1990, 10, 3),
    date(1990, 8, 16),
    date(1990, 5, 8),
    date(1990, 8, 5),
    date(1980, 8, 15),
    date(2001, 1, 1),
]
NUMBERS = [
    "990203199008151234",
    "990203199008151243",
    "990203199008151235",
    "99020319900815",
    "990203",
    "990203900815123",
    "990203199008151",
    "990101198001011111",
    "990101199008150000",
]
AREAS = [
    "990203101001",
    "990203101002",
    "990203102001",
    "990203101000",
    "990203000000",
    "990204101001",
    "000000000000",
]
LATIN_NAMES = [
    "Elizabeth",
    "Betty",
    "beth",
    "E",
    "Núñez",
    "nunez diaz",
    "Diaz Nunez",
    "Smith",
    "Smyth",
    "Smithe",
    "baby girl",
    "-",
    "O'Hara",
    "ohara",
]
TYPED_DATES = [
    "1990-08-15",
    "1990-08-16",
    "19900815",
    "1990-05-08",
    "1990-08-05",
    "1991-08-15",
    "1990-??-??",
    "199x-08-15",
    "0000-08-15",
    "1990-00-15",
    "1970-01-01",
    "soon",
]
records = st.fixed_dictionaries(
    {
        "name": maybe(
            st.sampled_from(
                [
                    "王伟",
                    "王炜",
                    "汪伟",
                    "李伟",
                    "王芳",
                    "刘升",
                    "刘昇",
                    "张志宁",
                    "章自林",
                    "张志宇",
                    "古丽·努尔",
                    "古丽努尔",
                    "张某之子",
                ]
            )
        ),
        "edited": maybe(st.text("甲乙丙", min_size=1, max_size=5)),
        "mother": maybe(st.sampled_from(["李芳", "李方", "王红", "张某"])),
        "others": maybe(st.sampled_from(["李芳|王红", "王虹", "某某", "李芳|周立"])),
        "place": maybe(st.sampled_from(AREAS)),
        "latin": maybe(st.text("abé ", min_size=1, max_size=12)),
        "number": maybe(st.sampled_from(NUMBERS)),
        "day": maybe(st.sampled_from(DAYS)),
        "lunar": maybe(st.sampled_from(DAYS)),
        "sex": maybe(st.sampled_from("男女")),
        "phones": maybe(st.sampled_from(["1", "2", "1|2", "3"])),
        "age": maybe(st.integers(0, 5).map(float)),
        "area": maybe(st.sampled_from(AREAS)),
        "group": maybe(st.sampled_from(["1", "2"])),
        "door": maybe(st.sampled_from(["7", "8"])),
        "first": maybe(st.sampled_from(LATIN_NAMES)),
        "last": maybe(st.sampled_from(LATIN_NAMES)),
        "born": maybe(st.sampled_from(TYPED_DATES)),
        "street": maybe(st.sampled_from(["High Street", "high st", "High  street", "Mill Lane", "-"])),
        "house": maybe(st.sampled_from(["12", "21", "123", "7b", "?"])),
        "flat": maybe(st.sampled_from(["1", "2"])),
        "years": maybe(st.sampled_from(["0", "30", "33", "34", "35", "36", "38", "41"])),
        "seen": maybe(st.sampled_from(["2024-08-14", "20240815", "2026-01-01", "soon"])),
        "told": maybe(st.sampled_from(["33", "35", "36", "37", "101"])),
        "birth": maybe(
            st.sampled_from(["1990-03-31", "1990-04-01", "1990-04-02", "2026-05-01", "1990-02-30"])
        ),
        "home": maybe(st.sampled_from(["h1", "h2"])),
    }
)
tables = st.lists(records, min_size=1, max_size=14)


def frame(rows: list[dict[str, object]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, dtype=object)
    for column in ("day", "lunar"):
        table[column] = pd.to_datetime(table[column])
    table["age"] = table["age"].astype(float)
    return table.assign(record_id=range(len(rows)))


@settings(max_examples=120, deadline=None)
@given(tables, tables)
def test_pairs_levels_and_weights_are_those_of_the_reference(
    left: list[dict[str, object]], right: list[dict[str, object]]
) -> None:
    a, b = frame(left), frame(right)
    model = Model.from_priors(SPEC, b)
    a, b = Records(a, SPEC, "left"), Records(b, SPEC, "right")
    pairs = pairing(a, b, SPEC.comparisons, block(a, b, SPEC.blocking_rules, SPEC.largest_block))
    scorer = Scorer(model, pairs)
    found: dict[tuple[int, int], int] = {}
    for rule, li, ri, patterns in pairs.stream(BlockReport([])):
        levels = pairs.layout.unpack(patterns)
        weights = scorer.weights(li, ri, patterns)
        for i, j, seen, weight in zip(li.tolist(), ri.tolist(), levels.tolist(), weights.tolist()):
            assert (i, j) not in found
            found[i, j] = rule
            assert seen == [level(c, left[i], right[j]) for c in SPEC.comparisons]
            assert weight == pytest.approx(match_weight(model, left[i], right[j]), abs=1e-9)
    assert found == candidate_pairs(left, right, SPEC)


FEW = LinkSpec(
    [block_on("area"), block_on("year", "name"), block_on("area", "year")],
    [compare.exact(column) for column in ("name", "area", "year")],
    largest_block=2,
)
alike = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["a", "b", None]),
        "area": st.sampled_from(["1", "1", "2", None]),
        "year": st.sampled_from(["1990", "1991", None]),
    }
)


@given(st.lists(alike, min_size=1, max_size=12), st.lists(alike, min_size=1, max_size=12))
def test_blocks_that_are_too_large_are_split_as_the_reference_splits_them(
    left: list[dict[str, object]], right: list[dict[str, object]]
) -> None:
    a, b = (
        Records(pd.DataFrame(rows).assign(record_id=range(len(rows))), FEW, "given") for rows in (left, right)
    )
    blocks = block(a, b, FEW.blocking_rules, FEW.largest_block)
    found = {
        (i, j): rule
        for rule, li, ri in blocks.pairs(BlockReport.of(FEW.blocking_rules))
        for i, j in zip(li.tolist(), ri.tolist())
    }
    assert found == candidate_pairs(left, right, FEW)


@settings(max_examples=25, deadline=None)
@given(st.lists(records, max_size=8), st.lists(records, max_size=8))
def test_whatever_is_in_small_tables_a_model_is_trained_that_makes_sense(
    left: list[dict[str, object]], right: list[dict[str, object]]
) -> None:
    columns = [*SPEC.columns, "home"]
    a, b = (
        pd.DataFrame(rows, columns=columns, dtype=object).assign(record_id=range(len(rows)))
        for rows in (left, right)
    )
    model, duplicates = train(a, b, SPEC), train(b, None, SPEC)
    for m, u in [*zip(model.m, model.u), *zip(duplicates.m, duplicates.u)]:
        weights = np.log2(np.array(m) / np.array(u))
        assert weights[0] >= -1e-9
        assert weights[-1] <= 1e-9
        assert (np.diff(weights) <= 1e-9).all()
    result = link(a, b, model, 0.5)
    total = (
        result.candidates.groupby("left_id")["match_probability"]
        .sum()
        .reindex(a["record_id"], fill_value=0.0)
    )
    assert result.missing_probability.to_numpy() == pytest.approx(1 - total.to_numpy(), abs=1e-6)
    assert len(dedupe(b, duplicates).clusters) == len(b)


@settings(max_examples=60, deadline=None)
@given(records, records)
def test_comparing_is_symmetric(one: dict[str, object], other: dict[str, object]) -> None:
    for comparison in SPEC.comparisons:
        assert level(comparison, one, other) == level(comparison, other, one)


def test_interop_gives_recordlinkage_the_same_levels() -> None:
    import recordlinkage

    from linkage.interop import compare_feature, from_multi_index, to_multi_index

    a = frame([{"name": "王伟", "day": None, "lunar": None, "age": None}])
    b = frame([{"name": n, "day": None, "lunar": None, "age": None} for n in ("王伟", "王炜", None)])
    index = pd.MultiIndex.from_product([a.index, b.index])
    compared = (
        recordlinkage.Compare([compare_feature(compare.chinese_name("name"))])
        .compute(index, a, b)["name"]
        .tolist()
    )
    assert compared[:2] == [1.0, pytest.approx(1 - 2 / 7)]
    assert np.isnan(compared[2])
    links = pd.DataFrame({"left_id": [1, 2], "right_id": [3, 4]})
    pd.testing.assert_frame_equal(from_multi_index(to_multi_index(links)), links)


def test_interop_gives_recordlinkage_ages_too() -> None:
    import recordlinkage

    from linkage.interop import compare_feature

    a = pd.DataFrame({"age": ["34", "36", "29", None], "born": [None] * 4, "on": ["2024-12-31"] * 4})
    b = pd.DataFrame({"age": [None], "born": ["1990-08-15"], "on": [None]})
    index = pd.MultiIndex.from_product([a.index, b.index])
    feature = compare_feature(compare.age("age", born="born", as_of="on"))
    found = recordlinkage.Compare([feature]).compute(index, a, b)["age"].tolist()
    assert found[:3] == [1.0, 0.75, 0.25]
    assert np.isnan(found[3])

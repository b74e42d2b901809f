"""The sweep's small buffers, the counting of patterns, long texts, and what is remembered between training and linking."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from linkage import (
    LinkSpec,
    Model,
    block,
    block_on,
    columns,
    compare,
    keys,
    link,
    patterns,
    sweep,
    train,
    training,
)
from linkage.block import BlockReport
from linkage.columns import Records
from linkage.patterns import Counts, Filter, Pairing, Tally, count, pairing
from linkage.reference import candidate_pairs, level
from linkage.score import KEPT_BITS, Scorer
from linkage.shares import shares_of
from linkage.terms import shares

SPEC = LinkSpec(
    [block_on("town"), block_on("town", "street"), block_on("street")],
    [
        compare.string("name", term_frequency=True),
        compare.string("note", levels=[1, 3], distance="levenshtein"),
        compare.exact("town"),
    ],
)


def people(rows: int, seed: int) -> pd.DataFrame:
    draw = random.Random(seed)
    longer = ["".join(draw.choices("abcdef", k=size)) for size in (4, 60, 70, 255, 300, 400)]

    def note() -> str:
        text = list(draw.choice(longer))
        text[draw.randrange(len(text))] = draw.choice("xyz")
        return "".join(text)

    made = [
        {
            "record_id": row,
            "town": draw.choice("abc"),
            "street": draw.choice("pqrst"),
            "name": note(),
            "note": note(),
        }
        for row in range(rows)
    ]
    return pd.DataFrame(made)


def paired(left: pd.DataFrame, right: pd.DataFrame) -> tuple[Records, Records, Pairing]:
    a, b = Records(left, SPEC, "left"), Records(right, SPEC, "right")
    blocks = block.block(a, b, SPEC.blocking_rules, SPEC.largest_block)
    return a, b, pairing(a, b, SPEC.comparisons, blocks)


@pytest.mark.parametrize("size", [1, 7, 1 << 14], ids=["one pair", "seven pairs", "many pairs"])
def test_pairs_do_not_depend_on_how_many_fit_a_buffer(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(block, "PAIRS", size)
    left, right = people(30, 1), people(150, 2)
    a, b, pairs = paired(left, right)
    found = {
        (i, j): rule
        for rule, li, ri, _ in pairs.stream(BlockReport([]))
        for i, j in zip(li.tolist(), ri.tolist())
    }
    assert found == candidate_pairs(left.to_dict("records"), right.to_dict("records"), SPEC)
    own = block.block(a, None, SPEC.blocking_rules, SPEC.largest_block)
    within = {(i, j) for _, li, ri in own.pairs(BlockReport([])) for i, j in zip(li.tolist(), ri.tolist())}
    alike = (left["town"].to_numpy()[:, None] == left["town"].to_numpy()) | (
        left["street"].to_numpy()[:, None] == left["street"].to_numpy()
    )
    assert within == {(i, j) for i, j in zip(*np.nonzero(alike)) if i < j}


@pytest.mark.parametrize("size", [1, 7, 1 << 14], ids=["one pair", "seven pairs", "many pairs"])
@pytest.mark.parametrize("buffers", [1, 3], ids=["handed out at each buffer", "at every third"])
@pytest.mark.parametrize("sides", ["left resident", "right resident", "one table"])
@pytest.mark.parametrize("pairs_of_row", [0, 1 << 30], ids=["by block", "as they come"])
def test_pairs_that_pass_the_filter_are_those_of_all_that_weigh_enough(
    size: int, buffers: int, sides: str, pairs_of_row: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(block, "PAIRS_OF_ROW", pairs_of_row)
    monkeypatch.setattr(block, "PAIRS", size)
    monkeypatch.setattr(block, "KEPT_BUFFERS", buffers)
    left, right = (people(rows, seed).assign(name=_short(rows, seed)) for rows, seed in ((60, 1), (150, 2)))
    if sides == "right resident":
        left, right = right, left
    spec = replace(
        SPEC,
        comparisons=(
            compare.exact("town", term_frequency=True),
            compare.string("name", term_frequency=True),
            *SPEC.comparisons[1:2],
            compare.exact("street"),
        ),
    )
    a = Records(left, spec, "left")
    b = a if sides == "one table" else Records(right, spec, "right")
    blocks = block.block(a, None if b is a else b, spec.blocking_rules, spec.largest_block)
    scorer = Scorer(
        Model.from_priors(spec, left if b is a else right), pairing(a, b, spec.comparisons, blocks)
    )
    made = [np.zeros(len(spec.blocking_rules), np.int64) for _ in range(2)]
    every, passed = (_pairs_of(scorer, wanted, own) for wanted, own in zip((None, scorer.filter), made))
    assert made[0].tolist() == made[1].tolist()
    enough = {pair: told for pair, told in every.items() if told[2] >= KEPT_BITS}
    assert 0 < len(enough) < len(every)
    assert {pair: told for pair, told in passed.items() if told[2] >= KEPT_BITS} == enough
    assert len(passed) < len(every)


def test_rows_pass_block_by_block_of_the_rule_that_makes_most_pairs() -> None:
    streamed = np.array([[3, 4, 3, 4, -1], [7, 9, -1, 7, 9], [10, -1, -1, -1, 10]], np.int32)
    listed = np.zeros((3, 1), np.int32), streamed, np.zeros(12, np.int32), np.zeros(0, np.int32)
    blocks = block.Blocks((), *listed, True, False, pairs_of=(5, 5 * block.PAIRS_OF_ROW, 9))
    assert blocks.order().tolist() == [0, 3, 1, 4, 2]
    assert not len(replace(blocks, pairs_of=(5, 9, 5)).order())
    assert not len(replace(blocks, is_self=True).order())  # half as many: both ways round are counted
    assert not len(block.Blocks.none().order())


def test_of_a_portion_its_share_of_the_pairs_is_told() -> None:
    a, b = Records(people(20, 1), SPEC, "left"), Records(people(80, 2), SPEC, "right")
    whole = block.block(a, b, SPEC.blocking_rules, SPEC.largest_block)
    portions = [Records(people(80, 2).iloc[lo : lo + 40], SPEC, "right") for lo in (0, 40)]
    rules = SPEC.blocking_rules, SPEC.largest_block
    of_portion = block.block_in_portions(a, b, *rules, portions, block.nothing_more)
    assert min(whole.pairs_of) > 0
    for portion in portions:
        assert of_portion(portion).pairs_of == tuple(n // 2 for n in whole.pairs_of)


def _short(rows: int, seed: int) -> list[str]:
    draw = random.Random(seed)
    return ["".join(draw.choices("甲乙丙丁", k=draw.choice((1, 2, 3, 3, 5)))) for _ in range(rows)]


def _pairs_of(
    scorer: Scorer, wanted: Filter | None, made: np.ndarray
) -> dict[tuple[int, int], tuple[int, int, float]]:
    """Rule, pattern and weight of each pair that passes a filter, none of them twice."""
    found: dict[tuple[int, int], tuple[int, int, float]] = {}
    for li, ri, shown, rules in scorer.pairs.kept(wanted, made):
        weights = scorer.weights(li, ri, shown)
        for i, j, *told in zip(*(part.tolist() for part in (li, ri, rules, shown, weights))):
            assert (i, j) not in found
            found[i, j] = (told[0], told[1], told[2])
    return found


@pytest.mark.parametrize("room", [1, 1 << 14], ids=["a buffer of one pair", "a large buffer"])
@pytest.mark.parametrize(
    "first", [0, sweep.TURNS - 1], ids=["turns from the first", "turns that soon begin anew"]
)
def test_a_row_that_has_the_turn_of_one_long_before_it_meets_whom_that_met(room: int, first: int) -> None:
    rows, again = sweep.TURNS + 5, sweep.TURNS + 1  # row 3 is in no block, and takes no turn
    both = [0, again]
    numbers = np.array([np.full(rows, -1), np.ones(rows)], np.int32)
    numbers[0, both], numbers[1, both], numbers[1, 3] = 0, 2, -1
    starts, ids = np.array([0, 1, 2, 4], np.int32), np.array([0, 1, 0, 1], np.int32)
    use = replace(block.Buffers.of(2, 2), **{
        name: np.empty(room, kind) for name, kind in zip(("res", "row", "rules"), block.KINDS)
    })  # fmt: skip
    stand, made, found = use.begun(0), np.zeros(2, np.int64), []
    stand[sweep.TURN] = first
    while stand[sweep.ROW] < rows:
        n = sweep.probe(
            rows, numbers, block.AS_THEY_COME, starts, ids, False, block.NOTHING, block.NOTHING, use.seen, use.spans, stand, use.res, use.row, use.rules, made
        )  # fmt: skip
        found.append(np.stack([use.row[:n], use.res[:n], use.rules[:n]], axis=1))
    wanted = [[row, 1, 1] for row in range(rows) if row not in (3, *both)]
    wanted += [[row, resident, resident] for row in both for resident in (0, 1)]
    assert np.concatenate(found).tolist() == sorted(wanted)
    assert made.tolist() == [2, rows - 1]


@pytest.mark.parametrize("rows", [0, 1, 255, 256, 257, 1_000])
@pytest.mark.parametrize("known", [0, 3, 700], ids=["no key", "few keys", "many keys"])
def test_keys_are_found_under_their_numbers_and_no_others(rows: int, known: int) -> None:
    draw = np.random.default_rng(rows + known)
    own = draw.integers(1, 2**63, known).astype(np.uint64)
    numbering = keys.Numbering(np.concatenate([own, np.zeros(5, np.uint64)])[None, :])
    number = {int(key): int(n) for key, n in zip(own, numbering.numbers[0])}
    others = draw.integers(1, 2**63, rows).astype(np.uint64)
    asked = np.where(draw.random(rows) < 0.1, 0, others).astype(np.uint64)
    if known:
        asked = np.where(draw.random(rows) < 0.5, draw.choice(own, rows), asked)
        alike = draw.choice(own, rows) ^ draw.integers(1, 2**32, rows).astype(np.uint64)  # have its bit
        asked = np.where(draw.random(rows) < 0.2, alike, asked)
    found = np.empty(rows, np.int32)
    numbering.look_up(0, asked, found)
    assert found.tolist() == [number.get(int(key), -1) for key in asked]
    assert numbering.numbers[0, known:].tolist() == [-1] * 5


def test_texts_of_any_length_have_the_levels_of_the_reference() -> None:
    left, right = people(40, 3), people(40, 4)
    _, _, pairs = paired(left, right)
    li, ri = (grid.ravel() for grid in np.indices((40, 40)))
    rows = [frame.to_dict("records") for frame in (left, right)]
    wanted = [[level(c, rows[0][i], rows[1][j]) for c in SPEC.comparisons] for i, j in zip(li, ri)]
    assert pairs.layout.unpack(pairs.patterns(li, ri)).tolist() == wanted


def test_an_even_sample_of_the_pairs_counts_about_as_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    left, right = (
        people(rows, seed).assign(name=_short(rows, seed), note=_short(rows, seed + 1))
        for rows, seed in ((200, 5), (3_000, 6))
    )
    _, _, pairs = paired(left, right)
    whole = count(pairs)
    monkeypatch.setattr(patterns, "COUNTED_PAIRS", whole.total // 4)
    monkeypatch.setattr(keys, "RUN", 16)
    some = count(pairs)
    assert some.total == pytest.approx(whole.total, rel=0.05)
    assert _shares_of_levels(some, 0) == pytest.approx(_shares_of_levels(whole, 0), abs=0.03)


def _shares_of_levels(counts: Counts, place: int) -> np.ndarray:
    found = np.bincount(counts.levels[:, place], counts.pairs.sum(axis=0), minlength=5)
    return np.asarray(found / found.sum())


def test_a_tally_grows_with_the_patterns_that_it_meets() -> None:
    made, rules = np.random.default_rng(1).integers(0, 20_000, (2, 60_000))
    tally = Tally(3)
    tally.add(made, (rules % 3).astype(np.int16))
    found, counts = tally.found
    wanted = pd.crosstab(made, rules % 3)
    order = np.argsort(found)
    assert found[order].tolist() == wanted.index.tolist()
    assert counts[order].tolist() == wanted.to_numpy().tolist()


def test_shares_of_values_are_the_same_told_from_lines_and_from_texts() -> None:
    left, right = people(30, 7), people(50, 8).assign(name=lambda f: f["town"] + f["street"])
    right.loc[::7, "name"] = None
    _, b, pairs = paired(left, right)
    told, read = shares(SPEC.comparisons[0], b, pairs.encoded[0]), shares(SPEC.comparisons[0], b)
    counts = right["name"].value_counts()
    assert dict(told) == dict(read) == (counts[counts > 1] / counts.sum()).to_dict()
    asked = pa.array(["ap", "unheard of"])
    assert shares_of(told, asked, 0.5).tolist() == shares_of(dict(told), asked, 0.5).tolist()


def test_linking_what_was_trained_on_reads_it_once_and_a_changed_file_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, right = tmp_path / "left.parquet", tmp_path / "right.parquet"
    people(60, 9).to_parquet(left)
    people(90, 10).to_parquet(right)
    model = train(left, right, SPEC)
    fresh = link(left, right, type(model).load(_saved(model, tmp_path)))
    read: list[int] = []
    of_records = Records.read
    monkeypatch.setattr(
        Records, "read", lambda self, n, columns: read.append(n) or of_records(self, n, columns)
    )
    pd.testing.assert_frame_equal(link(left, right, model).candidates, fresh.candidates)
    assert len(read) <= 1  # the left values' texts
    people(20, 11).to_parquet(left)
    assert len(link(left, right, model).missing_probability) == 20


def _saved(model: object, folder: Path) -> Path:
    path = folder / "model.json"
    model.save(path)  # type: ignore[attr-defined]
    return path


@pytest.mark.parametrize("largest", [5_000, 10], ids=["blocks as they are", "large blocks split or given up"])
@pytest.mark.parametrize("kind", ["pandas", "arrow", "parquet"])
@pytest.mark.parametrize("is_left_larger", [False, True], ids=["right in portions", "left in portions"])
def test_a_memory_limit_changes_nothing_but_how_often_is_read(
    largest: int, kind: str, is_left_larger: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "PIECE", 64)
    left, right = people(90, 12), people(300, 13)
    if is_left_larger:
        left, right = right, left
    must, apart = [(3, 5), (80, 70)], [(1, 1)]
    spec = replace(SPEC, largest_block=largest)
    a, b = (_as_kind(frame, kind, tmp_path / f"{len(frame)}.parquet") for frame in (left, right))
    model = Model.from_priors(spec, b)
    whole = link(a, b, model, 0.5, must_link=must, cannot_link=apart)
    limited = link(a, b, model, 0.5, must_link=must, cannot_link=apart, memory_limit=1)
    pd.testing.assert_frame_equal(limited.candidates, whole.candidates)
    pd.testing.assert_frame_equal(limited.links, whole.links)
    pd.testing.assert_series_equal(limited.missing_probability, whole.missing_probability)
    pd.testing.assert_frame_equal(limited.report, whole.report)
    one = whole.candidates.iloc[-1]
    assert limited.explain(one.left_id, one.right_id) == whole.explain(one.left_id, one.right_id)
    if largest == 10:
        assert whole.report["pairs_given_up"].sum() > 0


def _as_kind(frame: pd.DataFrame, kind: str, path: Path) -> object:
    if kind == "parquet":
        frame.to_parquet(path, row_group_size=50)
        return path
    return pa.Table.from_pandas(frame) if kind == "arrow" else frame


def test_a_model_learned_from_what_fits_a_memory_limit_is_like_one_learned_from_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(columns, "PIECE", 100)
    draw = random.Random(14)
    rows = [
        {"name": "".join(draw.choices("abcdefgh", k=3)), "day": draw.randrange(365)} for _ in range(4_000)
    ]
    right = pd.DataFrame(rows).astype(str).assign(record_id=range(4_000))
    left = right.sample(1_200, random_state=1).assign(record_id=range(1_200))
    left.loc[left.index[:400], "day"] = "400"  # on no register
    left.loc[left.index[:400], "name"] = "xyz"
    spec = LinkSpec([block_on("name"), block_on("day")], [compare.string("name"), compare.exact("day")])
    whole = train(left, right, spec)
    monkeypatch.setattr(training, "rows_within", lambda *_: 2_000)
    some = train(left, right, spec, memory_limit=1)
    assert (some.right_size, some.tables) == (4_000, ())
    assert whole.on_register == pytest.approx(2 / 3, abs=0.06)
    assert some.on_register == pytest.approx(2 / 3, abs=0.06)
    for few, every in zip(some.m, whole.m):
        assert few == pytest.approx(every, abs=0.08)


@pytest.mark.parametrize(("lefts", "rights"), [(3, 0), (0, 3), (0, 0)])
def test_a_table_without_records_meets_nobody(lefts: int, rights: int) -> None:
    left, right = people(3, 16).head(lefts), people(3, 17).head(rights)
    for limit in (None, 1):
        result = link(left, right, Model.from_priors(SPEC, right), 0.5, memory_limit=limit)
        assert result.candidates.empty
        assert len(result.missing_probability) == lefts

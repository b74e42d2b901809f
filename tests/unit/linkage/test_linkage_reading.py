"""Tables in Parquet: text that a file tells by number is the same text, and pandas is loaded when it is needed, not before."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from linkage import LinkSpec, Model, ModelError, SpecError, block_on, compare, comparers, link, train
from linkage import parquet as stored
from linkage.columns import Records
from linkage.keys import KeyJob
from linkage.lines import FastEncoded, PackJob, pack, plan
from linkage.patterns import Layout
from linkage.shares import Shares, shares_by_term, shares_of, terms_by_share
from linkage.texts import Coded, Short, arrow_text

SPEC = LinkSpec(
    [block_on("surname"), block_on("village", "born"), block_on("kind")],
    [
        compare.string("name", term_frequency=True),
        compare.string("surname"),
        compare.string("phone", levels=[1], distance="levenshtein"),
        compare.id_number("id_no"),
        compare.date("born"),
        compare.address("village"),
        compare.exact("kind"),
    ],
)
FEW = {
    "surname": ["王", "李", "欧阳", "", "Þórðarson-Ólafsdóttir", "a very long surname that lies on the heap"],
    "phone": ["13900000001", "13900000002", "+86 139 0000 0003", ""],
    "born": ["2001-02-03", "1999-12-31", "2000/1/5", "20000105", "no day", "2001-02-30", ""],
    "village": ["990100101001", "990100101002", "990100000000", "99", ""],
    "kind": ["a", "b", "", "c"],
}


def people(rows: int, seed: int) -> pa.Table:
    random = np.random.default_rng(seed)
    found: dict[str, pa.Array] = {"record_id": pa.array(np.arange(rows))}
    for name, values in FEW.items():
        drawn = np.array(values, dtype=object)[random.integers(0, len(values), rows)]
        found[name] = pa.array(drawn, pa.string(), mask=random.random(rows) < 0.1)
    found["name"] = pa.array([f"n{n}" for n in random.integers(0, max(rows // 2, 1), rows)])
    found["id_no"] = pa.array([f"{n:018d}" for n in random.integers(0, 10**17, rows)])
    return pa.table(found)


def read(table: object, monkeypatch: pytest.MonkeyPatch, part: int = 128) -> tuple[np.ndarray, ...]:
    """Keys, words and heap of a table."""
    monkeypatch.setattr(stored, "PART", part)
    records = Records(table, SPEC, "left")
    made = plan(SPEC.comparisons, Layout.of(SPEC.comparisons).stride, (records,))
    job = KeyJob(records, SPEC.blocking_rules, tagged=[(0, len(records))])
    records.run(job, PackJob(made, records))
    lines = pack(made, records)
    return job.keys, lines.words, lines.heap, *(tags for tags in job._tags.values())


@pytest.mark.parametrize("group", [1_000, 4_000], ids=["groups of a thousand", "one group"])
def test_text_told_by_number_gives_the_same_words_and_keys(
    group: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, path = people(3_000, 1), tmp_path / "people.parquet"
    parquet.write_table(table, path, row_group_size=group)
    coded = stored.groups(str(path))[1][0][1]._coded(list(SPEC.columns))
    assert set(coded) >= set(FEW)
    keys, words, heap, *tags = read(table, monkeypatch)
    own_keys, own_words, own_heap, *own_tags = read(path, monkeypatch)
    assert (own_keys == keys).all()
    assert all((a == b).all() for a, b in zip(own_tags, tags))
    made = plan(SPEC.comparisons, Layout.of(SPEC.comparisons).stride, (Records(table, SPEC, "left"),))
    heaped = np.zeros(
        words.shape, bool
    )  # where a text lies on the heap depends on the parts in which it was read
    for op in made.ops:
        if op[comparers.KIND] in (compare.STRING, compare.EDITS, compare.ID, compare.ADDRESS):
            heaped[:, op[comparers.WORD]] = words[:, op[comparers.WORD]] < 0
    assert heaped.any()
    assert (own_words[~heaped] == words[~heaped]).all()
    assert (own_words[heaped] < 0).all()
    place, texts = (1 << 40) - 1, []
    for own, units in ((words, heap), (own_words, own_heap)):
        at = own[heaped] & place
        texts.append((own[heaped] >> 40, units[at], units[at + 1]))
    assert all((a == b).all() for a, b in zip(*texts))


def test_a_row_group_with_more_rows_than_are_read_at_once_is_read_as_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, path = people(500, 2), tmp_path / "people.parquet"
    parquet.write_table(table, path)
    whole = read(path, monkeypatch, part=1 << 15)
    monkeypatch.setattr(stored, "WHOLE_ROWS", 499)
    assert all((a == b).all() for a, b in zip(read(path, monkeypatch, part=1 << 15), whole))


def test_columns_that_are_not_text_or_have_no_dictionary_are_not_coded(tmp_path: Path) -> None:
    table = people(500, 3).set_column(1, "surname", pa.array(np.arange(500) % 3))
    path = tmp_path / "people.parquet"
    parquet.write_table(table, path, use_dictionary=["surname", "kind"])
    (_, group), *_ = stored.groups(str(path))[1]
    assert set(group._coded(table.column_names)) == {"kind"}
    assert group._coded(["id_no"]) == []


@pytest.mark.parametrize("start", [0, 3, 8, 17])
def test_coded_texts_read_one_by_one_are_the_texts(start: int) -> None:
    texts = ["a", None, "", "b", "a", None, *"cdefghijklmnopq", None]
    coded = Coded.of(pa.array(texts).dictionary_encode().slice(start))
    assert arrow_text(coded).to_pylist() == texts[start:]
    assert arrow_text(coded.slice(1, 2)).to_pylist() == texts[start + 1 : start + 3]
    whole = Coded.of(pa.array(["x", "y", "x"]).dictionary_encode())
    assert arrow_text(whole).to_pylist() == ["x", "y", "x"]


def test_a_folder_of_files_is_read_as_one_file_is(tmp_path: Path) -> None:
    right = people(600, 5)
    left = right.slice(100, 200)
    folder, path = tmp_path / "right", tmp_path / "right.parquet"
    folder.mkdir()
    parquet.write_table(right, path)
    for place, at in enumerate((0, 150, 400)):
        some = right.slice(at, (150, 250, 200)[place])
        if place == 1:  # a column of another type is read as the first file has it
            some = some.set_column(
                some.column_names.index("kind"), "kind", some.column("kind").cast("large_string")
            )
        parquet.write_table(some, folder / f"{place}.parquet")
    model = train(left, path, SPEC)
    one, several = (link(left, table, model, 0.5).candidates for table in (path, folder))
    pd.testing.assert_frame_equal(one, several)
    assert len(one)


def test_an_empty_file_is_a_table_without_rows(tmp_path: Path) -> None:
    path = tmp_path / "nobody.parquet"
    parquet.write_table(people(0, 6), path)
    found = link(path, people(20, 7), train(people(20, 8), people(20, 7), SPEC))
    assert found.links.empty


@pytest.mark.parametrize("kind", ["int64", "uint64", "int8"])
def test_ids_of_any_whole_numbers_are_checked(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "people.parquet"
    table = people(20, 9)
    for numbers, is_good in (([*range(20)], True), ([*range(19, -1, -1)], True), ([*range(19), 3], False)):
        parquet.write_table(table.set_column(0, "record_id", pa.array(numbers, kind)), path, row_group_size=7)
        if is_good:
            assert len(Records(path, SPEC, "left")) == 20
        else:
            with pytest.raises(SpecError, match="blanks or repeats"):
                Records(path, SPEC, "left")


def named(table: pa.Table, longer: str) -> pa.Array:
    names = [
        None if n % 7 == 0 else f"{name}{longer}"[-20:] for n, name in enumerate(table["name"].to_pylist())
    ]
    return pa.array([name[-2:] if name and not longer else name for name in names], pa.string())


@pytest.mark.parametrize("longer", ["", " of a long name"], ids=["short names", "long names"])
def test_values_are_counted_as_they_stand_in_the_tables(longer: str) -> None:
    left, right = (
        table.set_column(table.column_names.index("name"), "name", named(table, longer))
        for table in (people(300, 10), people(900, 11))
    )
    frames = Records(left, SPEC, "left"), Records(right, SPEC, "right")
    made = plan(SPEC.comparisons, Layout.of(SPEC.comparisons).stride, frames)
    lines = pack(made, frames[0]), pack(made, frames[1])
    encoded = FastEncoded(made.comparisons[0], lines, frames, made, 0)
    ours, theirs = (
        table.column("name").to_pandas().replace("", None).dropna().value_counts() for table in (left, right)
    )
    met = sum(number * (theirs.get(name, 1) - 1) for name, number in ours.items())
    assert encoded.meetings() == (float(met), float(ours.sum()), float(theirs.sum()))
    texts, numbers = encoded.repeated
    assert dict(zip(arrow_texts(texts), numbers.tolist())) == theirs[theirs > 1].to_dict()


def arrow_texts(found: Short | pa.Array) -> list[str]:
    array = found.array if isinstance(found, Short) else found
    return list(array.to_pylist())


@pytest.mark.parametrize("is_saved", [False, True], ids=["as counted", "as saved"])
def test_shares_of_short_terms_are_those_of_their_texts(is_saved: bool) -> None:
    names = ["a", "王伟", "欧阳娜", "𠮷野𠮷", "longer", "ab\0", "\0", "", "b"]
    numbers = np.arange(1, 10) / 100
    short, places = Short.among(names)
    assert [names[n] for n in places] == ["a", "王伟", "欧阳娜", "𠮷野𠮷", "", "b"]
    assert arrow_texts(short) == [names[n] for n in places]
    whole = Shares(pa.array(names), numbers)
    known = dict(whole) if is_saved else whole
    asked, _ = Short.among(["b", "王伟", "王", "a", "𠮷野𠮷", "ab"])
    wanted = [0.09, 0.02, 0.5, 0.01, 0.04, 0.5]
    assert shares_of(known, asked, 0.5).tolist() == wanted
    assert shares_of(known, asked.array, 0.5).tolist() == wanted
    counted = Shares(short, numbers[places])
    assert shares_of(counted, asked, 0.5).tolist() == wanted
    assert dict(counted) == {names[n]: numbers[n] for n in places}
    assert shares_of({}, asked, 0.5).tolist() == [0.5] * 6


@pytest.mark.parametrize("longer", ["", " of a long name"], ids=["short names", "long names"])
def test_a_saved_model_has_the_same_terms_and_version(longer: str, tmp_path: Path) -> None:
    table = people(900, 13)
    table = table.set_column(table.column_names.index("name"), "name", named(table, longer))
    model = train(table.slice(0, 300), table, SPEC)
    model.save(tmp_path / "model.json")
    read = Model.load(tmp_path / "model.json")
    assert read.version == model.version
    assert len(model.terms["name"]) > 20
    assert {name: dict(known) for name, known in read.terms.items()} == {
        name: dict(known) for name, known in model.terms.items()
    }
    read.save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "model.json").read_bytes()
    old = json.loads((tmp_path / "model.json").read_text("utf-8"))
    old |= {"format": 1, "terms": {name: dict(known) for name, known in model.terms.items()}}
    (tmp_path / "old.json").write_text(json.dumps(old), encoding="utf-8")
    before = Model.load(tmp_path / "old.json")
    assert before.version == model.version
    found = [link(table.slice(0, 300), table, each).candidates for each in (read, before)]
    pd.testing.assert_frame_equal(*found)
    (tmp_path / "old.json").write_text(json.dumps(old | {"format": 3}), encoding="utf-8")
    with pytest.raises(ModelError, match="not of model format 2"):
        Model.load(tmp_path / "old.json")


@pytest.mark.parametrize("is_left_larger", [False, True], ids=["right is larger", "left is larger"])
def test_what_is_in_no_block_is_packed_when_it_is_asked_for(is_left_larger: bool, tmp_path: Path) -> None:
    spec = LinkSpec([block_on("id_no")], SPEC.comparisons)
    larger, smaller = people(900, 16), people(900, 16).slice(100, 60)
    left, right = (larger, smaller) if is_left_larger else (smaller, larger)
    model = train(left, right, spec)  # whose tables have lines of all rows
    model.save(tmp_path / "model.json")
    told = {"must_link": [(5, 101), (6, 102)] if is_left_larger else [(101, 5), (102, 6)]}
    whole, some = (
        link(left, right, each, 0.5, **told) for each in (model, Model.load(tmp_path / "model.json"))
    )
    pairing = some._searched.pairing()
    has = (pairing.fast.left if is_left_larger else pairing.fast.right).has
    assert has is not None
    assert has.sum() == 62
    assert whole._searched.pairing().fast.left.has is None
    pd.testing.assert_frame_equal(some.candidates, whole.candidates)
    pd.testing.assert_frame_equal(some.links, whole.links)
    assert some.missing == whole.missing
    for pair in ((100, 100), (120, 121), (5, 101), (700, 130)):
        asked = pair if is_left_larger else pair[::-1]
        assert some.explain(*asked) == whole.explain(*asked)


@pytest.mark.parametrize("is_left_larger", [False, True], ids=["right is larger", "left is larger"])
def test_lines_of_some_records_are_not_taken_for_those_of_all(is_left_larger: bool, tmp_path: Path) -> None:
    spec = LinkSpec(
        [block_on("id_no")], [compare.string("name"), compare.string("phone", [1], distance="levenshtein")]
    )
    larger = people(900, 17)
    numbered = pa.array([f"139{n:08d}" for n in range(900)])
    larger = larger.set_column(larger.column_names.index("phone"), "phone", numbered)
    written = pa.array([f"p-{n}" for n in numbered.to_pylist()])  # no digits: packed in another way
    changed = larger.set_column(larger.column_names.index("phone"), "phone", written)

    def pair(smaller: pa.Table) -> tuple[pa.Table, pa.Table]:
        return (larger, smaller) if is_left_larger else (smaller, larger)

    model = train(*pair(larger.slice(0, 100)), spec)
    model.save(tmp_path / "model.json")
    for some in (changed.slice(100, 100), changed.slice(200, 100)):
        found, wanted = (
            link(*pair(some), each, 0.5).candidates for each in (model, Model.load(tmp_path / "model.json"))
        )
        assert len(found) == 100
        pd.testing.assert_frame_equal(found, wanted)


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), pa.large_string()], ids=str)
def test_bytes_that_are_text_are_text(kind: pa.DataType, tmp_path: Path) -> None:
    table = people(300, 18)
    place = table.column_names.index("name")
    other = table.set_column(place, "name", table["name"].cast(kind))
    wanted, found = (train(each.slice(0, 100), each, SPEC) for each in (table, other))
    assert found.version == wanted.version
    found.save(tmp_path / "model.json")
    assert Model.load(tmp_path / "model.json").version == wanted.version
    mixed = link(other.slice(0, 100), table, wanted, 0.5)
    pd.testing.assert_frame_equal(mixed.candidates, link(table.slice(0, 100), table, wanted, 0.5).candidates)


def test_terms_that_are_no_proper_text_are_in_no_file(tmp_path: Path) -> None:
    table = people(300, 19)
    names = [
        b"\xff\xfe a name" if n % 3 else name.encode() for n, name in enumerate(table["name"].to_pylist())
    ]
    broken = table.set_column(table.column_names.index("name"), "name", pa.array(names, pa.binary()))
    model = train(broken.slice(0, 100), broken, SPEC)
    model.save(tmp_path / "model.json")
    assert Model.load(tmp_path / "model.json").version == model.version
    assert len(link(broken.slice(0, 100), broken, model, 0.5).candidates)


def test_ids_of_several_types_are_linked_and_not_written_in_arrow() -> None:
    table = people(200, 20).to_pandas()
    table["record_id"] = [n if n % 2 else f"r{n}" for n in range(200)]
    left = table.iloc[50:100]
    found = link(left, table, train(left, table, SPEC), 0.5)
    assert found.links["left_id"].tolist() == found.links["right_id"].tolist()
    assert len(found.links) >= 45  # of a few, every column that a rule asks for is missing
    with pytest.raises(SpecError, match="several types"):
        found.links_table()


def test_a_record_batch_is_a_table() -> None:
    table = people(200, 21)
    batch = table.combine_chunks().to_batches()[0]
    model = train(batch.slice(50, 50), batch, SPEC)
    wanted, found = (link(each.slice(50, 50), each, model, 0.5) for each in (table, batch))
    pd.testing.assert_frame_equal(found.links, wanted.links)
    assert found.links_table().equals(wanted.links_table())
    with pytest.raises(ValueError, match="a decision is link or possible"):
        found.links_table("links")


@pytest.mark.parametrize(
    "terms",
    [
        [1, 2],
        {"name": 3},
        {"name": {"0.5": 3}},
        {"name": {"0.5": ["a", 4]}},
        {"name": {"nan": "a"}},
        {"name": {"often": ["a"]}},
    ],
    ids=str,
)
def test_a_model_file_with_damaged_terms_is_refused(terms: object, tmp_path: Path) -> None:
    table, path = people(50, 22), tmp_path / "model.json"
    train(table, table, SPEC).save(path)
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"terms": terms}), encoding="utf-8")
    with pytest.raises(ModelError, match="model.json: terms are not told by their shares"):
        Model.load(path)


PARTS = """
import linkage
names = ("labels", "cluster", "explain", "missing", "errors_estimate", "increment", "drift", "training", "train", "Index")
assert all(hasattr(linkage, name) for name in names)
assert not hasattr(linkage, "nothing_of_the_sort")
"""


def test_what_is_loaded_late_is_there_all_the_same() -> None:
    done = subprocess.run([sys.executable, "-c", PARTS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_terms_lie_by_their_shares() -> None:
    assert dict(shares_by_term({})) == {}
    known = {"b": 0.5, "a": 0.5, "c d": 0.25, "e": 0.25, "": 0.125, "f\u3000\n": 0.0625}
    by_share = {"0.5": "a b", "0.25": ["c d", "e"], "0.125": [""], "0.0625": "f\u3000\n"}
    assert terms_by_share(known) == by_share
    assert dict(shares_by_term(by_share)) == known


LOADS = """
import sys, linkage
from linkage import LinkSpec, Model, block_on, compare, later, link, train
spec = LinkSpec([block_on("surname")], [compare.string("name", term_frequency=True), compare.exact("kind")])
model = train(sys.argv[1], sys.argv[1], spec)
found = link(sys.argv[1], sys.argv[1], model)
table = found.links_table("link")
assert len(table) and found.pairs_compared
assert "pandas" not in sys.modules, "loaded before it was needed"
assert not later.is_frame(table) and not later.is_series([])
links = found.links
import pandas
assert type(links) is pandas.DataFrame
assert later.is_frame(links) and later.is_series(links["decision"]) and not later.is_series(links)
"""


@pytest.mark.parametrize("longer", ["", " of a long name"], ids=["short names", "long names"])
def test_pandas_is_loaded_when_a_frame_is_asked_for(longer: str, tmp_path: Path) -> None:
    path, table = tmp_path / "people.parquet", people(300, 12)
    parquet.write_table(
        table.set_column(table.column_names.index("name"), "name", named(table, longer)), path
    )
    done = subprocess.run(
        [sys.executable, "-c", LOADS, str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("kind", ["whole numbers", "text", "pandas"])
def test_links_are_the_same_in_arrow_and_in_pandas(kind: str) -> None:
    table = people(300, 15)
    if kind == "text":
        names = pa.array([f"r{n}" for n in range(300)])
        table = table.set_column(0, "record_id", names)
    left = table.slice(40, 200)
    for column in ("name", "id_no", "phone"):  # of half of them nothing is known that tells
        known = [value if n % 2 else None for n, value in enumerate(left[column].to_pylist())]
        left = left.set_column(left.column_names.index(column), column, pa.array(known, pa.string()))
    given = (left.to_pandas(), table.to_pandas()) if kind == "pandas" else (left, table)
    found = link(*given, train(*given, SPEC), 0.9, lower=0.01)
    assert set(found.links["decision"]) == {"link", "possible"}
    arrow = found.links_table()
    assert arrow.column("left_id").type == (pa.string() if kind == "text" else pa.int64())
    read = arrow.to_pandas().assign(decision=lambda f: f["decision"].astype(object))
    pd.testing.assert_frame_equal(read, found.links)
    alone = found.links[found.links["decision"] == "possible"].reset_index(drop=True)
    some = found.links_table("possible").to_pandas().assign(decision=lambda f: f["decision"].astype(object))
    pd.testing.assert_frame_equal(some, alone)
    assert found.pairs_compared == found.report["pairs"].sum()

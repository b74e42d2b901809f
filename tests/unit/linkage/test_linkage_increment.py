"""What an index says, keeps and refuses; that it gives what linking anew gives is tests/property/test_linkage_index_histories.py."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from linkage import Index, LinkSpec, Model, block_on, compare, link
from linkage.errors import ModelError, SpecError
from linkage.increment import MANIFEST

SPEC = LinkSpec([block_on("year")], [compare.string("name", [0.9]), compare.exact("year")])
LEFT = pd.DataFrame({"record_id": ["a", "b"], "name": ["Anna Berg", "Bodil Dahl"], "year": ["1990", "1991"]})
RIGHT = pd.DataFrame(
    {"record_id": [1, 2, 3], "name": ["Anna Berg", "Bodil Dal", "Carl"], "year": ["1990", "1991", "1992"]}
)
CARL = pd.DataFrame({"record_id": ["c"], "name": ["Carl"], "year": ["1992"]})


@pytest.fixture
def model() -> Model:
    return Model.from_priors(SPEC, RIGHT)


@pytest.fixture
def index(tmp_path: Path, model: Model) -> Index:
    return Index.create(tmp_path / "index", LEFT, RIGHT, model)


def linked(index: Index) -> list[tuple[object, object]]:
    links = index.result(0.5).links
    return list(zip(links["left_id"], links["right_id"]))


def files(index: Index) -> list[str]:
    return sorted(path.name for path in index.folder.iterdir())


def test_what_was_kept_is_gone_on_with(index: Index) -> None:
    index.update(CARL)
    assert linked(Index.open(index.folder)) == [("a", 1), ("b", 2), ("c", 3)]


def test_an_index_that_was_updated_is_itself_as_it_was(index: Index) -> None:
    index.update(CARL, gone_right=[1])
    assert linked(index) == [("a", 1), ("b", 2)]


def test_a_link_is_explained_by_its_weight(index: Index, model: Model) -> None:
    found = index.update(CARL).result(0.5)
    weights = found.links.set_index(["left_id", "right_id"])["match_weight"]
    assert found.explain("c", 3).match_weight == pytest.approx(weights["c", 3], abs=1e-9)
    anew = link(pd.concat([LEFT, CARL]), RIGHT, model, 0.5)
    assert found.explain("a", 2).match_weight == pytest.approx(anew.explain("a", 2).match_weight)
    assert found.missing == anew.missing
    assert found.pattern_counts().total == anew.pattern_counts().total
    assert found.values(found.links) == anew.values(anew.links)


def test_how_many_pairs_there_were_is_not_told(index: Index) -> None:
    assert index.result().report["pairs"].tolist() == [-1]


def test_what_was_gone_already_is_passed_over(index: Index) -> None:
    once = index.update(gone_right=[1])
    assert linked(once.update(gone_right=[1, 77])) == linked(once) == [("b", 2)]


def test_rows_that_count_no_more_are_thrown_away_when_they_are_most(index: Index) -> None:
    after = index.update(gone_right=[1, 2])
    assert (len(after.right.alive), len(after.right.segments)) == (1, 1)
    assert linked(after.update(CARL)) == [("c", 3)]


def test_an_update_that_breaks_off_leaves_the_folder_an_index_as_it_was(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError("no room")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", broken)
        with pytest.raises(OSError, match="no room"):
            index.update(CARL, RIGHT.iloc[:1])
    again = Index.open(index.folder)
    assert linked(again) == [("a", 1), ("b", 2)]
    assert len(files(again.update(CARL))) == 6 + 2 * 3, "what was left lying is gone"


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path, model: Model) -> None:
    (tmp_path / "notes").touch()
    with pytest.raises(FileExistsError, match="not empty"):
        Index.create(tmp_path, LEFT, RIGHT, model)


def test_a_folder_without_an_index_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is no index"):
        Index.open(tmp_path)


def test_another_format_is_refused(index: Index) -> None:
    told = json.loads((index.folder / MANIFEST).read_text("utf-8"))
    (index.folder / MANIFEST).write_text(json.dumps(told | {"format": 0}), encoding="utf-8")
    with pytest.raises(ModelError, match="index format 1"):
        Index.open(index.folder)


def test_ids_of_another_type_are_refused_before_anything_is_written(index: Index) -> None:
    before = files(index)
    with pytest.raises(SpecError, match="the right table's record_id is string, the index has integer"):
        index.update(right=RIGHT.astype({"record_id": str}))
    assert files(index) == before


def test_a_record_that_is_both_changed_and_gone_is_refused(index: Index) -> None:
    with pytest.raises(SpecError, match="1 records of the left table are changed and gone"):
        index.update(CARL, gone_left=["c"])


def test_a_table_without_a_column_is_refused(index: Index) -> None:
    with pytest.raises(SpecError, match="the left table has no column year"):
        index.update(CARL.drop(columns="year"))


def test_text_that_is_no_proper_unicode_is_refused(index: Index) -> None:
    with pytest.raises(SpecError, match="column name has text that is no proper Unicode"):
        index.update(CARL.assign(name="\ud800"))


def test_who_has_an_index_as_it_was_before_an_update_may_not_go_on_from_there(index: Index) -> None:
    after = index.update(CARL)
    with pytest.raises(ModelError, match="was updated since it was opened"):
        index.update(gone_left=["a"])
    assert linked(after.update(gone_left=["a"])) == [("b", 2), ("c", 3)]


def test_a_file_that_was_taken_away_is_told(index: Index) -> None:
    next(index.folder.glob("candidates-*")).unlink()
    with pytest.raises(ModelError, match="lacks a file"):
        Index.open(index.folder)


def test_what_could_not_be_made_an_index_leaves_nothing(tmp_path: Path, model: Model) -> None:
    with pytest.raises(SpecError, match="no proper Unicode"):
        Index.create(tmp_path / "index", LEFT, RIGHT.assign(name="\ud800"), model)
    assert linked(Index.create(tmp_path / "index", LEFT, RIGHT, model)) == [("a", 1), ("b", 2)]


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        pytest.param(["d", 5, "e"], "of several types", id="mixed"),
        pytest.param(["1990-01-01", "x", "y"], "is string, the index has integer", id="text"),
    ],
)
def test_odd_ids_are_told_without_their_values(index: Index, ids: list[object], said: str) -> None:
    odd = RIGHT.assign(record_id=pd.Series(ids, dtype=object))
    with pytest.raises(SpecError, match=said if said != "of several types" else "record_id is mixed") as told:
        index.update(right=odd)
    assert "1990" not in str(told.value)
    if said == "of several types":
        with pytest.raises(SpecError, match=said):
            Index.create(index.folder.parent / "other", LEFT, odd, index.model)


def test_ids_of_another_type_are_not_taken_for_gone(index: Index) -> None:
    with pytest.raises(SpecError, match="gone are string, the index has integer"):
        index.update(gone_right=["1"])


def test_categorical_ids_are_gathered(tmp_path: Path, model: Model) -> None:
    lefts = LEFT.astype({"record_id": "category"})
    index = Index.create(tmp_path / "index", lefts, RIGHT, model)
    after = index.update(CARL.astype({"record_id": "category"}), gone_left=["a", "b"])
    assert linked(after) == [("c", 3)] and len(after.left.segments) == 1


def test_a_page_of_an_index_says_that_pairs_were_not_counted(index: Index, tmp_path: Path) -> None:
    index.result().view(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "not counted" in page and ">-1<" not in page

"""The page of a model and of a result: whole, valid, without anything from outside, and without anybody's data."""

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from linkage import LinkResult, LinkSpec, block_on, compare, dedupe, link, train

VOID = {"meta", "rect", "line", "br", "link", "img"}
CANARY = 'canary<script>alert(1)</script>&"'
SPEC = LinkSpec(
    [block_on("name"), block_on("place")],
    [
        compare.string("name", [0.9], term_frequency=True),
        compare.string("place", [0.9], term_frequency=True),
        compare.exact("sex", u=0.5),
    ],
    household="home",
    strata="group",
)


class Checker(HTMLParser):
    """Every tag closed in its order, ids once, no script, no style attribute, nothing fetched from anywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names)
        assert not [name for name in names if name in ("style", "src") or name.startswith("on")]
        given = dict(attrs)
        self.ids += [str(given["id"])] if "id" in given else []
        self.links += [str(given["href"])] if "href" in given else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def checked(path: Path) -> str:
    text = path.read_text("utf-8")
    checker = Checker()
    checker.feed(text)
    checker.close()
    assert text.startswith("<!DOCTYPE html>\n<html lang=")
    assert not checker.open
    assert len(set(checker.ids)) == len(checker.ids)
    assert checker.links and all(target.removeprefix("#") in checker.ids for target in checker.links)
    assert not checker.tags & {"script", "iframe", "link", "img", "object", "form", "base"}
    assert "default-src &#x27;none&#x27;; style-src &#x27;sha256-" in text
    assert not re.search(r"https?:|url\(|@import", text)
    return text


@pytest.fixture(scope="module")
def result() -> LinkResult:
    """300 records of 400, each value of which is a canary."""
    random = np.random.default_rng(3)
    right = pd.DataFrame({"name": random.integers(0, 150, 400), "place": random.integers(0, 60, 400)})
    right = right.apply(lambda column: CANARY + column.map("{:03d}".format) + "x" * 9)
    right["sex"] = random.choice([f"{CANARY}m", f"{CANARY}f"], 400)
    right["home"] = [f"{CANARY}home{n // 3}" for n in range(400)]
    left = right.head(300).drop(columns="home")
    left.loc[random.random(300) < 0.3, "place"] = f"{CANARY}elsewhere"
    left["group"] = random.choice([f"{CANARY}A", f"{CANARY}B"], 300)
    left["record_id"], right["record_id"] = (
        [f"{CANARY}{side}{n}" for n in range(k)] for side, k in (("l", 300), ("r", 400))
    )
    return link(left, right, train(left, right, SPEC), 0.8)


def test_a_results_page_holds_nobodys_data(result: LinkResult, tmp_path: Path) -> None:
    result.view(tmp_path / "result.html")
    text = checked(tmp_path / "result.html")
    assert "canary" not in text
    assert "elsewhere" not in text
    for words in (
        "Examples near the thresholds",
        "Pairs that it makes first",
        "Jaro–Winkler ≥ 0.9",
        "just below 0.8",
    ):
        assert words in text


def test_values_are_shown_when_asked_for_and_escaped(result: LinkResult, tmp_path: Path) -> None:
    result.view(tmp_path / "result.html", is_masked=False)
    text = checked(tmp_path / "result.html")
    assert "canary&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;" in text


def test_a_models_page_holds_no_value_either(result: LinkResult, tmp_path: Path) -> None:
    result.model.view(tmp_path / "masked.html")
    result.model.view(tmp_path / "shown.html", is_masked=False)
    assert "canary" not in checked(tmp_path / "masked.html")
    assert "canary&lt;script&gt;" in checked(tmp_path / "shown.html")
    for row in result.model.weights.itertuples():
        assert f"{row.weight:+.2f}" in (tmp_path / "masked.html").read_text("utf-8")


def test_the_weights_drawn_are_those_of_all_candidates(result: LinkResult, tmp_path: Path) -> None:
    result.view(tmp_path / "result.html")
    text = (tmp_path / "result.html").read_text("utf-8")
    decisions = result.links["decision"].value_counts()
    assert f'<td class="n">{decisions["link"]:,}</td>' in text
    for row in result.report.itertuples():
        assert f'<td>{row.rule}</td><td class="n">{row.pairs:,}</td>' in text


@pytest.mark.parametrize("rows", [0, 1], ids=["none", "one"])
def test_a_result_of_next_to_nothing_has_a_page(rows: int, tmp_path: Path) -> None:
    table = pd.DataFrame(
        {"record_id": ["a"], "name": ["n"], "place": ["p"], "sex": ["m"], "home": ["h"], "group": ["g"]}
    )
    left = table.head(rows)
    link(left, table, train(left, table, SPEC)).view(tmp_path / "result.html")
    assert "Decisions" in checked(tmp_path / "result.html")


def test_deduplication_has_a_page_too(tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    table = pd.DataFrame(
        {"name": random.integers(0, 90, 200).astype(str), "place": random.integers(0, 60, 200).astype(str)}
    )
    table = pd.concat([table, table.head(40)], ignore_index=True).assign(sex="f", home=None, group=None)
    table["record_id"] = range(len(table))
    dedupe(table, train(table, None, SPEC), 0.5).view(tmp_path / "result.html")
    assert "Deduplication with model" in checked(tmp_path / "result.html")

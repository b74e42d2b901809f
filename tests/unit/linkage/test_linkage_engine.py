"""The engine as its user has it: tables in, links out."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import linkage
from linkage import LinkSpec, Model, ModelError, SpecError, block_on, compare, dedupe, link, train
from linkage.cluster import clusters
from linkage.decide import decide

ROOT = Path(linkage.__file__).parent


def pairs(links: pd.DataFrame) -> set[tuple[object, object]]:
    linked = links[links["decision"] == "link"]
    return set(zip(linked["left_id"], linked["right_id"]))


def f1(found: set[tuple[object, object]], true: set[tuple[object, object]]) -> float:
    return 2 * len(found & true) / (len(found) + len(true))


def test_the_readmes_lines_link_febrl4() -> None:
    code = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert code
    scope: dict[str, object] = {}
    exec(code[1], scope)
    result = scope["result"]
    assert isinstance(result, linkage.LinkResult)
    assert f1(pairs(result.links), set(scope["truth"])) >= 0.995  # type: ignore[call-overload]


SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周", "伟芳娜敏静秀丽强磊军洋勇艳杰娟涛明超霞平"


def families(homes: int, seed: int) -> pd.DataFrame:
    """A register of couples with two children each."""
    random = np.random.default_rng(seed)
    rows = []
    for home in range(homes):
        surname, other = random.choice(list(SURNAMES), 2)
        for place, (family, born) in enumerate(
            ((surname, 1985), (other, 1986), (surname, 2012), (surname, 2015))
        ):
            day = pd.Timestamp(f"{born}-01-01") + pd.Timedelta(days=int(random.integers(0, 365)))
            rows.append(
                {
                    "record_id": f"r{home}-{place}",
                    "home": f"h{home}",
                    "name": family + "".join(random.choice(list(GIVEN), 2)),
                    "birth_date": day,
                    "sex": random.choice(["男", "女"]),
                    "village": f"9902031010{home % 40:02d}",
                    "door": str(home // 40),
                }
            )
    return pd.DataFrame(rows)


FAMILY_SPEC = LinkSpec(
    blocking_rules=[block_on("name"), block_on("birth_date", "sex"), block_on("village", "door")],
    comparisons=[
        compare.chinese_name("name"),
        compare.date("birth_date"),
        compare.exact("sex", u=0.5),
        compare.address("village", None, "door"),
    ],
    household="home",
)


def mentions(register: pd.DataFrame, seed: int) -> pd.DataFrame:
    """A sample of the register, and a newborn for every tenth home that the register does not know."""
    random = np.random.default_rng(seed)
    seen = register.sample(frac=0.4, random_state=seed).assign(record_id=lambda f: "m" + f["record_id"])
    noisy = random.random(len(seen)) < 0.05
    seen.loc[noisy, "name"] = seen.loc[noisy, "name"].str[:2]
    homes = register.drop_duplicates("home").iloc[::10]
    born = homes.assign(
        record_id="n" + homes["record_id"],
        name=homes["name"].str[0] + "".join(random.choice(list(GIVEN), 2)),
        birth_date=pd.Timestamp("2026-04-01"),
    )
    return pd.concat([seen, born], ignore_index=True)


@pytest.fixture(scope="module")
def linked() -> linkage.LinkResult:
    register = families(600, 1)
    left = mentions(register, 2)
    return link(left, register, train(left, register, FAMILY_SPEC))


def test_people_are_found_and_newborns_are_not_linked_to_their_family(linked: linkage.LinkResult) -> None:
    found = pairs(linked.links)
    assert not [pair for pair in found if str(pair[0]).startswith("n")]
    true = {(left, str(left)[1:]) for left in linked.missing_probability.index if str(left).startswith("m")}
    assert f1(found, true) >= 0.98
    newborns = linked.missing_probability[linked.missing_probability.index.str.startswith("n")]
    assert newborns.min() > 0.9


def test_the_waterfall_sums_to_the_weight(linked: linkage.LinkResult) -> None:
    for row in linked.candidates.sample(200, random_state=3).itertuples():
        assert linked.explain(row.left_id, row.right_id).match_weight == pytest.approx(
            row.match_weight, abs=1e-9
        )


def test_a_pairs_weight_does_not_depend_on_the_others(linked: linkage.LinkResult) -> None:
    register = families(600, 1)
    left = mentions(register, 2)
    some = left.iloc[::37]
    again = link(some, register, linked.model)
    whole = linked.candidates.set_index(["left_id", "right_id"])["match_weight"]
    part = again.candidates.set_index(["left_id", "right_id"])["match_weight"]
    assert len(part)
    pd.testing.assert_series_equal(part, whole.loc[part.index])


def test_a_model_survives_its_file(linked: linkage.LinkResult, tmp_path: Path) -> None:
    linked.model.save(tmp_path / "m.json")
    loaded = Model.load(tmp_path / "m.json")
    assert loaded == linked.model
    assert loaded.version == linked.model.version
    (tmp_path / "broken.json").write_text("{}")
    with pytest.raises(ModelError, match=r"broken\.json"):
        Model.load(tmp_path / "broken.json")


@pytest.mark.parametrize("size", [0, 1, 5], ids=["none", "one", "five"])
def test_tiny_tables_are_linked_by_priors(size: int) -> None:
    register = families(3, 4)
    left = register.head(size).assign(record_id=lambda f: "m" + f["record_id"])
    model = train(left, register, FAMILY_SPEC)
    assert pairs(link(left, register, model).links) == {
        (f"m{r}", r) for r in register["record_id"].head(size)
    }
    weights = model.weights
    best = weights[weights["comparison"].eq("name")]["weight"].iloc[[0, -1]].tolist()
    assert best[0] > 0 > best[1]


def test_a_column_of_nothing_says_nothing() -> None:
    register = families(50, 5)
    left = register.sample(40, random_state=1).assign(sex=None)
    result = link(left, register, train(left, register, FAMILY_SPEC))
    assert f1(pairs(result.links), {(r, r) for r in left["record_id"]}) == 1.0


def test_a_missing_column_is_named() -> None:
    register = families(3, 6)
    with pytest.raises(SpecError, match="left table has no column birth_date"):
        train(register.drop(columns="birth_date"), register, FAMILY_SPEC)


def test_repeated_ids_are_refused() -> None:
    register = families(3, 6)
    with pytest.raises(SpecError, match="record_id"):
        train(register.assign(record_id="x"), register, FAMILY_SPEC)


def test_duplicates_are_found_and_namesakes_are_not() -> None:
    register = families(400, 7)
    again = register.sample(25, random_state=2).assign(record_id=lambda f: "d" + f["record_id"], door=None)
    table = pd.concat([register, again], ignore_index=True)
    result = dedupe(table, train(table, None, FAMILY_SPEC), 0.9)
    true = {(r, f"d{r}") for r in again["record_id"].str[1:]}
    assert (
        f1({tuple(sorted(p, key=lambda x: str(x).startswith("d"))) for p in pairs(result.links)}, true)
        >= 0.95
    )  # type: ignore[arg-type]
    sizes = result.clusters["cluster_id"].value_counts()
    assert sizes.max() == 2


def test_people_decide_before_weights() -> None:
    scored = pd.DataFrame(
        {
            "left_id": ["a", "a", "b"],
            "right_id": ["x", "y", "x"],
            "match_weight": [9.0, 1.0, 8.0],
            "match_probability": [0.99, 0.01, 0.98],
        }
    )
    plain = decide(scored, threshold=0.9, lower=0.2, one_to_one="left")
    assert pairs(plain) == {("a", "x"), ("b", "x")}
    told = decide(
        scored, threshold=0.9, lower=0.2, one_to_one="left", must_link=[("a", "y")], cannot_link=[("b", "x")]
    )
    assert pairs(told) == {("a", "y")}


def test_a_matching_takes_the_greatest_total() -> None:
    scored = pd.DataFrame(
        {
            "left_id": ["a", "a", "b"],
            "right_id": ["x", "y", "x"],
            "match_weight": [9.0, 8.5, 8.0],
            "match_probability": [0.99, 0.98, 0.97],
        }
    )
    assert pairs(decide(scored, threshold=0.9, lower=0.2, one_to_one="both")) == {("a", "y"), ("b", "x")}


def test_a_weak_bridge_between_groups_is_cut() -> None:
    edges = pd.DataFrame(
        [
            ("a", "b", 20.0),
            ("b", "c", 20.0),
            ("a", "c", 20.0),
            ("d", "e", 20.0),
            ("e", "f", 20.0),
            ("d", "f", 20.0),
            ("c", "d", 5.0),
        ],
        columns=["left_id", "right_id", "match_weight"],
    )
    found = clusters(list("abcdef"), edges).groupby("cluster_id")["record_id"].agg("".join).tolist()
    assert found == ["abc", "def"]


def test_large_blocks_are_given_up_and_counted() -> None:
    register = families(100, 8)
    spec = LinkSpec([block_on("sex"), block_on("name")], FAMILY_SPEC.comparisons, largest_block=50)
    result = link(register.head(10), register, Model.from_priors(spec, register))
    assert result.report["records_given_up"].tolist() == [10, 0]
    assert result.report["pairs_given_up"].iloc[0] > 1000
    assert result.report["pairs"].iloc[1] >= 10
    assert pairs(result.links) == {(r, r) for r in register["record_id"].head(10)}

"""The engine as its user has it: tables in, links out."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import linkage
from linkage import LinkSpec, Model, ModelError, SpecError, block_on, compare, dedupe, link, train
from linkage.candidates import Candidates
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
    assert result.clusters["cluster_id"].value_counts().max() == 2
    one = again["record_id"].iloc[0]
    apart = dedupe(table, result.model, 0.9, cannot_link=[(one, one[1:])], must_link=[("r9-1", "r0-0")])
    cluster_of = apart.clusters.set_index("record_id")["cluster_id"]
    assert cluster_of[one] != cluster_of[one[1:]]
    assert cluster_of["r9-1"] == cluster_of["r0-0"]


SCORED = pd.DataFrame(
    {
        "left_id": ["a", "a", "b"],
        "right_id": ["x", "y", "x"],
        "match_weight": [9.0, 8.5, 8.0],
        "match_probability": [0.99, 0.98, 0.97],
    }
)


def decided(scored: pd.DataFrame, one_to_one: str) -> set[tuple[object, object]]:
    """The pairs that are links."""
    sides = [scored[side].to_numpy(object) for side in ("left_id", "right_id")]
    rows = [pd.factorize(side)[0].astype(np.int32) for side in sides]
    told = scored.get("told", pd.Series(False, scored.index)).to_numpy(bool)
    found = decide(
        Candidates(rows[0], rows[1], scored["match_weight"].to_numpy(), told),
        scored["match_probability"].to_numpy(),
        (sides[0], sides[1]),
        threshold=0.9,
        lower=0.2,
        one_to_one=one_to_one,
    )
    links = found.places[found.is_link]
    return set(zip(sides[0][links], sides[1][links]))


@pytest.mark.parametrize(
    ("one_to_one", "expected"),
    [
        ("none", {("a", "x"), ("a", "y"), ("b", "x")}),
        ("left", {("a", "x"), ("b", "x")}),
        ("right", {("a", "x"), ("a", "y")}),
        ("both", {("a", "y"), ("b", "x")}),
    ],
    ids=["none", "left", "right", "both: the greatest total"],
)
def test_one_to_one_is_kept(one_to_one: str, expected: set[tuple[object, object]]) -> None:
    assert decided(SCORED, one_to_one) == expected


@pytest.mark.parametrize("one_to_one", ["left", "right", "both"])
def test_what_people_decided_wins_over_any_weight(one_to_one: str) -> None:
    told = pd.concat(
        [SCORED.assign(told=False), pd.DataFrame([("b", "y", -30.0, 1.0, True)], columns=[*SCORED, "told"])]
    )
    found = decided(told, one_to_one)
    assert ("b", "y") in found
    assert found <= {("b", "y"), ("a", "x")}


def test_a_stewards_word_moves_the_probabilities() -> None:
    register = families(200, 9)
    left = register.head(40).assign(record_id=lambda f: "m" + f["record_id"])
    model = train(left, register, FAMILY_SPEC)
    told = link(
        left,
        register,
        model,
        must_link=[("mr0-0", "r5-1"), ("nobody", "r1-1"), ("mr2-2", "nobody")],
        cannot_link=[("mr1-1", "r1-1")],
    )
    found = pairs(told.links)
    assert ("mr0-0", "r5-1") in found
    assert ("mr0-0", "r0-0") not in found
    assert told.missing_probability["mr0-0"] == 0.0
    assert "mr1-1" not in {a for a, _ in found}
    assert told.missing_probability["mr1-1"] > 0.9
    assert len(found) == 39


def test_strangers_of_one_birthday_are_not_taken_for_matches() -> None:
    """Half of the left table is on no register; what brings strangers together must not become what a match looks like."""
    everybody = families(3000, 11)
    everybody["id_number"] = [
        f"990203{day:%Y%m%d}{n:04d}"
        for n, day in zip(
            np.random.default_rng(1).permutation(len(everybody)) % 9999, everybody["birth_date"]
        )
    ]
    register = everybody[everybody["home"].str[1:].astype(int) % 2 == 0]
    left = everybody.sample(frac=0.5, random_state=3)
    left = left.assign(
        id_number=left["id_number"].where(np.random.default_rng(2).random(len(left)) < 0.7, None)
    )
    spec = LinkSpec(
        [block_on("birth_date", "sex"), block_on("id_number"), block_on("village", "door"), block_on("name")],
        [*FAMILY_SPEC.comparisons, compare.id_number("id_number")],
        household="home",
    )
    result = link(left, register, train(left, register, spec))
    true = {(r, r) for r in set(left["record_id"]) & set(register["record_id"])}
    assert f1(pairs(result.links), true) >= 0.995
    assert result.errors.expected_missing == pytest.approx(len(left) - len(true), rel=0.03)
    assert result.model.on_register == pytest.approx(len(true) / len(left), rel=0.03)


def test_a_twin_on_the_register_is_not_the_other_twin() -> None:
    register = families(500, 12)
    twin = register["record_id"].str.endswith("-3") & (register.index % 25 == 3)
    register.loc[twin, "birth_date"] = register.loc[register.index[twin] - 1, "birth_date"].to_numpy()
    away = register[twin]
    rest = register[~twin]
    result = link(register, rest, train(register, rest, FAMILY_SPEC))
    assert len(away) > 10
    assert not {left for left, _ in pairs(result.links)} & set(away["record_id"])


def test_pinned_probabilities_stay() -> None:
    register = families(100, 13)
    sex = compare.pinned(compare.exact("sex"), m=(0.9, 0.1), u=(0.5, 0.5))
    spec = LinkSpec(FAMILY_SPEC.blocking_rules, [*FAMILY_SPEC.comparisons[:2], sex])
    model = train(register.head(50), register, spec)
    assert (model.m[2], model.u[2]) == ((0.9, 0.1), (0.5, 0.5))
    with pytest.raises(SpecError, match="sex"):
        compare.pinned(sex, m=(0.9, 0.2))


def test_tables_of_other_types_give_the_same_links(tmp_path: Path) -> None:
    register = families(60, 14)
    left = register.head(30)
    model = train(left, register, FAMILY_SPEC)
    usual = link(left, register, model)
    left.to_parquet(tmp_path / "left.parquet")
    typed = register.assign(birth_date=register["birth_date"].dt.date, door=register["door"].astype(float))
    again = link(tmp_path / "left.parquet", pa.Table.from_pandas(typed), model)
    pd.testing.assert_frame_equal(usual.candidates, again.candidates)


def test_no_household_column_is_named() -> None:
    register = families(3, 6)
    with pytest.raises(SpecError, match="right table has no column home"):
        train(register, register.drop(columns="home"), FAMILY_SPEC)


def test_no_matches_at_all_give_no_links() -> None:
    register, others = families(300, 15), families(300, 16)
    others = others.assign(record_id="o" + others["record_id"], village="990299101001")
    assert not pairs(link(others, register, train(others, register, FAMILY_SPEC)).links)


def test_large_blocks_are_given_up_and_counted() -> None:
    register = families(100, 8)
    spec = LinkSpec([block_on("sex"), block_on("name")], FAMILY_SPEC.comparisons, largest_block=50)
    result = link(register.head(10), register, Model.from_priors(spec, register))
    assert result.report["records_given_up"].tolist() == [10, 0]
    assert result.report["pairs_given_up"].iloc[0] > 1000
    assert result.report["pairs"].iloc[1] >= 10
    assert pairs(result.links) == {(r, r) for r in register["record_id"].head(10)}

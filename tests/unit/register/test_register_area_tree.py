"""What belongs to an area, through mergers and new numbers."""

from __future__ import annotations

from datetime import date

import pytest

from register.area_tree import AreaRow, AreaTree

OLD, CUT = date(1984, 1, 1), date(2026, 7, 1)


def row(code: str, parent: str | None, *, since: date = OLD, to: str | None = None) -> AreaRow:
    return AreaRow(code, parent, since, None if to is None else CUT, to)


ROWS = [
    row("county", None),
    row("north", "county"),
    row("n1", "north"),
    row("n2", "north", to="n1"),
    # south was merged into north, village by village, one of them into a village that was there
    row("south", "county", to="north"),
    row("s1", "south", to="ns1"),
    row("ns1", "north", since=CUT),
    row("s2", "south", to="n1"),
    # west got another number
    row("west", "county", to="west2"),
    row("w1", "west", to="w12"),
    row("west2", "county", since=CUT),
    row("w12", "west2", since=CUT),
    row("w13", "west2", since=CUT),
    # two became one new township
    row("east", "county", to="union"),
    row("e1", "east", to="u1"),
    row("hill", "county", to="union"),
    row("union", "county", since=CUT),
    row("u1", "union", since=CUT),
]
TREE = AreaTree(ROWS)


@pytest.mark.parametrize(
    ("area", "codes"),
    [
        pytest.param("n1", "n1 n2 s2", id="a village has what was merged into it"),
        pytest.param("north", "north n1 n2 ns1 south s1 s2", id="a township has the township merged into it"),
        pytest.param("south", "south s1 s2 ns1", id="a merged township is not its neighbour"),
        pytest.param("s2", "s2", id="a merged village is not its neighbour"),
        pytest.param("west", "west w1 west2 w12 w13", id="a new number changes nothing"),
        pytest.param("w12", "w12 w1", id="a renumbered village has its past"),
        pytest.param("west2", "west west2 w1 w12 w13", id="a new number has its past"),
        pytest.param("east", "east e1 u1", id="one of two that became one is not the whole"),
        pytest.param("union", "union u1 east e1 hill", id="what two became is both"),
        pytest.param("unknown", "unknown", id="what the table does not know is itself"),
    ],
)
def test_an_area_is_what_lies_below_it_and_what_it_was(area: str, codes: str) -> None:
    assert TREE.codes_of(area) == set(codes.split())


def test_the_county_has_every_code() -> None:
    assert TREE.codes_of("county") == {one.code for one in ROWS}


def test_a_circle_of_successors_ends() -> None:
    tree = AreaTree([row("a", None, to="b"), row("b", None, to="a")])
    assert tree.codes_of("a") == {"a", "b"}

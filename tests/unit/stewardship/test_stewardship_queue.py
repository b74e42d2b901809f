"""Filters and places in a list, as they stand in an address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from stewardship.queue import Cursor, Filters, read_cursor, read_filters


def test_filters_say_only_what_is_not_as_usual() -> None:
    assert Filters().query() == ""
    assert Filters(type="missing_item", status="all").query(type="") == "status=all"


def test_what_is_not_known_is_no_condition() -> None:
    told = {
        "type": "x'; --",
        "area": "1",
        "age": "never",
        "priority": "9",
        "status": "gone",
        "confidence": "2",
    }
    assert read_filters(told) == Filters()


def test_types_are_told_with_commas_or_one_by_one_and_unknown_ones_passed_over() -> None:
    wanted = Filters(type="missing_person,missing_item")
    assert read_filters({"type": "missing_item,missing_person,gone"}) == wanted
    assert read_filters(QueryParams("type=missing_item&type=missing_person")) == wanted
    assert wanted.types == ["missing_person", "missing_item"] and not Filters().types


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ({"tab": "of-0123456789"}, Filters(assignee="of-0123456789")),
        ({"tab": "mine"}, Filters(tab="mine")),
        ({"tab": "mine", "assignee": "of-0123456789"}, Filters(tab="mine")),
        ({"assignee": "unassigned"}, Filters(tab="unassigned")),
        ({"tab": "overdue", "assignee": "mine"}, Filters(tab="overdue", assignee="mine")),
        ({"tab": "changed", "assignee": "steward"}, Filters(tab="changed")),
    ],
    ids=["a digest as it was kept", "own", "own and another's", "nobody's", "own and overdue", "a name"],
)
def test_an_assignee_stands_beside_the_tabs_that_leave_one(told: dict[str, str], read: Filters) -> None:
    assert read_filters(told) == read


@given(st.integers(1, 9), st.floats(0, 1), st.from_regex(r"\AD[0-9a-f]{12}\Z"))
def test_a_place_in_the_list_survives_the_address(priority: int, confidence: float, id_: str) -> None:
    here = Cursor(priority, confidence, id_)
    assert read_cursor(str(here)) == here


@pytest.mark.parametrize("text", ["", "1_2", "1_nan_D1", "1_0.5_D1'", "0_0.5_D1", "1_0.5_D1_"])
def test_what_is_no_place_is_the_beginning(text: str) -> None:
    assert read_cursor(text) is None

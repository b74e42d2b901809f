"""What the overview makes of numbers that it has read: the lines of a chart, what moved by type and by township."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from stewardship.overview.charts import COLOURS, MOST_POINTS, lines
from stewardship.overview.drawn import lines_of, week_ends
from stewardship.overview.townships import Moved

MONDAY = date(2026, 4, 6)


def test_a_chart_draws_those_of_most_and_says_which_it_leaves_out() -> None:
    codes = [f"c{number}" for number in range(len(COLOURS) + 3)]
    nights = {
        MONDAY: {code: number for number, code in enumerate(codes)},
        MONDAY + timedelta(days=1): {codes[1]: 99, "c?": 100},
    }
    lines = lines_of(nights, codes)
    assert list(lines.drawn) == [codes[1], *reversed(codes[4:])]
    assert list(lines.left_out) == [codes[3], codes[2]]  # of the first there never was any
    assert list(lines.codes) == [*lines.drawn, *lines.left_out]
    assert lines_of({}, codes).codes == lines_of({MONDAY: {}}, codes).codes == []


def test_the_table_of_a_chart_has_the_last_night_of_each_week() -> None:
    nights = [MONDAY + timedelta(days=days) for days in range(15)]
    assert week_ends(nights) == [nights[0], nights[6], nights[13], nights[14]]
    daily = lines_of({night: {"a": 1} for night in nights}, ["a"])
    assert list(daily.told) == [nights[14], nights[13], nights[6], nights[0]] and not daily.is_of_each_night
    weekly = lines_of({night: {"a": 1} for night in nights[::7]}, ["a"])
    assert list(weekly.told) == nights[::-7] and weekly.is_of_each_night
    assert week_ends([]) == []


def test_what_moved_is_folded_by_type_and_by_township() -> None:
    came = Counter({("missing_item", "north"): 2, ("missing_item", ""): 3, ("missing_person", "north"): 5})
    moved = Moved({"came": came})
    assert moved.by_type("came") == Counter(missing_item=5, missing_person=5)
    assert moved.by_township("came", "") == Counter({"north": 7, "": 3})
    assert moved.by_township("came", "missing_item") == Counter({"north": 2, "": 3})
    assert moved.by_type("closed") == moved.by_township("closed", "") == Counter()


def test_a_line_of_many_nights_has_no_points() -> None:
    rows = [
        {"night": (MONDAY + timedelta(days=days)).isoformat(), "rows": days, "what": "a"}
        for days in range(MOST_POINTS + 1)
    ]
    few, many = (lines(told, "night", "rows", "what").decode() for told in (rows[1:], rows))
    assert few.count("<path") > MOST_POINTS > many.count("<path")

"""Charts as SVG, drawn here and without anything from outside: Altair describes them, vl-convert draws them in this process.

A chart is an image of its own with a white ground, because an image knows nothing of the page's colours; the table beneath says the
same in numbers. What was drawn is remembered by what it shows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

FONT: Final = "system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"
COLOURS: Final = ("#1b6156", "#c2691c", "#4a5fa5", "#8a6d00", "#a3203a", "#5f6b66", "#2f86a6", "#7a4f9a")
WIDTH: Final = 640
NARROW: Final = 240  # on a phone, where the wide one's letters could not be read
MOST_LABELS: Final = 12  # beneath the columns of a narrow one
MOST_POINTS: Final = 31  # on a line: of more nights they would touch, and make up most of the image
Rows = Sequence[Mapping[str, Any]]


def lines(rows: Rows, x: str, y: str, colour: str, width: int = WIDTH) -> bytes:
    """One line per colour; `x` are days."""
    spec = {"mark": "line", "x": f"{x}:T", "y": f"{y}:Q", "colour": f"{colour}:N", "width": width}
    return _drawn(json.dumps({"rows": list(rows), **spec}, ensure_ascii=False))


def stacked(rows: Rows, x: str, y: str, colour: str, width: int = WIDTH) -> bytes:
    """One column per `x`."""
    spec = {"mark": "bar", "x": f"{x}:O", "y": f"{y}:Q", "colour": f"{colour}:N", "width": width}
    return _drawn(json.dumps({"rows": list(rows), **spec}, ensure_ascii=False))


def intervals(rows: Rows, name: str, lower: str, value: str, upper: str, width: int = WIDTH) -> bytes:
    """A point with its interval per `name`, as shares."""
    spec = {"mark": "interval", "name": name, "lower": lower, "value": value, "upper": upper, "width": width}
    return _drawn(json.dumps({"rows": list(rows), **spec}, ensure_ascii=False))


@lru_cache(maxsize=128)
def _drawn(spec: str) -> bytes:
    import altair as alt
    import vl_convert

    told = json.loads(spec)
    rows = told.pop("rows")
    chart = _intervals(alt, rows, told) if told["mark"] == "interval" else _over_x(alt, rows, told)
    described = (
        chart.properties(
            width=told["width"], background="white", padding={"left": 32, "right": 24, "top": 8, "bottom": 8}
        )
        .configure(font=FONT)
        .configure_axis(labelColor="#404040", titleColor="#404040", gridColor="#e4e4df", labelFontSize=12)
        .configure_legend(
            orient="bottom",
            columns=4 if told["width"] == WIDTH else 2,
            labelFontSize=12,
            labelLimit=200,
            columnPadding=32,
            title=None,
        )
        .configure_view(stroke=None)
    )
    drawn: str = vl_convert.vegalite_to_svg(described.to_json())
    return drawn.encode()


def _over_x(alt: Any, rows: Any, told: Mapping[str, Any]) -> Any:
    base = alt.Chart(alt.Data(values=rows), height=240)
    is_line = told["mark"] == "line"
    values = len({row[told["x"][:-2]] for row in rows})
    mark = base.mark_line(point=values <= MOST_POINTS, strokeWidth=2) if is_line else base.mark_bar()
    is_full = told["width"] == NARROW and values > MOST_LABELS
    of_columns = alt.Axis(labelAngle=-45, labelOverlap="parity" if is_full else False)
    axis = alt.Axis(format="%m-%d", labelOverlap=True) if is_line else of_columns
    return mark.encode(
        x=alt.X(told["x"], title=None, axis=axis),
        y=alt.Y(told["y"], title=None, axis=alt.Axis(tickMinStep=1)),
        color=alt.Color(told["colour"], scale=alt.Scale(range=list(COLOURS)), sort=None),
    )


def _intervals(alt: Any, rows: Any, told: Mapping[str, Any]) -> Any:
    base = alt.Chart(alt.Data(values=rows)).encode(y=alt.Y(f"{told['name']}:N", title=None, sort=None))
    scale = alt.Scale(domain=[0, 1])
    axis = alt.Axis(format="%", **({"values": [0, 0.25, 0.5, 0.75, 1]} if told["width"] == NARROW else {}))
    rule = base.mark_rule(strokeWidth=3, color=COLOURS[0]).encode(
        x=alt.X(f"{told['lower']}:Q", title=None, scale=scale, axis=axis), x2=f"{told['upper']}:Q"
    )
    point = base.mark_point(filled=True, size=80, color=COLOURS[1]).encode(
        x=alt.X(f"{told['value']}:Q", scale=scale)
    )
    return alt.layer(rule, point)

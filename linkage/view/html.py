"""Pieces of a page that needs nothing from outside and no script: text that is always escaped, tables, bars and histograms in SVG.

The style is allowed by its hash and nothing else is, so that whatever a value holds, no browser would run or fetch it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from html import escape

import numpy as np

STYLE = """
:root { color-scheme: light dark; --ink: #1d2733; --soft: #5b6875; --line: #d5dbe1; --page: #fff; --band: #f4f6f8; --for: #1f6fb2; --against: #c4611b; --mid: #8a94a0 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e9ee; --soft: #9aa7b4; --line: #3a444f; --page: #161b21; --band: #1e252d; --for: #5aa7e6; --against: #e79155; --mid: #76828e }
}
* { box-sizing: border-box }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 66rem; font: 15px/1.5 system-ui, "Noto Sans CJK SC", sans-serif; color: var(--ink); background: var(--page) }
h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2.5rem 0 .5rem } h3 { font-size: 1rem; margin: 1.5rem 0 .25rem }
p { margin: .25rem 0 .75rem; color: var(--soft); max-width: 48rem }
nav { margin: 1rem 0; padding: .5rem 0; border-block: 1px solid var(--line) } nav a { margin-right: 1.25rem; color: var(--for); white-space: nowrap }
table.facts { max-width: 44rem }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
caption { text-align: left; color: var(--soft); padding-bottom: .25rem }
th, td { padding: .25rem .75rem .25rem 0; text-align: left; vertical-align: middle; border-bottom: 1px solid var(--line) }
thead th { color: var(--soft); font-weight: 500; white-space: nowrap }
tbody th { font-weight: 600 } .facts th { font-weight: 400 }
.n { text-align: right; white-space: nowrap }
tr.first > * { border-top: 2px solid var(--line) }
svg { display: block } svg text { font: 11px system-ui, sans-serif; fill: var(--soft) }
.for { fill: var(--for) } .against { fill: var(--against) } .mid { fill: var(--mid) }
.axis { stroke: var(--line); stroke-width: 1 } .mark { stroke: var(--ink); stroke-width: 1; stroke-dasharray: 3 3 }
.key span { display: inline-block; margin-right: 1.25rem } .key svg { display: inline; margin-right: .35rem }
@media print { nav { display: none } h2 { break-after: avoid } tr { break-inside: avoid } }
"""


class Markup(str):
    """Text that is markup already; all other text is escaped where it is put in."""


def safe(value: object) -> Markup:
    """Any value as markup."""
    return value if isinstance(value, Markup) else Markup(escape(str(value), quote=True))


def joined(parts: Iterable[object], between: str = "") -> Markup:
    """Several values one after another, each escaped unless it is markup."""
    return Markup(between.join(safe(part) for part in parts))


def page(title: str, sections: Sequence[tuple[str, Markup]]) -> str:
    """A whole document: a heading, links to the sections, the sections."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    links = joined(Markup(f'<a href="#s{n}">{safe(name)}</a>\n') for n, (name, _) in enumerate(sections))
    body = joined(
        Markup(f'<section id="s{n}">\n<h2>{safe(name)}</h2>\n{content}\n</section>\n')
        for n, (name, content) in enumerate(sections)
    )
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="{safe(policy)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{safe(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{safe(title)}</h1>\n<nav>{links}</nav>\n<main>\n{body}</main>\n"
        "</body>\n</html>\n"
    )


def paragraph(*parts: object) -> Markup:
    """A paragraph of text."""
    return Markup(f"<p>{joined(parts)}</p>\n")


def table(
    heads: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    numbers: Sequence[int] = (),
    first: Sequence[int] = (),
) -> Markup:
    """A table. `numbers`: columns set to the right; `first`: rows that begin a group, whose first cell is its heading."""
    classes = [' class="n"' if column in numbers else "" for column in range(len(heads))]
    head = joined(Markup(f'<th scope="col"{own}>{safe(name)}</th>') for own, name in zip(classes, heads))
    lines = []
    for number, row in enumerate(rows):
        cells = [Markup(f"<td{own}>{safe(cell)}</td>") for own, cell in zip(classes, row)]
        if number in first:
            cells[0] = Markup(f'<th scope="row">{safe(row[0])}</th>')
        group = ' class="first"' if number in first else ""
        lines.append(Markup(f"<tr{group}>{joined(cells)}</tr>\n"))
    return Markup(
        f'<div class="wide"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{joined(lines)}</tbody>\n</table></div>\n'
    )


def facts(rows: Iterable[tuple[object, object]]) -> Markup:
    """What is known, one thing a row."""
    lines = (
        Markup(f'<tr><th scope="row">{safe(name)}</th><td class="n">{safe(value)}</td></tr>\n')
        for name, value in rows
    )
    return Markup(
        f'<div class="wide"><table class="facts">\n<tbody>\n{joined(lines)}</tbody>\n</table></div>\n'
    )


def number(value: float, digits: int = 0) -> str:
    """A number as people read it: thousands apart; very small ones by their power of ten; – for none."""
    if np.isnan(value):
        return "–"
    if digits and 0 < abs(value) < 10.0**-digits:
        return f"{value:.1e}"
    return f"{value:,.{digits}f}"


def bar(value: float, most: float, width: int = 220) -> Markup:
    """A bar from the middle: to the right for, to the left against."""
    half = width / 2
    length = min(abs(value) / most, 1.0) * half if most else 0.0
    x, name = (half, "for") if value >= 0 else (half - length, "against")
    return Markup(
        f'<svg width="{width}" height="14" role="img" aria-label="{value:+.1f} bits"><line class="axis" x1="{half:g}" y1="0" x2="{half:g}" y2="14"/>'
        f'<rect class="{name}" x="{x:.1f}" y="2" width="{length:.1f}" height="10" rx="1"/></svg>'
    )


def key(parts: Sequence[tuple[str, str]]) -> Markup:
    """What colours mean: (class, words)."""
    items = (
        Markup(
            f'<span><svg width="12" height="12" aria-hidden="true"><rect class="{name}" width="12" height="12" rx="2"/></svg>{safe(words)}</span>'
        )
        for name, words in parts
    )
    return Markup(f'<p class="key">{joined(items)}</p>\n')


def histogram(edges: np.ndarray, series: Sequence[tuple[str, np.ndarray]], label: str, unit: str) -> Markup:
    """Counts per bin, stacked, heights on a log scale. `series`: (class, counts) from the bottom up."""
    width, height, left, bottom = 860, 260, 64, 36
    total = sum((counts for _, counts in series), np.zeros(len(edges) - 1))
    top = max(float(np.log10(total.max(initial=0) + 1)), 1.0)
    step = (width - left - 12) / max(len(total), 1)
    up = lambda count: height - bottom - (height - bottom - 12) * np.log10(count + 1) / top  # noqa: E731
    parts: list[str] = []
    for power in range(int(top) + 1):
        y = float(up(10**power))
        parts.append(f'<line class="axis" x1="{left}" y1="{y:.1f}" x2="{width}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{10**power:,}</text>')
    below = np.zeros(len(total))
    for name, counts in series:
        for place in np.flatnonzero(counts):
            y, foot = float(up(below[place] + counts[place])), float(up(below[place]))
            parts.append(
                f'<rect class="{name}" x="{left + place * step + 0.5:.1f}" y="{y:.1f}" width="{max(step - 1, 0.5):.1f}" height="{foot - y:.1f}"/>'
            )
        below = below + counts
    every = max(len(total) // 12, 1)
    for tick in range(0, len(edges), every):
        x = left + tick * step
        parts.append(
            f'<text x="{x:.1f}" y="{height - bottom + 16}" text-anchor="middle">{edges[tick]:g}</text>'
        )
    parts.append(f'<text x="{(width + left) / 2}" y="{height - 4}" text-anchor="middle">{safe(unit)}</text>')
    drawing = "\n".join(parts)
    return Markup(
        f'<div class="wide"><svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" aria-label="{safe(label)}">\n{drawing}\n</svg></div>\n'
    )


__all__ = [
    "Markup",
    "bar",
    "facts",
    "histogram",
    "joined",
    "key",
    "number",
    "page",
    "paragraph",
    "safe",
    "table",
]

"""The guide shows every page of the app, wide and narrow."""

from __future__ import annotations

from pathlib import Path
from typing import Final

KEPT: Final = Path(__file__).parents[2] / "docs" / "guide" / "pages"


def test_the_guide_shows_every_page_of_the_app() -> None:
    """`make pictures` takes them anew; whoever adds a page looks at it."""
    from pictures import ROLES, WIDTHS, name_of
    from visiting import addresses

    for width, *_ in WIDTHS:
        there = {file.name for file in KEPT.glob(f"*-{width}.jpg")}
        missing = [
            path
            for path in addresses()
            if there.isdisjoint(f"{name_of(path, role)}-{width}.jpg" for role in ROLES)
        ]
        assert missing == [], width
        assert not [name for name in there if (KEPT / name).stat().st_size > 120_000]  # they are kept small

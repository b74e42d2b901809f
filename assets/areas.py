"""The county's area table, read from the reference data beside the landing folder."""

from typing import TYPE_CHECKING

from assets.workspace import Workspace

if TYPE_CHECKING:
    from feeds.areas import AreaTable


def county_areas(workspace: Workspace) -> "AreaTable":
    """Raises: feeds.errors.BadReference, or OSError when there is no areas.csv."""
    from feeds.areas import AreaTable

    return AreaTable.load(workspace.reference / "areas.csv")


def keep_areas(workspace: Workspace) -> int:
    """The area table into the store, which knows by it what a user's area holds; returns its rows."""
    import pandas as pd

    from register.areas import replace_areas

    areas = pd.read_csv(workspace.reference / "areas.csv", dtype=str, encoding="utf-8-sig")
    with workspace.database.begin() as connection:
        return replace_areas(connection, areas)

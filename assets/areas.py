"""The county's area table, read from the reference data beside the landing folder."""

from typing import TYPE_CHECKING

from assets.workspace import Workspace

if TYPE_CHECKING:
    from feeds.areas import AreaTable


def county_areas(workspace: Workspace) -> "AreaTable":
    """Raises: feeds.errors.BadReference, or OSError when there is no areas.csv."""
    from feeds.areas import AreaTable

    return AreaTable.load(workspace.reference / "areas.csv")

"""The stewards' desk: the web app in which discrepancies are worked off."""

from stewardship.app import create_app
from stewardship.settings import DeskSettings

__all__ = ["DeskSettings", "create_app"]

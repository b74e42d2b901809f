"""What a night's assets work on: handed in by the pipeline, never looked up."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assets.store import FrameStore

if TYPE_CHECKING:
    from register.database import Database


@dataclass(frozen=True)
class Workspace:
    """One county's state for the length of a run; `frames` and `digests` remember what a run would otherwise read twice."""

    home: Path
    landing: Path
    store: FrameStore
    database: "Database"
    stability_seconds: float
    link_probability: float
    possible_probability: float
    frames: dict[tuple[str, date], Any] = field(default_factory=dict, compare=False, repr=False)
    digests: dict[str, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def reference(self) -> Path:
        """`areas.csv`, `schools.csv`, `facilities.csv` beside the landing folder."""
        return self.landing.parent / "reference"

    @property
    def models(self) -> Path:
        return self.home / "models"

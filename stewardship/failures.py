"""What the log may say of a mistake of the program: where it happened, and no value."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Final

INSUFFICIENT_PRIVILEGE: Final = "42501"


def where(error: Exception) -> str:
    """File and line of each step, without any value."""
    steps = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{Path(step.filename).name}:{step.lineno}" for step in reversed(steps[-8:]))

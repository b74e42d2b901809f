"""A BULOU_HOME whose store is open, which tests of commands and jobs use one after the other."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from register.database import Database
from register.testing import empty

OF_THE_SERVER: Final = ("pg", "pg-run")


@dataclass(frozen=True)
class OpenHome:
    """What a test runs on `root` finds the server there; to start one takes longer than most of these tests."""

    root: Path
    database: Database

    def clear(self) -> None:
        """No rows, and no file but the server's."""
        empty(self.database)
        for entry in self.root.iterdir():
            if entry.is_dir() and entry.name not in OF_THE_SERVER:
                shutil.rmtree(entry)
            elif entry.is_file():
                entry.unlink()

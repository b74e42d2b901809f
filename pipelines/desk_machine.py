"""Models and reference data, as the desk shows them: read from the files each time, because they are few and small."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stewardship.administration.machine import FrozenModel, ReferenceTable

FILES = ("areas", "schools", "facilities")
DIGITS = 12


@dataclass(frozen=True)
class MachineFiles:
    """`models` and `reference` are the folders of `assets.workspace.Workspace`."""

    models_folder: Path
    reference_folder: Path

    def models(self) -> "list[FrozenModel]":
        from assets.models import CURRENT

        pointer = self.models_folder / CURRENT
        current = pointer.read_text(encoding="utf-8").strip() if pointer.is_file() else ""
        found = [_model(file, current) for file in self.models_folder.glob("*.json")]
        return sorted(found, key=lambda one: (one.is_current, one.frozen_at, one.version), reverse=True)

    def tables(self) -> "list[ReferenceTable]":
        return [*(_file(self.reference_folder / f"{name}.csv") for name in FILES), *_of_program()]


def _model(file: Path, current: str) -> "FrozenModel":
    from stewardship.administration.machine import FrozenModel

    try:
        told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        told = {}
    names = told.get("name_share")
    return FrozenModel(
        version=file.stem,
        is_current=file.stem == current,
        frozen_at=datetime.fromtimestamp(file.stat().st_mtime, UTC),
        register_size=told.get("register_size"),
        link_threshold=told.get("link_threshold"),
        possible_threshold=told.get("possible_threshold"),
        common_names=None if names is None else len(names),
    )


def _file(file: Path) -> "ReferenceTable":
    """Rows as a spreadsheet has them below the header."""
    import csv

    from stewardship.administration.machine import ReferenceTable

    if not file.is_file():
        return ReferenceTable(file.stem, "county", file.name, "", None, None)
    content = file.read_bytes()
    rows: int | None
    try:
        rows = max(sum(1 for row in csv.reader(content.decode("utf-8-sig").splitlines()) if row) - 1, 0)
    except (UnicodeDecodeError, csv.Error):
        rows = None
    changed = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    return ReferenceTable(file.stem, "county", file.name, _digest(content), rows, changed)


def _of_program() -> "list[ReferenceTable]":
    """What this release brings along: name → its entries, in an order that does not change."""
    from linkage.chinese import forms
    from linkage.latin import nicknames
    from stewardship.administration.machine import ReferenceTable

    tables: dict[str, tuple[str, Callable[[], list[Any]]]] = {
        "variant_characters": ("linkage.chinese.forms", lambda: list(forms.VARIANTS)),
        "lookalike_characters": ("linkage.chinese.forms", lambda: list(forms.LOOKALIKES)),
        "compound_surnames": ("linkage.chinese.forms", lambda: sorted(forms.COMPOUND_SURNAMES)),
        "surname_readings": ("linkage.chinese.forms", lambda: sorted(forms.SURNAME_READINGS.items())),
        "short_names": (
            "linkage.latin.nicknames",
            lambda: [line for line in nicknames.SHORT_FORMS.splitlines() if line.strip()],
        ),
    }
    found = []
    for name, (where, entries) in tables.items():
        rows = entries()
        content = json.dumps(rows, ensure_ascii=False).encode()
        found.append(ReferenceTable(name, "program", where, _digest(content), len(rows), None))
    return found


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:DIGITS]

"""What an operator sees of the nights: one line each, counts only."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table


@dataclass(frozen=True)
class NightReceipt:
    """What one night did; the same counts are the metadata of its Dagster run."""

    night: str
    taken: int = 0
    refused: int = 0
    rows: int = 0
    mentions: int = 0
    linked: int = 0
    possible: int = 0
    opened: int = 0
    changed: int = 0
    resolved: int = 0
    open_now: int = 0
    seconds: float = 0.0

    @classmethod
    def from_facts(cls, night: str, facts: dict[str, Any], seconds: float) -> "NightReceipt":
        known = {field.name for field in fields(cls)} - {"night", "seconds"}
        return cls(night=night, seconds=seconds, **{key: facts[key] for key in known if key in facts})


COLUMNS: tuple[tuple[str, str], ...] = (
    ("taken", "files"),
    ("rows", "rows"),
    ("mentions", "people"),
    ("linked", "linked"),
    ("possible", "poss."),
    ("opened", "new"),
    ("changed", "chgd"),
    ("resolved", "res."),
    ("open_now", "open"),
)
LEGEND = "files taken · rows read · people mentioned, linked, possibly linked · discrepancies new, changed, resolved, open"


def print_nights(
    receipts: Iterable[NightReceipt | None], nights: int, console: Console
) -> list[NightReceipt]:
    """Run through `receipts` (None: nothing to do that night) with progress on a terminal, then print the table."""
    done: list[NightReceipt] = []
    columns = (SpinnerColumn(), TextColumn("night {task.completed} of {task.total}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=nights)
        for receipt in receipts:
            if receipt is not None:
                done.append(receipt)
            progress.advance(task)
    if done:
        console.print(_table(done))
        console.print(LEGEND, style="dim")
        refused = sum(receipt.refused for receipt in done)
        if refused:
            console.print(f"{refused} files were refused; their receipts say why.", highlight=False)
    if len(done) < nights:
        console.print(f"{nights - len(done)} nights had nothing to do.", highlight=False)
    return done


def _table(receipts: list[NightReceipt]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("night", no_wrap=True)
    for _, title in COLUMNS:
        table.add_column(title, justify="right")
    table.add_column("s", justify="right")
    for receipt in receipts:
        counts = [f"{getattr(receipt, name):,}" for name, _ in COLUMNS]
        table.add_row(receipt.night, *counts, f"{receipt.seconds:.0f}")
    return table

"""`bulou quality draw`, `bulou export labels`: the monthly sample by which people measure the links, and what they found as labels."""

from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from pipelines.settings import Settings

quality_app = typer.Typer(
    help="The monthly quality sample: pairs that reviewers judge at the desk without knowing what the night made of them.",
    no_args_is_help=True,
)


@quality_app.command("draw")
def quality_draw(
    pairs: Annotated[
        int | None, typer.Option("--pairs", min=1, max=5_000, help="How many (default: BULOU_QUALITY_PAIRS).")
    ] = None,
) -> None:
    """Draw this month's sample from the newest night, and close the one before. A month that has its sample keeps it."""
    from assets.nights import TIMEZONE
    from pipelines.quality_drawing import draw_month

    with Console(stderr=True).status("drawing"):
        drawn = draw_month(Settings(), datetime.now(ZoneInfo(TIMEZONE)), pairs)
    console = Console(highlight=False, soft_wrap=True)
    if drawn is None:
        console.print("this month has its sample; nothing was drawn")
        return
    console.print(
        f"{len(drawn.pairs):,} pairs of {sum(s.pairs for s in drawn.strata):,}, from the night of {drawn.night}"
    )
    for one in drawn.strata:
        own = sum(pair.stratum == one.stratum for pair in drawn.pairs)
        console.print(
            f"  {one.decision}, match probability from {one.low:g} to {one.high:g}: {own:,} of {one.pairs:,}"
        )


def export_labels(
    out: Annotated[Path, typer.Option("--out", help="The file to write.")],
) -> None:
    """What reviewers agreed on in closed quality samples, as labels for linkage (left_id, right_id, is_match)."""
    from pipelines.quality_labels import write_labels

    lines = write_labels(Settings(), out.expanduser())
    Console(highlight=False, soft_wrap=True).print(f"{lines:,} labels in {out}")

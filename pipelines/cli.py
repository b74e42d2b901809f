"""`bulou`: the commands of an operator. Each reads its arguments, calls one function and prints what came of it.

Nothing heavy is imported before a command needs it, so that `--help` is instant. A user's mistake ends with exit
code 2 and one line; a night that broke with 1 and one line; anything else is a bug and may show its traceback.
"""

import gc
import os
import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console

from pipelines.errors import NightFailed, OperatorError
from pipelines.integration_commands import integration_app
from pipelines.operation_commands import add_commands
from pipelines.quality_commands import export_labels, quality_app
from pipelines.retention_commands import retention_app
from pipelines.settings import Settings
from pipelines.user_commands import user_app
from register.errors import DatabaseTooOld, DatabaseUnavailable

# A night holds millions of small objects that live to its end: with Python's usual thresholds a twentieth of it went into
# looking for garbage among them.
RARE_COLLECTIONS = (200_000, 50, 1000)

app = typer.Typer(
    name="bulou",
    help="不漏: reconciles a county's population register with what its departments know.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
export_app = typer.Typer(
    help="Write what was found as CSV (people unmasked: for the operator of this machine).",
    no_args_is_help=True,
)
app.add_typer(export_app, name="export")
audit_app = typer.Typer(
    help="The audit chain: who did what, append-only, every entry sealed over the one before.",
    no_args_is_help=True,
)
app.add_typer(audit_app, name="audit")
app.add_typer(user_app, name="user")
app.add_typer(integration_app, name="integration")
app.add_typer(retention_app, name="retention")
app.add_typer(quality_app, name="quality")
export_app.command("labels")(export_labels)
add_commands(app)

LandingOption = Annotated[
    Path | None, typer.Option("--landing", help="Landing folder (default: BULOU_HOME/landing).")
]
OutOption = Annotated[Path, typer.Option("--out", help="The file to write.")]


def day(text: str) -> date:
    """A date as an operator types it, or a mistake said in one line."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise OperatorError(f"{text} is not a date; write YYYY-MM-DD") from None


def _landing(settings: Settings, given: Path | None) -> Path:
    folder = (given or settings.landing_folder).expanduser().resolve()
    if not folder.is_dir():
        raise OperatorError(f"the landing folder {folder} does not exist")
    areas = folder.parent / "reference" / "areas.csv"
    if not areas.is_file():
        raise OperatorError(f"the area table {areas} does not exist; it belongs beside the landing folder")
    return folder


@app.command()
def nightly(
    night: Annotated[str | None, typer.Option("--date", help="The one night to run, YYYY-MM-DD.")] = None,
    first: Annotated[str | None, typer.Option("--from", help="The first of several nights.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="The last of several nights.")] = None,
    landing: LandingOption = None,
) -> None:
    """Run one night, or the nights between two dates, through Dagster in this process.

    A night takes every delivery that arrived by then and was not yet taken in. Running it again changes nothing. It takes of the machine what others
    leave.
    """
    from pipelines.receipts import print_nights
    from pipelines.running import nights_between, run_nights

    settings = Settings()
    if (night is None) == (first is None and last is None):
        raise OperatorError("give either --date, or --from and --to")
    if night is None and (first is None or last is None):
        raise OperatorError("--from and --to belong together")
    nights = [day(night)] if night else nights_between(day(first or ""), day(last or ""))
    folder = _landing(settings, landing)
    print_nights(run_nights(settings, nights, folder, is_forced=night is not None), len(nights), Console())


@app.command()
def train(
    feed: Annotated[
        str | None, typer.Option("--feed", help="One model serves all feeds; name one to check its id.")
    ] = None,
) -> None:
    """Estimate and freeze a new version of the linkage model from what the nights have taken in."""
    from assets.deliveries import FEEDS
    from pipelines.training import train_now

    if feed is not None and feed not in FEEDS:
        raise OperatorError(f"there is no feed {feed}; feeds are {', '.join(FEEDS)}")
    with Console(stderr=True).status("estimating"):
        version = train_now(Settings())
    console = Console(highlight=False)
    console.print(f"model {version} is frozen; the next night links everything anew with it.")


@app.command()
def whatif(
    rules: Annotated[
        Path | None, typer.Option("--rules", help="A TOML file of rule settings, the trust table included.")
    ] = None,
    thresholds: Annotated[
        Path | None, typer.Option("--thresholds", help="Another such file, read after the first.")
    ] = None,
    landing: LandingOption = None,
) -> None:
    """Show which discrepancies other rules would open, close or change. Nothing is written."""
    from pipelines.trying import read_rules, show

    if rules is None and thresholds is None:
        raise OperatorError("give --rules or --thresholds with a TOML file")
    settings = Settings()
    changes = read_rules({"--rules": rules, "--thresholds": thresholds})
    show(settings, _landing(settings, landing), changes, Console())


@app.command()
def simulate(
    out: OutOption,
    persons: Annotated[
        int, typer.Option("--persons", min=2_000, max=1_000_000, help="Size of the county.")
    ] = 20_000,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same county.")] = 1,
    months: Annotated[int, typer.Option("--months", min=1, max=120, help="Months of deliveries.")] = 6,
    register_changes: Annotated[
        bool,
        typer.Option(
            "--register-changes", help="The register comes as full lists monthly and changes weekly."
        ),
    ] = False,
) -> None:
    """Write a fictional county: landing folder, reference data, and the truth beside them."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise OperatorError(f"{out} is there already; name a new or an empty folder")
    from simulation import simulate as write_county
    from simulation.settings import SimulationSettings

    weekly = SimulationSettings(register_every_months=1, register_weekly="changes")
    with Console(stderr=True).status(f"simulating {persons:,} persons over {months} months"):
        county = write_county(
            persons, seed, out, months=months, settings=weekly if register_changes else None
        )
    console = Console(highlight=False)
    console.print(
        f"{county.files:,} files with {county.rows:,} rows in {out / 'landing'}, the truth in {out / 'truth'}"
    )
    console.print(f"first night {county.first_night}, last night {county.last_night}")


@app.command()
def demo(
    persons: Annotated[
        int, typer.Option("--persons", min=2_000, max=1_000_000, help="Size of the county.")
    ] = 20_000,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same county.")] = 1,
) -> None:
    """Simulate a small county, run its nights, and hold what was found against the truth."""
    from pipelines.demo import run_demo

    run_demo(Settings(), persons, seed, Console())


@app.command()
def up(
    port: Annotated[
        int, typer.Option("--port", min=1, max=65535, help="Port of Dagster's web interface.")
    ] = 3000,
    desk_port: Annotated[
        int, typer.Option("--desk-port", min=1, max=65535, help="Port of the stewards' desk.")
    ] = 8080,
) -> None:
    """Run the embedded database, Dagster's web interface, its daemon and the stewards' desk in this terminal; Ctrl-C stops all."""
    from pipelines.serving import serve

    serve(Settings(), port, desk_port, Console())


@app.command("serve")
def serve_desk(
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port of the stewards' desk.")] = 8080,
) -> None:
    """Run the stewards' desk in this terminal, for browsers of this machine (a TLS proxy makes it the county's); Ctrl-C stops it."""
    from pipelines.desk_serving import serve_desk as run

    run(Settings(), port, Console())


@export_app.command("discrepancies")
def export_discrepancies(out: OutOption) -> None:
    """One line per discrepancy."""
    _export("discrepancies", out)


@export_app.command("evidence")
def export_evidence(out: OutOption) -> None:
    """One line per row that a discrepancy rests on."""
    _export("evidence", out)


@export_app.command("links")
def export_links(out: OutOption) -> None:
    """One line per person mentioned in a feed's row."""
    _export("links", out)


@export_app.command("completeness")
def export_completeness(out: OutOption) -> None:
    """How many births there were and what share is registered: counts and estimates, small ones blanked."""
    _export("completeness", out)
    from completeness.assumptions import ASSUMPTIONS

    console = Console(highlight=False, soft_wrap=True)
    console.print("The estimates take for granted that:")
    for code, it in ASSUMPTIONS.items():
        console.print(f"  {code}: {it.holds_when}; broken by {it.violated_by}: {it.effect}")


@export_app.command("funnel")
def export_funnel(out: OutOption) -> None:
    """Births notified, linked, registered in time, later, not yet, by township and month; small counts blanked."""
    _export("funnel", out)


@export_app.command("changes")
def export_changes(out: OutOption) -> None:
    """The register changes that its owner has still to carry out, in the register's columns, as F.csv or F.xlsx."""
    _writable(out)
    from pipelines.exporting import export_changes as write

    changes = write(Settings(), out.expanduser())
    Console(highlight=False).print(f"{changes:,} changes in {out}")


@app.command()
def worklist(
    area: Annotated[str, typer.Option("--area", help="A village or township, by its code of 12 digits.")],
    out: OutOption,
    types: Annotated[
        str, typer.Option("--types", help="What to ask about, as `a,b` (default: all that can be asked).")
    ] = "",
    language: Annotated[str, typer.Option("--language", help="zh or en.")] = "zh",
) -> None:
    """Write a village's follow-up list as F.xlsx: what to ask at which door, people masked, to be filled in and handed in on the desk."""
    _writable(out)
    from pipelines.handing_out import write_worklist

    rows, left = write_worklist(Settings(), area, types, language, out.expanduser())
    more = f"; {left:,} less urgent ones are for the next list" if left else ""
    Console(highlight=False, soft_wrap=True).print(f"{rows:,} rows in {out}{more}")


@audit_app.command("verify")
def audit_verify(
    heads: Annotated[
        list[Path] | None,
        typer.Option("--head", help="A head exported earlier; may be given several times."),
    ] = None,
) -> None:
    """Find entries of the audit chain that were changed, deleted, moved, or (with --head) cut off at the end.

    One line per problem and exit code 1 when there is any.
    """
    from pipelines.auditing import verify

    verdict = verify(Settings(), heads or [])
    console = Console(soft_wrap=True, highlight=False, markup=False)
    for problem in verdict.problems:
        console.print(problem)
    if verdict.problems:
        raise typer.Exit(1)
    console.print(f"{verdict.entries:,} entries, nothing was changed")


@audit_app.command("head")
def audit_head(out: OutOption) -> None:
    """Write the newest entry's number and hash to a new file, to be kept where nobody of this machine can reach it."""
    from pipelines.auditing import write_head

    _writable(out)
    head = write_head(Settings(), out.expanduser())
    Console(highlight=False).print(f"head of entry {head.entry_no:,} in {out}")


def _writable(out: Path) -> None:
    if not out.expanduser().resolve().parent.is_dir():
        raise OperatorError(f"the folder {out.parent} does not exist")
    if out.is_dir():
        raise OperatorError(f"{out} is a folder; name a file")


def _export(what: str, out: Path) -> None:
    _writable(out)
    from pipelines.exporting import export

    lines = export(Settings(), what, out.expanduser())
    Console().print(f"{lines:,} lines in {out}", highlight=False)


def main() -> None:
    """The console command."""
    gc.set_threshold(*RARE_COLLECTIONS)
    os.umask(0o077)  # whatever a command makes speaks of persons: folders and files are their owner's alone
    mistakes = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    try:
        code = app(prog_name="bulou", standalone_mode=False)
    except OperatorError as mistake:
        mistakes.print(f"bulou: {mistake}")
        sys.exit(2)
    except typer.TyperException as mistake:
        mistakes.print(f"bulou: {getattr(mistake, 'format_message', mistake.__str__)()}")
        sys.exit(2)
    except ValidationError as mistake:
        for error in mistake.errors(include_input=False):
            mistakes.print(f"bulou: setting BULOU_{'_'.join(map(str, error['loc'])).upper()}: {error['msg']}")
        sys.exit(2)
    except (DatabaseUnavailable, DatabaseTooOld) as missing:
        mistakes.print(f"bulou: {missing}")
        sys.exit(2)
    except NightFailed as failure:
        mistakes.print(f"bulou: {failure}")
        sys.exit(1)
    except (KeyboardInterrupt, typer.Abort):
        mistakes.print("bulou: stopped")
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else 0)

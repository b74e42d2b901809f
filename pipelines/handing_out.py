"""`bulou worklist`: an area's follow-up list from the command line, the same as the desk makes it."""

from pathlib import Path

from pipelines.errors import OperatorError
from pipelines.settings import Settings
from pipelines.store_work import OPERATOR, store_work


def write_worklist(settings: Settings, area: str, types: str, language: str, out: Path) -> tuple[int, int]:
    """Makes the list and writes it; returns its rows, and how many did not fit on it. Whole or not at all: without the file there is no list.

    Raises: OperatorError.
    """
    from pipelines.desk_sources import MentionRows
    from register.audit import Event
    from register.worklists import SUBJECT
    from stewardship.actors import called
    from stewardship.language import CHINA, LANGUAGE_NAMES
    from stewardship.places import read_places
    from stewardship.worklists import choosing, doors, workbook

    if out.suffix.lower() != ".xlsx":
        raise OperatorError(f"{out.name} must end with .xlsx")
    if language not in LANGUAGE_NAMES:
        raise OperatorError(f"there is no language {language}; languages are {', '.join(LANGUAGE_NAMES)}")
    with store_work(settings) as (work, now):
        wanted = choosing.wanted_types(types)
        places = read_places(work.connection)
        codes = places.codes_of(choosing.checked_area(places, area))
        leads, total = choosing.to_ask(work.connection, codes, wanted)
        sources = MentionRows(settings.frames_root)
        today = now.astimezone(CHINA).date()
        lines = doors.lines_of(work.connection, leads, places, sources, language, today)
        ids = [line.lead.discrepancy_id for line in lines]
        made = work.worklists.make(area, wanted, language, ids, OPERATOR, now)
        event = Event(OPERATOR, "export.worklist", SUBJECT, str(made.worklist_id), {"rows": len(lines)})
        work.audit.record(event)
        heading = workbook.Heading(places.named(area), called({}, language)[OPERATOR])
        _put(workbook.write(made, heading, lines), out)
    return len(lines), total - len(leads)


def _put(content: bytes, out: Path) -> None:
    draft = out.with_name(f".{out.name}.part")
    try:
        draft.write_bytes(content)
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)

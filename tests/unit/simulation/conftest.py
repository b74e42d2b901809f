"""One small county for all tests of the simulation."""

import csv
import io
from pathlib import Path

import pytest
from python_calamine import CalamineError, CalamineWorkbook

from simulation import SimulationSummary, simulate

County = tuple[Path, SimulationSummary]


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory) -> County:
    out = tmp_path_factory.mktemp("county")
    return out, simulate(2000, 7, out)


def read_sheets(path: Path) -> dict[str, list[list[str]]]:
    """A file's rows by sheet as texts, by a reader that shares nothing with the writer ({}: unreadable)."""
    if path.suffix != ".csv":
        try:
            book = CalamineWorkbook.from_path(str(path))
        except CalamineError:
            return {}
        names = book.sheet_names
        return {
            n: [[str(c) for c in r] for r in book.get_sheet_by_name(n).to_python(skip_empty_area=False)]
            for n in names
        }
    content = path.read_bytes()
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = content.decode("utf-16")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("gb18030", errors="replace")
    separator = max(",;\t", key=text[:3000].count)
    return {"": list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))}


@pytest.fixture(scope="session")
def sheets(county: County) -> dict[tuple[str, str], dict[str, list[list[str]]]]:
    """(feed, file) → sheets of every file in the landing folder."""
    landing = county[0] / "landing"
    return {
        (path.relative_to(landing).parts[0], "/".join(path.relative_to(landing).parts[1:])): read_sheets(path)
        for path in sorted(landing.rglob("*"))
        if path.is_file()
    }

"""How one office lays out its table: which format, title, headers, extras. An office keeps its ways every
month."""

from dataclasses import dataclass

from .dice import Array, Dice
from .headers import FIELDS, FORBIDDEN, GROUPED, variants

ENCODINGS = ("gb18030", "gb18030", "utf-8-sig", "utf-8-sig", "utf-8", "utf-16")
DATE_STYLES = (
    "iso",
    "slash",
    "dots",
    "packed",
    "words",
    "iso",
    "packed",
    "iso",
    "words",
    "slash",
    "iso",
    "chinese",
)
SHEET_DATES = ("cell", "cell", "iso", "serial", "slash", "words")


@dataclass(frozen=True)
class Layout:
    """One office's way of writing one feed."""

    kind: str  # csv, xlsx, xls
    encoding: str
    separator: str
    title: bool
    unit_line: bool
    serial: bool
    total: str  # "", text, formula
    footnote: bool
    repeat_every: int  # 0: never
    code_sheet: bool
    sheets: int
    two_lines: bool
    headers: tuple[str, ...]
    fields: tuple[str, ...]
    forbidden: tuple[str, ...]
    dates: str
    sexes: str
    ethnicities: str
    numeric_ids: bool


def _decorated(header: str, draw: float) -> str:
    if draw < 0.78:
        return header
    if draw < 0.84:
        return "*" + header
    if draw < 0.88:
        return header + "（必填）"
    if draw < 0.92 and len(header) == 2:
        return header[0] + "  " + header[1]
    if draw < 0.95 and len(header) > 4:
        return header[:2] + "\n" + header[2:]
    if header.isascii():
        return header.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
    return header + " "


def layout(feed: str, unit: int, rows: int, seed: int, numeric_ids: bool) -> Layout:
    """The ways of an office; large tables are CSV, as a spreadsheet would take too long (a limit of real
    offices too)."""
    dice = Dice(seed, "layout", feed, unit)

    def draw(key: int) -> float:
        return dice.one(key)

    wide = len(FIELDS[feed].split())
    sheet_share = 0.45 if rows * wide < 45_000 else 0.0
    typed = feed not in ("police_moves", "civil_adoptions")
    kind = (
        "csv" if not typed or draw(1) > sheet_share else ("xls" if draw(2) < 0.12 and rows < 3000 else "xlsx")
    )
    if numeric_ids and rows * wide < 45_000:
        kind = "xlsx"
    fields = tuple(FIELDS[feed].split())
    two_lines = kind == "xlsx" and draw(3) < 0.2 and feed in ("school_enrolment", "civil_marriages")
    chosen = []
    for i, name in enumerate(fields):
        options = variants(feed, name)
        pick = 0 if two_lines or draw(100 + i) < 0.55 else int(draw(200 + i) * len(options))
        chosen.append(options[pick] if two_lines else _decorated(options[pick], draw(300 + i)))
    forbidden = FORBIDDEN.get(feed, ()) if draw(4) < 0.6 else ()
    sheets = 2 if kind == "xlsx" and draw(5) < 0.2 and rows > 30 else 1
    return Layout(
        kind=kind,
        encoding=ENCODINGS[int(draw(6) * len(ENCODINGS))],
        separator="\t" if draw(7) < 0.12 else ";" if draw(7) < 0.17 else ",",
        title=draw(8) < 0.45,
        unit_line=draw(9) < 0.4,
        serial=draw(10) < 0.3,
        total=("formula" if kind == "xlsx" and draw(12) < 0.4 else "text") if draw(11) < 0.25 else "",
        footnote=draw(13) < 0.25,
        repeat_every=40 if draw(14) < 0.08 else 0,
        code_sheet=kind == "xlsx" and draw(15) < 0.2,
        sheets=sheets,
        two_lines=two_lines,
        headers=tuple(chosen),
        fields=fields,
        forbidden=forbidden,
        dates=(SHEET_DATES[int(draw(16) * 6)] if kind == "xlsx" else DATE_STYLES[int(draw(16) * 12)]),
        sexes=("words", "words", "digits", "letters")[int(draw(17) * 4)],
        ethnicities=("full", "full", "short", "code")[int(draw(18) * 4)],
        numeric_ids=numeric_ids,
    )


def grouped_headers(
    fields: tuple[str, ...], headers: tuple[str, ...]
) -> tuple[list[str], list[str], list[tuple[int, int]]]:
    """Two header lines and the spans of the upper one that are merged."""
    upper: list[str] = []
    lower: list[str] = []
    spans: list[tuple[int, int]] = []
    for i, (field, header) in enumerate(zip(fields, headers)):
        group = GROUPED.get(field.split("_")[0], "") if "_" in field else ""
        if group and header.startswith(group):
            if spans and upper[spans[-1][0]] == group and spans[-1][1] == i - 1:
                spans[-1] = (spans[-1][0], i)
                upper.append("")
            else:
                spans.append((i, i))
                upper.append(group)
            lower.append(header[len(group) :])
        else:
            upper.append(header)
            lower.append("")
    return upper, lower, [span for span in spans if span[1] > span[0]]


def canaries(dice: Dice, keys: Array) -> list[str]:
    """Values for forbidden columns; a leak test looks for them everywhere."""
    return [f"CANARY{bits % 10**10:010d}" for bits in dice.bits(keys).tolist()]

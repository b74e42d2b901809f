"""What one slip of a clerk does to one value: pure functions from (value, two random numbers) to (value,
kind).

The confusable characters come from tables of forms that names use, and from readings (pypinyin) of the
3,755 characters of GB 2312 level 1, which any Chinese keyboard offers first.
"""

from functools import cache

from .identity import complete
from .nametables import DOTS, LOOKALIKES, RARE, VARIANTS

_FUZZY = (
    ("zh", "z"),
    ("ch", "c"),
    ("sh", "s"),
    ("ang", "an"),
    ("eng", "en"),
    ("ing", "in"),
    ("l", "n"),
    ("h", "f"),
)


def _both_ways(pairs: str) -> dict[str, str]:
    table: dict[str, str] = {}
    for pair in pairs.split():
        if len(pair) == 2:
            table.setdefault(pair[0], pair[1])
            table.setdefault(pair[1], pair[0])
    return table


LOOKALIKE = _both_ways(LOOKALIKES)
VARIANT = _both_ways(VARIANTS)


@cache
def level_one() -> str:
    """The 3,755 everyday characters, from the code table itself."""
    cells = (bytes((high, low)) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF))
    return "".join(cell.decode("gb2312", errors="ignore") for cell in cells)


@cache
def readings() -> tuple[dict[str, str], dict[str, list[str]]]:
    from pypinyin import Style, pinyin

    characters = level_one()
    # one call per character: in a running text pypinyin would read phrases
    reading = {c: pinyin(c, style=Style.NORMAL)[0][0] for c in characters}
    groups: dict[str, list[str]] = {}
    for character, sound in reading.items():
        groups.setdefault(sound, []).append(character)
    return reading, groups


def homophone(character: str, draw: float) -> str:
    """Another character of the same sound (tones aside); the same one when there is none."""
    reading, groups = readings()
    others = [c for c in groups.get(reading.get(character, ""), []) if c != character]
    return others[int(draw * len(others))] if others else character


def fuzzy_homophone(character: str, draw: float) -> str:
    """A character whose sound the region does not tell apart (n/l, zh/z, in/ing …)."""
    reading, groups = readings()
    sound = reading.get(character, "")
    for one, other in _FUZZY:
        for source, target in ((one, other), (other, one)):
            changed = sound.replace(source, target, 1) if source in sound else ""
            if changed != sound and changed in groups:
                return groups[changed][int(draw * len(groups[changed]))]
    return homophone(character, draw)


def _replace(text: str, at: int, new: str) -> str:
    return text[:at] + new + text[at + 1 :]


def wrong_name(name: str, u: float, v: float) -> tuple[str, str]:
    """A name typed wrongly: mostly by sound, then by form."""
    at = len(name) - 1 if v < 0.6 else int(v * len(name))
    if "·" in name:
        return _replace(name, at, homophone(name[at], v)), "homophone"
    if u < 0.42:
        return _replace(name, at, homophone(name[at], v)), "homophone"
    if u < 0.55:
        return _replace(name, at, fuzzy_homophone(name[at], v)), "fuzzy_homophone"
    similar = [i for i, c in enumerate(name) if c in LOOKALIKE]
    if u < 0.75 and similar:
        spot = similar[int(v * len(similar))]
        return _replace(name, spot, LOOKALIKE[name[spot]]), "lookalike"
    changed = [i for i, c in enumerate(name) if c in VARIANT]
    if u < 0.85 and changed:
        return _replace(name, changed[0], VARIANT[name[changed[0]]]), "variant"
    if u < 0.88 and len(name) > 2:
        return name[0] + name[2] + name[1] + name[3:], "transposed"
    if u < 0.91 and len(name) > 2:
        return name[:2] + name[3:], "dropped_character"
    if u < 0.95:
        return _replace(name, at, ("?", "*", "■", "")[int(v * 4)]), "lost_character"
    return _replace(name, at, RARE[int(v * len(RARE))]), "other_character"


def misshapen_name(name: str, u: float, v: float) -> tuple[str, str]:
    """The same name that looks different: dots, spaces, widths."""
    if "·" in name:
        return name.replace("·", DOTS[int(u * len(DOTS))]), "dot"
    if u < 0.6:
        return (" " if v < 0.6 else "\u3000").join(name), "spaces"
    if u < 0.8:
        return name + (" ", "\u00a0", "\u200b")[int(v * 3)], "trailing"
    return " " + name, "leading"


def wrong_number(number: str, u: float, v: float) -> tuple[str, str]:
    """An ID number typed wrongly: one digit, two swapped, one too few; the check digit tells most of them."""
    at = min(int(v * 17), 16)
    if u < 0.5:
        return _replace(number, at, str((int(number[at]) + 1 + int(u * 17)) % 10)), "digit"
    if u < 0.75:
        spots = [i for i in range(16) if number[i] != number[i + 1]]
        spot = spots[int(v * len(spots))] if spots else 0
        return number[:spot] + number[spot + 1] + number[spot] + number[spot + 2 :], "transposed"
    if u < 0.82:
        return number[:at] + number[at + 1 :], "dropped_digit"
    if u < 0.92:
        year = str(int(number[6:10]) + (-1 if v < 0.5 else 1))
        return complete(number[:6] + year + number[10:17]), "other_valid"
    return ("000000000000000000", "无", "未办理", "111111111111111111")[int(v * 4)], "placeholder"


def misshapen_number(number: str, u: float, v: float) -> tuple[str, str]:
    """The right number in another shape."""
    if number[-1] == "X" and u < 0.7:
        return number[:-1] + ("x", "×", "Х", "*")[int(v * 3.5)], "check_letter"
    if u < 0.3:
        return "'" + number, "quote"
    if u < 0.5:
        return number[:6] + " " + number[6:14] + " " + number[14:], "spaces"
    if u < 0.65:
        return number.translate(str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")), "full_width"
    if u < 0.75 and "0" in number:
        spot = number.index("0", 4) if "0" in number[4:] else number.index("0")
        return _replace(number, spot, "O"), "letter_o"
    if u < 0.85 and number[6:8] == "19":
        return number[:6] + number[8:17], "fifteen_digits"
    return number + " ", "trailing"


def excel_loss(number: str, u: float) -> tuple[str, str]:
    """What a spreadsheet leaves of eighteen digits, as text."""
    if not number.isdigit() or len(number) != 18:
        return number, ""
    if u < 0.5:
        return f"{float(number):.5E}", "excel_scientific"
    return number[:15] + "000", "excel_digits"


def wrong_phone(phone: str, u: float, v: float) -> tuple[str, str]:
    at = 3 + int(v * 8)
    if u < 0.6:
        return _replace(phone, at, str((int(phone[at]) + 1 + int(u * 14)) % 10)), "digit"
    if u < 0.8:
        return phone[:at] + phone[at + 1 :], "dropped_digit"
    return "1" + "3" * 10 if v < 0.3 else "无", "placeholder"


def misshapen_phone(phone: str, u: float, v: float) -> tuple[str, str]:
    if u < 0.4:
        return f"{phone[:3]}-{phone[3:7]}-{phone[7:]}", "dashes"
    if u < 0.7:
        return f"{phone[:3]} {phone[3:7]} {phone[7:]}", "spaces"
    return "+86" + phone, "country_code"

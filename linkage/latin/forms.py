"""One distinct value → what its comparer reads: words of a name, parts of a date, a house number.

The rules stand here once, for the fast engine and for the slow one that holds it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

NOBODY = frozenset(
    [
        "anonymous",
        "baby",
        "babyboy",
        "babygirl",
        "bebe",
        "blank",
        "boyfriend",
        "brother",
        "caretaker",
        "child",
        "children",
        "cousin",
        "dad",
        "daughter",
        "declined",
        "dependent",
        "dependant",
        "dweller",
        "female",
        "fetus",
        "girlfriend",
        "grandchild",
        "granddaughter",
        "grandfather",
        "grandma",
        "grandmother",
        "grandpa",
        "grandson",
        "hija",
        "hijo",
        "hombre",
        "housemate",
        "husband",
        "infant",
        "inmate",
        "lodger",
        "madam",
        "male",
        "mister",
        "mom",
        "mother",
        "mr",
        "mrs",
        "ms",
        "mujer",
        "nephew",
        "newborn",
        "nfn",
        "niece",
        "nino",
        "nina",
        "nmn",
        "nobody",
        "nombre",
        "none",
        "null",
        "occupant",
        "parent",
        "patient",
        "refused",
        "renter",
        "resident",
        "roommate",
        "senor",
        "senora",
        "senorita",
        "sibling",
        "sister",
        "spouse",
        "surname",
        "tenant",
        "toddler",
        "uncle",
        "unk",
        "unknown",
        "unnamed",
        "visitor",
        "wife",
        "xxx",
    ]
)
"""Words that stand for a name and name nobody."""

AROUND = frozenset(
    [
        "a",
        "an",
        "and",
        "boy",
        "eldest",
        "first",
        "foster",
        "gent",
        "girl",
        "house",
        "kid",
        "lady",
        "last",
        "man",
        "me",
        "middle",
        "miss",
        "name",
        "of",
        "oldest",
        "other",
        "own",
        "person",
        "same",
        "sir",
        "son",
        "the",
        "this",
        "woman",
        "young",
        "younger",
        "youngest",
    ]
)
"""Words that name nobody when there is another such word beside them; alone, some are names."""

_NOT_WORDS = re.compile(r"[^0-9a-z]+")
_DATE = re.compile(r"^(.{4})-?(.{2})-?(.{2})$")


@lru_cache(maxsize=1_000_000)
def words(text: str) -> tuple[str, ...]:
    """Lower-case words without accents: `Núñez-O'Hara` → nunez, ohara."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("'", "").replace("’", ""))
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return tuple(_NOT_WORDS.sub(" ", letters).split())


def is_nobody(text: str) -> bool:
    """Whether a name is a word for somebody unnamed (`baby girl`, `lady of the house`, `n/a`), or has no letters."""
    found = words(text)
    if len(found) == 1:
        return found[0] in NOBODY or found[0] == "na"
    return all(word in NOBODY or word in AROUND for word in found) or found == ("n", "a")


def plain(text: str) -> str:
    """A name's words, a blank between them."""
    return " ".join(words(text))


def date_parts(text: str) -> tuple[str, str, str] | None:
    """Year, month, day of YYYY-MM-DD or YYYYMMDD as typed; a part that holds `?` or is `00` or blank is "" (unknown). None for anything else."""
    found = _DATE.match(text)
    if not found:
        return None
    year, month, day = ("" if "?" in part or not part.strip("0 ") else part for part in found.groups())
    return (year, month, day) if year or month or day else None


def differing(a: str, b: str) -> int:
    """Characters in which two texts of one length differ."""
    return sum(p != q for p, q in zip(a, b))


def sound(name: str) -> str:
    """A key under which names that sound alike meet: NYSIIS (Taft 1970) of the first word; "" when it has no letters."""
    import jellyfish

    return jellyfish.nysiis(words(name)[0]) if words(name) else ""

"""What a discrepancy's reason says, in words: its codes come from `discrepancies`, `;` between them, `code:value`.

A file that has not come has no person to be told by: it is told by list, unit and period.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final

from discrepancies.candidates import FEED_OVERDUE
from stewardship.deliveries import saying
from stewardship.deliveries.calendar import WHOLE_FEED
from stewardship.language import translations
from stewardship.leads import Lead, codes_of
from stewardship.places import Places
from stewardship.words import FEEDS, N_, TYPES, field_name

# Code → its words; without a place for the number the value, if there is one, stands behind them.
TOLD: Final[Mapping[str, str]] = {
    "by": N_("Told by"),
    "seen": N_("Told by"),
    "for": N_("for it: %(number)s"),
    "against": N_("against it: %(number)s"),
    "members": N_("members: %(number)s"),
    "lunar": N_("one date is by the lunar calendar"),
    "register_unfit": N_("the register's value cannot be right by itself"),
    "same_person": N_("two rows of the register seem to be one person"),
    "holders": N_("people under this number: %(number)s"),
    "else": N_("If it is not this person"),
    "asked": N_("Asked for since"),
    "usual": N_("usual number of rows: %(number)s"),
    "listed": N_("Listed by"),
    "people": N_("people on the fullest list: %(number)s"),
    "fields": N_("Items that do not fit"),
    "unusable": N_("Why the row is no use"),
}
# Of these what speaks for the value that is proposed.
OF_VALUE: Final = ("by", "listed", "lunar", "register_unfit")
LOST: Final = N_("a spreadsheet has cut the last digits")
BASELINE: Final = N_("first list")


def told(
    reason: str, said: Callable[[str], str], language: str, codes: Collection[str] = TOLD.keys()
) -> list[str]:
    """Each part in words, of these codes; one that is not known is left out."""
    return [_told(code, value, said, language) for code, value in codes_of(reason) if code in codes]


def _told(code: str, value: str, said: Callable[[str], str], language: str) -> str:
    if code == "listed" and value.isdecimal():  # of a township that has not delivered its register
        code = "people"
    words = said(TOLD[code])
    shown = _value(code, value, said, language)
    if "%(number)s" in words:
        return words % {"number": shown}
    return f"{words}{said(N_(': '))}{shown}" if shown else words


def _value(code: str, value: str, said: Callable[[str], str], language: str) -> str:
    comma = said(N_(", "))
    if code in ("by", "seen", "listed"):
        return comma.join(feed(one, said) for one in value.split(","))
    if code == "fields":
        return comma.join(field_name(one, language) for one in value.split(","))
    if code == "else":
        return said(TYPES.get(value, value))
    return comma.join(_rule(one, said, language) for one in value.split(",")) if code == "unusable" else value


def _rule(text: str, said: Callable[[str], str], language: str) -> str:
    """`needed:name|id_number`: the rule and the columns it is about."""
    rule, _, columns = text.partition(":")
    named = saying.columns(columns, {}, language)
    word = said(LOST) if rule == "lost" else saying.rule(said, rule)
    return f"{word} ({named})" if named else word


def feed(code: str, said: Callable[[str], str]) -> str:
    return said(FEEDS[code]) if code in FEEDS else code


def sentence_of(lead: Lead, language: str, places: Places) -> str:
    """What needs checking; of a file that has not come first which one it is."""
    sentence = lead.sentence(language)
    if lead.type != FEED_OVERDUE or not lead.proposed_value:
        return sentence
    said = translations(language).gettext
    return f"{_missing_file(lead.proposed_value, said, places)}{said(N_(': '))}{sentence}"


def _missing_file(text: str, said: Callable[[str], str], places: Places) -> str:
    """List, unit and period (`police_births 990101001000 2026-10`)."""
    name, _, rest = text.partition(" ")
    unit, _, period = rest.rpartition(" ")
    unit = said(N_("the whole feed")) if unit == WHOLE_FEED else unit
    named = places.named(unit.ljust(12, "0")) if unit.isdecimal() else unit
    shown = (feed(name, said), named, said(BASELINE) if period == "baseline" else period)
    return " · ".join(part for part in shown if part)

"""What may come of asking at a door: code, and the words that stand in the drop-down. Either language is understood, whichever the list is in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final, Protocol

from discrepancies.wording import LANGUAGES
from register.worklist_models import OUTCOMES
from stewardship.language import day

WORDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "confirmed": ("属实", "as suggested"),
        "not_so": ("不属实", "not so"),
        "moved_away": ("已搬离", "moved away"),
        "nobody": ("无人在家", "nobody there"),
        "refused": ("拒访", "did not wish to answer"),
        "no_problem": ("无需处理", "not a problem"),
        "other": ("其他", "other (see note)"),
    }
)
assert tuple(WORDS) == OUTCOMES
_BETWEEN: Final[Mapping[str, str]] = {"zh": "；", "en": "; "}
CODES: Final[Mapping[str, str]] = MappingProxyType(
    {word.casefold(): code for code, words in WORDS.items() for word in words}
)


# Kind of a decision → the outcome that says no more than it.
_SAID_BY: Final[Mapping[str, str]] = {"not_met": "nobody", "not_a_problem": "no_problem"}


class HasOutcome(Protocol):
    """What is kept with a decision: `reason` as written, beside an outcome the note."""

    @property
    def reason(self) -> str | None: ...
    @property
    def outcome(self) -> str | None: ...
    @property
    def outcome_on(self) -> date | None: ...


def word(code: str, language: str) -> str:
    return WORDS[code][LANGUAGES.index(language)]


def words(language: str) -> list[str]:
    return [word(code, language) for code in WORDS]


def told(said: HasOutcome, language: str, kind: str = "") -> str:
    """What was found, for a reader of this language: the words of the drop-down, when, and the note as it is. Of any other reason that alone.

    Args:
        kind: of the decision, where its word stands beside: what it says already is not said again.
    """
    chosen = "" if said.outcome in (None, _SAID_BY.get(kind)) else word(said.outcome, language)
    parts = (chosen, day(said.outcome_on, language), said.reason)
    return _BETWEEN[language].join(part for part in parts if part)


def code_of(text: str) -> str | None:
    """The outcome that a cell says, None for what is not one of the list."""
    return CODES.get(" ".join(text.split()).casefold())

"""How pages call who did something: an account by the name that others see, and what acts without an account in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from stewardship.language import translations
from stewardship.words import N_

# Who acts in the chain without an account.
MACHINES: Final[Mapping[str, str]] = {
    "night": N_("the night"),
    "operator": N_("whoever sat at the machine"),
    "retention": N_("the rules of retention"),
    "survey_returns": N_("a list in the landing folder"),
    "unknown": N_("nobody that is known"),
}


def called(names: Mapping[str, str], language: str) -> Mapping[str, str]:
    """These names of accounts, with what acts without one."""
    said = translations(language).gettext
    return {actor: said(word) for actor, word in MACHINES.items()} | dict(names)

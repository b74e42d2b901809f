"""What the page of a discrepancy says in words where it has no picture: why nothing was weighed, and what would change on the register."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from discrepancies import candidates as types
from stewardship.leads import NEWCOMERS, OF_NOBODY, Lead
from stewardship.words import N_

_BY_RULE: Final[Mapping[str, str]] = {
    types.MISSING_HOUSEHOLD: N_(
        "Found by a rule, nothing was weighed: the police list the household, and no row of the register is linked to any of its members."
    ),
    types.SHARED_ID_NUMBER: N_(
        "Found by a rule, nothing was weighed: the same valid number, and two people whose other items do not agree."
    ),
    types.DUPLICATE_HOUSEHOLD: N_(
        "Found by a rule: more than half of both households seem to be the same people. Each pair has its own discrepancy, with the weights."
    ),
    types.SOURCE_CORRECTION: N_(
        "Found by a rule, nothing was weighed: the row cannot be used as it is, or does not fit better evidence."
    ),
}
_NOBODY_NEAR: Final = N_("Nobody on the register comes near enough to be held against this person.")
_PLAIN: Final = N_(
    "Nothing had to be weighed: of these rows number, name and date of birth are those of the register, or a person has confirmed whose they are."
)
_WOULD: Final[Mapping[str, str]] = {
    types.POSSIBLE_LINK: N_(
        "Nothing on the register, whatever the answer. If it is the same person, the row counts as theirs from the next night on; if not, it goes on as: %(otherwise)s."
    ),
    types.MISSING_HOUSEHOLD: N_(
        "The household would be entered, with whom the police list in it; the form has each item."
    ),
    types.SHARED_ID_NUMBER: N_(
        "The ID number of one of the two would be corrected, or left blank; the form asks whose."
    ),
    types.WRONG_HOUSEHOLD: N_(
        "The person would move into a household of their own, with whom the police list there; the form asks who goes along."
    ),
    types.DUPLICATE_HOUSEHOLD: N_(
        "Each pair is settled at its own discrepancy; who stands in one of the two households alone would move over. The form lists both."
    ),
    types.SOURCE_CORRECTION: N_(
        "Nothing on the register: the department corrects its row, and hands it in again."
    ),
}
_ENTERED: Final = N_(
    "Somebody would be entered on the register; the form has each item, and who lives in the household."
)


def why_not_weighed(lead: Lead) -> str:
    """To be told where there is no waterfall; empty of a file that has not come."""
    if lead.type in NEWCOMERS:
        return _NOBODY_NEAR
    return _BY_RULE.get(lead.type, "" if lead.type in OF_NOBODY else _PLAIN)


def would_change(lead: Lead) -> str:
    """To be told where no effect is shown and the change is not of one item, which has its column."""
    return _ENTERED if lead.type in NEWCOMERS else _WOULD.get(lead.type, "")


def otherwise(lead: Lead) -> str:
    """Of a possible link the type it goes on as."""
    return dict(lead.reasons).get("else", types.MISSING_PERSON)

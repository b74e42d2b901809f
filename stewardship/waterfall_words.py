"""What the lines of a waterfall are called: terms and levels as the linking writes them, with their English text as the message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from stewardship.words import N_

TERMS: Final[Mapping[str, str]] = {
    "prior": N_("before comparing: one of all on the register"),
    "prior_in_company": N_("before comparing: one of this family"),
    "id_number": N_("ID number"),
    "name": N_("name"),
    "birth_date": N_("birth date"),
    "sex": N_("sex"),
    "parents": N_("parents"),
    "home": N_("address"),
    "phone": N_("phone"),
    "namesakes": N_("how common the name is"),
    "namesakes_in_household": N_("two of one name in one household"),
    "namesakes_at_door": N_("two of one name at one door"),
    "relation": N_("relation to the head"),
    "generation": N_("generation"),
    "kin": N_("named as parent"),
    "relatives": N_("it could be a relative"),
}
LEVELS: Final[Mapping[str, str]] = {
    "exact": N_("the same"),
    "same": N_("the same"),
    "near": N_("one digit off"),
    "leading digits": N_("the same as far as it goes"),
    "other, one of them unsound": N_("another, one of them cannot be right"),
    "other, both sound": N_("another, both could be right"),
    "same sound, or a former name": N_("sounds the same, or a former name"),
    "one character unreadable": N_("one character cannot be read"),
    "same given name": N_("only the given name is the same"),
    "one character off": N_("one character off"),
    "surname only": N_("only the surname is the same"),
    "other": N_("another"),
    "lunar reading": N_("the same by the lunar calendar"),
    "one part off": N_("year, month or day off, swapped, or a day apart"),
    "same year": N_("only the year is the same"),
    "both": N_("both the same"),
    "one": N_("one the same"),
    "same door": N_("same door"),
    "same village": N_("same village"),
    "same township": N_("same township"),
    "elsewhere": N_("elsewhere"),
    "fits": N_("fits"),
    "cannot be": N_("cannot be"),
    "named as such": N_("the register names them"),
    "another is named": N_("the register names another"),
}

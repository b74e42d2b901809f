"""The two lengths of an identity number (GB 11643): 15 digits until 1999, 18 since. One person, one key."""

from __future__ import annotations

import re

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_OLD = re.compile(r"\d{6}\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}")
_CUT_OFF = re.compile(r"\d{6}(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d")


def full_number(number: str) -> str:
    """A 15-digit number in its 18-digit form; any other as it is, in capitals.

    Fifteen digits that read as the beginning of an 18-digit number (a spreadsheet keeps no more) are left alone.
    """
    if not _OLD.fullmatch(number) or _CUT_OFF.fullmatch(number):
        return number.upper()
    body = number[:6] + "19" + number[6:]
    return body + _CHECKS[sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS)) % 11]

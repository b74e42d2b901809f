"""Files that turned out to be another list: they lay in one feed's folder and have the header of another.

A night takes such a file in as far as it can: it sets all its rows aside, without their values, and keeps with the receipt which list it is. For whoever reads the
receipt it was refused: nothing of it is in use, nothing in it is to be corrected, and the list that was expected has not come.
"""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from register.models import Delivery

REFUSED: Final = "refused"
RULE: Final = "wrong_feed"  # that its rows broke
_IS_OTHER: Final[sa.ColumnElement[bool]] = sa.and_(
    Delivery.status == "taken", Delivery.header_row.is_(None), Delivery.other_feed.is_not(None)
)
IS_TAKEN: Final[sa.ColumnElement[bool]] = sa.and_(Delivery.status == "taken", sa.not_(_IS_OTHER))
STATUS: Final[sa.ColumnElement[str]] = sa.case((_IS_OTHER, REFUSED), else_=Delivery.status)


def other_list(receipt: Any) -> str | None:
    """Which list the whole file is, where it is another than the one it was sent as; a sheet of another list is no whole file.

    Args: receipt: with `STATUS` as its status.
    """
    other: str | None = receipt.other_feed if receipt.status == REFUSED else None
    return other

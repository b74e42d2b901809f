"""What ends a request early, as one tree; `stewardship.app` turns each into a page.

DeskError
├── NotThere        there is no such thing, or not for this user: the same page for both
├── Elsewhere       something else comes first: signing in, a new password, choosing a role
│   └── SessionOver signing in or what else comes first, before a form that was sent
├── RefusedForm     a form that this app did not make
│   └── LongForm    a form with more in it than is taken at once
└── TooLarge        a file larger than those that are taken
"""

from __future__ import annotations


class DeskError(Exception):
    """Ends a request."""


class NotThere(DeskError):
    """404, with the same bytes whether it does not exist or may not be seen."""


class Elsewhere(DeskError):
    """See another page first."""

    def __init__(self, place: str) -> None:
        self.place = place
        super().__init__("another page comes first")


class SessionOver(Elsewhere):
    """A form was sent and nobody is signed in; nothing was done of it."""


class RefusedForm(DeskError):
    """Nothing was done."""


class LongForm(RefusedForm):
    """413: it has more fields, or more bytes, than a form of this app."""


class TooLarge(DeskError):
    """413; `most` is how many bytes are taken. `is_list`: a department's, which has the landing folder as well."""

    def __init__(self, most: int, is_list: bool = False) -> None:
        self.most, self.is_list = most, is_list
        super().__init__("a file larger than those that are taken")

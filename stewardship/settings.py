"""What a deployment may set, handed in once when the app is made."""

from __future__ import annotations

from dataclasses import dataclass, field

from register.accounts import AccountRules


@dataclass(frozen=True)
class DeskSettings:
    """`rows_per_page` of the queue; `rules` for how long sessions last and how guessing is slowed."""

    rows_per_page: int = 50
    longest_form: int = 65_536  # bytes
    longest_upload: int = 2_000_000  # bytes, of a form with a file in it
    rules: AccountRules = field(default_factory=AccountRules)

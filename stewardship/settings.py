"""What a deployment may set, handed in once when the app is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Any

from discrepancies.settings import RuleSettings
from register.accounts import AccountRules
from stewardship.tabs import OVERDUE_DAYS


@dataclass(frozen=True)
class DeskSettings:
    """`rows_per_page` of the queue; `rules` for how long sessions last and how guessing is slowed.

    `overdue_days`: for how many days, by priority from 1 to 4, a discrepancy may be known before it is overdue.
    `lease`: for how long others are told that somebody has a discrepancy open.
    `most_exported`: rows that a list taken out as a workbook may have.
    `nights_begin`: at which hour of the county the night begins, where one is scheduled.
    `frame_kept`: for how long a process of the desk goes by what it read once of the last night and of the rules' trust.
    `audit_part`: how many entries of the audit chain one request verifies.
    `rule_defaults`: the rules where a county has set nothing; `rule_file`: what it has set in rules.toml.
    """

    rows_per_page: int = 50
    longest_form: int = 65_536  # bytes
    longest_upload: int = 2_000_000  # bytes, of a form with a file in it
    longest_hand_in: int = 12_000_000  # bytes, of a form with a department's corrected list in it
    overdue_days: tuple[int, ...] = OVERDUE_DAYS
    lease: timedelta = timedelta(minutes=5)
    most_exported: int = 50_000
    rules: AccountRules = field(default_factory=AccountRules)
    nights_begin: time | None = None
    frame_kept: timedelta = timedelta(seconds=15)
    audit_part: int = 20_000
    rule_defaults: RuleSettings = field(default_factory=RuleSettings)
    rule_file: Mapping[str, Any] = field(default_factory=dict)

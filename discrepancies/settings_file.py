"""A county's own rules, as a TOML file holds them: the names of `RuleSettings`, and tables `due_days` and
`trust`.

    birth_days = 45
    inconsistent_confidence = 0.8
    [due_days]
    police_births = 8
    [trust.name]
    hospital_births = 0.85

What the file does not name stays as it is.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from discrepancies.schedule import CALENDAR
from discrepancies.settings import RuleSettings
from discrepancies.trust import Trust

TABLES = ("due_days", "trust")
AT_LEAST_ONE = ("learning_periods", "usual_periods", "silent_periods")
OPEN_SHARES = ("quiet_probability",)
AGES = ("school_until_age",)
LAST_DUE_DAY = 28


class BadSetting(Exception):
    """A setting that is unknown or out of bounds; the message names it and says what it may be, `kind` says the same to a form."""

    def __init__(self, message: str, kind: str = "unknown") -> None:
        self.kind = kind
        super().__init__(message)


def with_changes(settings: RuleSettings, table: Mapping[str, Any]) -> RuleSettings:
    """The settings with what the table says. Raises: BadSetting at the first key that cannot be."""
    plain = {field.name for field in dataclasses.fields(RuleSettings)} - set(TABLES)
    changes: dict[str, Any] = {}
    for name, value in table.items():
        if name in plain:
            changes[name] = _number(name, value, getattr(settings, name))
        elif name not in TABLES:
            raise BadSetting(
                f"there is no setting {name}; settings are {', '.join(sorted(plain))}, {', '.join(TABLES)}"
            )
        elif not isinstance(value, Mapping):
            raise BadSetting(f"{name} is a table; write [{name}]")
    if "due_days" in table:
        changes["due_days"] = _due_days(settings.due_days, table["due_days"])
    if "trust" in table:
        changes["trust"] = _trust(settings.trust, table["trust"])
    return dataclasses.replace(settings, **changes)


def _number(name: str, value: Any, now: Any) -> float | int:
    """A number of the setting's kind: a whole one for days, ages and periods, else a share from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadSetting(f"{name} is a number", "number")
    if name in AGES:
        if not 0 <= value <= 120:
            raise BadSetting(f"{name} is an age in years, from 0 to 120", "age")
        return float(value)
    if isinstance(now, int):
        least = 1 if name in AT_LEAST_ONE else 0
        if not isinstance(value, int) or not least <= value <= 36_500:
            raise BadSetting(f"{name} is a whole number, {least} or more", "one" if least else "whole")
        return value
    if not 0 <= value <= 1 or (name in OPEN_SHARES and value in (0, 1)):
        raise BadSetting(f"{name} is between 0 and 1", "open_share" if name in OPEN_SHARES else "share")
    return float(value)


def _due_days(now: Mapping[str, int], table: Mapping[str, Any]) -> Mapping[str, int]:
    for feed, day in table.items():
        if feed not in CALENDAR:
            raise BadSetting(f"due_days.{feed}: there is no such feed; feeds are {', '.join(CALENDAR)}")
        if isinstance(day, bool) or not isinstance(day, int) or not 1 <= day <= LAST_DUE_DAY:
            raise BadSetting(f"due_days.{feed} is a day of the month from 1 to {LAST_DUE_DAY}", "day")
    return MappingProxyType({**now, **table})


def _trust(now: Trust, table: Mapping[str, Any]) -> Trust:
    for field, line in table.items():
        if field not in now.table:
            raise BadSetting(f"trust.{field}: there is no such field; fields are {', '.join(now.table)}")
        if not isinstance(line, Mapping):
            raise BadSetting(f"trust.{field} is a table; write [trust.{field}]")
        known = {feed for one in now.table.values() for feed in one} | set(CALENDAR)
        for feed, share in line.items():
            if feed not in known:
                raise BadSetting(
                    f"trust.{field}.{feed}: there is no such source; sources are {', '.join(sorted(known))}"
                )
            if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share < 1:
                raise BadSetting(f"trust.{field}.{feed} is a probability above 0 and below 1", "probability")
        now = now.with_line(field, **line)
    return now

"""The rules as a form has them: a text per setting, and back; what cannot be is said beside the field that it is of.

Names of fields: `s.birth_days`, `d.police_births`, `t.name.hospital_births`; `new.*` is a cell of the trust table that has no line yet. A field
that is left blank is as the defaults have it, and only what is otherwise than the defaults becomes part of a version.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from discrepancies.schedule import CALENDAR
from discrepancies.settings import RuleSettings
from discrepancies.settings_file import BadSetting, with_changes
from stewardship.administration.rule_words import SETTINGS

_NUMBER: Final = re.compile(r"-?\d{1,9}(\.\d{1,12})?")
Key = tuple[str, ...]


@dataclass(frozen=True)
class Read:
    """What a form says; `problems`: name of a field → kind of `BadSetting`. `rules` can be set when there are none."""

    rules: dict[str, Any]
    problems: dict[str, str]


@dataclass(frozen=True)
class Difference:
    """Of one setting between two versions, as they are in force."""

    key: Key
    before: str
    after: str


def sources(settings: RuleSettings) -> tuple[str, ...]:
    """All that the trust table may name, those that it names first."""
    named = {feed: None for line in settings.trust.table.values() for feed in line}
    return (*named, *(feed for feed in CALENDAR if feed not in named))


def flat(settings: RuleSettings) -> dict[Key, float]:
    """Every setting that has a value."""
    found: dict[Key, float] = {("s", name): getattr(settings, name) for name in SETTINGS}
    found |= {("d", feed): settings.due_days[feed] for feed in CALENDAR if feed in settings.due_days}
    for name, line in settings.trust.table.items():
        found |= {("t", name, feed): share for feed, share in line.items()}
    return found


def written(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.12g}"


def fields(settings: RuleSettings) -> dict[str, str]:
    """What a form shows."""
    return {".".join(key): written(value) for key, value in flat(settings).items()}


def read_form(form: Mapping[str, str], defaults: RuleSettings) -> Read:
    rules: dict[str, Any] = {}
    problems: dict[str, str] = {}
    usual = flat(defaults)
    typed = {name: text.strip() for name, text in form.items() if name[:2] in ("s.", "d.", "t.")}
    typed |= _added(form, problems)
    for name, text in sorted(typed.items()):
        if text:
            _read(name, text, defaults, usual, rules, problems)
    return Read(rules, problems)


def _added(form: Mapping[str, str], problems: dict[str, str]) -> dict[str, str]:
    """The cell that has no line yet."""
    field, source, share = (form.get(f"new.{part}", "").strip() for part in ("field", "source", "share"))
    if not (field or source or share):
        return {}
    if not (field and source and share):
        problems["new"] = "unknown"
        return {}
    return {f"t.{field}.{source}": share}


def _read(
    name: str,
    text: str,
    defaults: RuleSettings,
    usual: Mapping[Key, float],
    rules: dict[str, Any],
    problems: dict[str, str],
) -> None:
    key = tuple(name.split(".", 2 if name.startswith("t.") else 1))
    if not (text.isascii() and _NUMBER.fullmatch(text)):
        problems[name] = "number"
        return
    value = float(text) if "." in text else int(text)
    try:
        settled = flat(with_changes(defaults, _table(key, value)))[key]
    except (BadSetting, KeyError) as fault:
        problems[name] = fault.kind if isinstance(fault, BadSetting) else "unknown"
        return
    if settled != usual.get(key):
        _put(rules, key, settled)


def _table(key: Key, value: Any) -> dict[str, Any]:
    table: dict[str, Any] = {}
    _put(table, key, value)
    return table


def _put(table: dict[str, Any], key: Key, value: Any) -> None:
    """Where a rules.toml has it."""
    kind, *path = key
    path = {"s": [], "d": ["due_days"], "t": ["trust"]}[kind] + path
    for part in path[:-1]:
        table = table.setdefault(part, {})
    table[path[-1]] = value


def differences(
    before: Mapping[str, Any], after: Mapping[str, Any], defaults: RuleSettings
) -> list[Difference]:
    """What the second sets otherwise than the first. A setting that this release no longer knows is not told."""
    one, other = flat(settled(before, defaults)), flat(settled(after, defaults))
    return [
        Difference(key, _shown(one.get(key)), _shown(other.get(key)))
        for key in dict.fromkeys((*one, *other))
        if one.get(key) != other.get(key)
    ]


def _shown(value: float | None) -> str:
    return "∅" if value is None else written(value)


def settled(rules: Mapping[str, Any], defaults: RuleSettings) -> RuleSettings:
    """The settings of a version, as far as they can still be set."""
    found = defaults
    for key, value in _leaves(rules):
        try:
            found = with_changes(found, _table(key, value))
        except BadSetting:
            continue
    return found


def _leaves(rules: Mapping[str, Any]) -> list[tuple[Key, Any]]:
    found: list[tuple[Key, Any]] = []
    for name, value in rules.items():
        if name == "due_days" and isinstance(value, Mapping):
            found += [(("d", feed), day) for feed, day in value.items()]
        elif name == "trust" and isinstance(value, Mapping):
            for field, line in value.items():
                if isinstance(line, Mapping):
                    found += [(("t", field, feed), share) for feed, share in line.items()]
        else:
            found.append((("s", name), value))
    return found

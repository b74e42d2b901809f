"""Whatever the sources write to the audit chain has words: actions, kinds of subjects and names of details, read from the code itself."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import fields
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest

from register.area_tree import AreaTree
from register.change_states import TRANSITIONS
from register.retention import FILES, RULES
from stewardship.administration import entries, users
from stewardship.administration.audit_words import ACTIONS, DETAILS, LISTS, SUBJECTS, in_words
from stewardship.deliveries import reading
from stewardship.filters import Filters
from stewardship.language import translations
from stewardship.places import Places
from stewardship.proposals import Choice
from stewardship.words import EVENTS

ROOT: Final = Path(__file__).parents[3]
PACKAGES: Final = (
    "register",
    "stewardship",
    "pipelines",
    "feeds",
    "discrepancies",
    "linkage",
    "completeness",
)
# Who writes → where the action stands among what is handed on.
WRITERS: Final = {"Event": 1, "_tell": 1, "_record": 1, "_event": 1, "_opened": 4}
TAKERS: Final = frozenset({"handed_out", "taken_out"})
# An action that is put together → what it may become.
TOGETHER: Final = {
    "f'change.{action}'": {f"change.{name}" for name in TRANSITIONS},
    "f'{kind}.view'": {"person.view", "household.view"},
    "f'export.{table.name}'": {f"export.{name}" for name in LISTS},
    "f'retention.{RULES[what].action}'": {f"retention.{rule.action}" for rule in RULES.values()},
    "f'retention.{FILES[what].action}'": {f"retention.{rule.action}" for rule in FILES.values()},
}
# Sheets that no file begins with: the chain never names them.
FURTHER: Final = frozenset(
    [
        "births",
        "changes",
        "course",
        "decisions",
        "draft",
        "drift",
        "feeds",
        "files",
        "history",
        "late",
        "lines",
        "links",
        "mentions",
        "months",
        "nights",
        "oldest",
        "ones",
        "pairs",
        "register_statement",
        "steps_by_month",
        "steps_by_township",
        "strata",
        "tables",
        "townships",
        "versions",
        "weeks",
    ]
)
SCOPE: Final = {"area_code", "feed"}  # of a role that is given
WITH_KEYS: Final = (ast.Dict, ast.IfExp, ast.DictComp)
# Subjects whose kind is handed on by whoever calls.
HANDED_ON: Final = {"register_change", "person", "household", "discrepancy", "quality_sample", "quality_pair"}


@cache
def trees() -> list[ast.Module]:
    files = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]
    told = [file.read_text("utf-8") for file in files if "migrations" not in file.parts]
    return [
        ast.parse(text) for text in told if "audit" in text.lower() or "Table" in text or "taken_out" in text
    ]


def name_of(call: ast.Call) -> str:
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def calls(tree: ast.AST, names: Collection[str]) -> Iterator[ast.Call]:
    return (one for one in ast.walk(tree) if isinstance(one, ast.Call) and name_of(one) in names and one.args)


def texts(value: ast.expr) -> set[str]:
    """The literals that an expression may be."""
    if isinstance(value, ast.IfExp):
        return texts(value.body) | texts(value.orelse)
    if isinstance(value, ast.JoinedStr):
        return TOGETHER[ast.unparse(value)]
    return {value.value} if isinstance(value, ast.Constant) and isinstance(value.value, str) else set()


def actions() -> set[str]:
    found: set[str] = set()
    for tree in trees():
        for call in calls(tree, WRITERS):
            name, where = name_of(call), WRITERS[name_of(call)]
            told = texts(call.args[where]) if len(call.args) > where else set()
            found |= {f"change.{one}" for one in told} if name == "_event" else told
    return found


def kinds() -> set[str]:
    found = set(HANDED_ON)
    for tree in trees():
        named = {
            target.id: one.value.value
            for one in ast.walk(tree)
            if isinstance(one, ast.AnnAssign)
            and isinstance(target := one.target, ast.Name)
            and isinstance(one.value, ast.Constant)
            and isinstance(one.value.value, str)
        }
        for call in calls(tree, {"Event"}):
            if len(call.args) > 2:
                kind = call.args[2]
                found |= {named[kind.id]} if isinstance(kind, ast.Name) and kind.id in named else texts(kind)
    return found


def keys(value: ast.AST) -> set[str]:
    """The literal keys of the dictionaries in an expression."""
    return {
        key.value
        for one in ast.walk(value)
        if isinstance(one, ast.Dict)
        for key in one.keys
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    }


def details() -> set[str]:
    """What is handed on by name, and the keys of dictionaries in the call or under a name that is handed on in it."""
    found = {field.name for of in (Filters, Choice, users.Choice, reading.Choice) for field in fields(of)}
    found |= {field.name for field in fields(entries.Asked)} - {"before"} | SCOPE
    for tree in trees():
        for function in (one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)):
            for call in calls(function, (*WRITERS, *TAKERS)):
                if name_of(call) == "_tell":
                    found |= {word.arg for word in call.keywords if word.arg}
                found |= keys(call.args[-1]) | under(function, names_in(call.args[-1]))
    return found


def names_in(value: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(value) if isinstance(one, ast.Name)}


def under(function: ast.FunctionDef, names: set[str]) -> set[str]:
    """The literal keys of the dictionaries that these names have in a function, and of those that they are made of."""
    found: set[str] = set()
    for one in ast.walk(function):
        if not isinstance(one, ast.Assign | ast.AnnAssign) or not isinstance(one.value, WITH_KEYS):
            continue
        targets = one.targets if isinstance(one, ast.Assign) else [one.target]
        if any(isinstance(target, ast.Name) and target.id in names for target in targets):
            found |= keys(one.value) | under(function, names_in(one.value) - names)
    return found


def sheets() -> set[str]:
    found = {"person"}
    for tree in trees():
        for call in calls(tree, {"Table", "_settings", "discrepancies"}):
            found |= texts(call.args[0])
    return found - FURTHER


@pytest.mark.parametrize(
    ("written", "said"),
    [
        pytest.param(actions, {*ACTIONS, *(f"export.{name}" for name in LISTS)}, id="actions"),
        pytest.param(sheets, set(LISTS), id="lists that are taken out"),
        pytest.param(kinds, set(SUBJECTS), id="kinds of subjects"),
        pytest.param(details, set(DETAILS), id="details"),
    ],
)
def test_whatever_is_written_to_the_chain_has_words(written: Any, said: set[str]) -> None:
    found = written()
    assert len(found) > 8
    assert sorted(found - said) == []


def test_every_word_is_for_something_that_is_written() -> None:
    assert sorted(set(DETAILS) - details()) == []
    assert sorted(set(LISTS) - sheets()) == []
    assert {one for one in ACTIONS if one not in EVENTS} <= actions()


def test_an_entry_is_said_in_the_reader_s_words_with_its_codes_beside_them() -> None:
    county, village = "990101000000", "990101001001"
    places = Places(
        {county: "县", village: "一村"}, {county: None, village: None}, {village: "village"}, AreaTree([])
    )
    row = entry("user.grant", "account", "li", {"role": "clerk", "area_code": village})
    told = in_words(row, places, "zh")
    assert (told.action, told.subject, told.details) == (
        "user.grant",
        "account li",
        f"area_code={village} role=clerk",
    )
    assert (told.did, told.what, told.says) == ("授予角色", "账号", "地区：一村 · 角色：村（社区）工作人员")
    changed = entry("change.propose", "register_change", "7", {"fields": ["phone"], "kind": "merge", "x": 1})
    assert in_words(changed, places, "en").says == "Items: phone · Kind: Two rows become one · x: 1"
    taken = in_words(entry("export.queue", "list", "queue", {"type": "possible_link,odd"}), places, "en")
    assert (taken.did, taken.says) == ("took a list out: Queue", "Type: Possible link, odd")
    strange = in_words(entry("oddity.made", "oddity", "1", {"child": True, "none": None}), places, "en")
    assert (strange.did, strange.what) == ("oddity.made", "oddity")
    assert strange.says == "perhaps a child: yes · none: ∅"


def test_every_word_has_its_chinese() -> None:
    said = translations("zh").gettext
    for word in (*ACTIONS.values(), *LISTS.values(), *SUBJECTS.values(), *DETAILS.values()):
        assert said(word) != word, word


def entry(action: str, kind: str, subject: str, details_: dict[str, Any]) -> Any:
    at = datetime(2026, 5, 2, tzinfo=UTC)
    told = {"entry_no": 1, "at": at, "actor": "li", "action": action, "details": details_}
    return SimpleNamespace(subject_kind=kind, subject_id=subject, **told)

"""Both languages are complete: every message of a template or a list of words has its Chinese text, with the same parameters."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po

import stewardship.language as language
from assets.deliveries import FEEDS
from discrepancies import candidates
from register.account_models import ROLES
from register.change_models import CHANGE_KINDS, CHANGE_STATES
from register.change_plans import FIELDS as CHANGED
from register.change_plans import SUGGESTED
from register.change_states import TRANSITIONS
from register.decision_models import DECISION_KINDS
from register.discrepancy_models import DISCREPANCY_STATUSES, VERSION_EVENTS
from stewardship import words
from stewardship.matrix import FIELDS as MATRIX
from stewardship.proposals import STEPS, UNDO

HERE = Path(language.__file__).parent
PARAMETER = re.compile(r"%\(\w+\)s")


def messages() -> set[str | tuple[str, str]]:
    found: set[str | tuple[str, str]] = set()
    for template in sorted((HERE / "templates").rglob("*.html")):
        with template.open("rb") as file:
            told = extract(
                "jinja2.ext:babel_extract", file, options={"extensions": "jinja2.ext.i18n", "silent": "false"}
            )
            found |= {text if isinstance(text, str) else (text[0], text[1]) for _, text, *_ in told}
    for module in sorted(HERE.rglob("*.py")):
        with module.open("rb") as file:
            found |= {str(text) for _, text, *_ in extract("python", file, keywords={"N_": None})}
    return found


def catalogue() -> Catalog:
    with language.CATALOGUE.open("rb") as file:
        return read_po(file, locale="zh", abort_invalid=True)


def test_every_message_has_both_languages_and_none_is_left_over() -> None:
    there = {
        message.id if isinstance(message.id, str) else tuple(message.id)
        for message in catalogue()
        if message.id and all(message.string if isinstance(message.string, tuple) else (message.string,))
    }
    assert there == messages()


def test_no_message_is_put_into_chinese_twice() -> None:
    said = re.findall(r'^msgid "(.+)"$', language.CATALOGUE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert [one for one, times in Counter(said).items() if times > 1] == []


def test_both_languages_take_the_same_parameters() -> None:
    for message in catalogue():
        if message.id:
            ids = (message.id,) if isinstance(message.id, str) else message.id
            texts = (message.string,) if isinstance(message.string, str) else message.string
            for text in texts:
                assert set(PARAMETER.findall(text)) == set(PARAMETER.findall(ids[-1])), ids


def test_every_code_has_a_word() -> None:
    assert set(words.TYPES) == set(candidates.TYPES)
    assert set(words.STATUSES) == set(DISCREPANCY_STATUSES)
    assert set(words.DECISIONS) == {*DECISION_KINDS, "propose"}
    assert set(words.ROLES) == set(ROLES)
    assert set(words.CHANGES) == set(CHANGE_KINDS) >= set(SUGGESTED.values())
    assert set(words.CHANGE_STATES) == set(CHANGE_STATES)
    assert set(words.CHANGE_ACTIONS) == {*STEPS, UNDO}
    assert {f"change.{action}" for action in (*TRANSITIONS, "propose", "view")} <= set(words.EVENTS)
    assert set(VERSION_EVENTS) <= set(words.EVENTS)
    assert set(words.FEEDS) == {*FEEDS, "id_number"}
    assert all(words.field_name(field, "zh") != field for field in (*MATRIX, *CHANGED))


@pytest.mark.parametrize(
    ("cookie", "accepted", "expected"),
    [
        pytest.param("en", "zh-CN", "en", id="the user's choice first"),
        pytest.param("xx", "en", "en", id="a choice there is not"),
        pytest.param(None, "", "zh", id="nothing said"),
        pytest.param(None, "de,en;q=0.5,zh;q=0.9", "zh", id="by weight"),
    ],
)
def test_a_language_is_chosen(cookie: str | None, accepted: str, expected: str) -> None:
    assert language.chosen(cookie, accepted) == expected

"""No code of the program's reaches a reader: whatever a night can write has its words in both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import discrepancies
import feeds
from discrepancies import claims
from discrepancies.schedule import CALENDAR
from discrepancies.trust import DEFAULT_TRUST
from discrepancies.unusable_numbers import LOST_IN_FILE
from discrepancies.wording import VALUE_NAMES
from feeds.contracts import CONTRACTS, contract_of
from feeds.values.codes import MARITAL, RELATIONS, SEX
from register.models import DELIVERY_STATUSES
from stewardship import reason_words, words
from stewardship.administration.entries import FAMILIES, KINDS
from stewardship.deliveries import saying
from stewardship.language import translations
from stewardship.leads import Lead
from stewardship.newcomers import RELATION_BY_PARENT
from stewardship.places import Places
from stewardship.reason_words import sentence_of

CODE = re.compile(r"[a-z]+_[a-z_]+")
LANGUAGES = ("zh", "en")


def _sources(package: object) -> Iterator[ast.AST]:
    for module in sorted(Path(str(package.__file__)).parent.glob("*.py")):  # type: ignore[attr-defined]
        yield from ast.walk(ast.parse(module.read_text()))


def _texts(node: ast.AST) -> list[str]:
    """The texts that are written there, without the names that things are looked up by."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    parts = [node.value] if isinstance(node, ast.Subscript) else list(ast.iter_child_nodes(node))
    return [text for part in parts for text in _texts(part)]


def reason_codes() -> set[str]:
    """Of the reasons that the rules give their candidates."""
    texts = []
    for node in _sources(discrepancies):
        if isinstance(node, ast.keyword) and node.arg == "reason":
            texts += _texts(node.value)
        if isinstance(node, ast.FunctionDef) and node.name == "_reason":
            texts += [text for it in node.body[1:] for text in _texts(it)]
    return {code for text in texts for code in re.findall(r"(?:^|;)([a-z_]+)(?=:|$)", text)}


def test_every_code_of_a_reason_has_its_words() -> None:
    codes = reason_codes()
    assert {"by", "seen", "unusable", "lunar", "asked", "fields"} <= codes
    assert codes <= set(reason_words.TOLD)


def test_every_rule_that_rows_break_has_its_words() -> None:
    found = {LOST_IN_FILE}
    for node in _sources(feeds):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_row_entry":
            found |= {text for text in _texts(node) if text}
        if isinstance(node, ast.Assign | ast.Expr) and "bad" in ast.dump(node):
            found |= {text for text in _texts(node) if text in ("needed", "unknown_change")}
    assert {"torn", "wrong_feed", "needed", "unknown_change"} <= found
    assert found - {LOST_IN_FILE} <= set(saying.RULES)


def test_every_item_source_role_and_status_has_its_words() -> None:
    fields = {*DEFAULT_TRUST.table, *(rule.field for rule in claims.FIELDS)}
    for language in LANGUAGES:
        assert all(words.field_name(name, language) != name or language == "en" for name in fields)
    assert all(not CODE.search(words.field_name(name, "en")) for name in fields)
    sources = {feed for line in DEFAULT_TRUST.table.values() for feed in line} | set(CALENDAR)
    assert {feed for feed in sources if ":" not in feed and feed != "*"} <= set(words.FEEDS)
    assert {*claims.ADULT_ROLES, "self"} <= set(words.MENTIONED)
    assert set(saying.STATUSES) == set(DELIVERY_STATUSES)
    assert FAMILIES and KINDS


def test_every_value_that_is_read_has_its_words_and_only_such_a_relation_is_proposed() -> None:
    assert set(VALUE_NAMES["relation_to_head"]) == set(RELATIONS)
    assert set(VALUE_NAMES["marital_status"]) >= set(MARITAL)
    assert set(VALUE_NAMES["sex"]) == set(SEX)
    assert {one for pair in RELATION_BY_PARENT.values() for one in pair} | set(RELATION_BY_PARENT) <= set(
        RELATIONS
    )


def test_a_reason_is_told_without_a_code_in_either_language() -> None:
    reasons = (
        "by:police_births,school_enrolment;for:3;against:1;register_unfit;lunar",
        "else:unregistered_birth;seen:hospital_births",
        "unusable:needed:name|id_number,torn,wrong_feed,lost:id_number",
        "fields:birth_date,hukou_address",
        "asked:2026-05-09;usual:12",
        "listed:4021",
        "listed:police_residents",
        "holders:2",
        "members:4",
        "same_person",
    )
    for language in LANGUAGES:
        for reason in reasons:
            told = reason_words.told(reason, translations(language).gettext, language)
            assert len(told) == reason.count(";") + 1, reason
            assert not any(CODE.search(text) for text in told), told


def test_a_file_that_has_not_come_is_named_by_list_unit_and_period() -> None:
    places = Places({"990101001000": "大塘镇"}, {}, {}, None)  # type: ignore[arg-type]
    for proposed, zh, en in (
        (
            "police_births 990101001 2026-10",
            "公安出生登记 · 大塘镇 · 2026-10",
            "Police: births · 大塘镇 · 2026-10",
        ),
        ("hospital_births * baseline", "", "Hospital births · the whole feed · first list"),
        ("school_enrolment 第一小学 2026-T2", "", "Schools · 第一小学 · 2026-T2"),
    ):
        one = Lead(
            *("D1", "feed_overdue", "open", 2, 1.0, None, proposed, "asked:2026-11-01", 1, 0),
            *(date(2026, 11, 1), date(2026, 11, 1)),
        )
        assert sentence_of(one, "en", places).startswith(f"{en}: ")
        assert not CODE.search(sentence_of(one, "zh", places))
        assert not zh or sentence_of(one, "zh", places).startswith(zh[:2])


def test_every_column_of_a_list_has_a_word_in_both_languages() -> None:
    names = {name for feed in CONTRACTS for name in contract_of(feed).names}
    assert not [name for name in names if words.field_name(name, "zh") == name]
    assert not [name for name in names if CODE.search(words.field_name(name, "en"))]

"""What is typed for an item with codes becomes the value that the register's lists are read as."""

from __future__ import annotations

from typing import Final

import pytest

from discrepancies.readings import ALSO_WRITTEN, read_value
from discrepancies.wording import LANGUAGES, VALUES_OFFERED, value_name
from feeds.values.codes import ETHNICITIES, MARITAL, RELATIONS, SEX, TABLES, read_code

CODED: Final = {
    "sex": ("sex", SEX),
    "ethnicity": ("ethnicity", ETHNICITIES),
    "marital_status": ("marital", MARITAL),
    "relation_to_head": ("relation", RELATIONS),
}


@pytest.mark.parametrize("field", CODED)
def test_what_is_typed_is_read_as_the_register_s_lists_are(field: str) -> None:
    table, values = CODED[field]
    assert set(VALUES_OFFERED[field]) == set(values)
    for word, value in TABLES[table].items():
        if not word.isascii():
            assert read_value(field, word) == value, word
    for value, also in ALSO_WRITTEN[field].items():
        assert {read_code(table, word) for word in also.split()} == {(value, None)}


@pytest.mark.parametrize("field", CODED)
def test_the_words_of_either_language_lead_back_to_the_value(field: str) -> None:
    for value in VALUES_OFFERED[field]:
        for language in LANGUAGES:
            name = value_name(field, value, language)
            assert read_value(field, f" {name.upper()} ") == read_value(field, name) == value


@pytest.mark.parametrize(
    ("field", "written", "value"),
    [
        ("ethnicity", "han", "汉族"),
        ("ethnicity", "汉", "汉族"),
        ("relation_to_head", "Son", "子"),
        ("relation_to_head", "son’s daughter", "孙女"),
        ("relation_to_head", "孙子", "孙"),
        ("relation_to_head", "grandchild", "孙"),
        ("relation_to_head", "brother in law", None),
        ("relation_to_head", "1", None),
        ("marital_status", "divorced", "离异"),
        ("marital_status", "离婚", "离异"),
        ("marital_status", "", None),
        ("sex", "dog", None),
        ("phone", "男", None),
    ],
)
def test_a_reading(field: str, written: str, value: str | None) -> None:
    assert read_value(field, written) == value

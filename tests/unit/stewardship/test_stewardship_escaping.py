"""What templates write is what Jinja would write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader, Environment
from markupsafe import Markup, escape

from stewardship.escaping import DeskEnvironment, written


class Told:
    """An object that is put in as text."""

    def __str__(self) -> str:
        return "<told>"


@given(st.text(alphabet="ab<>&'\"é王 \n"))
def test_a_text_is_escaped_as_markupsafe_does(text: str) -> None:
    assert written(text) == str(escape(text))


@pytest.mark.parametrize(
    "value", [Markup("<b>"), 7, None, True, 0.5, Told(), type("Text", (str,), {})("<i>")]
)
def test_so_is_anything_else(value: object) -> None:
    assert written(value) == str(escape(value))


def test_a_page_is_the_same_as_of_jinja_itself() -> None:
    templates = {
        "macro": "{% macro row(value) %}<b>{{ value }}</b>{{ value ~ '<' }}{% endmacro %}",
        "page": "{% import 'macro' as m %}{{ m.row(text) }}{{ m.row(safe) }}{{ text|safe }}{{ [text] }}"
        "{% set block %}<i>{{ text }}</i>{% endset %}{{ block }}{% autoescape false %}{{ text }}{% endautoescape %}"
        "{{ number }}{{ '<' }}",
    }
    given_ = {"text": "<&'\">", "safe": Markup("<u>"), "number": 3}
    ours = DeskEnvironment(loader=DictLoader(templates), autoescape=True).get_template("page").render(given_)
    assert ours == Environment(loader=DictLoader(templates), autoescape=True).get_template("page").render(
        given_
    )
    assert "&lt;&amp;&#39;&#34;&gt;" in ours

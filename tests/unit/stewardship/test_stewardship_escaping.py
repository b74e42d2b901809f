"""What templates write is what Jinja would write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader, Environment, nodes
from jinja2.defaults import DEFAULT_NAMESPACE
from jinja2.utils import _PassArg
from markupsafe import Markup, escape

from stewardship.escaping import DeskEnvironment, written
from stewardship.pages import HERE, environment


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


CALLS = {
    "macros": "{% macro named(name, about='', loud=false) %}{{ name }}:{{ about }}{% if loud %}!{% endif %}{% endmacro %}"
    "{% macro boxed(title) %}<b>{{ title }}</b>{{ caller(title ~ '>') }}{% endmacro %}"
    "{% macro rest() %}{{ varargs|join('<') }}{% for key in kwargs %}{{ key }}{% endfor %}{% endmacro %}",
    "base": "[{% block inner %}of the base <{{ _('word') }}>{% endblock %}]",
    "page": "{% extends 'base' %}{% import 'macros' as m with context %}{% block inner %}{{ super() }}"
    "{{ m.named(text) }}{{ m.named(text, loud=true, about=_('word & more')) }}{{ m.named(_('word'), _(text)) }}"
    "{% call(inner) m.boxed(text) %}<i>{{ inner }}</i>{% endcall %}{{ m.rest(text, 2, x=3) }}"
    "{% for one in [1, 2] %}{{ loop.cycle('a', 'b') }}{{ _('%(n)s <b>', n=one) }}{{ _('word', **{}) }}{% endfor %}"
    "{{ text.replace('<', '>') }}{{ made(text, class='c') }}{{ _('word') if number else _('other') }}{% endblock %}",
}


def _say(text: str, **about: object) -> Markup:
    return Markup(f"{text.upper()}" if not about else text) % about


def test_functions_macros_and_words_come_out_as_of_jinja_itself() -> None:
    given_ = {"text": "<&'\">", "number": 3, "made": lambda text, **more: f"{text}{sorted(more.items())}"}
    pages = []
    for kind in (DeskEnvironment, Environment):
        made = kind(loader=DictLoader(CALLS), autoescape=True)
        made.globals["_"] = _say
        pages.append(made.get_template("page").render(given_))
    assert pages[0] == pages[1]
    assert "of the base <WORD>" in pages[0]


def test_words_that_stand_alone_are_looked_up_once_and_not_on_every_page() -> None:
    said: list[str] = []

    def say(text: str, /, **about: object) -> Markup:
        said.append(text)
        return _say(text, **about)

    made = DeskEnvironment(
        loader=DictLoader({"page": "<p>{{ _('word') }}{{ _(text) }}</p>"}), autoescape=True
    )
    made.globals["_"] = say
    page = made.get_template("page")
    assert [page.render(text="one"), page.render(text="two")] == ["<p>WORDONE</p>", "<p>WORDTWO</p>"]
    assert said == ["word", "one", "two"]


def test_each_language_has_its_own_words() -> None:
    assert [environment(tongue).from_string("{{ _('Queue') }}").render() for tongue in ("zh", "en")] == [
        "待办",
        "Queue",
    ]


def test_no_template_makes_the_name_of_words_mean_something_else() -> None:
    made = environment("en")
    for file in sorted((HERE / "templates").glob("**/*.html")):
        tree = made.parse(file.read_text(encoding="utf-8"))
        given_ = {one.name for one in tree.find_all(nodes.Name) if one.ctx in ("store", "param")}
        assert "_" not in given_, file.name


def test_no_function_that_templates_call_wants_the_context() -> None:
    made = environment("en")
    own = {name: value for name, value in made.globals.items() if name not in DEFAULT_NAMESPACE}
    assert own.keys() >= {"_", "day", "words"}
    assert not [name for name, value in own.items() if _PassArg.from_obj(value) is not None]

"""How templates write values: as Jinja's autoescape does, without a copy of what is safe already.

A page of the queue writes some fifteen hundred values, nearly all of which have nothing to escape; `markupsafe.escape` makes a new object of each, and one
of the whole list for every macro that it is handed through.
"""

from __future__ import annotations

import re
from typing import Any, Final

from jinja2 import Environment, nodes
from jinja2.compiler import CodeGenerator, Frame
from markupsafe import Markup, escape

_find_unsafe: Final = re.compile("[&<>'\"]").search


def written(value: Any) -> str:
    """What `escape` gives, as text for the page."""
    kind = type(value)
    if kind is Markup or (kind is str and _find_unsafe(value) is None):
        found: str = value
        return found
    return escape(value)


class _Generator(CodeGenerator):
    """As Jinja's own; `environment` is a name that every compiled template has."""

    def _output_child_pre(
        self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo
    ) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.written(")


class DeskEnvironment(Environment):
    """Templates of the desk: HTML throughout."""

    code_generator_class = _Generator
    written = staticmethod(written)

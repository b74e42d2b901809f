"""How templates write values and call functions: what comes out is what Jinja writes, at less cost.

- A value is escaped without a copy of what is safe already: a page of the queue writes some fifteen hundred values, nearly all of which have nothing to
  escape; `markupsafe.escape` makes a new object of each, and one of the whole list for every macro that it is handed through.
- What is said in words that stand alone (`_("Queue")`) is looked up when a template is compiled, once in each language, and is part of its text.
- Functions and macros are called as they are. Jinja's way of calling looks each time whether one wants its context; none of the desk's does.
"""

from __future__ import annotations

import re
from keyword import iskeyword
from typing import Any, Final

from jinja2 import Environment, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

SAYS: Final = "_"
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

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        if (
            node.dyn_args is not None
            or node.dyn_kwargs is not None
            or any(iskeyword(k.key) for k in node.kwargs)
        ):
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.visit(node.node, frame)
        self.write("(")
        for argument in (*node.args, *node.kwargs):
            self.visit(argument, frame)
            self.write(", ")
        self.write("caller=caller)" if forward_caller else ")")


class _Said(NodeTransformer):
    """Puts in what `_` answers to a text that stands alone."""

    def __init__(self, environment: Environment) -> None:
        self._say: Any = environment.globals.get(SAYS)

    def visit_Call(self, node: nodes.Call) -> nodes.Expr:
        self.generic_visit(node)
        match node:
            case nodes.Call(
                node=nodes.Name(name=name),
                args=[nodes.Const(value=str() as text)],
                kwargs=[],
                dyn_args=None,
                dyn_kwargs=None,
            ) if name == SAYS and self._say is not None:
                return nodes.Const(self._say(text), lineno=node.lineno)
        return node


class DeskEnvironment(Environment):
    """Templates of the desk: HTML throughout. No function that they call takes Jinja's context (`pass_context` and its like), and no template makes `_` mean
    anything else.
    """

    code_generator_class = _Generator
    written = staticmethod(written)

    def _generate(self, source: nodes.Template, *args: Any, **kwargs: Any) -> str:
        """The hook that Jinja leaves for this."""
        return super()._generate(_Said(self).visit(source), *args, **kwargs)

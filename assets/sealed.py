"""No person's value leaves a stage by way of an exception.

Dagster keeps the text of what a step raised, and the texts of pandas, drivers and parsers quote the value
that troubled them. A sealed stage re-raises any error as `StageFailed`: its class, and the places in the code
it came from, nothing else.
"""

import traceback
from contextlib import ContextDecorator
from pathlib import Path
from types import TracebackType

PLACES_SHOWN = 8
ROOT = Path(__file__).resolve().parent.parent


class StageFailed(RuntimeError):
    """A stage broke: class of the error and where, never its text."""


class sealed(ContextDecorator):
    """`with sealed():` inside a generator, `@sealed()` on a function."""

    def __enter__(self) -> "sealed":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, Exception):
            failed = StageFailed(f"{type(error).__name__} at {_places(trace)}")
            failed.__cause__ = failed.__context__ = None
            raise failed from None


def _places(trace: TracebackType | None) -> str:
    frames = traceback.extract_tb(trace)[-PLACES_SHOWN:]
    return " < ".join(f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in reversed(frames))


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name

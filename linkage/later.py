"""Modules that are loaded when they are first needed, above all pandas and Arrow's functions: they take longer to load than some ten thousand records take to link."""

from __future__ import annotations

import gc
import importlib
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    import pyarrow.compute as pc


class Later:
    """Stands for a module, which is loaded when one of its names is first asked for."""

    def __init__(self, name: str) -> None:
        self.__name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(self.__name), name)


if not TYPE_CHECKING:
    pd, pc = Later("pandas"), Later("pyarrow.compute")


@contextmanager
def keeping_garbage() -> Iterator[None]:
    """Look for no garbage while something is imported, and count what was imported as old: it stays, and to look through it takes a fifth of the time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():
            gc.freeze()  # all that is young becomes old by this and the next
            gc.unfreeze()
        if collects:
            gc.enable()


def is_frame(thing: object) -> bool:
    """Whether it is a pandas frame; pandas is not loaded for it."""
    return _is_of("DataFrame", thing)


def is_series(thing: object) -> bool:
    """Whether it is a pandas series; pandas is not loaded for it."""
    return _is_of("Series", thing)


def _is_of(name: str, thing: object) -> bool:
    kind = getattr(sys.modules.get("pandas"), name, None)
    return kind is not None and isinstance(thing, kind)


__all__ = ["Later", "is_frame", "is_series", "keeping_garbage", "pc", "pd"]

"""Memory that nothing uses any more, given back to the machine: a process that keeps it is as large as its largest moment."""

from __future__ import annotations

import ctypes
from contextlib import suppress
from functools import cache
from typing import Any

import pyarrow as pa


def give_back() -> None:
    """What Arrow and the C library (GNU's) keep for later."""
    pa.default_memory_pool().release_unused()
    if (trim := _trim()) is not None:
        trim(0)


@cache
def _trim() -> Any:
    with suppress(OSError, TypeError, AttributeError):
        return ctypes.CDLL(None).malloc_trim
    return None


__all__ = ["give_back"]

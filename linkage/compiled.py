"""How functions are compiled, and how their machine code is kept from one run to the next.

numba keeps the machine code of a function under its name and asks only whether the file that it stands in has changed: a change to what it calls in another
file would leave the old code at work. So the name under which it is kept holds a digest of all files that compiled code is made of.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from numba import njit

SOURCES = (
    "bits.py",
    "compare.py",
    "compiled.py",
    "comparers.py",
    "errors.py",
    "kernels.py",
    "latin/kernels.py",
    "ops.py",
    "packers.py",
    "strings.py",
    "sweep.py",
    "tally.py",
)
"""Files with compiled functions and all that they import from this package (a test tells when one is missing)."""
OUTER: dict[str, Any] = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}
INNER: dict[str, Any] = {**OUTER, "no_cpython_wrapper": True}
"""For what only compiled code calls: nothing is made for Python to call it, which would take most of the time of compiling."""


def digest(folder: Traversable) -> str:
    """Sixteen characters that tell the SOURCES in a folder from any others."""
    found = hashlib.sha256()
    for name in SOURCES:
        found.update(hashlib.sha256(folder.joinpath(name).read_bytes()).digest())
    return found.hexdigest()[:16]


DIGEST = digest(files(__package__))


def cached(function: Callable[..., Any]) -> Any:
    """Compile a function that Python calls, once per machine and DIGEST; it runs free of the interpreter lock."""
    function.__qualname__ += f"-{DIGEST}"
    return njit(cache=True, **OUTER)(function)


def is_kept(function: Any) -> bool:
    """Whether machine code of a `cached` function, as it stands in the source now, was kept by an earlier run."""
    kept = Path(function.stats.cache_path).glob(f"*{function.py_func.__qualname__}-*.nbi")
    return next(kept, None) is not None

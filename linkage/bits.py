"""Machine words inside compiled code: what numba has no words for (count of set bits, 128-bit products, prefetch, unaligned reads, room that is given back by hand)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from linkage.compiled import IS_COMPILER

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIXED = np.uint64(0xD6E8FEB86659FD93)
ZERO = np.int64(0)
"""For arguments of compiled functions: a plain 0 is a type of its own, for which they would be compiled once more."""

if TYPE_CHECKING or IS_COMPILER:
    from linkage.intrinsics import (
        as_float,
        eight_bytes,
        fetch,
        folded,
        held_numbers,
        held_points,
        let_go,
        ones,
    )
else:

    def only_compiled(*_: Any) -> Any:
        """Stands for what only compiled code calls."""
        raise NotImplementedError

    as_float = eight_bytes = fetch = folded = held_numbers = held_points = let_go = ones = only_compiled

__all__ = [
    "GOLDEN",
    "MIXED",
    "ZERO",
    "as_float",
    "eight_bytes",
    "fetch",
    "folded",
    "held_numbers",
    "held_points",
    "let_go",
    "ones",
]

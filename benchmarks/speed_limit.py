"""What no engine of this shape can be below: `python -m benchmarks.speed_limit FOLDER RULES` prints CPU and wall seconds as JSON.

Both tables decoded, all blocking columns hashed, the smaller side indexed, the larger looked up, and one word read of the resident record of every pair that any rule
makes; nothing is compared, told apart, counted, or kept, and a pair that two rules make is read twice. Two threads. Imports and compiling are left out.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numba import njit

from benchmarks.rules import RULES
from benchmarks.speed_pairs import Decode, tables
from linkage import LinkSpec, block_on, compare
from linkage.block import Blocks, block

COMPARED = ("id_no", "name", "mother_name", "father_name", "phone", "dob", "village", "sex")
ROWS, WORDS = 1 << 15, 8
THREADS = 2


@njit(nogil=True, cache=True)
def touch(numbers, starts, ids, lines):  # type: ignore[no-untyped-def]
    """(pairs, a sum of their resident records' first words) of some streamed rows under one rule."""
    pairs, total = 0, np.uint64(0)
    for number in numbers:
        if number >= 0:
            first, last = starts[number], starts[number + 1]
            for place in range(first, last):
                total += lines[ids[place], 0]
            pairs += last - first
    return pairs, total


def blocks_of(folder: Path, rules: Sequence[tuple[str, ...]]) -> Blocks:
    """Both tables decoded, hashed, the smaller listed by block and the other looked up."""
    spec = LinkSpec([block_on(*columns) for columns in rules], [compare.exact(name) for name in COMPARED])
    return block(
        *tables(folder, spec),
        spec.blocking_rules,
        spec.largest_block,
        beside=lambda *_: [Decode(list(COMPARED))],
    )


def run(folder: Path, rules: Sequence[tuple[str, ...]]) -> int:
    """Do all of it once; returns the pairs made (those of several rules several times)."""
    blocks = blocks_of(folder, rules)
    lines = np.ones((blocks.resident.shape[1], WORDS), np.uint64)

    def one(lo: int) -> int:
        hi = min(lo + ROWS, blocks.streamed.shape[1])
        return sum(
            int(touch(numbers[lo:hi], blocks.starts, blocks.ids, lines)[0]) for numbers in blocks.streamed
        )

    with ThreadPoolExecutor(THREADS) as pool:
        return sum(pool.map(one, range(0, blocks.streamed.shape[1], ROWS)))


def main(folder: Path, rules: str) -> None:
    touch(
        np.zeros(0, np.int32), np.zeros(1, np.int32), np.zeros(0, np.int32), np.zeros((1, WORDS), np.uint64)
    )
    run(folder, RULES[rules][:1])  # compiled, and the files in the page cache
    wall, cpu = time.perf_counter(), time.process_time()
    pairs = run(folder, RULES[rules])
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    sys.stdout.write(json.dumps({"wall": round(wall, 3), "cpu": round(cpu, 3), "pairs": pairs}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

"""What no engine of this shape can be below: `python -m benchmarks.speed_limit FOLDER RULES` prints CPU and wall seconds as JSON.

Both tables decoded, all blocking columns hashed, the smaller side indexed, the larger looked up, and one word read of the resident record of every pair that any rule
makes; nothing is compared, told apart, counted, or kept, and a pair that two rules make is read twice. Two threads. Imports and compiling are left out.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numba import njit

from benchmarks.rules import RULES
from linkage import packers, sweep
from linkage.block import Index
from linkage.columns import text

COMPARED = ("id_no", "name", "mother_name", "father_name", "phone", "dob", "village", "sex")
ROWS, WORDS = 1 << 15, 8
THREADS = 2


@njit(nogil=True, cache=True)
def touch(spans, ids, lines):  # type: ignore[no-untyped-def]
    """(pairs, a sum of their resident records' first words): begin << 32 | end in `ids` per looked-up row."""
    pairs, total = 0, np.uint64(0)
    for span in spans:
        first, last = span >> 32, span & 0xFFFFFFFF
        for place in range(first, last):
            total += lines[ids[place], 0]
        pairs += last - first
    return pairs, total


def keys_of(file: Path, rules: tuple[tuple[str, ...], ...]) -> np.ndarray:
    """Decode the columns that are blocked on or compared, hash the former: keys, rules × rows."""
    blocked = dict.fromkeys(column for rule in rules for column in rule)
    rows = pq.read_metadata(file).num_rows
    keys = np.zeros((len(rules), rows), np.uint64)
    source = pq.ParquetFile(file)
    columns = list(dict.fromkeys((*blocked, *COMPARED)))
    starts = np.cumsum([0, *(source.metadata.row_group(g).num_rows for g in range(source.num_row_groups))])

    def one(group: int) -> None:
        table = pq.ParquetFile(file).read_row_group(group, columns=columns, use_threads=False)
        lo, hi = int(starts[group]), int(starts[group + 1])
        hashes = {column: np.zeros(hi - lo, np.uint64) for column in blocked}
        for column, out in hashes.items():
            read = text(table.column(column))
            packers.hash_texts(read.data, read.start, read.known, read.shift, out)
        for place, rule in enumerate(rules):
            for turn, column in enumerate(rule):
                packers.mix_keys(hashes[column], turn, keys[place, lo:hi])

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(one, range(source.num_row_groups)))
    return keys


def run(folder: Path, rules: tuple[tuple[str, ...], ...]) -> int:
    """Do all of it once; returns the pairs made (those of several rules several times)."""
    feed, register = (keys_of(folder / f"{name}.parquet", rules) for name in ("feed", "register"))
    index = Index.of(feed)
    lines = np.ones((feed.shape[1], WORDS), np.uint64)

    def one(lo: int) -> int:
        hi, pairs = min(lo + ROWS, register.shape[1]), 0
        spans = np.empty(hi - lo, np.int64)
        for rule in range(len(rules)):
            sweep.find(register[rule], index.tables[rule], lo, hi, spans)
            pairs += touch(spans, index.ids[rule], lines)[0]
        return pairs

    with ThreadPoolExecutor(THREADS) as pool:
        return sum(pool.map(one, range(0, register.shape[1], ROWS)))


def main(folder: Path, rules: str) -> None:
    touch(np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros((1, WORDS), np.uint64))
    run(folder, RULES[rules][:1])  # compiled, and the files in the page cache
    wall, cpu = time.perf_counter(), time.process_time()
    pairs = run(folder, RULES[rules])
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    sys.stdout.write(json.dumps({"wall": round(wall, 3), "cpu": round(cpu, 3), "pairs": pairs}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

"""Many files at once, in one process per core when there is enough to read.

Reading a file needs nothing but the file and the area table, so files are dealt out to processes, the largest first. A
process that dies (out of memory, killed) takes no file with it: what it did not hand back is read here.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from feeds.areas import AreaTable
from feeds.deliveries import TakenIn, take_in
from feeds.landing import LandedFile

ENOUGH = 3 << 20  # bytes; below that, starting processes costs more than it saves

_areas: AreaTable | None = None


def take_in_all(
    files: Sequence[LandedFile], areas: AreaTable, *, processes: int | None = None
) -> list[TakenIn]:
    """`feeds.deliveries.take_in` of every file, in the order of `files`.

    `processes` is by default one per core, or none beside this one for less than ENOUGH bytes.
    """
    if processes is None:
        size = sum(file.path.stat().st_size for file in files)
        processes = min(os.cpu_count() or 1, len(files)) if size >= ENOUGH else 1
    if processes < 2:
        return [_read(file, areas) for file in files]
    return _dealt_out(files, areas, processes)


def _dealt_out(files: Sequence[LandedFile], areas: AreaTable, processes: int) -> list[TakenIn]:
    by_size = sorted(range(len(files)), key=lambda place: files[place].path.stat().st_size, reverse=True)
    # spawned, not forked: the night has threads and database connections
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=spawned, initializer=_start, initargs=(areas,)) as pool:
        try:
            waiting = {place: pool.submit(_read_there, files[place]) for place in by_size}
        except BrokenProcessPool:
            waiting = {}
        return [_result(waiting.get(place), file, areas) for place, file in enumerate(files)]


def _result(waiting: Future[TakenIn] | None, file: LandedFile, areas: AreaTable) -> TakenIn:
    if waiting is not None:
        try:
            return waiting.result()
        except BrokenProcessPool:
            pass
    return _read(file, areas)


def _start(areas: AreaTable) -> None:
    global _areas
    _areas = areas


def _read_there(file: LandedFile) -> TakenIn:
    assert _areas is not None
    return _read(file, _areas)


def _read(file: LandedFile, areas: AreaTable) -> TakenIn:
    return take_in(
        file.path, feed=file.feed, file=file.file, arrival=file.arrival, areas=areas, coverage=file.coverage
    )

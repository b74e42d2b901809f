"""The desk in several processes: one of them answers a page while another is at the next, on whichever core is free.

They share the port's socket and nothing else; what they remember (rows of files, words) never changes. A process that dies is replaced, and all end with the one
that started them, also when that one is killed.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import connection, parent_process
from typing import TYPE_CHECKING, Final

from pipelines.errors import OperatorError
from pipelines.ports import HOST

if TYPE_CHECKING:
    from fastapi import FastAPI

LOG: Final = logging.getLogger("bulou.desk")
MOST: Final = 4  # of which one has some 200 MB
PATIENCE_SECONDS: Final = 15  # with a process that does not answer: a machine may be busy with a night
# From then on a process that cannot make its app replaces another, and tries again.
AT_START_SECONDS: Final = 60
AGAIN_SECONDS: Final = 2
# After how many objects more Python looks for rubbish, and after how many times for older. A page leaves some hundred that hold each other; of fifty thousand
# at once it is rid in 140 ms, in which nobody is answered, of a thousand in 2 to 8 ms.
RUBBISH: Final = (1_000, 10, 50)


def how_many() -> int:
    """One per core this process may use, at most `MOST`."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST)


def run_processes(make: Callable[[], FastAPI], port: int, processes: int) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Args:
        make: called once in each process, into which it is pickled.
    Raises: OperatorError when a process cannot make its app; the log says why.
    """
    import uvicorn
    from uvicorn.config import STARTUP_FAILURE
    from uvicorn.supervisors import Multiprocess
    from uvicorn.supervisors.multiprocess import SIGNALS

    config = uvicorn.Config(
        _Worker(make, time.time()),
        factory=True,
        host=HOST,
        port=port,
        workers=processes,
        # No access log: addresses hold no person, but who looked at what belongs in the audit chain alone.
        access_log=False,
        server_header=False,
        log_level="warning",
        timeout_worker_healthcheck=PATIENCE_SECONDS,
    )
    before = {number: signal.getsignal(number) for number in SIGNALS}
    with config.bind_socket() as socket:
        supervisor = Multiprocess(config, [socket])
        for number in set(SIGNALS) - {signal.SIGINT, signal.SIGTERM}:
            signal.signal(number, before[number])
        for number in (signal.SIGHUP, signal.SIGQUIT):  # a terminal that is closed: nobody is left to end it
            signal.signal(number, lambda *_: supervisor.signal_queue.append(signal.SIGTERM))
        try:
            supervisor.run()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
    if any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes):
        raise OperatorError("the stewards' desk could not be started; what is written above says why")


@dataclass(frozen=True)
class _Worker:
    """Makes the app in the process that serves it."""

    make: Callable[[], FastAPI]
    began: float

    def __call__(self) -> FastAPI:
        from uvicorn.config import STARTUP_FAILURE

        from register.errors import DatabaseTooOld, DatabaseUnavailable
        from stewardship.failures import where

        logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
        threading.Thread(target=_end_with_parent, daemon=True).start()
        try:
            app = self.make()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told, and by what it says only where that is ours
            is_told = isinstance(error, OperatorError | DatabaseUnavailable | DatabaseTooOld)
            LOG.error("not started: %s", error if is_told else f"{type(error).__name__} at {where(error)}")
            if time.time() < self.began + AT_START_SECONDS:  # it would fail the same way again and again
                sys.exit(STARTUP_FAILURE)
            time.sleep(AGAIN_SECONDS)
            sys.exit(1)
        say_no_values()
        _look_for_new_rubbish()
        return app


def _end_with_parent() -> None:
    """A process whose parent was killed would hold the port for ever."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)


def _look_for_new_rubbish() -> None:
    """What is there now stays: looking through it again and again for rubbish took a sixth of each page. What comes is looked through often, little at a time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*RUBBISH)


class _WithoutTrace(logging.Filter):
    """Leaves out what was raised: its text may quote a person's value. The desk's own log has the kind and the place."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = record.exc_text = None
        return True


def say_no_values() -> None:
    """An error that the desk has answered is raised once more to the server, which would log it whole."""
    server = logging.getLogger("uvicorn.error")
    if not any(isinstance(one, _WithoutTrace) for one in server.filters):
        server.addFilter(_WithoutTrace())

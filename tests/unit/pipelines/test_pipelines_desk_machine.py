"""Models and reference data as they lie on the machine, also where something is not there or cannot be read."""

from __future__ import annotations

import os
from pathlib import Path

from assets.models import CURRENT
from linkage.chinese.forms import COMPOUND_SURNAMES
from linkage.county.model import CountyModels
from pipelines.desk_machine import MachineFiles
from stewardship.administration.reference import ORIGINS, TABLES


def machine(folder: Path) -> MachineFiles:
    return MachineFiles(folder / "models", folder / "reference")


def test_before_the_first_night_there_is_no_model(tmp_path: Path) -> None:
    assert machine(tmp_path).models() == []


def test_the_model_in_use_comes_first_with_what_it_was_trained_on(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    models = [CountyModels({}, {"王伟": 0.1}, size) for size in (10, 20, 30)]
    for age, model in enumerate(models):
        file = folder / f"{model.version}.json"
        model.save(file)
        os.utime(file, (1_000_000 - age, 1_000_000 - age))
    (folder / "broken.json").write_text("{", encoding="utf-8")
    (folder / CURRENT).write_text(models[2].version + "\n", encoding="utf-8")
    found = machine(tmp_path).models()
    assert [one.version for one in found if one.register_size] == [
        models[2].version,
        models[0].version,
        models[1].version,
    ]
    assert [one.is_current for one in found].count(True) == 1 and found[0].is_current
    assert (found[0].register_size, found[0].common_names, found[0].link_threshold) == (30, 1, 0.95)
    assert next(one for one in found if one.version == "broken").register_size is None


def test_tables_have_rows_versions_and_where_they_are_from(tmp_path: Path) -> None:
    folder = tmp_path / "reference"
    folder.mkdir()
    (folder / "areas.csv").write_text('﻿code,name\n1,"a\n', encoding="utf-8")
    (folder / "schools.csv").write_text("code,name\n1,a\n2,b\n", encoding="utf-8")
    (folder / "facilities.csv").write_bytes(b"code,name\n\xff\n")
    found = {one.name: one for one in machine(tmp_path).tables()}
    assert set(found) == set(TABLES) and {one.origin for one in found.values()} == set(ORIGINS)
    assert found["schools"].rows == 2 and found["schools"].changed_at is not None
    assert found["facilities"].rows is None and found["facilities"].version
    assert found["compound_surnames"].rows == len(COMPOUND_SURNAMES)
    (folder / "schools.csv").write_text("code,name\n1,a\n2,c\n", encoding="utf-8")
    again = {one.name: one for one in machine(tmp_path).tables()}
    changed = {name for name in found if again[name].version != found[name].version}
    assert changed == {"schools"}


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    found = {one.name: one for one in machine(tmp_path).tables()}
    assert found["areas"].rows is None and found["areas"].version == ""

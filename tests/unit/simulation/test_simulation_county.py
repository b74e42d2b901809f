"""A small county: written whole, the same way twice, and saying of itself what is true."""

import hashlib
from pathlib import Path

import pandas as pd
import pytest

from simulation import NoiseSettings, SimulationSettings, SimulationSummary, simulate
from simulation.headers import FORBIDDEN, HEADERS

County = tuple[Path, SimulationSummary]
Sheets = dict[tuple[str, str], dict[str, list[list[str]]]]


def truth(county: County, name: str) -> pd.DataFrame:
    return pd.read_parquet(county[0] / "truth" / f"{name}.parquet")


def test_all_ten_feeds_and_all_truth_tables_are_written(county: County) -> None:
    out, summary = county
    assert {folder.name for folder in (out / "landing").iterdir()} >= {
        "register", "police_residents", "police_births", "police_moves", "police_floating", "hospital_births",
        "hospital_deaths", "school_enrolment", "civil_marriages", "civil_adoptions",
    }  # fmt: skip
    assert summary.files == sum(path.is_file() for path in (out / "landing").rglob("*"))
    for name in ("people", "register_rows", "mentions", "cells", "discrepancies", "deliveries", "households"):
        assert len(truth(county, name))


def test_the_same_seed_gives_the_same_csv_bytes_and_truth(county: County, tmp_path: Path) -> None:
    simulate(2000, 7, tmp_path)

    def digests(folder: Path) -> dict[str, str]:
        kept = [path for path in folder.rglob("*") if path.suffix in (".csv", ".parquet")]
        return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(kept)}

    assert digests(county[0]) == digests(tmp_path)


def test_every_mention_stands_on_the_row_that_the_truth_says(county: County, sheets: Sheets) -> None:
    people = truth(county, "people").set_index("person_id")
    names, former = people["name"].to_dict(), people["former_name"].to_dict()
    cells = truth(county, "cells")
    touched = set(zip(cells["feed"], cells["file"], cells["sheet"], cells["row"]))
    right = wrong = 0
    for m in truth(county, "mentions").itertuples():
        if (m.feed, m.file, m.sheet, m.row) in touched:
            continue
        row = sheets[m.feed, m.file][m.sheet][m.row - 1]
        if names[m.person_id] in row or former[m.person_id] in row:
            right += 1
        else:
            wrong += 1
            assert m.feed == "hospital_births" and m.role == "self", "only newborns may go without their name"
    assert right > 10_000 and wrong < right / 100


def test_every_changed_cell_reads_as_the_truth_says(county: County, sheets: Sheets) -> None:
    cells = truth(county, "cells")
    shown = cells[
        cells["field"].isin(["name", "id_number", "phone", "hukou_address"]) & cells["written_value"].notna()
    ]
    last = shown.drop_duplicates(["feed", "file", "sheet", "row", "field"], keep="last")
    assert len(last) > 200
    seen = 0
    for c in last.itertuples():
        book = sheets[c.feed, c.file]
        if c.sheet in book and c.kind != "excel_digits":
            row = book[c.sheet][c.row - 1]
            seen += any(c.written_value.strip() in cell for cell in row)
    assert seen > 0.97 * sum(c.kind != "excel_digits" for c in last.itertuples())


def test_register_rows_of_the_truth_are_the_rows_of_the_files(county: County, sheets: Sheets) -> None:
    rows = truth(county, "register_rows")
    first = rows[rows["snapshot"] == -1]
    written = {
        cell for (feed, file), book in sheets.items() if feed == "register" and file.startswith("2026-01-01")
        for sheet in book.values() for row in sheet for cell in row if cell.startswith("RK")
    }  # fmt: skip
    assert written == set(first["person_no"])
    assert first["person_no"].is_unique


def test_canaries_stand_only_in_forbidden_columns(county: County, sheets: Sheets) -> None:
    forbidden = {name for names in FORBIDDEN.values() for name in names}
    seen = 0
    for (_, file), book in sheets.items():
        for rows in book.values():
            columns = {i for row in rows[:5] for i, cell in enumerate(row) if cell in forbidden}
            for row in rows:
                hit = {i for i, cell in enumerate(row) if "CANARY" in cell}
                assert hit <= columns, file
                seen += len(hit)
    assert seen > 1000


def test_truth_ids_are_in_no_file(county: County) -> None:
    people = truth(county, "people")
    ids = [person.encode() for person in people["person_id"].head(200)]
    for path in (county[0] / "landing").rglob("*.csv"):
        content = path.read_bytes()
        assert not any(i in content for i in ids)


def test_area_codes_in_files_are_in_the_reference(county: County, sheets: Sheets) -> None:
    areas = pd.read_csv(county[0] / "reference" / "areas.csv", dtype=str)
    known = set(areas["code"])
    assert areas["code"].is_unique
    assert set(areas["successor"].dropna()) <= known
    assert set(areas["parent"].dropna()) <= known
    used = {
        cell
        for (feed, _), book in sheets.items()
        if feed in ("register", "police_residents")
        for rows in book.values()
        for row in rows
        for cell in row
        if len(cell) == 12 and cell.startswith("993122")
    }
    assert used and used <= known
    ended = set(areas.loc[areas["valid_to"].notna(), "code"])
    assert used & ended, "some rows keep an old code"


def test_headers_are_known_spellings(county: County, sheets: Sheets) -> None:
    """At least one header row per readable file of the register names the number and the name."""
    spellings = {word for words in HEADERS.values() for word in words.split()}
    for (feed, file), book in sheets.items():
        if feed != "register" or not book:
            continue
        head = [
            cell.strip("* ").replace("\n", "").replace("（必填）", "")
            for row in next(iter(book.values()))[:4]
            for cell in row
        ]
        assert len(spellings & set(head)) > 12, file


def test_deaths_are_discoverable_once_a_death_row_has_come(county: County) -> None:
    items = truth(county, "discrepancies")
    items = items[items["type"] == "deceased_active"]
    mentions = truth(county, "mentions")
    deaths = mentions[mentions["feed"].isin(["hospital_deaths", "police_moves"])]
    first = deaths.groupby(deaths["person_id"].astype(str))["arrival"].min()
    rows = truth(county, "register_rows").set_index("person_no")["person_id"]
    assert len(items)
    for item in items.itertuples():
        assert rows[[item.person_no]].iloc[0] == item.person_id
        assert first[item.person_id] <= item.discoverable_night
    dead = truth(county, "people").set_index("person_id")["status"]
    assert set(dead[items["person_id"]]) == {"dead"}


def test_missing_people_stand_on_no_register_until_gone_night(county: County) -> None:
    items = truth(county, "discrepancies")
    items = items[items["type"].isin(["missing_person", "unregistered_birth"])]
    rows = truth(county, "register_rows").groupby("person_id")["arrival"].min()
    listed = rows.reindex(items["person_id"]).to_numpy()
    gone = items["gone_night"].to_numpy()
    assert (pd.isna(listed) == pd.isna(gone)).all()
    known = ~pd.isna(gone)
    assert (listed[known] == gone[known]).all()
    assert (items["discoverable_night"].to_numpy()[known] < gone[known]).mean() > 0.9


def test_a_clerks_slip_is_still_there_next_month(county: County) -> None:
    cells = truth(county, "cells")
    slips = cells[(cells["feed"] == "police_residents") & (cells["field"] == "name") & cells["is_wrong"]]
    months = slips.assign(month=slips["file"].str[:7]).drop_duplicates(
        ["month", "true_value", "written_value"]
    )
    again = months.groupby(["true_value", "written_value"])["month"].nunique()
    assert len(again) and again.mean() > 3


def test_four_times_the_noise_gives_about_four_times_the_wrong_cells(county: County, tmp_path: Path) -> None:
    simulate(2000, 7, tmp_path, months=0, noise=NoiseSettings().scaled(4.0))

    def share(folder: Path) -> float:
        sent = pd.read_parquet(folder / "truth" / "deliveries.parquet")
        sent = sent[(sent["feed"] == "police_floating") & (sent["period"] == "2025-12")]
        sent = sent[sent["what"].isin(["regular", "late"])]
        cells = pd.read_parquet(folder / "truth" / "cells.parquet")
        slips = cells[
            cells["is_wrong"] & (cells["feed"] == "police_floating") & cells["file"].isin(sent["file"])
        ]
        return float((~slips["kind"].isin(["excel_digits", "rare_character"])).sum() / sent["rows"].sum())

    assert 2.5 < share(tmp_path) / share(county[0]) < 6


def test_no_register_again_when_told_so(tmp_path: Path) -> None:
    simulate(600, 3, tmp_path, months=3, settings=SimulationSettings(register_every_months=0))
    rows = pd.read_parquet(tmp_path / "truth" / "register_rows.parquet")
    assert set(rows["snapshot"]) == {-1}


@pytest.mark.parametrize("kind", ["missing_person", "missing_item", "inconsistent_field", "duplicate_person"])
def test_what_is_gone_was_discoverable_before(county: County, kind: str) -> None:
    items = truth(county, "discrepancies")
    items = items[(items["type"] == kind) & items["graded"] & items["gone_night"].notna()]
    late = items["discoverable_night"] >= items["gone_night"]
    assert late.mean() < 0.3

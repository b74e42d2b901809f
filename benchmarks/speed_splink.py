"""Splink 5 (DuckDB) on the county tables, trained as its tutorial does it: `python -m benchmarks.speed_splink FOLDER RULES [MODEL]`.

Trains (default `max_pairs`) and predicts; with a model file that exists it predicts alone, with one that does not it saves the trained model there.
Writes the best prediction of each left record at 0.95 to FOLDER/splink.parquet.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.rules import RULES

if TYPE_CHECKING:
    from splink.comparison_library import CustomComparison

BEST = "SELECT feed, register FROM (SELECT {left} feed, {right} register, row_number() OVER (PARTITION BY {left} ORDER BY match_weight DESC, {right}) place FROM {table}) WHERE place = 1"


def settings(rules: str) -> dict[str, object]:
    """Eight comparisons, none dearer than ours: no dates parsed, edits only where ours counts them, term frequencies of the own name alone."""
    import splink.comparison_library as cl
    from splink import SettingsCreator, block_on

    own = cl.JaroWinklerAtThresholds("name", [0.75, 0.65]).configure(term_frequency_adjustments=True)
    parents = [cl.JaroWinklerAtThresholds(f"{who}_name", [0.75, 0.65]) for who in ("mother", "father")]
    others = [
        cl.LevenshteinAtThresholds("id_no", [1]),
        cl.LevenshteinAtThresholds("phone", [1]),
        equal_in_turn("dob", "yob"),
        equal_in_turn("village", "county"),
        cl.ExactMatch("sex"),
    ]
    return SettingsCreator(
        link_type="link_only",
        unique_id_column_name="record_id",
        comparisons=[own, *parents, *others],
        blocking_rules_to_generate_predictions=[block_on(*columns) for columns in RULES[rules]],
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=False,
    )


def equal_in_turn(*columns: str) -> CustomComparison:
    """Equal in the first column (which must be known), or in the next, or in none."""
    from splink.comparison_library import CustomComparison

    equal = [{"sql_condition": f"{c}_l = {c}_r", "label_for_charts": c} for c in columns]
    missing = {"sql_condition": f"{columns[0]}_l IS NULL OR {columns[0]}_r IS NULL", "is_null_level": True}
    otherwise = {"sql_condition": "ELSE", "label_for_charts": "different"}
    return CustomComparison([missing, *equal, otherwise], output_column_name=columns[0])


def main(folder: Path, rules: str, model: Path | None) -> None:
    import duckdb
    from splink import DuckDBAPI, Linker, block_on

    connection = duckdb.connect()
    api = DuckDBAPI(connection)
    tables = []
    for name in ("feed", "register"):
        connection.execute(f"CREATE VIEW {name}_file AS SELECT * FROM '{folder}/{name}.parquet'")
        tables.append(api.register(f"{name}_file", dataset_display_name=name))
    if model and model.exists():
        linker = Linker(tables, json.loads(model.read_text()), log_level=None)
    else:
        linker = Linker(tables, settings(rules), log_level=None)
        linker.training.estimate_probability_two_random_records_match([block_on("id_no")], recall=0.65)
        linker.training.estimate_u_using_random_sampling()
        for columns in (("id_no",), ("name", "yob"), ("phone",)):
            linker.training.estimate_parameters_using_expectation_maximisation(block_on(*columns))
        if model:
            linker.misc.save_model_to_json(str(model), overwrite=True)
    scored = linker.inference.predict(threshold_match_probability=0.95)
    first = connection.sql(f"SELECT source_dataset_l FROM {scored.physical_name} LIMIT 1").fetchall()
    left, right = ("l", "r") if first and first[0][0] == "feed" else ("r", "l")
    query = BEST.format(left=f"record_id_{left}", right=f"record_id_{right}", table=scored.physical_name)
    connection.execute(f"COPY ({query}) TO '{folder}/splink.parquet' (FORMAT parquet)")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]) if len(sys.argv) > 3 else None)

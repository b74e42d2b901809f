"""What reviewers found in closed quality samples, as labels for the engine: `linkage.matched_labels`, `errors_from_labels`, `calibration`.

A label is a verdict: what most of those who answered say, be it that it is one person or that it is not. Pairs without one, and pairs of samples that are
still open, are left out. Weight and probability are the night's, of the model named beside them.
"""

import csv
import logging
from pathlib import Path

from pipelines.errors import OperatorError
from pipelines.settings import Settings

COLUMNS = (
    "left_id",
    "right_id",
    "is_match",
    "month",
    "stratum",
    "decision",
    "match_weight",
    "match_probability",
    "model_version",
    "answers",
)
IS_MATCH = {"same_person": True, "different_person": False}

_logger = logging.getLogger(__name__)


def write_labels(settings: Settings, out: Path) -> int:
    """One line per verdict, by month and pair; returns their number. Raises: OperatorError when the file cannot be written."""
    from register.audit import Event
    from register.database import open_database
    from register.quality import verdict
    from register.work import unit_of_work

    lines: list[tuple[object, ...]] = []
    with open_database(settings.root, settings.database_url) as database, unit_of_work(database) as work:
        for sample in reversed(work.quality.samples()):
            for one in work.quality.judged(sample.month):
                word = verdict(one.kinds)
                if one.pair is None or word not in IS_MATCH:
                    continue
                ids = (one.pair.content_key, one.pair.person_no, IS_MATCH[word], f"{sample.month:%Y-%m}")
                score = (one.stratum, one.decision, one.match_weight, one.match_probability)
                lines.append((*ids, *score, sample.model_version, len(one.kinds)))
        work.audit.record(Event("operator", "export", "export", "labels", {"rows": len(lines)}))
    _write(lines, out)
    _logger.info("exported labels")
    return len(lines)


def _write(lines: list[tuple[object, ...]], out: Path) -> None:
    draft = out.with_name(f".{out.name}.part")
    try:
        with draft.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows(lines)
        draft.replace(out)
    except OSError as fault:
        raise OperatorError(f"{out} cannot be written: {fault.strerror}") from None
    finally:
        draft.unlink(missing_ok=True)

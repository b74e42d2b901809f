"""A trained model: a specification with its numbers, frozen. Readable JSON, named by a hash of its content.

A pair's weight depends on the pair and the model alone, never on which other records are linked in the same call: term frequencies and sizes are
those of training.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from linkage.calibration import METHODS, Calibration
from linkage.columns import Records
from linkage.compare import Comparison, Level
from linkage.errors import ModelError
from linkage.later import pd
from linkage.shares import proper, shares_by_term, terms_by_share
from linkage.spec import BlockingRule, LinkSpec

if TYPE_CHECKING:
    from linkage.drift import Drift
    from linkage.linking import LinkResult

FORMAT, READ = 2, (1, 2)
"""Of files as they are written, and those that can be read: in format 1 each term has its share, in 2 each share its terms, which is read three times as fast."""


@dataclass(frozen=True)
class Model:
    """Everything that scoring needs.

    `m`, `u`, `h`: per comparison its levels' probabilities among matches, strangers, co-residents (`h` None without households).
    `on_register`: share of left records that have a match. `right_size`: records of the right table. `relatives`: other members of a right
    record's household, on average. `caught`: share of matches that some blocking rule makes. `terms`: per comparison with term frequencies, value → share of the right table,
    only values seen more than once. `strata`: per stratum of left records its own `on_register`.
    `calibration`: what probability a match weight stands for, told by labels (None: what the model itself says). `patterns`: how many pairs of training showed
    which levels (see `linkage.drift`), to tell drift from.
    `tables`: what training has read of files and Arrow tables, so that linking the same ones does not read them again; not saved.
    """

    spec: LinkSpec
    m: tuple[tuple[float, ...], ...]
    u: tuple[tuple[float, ...], ...]
    h: tuple[tuple[float, ...], ...] | None
    on_register: float
    right_size: int
    relatives: float = 0.0
    duplicates: float = 0.0
    terms: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    iterations: int = 0
    is_converged: bool = False
    is_dedupe: bool = False
    caught: float = 1.0
    held: tuple[str, ...] = ()
    strata: Mapping[str, float] = field(default_factory=dict)
    calibration: Calibration | None = None
    patterns: Mapping[str, float] = field(default_factory=dict)
    tables: tuple[Records, ...] = field(default=(), compare=False, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "tables"}

    @cached_property
    def version(self) -> str:
        """`m-` and 12 hex digits of the content's SHA-256."""
        return "m-" + hashlib.sha256(self._text(1, proper).encode()).hexdigest()[:12]

    @property
    def weights(self) -> pd.DataFrame:
        """Comparison, level, m, u, h and weight (log2 m/u), for reading."""
        rows = []
        for place, comparison in enumerate(self.spec.comparisons):
            for number, level in enumerate(comparison.levels):
                m, u = self.m[place][number], self.u[place][number]
                h = self.h[place][number] if self.h else np.nan
                rows.append((comparison.name, level.label, m, u, h, float(np.log2(m / u))))
        return pd.DataFrame(rows, columns=["comparison", "level", "m", "u", "h", "weight"])

    @property
    def prior(self) -> float:
        """log2 of the odds that a pair is a match before anything is compared."""
        if self.is_dedupe:
            all_pairs = max(self.right_size * (self.right_size - 1) / 2, 1.0)
            return float(np.log2(max(self.duplicates, 0.5) / all_pairs))
        return float(np.log2(self.on_register / max(self.right_size, 1)))

    def recalibrated(self, labels: pd.DataFrame, method: str = "logistic") -> Model:
        """The model with its probabilities read anew from labels; weights stay.

        Args:
            labels: match_weight (by this model) and is_match of pairs that people judged, as `result.to_label` draws them.
            method: `logistic` for few labels, `isotonic` for hundreds.

        Raises: ModelError when the method is unknown, or all labels are alike.
        """
        if method not in METHODS:
            raise ModelError(f"no calibration method {method}: {', '.join(METHODS)}")
        told = METHODS[method](labels["match_weight"].to_numpy(), labels["is_match"].to_numpy(dtype=bool))
        return replace(self, calibration=told)

    def drift(self, result: LinkResult) -> Drift:
        """How far the pairs of a result have moved from those of training (docs of `linkage.drift`).

        Raises: ModelError when the model does not hold the pattern counts of its training.
        """
        from linkage.drift import measured

        if not self.patterns:
            raise ModelError("the model holds no pattern counts of its training")
        return measured(self, self.patterns, result.pattern_counts())

    def view(self, path: str | Path, *, is_masked: bool = True) -> None:
        """Write the model as one HTML file to be read; values (common names, strata) are in it only when `is_masked` is False."""
        from linkage.view import of_model

        of_model.write(self, path, is_masked=is_masked)

    @classmethod
    def from_priors(cls, spec: LinkSpec, right: object, *, on_register: float = 0.9) -> Model:
        """An untrained model: the comparisons' own expectations, term frequencies and co-residents from the right table."""
        from linkage.training import untrained

        return untrained(spec, right, on_register)

    def _text(self, number: int, told: Callable[[Mapping[str, float]], Mapping[str, Any]]) -> str:
        """All that is saved, in the format of a number, and how that tells the terms of a comparison."""
        content = {
            "format": number,
            "spec": {
                "blocking_rules": [asdict(rule) for rule in self.spec.blocking_rules],
                "comparisons": [asdict(comparison) for comparison in self.spec.comparisons],
                "one_to_one": self.spec.one_to_one,
                "household": self.spec.household,
                "largest_block": self.spec.largest_block,
                "strata": self.spec.strata,
            },
            **{name: getattr(self, name) for name in SAVED},
            "terms": {name: told(known) for name, known in self.terms.items()},
            **({"patterns": self.patterns} if self.patterns else {}),
            **({"calibration": asdict(self.calibration)} if self.calibration else {}),
        }
        return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True, default=dict)

    def save(self, path: str | Path) -> None:
        """Write as JSON."""
        Path(path).write_text(self._text(FORMAT, terms_by_share) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> Model:
        """Read what `save` wrote. Raises: ModelError."""
        try:
            content = json.loads(Path(path).read_text("utf-8"))
        except ValueError:
            raise ModelError(f"{Path(path).name} is no model file") from None
        if not isinstance(content, dict) or content.get("format") not in READ:
            raise ModelError(f"{Path(path).name} is not of model format {FORMAT}")
        try:
            saved = {name: _frozen(content[name]) for name in SAVED}
            if content["format"] != 1:
                saved["terms"] = _terms(saved["terms"], Path(path).name)
            told = content.get("calibration")
            calibration = Calibration(*(tuple(told[name]) for name in CURVE)) if told else None
            patterns = content.get("patterns", {})
            return cls(_spec(content["spec"]), **saved, calibration=calibration, patterns=patterns)
        except KeyError as error:
            raise ModelError(f"{Path(path).name} lacks {error.args[0]}") from None


SAVED = (
    "m",
    "u",
    "h",
    "on_register",
    "right_size",
    "relatives",
    "duplicates",
    "terms",
    "iterations",
    "is_converged",
    "is_dedupe",
    "caught",
    "held",
    "strata",
)
CURVE = ("weights", "probabilities")


def _terms(saved: Any, name: str) -> dict[str, Mapping[str, float]]:
    """Terms of a file by name. Raises: ModelError."""
    try:
        return {comparison: shares_by_term(known) for comparison, known in saved.items()}
    except (ValueError, TypeError, AttributeError):
        raise ModelError(f"{name}: terms are not told by their shares") from None


def _frozen(value: Any) -> Any:
    return tuple(_frozen(each) for each in value) if isinstance(value, list) else value


def _spec(saved: dict[str, Any]) -> LinkSpec:
    content = dict(saved)
    rules = [BlockingRule(tuple(r["columns"]), tuple(r["covers"])) for r in content.pop("blocking_rules")]
    comparisons = [
        Comparison(
            **{
                **c,
                "columns": tuple(c["columns"]),
                "thresholds": tuple(c["thresholds"]),
                "levels": tuple(Level(**x) for x in c["levels"]),
            }
        )
        for c in content.pop("comparisons")
    ]
    return LinkSpec(rules, comparisons, **content)

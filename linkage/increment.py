"""Linking what has changed against what was kept, so that the outcome is just what linking everything anew would give.

A pair's weight depends on the pair and the model alone. Which pairs are compared depends on the two records too, but for blocks that are too large
(`linkage.oversize`), and those are by how many right records they have. So of an index's left records only these need all their candidates again:

- those that are new or changed,
- those one of whose best candidates has changed or gone, and who may have had others that were not kept,
- those of a block that a changed right record was or is in and that is, or was, too large.

All others meet the changed right records alone.
"""

from __future__ import annotations

import fcntl
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from linkage.block import BlockReport, Blocks, block
from linkage.candidates import Candidates
from linkage.columns import Ids, Records, Table
from linkage.errors import ModelError, SpecError
from linkage.keys import Numbering
from linkage.later import pd
from linkage.linking import LOWER, LinkResult, Pairs, decided, told_rows
from linkage.model import Model
from linkage.patterns import Pairing, matched, pairing
from linkage.prepare import as_frame
from linkage.score import BEST, KEPT_BITS, Scorer
from linkage.search import Found, Told, as_told, search
from linkage.segments import Side, removed, settled
from linkage.spec import BlockingRule
from linkage.strata import names_of

FORMAT = 1
MANIFEST, MODEL, LOCK = "index.json", "model.json", "index.lock"
EVERYTHING = 0.25
"""Where so large a share of a table needs all its candidates again, or is new, both are linked anew."""
ENDLESS = 2**31 - 1
BUFFERS = 128  # of pairs, weighed together
Rows = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Index:
    """Two tables linked by a frozen model, kept in a folder.

    `candidates`: the best few of every left record, as rows of `left` and `right` (`linkage.segments.Side`) with their match weights. `state`: what the
    folder is called as long as nobody has updated it.

    What changed or is gone counts no more at once, but stays in the folder's files until so much has that a table is written anew.
    """

    folder: Path
    model: Model
    left: Side
    right: Side
    candidates: Candidates
    state: str = ""

    @classmethod
    def create(cls, folder: str | Path, left: Table, right: Table, model: Model) -> Index:
        """Link two tables and keep what is needed to go on from there, in a folder that is new or empty.

        Raises: SpecError when a table does not fit the model's specification, or text is no proper Unicode; FileExistsError when the folder is not empty.
        """
        path, spec = Path(folder), model.spec
        path.mkdir(parents=True, exist_ok=True)
        if any(path.iterdir()):
            raise FileExistsError(f"the folder {path.name} is not empty")
        a = as_frame(left, spec, "left", more=[spec.strata] if spec.strata else [])
        b = as_frame(right, spec, "right")
        try:
            with _held(path):
                sides = Side.of(a, spec, "left", path), Side.of(b, spec, "right", path)
                model.save(path / MODEL)
                return cls(path, model, *sides, _all_candidates(model, *sides))._kept()
        except BaseException:
            for file in path.iterdir():
                file.unlink()
            raise

    @classmethod
    def open(cls, folder: str | Path) -> Index:
        """Go on with an index that was kept. Raises: ModelError when there is none, or one of another format, or one that lacks a file."""
        path = Path(folder)
        told = _told(path)
        while True:
            try:
                return cls._read(path, told)
            except FileNotFoundError:  # somebody has updated it meanwhile, or has taken something away
                before, told = told, _told(path)
                if told == before:
                    raise ModelError(f"{path.name} lacks a file") from None

    @classmethod
    def _read(cls, path: Path, told: Mapping[str, Any]) -> Index:
        model, mark = Model.load(path / MODEL), told["state"]
        kept = np.load(path / f"candidates-{mark}.npy")
        left, right = (
            Side.read(path, model.spec, name, tuple(told[name]), np.load(path / f"alive-{name}-{mark}.npy"))
            for name in ("left", "right")
        )
        found = Candidates.of(kept["left"], kept["right"], kept["match_weight"])
        return cls(path, model, left, right, found, mark)

    def update(
        self,
        left: Table | None = None,
        right: Table | None = None,
        *,
        gone_left: Iterable[object] = (),
        gone_right: Iterable[object] = (),
    ) -> Index:
        """The index after some records are new or changed (those of an id that it has) and others gone; ids that it does not have are passed over. It is kept
        before this returns; until then the folder holds the index as it was.

        Raises: SpecError as `create` does, and when an id is of another type, or both changed and gone; ModelError when the folder was updated since this
        index was opened: open it again.
        """
        with _held(self.folder):
            if _told(self.folder)["state"] != self.state:
                raise ModelError(f"{self.folder.name} was updated since it was opened")
            return self._updated(left, right, list(gone_left), list(gone_right))

    def _updated(
        self,
        left: Table | None,
        right: Table | None,
        gone_left: Sequence[object],
        gone_right: Sequence[object],
    ) -> Index:
        spec = self.model.spec
        a = _opened(left, self.left, [spec.strata] if spec.strata else [])
        b = _opened(right, self.right, [])
        left_gone, right_gone = (
            _replaced(side, records, gone)
            for side, records, gone in ((self.left, a, gone_left), (self.right, b, gone_right))
        )
        after = Index(
            self.folder,
            self.model,
            self.left.changed(a, left_gone),
            self.right.changed(b, right_gone),
            self.candidates,
        )
        new_left, new_right = (
            np.arange(len(old.alive), len(new.alive))
            for old, new in ((self.left, after.left), (self.right, after.right))
        )
        anew = self._anew(after, new_left, right_gone, new_right)
        few = max(len(anew) / max(len(after.left.rows), 1), len(new_right) / max(len(after.right.rows), 1))
        if few > EVERYTHING:
            found = _all_candidates(self.model, after.left, after.right)
        else:
            found = after._brought_up(anew, new_right)
        return replace(after, candidates=found)._kept()

    def _anew(
        self, after: Index, new_left: np.ndarray, right_gone: np.ndarray, new_right: np.ndarray
    ) -> np.ndarray:
        """Left rows that need all their candidates again."""
        wanted = np.zeros(len(after.left.alive), bool)
        wanted[new_left] = True
        left = self.candidates.left
        is_full = np.bincount(left, minlength=len(wanted))[left] >= BEST
        wanted[left[is_full & np.isin(self.candidates.right, right_gone)]] = True
        touched = np.concatenate([self.right.keys[:, right_gone], after.right.keys[:, new_right]], axis=1)
        touched = np.ascontiguousarray(touched)
        large = _Large(touched, (self.right.keys, after.right.keys), self.model.spec.largest_block)
        return np.flatnonzero((wanted | large.has(after.left.keys)) & after.left.alive)

    def _brought_up(self, anew: np.ndarray, new_right: np.ndarray) -> Candidates:
        """Candidates after the left rows `anew` have met all right rows, and all others the new ones."""
        is_anew = np.zeros(len(self.left.alive), bool)
        is_anew[anew] = True
        left, right = self.candidates.left, self.candidates.right
        kept = self.candidates.take(self.left.alive[left] & self.right.alive[right] & ~is_anew[left])
        rules, largest = self.model.spec.blocking_rules, self.model.spec.largest_block
        found = [kept]
        for li, ri in _pairs(self.left.records(anew), self.right.records(), rules, largest):
            found.append(self._weighed(anew[li], ri))
        for li, ri in _pairs(self.left.records(), self.right.records(new_right), rules, ENDLESS):
            others = ~is_anew[li]
            found.append(self._weighed(li[others], new_right[ri[others]]))
        return Candidates.joined(found).best(BEST)

    def _weighed(self, left: np.ndarray, right: np.ndarray) -> Candidates:
        """Those of some pairs of rows that are kept."""
        weights = self._weights(left, right)
        return Candidates.of(left, right, weights).take(weights >= KEPT_BITS)

    def _weights(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Match weights of pairs of rows: the records that take part are read, no others."""
        scorer, li, ri = self._scorer(left, right)
        return scorer.weights(li, ri, scorer.pairs.patterns(li, ri))

    def _scorer(self, left: np.ndarray, right: np.ndarray) -> tuple[Scorer, np.ndarray, np.ndarray]:
        """What scores some pairs of rows, and their rows there."""
        lefts, li = np.unique(left, return_inverse=True)
        rights, ri = np.unique(right, return_inverse=True)
        tables = self.left.records(lefts), self.right.records(rights)
        scorer = Scorer(self.model, pairing(*tables, self.model.spec.comparisons, Blocks.none()))
        return scorer, li.astype(np.int32), ri.astype(np.int32)

    def _kept(self) -> Index:
        """Written to the folder, which names it from then on, and nothing else."""
        left, lefts = _gathered(self.left, self.candidates.left)
        right, rights = _gathered(self.right, self.candidates.right)
        found = Candidates.of(lefts, rights, self.candidates.weight)
        mark = secrets.token_hex(8)
        np.save(self.folder / f"candidates-{mark}.npy", _records(found))
        names = [f"candidates-{mark}", *left.segments, *right.segments]
        for side in (left, right):
            names.append(f"alive-{side.name}-{mark}")
            np.save(self.folder / f"{names[-1]}.npy", side.alive)
        told = {"format": FORMAT, "state": mark, "left": left.segments, "right": right.segments}
        waiting = self.folder / f"{MANIFEST}.new"
        waiting.write_text(json.dumps(told), encoding="utf-8")
        settled([waiting, *(path for path in self.folder.iterdir() if path.stem in names), self.folder])
        waiting.replace(self.folder / MANIFEST)
        settled([self.folder])
        removed(self.folder, names)
        return replace(self, left=left, right=right, candidates=found, state=mark)

    def result(
        self,
        threshold: float = 0.95,
        *,
        lower: float = LOWER,
        must_link: Pairs = None,
        cannot_link: Pairs = None,
    ) -> LinkResult:
        """What `link` gives for both tables as they are now (arguments as there), but for the numbers of pairs, which nobody counted."""
        spec, left, right = self.model.spec, self.left, self.right
        ids = Ids(pd.Series(left.ids)), Ids(pd.Series(right.ids))
        told = Told(told_rows(must_link, *ids), told_rows(cannot_link, *ids))
        found = Candidates.of(
            left.places[self.candidates.left],
            right.places[self.candidates.right],
            self.candidates.weight,
        )
        strata = names_of(left.present.column(spec.strata).to_pandas()) if spec.strata else None

        def whole() -> tuple[Records, Records]:
            """Both tables, read when they are asked for."""
            more = [spec.strata] if spec.strata else []
            return Records(left.present, spec, "left", more=more), Records(right.present, spec, "right")

        def paired() -> Pairing:
            a, b = whole()
            return matched(a, b, spec)

        searched = Found(
            as_told(found, lambda li, ri: self._weights(left.rows[li], right.rows[ri]), told),
            BlockReport.uncounted(spec.blocking_rules),
            lambda li, ri: self._scorer(left.rows[[li]], right.rows[[ri]]),
            paired,
        )
        return decided(self.model, searched, ids, strata, whole, threshold, lower)


class _Large:
    """Blocks that some right rows are in, and that are too large before or after these came or went."""

    def __init__(self, touched: np.ndarray, rights: Sequence[np.ndarray], largest: int) -> None:
        """`touched`: keys of those rows; `rights`: keys of all right rows before, and after (rules × rows)."""
        self._known = Numbering(touched)
        size = int(self._known.first[-1])
        most = np.zeros(size, np.int64)
        for keys in rights:
            counts = sum(np.bincount(n[n >= 0], minlength=size) for n in self._numbers(keys))
            most = np.maximum(most, counts)
        self._over = np.append(most > largest, False)

    def _numbers(self, keys: np.ndarray) -> Iterator[np.ndarray]:
        for rule, own in enumerate(keys):
            numbers = np.empty(len(own), np.int32)
            self._known.look_up(rule, own, numbers)
            yield numbers

    def has(self, keys: np.ndarray) -> np.ndarray:
        """Which rows are in one of them, under any rule."""
        found = np.zeros(keys.shape[1], bool)
        if self._over.any():
            for numbers in self._numbers(keys):
                found |= self._over[numbers]
        return found


def _gathered(side: Side, rows: np.ndarray) -> tuple[Side, np.ndarray]:
    """A side written anew if it is scattered, and some of its rows as they are numbered then."""
    return (side.gathered(), side.places[rows]) if side.is_scattered else (side, rows)


def _all_candidates(model: Model, left: Side, right: Side) -> Candidates:
    """Candidates of everything, linked anew."""
    none = np.zeros((0, 2), np.int32)
    found = search(model, left.records(left.rows), right.records(right.rows), Told(none, none)).candidates
    return Candidates.of(left.rows[found.left], right.rows[found.right], found.weight)


def _records(found: Candidates) -> np.ndarray:
    """Candidates by row, as they lie on disk."""
    rows = np.empty(len(found), [("left", np.int32), ("right", np.int32), ("match_weight", float)])
    rows["left"], rows["right"], rows["match_weight"] = found.left, found.right, found.weight
    return rows


def _pairs(left: Records, right: Records, rules: Sequence[BlockingRule], largest: int) -> Iterator[Rows]:
    """Rows of all pairs that the rules make of two tables whose keys are known, each once, some at a time."""
    if not len(left) or not len(right):
        return
    blocks = block(left, right, rules, largest)
    made, use = np.zeros(len(rules), np.int64), blocks.buffers()
    found: list[Rows] = []
    for task in blocks.tasks():
        for li, ri, _ in blocks.swept(*task, made, use):
            found.append((li.copy(), ri.copy()))
            if len(found) == BUFFERS:
                yield _joined(found)
                found = []
    if found:
        yield _joined(found)


def _joined(found: Sequence[Rows]) -> Rows:
    return np.concatenate([li for li, _ in found]), np.concatenate([ri for _, ri in found])


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Nobody else writes the folder meanwhile."""
    with (folder / LOCK).open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _told(folder: Path) -> dict[str, Any]:
    """What the folder's manifest says. Raises: ModelError."""
    try:
        told: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        raise ModelError(f"{folder.name} is no index") from None
    if told.get("format") != FORMAT:
        raise ModelError(f"{folder.name} is not of index format {FORMAT}")
    return told


def _opened(table: Table | None, side: Side, more: Sequence[str]) -> Records | None:
    """Records that are new or changed."""
    if table is None:
        return None
    records = as_frame(table, side.spec, side.name, more=more)
    kind, known = _ids(records).inferred_type, side.ids.inferred_type
    if len(records) and len(side.ids) and kind != known:
        raise SpecError(f"the {side.name} table's record_id is {kind}, the index has {known}")
    return records


def _ids(records: Records) -> pd.Index:
    """A table's ids themselves, however they came."""
    return pd.Index(np.asarray(Ids(records.ids).index))


def _replaced(side: Side, records: Records | None, gone: Sequence[object]) -> np.ndarray:
    """Rows that count no more: of records that are gone, and what stood before of those that changed."""
    changed = pd.Index([]) if records is None else _ids(records)
    kind = pd.Index(gone).inferred_type
    if len(gone) and len(side.ids) and kind != side.ids.inferred_type:
        raise SpecError(
            f"ids of the {side.name} table that are gone are {kind}, the index has {side.ids.inferred_type}"
        )
    both = changed.intersection(pd.Index(gone)) if len(gone) else []
    if len(both):
        raise SpecError(f"{len(both)} records of the {side.name} table are changed and gone")
    return np.concatenate([side.rows_with(changed), side.rows_with(gone)])


__all__ = ["Index"]

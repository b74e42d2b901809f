"""A record as one aligned line of machine words, and a specification as a table of ops over them.

The planner gives each comparison its words: whole ones for names, digits, hashes; parts of a word for dates and the tail of an identity number. What
no op compares (names in characters, sets, relatives …) is left to tables of distinct values (`prepare`), in a second pass over the same pairs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import numpy as np
import pyarrow as pa

from linkage import comparers as c
from linkage import packers as p
from linkage.columns import LOOKED, Records
from linkage.compare import ADDRESS, DATE, EDITS, EXACT, ID, NUMBER, SINGLE_VALUED, STRING, Comparison
from linkage.keys import KeyJob, hashes_of, numbered
from linkage.later import pd
from linkage.strings import PLACE
from linkage.texts import Coded, Short, Text, as_arrow, numbers, text

FAST = (EXACT, STRING, EDITS, ID, DATE, NUMBER, ADDRESS)
"""Kinds that an op compares."""
WORDS_IN_LINE = 8
DATE_BITS, DAY_BITS, TAIL_BITS = 50, 18, 12
MOSTLY_DIGITS, LOOKED_AT = 0.9, 2_000
EVERY_ROW = np.zeros(0, np.uint8)
IDENTIFIED = 1 << 16  # rows whose values are told apart at a time


@dataclass(frozen=True)
class Plan:
    """`ops`: one row per fast comparison (columns as in `comparers`), `steps` and `ints` what they refer to; `words` in a line."""

    comparisons: tuple[Comparison, ...]
    places: tuple[int, ...]
    ops: np.ndarray
    steps: np.ndarray
    ints: np.ndarray
    words: int


def plan(comparisons: Sequence[Comparison], stride: np.ndarray, tables: Sequence[Records]) -> Plan:
    """Give each comparison that an op can do its words. `tables` tell which texts are digits."""
    places = tuple(place for place, one in enumerate(comparisons) if one.kind in FAST)
    ops = np.full((len(places), c.OP_COLUMNS), -1, dtype=np.int64)
    steps: list[float] = []
    ints: list[int] = []
    narrow: list[tuple[int, int, int, int]] = []  # bits, op, column of the word, column of the shift
    words = 0
    for row, place in enumerate(places):
        op, one = ops[row], comparisons[place]
        op[[c.KIND, c.STRIDE, c.MISSING]] = one.kind, stride[place], len(one.levels)
        op[[c.STEPS, c.STEP_COUNT]] = len(steps), len(one.thresholds)
        steps += one.thresholds
        if one.kind == DATE:
            narrow.append((DATE_BITS, row, c.WORD, c.SHIFT))
            if len(one.columns) > 1:
                narrow.append((DAY_BITS, row, c.MORE, c.MORE_SHIFT))
            continue
        op[c.WORD], words = words, words + 1
        if one.kind == STRING:
            op[c.TABLE] = len(ints)
            ints += short_levels(one).tolist()
        elif one.kind == EDITS:
            op[c.IS_DIGITS] = mostly_digits(one.columns[0], tables)
            op[c.TABLE], op[c.MOST] = len(ints), max(one.thresholds, default=0)
            ints += places_levels(one)
        elif one.kind == ID:
            narrow.append((TAIL_BITS, row, c.MORE, c.MORE_SHIFT))
        elif one.kind == ADDRESS:
            for column, where in zip(one.columns[1:], (c.MORE, c.THIRD)):
                if column:
                    op[where], words = words, words + 1
    words = _place(ops, narrow, words)
    whole = max(-(-words // WORDS_IN_LINE), 1) * WORDS_IN_LINE
    chosen = tuple(comparisons[place] for place in places)
    return Plan(chosen, places, ops, np.array([*steps, 0.0]), np.array([*ints, 0], np.int64), whole)


def _place(ops: np.ndarray, narrow: list[tuple[int, int, int, int]], words: int) -> int:
    """Fit parts of words together, the widest first; returns the words used then."""
    free: list[int] = []
    first = words
    for bits, row, word, shift in sorted(narrow, reverse=True):
        at = next((place for place, left in enumerate(free) if left >= bits), len(free))
        if at == len(free):
            free.append(63)
        ops[row, word], ops[row, shift] = first + at, 63 - free[at]
        free[at] -= bits
    return first + len(free)


def short_levels(one: Comparison) -> np.ndarray:
    """Level of two texts of up to three characters by their case (see `comparers.short_case`)."""
    found = np.full(128, len(one.levels) - 1, dtype=np.int64)
    for case in range(128):
        la, lb, same = case >> 5, case >> 3 & 3, case & 7
        agreed = [same >> i & 1 for i in range(min(la, lb))]
        count = sum(agreed)
        if la == 0 or lb == 0:
            found[case] = len(one.levels)
        elif la == lb == count:
            found[case] = 0
        elif count:
            score = (count / la + count / lb + 1.0) / 3.0
            if score > 0.7:
                prefix = agreed.index(0) if 0 in agreed else len(agreed)
                score += prefix * 0.1 * (1.0 - score)
            reached = [score >= step for step in one.thresholds]
            found[case] = 1 + (reached.index(True) if True in reached else len(reached))
    return found


def places_levels(one: Comparison) -> list[int]:
    """Level of two texts of digits by the number of places in which they differ, when those are the edits."""
    apart = range(p.DIGITS_IN_WORD + 2)
    return [int(n > 0) + sum(n > step for step in one.thresholds) for n in apart]


def mostly_digits(column: str, tables: Sequence[Records]) -> bool:
    """Whether most of a column's first texts are digits that fit a word."""
    looks = []
    for table in tables:
        some = table.once((LOOKED, column), partial(table.first, LOOKED_AT, [column]))[column].to_pylist()
        known = [value for value in some if value is not None]
        looks += [str(v).isdecimal() and str(v).isascii() and len(v) <= p.DIGITS_IN_WORD for v in known]
    return bool(looks) and float(np.mean(looks)) >= MOSTLY_DIGITS


@dataclass(frozen=True)
class Lines:
    """One table's records: `words` (rows × words, int64) and the `heap` that its long texts lie on; `has`: of which rows (None: of all)."""

    words: np.ndarray
    heap: np.ndarray
    has: np.ndarray | None = None


def aligned(rows: int, words: int) -> np.ndarray:
    """Zeros, each row beginning at a cache line."""
    raw = np.zeros(rows * words * 8 + 64, np.uint8)
    at = -raw.ctypes.data % 64
    return raw[at : at + rows * words * 8].view(np.int64).reshape(rows, words)


class PackJob:
    """A table's lines by a plan; with `only`, of rows that a job running before it finds a block for, and of some that are told."""

    def __init__(self, made: Plan, records: Records, only: tuple[KeyJob, np.ndarray] | None = None) -> None:
        self.columns = list(dict.fromkeys(column for one in made.comparisons for column in one.reads))
        self._made = made
        self._words = aligned(len(records), made.words)
        self._heaps: dict[tuple[int, int], np.ndarray] = {}
        self._numbers = np.zeros((0, 0), np.int32)
        self._has: np.ndarray | None = None
        if only is not None:
            keys, told = only
            self._numbers, self._has = keys.numbers, np.zeros(len(records), np.uint8)
            self._has[told] = 1

    def part(self, at: int, rows: int, table: Mapping[str, Any]) -> None:
        """Pack some rows."""
        wanted = EVERY_ROW if self._has is None else self._has[at : at + rows]
        for own in self._numbers:
            wanted |= own[at : at + rows] >= 0
        self._heaps[at, rows] = _pack_part(self._made, table, wanted, self._words[at : at + rows])

    def done(self) -> dict[Any, Any]:
        """The lines, the heaps of all parts put one behind the other."""
        used, parts = 0, sorted(self._heaps)
        for at, rows in parts:
            heap = self._heaps[at, rows]
            if used and len(heap):
                for op in self._made.ops:
                    if op[c.KIND] in (STRING, EDITS, ID, ADDRESS):
                        p.move_heap(self._words[at : at + rows], op[c.WORD], used)
            used += len(heap)
        if used > PLACE:
            raise MemoryError("texts too long to be packed")
        lines = Lines(
            self._words,
            np.concatenate([np.zeros(0, np.uint32), *(self._heaps[part] for part in parts)]),
            self._has,
        )
        return {lines_key(self._made): lines}


def lines_key(made: Plan) -> tuple[Any, ...]:
    """What a table's lines are known by."""
    return ("lines", made.comparisons, made.ops.tobytes())


def pack(made: Plan, records: Records) -> Lines:
    """A table's lines, made once per table and plan."""
    lines: Lines = records.made_by(lines_key(made), lambda: PackJob(made, records))
    return lines


def _pack_part(made: Plan, table: Mapping[str, Any], wanted: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Pack some rows into their lines; returns their heap."""
    heap, used = np.zeros(0, np.uint32), 0
    for one, op in zip(made.comparisons, made.ops):
        column = table[one.columns[0]]
        if one.kind == NUMBER:
            lines[:, op[c.WORD]] = numbers(column).view(np.int64)
        elif one.kind == EXACT:
            lines[:, op[c.WORD]] = hashes_of(column).view(np.int64)
        elif one.kind == DATE:
            _dates(column, lines, op[c.WORD], op[c.SHIFT], True)
            if len(one.columns) > 1:
                _dates(table[one.columns[1]], lines, op[c.MORE], op[c.MORE_SHIFT], False)
        elif (few := _few_texts(column, one.kind, op)) is not None:
            lines[:, op[c.WORD]] = few
        else:
            read = text(column)
            whole = _full(read) if one.kind == ID else read
            heap, used = _texts(whole, one.kind, op, wanted, lines, heap, used)
        if one.kind == ADDRESS:
            p.mark_depths(lines, op[c.WORD])
            for name, where in zip(one.columns[1:], (c.MORE, c.THIRD)):
                if name:
                    lines[:, op[where]] = hashes_of(table[name]).view(np.int64)
    return heap[:used]


def _few_texts(column: object, kind: int, op: np.ndarray) -> np.ndarray | None:
    """Words of texts that are told by number; None for others, and where one of them does not fit its word."""
    if not isinstance(column, Coded) or kind == ID:
        return None

    def make(read: Text) -> np.ndarray | None:
        lines, alone = np.zeros((len(read.array), 1), np.int64), op.copy()
        alone[c.WORD] = 0
        return (
            None if _texts(read, kind, alone, EVERY_ROW, lines, np.zeros(0, np.uint32), 0)[1] else lines[:, 0]
        )

    return column.spread(("texts", kind, int(op[c.IS_DIGITS])), make)


def _texts(
    read: Text,
    kind: int,
    op: np.ndarray,
    wanted: np.ndarray,
    lines: np.ndarray,
    heap: np.ndarray,
    used: int,
) -> tuple[np.ndarray, int]:
    """Pack texts, with a larger heap if it turns out too small; returns the heap and how much of it is used."""
    parts = (read.data, read.start, read.known, read.shift, wanted, lines, op[c.WORD])
    while True:
        if kind == STRING or (kind == EDITS and not op[c.IS_DIGITS]):
            needed = p.pack_short(*parts, heap, used)
        else:
            more = (op[c.MORE], op[c.MORE_SHIFT]) if kind == ID else (-1, 0)
            needed = p.pack_digits(*parts, *more, heap, used)
        if needed <= len(heap):
            return heap, int(needed)
        heap = np.concatenate([heap[:used], np.zeros(int(needed) - used, np.uint32)])


def _full(read: Text) -> Text:
    """Identity numbers in their 18-digit form."""
    from linkage.chinese.id_numbers import full_number

    array = read.array
    sizes = np.diff(read.start)
    if ((sizes == 18) | (sizes == 0)).all() and not (read.data == ord("x")).any():
        return read
    return text(pd.Series([None if v is None else full_number(v) for v in array.to_pylist()], dtype=object))


def _dates(column: object, lines: np.ndarray, word: int, at_bit: int, whole: bool) -> None:
    if isinstance(column, Coded):

        def make(read: Text) -> np.ndarray:
            few = np.zeros((len(read.array), 1), np.int64)
            _pack_dates(read, few, 0, 0, whole)
            return few[:, 0]

        days = column.spread(("dates", whole), make)
        lines[:, word] |= cast("np.ndarray", days) << at_bit
    else:
        _pack_dates(text(column), lines, word, at_bit, whole)


def _pack_dates(read: Text, lines: np.ndarray, word: int, at_bit: int, whole: bool) -> None:
    odd = np.empty(len(lines), np.int64)
    rows = odd[: p.pack_dates(read.data, read.start, read.known, read.shift, lines, word, at_bit, whole, odd)]
    if len(rows):
        texts = pd.Series(read.array.take(rows).to_pylist(), dtype=object)
        days = pd.to_datetime(texts, errors="coerce", format="ISO8601")
        number = days.dt.year * 10_000 + days.dt.month * 100 + days.dt.day
        p.pack_odd_dates(rows, number.fillna(0).to_numpy(np.int64), lines, word, at_bit, whole)


Counted = tuple[tuple[float, float, float], tuple[Short | pa.Array, np.ndarray]]
"""`FastEncoded.meetings` and `FastEncoded.repeated`."""


@dataclass(frozen=True)
class FastEncoded:
    """One comparison that an op does, over two tables; the same face as `prepare.Encoded`."""

    comparison: Comparison
    sides: tuple[Lines, Lines]
    sources: tuple[Records, Records]
    made: Plan
    row: int

    def meetings(self) -> tuple[float, float, float] | None:
        """See `prepare.Encoded.meetings`; values are known by their hashes here."""
        return self._counted[0] if self.comparison.kind in SINGLE_VALUED else None

    @property
    def known(self) -> float:
        """Right rows that have a value."""
        return self._counted[0][2]

    @property
    def repeated(self) -> tuple[Short | pa.Array, np.ndarray]:
        """Texts of the values that several right rows have, and how many they are."""
        return self._counted[1]

    @property
    def _counted(self) -> Counted:
        """Made once (where `cached_property` would let one comparison's thread wait for another's: Python 3.11 has one lock for all)."""
        found: Counted | None = self.__dict__.get("counted")
        if found is None:
            found = self.__dict__["counted"] = self._count()
        return found

    def _count(self) -> Counted:
        left, right = self.sides
        if self.comparison.term_frequency:
            return self._count_all()
        size = 1 << max(int(len(left.words) * 3 // 2).bit_length(), 4)
        keys, counts = np.zeros(size, np.uint64), np.zeros(size, np.int32)
        for _, values in self._identities(left):
            p.list_values(values, keys)
        known = sum(p.count_listed(values, keys, counts) for _, values in self._identities(right))
        met, lefts = 0, 0
        for _, values in self._identities(left):
            met, lefts = met + p.meetings(values, keys, counts), lefts + int(np.count_nonzero(values))
        return (float(met), float(lefts), float(known)), (Short(np.zeros(0, np.int64)), np.zeros(0, np.int64))

    def _count_all(self) -> Counted:
        """Of all right values, in order: a processor sorts a million faster than it looks them up in a table that no cache holds."""
        left, right = (self._values(side) for side in self.sides)
        words = self.sides[1].words[:, self.made.ops[self.row][c.WORD]]
        order: np.ndarray | None = None
        if self._is_short(words):  # the values are the words
            right.sort()
        else:
            order = np.argsort(right)
            right = right[order]
        missing = int(np.searchsorted(right, 1))
        known = np.sort(left[left != 0])
        met = np.searchsorted(right, known, "right") - np.searchsorted(right, known)
        is_again = right[1:] == right[:-1]
        is_again[:missing] = False
        edges = np.flatnonzero(np.diff(is_again, prepend=False, append=False))
        begins, ends = edges[::2], edges[1::2] + 1
        texts = Short(right[begins].astype(np.int64)) if order is None else self._right_texts(order[begins])
        totals = float(np.maximum(met - 1, 0).sum()), float(len(known)), float(len(right) - missing)
        return totals, (texts, ends - begins)

    def _values(self, side: Lines) -> np.ndarray:
        """Numbers of all of a side's values (see `_identities`)."""
        found = np.empty(len(side.words), np.uint64)
        for at, values in self._identities(side):
            found[at : at + len(values)] = values
        return found

    def _identities(self, side: Lines) -> Iterator[tuple[int, np.ndarray]]:
        """Some rows at a time, the first of them and numbers that are equal where the values are, 0 missing; each time in the same memory."""
        op, kind, room = self.made.ops[self.row], self.comparison.kind, np.empty(IDENTIFIED, np.uint64)
        is_heaped, is_id = kind in (STRING, EDITS, ID), kind == ID
        where = op[[c.WORD, c.SHIFT, c.MORE, c.MORE_SHIFT]]
        for at in range(0, len(side.words), IDENTIFIED):
            lines = side.words[at : at + IDENTIFIED]
            same = room[: len(lines)]
            p.identities(lines, side.heap, kind == DATE, is_heaped, is_id, *where, same)
            yield at, same

    def _right_texts(self, rows: np.ndarray) -> pa.Array:
        """Texts of some right rows that have one."""
        return self.sources[1].texts(self.comparison.columns[0]).take(as_arrow(rows)).combine_chunks()

    def left_values(self) -> tuple[np.ndarray, Short | pa.Array]:
        """Number of each left record's value (−1 missing), and the values."""
        words = self.sides[0].words[:, self.made.ops[self.row][c.WORD]]
        if self._is_short(words):
            codes, rows = numbered(words)
            return codes, Short(words[rows])
        texts = self.sources[0].texts(self.comparison.columns[0]).combine_chunks()
        codes, rows = numbered(hashes_of(texts))
        return codes, texts.take(as_arrow(rows))

    def _is_short(self, words: np.ndarray) -> bool:
        """Whether words hold their texts."""
        return self.comparison.kind == STRING and not (words < 0).any()

"""How common the terms of a comparison are: each term's share of the right table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa

from linkage.keys import hashes_of
from linkage.texts import Short


class Shares(Mapping[str, float]):
    """Terms and their shares, as they were counted until somebody asks for one by name."""

    def __init__(self, texts: Short | pa.Array, numbers: np.ndarray) -> None:
        self._texts, self.numbers = texts, numbers

    @cached_property
    def texts(self) -> pa.Array:
        """The terms."""
        return self._texts.array if isinstance(self._texts, Short) else self._texts

    @cached_property
    def short(self) -> tuple[np.ndarray, np.ndarray]:
        """Words of the short terms, ascending, and their shares."""
        if isinstance(self._texts, Short):
            return _ascending(self._texts.words, self.numbers)
        return _short_of(self)

    @cached_property
    def hashed(self) -> tuple[np.ndarray, np.ndarray]:
        """Hashes of the terms, ascending, and their shares."""
        return _ascending(hashes_of(self.texts), self.numbers)

    @cached_property
    def _table(self) -> dict[str, float]:
        return dict(zip(self.texts.to_pylist(), self.numbers.tolist()))

    def __getitem__(self, name: str) -> float:
        return self._table[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self.numbers)


def _ascending(words: np.ndarray, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(words)
    return words[order], numbers[order]


def _found(keys: np.ndarray, numbers: np.ndarray, wanted: np.ndarray, rare: float) -> np.ndarray:
    """The numbers of some keys (ascending), `rare` for others."""
    at = np.searchsorted(keys, wanted)
    known = np.append(keys, keys[:1])[at] == wanted if len(keys) else np.zeros(len(wanted), bool)
    return np.where(known, np.append(numbers, rare)[at], rare)


def _short_of(known: Mapping[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """`Shares.short` of any mapping."""
    short, places = Short.among(known)
    return _ascending(short.words, np.fromiter(known.values(), float, len(known))[places])


def shares_of(known: Mapping[str, float], terms: Any, rare: float) -> np.ndarray:
    """Share of each of some terms (`Short`, an Arrow or numpy array), `rare` for those not known."""
    if isinstance(terms, Short):
        words, numbers = known.short if isinstance(known, Shares) else _short_of(known)
        return _found(words, numbers, terms.words, rare)
    if isinstance(known, Shares) and isinstance(terms, pa.Array):
        hashes, numbers = known.hashed
        return _found(hashes, numbers, hashes_of(terms), rare)
    values = terms.to_pylist() if isinstance(terms, pa.Array) else terms
    return np.array([known.get(str(value), rare) for value in values], dtype=float)


def terms_by_share(known: Mapping[str, float]) -> dict[str, str | list[str]]:
    """Shares, and the terms that have each, ascending: one text with spaces between them, or a list where a term has a space (or is none)."""
    found: dict[float, list[str]] = {}
    for name in sorted(proper(known)):
        found.setdefault(float(known[name]), []).append(name)
    return {repr(share): _one_text(names) for share, names in found.items()}


def proper(known: Mapping[str, float]) -> Mapping[str, float]:
    """Without terms that are no proper Unicode, which no file could hold."""
    return (
        known
        if all(isinstance(name, str) for name in known)
        else {n: s for n, s in known.items() if isinstance(n, str)}
    )


def _one_text(names: list[str]) -> str | list[str]:
    return " ".join(names) if all(name and " " not in name for name in names) else names


def shares_by_term(by_share: Mapping[str, str | list[str]]) -> Mapping[str, float]:
    """What `terms_by_share` took apart. Raises: ValueError, TypeError or AttributeError when it is something else."""
    each = [names.split(" ") if isinstance(names, str) else names for names in by_share.values()]
    sizes = np.fromiter(map(len, each), np.int64, len(each))
    numbers = np.repeat(np.fromiter(map(float, by_share), float, len(by_share)), sizes)
    every = list(chain.from_iterable(each))
    if not np.isfinite(numbers).all():
        raise ValueError("a share is no number")
    short, places = Short.among(every)
    return Shares(short, numbers) if len(places) == len(every) else dict(zip(every, numbers.tolist()))


__all__ = ["Shares", "proper", "shares_by_term", "shares_of", "terms_by_share"]

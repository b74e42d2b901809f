"""What is counted as one value where a comparison weighs rare agreement more: a name's words, a house, the value itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from linkage.columns import Records
from linkage.compare import EXACT, LATIN, STREET, STRING, Comparison
from linkage.later import pc, pd
from linkage.latin.forms import is_nobody, plain
from linkage.lines import FastEncoded
from linkage.shares import Shares

SEPARATOR = "\x1f"


def term(comparison: Comparison, values: Sequence[Any]) -> str | None:
    """The term of one record, from the values of the comparison's columns; None where it has none."""
    if not values[0]:
        return None
    if comparison.kind == LATIN:
        return None if is_nobody(str(values[0])) else plain(str(values[0]))
    if comparison.kind == STREET:
        name, number = plain(str(values[0])), plain(str(values[1] or ""))
        return f"{name}{SEPARATOR}{number}" if name and number else None
    return str(values[0])


def _value_shares(encoded: FastEncoded) -> Shares:
    """Of the values that stand more than once on the right, among those that are known."""
    texts, counts = encoded.repeated
    return Shares(texts, counts / max(encoded.known, 1.0))


def _text_shares(texts: pa.ChunkedArray) -> Shares:
    """The same told from the texts."""
    found = pc.value_counts(texts)
    values, counts = found.field("values"), found.field("counts").to_numpy()
    known = pc.fill_null(pc.greater(pc.binary_length(values), 0), False).to_numpy(zero_copy_only=False)
    often = known & (counts > 1)
    return Shares(values.filter(pa.array(often)), counts[often] / max(int(counts[known].sum()), 1))


def shares(comparison: Comparison, table: Records, encoded: object = None) -> Mapping[str, float]:
    """Share of each term that stands more than once in a table, among the records that have one. `encoded`: the comparison with that table right."""
    if isinstance(encoded, FastEncoded) and comparison.kind in (STRING, EXACT):
        return _value_shares(encoded)
    if comparison.kind not in (LATIN, STREET):
        return _text_shares(table.texts(comparison.columns[0]))
    if comparison.kind == STREET:
        both = zip(table[comparison.columns[0]], table[comparison.columns[1]])
        terms = pd.Series([term(comparison, pair) for pair in both], dtype=object).dropna()
    else:
        codes, distinct = pd.factorize(table[comparison.columns[0]])
        named = pd.Series([term(comparison, (value,)) for value in distinct], dtype=object)
        terms = pd.Series(named.to_numpy()[codes[codes >= 0]], dtype=object).dropna()
    counts = terms.value_counts()
    total = max(int(counts.sum()), 1)
    return {str(value): int(number) / total for value, number in counts[counts > 1].sort_index().items()}

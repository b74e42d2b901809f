"""A name's surname, given name and sound, over distinct names."""

from __future__ import annotations

import pandas as pd


def name_parts(names: pd.Series) -> pd.DataFrame:
    from pypinyin import Style, lazy_pinyin

    distinct = pd.Series(pd.unique(names.dropna()), dtype=object)
    rows = {}
    for n in distinct:
        k = 2 if n[:2] in ("欧阳", "司马", "上官") else 1
        rows[n] = (n[:k], n[k:], "".join(lazy_pinyin(n, style=Style.NORMAL)))
    return pd.DataFrame(
        [rows.get(n, (None, None, None)) for n in names],
        columns=["surname", "given", "name_sound"],
        index=names.index,
    ).astype(object)

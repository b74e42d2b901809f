"""A name's surname, given name and sound (the engine's match keys), read once per distinct name."""

from __future__ import annotations

import numpy as np
import pandas as pd

from linkage.chinese.names import NameKeys, name_keys

NOBODY = NameKeys("", "", "", "", "")


def name_parts(names: pd.Series) -> pd.DataFrame:
    """Columns `surname`, `given`, `name_sound` (fuzzy pinyin), None where there is none."""
    codes, distinct = pd.factorize(names)
    keys = [*(name_keys(name) for name in distinct), NOBODY]
    columns = {
        "surname": [key.surname or None for key in keys],
        "given": [key.given or None for key in keys],
        "name_sound": [key.fuzzy or None for key in keys],
    }
    taken = {column: np.array(values, dtype=object)[codes] for column, values in columns.items()}
    return pd.DataFrame(taken, index=names.index)

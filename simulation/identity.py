"""ID numbers after GB 11643 (6 region + 8 date + 3 sequence + MOD 11-2), in regions of province 99 only."""

import numpy as np

from .dice import Array, ragged_rank

WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int64)
CHECKS = np.array(list("10X98765432"))


def check_digits(first17: Array) -> Array:
    """MOD 11-2 check characters of numbers given as an array of 17-digit integers."""
    number = np.asarray(first17, dtype=np.int64)
    total = np.zeros(len(number), dtype=np.int64)
    for weight in WEIGHTS[::-1]:
        total += (number % 10) * weight
        number = number // 10
    return CHECKS[total % 11]


def complete(first17: str) -> str:
    """The 18-character number of 17 digits."""
    return first17 + str(check_digits(np.array([int(first17)]))[0])


def days_to_yyyymmdd(days: Array) -> Array:
    dates = np.asarray(days).astype("datetime64[D]")
    year = dates.astype("datetime64[Y]").astype(np.int64) + 1970
    month = dates.astype("datetime64[M]").astype(np.int64) % 12 + 1
    day = (dates - dates.astype("datetime64[M]")).astype(np.int64) + 1
    return year * 10000 + month * 100 + day


class NumberOffice:
    """Hands out numbers; never the same twice. Sequences per region, day and sex are walked in a scattered
    order."""

    def __init__(self) -> None:
        self._used: dict[int, int] = {}

    def issue(self, regions: Array, births: Array, sexes: Array) -> Array:
        """18-character numbers for region codes (int), birth days and sexes (1 man, 2 woman)."""
        stamp = np.asarray(regions, dtype=np.int64) * 10**8 + days_to_yyyymmdd(births)
        key = stamp * 2 + (np.asarray(sexes) == 1)
        distinct, inverse, counts = np.unique(key, return_inverse=True, return_counts=True)
        used = np.array([self._used.get(int(k), 0) for k in distinct], dtype=np.int64)
        self._used.update(zip(distinct.tolist(), (used + counts).tolist()))
        turn = used[inverse] + ragged_rank(key)
        sequence = 2 * ((turn * 173 + key % 500) % 500) + (np.asarray(sexes) == 1)
        first17 = stamp * 1000 + sequence
        return np.char.add(first17.astype("U17"), check_digits(first17)).astype(object)

"""Names by cohort, sex, village and people; surnames cluster by village as they do in the country."""

import numpy as np

from .dice import Array
from .nametables import ETHNICITIES, GIVEN, RARE, SURNAMES, UYGHUR_MEN, UYGHUR_WOMEN, YI_CLANS, YI_GIVEN

RARE_SHARE = 0.002  # [A]


def _surnames() -> tuple[Array, Array]:
    names, weights = [], []
    for word in SURNAMES.split():
        name = word.rstrip("0123456789")
        names.append(name)
        weights.append(float(word[len(name) :]))
    share = np.array(weights)
    return np.array(names, dtype=object), share / share.sum()


SURNAME, SURNAME_SHARE = _surnames()
STYLE = np.array([style for _, _, style, _ in ETHNICITIES], dtype=object)
ETHNICITY = np.array([name for name, _, _, _ in ETHNICITIES], dtype=object)
ETHNICITY_CODE = np.array([code for _, code, _, _ in ETHNICITIES], dtype=object)


def _pick(rng: np.random.Generator, words: str | list[str], size: int, skew: float = 0.6) -> Array:
    """Words at random, the first ones more often (a Zipf tail of exponent `skew`)."""
    pool = np.array(list(words), dtype=object)
    weight = 1.0 / np.arange(1, len(pool) + 1) ** skew
    return pool[rng.choice(len(pool), size, p=weight / weight.sum())]


def draw_surnames(rng: np.random.Generator, villages: Array, ethnicity: Array, count: int) -> Array:
    """Surnames of household heads: over half of a village bears one of its few old surnames."""
    names = SURNAME[rng.choice(len(SURNAME), len(villages), p=SURNAME_SHARE)]
    local = SURNAME[rng.choice(len(SURNAME), (count, 3), p=SURNAME_SHARE)]
    clustered = rng.random(len(villages)) < 0.5
    rank = rng.choice(3, len(villages), p=[0.5, 0.3, 0.2])
    names = np.where(clustered, local[villages, rank], names)
    for code, (_, _, _, favoured) in enumerate(ETHNICITIES):
        rows = np.flatnonzero((ethnicity == code) & (rng.random(len(villages)) < 0.6))
        if favoured and len(rows):
            names[rows] = _pick(rng, favoured, len(rows))
    return names


def draw_han_given(rng: np.random.Generator, sex: Array, birth_year: Array) -> Array:
    """Given names of Han form."""
    given = np.empty(len(sex), dtype=object)
    first_year = 0
    for last_year, men, women, single in GIVEN:
        for code, characters in ((1, men), (2, women)):
            rows = np.flatnonzero((sex == code) & (birth_year > first_year) & (birth_year <= last_year))
            if not len(rows):
                continue
            one = _pick(rng, characters, len(rows))
            two = _pick(rng, characters, len(rows))
            alone = (rng.random(len(rows)) < single) | ((one == two) & (rng.random(len(rows)) < 0.5))
            given[rows] = np.where(alone, one, one + two)
        first_year = last_year
    rare = np.flatnonzero(rng.random(len(sex)) < RARE_SHARE)
    for row, character in zip(rare, _pick(rng, RARE, len(rare))):
        given[row] = given[row][:-1] + character
    return given


def draw_given(rng: np.random.Generator, sex: Array, birth_year: Array, ethnicity: Array) -> Array:
    """Given names; for dotted names the own part."""
    given = draw_han_given(rng, sex, birth_year)
    style = STYLE[ethnicity]
    for code, words in ((1, UYGHUR_MEN), (2, UYGHUR_WOMEN)):
        rows = np.flatnonzero((style == "uyghur") & (sex == code))
        given[rows] = _pick(rng, words.split(), len(rows))
    rows = np.flatnonzero(style == "yi")
    given[rows] = _pick(rng, YI_GIVEN.split(), len(rows))
    return given


def draw_second_part(rng: np.random.Generator, size: int, style: str) -> Array:
    """The other part of a dotted name where no father is known: a father's name, or a clan."""
    return _pick(rng, (UYGHUR_MEN if style == "uyghur" else YI_CLANS).split(), size)


def full_name(surname: Array, given: Array, ethnicity: Array) -> Array:
    """Surname + given; given·father (维吾尔族); clan·given (彝族). `surname` holds the other part of a
    dotted name."""
    style = STYLE[ethnicity]
    plain = surname + given
    return np.where(
        style == "uyghur", given + "·" + surname, np.where(style == "yi", surname + "·" + given, plain)
    )

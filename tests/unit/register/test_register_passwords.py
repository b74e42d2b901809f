"""What may be a password, and that a hash is all that is kept of it."""

from __future__ import annotations

import pytest

from register.errors import InvalidInput
from register.passwords import Hashing, check_password

FAST = Hashing(1, 8, 1)


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("kurz", id="short"),
        pytest.param("x" * 200, id="too long"),
        pytest.param("abababababab", id="few characters"),
        pytest.param("990101199001011234", id="an ID number"),
        pytest.param("wang.liwang.li12", id="the account's name"),
        pytest.param("qwertyuiop12345", id="keys side by side"),
        pytest.param("0987654321qwert", id="keys side by side, backwards"),
    ],
)
def test_a_password_that_is_guessed_early_is_refused_without_repeating_it(password: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_password(password, "wang.li")
    assert password not in str(refused.value)


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("correct horse battery", id="words"),
        pytest.param("村里的老槐树下有三口水井吗", id="Chinese"),
        pytest.param("wang.li plants rice", id="the name and more"),
    ],
)
def test_a_long_password_is_one(password: str) -> None:
    check_password(password, "wang.li")


def test_a_hash_fits_its_password_alone_and_is_salted() -> None:
    kept = FAST.hash("correct horse battery")
    assert kept.startswith("$argon2id$") and "correct" not in kept
    assert kept != FAST.hash("correct horse battery")
    assert FAST.fits("correct horse battery", kept)
    assert not FAST.fits("correct horse batterz", kept)
    assert not FAST.fits("correct horse battery", FAST.nobodys)


def test_a_password_fits_however_the_keyboard_composed_it() -> None:
    assert FAST.fits("ｃorrect horse battery\u0065\u0301", FAST.hash("correct horse battery\u00e9"))


def test_a_hash_made_at_another_cost_is_outdated() -> None:
    assert Hashing(2, 8, 1).is_outdated(FAST.hash("correct horse battery"))
    assert not FAST.is_outdated(FAST.hash("correct horse battery"))

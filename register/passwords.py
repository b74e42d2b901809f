"""Passwords: what may be one, and how it is kept. Pure; argon2 is imported when the first password is hashed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final
from unicodedata import normalize

from register.errors import InvalidInput

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST: Final = 12
LONGEST: Final = 128
FEWEST_DIFFERENT: Final = 6
RUNS: Final = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
LONGEST_RUN: Final = 5


@dataclass(frozen=True)
class Hashing:
    """What a guess costs: RFC 9106's second choice, for machines with little memory to spare. Tests take less."""

    time_cost: int = 3
    memory_kib: int = 65_536
    lanes: int = 4

    @cached_property
    def _hasher(self) -> PasswordHasher:
        from argon2 import PasswordHasher

        return PasswordHasher(self.time_cost, self.memory_kib, self.lanes)

    @cached_property
    def nobodys(self) -> str:
        """A hash that no password fits, so that an unknown account takes as long to refuse as a known one."""
        return self.hash("\x00")

    def hash(self, password: str) -> str:
        return self._hasher.hash(_normal(password))

    def fits(self, password: str, kept: str) -> bool:
        from argon2.exceptions import VerificationError

        if len(password) > LONGEST:
            return False
        try:
            return self._hasher.verify(kept, _normal(password))
        except VerificationError:
            return False

    def is_outdated(self, kept: str) -> bool:
        """Whether it was hashed at another cost than today's."""
        return self._hasher.check_needs_rehash(kept)


def check_password(password: str, user_id: str) -> None:
    """Length first: what a guesser tries early is refused, and nothing is asked for that people answer with a `1!`.

    Raises: InvalidInput; it never repeats the password.
    """
    plain = _normal(password).casefold()
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidInput(
            f"a password has {SHORTEST} to {LONGEST} characters; several words are easy to keep"
        )
    if len(set(plain)) < FEWEST_DIFFERENT:
        raise InvalidInput(f"a password has at least {FEWEST_DIFFERENT} different characters")
    if plain.isdigit():
        raise InvalidInput("a password of digits alone is a phone, a date or an ID number to whoever guesses")
    if len(_without_runs(plain.replace(user_id, ""))) < SHORTEST // 2:
        raise InvalidInput("a password is more than the account's name and keys that lie side by side")


def _without_runs(text: str) -> str:
    for run in RUNS:
        for line in (run, run[::-1]):
            for length in range(len(line), LONGEST_RUN - 2, -1):
                for start in range(len(line) - length + 1):
                    text = text.replace(line[start : start + length], "")
    return text


def _normal(password: str) -> str:
    """The same characters however a keyboard composed them (full width, combining)."""
    return normalize("NFKC", password)

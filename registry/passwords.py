"""Passwords: by argon2id, and none that is easily guessed.

NIST SP 800-63B-4, 3.1.1.2: a password that is the only factor has at least 15 characters, is compared with common and expected
ones, and needs no mixture of kinds of characters. The lists of common ones, names and words, and what people do to them, are
zxcvbn's, which asks nobody.
"""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 15, 1000

READ = 72
"""Of a long password so many characters are looked at; what guesses are worth is decided by then."""

HARD = 3
"""The least of zxcvbn's scores, 0 to 4: more than 10^8 guesses."""

UNEXPECTED = 8
"""So many characters a password has beside the names that everybody knows of the account."""

_NOBODYS = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$Wn0gZ5YxQbM1y2y2a1mC2mC1Fz1pN3r1m0p3m4l5k6Y"


@cache
def _hasher() -> "PasswordHasher":
    """Loaded by whoever has a password to look at: nearly every command knows accounts, and few a password."""
    from argon2 import PasswordHasher

    return PasswordHasher()


def hash_password(password: str) -> str:
    """The password's hash with its salt and costs, as it is stored. It takes its time on purpose."""
    return _hasher().hash(password)


def is_password(password: str, stored: str | None) -> bool:
    """Whether it is the one of the stored hash. None, for an account that there is not, takes as long and is never right, and
    neither is one that is longer than any: of that no more is looked at than of the longest."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        same = _hasher().verify(stored or _NOBODYS, password[:LONGEST])
        return same and stored is not None and len(password) <= LONGEST
    except (VerificationError, InvalidHashError):
        return False


def weakness(password: str, known: Sequence[str]) -> str | None:
    """What is wrong with it as a new password, as a sentence; None where nothing is.

    known: what everybody expects, the names of the account and its party.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        return f"A password has {SHORTEST} to {LONGEST} characters."
    if _is_made_of(password, known):
        return "The password is made of the name of the account or of its party."
    # Imported here: it reads its lists, and only a new password needs them.
    from zxcvbn import zxcvbn

    if zxcvbn(password[:READ], user_inputs=[*known])["score"] < HARD:
        return "The password is a common one, or made of common ones, of one character or of a row of keys."
    return None


def _is_made_of(password: str, known: Sequence[str]) -> bool:
    left = _plain(password)
    for word in sorted({_plain(part) for name in known for part in (name, *name.split())}, key=len, reverse=True):
        left = left.replace(word, "") if len(word) > 2 else left
    return len(left) < UNEXPECTED and left != _plain(password)


def _plain(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())

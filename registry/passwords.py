"""Passwords, by argon2id."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 1000

_HASHER = PasswordHasher()
_NOBODYS = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$Wn0gZ5YxQbM1y2y2a1mC2mC1Fz1pN3r1m0p3m4l5k6Y"


def hash_password(password: str) -> str:
    return _HASHER.hash(password)


def is_password(password: str, stored: str | None) -> bool:
    """Whether it is the one of the stored hash. None, for an account that there is not, takes as long and is never right."""
    try:
        return _HASHER.verify(stored or _NOBODYS, password[:LONGEST]) and stored is not None
    except (VerificationError, InvalidHashError):
        return False

"""Keyed digests: what stands for a number, a name or a photo in rows that outlive it, and that no guessing undoes.

Whoever has the database alone can try a million member numbers on a plain digest. So digests of what people can be known by are
made with a secret of the workspace, which lies in the database sealed with the data key, and which a rotation seals anew: what
it made stays true.
"""

import hmac
import os
from collections.abc import Callable, Iterator, Mapping, ValuesView
from dataclasses import dataclass
from typing import TypeVar
from weakref import WeakKeyDictionary, ref

from sqlalchemy import Engine
from sqlalchemy.orm import Session as AnySession
from sqlmodel import Field, Session, SQLModel

from registry.crypto import sealed_by
from registry.keys import keys_of
from registry.tenancy import ask, declare, first_column, nothing

T = TypeVar("T")
SECRET = 32
_ONLY = 1
_CONTEXT = b"blinding"
_PROPOSED: WeakKeyDictionary[Engine, bytes] = WeakKeyDictionary()
_READ_ALREADY: WeakKeyDictionary[AnySession, "_Read"] = WeakKeyDictionary()
"""What a session's transaction read: a roster asks for tens of thousands of digests. None where the secret came with this
transaction, of which a part may be taken back. Kept here, and not with the session: accounts have that."""


@dataclass(frozen=True)
class _Read:
    """transaction: which read it, and None where it is over."""

    transaction: Callable[[], object | None]
    secret: bytes | None

    def is_of(self, session: Session) -> bool:
        """Whether it was read in the transaction that goes on now."""
        now = session.get_transaction()
        return now is not None and self.transaction() is now


class BlindingSecret(SQLModel, table=True):
    """The one secret of the workspace, sealed."""

    __tablename__ = "blinding_secret"

    id: int = Field(default=_ONLY, primary_key=True)
    sealed: bytes


# The secret is every party's, and no account is told it: what is told are the digests that it makes.
_READ = declare("SELECT sealed FROM main.blinding_secret WHERE id = 1", first_column)
_PUT = declare("INSERT INTO main.blinding_secret (id, sealed) VALUES (1, :sealed) ON CONFLICT DO NOTHING", nothing)


def blinder(session: Session) -> Callable[[str], str]:
    """Makes keyed digests, 64 hex digits, of the session's workspace, until its transaction ends. Raises KeyAbsent.

    The first one makes the secret, which comes with the transaction and goes with it; whoever keeps a digest keeps the secret.
    """
    secret = _secret(session)
    return lambda text: hmac.digest(secret, text.encode("utf-8", "surrogatepass"), "sha256").hex()


def keep_secret(session: Session) -> None:
    """Have the workspace's secret on record before anything rests on it; flushed. Raises KeyAbsent.

    Else a rollback between the making of a digest and its writing would leave the digest without the secret that made it.
    """
    _secret(session)


def _secret(session: Session) -> bytes:
    before = _READ_ALREADY.get(session)
    again = before is not None and before.is_of(session)
    if again and before is not None and before.secret is not None:
        return before.secret
    secret, is_new = _opened(session)
    _READ_ALREADY[session] = _Read(ref(session.get_transaction() or session), None if again or is_new else secret)
    return secret


def _opened(session: Session) -> tuple[bytes, bool]:
    """The secret, and whether it is put on record here."""
    keys, found = keys_of(session), ask(session, _READ)
    is_new = not found
    if is_new:
        # The same again after a rollback, so that what a dry run compares stays comparable.
        proposed = _PROPOSED.setdefault(session.get_bind().engine, keys.sealing().seal(os.urandom(SECRET), _CONTEXT))
        ask(session, _PUT, {"sealed": proposed})
        found = ask(session, _READ)
    return keys.ring().open(bytes(found[0]), _CONTEXT), is_new


def renew_secret(session: Session) -> int:
    """Seal the secret with the newest key; says whether there was anything to do. Flushed."""
    row = session.get(BlindingSecret, _ONLY)
    ring = keys_of(session).ring()
    if row is None or sealed_by(row.sealed) == ring.current:
        return 0
    row.sealed = ring.seal(ring.open(row.sealed, _CONTEXT), _CONTEXT)
    session.add(row)
    session.flush()
    return 1


class Blinded(Mapping[str, T]):
    """What is held under keyed digests, asked by what they were made of."""

    def __init__(self, session: Session, held: Mapping[str, T]) -> None:
        self._session, self._held = session, dict(held)

    def __getitem__(self, plain: str) -> T:
        if not self._held or not isinstance(plain, str):
            raise KeyError(plain)
        return self._held[blinder(self._session)(plain)]

    def __iter__(self) -> Iterator[str]:
        """The keyed digests."""
        return iter(self._held)

    def values(self) -> ValuesView[T]:
        return self._held.values()

    def __len__(self) -> int:
        return len(self._held)

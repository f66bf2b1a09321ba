"""A secret of each party's own, by which what must be known again, and not be read or guessed, is noted as a digest."""

import hashlib
import hmac
import secrets

from sqlmodel import Field, Session, SQLModel, select

from registry.crypto import sealed_by
from registry.keys import Keys, keys_of


class PartyKey(SQLModel, table=True):
    """sealed: 32 random bytes under the workspace's key. A rotation of that key seals them anew, so that digests stay good."""

    __tablename__ = "party_key"

    party_id: str = Field(primary_key=True, foreign_key="party.id")
    sealed: bytes


class Digester:
    """Keyed digests of one party."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def digest(self, *parts: str) -> str:
        """32 hex digits, which nobody who lacks the workspace's key can guess the parts by."""
        return hmac.new(self._secret, "\n".join(parts).encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]


def digester_of(session: Session, party_id: str) -> Digester | None:
    """The party's digests; None where nothing was noted by them yet."""
    row = session.get(PartyKey, party_id)
    return Digester(_secret(row, keys_of(session))) if row else None


def make_digester(session: Session, party_id: str) -> Digester:
    """The party's digests, its secret made where there is none; flushed, not committed."""
    row = session.get(PartyKey, party_id)
    if row is None:
        sealed = keys_of(session).sealing().seal(secrets.token_bytes(32), _context(party_id))
        row = PartyKey(party_id=party_id, sealed=sealed)
        session.add(row)
        session.flush()
    return Digester(_secret(row, keys_of(session)))


def renew_party_keys(session: Session) -> int:
    """Seal with the newest key what an older one sealed; says how many. Commits."""
    keys, renewed = keys_of(session), 0
    for row in session.exec(select(PartyKey)).all():
        if sealed_by(row.sealed) != keys.sealing().current:
            row.sealed = keys.sealing().seal(_secret(row, keys), _context(row.party_id))
            session.add(row)
            renewed += 1
    session.commit()
    return renewed


def _secret(row: PartyKey, keys: Keys) -> bytes:
    return keys.ring().open(row.sealed, _context(row.party_id))


def _context(party_id: str) -> bytes:
    return f"party key\n{party_id}".encode()

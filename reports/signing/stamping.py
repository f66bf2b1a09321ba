"""Having authorities state when captures were there."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from crawler.custody import append
from crawler.videos import Capture
from registry.db import now
from registry.errors import SemblanceError
from registry.vault.base import Vault
from reports.signing.errors import AuthorityAbsent, TokenRefused
from reports.signing.timestamp import Timestamp, timestamp_id
from reports.signing.timestamper import Timestamper
from reports.signing.tokens import Token, question, read_token, roots_of

STAMPED = "timestamped"
"""The custody chain's word for a capture about which an authority stated a time."""


class Stamper:
    """Asks each of some authorities about captures, one after the other.

    One that fails is not asked again by this stamper: while it is down every capture would wait for it. problems: what each
    said then, in words. operator: who asks, for the chain of custody.
    """

    def __init__(self, vault: Vault, authorities: Sequence[Timestamper], operator: str) -> None:
        self._vault, self._operator = vault, operator
        self._asked = list(authorities)
        self.problems: list[str] = []

    @property
    def authorities(self) -> Sequence[Timestamper]:
        """Those that have not failed."""
        return tuple(self._asked)

    def stamp(self, session: Session, capture_id: str) -> int:
        """Have the capture's manifest stated by every authority that has not done so; how many did. Commits after each.

        An authority that fails is a problem, and stands in the capture's row. Errors of the vault and the database go on.
        """
        capture = session.get_one(Capture, capture_id)
        return sum(self._stamp(session, capture, authority) for authority in self.authorities)

    def _stamp(self, session: Session, capture: Capture, authority: Timestamper) -> bool:
        row = session.get(Timestamp, timestamp_id(capture.id, authority.name)) or Timestamp(
            id=timestamp_id(capture.id, authority.name), capture_id=capture.id, authority=authority.name, asked_at=now()
        )
        if row.reply_sha256 is not None:
            return False
        manifest = b"".join(self._vault.chunks(capture.manifest_sha256))
        row.asked_at = now()
        try:
            reply, token = ask(authority, manifest)
        except (AuthorityAbsent, TokenRefused) as error:
            self._note_failure(session, row, authority, error)
            return False
        self._note_token(session, row, authority, reply, token)
        return True

    def _note_failure(self, session: Session, row: Timestamp, authority: Timestamper, error: SemblanceError) -> None:
        row.problem = error.what
        session.add(row)
        session.commit()
        self._asked.remove(authority)
        self.problems.append(f"{error.what} {error.remedy}")

    def _note_token(self, session: Session, row: Timestamp, authority: Timestamper, reply: bytes, token: Token) -> None:
        row.problem = None
        row.stated_at, row.signer, row.serial, row.policy = token.at, token.signer, token.serial, token.policy
        row.reply_sha256 = self._vault.put([reply]).sha256
        row.roots_sha256 = self._vault.put([authority.roots]).sha256
        session.add(row)
        said = {
            "authority": authority.name,
            "stated_at": _iso(token.at),
            "serial": token.serial,
            "reply_sha256": row.reply_sha256,
        }
        append(session, self._operator, STAMPED, row.capture_id, said, row.asked_at)
        session.commit()


def ask(authority: Timestamper, content: bytes) -> tuple[bytes, Token]:
    """An authority's whole reply about some bytes, and what it says. Raises AuthorityAbsent, TokenRefused or RootsUnusable."""
    asked, before = question(content), now()
    reply = authority.ask(asked.request)
    return reply, read_token(reply, content, roots_of(authority.roots), nonce=asked.nonce, between=(before, now()))


def _iso(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S.%fZ}"

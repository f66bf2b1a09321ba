"""What authorities say of a bundle: of the list that is signed, and of the signature of its report.

A token is kept, and taken again where the same bytes are sealed again: one bundle has one.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from registry.db import now
from registry.errors import SemblanceError
from registry.vault.base import Vault
from reports.matches import content_id
from reports.signing.errors import AuthorityAbsent, TokenRefused
from reports.signing.stamping import ask
from reports.signing.timestamp import SealTimestamp
from reports.signing.timestamper import Timestamper
from reports.signing.tokens import read_token, roots_of


@dataclass(frozen=True)
class Answer:
    """reply: the authority's whole answer. roots: the certificates by which it is known, in PEM. at: the time that it states."""

    authority: str
    reply: bytes
    roots: bytes
    at: datetime


@dataclass
class SealStamper:
    """Asks authorities about what one bundle is sealed with, each as long as it answers.

    session: is read, and written to in keep alone. problems: by the authority, what it said instead of a token.
    """

    session: Session
    vault: Vault
    party_id: str
    authorities: Sequence[Timestamper] = ()
    problems: dict[str, str] = field(default_factory=dict)
    _new: dict[str, SealTimestamp] = field(default_factory=dict)

    @property
    def answering(self) -> Mapping[str, bytes]:
        """The certificates of each authority that has not failed, by its name."""
        return {one.name: one.roots for one in self.authorities if one.name not in self.problems}

    def answers(self, content: bytes) -> list[Answer]:
        """What each authority that has not failed says of the bytes; one that fails now is among the problems from then on."""
        return [answer for one in self.authorities if one.name not in self.problems if (answer := self._answer(one, content))]

    def keep(self) -> None:
        """Put what is new on record, for the next bundle of the same bytes. Does not commit."""
        self.session.add_all(self._new.values())
        self._new.clear()

    def _answer(self, authority: Timestamper, content: bytes) -> Answer | None:
        digest = hashlib.sha256(content).hexdigest()
        key = content_id("seal timestamp", digest, authority.name)
        row = self._new.get(key) or self.session.get(SealTimestamp, key)
        try:
            if row is not None and (kept := self._kept(row, content)):
                return kept
            asked_at = now()
            reply, token = ask(authority, content)
        except (AuthorityAbsent, TokenRefused) as error:
            self.problems[authority.name] = error.what
            return None
        stored, roots = self.vault.put([reply]).sha256, self.vault.put([authority.roots]).sha256
        if row is None:
            self._new[key] = SealTimestamp(
                id=key,
                party_id=self.party_id,
                authority=authority.name,
                shown_sha256=digest,
                asked_at=asked_at,
                stated_at=token.at,
                reply_sha256=stored,
                roots_sha256=roots,
            )
        return Answer(authority.name, reply, authority.roots, token.at)

    def _kept(self, row: SealTimestamp, content: bytes) -> Answer | None:
        """What is on record, where it is whole."""
        try:
            reply, roots = (b"".join(self.vault.chunks(sha256)) for sha256 in (row.reply_sha256, row.roots_sha256))
            return Answer(row.authority, reply, roots, read_token(reply, content, roots_of(roots)).at)
        except SemblanceError:
            return None

"""Who signs bundles: a key in a file, or a program that guards one, such as the client of an HSM."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """Where a key lies that signs."""

    FILE = "file"
    COMMAND = "command"

    @property
    def said(self) -> str:
        """In words, after \"the key\"."""
        if self is Kind.FILE:
            return "lies in a file of the machine that made the bundle"
        return "is guarded by another program, which was asked for each signature, such as that of a security module"


@dataclass(frozen=True)
class Attestation:
    """What a signer says of itself: its key's fingerprint, and where that lies. Nobody else vouches for it."""

    fingerprint: str
    kind: Kind


class Signer(Protocol):
    """A P-256 key that vouches for evidence. One object gives the same bytes for the same content as long as it lives."""

    @property
    def public_pem(self) -> bytes:
        """The public key in PEM, as it lies in bundles."""

    @property
    def fingerprint(self) -> str:
        """By which the key is known again elsewhere; see forms.fingerprint."""

    @property
    def attestation(self) -> Attestation:
        """What it says of itself."""

    @property
    def certificate(self) -> bytes:
        """The key as a certificate of its own, in DER; see forms.certificate. Raises SignerFailed."""

    @property
    def certificate_pem(self) -> bytes:
        """The same in PEM. Raises SignerFailed."""

    def sign(self, content: bytes) -> bytes:
        """The signature over content (ECDSA, SHA-256) in DER, with the smaller of its two possible s. Raises SignerFailed."""

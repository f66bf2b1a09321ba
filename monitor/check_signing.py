"""Answers that anybody can verify: Ed25519 over canonical JSON, with a key that follows from the workspace's own secret."""

import base64
import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlmodel import Session

from registry.blinding import blinder, keep_secret


@dataclass(frozen=True)
class Seal:
    """signature: base64. key: the SHA-256 of the public key, its first 32 digits."""

    signature: str
    key: str


def sealed(session: Session, payload: bytes) -> Seal:
    """Sign bytes. Raises KeyAbsent."""
    key = _key(session)
    return Seal(base64.b64encode(key.sign(payload)).decode(), _name(key))


def public_key(session: Session) -> str:
    """The public key in PEM, as openssl reads it; the secret is on record then, flushed. Raises KeyAbsent."""
    keep_secret(session)
    return _key(session).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _key(session: Session) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(blinder(session)("the key that signs answers to checks")))


def _name(key: Ed25519PrivateKey) -> str:
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(public).hexdigest()[:32]

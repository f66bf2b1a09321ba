"""Signing evidence: ECDSA on P-256 with SHA-256, which every OpenSSL verifies. The only importer of cryptography in this room."""

import hashlib
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from registry.errors import ExitCode
from registry.private import make_folder, put
from reports.errors import ReportsError

KEY_FILE = "evidence-signing.pem"


class KeyUnusable(ReportsError):
    """A signing key that cannot be read or that others can read."""

    exit_code = ExitCode.OUTSIDE_CAUSE


class SigningKey:
    """A private key that signs bundles; never printed, never pickled."""

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        self._private = private

    @property
    def public_pem(self) -> bytes:
        return self._private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.public_pem) or ""

    def sign(self, content: bytes) -> bytes:
        """The signature over content, DER-encoded."""
        return self._private.sign(content, ec.ECDSA(hashes.SHA256()))


def signing_key(folder: Path) -> SigningKey:
    """The workspace's key, made on first use with mode 0600. Raises KeyUnusable."""
    path = folder / KEY_FILE
    if not path.exists():
        _make(folder, path)
    if path.stat().st_mode & 0o077:
        raise KeyUnusable(f"The signing key {path} can be read by others.", f"Take their rights away: chmod 600 {path}")
    try:
        private = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError, OSError, UnsupportedAlgorithm) as error:
        raise KeyUnusable(f"The signing key {path} cannot be read.", "Put it back from your backup.") from error
    if not isinstance(private, ec.EllipticCurvePrivateKey) or private.curve.name != "secp256r1":
        raise KeyUnusable(f"The signing key {path} is no P-256 key.", "Put it back from your backup.")
    return SigningKey(private)


def _make(folder: Path, path: Path) -> None:
    make_folder(folder)
    private = ec.generate_private_key(ec.SECP256R1())
    put(path, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), replace=False)


def fingerprint(public_pem: bytes) -> str | None:
    """SHA-256 in hex over the key's DER form (SubjectPublicKeyInfo); None for what is no P-256 key."""
    public = _public(public_pem)
    if public is None:
        return None
    return hashlib.sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def is_signed(public_pem: bytes, signature: bytes, content: bytes) -> bool:
    """Whether the signature over content is that key's."""
    public = _public(public_pem)
    if public is None:
        return False
    try:
        public.verify(signature, content, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _public(public_pem: bytes) -> ec.EllipticCurvePublicKey | None:
    try:
        public = load_pem_public_key(public_pem)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return public if isinstance(public, ec.EllipticCurvePublicKey) and public.curve.name == "secp256r1" else None

"""The key that signs bundles as a file of the workspace, for its owner's eyes alone."""

from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from registry.private import make_folder, put
from reports.signing.errors import KeyUnusable
from reports.signing.forms import certificate, fingerprint, in_pem, low_s
from reports.signing.signer import Attestation, Kind

KEY_FILE = "evidence-signing.pem"


class SigningKey:
    """A private key that signs bundles; never printed, never pickled. See Signer."""

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        self._private = private

    @property
    def public_pem(self) -> bytes:
        """See Signer."""
        return self._private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    @property
    def fingerprint(self) -> str:
        """See Signer."""
        return fingerprint(self.public_pem) or ""

    @property
    def attestation(self) -> Attestation:
        """See Signer."""
        return Attestation(self.fingerprint, Kind.FILE)

    @property
    def certificate(self) -> bytes:
        """See Signer. Always the same one, also in another process."""
        return certificate(self.public_pem, self.sign)

    @property
    def certificate_pem(self) -> bytes:
        """See Signer."""
        return in_pem(self.certificate)

    def sign(self, content: bytes) -> bytes:
        """See Signer. Always the same one (RFC 6979), also in another process."""
        return low_s(self._private.sign(content, ec.ECDSA(hashes.SHA256(), deterministic_signing=True)))


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


def own_fingerprint(folder: Path) -> str | None:
    """The fingerprint of the key in a workspace's folder of keys; None where there is none that can be read. Makes none."""
    try:
        return signing_key(folder).fingerprint if (folder / KEY_FILE).is_file() else None
    except (KeyUnusable, OSError):
        return None

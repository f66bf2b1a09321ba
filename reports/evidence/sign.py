"""Signing evidence: ECDSA on P-256 with SHA-256, which every OpenSSL verifies. The only importer of cryptography in this room."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from cryptography.x509.oid import NameOID

from registry.errors import ExitCode
from registry.private import make_folder, put
from reports.errors import ReportsError

KEY_FILE = "evidence-signing.pem"
FORM = "ECDSA P-256 SHA-256, low s"
"""What a bundle says of its signature. Whoever has a signature (r, s) can write down (r, n - s), which holds as well: of the two
only the one with the smaller s is taken, so that nobody makes another bundle of one that was signed."""

_ANY_DAY = (datetime(2000, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
"""From when to when the key's own certificate is valid; RFC 5280 (4.1.2.5) has the latter for no end."""

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class KeyUnusable(ReportsError):
    """A signing key that cannot be read or that others can read."""

    exit_code = ExitCode.OUTSIDE_CAUSE


class SigningKey:
    """A private key that signs bundles; never printed, never pickled."""

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        self._private = private

    @property
    def public_pem(self) -> bytes:
        """The public key in PEM, as it lies in bundles."""
        return self._private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    @property
    def fingerprint(self) -> str:
        """By which the key is known again elsewhere; see fingerprint."""
        return fingerprint(self.public_pem) or ""

    @property
    def certificate_pem(self) -> bytes:
        """See certificate; in PEM."""
        return self._certificate().public_bytes(Encoding.PEM)

    @property
    def certificate(self) -> bytes:
        """A certificate that the key gives itself, for what asks for one, such as signatures in a PDF, in DER. It is always the
        same, and says nothing that the key does not: its name is the fingerprint's beginning, and its days mean nothing."""
        return self._certificate().public_bytes(Encoding.DER)

    def _certificate(self) -> x509.Certificate:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Semblance evidence key {self.fingerprint[:32]}")])
        usage = x509.KeyUsage(True, True, *[False] * 7)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(self._private.public_key())
            .serial_number(int(self.fingerprint[:30], 16) or 1)
            .not_valid_before(_ANY_DAY[0])
            .not_valid_after(_ANY_DAY[1])
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._private.public_key()), critical=False)
            .sign(self._private, hashes.SHA256(), ecdsa_deterministic=True)
        )

    def sign(self, content: bytes) -> bytes:
        """The signature over content, DER-encoded: always the same one (RFC 6979), with the smaller of its two possible s."""
        r, s = decode_dss_signature(self._private.sign(content, ec.ECDSA(hashes.SHA256(), deterministic_signing=True)))
        return encode_dss_signature(r, min(s, _ORDER - s))


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


def certified_key(certificate_pem: bytes) -> bytes:
    """The key of a certificate in PEM, in PEM; nothing of what is none."""
    try:
        key = x509.load_pem_x509_certificate(certificate_pem).public_key()
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion):
        return b""


def own_fingerprint(folder: Path) -> str | None:
    """The fingerprint of the key in a workspace's folder of keys; None where there is none that can be read. Makes none."""
    try:
        return signing_key(folder).fingerprint if (folder / KEY_FILE).is_file() else None
    except (KeyUnusable, OSError):
        return None


def is_signed(public_pem: bytes, signature: bytes, content: bytes, *, either_s: bool = False) -> bool:
    """Whether the signature over content is that key's, in the one form that it can have. either_s: also with the larger s, as
    earlier versions wrote it."""
    public = _public(public_pem)
    if public is None or not _is_plain(signature, either_s):
        return False
    try:
        public.verify(signature, content, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _is_plain(signature: bytes, either_s: bool) -> bool:
    """Whether the bytes are DER as it must be, to the last one, and s is the smaller one."""
    try:
        r, s = decode_dss_signature(signature)
        plain = encode_dss_signature(r, s) == signature
    except ValueError:
        return False
    return plain and 0 < r < _ORDER and 0 < s < _ORDER and (either_s or 2 * s < _ORDER)


def _public(public_pem: bytes) -> ec.EllipticCurvePublicKey | None:
    try:
        public = load_pem_public_key(public_pem)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return public if isinstance(public, ec.EllipticCurvePublicKey) and public.curve.name == "secp256r1" else None

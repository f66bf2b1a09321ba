"""The form of what vouches for bundles: ECDSA on P-256 with SHA-256, which every OpenSSL verifies, and its certificate."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from cryptography.x509.oid import NameOID

FORM = "ECDSA P-256 SHA-256, low s"
"""What a bundle says of its signature. Whoever has a signature (r, s) can write down (r, n - s), which holds as well: of the two
only the one with the smaller s is taken, so that nobody makes another bundle of one that was signed."""

_ANY_DAY = (datetime(2000, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
"""From when to when the key's own certificate is valid; RFC 5280 (4.1.2.5) has the latter for no end."""

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


_ECDSA_WITH_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
"""The algorithm's identifier (RFC 5758, 3.2), in DER."""


def low_s(signature: bytes) -> bytes:
    """The one of the two forms of a signature that is taken. Raises ValueError for what is none."""
    r, s = decode_dss_signature(signature)
    return encode_dss_signature(r, min(s, _ORDER - s))


def certificate(public_pem: bytes, sign: Callable[[bytes], bytes]) -> bytes:
    """A certificate that a key gives itself, for what asks for one, such as signatures in a PDF, in DER. It says nothing that the
    key does not: its name is the fingerprint's beginning, and its days mean nothing. sign: the key's signature over some bytes.

    Raises ValueError for what is no P-256 key.
    """
    public, named = _public(public_pem), fingerprint(public_pem)
    if public is None or named is None:
        raise ValueError
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Semblance evidence key {named[:32]}")])
    usage = x509.KeyUsage(True, True, *[False] * 7)
    unsigned = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(public)
        .serial_number(int(named[:30], 16) or 1)
        .not_valid_before(_ANY_DAY[0])
        .not_valid_after(_ANY_DAY[1])
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        # The library signs with keys that it holds alone: what is signed is taken of one that is thrown away.
        .sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
        .tbs_certificate_bytes
    )
    return _der(0x30, unsigned + _ECDSA_WITH_SHA256 + _der(0x03, b"\0" + sign(unsigned)))


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    digits = size.to_bytes((size.bit_length() + 7) // 8 or 1, "big")
    return bytes([tag]) + (digits if size < 128 else bytes([0x80 | len(digits)]) + digits) + content


def in_pem(certificate_der: bytes) -> bytes:
    """A certificate in PEM."""
    return x509.load_der_x509_certificate(certificate_der).public_bytes(Encoding.PEM)


def in_der(certificate_pem: bytes) -> bytes:
    """A certificate in DER. Raises ValueError for what is none."""
    return x509.load_pem_x509_certificate(certificate_pem).public_bytes(Encoding.DER)


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

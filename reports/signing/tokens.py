"""Timestamp tokens (RFC 3161): what is asked of an authority, and whether what it answers holds.

The only importer of rfc3161_client and asn1crypto. What a token brings along never becomes a root: certificates inside it may
only lead to one of those that were given.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from asn1crypto import cms, tsp
from asn1crypto import x509 as asn1_x509
from asn1crypto.parser import parse
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from reports.signing.errors import Fault, RootsUnusable, TokenRefused

SKEW = timedelta(minutes=5)
"""By how much the authority's clock and ours may differ."""

_ODD = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError, x509.InvalidVersion)
"""What reading ASN.1 of an unexpected shape can end in."""

_SHA256 = "2.16.840.1.101.3.4.2.1"
_SHA1 = hashes.SHA1()  # noqa: S303
_TIME_STAMPING = ExtendedKeyUsageOID.TIME_STAMPING


@dataclass(frozen=True)
class Question:
    """What an authority is asked. request: DER, to be sent as application/timestamp-query. nonce: a random number that the
    answer to it, and to no other question, repeats."""

    request: bytes
    nonce: int


@dataclass(frozen=True)
class Token:
    """What a token that holds says. at: the authority's time. signer: the subject of the certificate that signed it (RFC 4514).
    serial: its number with the authority. policy: the dotted identifier of the rules under which it was given."""

    at: datetime
    signer: str
    serial: str
    policy: str


def question(content: bytes) -> Question:
    """A question about the SHA-256 of some bytes, not empty, which asks for the certificates as well."""
    made = TimestampRequestBuilder().data(content).hash_algorithm(HashAlgorithm.SHA256).build()
    return Question(made.as_bytes(), made.nonce or 0)


def roots_of(pem: bytes) -> tuple[x509.Certificate, ...]:
    """The certificates in a PEM file. Raises RootsUnusable where there is none."""
    try:
        return tuple(x509.load_pem_x509_certificates(pem))
    except ValueError as error:
        raise RootsUnusable(
            "The file with the authority's certificates holds none.", "Put the authority's root there, in PEM."
        ) from error


def fingerprints_of(certificates: Sequence[x509.Certificate]) -> tuple[str, ...]:
    """The SHA-256 of each certificate's DER form, in hex, as authorities publish it."""
    return tuple(certificate.fingerprint(hashes.SHA256()).hex() for certificate in certificates)


def read_token(
    reply: bytes,
    content: bytes,
    roots: Sequence[x509.Certificate],
    *,
    nonce: int | None = None,
    between: tuple[datetime, datetime] | None = None,
) -> Token:
    """What a whole reply (``.tsr``) says of content, once all of it holds; certificates must have been valid at its time alone.

    nonce: of the question that it answers, where that is known. between: the moments between which the authority was asked, by
    our clock. Raises TokenRefused.
    """
    answer = _decoded(reply)
    if answer.status != 0:
        raise TokenRefused(Fault.NOT_GRANTED)
    info = answer.tst_info
    signer = _signer(answer)
    if (
        info.message_imprint.hash_algorithm.dotted_string != _SHA256
        or info.message_imprint.message != hashlib.sha256(content).digest()
    ):
        raise TokenRefused(Fault.WRONG_IMPRINT)
    if nonce is not None and info.nonce != nonce:
        raise TokenRefused(Fault.WRONG_NONCE)
    if between is not None and not between[0] - SKEW <= info.gen_time <= between[1] + SKEW:
        raise TokenRefused(Fault.WRONG_TIME)
    _check_signer(signer, info.gen_time)
    _check_signature(answer, content, roots)
    return Token(info.gen_time, signer.subject.rfc4514_string(), f"{info.serial_number:x}", info.policy.dotted_string)


def _decoded(reply: bytes) -> TimeStampResponse:
    try:
        answer = decode_timestamp_response(_in_order(reply))
        if answer.status == 0:
            # What it holds is read when it is asked for, and may be none of it.
            answer.tst_info, answer.signed_data  # noqa: B018
    except _ODD as error:
        raise TokenRefused(Fault.UNREADABLE) from error
    return answer


def _in_order(reply: bytes) -> bytes:
    """The reply with its certificates in DER's order, which the library asks for and OpenSSL's authorities do not keep: they are
    not signed, and a signature over the rest holds as before."""
    token = tsp.TimeStampResp.load(reply, strict=True)["time_stamp_token"]
    held: bytes | None = token["content"]["certificates"].contents if token.contents else None
    return reply.replace(held, b"".join(sorted(_values(held))), 1) if held else reply


def _values(encoded: bytes) -> Iterator[bytes]:
    """The values that stand one after the other in DER, each with its header."""
    while encoded:
        _, _, _, header, content, trailer = parse(encoded)
        value = header + content + trailer
        yield value
        encoded = encoded[len(value) :]


def _signer(answer: TimeStampResponse) -> x509.Certificate:
    """The certificate that the one signature names: by issuer and number, and, under the signature, by its digest (RFC 5035)."""
    try:
        (info,) = cms.ContentInfo.load(answer.time_stamp_token())["content"]["signer_infos"]
        digests = _named_by_digest(info["signed_attrs"])
        held = [_certificate(der) for der in answer.signed_data.certificates]
        sid = info["sid"].chosen
        number, issuer = sid["serial_number"].native, sid["issuer"].dump()
        found = [one for one in held if one.serial_number == number and one.issuer.public_bytes() == issuer]
        (signer,) = (one for one in found if one.fingerprint(hashes.SHA256()) in digests or one.fingerprint(_SHA1) in digests)
    except _ODD as error:
        raise TokenRefused(Fault.NO_SIGNER) from error
    return signer


def _certificate(encoded: bytes) -> x509.Certificate:
    """Raises ValueError for a number that RFC 5280 (4.1.2.2) forbids: the library takes it still, and warns."""
    if asn1_x509.Certificate.load(encoded).serial_number <= 0:
        raise ValueError("the certificate's serial number is not positive")
    return x509.load_der_x509_certificate(encoded)


def _named_by_digest(attributes: cms.CMSAttributes) -> set[bytes]:
    """The digests of the first certificate that the signed attributes name, which is the signer's; SHA-1 in the older form."""
    wanted = ("signing_certificate", "signing_certificate_v2")
    named = [held["values"][0]["certs"][0] for held in attributes if held["type"].native in wanted]
    return {one["cert_hash"].native for one in named}


def _check_signer(signer: x509.Certificate, at: datetime) -> None:
    """RFC 3161, 2.3: the key is for timestamps and nothing else, which the certificate says in an extension marked critical."""
    try:
        usage = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except (x509.ExtensionNotFound, ValueError) as error:
        raise TokenRefused(Fault.WRONG_KEY_USAGE) from error
    if not usage.critical or list(usage.value) != [_TIME_STAMPING]:
        raise TokenRefused(Fault.WRONG_KEY_USAGE)
    if not signer.not_valid_before_utc <= at <= signer.not_valid_after_utc:
        raise TokenRefused(Fault.NOT_VALID_THEN)


def _check_signature(answer: TimeStampResponse, content: bytes, roots: Sequence[x509.Certificate]) -> None:
    # The builder keeps one list for all that are made of it, and takes no certificate twice.
    verifier = VerifierBuilder(roots=list(dict.fromkeys(roots))).build()
    try:
        verifier.verify_message(answer, content)
    except (VerificationError, ValueError) as error:
        raise TokenRefused(Fault.FOREIGN_ROOT) from error

"""A PDF signed as PAdES (ETSI EN 319 142-1), baseline B, or T with an authority's token. The only importer of pyhanko.

The same bytes come of the same PDF, key, moment and token: what pyhanko makes up anew at each run is given to it.
"""

import hashlib
import logging
from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any

from asn1crypto import cms, pem, tsp, x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, Signer
from pyhanko.sign.fields import InvisSigSettings, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko_certvalidator import ValidationContext

_ODD = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError, PdfError, SignatureValidationError)
"""What reading a PDF of an unexpected shape can end in."""

# It logs a traceback for a token whose root it does not know. Tokens are judged by reports.signing.tokens.
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)

FIELD = "Seal"
RESERVED = 24 << 10
"""Bytes kept free for the signature and a token with its certificates."""

_LONGEST_SIGNATURE = 72
"""Bytes of an ECDSA signature on P-256 in DER."""


def sign_pdf(
    pdf: bytes, certificate: bytes, sign: Callable[[bytes], bytes], at: datetime, reason: str, reply: bytes | None = None
) -> bytes:
    """The PDF with an invisible signature over all of it.

    certificate: of the key, in DER. sign: the key's signature (ECDSA P-256, SHA-256, DER) over some bytes, always the same one.
    at: the moment that it states. reply: an authority's whole answer about signature_value of the same PDF, which then has its
    token. Raises ValueError for a reply without a token.
    """
    # typst ends a file without the line end that an added part must follow.
    file = _Writer(BytesIO(pdf if pdf.endswith(b"\n") else pdf + b"\n"))
    signer = _Signer(x509.Certificate.load(certificate), sign)
    meta = PdfSignatureMetadata(
        field_name=FIELD, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, reason=reason, embed_validation_info=False
    )
    # A field of no size outside the page: one on the page would need to be said to whoever reads by ear.
    field = SigFieldSpec(FIELD, invis_sig_settings=InvisSigSettings(box_out_of_bounds=True))
    held = None if reply is None else _Held(reply)
    made = _PdfSigner(meta, signer, timestamper=held, new_field_spec=field)
    made.at = at
    return bytes(made.sign_pdf(file, bytes_reserved=2 * RESERVED).getvalue())


def container(pdf: bytes) -> bytes:
    """The signature (CMS, DER) of a signed PDF, as it stands in it."""
    return bytes(cms.ContentInfo.load(_signed(pdf).pkcs7_content).dump())


def signature_value(pdf: bytes) -> bytes:
    """What an authority is shown of a signed PDF: the value of its signature."""
    (signer,) = cms.ContentInfo.load(_signed(pdf).pkcs7_content)["content"]["signer_infos"]
    return bytes(signer["signature"].native)


def covered(pdf: bytes) -> tuple[int, int]:
    """Where the signed part of a signed PDF breaks off for the signature, and where it goes on, in bytes from its beginning."""
    _, first, second, _ = (int(number) for number in _signed(pdf).byte_range)
    return first, second


def is_whole(pdf: bytes, certificate: bytes) -> bool:
    """Whether a PDF has one signature, over all of it, by the key of that certificate (PEM)."""
    try:
        trusted = ValidationContext(trust_roots=[x509.Certificate.load(pem.unarmor(certificate)[2])])
        status = validate_pdf_signature(_signed(pdf), trusted)
    except _ODD:
        return False
    whole = status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    return bool(status.intact and status.valid and status.trusted and whole)


def _signed(pdf: bytes) -> Any:
    (found,) = PdfFileReader(BytesIO(pdf)).embedded_regular_signatures
    return found


class _Writer(IncrementalPdfFileWriter):
    """Adds a part to a PDF that says of itself nothing else than before, and whose identifier follows from what it was."""

    def __init__(self, stream: BytesIO) -> None:
        self._digest = hashlib.sha256(stream.getbuffer()).digest()[:16]
        super().__init__(stream)
        self._document_id[1] = generic.ByteStringObject(self._digest)

    def _update_meta(self) -> None:
        """The metadata that PDF/A asks for is typst's; written anew it would not be what it says."""


class _Signer(Signer):
    """Signs with a key that is not handed over."""

    def __init__(self, certificate: x509.Certificate, sign: Callable[[bytes], bytes]) -> None:
        super().__init__(signing_cert=certificate)
        self._sign = sign

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:  # noqa: ARG002
        return bytes(_LONGEST_SIGNATURE) if dry_run else self._sign(data)


class _PdfSigner(PdfSigner):
    at: datetime

    def init_signing_session(self, pdf_out: BasePdfFileWriter, existing_fields_only: bool = False) -> PdfSigningSession:
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self.at
        return session


class _Held(TimeStamper):
    """In place of asking an authority: the token that it gave."""

    def __init__(self, reply: bytes) -> None:
        super().__init__(include_nonce=False)  # type: ignore[no-untyped-call]
        self._token = tsp.TimeStampResp.load(reply)["time_stamp_token"]
        if not self._token.contents:
            raise ValueError

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:  # noqa: ARG002
        return cms.ContentInfo.load(self._token.dump())

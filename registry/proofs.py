"""Documents that prove a mandate or a consent: what they are is found out by their bytes, before any is kept."""

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from registry.errors import RegistryError

LARGEST = 32 << 20
_PLAINLY = "Give the signed document as a PDF, a scan (JPEG, PNG, TIFF, WebP, HEIC), DOCX, ODT, a signed container, or a text."
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")


class MandateRefused(RegistryError):
    """A proof of authority that proves nothing."""


@dataclass(frozen=True)
class ProofKind:
    """What a document is. said: in words. suffixes: what its name may end in, the first one what it is written out with.

    An empty suffix, and one that stands for no kind at all, is any kind's.
    """

    said: str
    media_type: str
    suffixes: tuple[str, ...]


PDF = ProofKind("a PDF", "application/pdf", (".pdf",))
TEXT = ProofKind("a text", "text/plain", (".txt", ".md", ".eml", ".asc", ".text"))
RTF = ProofKind("an RTF text", "application/rtf", (".rtf",))
XML = ProofKind("an XML document", "application/xml", (".xml", ".xades", ".xsig"))
JPEG = ProofKind("a JPEG picture", "image/jpeg", (".jpg", ".jpeg", ".jpe", ".jfif"))
PNG = ProofKind("a PNG picture", "image/png", (".png",))
TIFF = ProofKind("a TIFF picture", "image/tiff", (".tif", ".tiff"))
WEBP = ProofKind("a WebP picture", "image/webp", (".webp",))
HEIC = ProofKind("a HEIC picture", "image/heic", (".heic", ".heif", ".avif"))
DOCX = ProofKind("a DOCX document", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", (".docx", ".docm"))
ODT = ProofKind("an ODT document", "application/vnd.oasis.opendocument.text", (".odt",))
ASIC = ProofKind("a signed container", "application/vnd.etsi.asic-e+zip", (".asice", ".asics", ".sce", ".scs", ".bdoc"))
CMS = ProofKind("a signed message", "application/pkcs7-mime", (".p7m", ".p7s", ".p7b"))

KINDS = (PDF, TEXT, RTF, XML, JPEG, PNG, TIFF, WEBP, HEIC, DOCX, ODT, ASIC, CMS)

_OTHERS = frozenset((".html", ".htm", ".doc", ".xls", ".xlsx", ".zip", ".exe", ".gif", ".bmp", ".mp4", ".mov", ".pages"))
"""Endings that promise what no proof is."""


def read_proof(path: Path) -> bytes:
    """The bytes of a document that may stand as a proof. Raises MandateRefused; see check_proof."""
    if not path.is_file():
        raise MandateRefused(f"{path} is no file.", "Give the signed document, for example as a PDF.")
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST + 1)
    except OSError as error:
        raise MandateRefused(f"{path} cannot be read: {error.strerror}.", "Check the path.") from error
    check_proof(content, path.name)
    return content


def check_proof(content: bytes, file_name: str = "") -> ProofKind:
    """What a document is, found out by its bytes. file_name: as whoever gives it calls it; empty where it has none.

    Raises MandateRefused for one that is empty, larger than 32 MiB, cut off, of no kind that a person can read or a signature
    can stand in, or whose name says that it is of another kind.
    """
    called = f"The document {file_name!r}" if file_name else "The document"
    if not content.strip(b"\x00 \t\r\n\f\xef\xbb\xbf"):
        raise MandateRefused(f"{called} is empty.", "Give the signed authorisation, for example as a PDF.")
    if len(content) > LARGEST:
        raise MandateRefused(
            f"{called} is larger than 32 MiB.", "Give the signed pages alone, or scan them at a lower resolution."
        )
    kind = kind_of(content)
    if kind is None:
        raise MandateRefused(f"{called} is of no kind that can be shown to the person again.", _PLAINLY)
    suffix = Path(file_name).suffix.casefold()
    if suffix in _OTHERS or (suffix not in kind.suffixes and any(suffix in other.suffixes for other in KINDS)):
        raise MandateRefused(
            f"{called} is called {suffix}, and is {kind.said}.", "Give the document itself, under the ending of what it is."
        )
    if not _is_whole(kind, content):
        raise MandateRefused(f"{called} is {kind.said} that is cut off.", "Fetch it anew, and check that it opens.")
    return kind


def kind_of(content: bytes) -> ProofKind | None:
    """By the first bytes, of packed documents by what is in them; None for all that is no proof."""
    head = content[:1024]
    for kind, is_it in _SIGNS:
        if is_it(head):
            return kind
    if head.startswith(b"PK\x03\x04"):
        return _packed(content)
    return _written(content)


def _is_web_page(text: bytes) -> bool:
    return re.match(rb"(?:\xef\xbb\xbf)?\s*(?:<!doctype\s+html|<html)", text, re.IGNORECASE) is not None


_SIGNS: tuple[tuple[ProofKind, Callable[[bytes], bool]], ...] = (
    (PDF, lambda head: re.match(rb"(?:\xef\xbb\xbf)?\s*%PDF-\d", head) is not None),
    (JPEG, lambda head: head.startswith(b"\xff\xd8\xff")),
    (PNG, lambda head: head.startswith(b"\x89PNG\r\n\x1a\n")),
    (TIFF, lambda head: head.startswith((b"II*\x00", b"MM\x00*"))),
    (WEBP, lambda head: head.startswith(b"RIFF") and head[8:12] == b"WEBP"),
    (HEIC, lambda head: head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"heif", b"mif1", b"msf1", b"avif")),
    (CMS, lambda head: head.startswith(b"\x30") and _SIGNED_DATA in head[:32]),
    (RTF, lambda head: head.startswith(b"{\\rtf")),
    (XML, lambda head: re.match(rb"(?:\xef\xbb\xbf)?\s*<\?xml\s", head) is not None and b"<html" not in head.lower()),
)


def _packed(content: bytes) -> ProofKind | None:
    """By the names in a zip's directory; nothing of it is unpacked but a short declaration of its type."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
            declared = b""
            if "mimetype" in names and archive.getinfo("mimetype").file_size <= 200:
                declared = archive.read("mimetype").strip()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError):
        return None
    if {"[Content_Types].xml", "word/document.xml"} <= names:
        return DOCX
    by_type = {kind.media_type.encode(): kind for kind in (ODT, ASIC)} | {b"application/vnd.etsi.asic-s+zip": ASIC}
    return by_type.get(declared)


def _written(content: bytes) -> ProofKind | None:
    """A text in UTF-8, in UTF-16 with its mark, or in an 8-bit encoding; a web page is none, since what it shows may change."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            content = content.decode("utf-16").encode()
        except UnicodeError:
            return None
    return None if _CONTROLS.search(content) or _is_web_page(content) else TEXT


def _is_whole(kind: ProofKind, content: bytes) -> bool:
    ends = {PDF: b"%%EOF", PNG: b"IEND", JPEG: b"\xff\xd9"}
    return kind not in ends or ends[kind] in content[-(64 << 10) :]

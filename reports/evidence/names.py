"""How the files of a bundle are called."""

from crawler.videos import Capture
from registry.references import Reference
from reports.signing.timestamp import Timestamp

EXTENSIONS = {
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "video/x-matroska": "mkv",
    "video/x-msvideo": "avi",
    "image/gif": "gif",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
}


def extension(media_type: str) -> str:
    """From a list of our own: a stranger's media type must not choose a file's name."""
    return EXTENSIONS.get(media_type, "bin")


def media_name(capture: Capture) -> str:
    """The path of a capture's media within the bundle."""
    return f"data/captures/{capture.id}/media.{extension(capture.media_type)}"


def manifest_name(capture_id: str) -> str:
    """The path of a capture's manifest within the bundle."""
    return f"data/captures/{capture_id}/manifest.json"


def wacz_name(capture_id: str) -> str:
    """The path of the page of a capture as a web archive (WACZ)."""
    return f"data/captures/{capture_id}/page.wacz"


def headers_name(capture_id: str) -> str:
    """The path of the headers with which a capture's media came."""
    return f"data/captures/{capture_id}/headers.json"


def token_name(row: Timestamp) -> str:
    """The path of an authority's reply within the bundle, beside the manifest that it is about."""
    return f"data/captures/{row.capture_id}/manifest.{row.authority}.tsr"


def roots_name(row: Timestamp) -> str:
    """The path of the certificates that a reply leads to; the authority may have had others for another capture."""
    return f"data/authorities/{row.authority}-{(row.roots_sha256 or '')[:12]}.pem"


def reference_name(reference: Reference) -> str:
    """The path of a reference within the bundle."""
    return f"data/references/{reference.id}.{extension(reference.media_type)}"

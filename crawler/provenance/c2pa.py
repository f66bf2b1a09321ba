"""Content Credentials: whether a file carries a C2PA manifest, and whether it holds."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawler.digital_source import made_by_ai
from crawler.provenance.base import LabelFinding
from crawler.sources.base import plain
from crawler.videos import LabelOutcome

_ROOT = Path(__file__).resolve().parents[2]
_SECONDS = 300.0
_BLOCK = 1 << 20
# A manifest's store is labelled "c2pa"; one that lies elsewhere is named by XMP's dcterms:provenance.
_MARKS = (b"c2pa", b"provenance")
_READABLE = ("video/mp4", "video/quicktime", "video/x-msvideo", "image/jpeg", "image/png", "image/webp", "image/gif")
_READABLE_HEIF = ("image/avif", "image/heic")
# A certificate from a list that this program does not carry says nothing against the manifest.
_NO_FAULT = ("signingCredential.untrusted",)


@dataclass(frozen=True)
class ManifestReading:
    """finding: of kind ``c2pa``. source_types: what the manifest says of how the media came to be, as terms."""

    finding: LabelFinding
    source_types: tuple[str, ...] = ()


def c2pa_reading(path: Path, media_type: str) -> ManifestReading:
    """Reads and verifies the file's manifest, without fetching anything. Raises OSError when the file itself cannot be read."""
    if media_type not in (*_READABLE, *_READABLE_HEIF):
        return _said(LabelOutcome.UNKNOWN, f"C2PA manifests are not read from files of the type {media_type}.")
    # Most videos carry none: only a file that mentions one is worth a process of its own.
    if not _mentions(path):
        return _said(LabelOutcome.ABSENT, "The file holds no C2PA manifest.")
    command = [sys.executable, "-m", "crawler.provenance.c2pa_reader", media_type, str(path.absolute())]
    try:
        done = subprocess.run(command, cwd=_ROOT, capture_output=True, timeout=_SECONDS, check=True, stdin=subprocess.DEVNULL)  # noqa: S603
        said: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return _said(LabelOutcome.UNKNOWN, f"Reading the C2PA manifest took longer than {_SECONDS:.0f} seconds.")
    except (subprocess.CalledProcessError, ValueError):
        return _said(LabelOutcome.UNKNOWN, "Reading the C2PA manifest broke down.")
    return _failure(said) if "error" in said else _verdict(said)


def _failure(said: dict[str, Any]) -> ManifestReading:
    words = plain(said["words"], 300)
    if said["error"] == "ManifestNotFound":
        return _said(LabelOutcome.ABSENT, "The file holds no C2PA manifest.")
    if words.startswith("Remote"):
        where = words.partition("url ")[2] or words
        return _said(LabelOutcome.UNKNOWN, f"The C2PA manifest lies elsewhere and was not fetched: {where}")
    if words.startswith("Other: unknown algorithm") or said["error"] in ("Signature", "Verify", "Decoding", "Json", "Manifest"):
        return _said(LabelOutcome.INVALID, f"The C2PA manifest cannot be verified: {words}")
    return _said(LabelOutcome.UNKNOWN, f"The C2PA manifest could not be read: {words}")


def _verdict(said: dict[str, Any]) -> ManifestReading:
    own, earlier = tuple(said["source_types"]), tuple(said["earlier_source_types"])
    faults = list(dict.fromkeys(code for code in said["problems"] if code not in _NO_FAULT))
    parts = [
        f"Made with {text}" if (text := plain(said["generator"], 200)) else "Its generator is not named",
        f"signed by {text}" if (text := plain(said["signer"], 200)) else "the signer is not named",
        "the signer is on no list of trust known here" if len(faults) < len(set(said["problems"])) else "",
        f"digital source type {', '.join(map(_term, own))}" if own else "",
        f"an ingredient's digital source type {', '.join(map(_term, earlier))}" if earlier else "",
    ]
    detail = "; ".join(filter(None, parts))
    valid = said["state"] in ("Valid", "Trusted")
    if not valid:
        detail = f"Verification failed ({plain(', '.join(faults), 300) or 'no reason given'}). {detail}"
    outcome = LabelOutcome.PRESENT if valid else LabelOutcome.INVALID
    states = valid and any(map(made_by_ai, (*own, *earlier)))
    return ManifestReading(LabelFinding("c2pa", outcome, detail, says_ai=states), (*own, *earlier))


def _term(kind: str) -> str:
    return plain(kind.rstrip("/").rpartition("/")[2], 60)


def _said(outcome: LabelOutcome, detail: str) -> ManifestReading:
    return ManifestReading(LabelFinding("c2pa", outcome, detail))


def _mentions(path: Path) -> bool:
    overlap = max(map(len, _MARKS)) - 1
    tail = b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            window = tail + block
            if any(mark in window for mark in _MARKS):
                return True
            tail = window[-overlap:]
    return False

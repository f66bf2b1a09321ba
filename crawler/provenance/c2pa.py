"""Content Credentials: whether a file carries a C2PA manifest, and whether it holds."""

from dataclasses import dataclass

from crawler.digital_source import made_by_ai
from crawler.provenance.base import LabelFinding
from crawler.provenance.c2pa_reader import Said
from crawler.sources.base import plain
from crawler.types import LabelOutcome

_READABLE = ("video/mp4", "video/quicktime", "video/x-msvideo", "image/jpeg", "image/png", "image/webp", "image/gif")
_READABLE_HEIF = ("image/avif", "image/heic")
# A certificate from a list that this program does not carry says nothing against the manifest.
_NO_FAULT = ("signingCredential.untrusted",)


@dataclass(frozen=True)
class ManifestReading:
    """finding: of kind ``c2pa``. source_types: what the manifest says of how the media came to be, as terms."""

    finding: LabelFinding
    source_types: tuple[str, ...] = ()


def is_readable(media_type: str) -> bool:
    """Whether manifests are read from files of that type."""
    return media_type in (*_READABLE, *_READABLE_HEIF)


def manifest_of_none(media_type: str) -> ManifestReading:
    """For a type of file from which manifests are not read."""
    return _said(LabelOutcome.UNKNOWN, f"C2PA manifests are not read from files of the type {media_type}.")


def manifest_unread(words: str) -> ManifestReading:
    """For a file that was not read to its end. words: why, as a sentence."""
    return _said(LabelOutcome.UNKNOWN, f"The C2PA manifest could not be read: {words}")


def manifest_reading(said: Said) -> ManifestReading:
    """What the file's manifest says, by what `crawler.provenance.c2pa_reader` read. said: a stranger's words, bounded."""
    if said.none:
        return _said(LabelOutcome.ABSENT, "The file holds no C2PA manifest.")
    return _failure(said) if said.error else _verdict(said)


def _failure(said: Said) -> ManifestReading:
    words = plain(said.words, 300)
    if said.error == "ManifestNotFound":
        return _said(LabelOutcome.ABSENT, "The file holds no C2PA manifest.")
    if words.startswith("Remote"):
        where = words.partition("url ")[2] or words
        return _said(LabelOutcome.UNKNOWN, f"The C2PA manifest lies elsewhere and was not fetched: {where}")
    if words.startswith("Other: unknown algorithm") or said.error in ("Signature", "Verify", "Decoding", "Json", "Manifest"):
        return _said(LabelOutcome.INVALID, f"The C2PA manifest cannot be verified: {words}")
    return _said(LabelOutcome.UNKNOWN, f"The C2PA manifest could not be read: {words}")


def _verdict(said: Said) -> ManifestReading:
    own, earlier = tuple(said.source_types), tuple(said.earlier_source_types)
    faults = list(dict.fromkeys(code for code in said.problems if code not in _NO_FAULT))
    detail = _stated(said, trusted=len(faults) == len(set(said.problems)))
    valid = said.state in ("Valid", "Trusted")
    if not valid:
        detail = f"Verification failed ({plain(', '.join(faults), 300) or 'no reason given'}). {detail}"
    outcome = LabelOutcome.PRESENT if valid else LabelOutcome.INVALID
    states = valid and any(map(made_by_ai, (*own, *earlier)))
    return ManifestReading(LabelFinding("c2pa", outcome, detail, says_ai=states), (*own, *earlier))


def _stated(said: Said, trusted: bool) -> str:
    """What a manifest says. trusted: nothing speaks against its signer being on a list of trust."""
    own, earlier = said.source_types, said.earlier_source_types
    parts = [
        f"Made with {text}" if (text := plain(said.generator, 200)) else "Its generator is not named",
        f"signed by {text}" if (text := plain(said.signer, 200)) else "the signer is not named",
        "" if trusted else "the signer is on no list of trust known here",
        f"digital source type {', '.join(map(_term, own))}" if own else "",
        f"an ingredient's digital source type {', '.join(map(_term, earlier))}" if earlier else "",
    ]
    return "; ".join(filter(None, parts))


def _term(kind: str) -> str:
    return plain(kind.rstrip("/").rpartition("/")[2], 60)


def _said(outcome: LabelOutcome, detail: str) -> ManifestReading:
    return ManifestReading(LabelFinding("c2pa", outcome, detail))

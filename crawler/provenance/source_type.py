"""The IPTC's digital source type, in XMP and in C2PA manifests."""

from pathlib import Path

from crawler.digital_source import known, made_by_ai
from crawler.provenance.base import LabelFinding
from crawler.provenance.containers import Unreadable
from crawler.provenance.xmp import property_values, xmp_packets
from crawler.sources.base import plain
from crawler.types import LabelOutcome

MAX_TERMS = 1_000
_MAX_TERM = 1_000


def stated_in_xmp(path: Path, media_type: str) -> tuple[tuple[str, ...], str]:
    """What the file's XMP states, and what kept it from being read to its end, if anything did. Runs confined."""
    stated: list[str] = []
    try:
        for packet in xmp_packets(path, media_type):
            stated += (plain(value, _MAX_TERM) for value in property_values(packet, "digitalsourcetype"))
            if len(stated) > MAX_TERMS:
                return tuple(stated[:MAX_TERMS]), f"It states more than {MAX_TERMS} digital source types."
    except (Unreadable, OSError) as error:
        return tuple(stated), f"The file could not be read to its end: {plain(str(error), 200)}."
    return tuple(stated), ""


def source_type_finding(
    stated: tuple[str, ...], trouble: str, in_manifest: tuple[str, ...], manifest: LabelOutcome
) -> LabelFinding:
    """What XMP and the C2PA manifest state. stated, trouble: see stated_in_xmp. in_manifest: the terms that stand in the
    manifest; manifest: whether it holds."""
    believed = [*stated, *(in_manifest if manifest is LabelOutcome.PRESENT else ())]
    if believed:
        terms = [value for value in believed if known(value)]
        outcome = LabelOutcome.PRESENT if terms else LabelOutcome.INVALID
        words = _words(stated, "XMP") + _words(believed[len(stated) :], "the C2PA manifest")
        detail = "; ".join(words) if terms else f"No term of the vocabulary: {'; '.join(words)}"
        return LabelFinding("iptc", outcome, detail, says_ai=any(map(made_by_ai, terms)))
    if in_manifest:
        return LabelFinding("iptc", LabelOutcome.INVALID, "; ".join(_words(in_manifest, "a C2PA manifest that does not hold")))
    if trouble:
        return LabelFinding("iptc", LabelOutcome.UNKNOWN, trouble)
    return LabelFinding("iptc", LabelOutcome.ABSENT, "The file states no digital source type.")


def _words(values: list[str] | tuple[str, ...], where: str) -> list[str]:
    return [f"{plain(value.rstrip('/').rpartition('/')[2], 100)} in {where}" for value in dict.fromkeys(values)]

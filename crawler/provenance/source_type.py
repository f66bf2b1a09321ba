"""The IPTC's digital source type, in XMP and in C2PA manifests."""

from pathlib import Path

from crawler.digital_source import known, made_by_ai
from crawler.provenance.base import LabelFinding
from crawler.provenance.containers import Unreadable
from crawler.provenance.xmp import property_values, xmp_packets
from crawler.sources.base import plain
from crawler.videos import LabelOutcome


def source_type_finding(path: Path, media_type: str, in_manifest: tuple[str, ...], manifest: LabelOutcome) -> LabelFinding:
    """What XMP and the C2PA manifest state. in_manifest: the terms that stand there; manifest: whether it holds."""
    stated: list[str] = []
    trouble = ""
    try:
        for packet in xmp_packets(path, media_type):
            stated += property_values(packet, "digitalsourcetype")
    except (Unreadable, OSError) as error:
        trouble = f"The file could not be read to its end: {plain(str(error), 200)}."
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

"""All places where a captured video can say that AI made it."""

from collections.abc import Sequence
from pathlib import Path

from crawler.provenance.aigc import aigc_finding
from crawler.provenance.base import LabelFinding
from crawler.provenance.c2pa import c2pa_reading
from crawler.provenance.platform import platform_finding
from crawler.provenance.source_type import source_type_finding
from crawler.provenance.unlabelled import unlabelled_finding
from crawler.provenance.words import words_finding
from crawler.sniff import HEAD, media_type


def read_labels(path: Path, platform_label: str | None, texts: Sequence[str] = ()) -> list[LabelFinding]:
    """One finding per place, never summed up, and last whether a label is missing. platform_label: what the video's page
    stated; texts: its title and its caption. Raises nothing for a broken file."""
    with path.open("rb") as file:
        kind = media_type(file.read(HEAD))
    manifest = c2pa_reading(path, kind)
    findings = [
        aigc_finding(path, kind),
        manifest.finding,
        source_type_finding(path, kind, manifest.source_types, manifest.finding.outcome),
        platform_finding(platform_label),
        words_finding(texts),
    ]
    return [*findings, unlabelled_finding({finding.kind: finding for finding in findings}, kind)]

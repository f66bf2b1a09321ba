"""All places where a captured video can say that AI made it."""

from pathlib import Path

from crawler.provenance.aigc import aigc_finding
from crawler.provenance.base import LabelFinding
from crawler.provenance.platform import platform_finding
from crawler.sniff import HEAD, media_type


def read_labels(path: Path, platform_label: str | None) -> list[LabelFinding]:
    """One finding per place, never summed up. platform_label: what the video's page stated. Raises nothing for a broken file."""
    with path.open("rb") as file:
        kind = media_type(file.read(HEAD))
    return [aigc_finding(path, kind), platform_finding(platform_label)]

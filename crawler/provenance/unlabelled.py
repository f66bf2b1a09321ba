"""AI without a label: something says that AI made a video, and the file that was captured does not."""

from collections.abc import Mapping

from crawler.provenance.base import LabelFinding
from crawler.types import LabelOutcome

IN_FILE = ("aigc", "c2pa", "iptc")
AROUND = ("platform", "words")
_NAMES = {
    "aigc": "the AIGC label (GB 45438)",
    "c2pa": "the C2PA manifest",
    "iptc": "the digital source type",
    "platform": "the platform",
}


def unlabelled_finding(findings: Mapping[str, LabelFinding], media_type: str) -> LabelFinding:
    """PRESENT when page or words say AI and no label in the file does. It states a missing label, not how the video was made:
    where nothing says AI, it is UNKNOWN."""
    marks = [kind for kind in IN_FILE if findings[kind].says_ai]
    hints = [kind for kind in AROUND if findings[kind].says_ai]
    if marks:
        missing = "" if "aigc" in marks else f"; {_NAMES['aigc']} is {findings['aigc'].outcome.value}"
        return _said(LabelOutcome.ABSENT, f"The file itself says AI in {_listed(marks)}{missing}.")
    if not hints:
        return _said(LabelOutcome.UNKNOWN, "Nothing says that AI made this video, which does not mean that it did not.")
    said = f"AI is named by {', '.join(_hint(findings[kind]) for kind in hints)}"
    if unread := _unread(findings, media_type):
        return _said(LabelOutcome.UNKNOWN, f"{said}, and whether the file is labelled could not be read ({_listed(unread)}).")
    return _said(LabelOutcome.PRESENT, f"{said}, and no label in the file says so.")


def _unread(findings: Mapping[str, LabelFinding], media_type: str) -> list[str]:
    """The labels of which it is open whether the file has them. Neither C2PA nor XMP has a place in Matroska files: not finding
    them there leaves nothing open."""
    places = ("aigc",) if media_type in ("video/x-matroska", "video/webm") else IN_FILE
    return [kind for kind in places if findings[kind].outcome is LabelOutcome.UNKNOWN]


def _listed(kinds: list[str]) -> str:
    return ", ".join(_NAMES[kind] for kind in kinds)


def _hint(finding: LabelFinding) -> str:
    """Who names AI; of the words, where they stand."""
    places = [place for place in ("title", "caption") if f"The {place} says:" in finding.detail]
    return _NAMES[finding.kind] if finding.kind in _NAMES else f"the {' and the '.join(places)}"


def _said(outcome: LabelOutcome, detail: str) -> LabelFinding:
    return LabelFinding("unlabelled", outcome, detail)

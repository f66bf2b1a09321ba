"""The platform's own statement, read from the video's page."""

from crawler.provenance.base import LabelFinding
from crawler.types import LabelOutcome


def platform_finding(label: str | None) -> LabelFinding:
    """label: what the page stated. A page without a statement leaves it unknown: platforms label where we cannot look, too."""
    if label:
        return LabelFinding("platform", LabelOutcome.PRESENT, label, says_ai=True)
    return LabelFinding("platform", LabelOutcome.UNKNOWN, "The page's structured data makes no statement about AI.")

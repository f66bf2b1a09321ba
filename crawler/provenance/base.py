"""What is said of a label: it is there, it is not, it is broken, or nobody can tell."""

from dataclasses import dataclass

from crawler.videos import LabelOutcome


@dataclass(frozen=True)
class LabelFinding:
    """One place that was looked at. kind: the place. detail: what stands there, or why it is not known; printable text.

    ABSENT is said only of a file that was read to its end; UNKNOWN is never evidence of anything.
    """

    kind: str
    outcome: LabelOutcome
    detail: str = ""

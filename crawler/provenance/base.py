"""What is said of a label: it is there, it is not, it is broken, or nobody can tell."""

from dataclasses import dataclass, field

from crawler.types import LabelOutcome


@dataclass(frozen=True)
class LabelFinding:
    """One place that was looked at. kind: the place. detail: what stands there, or why it is not known; printable text.

    says_ai: whether what stands there states that AI made the video, wholly or in part; a valid label may state the opposite.
    ABSENT is said only of a file that was read to its end; UNKNOWN is never evidence of anything.
    """

    kind: str
    outcome: LabelOutcome
    detail: str = ""
    says_ai: bool = field(default=False)

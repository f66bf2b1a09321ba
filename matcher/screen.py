"""What a scan says of words on screen: plain values, which may come from a process that a file has taken over."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from matcher.sample import Frame


@dataclass(frozen=True)
class ScreenMark:
    """A generator's mark, or a label that says that AI made the video.

    kind: `generator` or `label`. name: as its maker spells it. line: what was read, of at most 40 characters. start, end: seconds
    between which it stood still wherever it was looked for. box: left, top, right and bottom in pixels of the upright frame at
    full size. score: 0 to 1, how sure its characters are. track: the number of the picture sequence, from 1, where there are
    several, else 0.
    """

    kind: str
    name: str
    line: str
    start: float
    end: float
    box: tuple[float, float, float, float]
    score: float
    track: int = 0


@dataclass(frozen=True)
class ScreenWords:
    """looks: how many times it was looked, over all tracks. Words that are neither mark nor label are not kept."""

    looks: int
    marks: tuple[ScreenMark, ...]


class WordWatcher(Protocol):
    """Looks for marks and labels in the frames of one picture track, in order of time."""

    looks: int

    def see(self, frame: Frame) -> None:
        """Take in one frame, which must not be kept past the call."""

    def conclude(self) -> Sequence[ScreenMark]:
        """All that was seen; called once, after the last frame."""

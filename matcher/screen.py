"""What a scan says of words on screen: plain values, which may come from a process that a file has taken over."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from matcher.sample import Frame


@dataclass(frozen=True)
class ScreenMark:
    """A generator's mark, a label that says that AI made the video, or a name that was looked for.

    kind: `generator`, `label` or `name`. name: as its maker, or the registry, spells it. line: what was read, of at most 40
    characters, where a name stands 120, and dots where there are more. start, end: seconds between which it stood still wherever
    it was looked for. box: left, top, right and bottom in pixels of the upright frame at full size. score: 0 to 1, how sure its
    characters are. track: the number of the picture sequence, from 1, where there are several, else 0.
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
    """looks: how many times it was looked, over all tracks. Words that are neither mark nor label are not kept.

    names: what was looked for by name, until matches are told of it.
    """

    looks: int
    marks: tuple[ScreenMark, ...]
    names: tuple[ScreenMark, ...] = ()


class WordWatcher(Protocol):
    """Looks for marks and labels in the frames of one picture track, in order of time."""

    looks: int

    def see(self, frame: Frame) -> None:
        """Take in one frame, which must not be kept past the call."""

    def conclude(self) -> Sequence[ScreenMark]:
        """All that was seen; called once, after the last frame."""


def read_by(watcher: WordWatcher, track: int) -> ScreenWords:
    """What was read in one track, of which this is the number where there are several, else 0."""
    seen = [replace(mark, track=track) for mark in watcher.conclude()]
    names = tuple(mark for mark in seen if mark.kind == "name")
    return ScreenWords(watcher.looks, tuple(mark for mark in seen if mark.kind != "name"), names)


def together(read: Sequence[ScreenWords]) -> ScreenWords:
    """What was read in all tracks."""
    marks, names = (tuple(mark for of in read for mark in getattr(of, part)) for part in ("marks", "names"))
    return ScreenWords(sum(of.looks for of in read), marks, names)

"""Stretches of a video, and whether two are the same."""

from dataclasses import dataclass
from typing import Protocol

SAME_SPAN = 0.5
"""Share of the shorter of two spans from which they are of one appearance."""


class Spanned(Protocol):
    """What lasts from t_start to t_end, in seconds."""

    @property
    def t_start(self) -> float: ...

    @property
    def t_end(self) -> float: ...


@dataclass(frozen=True)
class Span:
    """As Spanned."""

    t_start: float
    t_end: float


def overlap(one: Spanned, other: Spanned) -> float:
    """Shared time as a fraction of the shorter span; a span of one frame counts as a millisecond."""
    shared = min(one.t_end, other.t_end) - max(one.t_start, other.t_start)
    shorter = min(one.t_end - one.t_start, other.t_end - other.t_start)
    return (shared + 0.001) / (shorter + 0.001)

"""Which stretch of a clip runs along with which stretch of a video: lines among the likenesses of their frames. Pure functions.

A copy shows the clip's frames in order: seconds of the clip are a straight line of seconds of the video, whose slope is the
speed (below 0 where it runs backwards). All lines are tried (a Hough transform), and the one that explains most is taken.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SPEEDS = tuple(sign * speed for sign in (1, -1) for speed in (1.0, 0.75, 0.8, 0.85, 0.9, 0.95, 1.05, 1.11, 1.18, 1.25, 1.33))
"""Seconds of the clip to one of the video."""

STEP = 0.125
"""Seconds between two lines of one slope."""

LIKE = 0.25
"""Likeness of two frames above which one speaks for a line."""

_RIVAL = 3.0
"""How much more it speaks against a line that a frame is more like another moment of the clip."""

_UNUSUAL = 0.3
"""By how much of what it explains a line must beat one at the clip's own speed, times the logarithm of its speed."""

_LONGEST_GAP = 1.3

_EDGE = 0.13
"""Seconds by which a line may reach beyond the clip's first and last frame: half of what lies between two."""


@dataclass(frozen=True)
class Line:
    """speed, offset: seconds of the clip are speed * seconds of the video + offset. frames: which of the video's, in order.
    gain: how much it explains."""

    speed: float
    offset: float
    frames: NDArray[np.int64]
    gain: float


def lines(times: NDArray[np.float64], clip_times: NDArray[np.float64], alike: NDArray[np.float32]) -> list[Line]:
    """The best line of each speed, best first, as far as they explain anything.

    times (n,): of the video's frames; clip_times (m,): of the clip's, in order; alike (n, m): their likeness.
    """
    if len(times) < 2 or len(clip_times) < 2:
        return []
    gains = (alike - LIKE) - _RIVAL * (alike.max(axis=1, keepdims=True) - alike)
    found = [line for speed in SPEEDS if (line := _of_speed(speed, times, clip_times, gains)) is not None]
    return sorted(found, key=lambda line: -line.gain)


def _of_speed(
    speed: float, times: NDArray[np.float64], clip_times: NDArray[np.float64], gains: NDArray[np.float32]
) -> Line | None:
    first, last, along = float(clip_times[0]), float(clip_times[-1]), speed * times
    usual = 1 - _UNUSUAL * abs(float(np.log(abs(speed))))
    best: Line | None = None
    for offset in np.arange(first - along.max(), last - along.min() + STEP, STEP):
        moments = along + offset
        inside = np.flatnonzero((moments >= first - _EDGE) & (moments <= last + _EDGE))
        if len(inside) < 2:
            continue
        start, end, gain = _richest(_at(gains[inside], moments[inside], clip_times), times[inside])
        if gain * usual > (best.gain if best else 0.0):
            best = Line(speed, float(offset), inside[start:end], gain * usual)
    return best


def _at(rows: NDArray[np.float32], moments: NDArray[np.float64], clip_times: NDArray[np.float64]) -> NDArray[np.float64]:
    """The better of the two frames of the clip around each moment: rows (n, m) at moments (n,)."""
    after = np.clip(np.searchsorted(clip_times, moments), 1, len(clip_times) - 1)
    number = np.arange(len(rows))
    return np.maximum(rows[number, after - 1], rows[number, after]).astype(np.float64)


def _richest(gains: NDArray[np.float64], times: NDArray[np.float64]) -> tuple[int, int, float]:
    """Where the stretch (from, to) with the largest sum lies; a gap in time ends a stretch."""
    best, at, total, start = (0, 0, 0.0), 0, 0.0, 0
    for at, gain in enumerate(gains):
        if total <= 0 or (at and times[at] - times[at - 1] > _LONGEST_GAP):
            total, start = 0.0, at
        total += float(gain)
        if total > best[2]:
            best = (start, at + 1, total)
    return best


def motion(shown: NDArray[np.float32], clip: NDArray[np.float32], masks: NDArray[np.float32]) -> float:
    """How far what changes in one stretch changes in the other, too: -1 to 1, 0 where nothing moves.

    shown, clip, masks: (n, h, w), frame by frame. What stays the same, a background or a logo, says nothing here.
    """
    mask = masks.min(axis=0)
    a, b = ((one - one.mean(axis=0)) * mask for one in (shown, clip))
    floor = 0.002 * float(mask.sum()) * len(shown)
    return float((a * b).sum() / np.sqrt(max(float((a * a).sum()), floor) * max(float((b * b).sum()), floor)))

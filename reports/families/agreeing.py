"""Whether two matches, in two videos that share footage, are of the same appearance: at the same second of it, at the same place.

The same footage alone does not say so: beside a protected person's copied video somebody else may sit and comment on it.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.footage.following import Stretch
from reports.matches import MatchRow
from reports.spans import SAME_SPAN

EDGE = 0.4
"""Seconds by which a match may reach beyond a stretch and is within it: looks at a video are a quarter of a second apart."""

_APART = 0.6
"""Seconds between two looks at the same moment, at most."""

Span = tuple[float, float]


def agree(copy: MatchRow, size: Sequence[float], earlier: MatchRow, earlier_size: Sequence[float], stretch: Stretch) -> bool:
    """Whether they are of one appearance. size, earlier_size: width and height of the frames, in pixels."""
    within = _cut(_spans(copy), stretch.t_start - EDGE, stretch.t_end + EDGE)
    of_within = _cut(_spans(earlier), stretch.clip_start - EDGE, stretch.clip_end + EDGE)
    there = [_to_copy(stretch, span) for span in of_within]
    shared = sum(max(0.0, min(a[1], b[1]) - max(a[0], b[0])) for a in within for b in there)
    shorter = min(_length(within), _length(there))
    meets = any(min(a[1], b[1]) >= max(a[0], b[0]) - EDGE / 2 for a in within for b in there)
    if not meets or (shared + 0.001) / (shorter + 0.001) < SAME_SPAN:
        return False
    return _in_place(copy, size, earlier, earlier_size, stretch)


def _spans(row: MatchRow) -> list[Span]:
    return [(span[0], span[1]) for span in row.spans] or [(row.t_start, row.t_end)]


def _cut(spans: Iterable[Span], first: float, last: float) -> list[Span]:
    return [(max(a, first), min(b, last)) for a, b in spans if b >= first and a <= last]


def _length(spans: Iterable[Span]) -> float:
    return sum(b - a for a, b in spans)


def _to_copy(stretch: Stretch, span: Span) -> Span:
    ends = sorted(_moment(stretch, t) for t in span)
    return ends[0], ends[1]


def _moment(stretch: Stretch, of: float) -> float:
    """The second of the copy at which a second of the earlier video is shown."""
    begins = stretch.clip_start if stretch.speed > 0 else stretch.clip_end
    return stretch.t_start + (of - begins) / stretch.speed


def _in_place(copy: MatchRow, size: Sequence[float], earlier: MatchRow, earlier_size: Sequence[float], stretch: Stretch) -> bool:
    """Whether it lies at the same place of the shared picture in most of the moments at which both were seen; what has no
    place in the picture, as what is heard, has none that could differ."""
    seen, known = _boxes(copy), _boxes(earlier)
    if not len(seen) and not len(known):
        return True
    met = []
    for t, *box in known:
        there = _moment(stretch, t)
        place = int(np.abs(seen[:, 0] - there).argmin()) if len(seen) else 0
        if len(seen) and stretch.t_start - EDGE <= there <= stretch.t_end + EDGE and abs(seen[place, 0] - there) <= _APART:
            met.append(_meet(_laid(np.array(box), earlier_size, stretch), seen[place, 1:] / np.tile(size, 2)))
    return bool(met) and float(np.mean(met)) > SAME_SPAN


def _boxes(row: MatchRow) -> NDArray[np.float64]:
    """(n, 5): t, x1, y1, x2, y2."""
    best = row.best_box
    alone = [] if best is None else [[row.best_t, best.x1, best.y1, best.x2, best.y2]]
    return np.array(row.boxes or alone, np.float64).reshape(-1, 5)


def _laid(box: NDArray[np.float64], size: Sequence[float], stretch: Stretch) -> NDArray[np.float64]:
    """A box (4,) of the earlier video, in pixels, as it lies in the copy's frame, whose sides are 1."""
    x = box[[0, 2]] / size[0]
    if stretch.mirrored:
        x = 1 - x[::-1]
    y = box[[1, 3]] / size[1]
    along, down = stretch.outline[1] - stretch.outline[0], stretch.outline[3] - stretch.outline[0]
    corners = np.array([stretch.outline[0] + a * along + b * down for a in x for b in y])
    return np.concatenate([corners.min(axis=0), corners.max(axis=0)])


def _meet(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    """Whether the middle of one lies in the other: of a copy that was cut, less is seen of what lies at its edge."""
    return any(
        bool((a[:2] <= (b[:2] + b[2:]) / 2).all() and ((b[:2] + b[2:]) / 2 <= a[2:]).all())
        for a, b in ((one, other), (other, one))
    )

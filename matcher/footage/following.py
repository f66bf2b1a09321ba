"""Looks at a video now and then for a party's clips, and follows what it found frame by frame. Pixels in, stretches out."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matcher.footage.alignment import Line, lines, motion
from matcher.footage.clip import Clip
from matcher.footage.details import Details, Grey
from matcher.footage.structure import HEIGHT, WIDTH, Map, Mask, likeness, structure, warped
from matcher.footage.table import FootageTable, Glimpse

BACK_SECONDS = 2.3
"""How far before a look its find is followed backwards."""

FOUND, KEPT = 0.3, 0.2
"""Likeness with the clip's best moment at which a glimpse is followed, and at which it goes on being."""

LOST_SECONDS = 1.1
SMALLEST_SHARE = 0.08
"""Of the clip's picture that must be in sight."""

MOST_FOLLOWED = 12
MOST_FRAMES = 6000
"""Frames that are kept of one clip in one video: 25 minutes."""

MOST_LINES, RIVALS = 6, 0.7
"""Lines of different speeds among which the motion decides: those that explain at least this share of what the best one does."""

FEWEST_FRAMES, SHORTEST = 6, 1.4
"""What a stretch has at least: frames in the clip's own order, and seconds. One picture alike is never a match."""

_CORNERS = np.array([[0, 0, 1], [WIDTH, 0, 1], [WIDTH, HEIGHT, 1], [0, HEIGHT, 1]], np.float64)


@dataclass(frozen=True)
class Stretch:
    """Seconds of the video and of the clip, whose picture is mirrored or not; speed below 0: it runs backwards.

    likeness, motion: how far pictures and their changes agree, -1 to 1. outline: the clip's corners (4, 2), 0 to 1 of the frame.
    """

    clip: int
    mirrored: bool
    t_start: float
    t_end: float
    clip_start: float
    clip_end: float
    speed: float
    likeness: float
    motion: float
    times: tuple[float, ...]
    outline: NDArray[np.float64]

    @property
    def score(self) -> float:
        """0 to 1: the geometric mean of both agreements. Where the pictures agree and nothing moves alike it is 0."""
        return float(np.sqrt(max(0.0, self.likeness) * max(0.0, self.motion)))


@dataclass
class _Laying:
    """A clip that lies in the picture in one way. onto: from its map to the frame, whose sides are 1."""

    clip: int
    mirrored: bool
    onto: NDArray[np.float64]
    seen: float


@dataclass
class _Sight:
    row: NDArray[np.float32]
    shown: Map
    mask: Mask
    onto: NDArray[np.float64]


@dataclass
class _Trail:
    """Everything that was seen of one clip, as it is or mirrored, by the time."""

    sights: dict[float, _Sight] = field(default_factory=dict)

    def add(self, t: float, sight: _Sight) -> None:
        held = self.sights.get(t)
        if held is None and len(self.sights) >= MOST_FRAMES:
            return
        if held is None or sight.row.max() > held.row.max():
            self.sights[t] = sight


class Follower:
    """clips: of one party, at least one. What it holds of a video is forgotten with it."""

    def __init__(self, clips: Sequence[Clip], table: FootageTable) -> None:
        self._clips, self._table = clips, table
        self._before: deque[tuple[float, Grey]] = deque()
        self._open: list[_Laying] = []
        self._trails: dict[tuple[int, bool], _Trail] = {}

    @property
    def follows(self) -> bool:
        return bool(self._open)

    def see(self, t: float, small: Grey) -> None:
        """Follow what was found into the frame at t seconds."""
        for laying in self._open:
            if self._seen_in(laying, t, small) >= KEPT:
                laying.seen = t
        self._open = [laying for laying in self._open if t - laying.seen <= LOST_SECONDS]
        self._before.append((t, small))
        while self._before and t - self._before[0][0] > BACK_SECONDS:
            self._before.popleft()

    def look(self, t: float, details: Details) -> None:
        """Look for clips in the frame that was just seen, by its features."""
        if not self._before:
            return
        for glimpse in self._table.find(details):
            laying = _laid(glimpse, details.size, t)
            if len(self._open) < MOST_FOLLOWED and not any(_same(laying, other) for other in self._open):
                self._follow(laying)

    def _follow(self, laying: _Laying) -> None:
        t, small = self._before[-1]
        if self._seen_in(laying, t, small) < FOUND:
            return
        self._open.append(laying)
        for earlier, picture in list(self._before)[-2::-1]:
            if laying.seen - earlier > LOST_SECONDS:
                break
            if self._seen_in(laying, earlier, picture) >= KEPT:
                laying.seen = earlier
        laying.seen = t

    def _seen_in(self, laying: _Laying, t: float, small: Grey) -> float:
        height, width = small.shape
        onto = laying.onto * np.array([[width], [height]])
        onto[:, 2] -= 0.5
        grey, mask = warped(small, onto)
        if mask.mean() < SMALLEST_SHARE:
            return 0.0
        shown = structure(grey, mask)
        maps = self._clips[laying.clip].mirrored if laying.mirrored else self._clips[laying.clip].seen
        row = likeness(shown, mask, maps)
        best = float(row.max())
        if best >= KEPT:
            trail = self._trails.setdefault((laying.clip, laying.mirrored), _Trail())
            trail.add(t, _Sight(row, shown, mask, laying.onto))
        return best

    def stretches(self) -> list[Stretch]:
        """What was found of each clip, longest first within a clip."""
        return [found for (clip, mirrored), trail in self._trails.items() for found in self._of(clip, mirrored, trail)]

    def _of(self, clip: int, mirrored: bool, trail: _Trail) -> list[Stretch]:
        held, found = self._clips[clip], []
        left = sorted(trail.sights)
        while len(left) >= FEWEST_FRAMES:
            made = _along(clip, mirrored, held, [(t, trail.sights[t]) for t in left])
            if not made or len(made[0].times) < FEWEST_FRAMES:
                break
            stretch = max(made, key=lambda one: one.score)
            if stretch.t_end - stretch.t_start >= SHORTEST and len(stretch.times) >= FEWEST_FRAMES:
                found.append(stretch)
            left = [t for t in left if not made[0].t_start <= t <= made[0].t_end]
        return found


def _along(clip: int, mirrored: bool, held: Clip, sights: Sequence[tuple[float, _Sight]]) -> list[Stretch]:
    """The stretches of the lines that explain most, the best line's first."""
    times, rows = np.array([t for t, _ in sights]), np.stack([sight.row for _, sight in sights])
    known = lines(times, held.times.astype(np.float64), rows)
    likely = [line for line in known[:MOST_LINES] if line.gain >= RIVALS * known[0].gain]
    return [_stretch(clip, mirrored, held, [sights[n] for n in line.frames], line) for line in likely]


def _stretch(clip: int, mirrored: bool, held: Clip, sights: Sequence[tuple[float, _Sight]], line: Line) -> Stretch:
    times = np.array([t for t, _ in sights])
    moments = line.speed * times + line.offset
    nearest = np.abs(held.times[None] - moments[:, None]).argmin(axis=1)
    maps = (held.mirrored if mirrored else held.seen)[nearest]
    shown, masks = np.stack([s.shown for _, s in sights]), np.stack([s.mask for _, s in sights])
    ends = np.clip(moments[[0, -1]], held.times[0], held.times[-1])
    return Stretch(
        clip=clip,
        mirrored=mirrored,
        t_start=float(times[0]),
        t_end=float(times[-1]),
        clip_start=float(ends.min()),
        clip_end=float(ends.max()),
        speed=line.speed,
        likeness=float(np.mean([s.row[n] for (_, s), n in zip(sights, nearest, strict=True)])),
        motion=motion(shown, maps, masks),
        times=tuple(times.tolist()),
        outline=_CORNERS @ sights[len(sights) // 2][1].onto.T,
    )


def _laid(glimpse: Glimpse, size: tuple[int, int], t: float) -> _Laying:
    onto = glimpse.onto.copy()
    onto[:, 2] += 0.5
    return _Laying(glimpse.clip, glimpse.mirrored, onto / np.array([[size[0]], [size[1]]]), t)


def _same(one: _Laying, other: _Laying) -> bool:
    """Whether both say that the same clip lies in the same place, to a fortieth of the frame's sides."""
    if (one.clip, one.mirrored) != (other.clip, other.mirrored):
        return False
    return bool(np.abs(_CORNERS @ one.onto.T - _CORNERS @ other.onto.T).max() < 0.025)

"""Linking faces from frame to frame into tracks, by place alone; what a track is remembered by are its best views."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matcher.face.detect import Floats, overlaps
from registry.types import Image

MOST_GAP = 1.2
"""Seconds that a face may be hidden and still be the same track."""

MOST_AHEAD = 0.5
"""Seconds for which a face is taken to go on as it went."""

BUFFER, MIN_OVERLAP = 0.3, 0.15
"""Boxes grown on each side by this share of theirs must share so much of their union to be one face."""

MOST_VIEWS = 6
"""Views of a track that are kept and encoded. More add nothing on the development splits, fewer miss dark clips."""


LONGEST_BREAK = 3.0
"""Seconds that may lie between two tracks of one face in a shot."""


@dataclass(frozen=True)
class FaceInFrame:
    """One face in one frame. box (4,) in full-size pixels; score: the detector's; worth: the most that the view can tell."""

    t: float
    shot: int
    box: Floats
    score: float
    landmarks: Floats
    worth: float

    @property
    def side(self) -> float:
        """The longer side of the box in full-size pixels."""
        return float((self.box[2:] - self.box[:2]).max())


@dataclass(frozen=True)
class View:
    """A face cut out with what is about it. landmarks (5, 2) in pixels of crop; weight: how much it tells, above 0."""

    t: float
    box: Floats
    crop: Image
    landmarks: NDArray[np.floating]
    weight: float


@dataclass(eq=False)
class Track:
    """One face within one shot: everywhere it was seen, in order of time, and its best views, best first."""

    seen: list[FaceInFrame]
    views: list[View] = field(default_factory=list)

    @property
    def last(self) -> FaceInFrame:
        """Where it was seen last."""
        return self.seen[-1]

    @property
    def is_full(self) -> bool:
        """Whether it has as many views as are kept."""
        return len(self.views) == MOST_VIEWS

    def wants(self, sighting: FaceInFrame) -> bool:
        """Whether a view of this sighting would be kept."""
        return not self.is_full or sighting.worth > self.views[-1].weight

    def keep(self, view: View) -> None:
        """Keep a view among the best, and let the least of too many go."""
        self.views = sorted([*self.views, view], key=lambda v: -v.weight)[:MOST_VIEWS]

    def apart_first(self) -> list[View]:
        """The views, the best first, then the best of the half that lies farthest from it in time: two faces show there."""
        if len(self.views) < 3:
            return self.views
        best, *others = self.views
        far = sorted(others, key=lambda view: -abs(view.t - best.t))[: (len(others) + 1) // 2]
        second = max(far, key=lambda view: view.weight)
        return [best, second, *(view for view in others if view is not second)]

    def expected(self, t: float) -> Floats:
        """Where the face would be at t, going on as it did between its last two sightings, for half a second at most."""
        if len(self.seen) < 2:
            return self.last.box
        before, last = self.seen[-2:]
        ahead = min(t - last.t, MOST_AHEAD) / max(last.t - before.t, 1e-3)
        moved = (last.box[:2] + last.box[2:] - before.box[:2] - before.box[2:]) / 2
        return np.asarray(last.box + np.tile(moved, 2) * np.float32(ahead), np.float32)


class Tracker:
    """Takes the faces of one frame at a time and assigns them to tracks, so that their places fit best on the whole.

    Tracking by detection with the Hungarian method and steady motion (Bewley et al., "Simple online and realtime tracking",
    2016) on grown boxes (Yang et al., "Hard to track objects with irregular motions and similar appearances?", 2023): frames
    are looked at a few times a second, and a face moves far in between.
    """

    def __init__(self) -> None:
        self.open: list[Track] = []

    def advance(self, t: float, shot: int) -> list[Track]:
        """Go on to a frame; the tracks that ended before it."""
        ended = [track for track in self.open if track.last.shot != shot or t - track.last.t > MOST_GAP]
        self.open = [track for track in self.open if track not in ended] if ended else self.open
        return ended

    def add(self, sightings: Sequence[FaceInFrame]) -> list[tuple[Track, FaceInFrame]]:
        """All faces of the frame that was advanced to, each with the track that it goes on or begins."""
        # Loaded where a video is looked at: whoever only needs a recogniser's limits would wait half a second for it.
        from scipy.optimize import linear_sum_assignment

        at = sightings[0].t if sightings else 0.0
        fits = fit([track.expected(at) for track in self.open], [sighting.box for sighting in sightings])
        placed: dict[int, Track] = {}
        for row, column in zip(*linear_sum_assignment(-fits), strict=True):
            if fits[row, column] >= MIN_OVERLAP:
                placed[int(column)] = self.open[row]
                self.open[row].seen.append(sightings[column])
        for number, sighting in enumerate(sightings):
            if number not in placed:
                placed[number] = Track([sighting])
                self.open.append(placed[number])
        return [(placed[number], sighting) for number, sighting in enumerate(sightings)]


def divided(track: Track, views: Sequence[View], vectors: Floats, apart: float) -> list[tuple[Track, NDArray[np.intp]]]:
    """The track as one for each face that its views (n) with their vectors (n, d) show, each with the rows of its views.

    Average linkage at the cosine apart: faces that crossed, or a head that was put in another's place, are two again. Every
    sighting goes to the face of the view nearest in time.
    """
    if len(views) < 2:
        return [(track, np.arange(len(views)))]
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import pdist

    groups = fcluster(linkage(pdist(vectors, "cosine"), "average"), 1 - apart, "distance")
    times = np.array([view.t for view in views])
    owner = [int(groups[np.abs(times - sighting.t).argmin()]) for sighting in track.seen]
    parts = []
    for group in sorted(set(groups.tolist())):
        seen = [sighting for sighting, own in zip(track.seen, owner, strict=True) if own == group]
        parts.append((Track(seen), np.flatnonzero(groups == group)))
    return parts


def fit(boxes: Sequence[Floats], others: Sequence[Floats]) -> NDArray[np.float32]:
    """How well each of n boxes goes on in each of m others: the overlap of both grown by BUFFER, (n, m), 0 to 1."""
    if not boxes or not others:
        return np.zeros((len(boxes), len(others)), np.float32)
    return overlaps(grown(np.stack(boxes)), grown(np.stack(others)))


def grown(boxes: Floats) -> Floats:
    """Boxes (n, 4) with BUFFER of their sides added on each side."""
    margin = np.tile(boxes[:, 2:] - boxes[:, :2], 2) * np.float32(BUFFER)
    return np.asarray(boxes + margin * np.array([-1, -1, 1, 1], np.float32))


def pool(vectors: Floats, weights: NDArray[np.floating]) -> Floats:
    """The weighted mean (d,) of vectors (n, d), at unit length."""
    mean = (vectors * np.asarray(weights, np.float32)[:, None]).sum(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), np.float32)


def join(tracks: Sequence[tuple[Track, Floats | None]], alike: float) -> list[tuple[Track, Floats | None]]:
    """Tracks of one shot that follow each other and show one face become one, such as of a head that turned away for a while.

    alike: the cosine from which two vectors show one face.
    """
    joined: list[tuple[Track, Floats | None]] = []
    for track, vector in sorted(tracks, key=lambda pair: pair[0].seen[0].t):
        place = next((i for i, (before, known) in enumerate(joined) if _goes_on(before, known, track, vector, alike)), None)
        if place is None or vector is None:
            joined.append((track, vector))
            continue
        before, known = joined[place]
        assert known is not None
        counts = np.array([len(before.seen), len(track.seen)], np.float32)
        joined[place] = Track([*before.seen, *track.seen]), pool(np.stack([known, vector]), counts)
    return joined


def _goes_on(before: Track, known: Floats | None, track: Track, vector: Floats | None, alike: float) -> bool:
    if known is None or vector is None or before.last.shot != track.last.shot:
        return False
    return 0 < track.seen[0].t - before.last.t <= LONGEST_BREAK and float(known @ vector) >= alike

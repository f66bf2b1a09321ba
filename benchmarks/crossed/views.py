"""Every view of every face in labelled media, described in every way that a pipeline may choose from.

The vectors are of public research data. They go to a file of the temporary folder, so that a choice can be tried in seconds;
the command says where, and nothing else reads it.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.strangers import Floats
from matcher.assemble import recognisers_of
from matcher.decoding.samples import sample_of
from matcher.errors import MatcherError
from matcher.face.align import chip, cut_out
from matcher.face.landmarks import QUICK, THOROUGH, refined
from matcher.face.quality import weight
from matcher.face.recogniser import SIZES, FaceRecogniser, FaceWatcher, prominence
from matcher.face.tracks import Track, View
from matcher.packs.store import load
from matcher.sample import picture_in
from matcher.scan import look
from matcher.types import Gallery

WAYS = (
    *(("once", 1.0, 1), ("quick", 1.0, 1), ("thorough", 1.0, 1), ("thorough", 1.0, -1), ("once", 1.0, -1)),
    *(("thorough", size, 1) for size in SIZES[1:]),
)
"""How a view is brought to the encoder: by the detector's own points, a second look or the look that references get; at which
size; and as it is (1) or mirrored (-1)."""


@dataclass(frozen=True)
class Seen:
    """One face of a medium. vectors (views, ways, d); weights, sides (views,); whole: where it is a photo."""

    start: float
    end: float
    sightings: int
    weights: NDArray[np.float64]
    sides: NDArray[np.float64]
    vectors: Floats
    whole: bool


Described = dict[str, list[Seen]]
"""By path: of a probe all its faces, of a reference the most prominent."""


class Collecting(FaceWatcher):
    """Keeps the views that a scan would encode."""

    def __init__(self, recogniser: FaceRecogniser) -> None:
        super().__init__(recogniser, [])
        self.tracks: list[Track] = []

    def _end(self, tracks: Sequence[Track]) -> None:
        self.tracks += tracks


class Collector(FaceRecogniser):
    """A recogniser that remembers its last watcher."""

    watcher: Collecting

    def watch(self, gallery: Gallery) -> Collecting:  # noqa: ARG002  (nobody is looked for)
        self.watcher = Collecting(self)
        return self.watcher

    def conclude(self) -> list[Track]:
        return [track for track in self.watcher.tracks if track.views]

    def every_way(self, view: View) -> Floats:
        """(ways, d)."""
        assert self._landmarker is not None
        quick, thorough = (refined(self._landmarker, view.crop, view.landmarks, glance) for glance in (QUICK, THOROUGH))
        points = {"once": view.landmarks, "quick": quick, "thorough": thorough}
        middle, size = self._encoder.size / 2, self._encoder.size
        chips = [
            chip(view.crop, points[look], (self._encoder.places - middle) * factor + middle, size)[:, ::step]
            for look, factor, step in WAYS
        ]
        return self._encoder.encode(np.ascontiguousarray(np.stack(chips)))


def collector(models: Path, pack: str) -> Collector:
    (made,) = recognisers_of(load(models, pack))
    assert isinstance(made, FaceRecogniser)
    return Collector(made.detector, made._landmarker, made._encoder, made.pack, made.calibration)


def probe(recogniser: Collector, path: Path) -> list[Seen]:
    frames = look(path, Gallery({}, ()), [recogniser]).frames
    return [_seen(recogniser, track, whole=frames == 1) for track in recogniser.conclude()]


def _seen(recogniser: Collector, track: Track, *, whole: bool) -> Seen:
    views = track.apart_first()
    vectors = np.stack([recogniser.every_way(view) for view in views])
    sides = np.array([float((view.box[2:] - view.box[:2]).max()) for view in views])
    weights = np.array([view.weight for view in views])
    return Seen(track.seen[0].t, track.last.t, len(track.seen), weights, sides, vectors, whole)


def reference(recogniser: Collector, path: Path) -> list[Seen]:
    picture = picture_in(sample_of(path))
    found = recogniser.detector.detect(picture, recogniser.detector.side)
    if not len(found):
        return []
    best = int(prominence(found.boxes, picture.shape[1], picture.shape[0]).argmax())
    crop, roughly = cut_out(picture, found.boxes[best], found.landmarks[best])
    side = float((found.boxes[best, 2:] - found.boxes[best, :2]).max())
    view = View(0.0, found.boxes[best], crop, roughly, weight(float(found.scores[best]), found.landmarks[best], side))
    vectors = recogniser.every_way(view)[None]
    return [Seen(0.0, 0.0, 1, np.array([view.weight]), np.array([side]), vectors, True)]


def describe(models: Path, pack: str, work: Sequence[tuple[bool, Path]]) -> list[tuple[str, list[Seen]]]:
    """work: whether each is a reference, and its path. What cannot be looked at shows nobody."""
    recogniser, found = collector(models, pack), []
    for enrolled, path in work:
        try:
            found.append((key(path, enrolled), (reference if enrolled else probe)(recogniser, path)))
        except MatcherError:
            found.append((key(path, enrolled), []))
    return found


def key(path: Path, enrolled: bool) -> str:
    return f"{'r' if enrolled else 'p'}:{path.resolve()}"


def described(models: Path, pack: str, work: Iterable[tuple[bool, Path]], kept: Path, workers: int = 2) -> Described:
    """All of it, from the file kept where it is there; else it is made, which takes some minutes."""
    wanted = sorted(set(work), key=str)
    if kept.exists():
        found = read(kept)
        if all(key(path, enrolled) in found for enrolled, path in wanted):
            return found
    parts = [wanted[start :: workers * 4] for start in range(workers * 4)]
    with ProcessPoolExecutor(workers) as pool:
        made = pool.map(describe, [models] * len(parts), [pack] * len(parts), parts)
        found = dict(pair for part in made for pair in part)
    write(kept, found)
    return found


FIELDS = ("start", "end", "sightings", "whole")


def write(path: Path, found: Described) -> None:
    seen = [(name, own) for name, every in found.items() for own in every]
    vectors = np.concatenate([own.vectors for _, own in seen])
    np.savez(
        path,
        media=np.array(list(found)),
        names=np.array([name for name, _ in seen]),
        views=np.array([len(own.weights) for _, own in seen]),
        figures=np.array([[float(getattr(own, field)) for field in FIELDS] for _, own in seen]),
        weights=np.concatenate([own.weights for _, own in seen]),
        sides=np.concatenate([own.sides for _, own in seen]),
        vectors=vectors,
    )


def read(path: Path) -> Described:
    with np.load(path) as held:
        arrays = {name: held[name] for name in held.files}
    found: Described = {str(name): [] for name in arrays["media"]}
    ends = np.cumsum(arrays["views"])
    for name, end, count, figures in zip(arrays["names"], ends, arrays["views"], arrays["figures"], strict=True):
        rows = slice(end - count, end)
        start, until, sightings, whole = figures.tolist()
        own = Seen(
            start, until, int(sightings), arrays["weights"][rows], arrays["sides"][rows], arrays["vectors"][rows], bool(whole)
        )
        found[str(name)].append(own)
    return found

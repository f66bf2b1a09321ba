"""Faces as a recogniser: enrolment of one face, and watching media for enrolled ones."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.calibration import Calibration, Typical
from matcher.errors import ReferenceRefused
from matcher.face.align import chip
from matcher.face.appraisal import QUALITY, measure
from matcher.face.cohort import LARGEST, SMALLEST, Cohort
from matcher.face.detect import Detections, Detector, Floats
from matcher.face.encode import Encoder, unit
from matcher.face.patches import BestViews, Patch, cut, promise
from matcher.face.quality import sharpness
from matcher.face.refine import Refiner
from matcher.face.tracks import Seen, Track, Tracker, pool, pool_alike
from matcher.index.faiss import FaissIndex
from matcher.types import Appearance, Box, Candidate, Finding, Frame, Gallery, Observation, Watcher
from registry.types import Image, Modality

SMALLEST_REFERENCE, SMALLEST_FACE = 48, 20
"""Least side of a face in pixels: enrolled, and looked at in a video."""

RIVAL = 0.5
"""A second face this prominent beside the first makes a reference ambiguous."""

SPREAD = 2.0
WIDER = 0.95
NEAREST = 64
MOST_CANDIDATES = 5


def prominence(boxes: Floats, width: int, height: int) -> NDArray[np.float64]:
    """How much each face (n, 4) is what the picture is of, (n,): its area, times a bell over its distance from the centre."""
    sides, centres = boxes[:, 2:] - boxes[:, :2], (boxes[:, :2] + boxes[:, 2:]) / 2
    middle = np.array([width, height]) / 2
    distance = np.linalg.norm(centres - middle, axis=1) / np.linalg.norm(middle)
    return np.asarray(np.prod(sides, axis=1) * np.exp(-SPREAD * distance**2), np.float64)


class FaceRecogniser:
    modality = Modality.FACE

    def __init__(
        self, detector: Detector, encoder: Encoder, pack: str, calibration: Calibration, refiner: Refiner | None = None
    ) -> None:
        self.encoder, self.pack, self.margin = encoder.id, pack, calibration.margin
        self._detector, self._encoder, self._calibration, self._refiner = detector, encoder, calibration, refiner
        self._last: tuple[Gallery, FaceGallery] | None = None

    def enrol(self, picture: Image, *, prominent: bool = False) -> Mapping[str, NDArray[Any]]:
        """``vector`` (d,) and ``quality`` of the one face in the picture; with prominent, of the most prominent of several."""
        found = self._detector.detect(picture)
        if not len(found):
            raise ReferenceRefused(
                "No face was found in the picture.", "Use a frontal photo, evenly lit, with the face at least 200 pixels wide."
            )
        order = prominence(found.boxes, picture.shape[1], picture.shape[0])
        best = int(order.argmax())
        rivals = int((order > RIVAL * order[best]).sum()) - 1
        if rivals and not prominent:
            raise ReferenceRefused(
                f"The picture shows {rivals + 1} faces of like size.", "Crop it to the one face that is to be enrolled."
            )
        side = float((found.boxes[best, 2:] - found.boxes[best, :2]).max())
        if side < SMALLEST_REFERENCE and not prominent:
            raise ReferenceRefused(
                f"The face is only {side:.0f} pixels wide.", "Use a photo with the face at least 200 pixels wide."
            )
        chips = self._chips(picture, found.boxes[best], found.landmarks[best])
        return {"vector": self._encode([chips])[0], QUALITY: measure(side, found.landmarks[best], chips[0])}

    def watch(self, gallery: Gallery) -> Watcher:
        if self._last is None or self._last[0] is not gallery:
            self._last = gallery, FaceGallery(gallery, self.encoder, self._calibration.typical)
        return FaceWatcher(self, self._last[1])

    def expected_false_matches(self, score: float, gallery_subjects: int) -> float:
        return self._calibration.expected_false_matches(score, gallery_subjects)

    def threshold(self, gallery_subjects: int) -> float:
        return self._calibration.threshold(gallery_subjects)

    @property
    def models(self) -> tuple[Detector, Encoder]:
        """The parts, for measuring them by themselves."""
        return self._detector, self._encoder

    def faces(self, frame: Frame) -> Detections:
        """All faces of a frame that are large enough to tell, in pixels of its image."""
        found = self._detector.detect(frame.image)
        sides = (found.boxes[:, 2:] - found.boxes[:, :2]).max(axis=1, initial=0) * frame.scale
        return found.take(sides >= SMALLEST_FACE)

    def embed(self, patches: Sequence[Patch]) -> tuple[Floats, NDArray[np.float64]]:
        """Vectors (n, d) of unit length, and how much each view tells (n,)."""
        chips = [self._chips(p.image, p.box, p.landmarks) for p in patches]
        weights = [max(1e-3, p.promise * (0.4 + 0.6 * sharpness(c[0]))) for p, c in zip(patches, chips, strict=True)]
        return self._encode(chips), np.array(weights)

    @property
    def alike(self) -> float:
        """The cosine from which on two views of one shot are taken for one person."""
        return self._calibration.threshold(1)

    @property
    def stray(self) -> float:
        """The cosine to its own track below which a view tells nothing of the person."""
        return self._calibration.scores[0]

    def _chips(self, image: Image, box: Floats, landmarks: Floats) -> list[Image]:
        """The face aligned; where there is a refiner by its landmarks, and then also cut a little wider, and mirrored: three
        opinions whose errors differ make one steadier vector."""
        places, size = self._encoder.places, self._encoder.size
        if self._refiner is None:
            return [chip(image, landmarks, places, size)]
        marks = self._refiner.refine(image, box)
        wider = (places - size / 2) * WIDER + size / 2
        aligned = chip(image, marks, places, size)
        return [aligned, chip(image, marks, wider, size), np.ascontiguousarray(aligned[:, ::-1])]

    def _encode(self, faces: Sequence[Sequence[Image]]) -> Floats:
        """One vector (d,) for each face, the mean over its chips."""
        vectors = self._encoder.encode(np.stack([c for chips in faces for c in chips]))
        return unit(vectors.reshape(len(faces), -1, vectors.shape[1]).mean(axis=1))


class FaceGallery:
    """The face templates of one gallery, searchable: the best reference of each of the nearest subjects.

    typical: as the calibration's; a gallery of too few subjects for a cohort does without.
    """

    def __init__(self, gallery: Gallery, encoder: str, typical: Typical | None) -> None:
        self._templates = gallery.of_encoder(encoder)
        self._index: FaissIndex | None = None
        self._cohort: Cohort | None = None
        if not self._templates:
            return
        vectors = np.stack([t.arrays["vector"] for t in self._templates])
        self._index = FaissIndex([t.reference_id for t in self._templates], vectors)
        chosen = spread({t.subject_id: row for row, t in enumerate(self._templates)})
        if typical is not None and len(chosen) >= SMALLEST:
            self._cohort = Cohort(vectors[chosen], typical)
            self._common = self._cohort.common(vectors)

    def nearest(self, vectors: Floats) -> list[tuple[Candidate, ...]]:
        """For each of vectors (n, d) its candidates, best first, one per subject."""
        if self._index is None or not len(vectors):
            return [()] * len(vectors)
        scores, rows = self._index.search(vectors, NEAREST)
        if self._cohort is not None:
            scores = self._cohort.normalised(scores, self._cohort.common(vectors), self._common.take(rows))
            order = np.argsort(-scores, axis=1, kind="stable")
            scores, rows = np.take_along_axis(scores, order, axis=1), np.take_along_axis(rows, order, axis=1)
        return [self._per_subject(s, r) for s, r in zip(scores, rows, strict=True)]

    def _per_subject(self, scores: Floats, rows: NDArray[np.int64]) -> tuple[Candidate, ...]:
        best: dict[str, Candidate] = {}
        for score, row in zip(scores.tolist(), rows.tolist(), strict=True):
            template = self._templates[row]
            score = min(1.0, max(0.0, score))
            best.setdefault(template.subject_id, Candidate(template.subject_id, template.reference_id, score))
        return tuple(best.values())[:MOST_CANDIDATES]


def spread(rows: Mapping[str, int]) -> list[int]:
    """At most LARGEST of rows by subject id, drawn by a digest of the id: the same for the same gallery, and little changed by
    a subject more or less."""
    drawn = sorted(rows, key=lambda subject: hashlib.sha256(subject.encode()).digest())[:LARGEST]
    return [rows[subject] for subject in drawn]


@dataclass
class Embedded:
    """A track that is over, with the pooled vector (d,) of its best views and how much they tell in all."""

    track: Track
    best: float
    vector: Floats
    weight: float


class FaceWatcher:
    """Embeddings live in here only, and go with it."""

    def __init__(self, recogniser: FaceRecogniser, gallery: FaceGallery) -> None:
        self._recogniser, self._gallery, self._tracker = recogniser, gallery, Tracker()
        self._views: dict[Track, BestViews] = {}
        self._embedded: list[Embedded] = []

    def see(self, frame: Frame) -> None:
        self._settle(self._tracker.close(frame.t, frame.shot))
        found = self._recogniser.faces(frame)
        seen = [Seen(frame.t, frame.shot, box * np.float32(frame.scale)) for box in found.boxes]
        for i, track in enumerate(self._tracker.add(seen)):
            promised = promise(float(found.scores[i]), found.landmarks[i], seen[i].side)
            views = self._views.setdefault(track, BestViews())
            if views.wants(promised):
                views.offer(cut(frame.image, frame.t, found.boxes[i], found.landmarks[i], promised))

    def conclude(self) -> list[Finding]:
        self._settle(self._tracker.open)
        if not self._embedded:
            return []
        whole = join(self._embedded, self._recogniser.alike)
        candidates = self._gallery.nearest(np.stack([e.vector for e in whole]))
        return [Finding(_appearance(e), found) for e, found in zip(whole, candidates, strict=True)]

    def _settle(self, tracks: Sequence[Track]) -> None:
        """Embed the best views of tracks that are over, and let the pictures go."""
        for track in tracks:
            patches = self._views.pop(track).patches
            vectors, weights = self._recogniser.embed(patches)
            best = patches[int(weights.argmax())].t
            vector = pool_alike(vectors, weights, self._recogniser.stray)
            self._embedded.append(Embedded(track, best, vector, float(weights.sum())))


def join(parts: Sequence[Embedded], alike: float) -> list[Embedded]:
    """Tracks of one face that was lost for a while within a shot, made one: alike by cosine, and one after the other."""
    whole: list[Embedded] = []
    for part in sorted(parts, key=lambda e: e.track.seen[0].t):
        earlier = [w for w in whole if w.track.last.shot == part.track.last.shot and w.track.last.t < part.track.seen[0].t]
        near = max(earlier, key=lambda w: float(w.vector @ part.vector), default=None)
        if near is None or float(near.vector @ part.vector) < alike:
            whole.append(part)
            continue
        stronger = max(near, part, key=lambda e: e.weight)
        vector = pool(np.stack([near.vector, part.vector]), np.array([near.weight, part.weight]))
        track = Track([*near.track.seen, *part.track.seen])
        whole[whole.index(near)] = Embedded(track, stronger.best, vector, near.weight + part.weight)
    return whole


def _appearance(embedded: Embedded) -> Appearance:
    observations = tuple(Observation(s.t, Box(*map(float, s.box))) for s in embedded.track.seen)
    best = min(observations, key=lambda o: abs(o.t - embedded.best))
    return Appearance(Modality.FACE, observations[0].t, observations[-1].t, best, observations)

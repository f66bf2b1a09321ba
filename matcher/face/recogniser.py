"""Faces as a recogniser: enrolment of one face, and watching media for enrolled ones."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.calibration import Calibration
from matcher.errors import ReferenceRefused
from matcher.face.align import chip
from matcher.face.appraisal import QUALITY, measure
from matcher.face.detect import Detections, Detector, Floats
from matcher.face.encode import Encoder
from matcher.face.quality import weight
from matcher.face.tracks import Track, Tracker, View
from matcher.index.faiss import FaissIndex
from matcher.types import Appearance, Box, Candidate, Finding, Frame, Gallery, Observation, Watcher
from registry.types import Image, Modality

SMALLEST_REFERENCE, SMALLEST_FACE = 48, 20
"""Least side of a face in pixels: enrolled, and looked at in a video."""

RIVAL = 0.5
"""A second face this prominent beside the first makes a reference ambiguous."""

SPREAD = 2.0
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

    def __init__(self, detector: Detector, encoder: Encoder, pack: str, calibration: Calibration) -> None:
        self.encoder, self.pack, self.margin = encoder.id, pack, calibration.margin
        self._detector, self._encoder, self._calibration = detector, encoder, calibration
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
        vectors, chips = self._vectors(picture, found.take(np.array([best])))
        return {"vector": vectors[0], QUALITY: measure(side, found.landmarks[best], chips[0])}

    def watch(self, gallery: Gallery) -> Watcher:
        if self._last is None or self._last[0] is not gallery:
            self._last = gallery, FaceGallery(gallery, self.encoder)
        return FaceWatcher(self, self._last[1])

    def expected_false_matches(self, score: float, gallery_subjects: int) -> float:
        return self._calibration.expected_false_matches(score, gallery_subjects)

    def threshold(self, gallery_subjects: int) -> float:
        return self._calibration.threshold(gallery_subjects)

    def views(self, frame: Frame) -> list[View]:
        """All faces of a frame that are large enough to tell."""
        found = self._detector.detect(frame.image)
        sides = (found.boxes[:, 2:] - found.boxes[:, :2]).max(axis=1, initial=0) * frame.scale
        found, sides = found.take(sides >= SMALLEST_FACE), sides[sides >= SMALLEST_FACE]
        if not len(found):
            return []
        vectors, chips = self._vectors(frame.image, found)
        return [
            View(
                frame.t,
                frame.shot,
                found.boxes[i] * np.float32(frame.scale),
                vectors[i],
                weight(float(found.scores[i]), found.landmarks[i], float(sides[i]), chips[i]),
            )
            for i in range(len(found))
        ]

    def _vectors(self, image: Image, found: Detections) -> tuple[Floats, NDArray[np.uint8]]:
        places, size = self._encoder.places, self._encoder.size
        chips = np.stack([chip(image, marks, places, size) for marks in found.landmarks])
        return self._encoder.encode(chips), chips


class FaceGallery:
    """The face templates of one gallery, searchable: the best reference of each of the nearest subjects."""

    def __init__(self, gallery: Gallery, encoder: str) -> None:
        self._templates = gallery.of_encoder(encoder)
        self._index: FaissIndex | None = None
        if self._templates:
            vectors = np.stack([t.arrays["vector"] for t in self._templates])
            self._index = FaissIndex([t.reference_id for t in self._templates], vectors)

    def nearest(self, vectors: Floats) -> list[tuple[Candidate, ...]]:
        """For each of vectors (n, d) its candidates, best first, one per subject."""
        if self._index is None or not len(vectors):
            return [()] * len(vectors)
        scores, rows = self._index.search(vectors, NEAREST)
        return [self._per_subject(s, r) for s, r in zip(scores, rows, strict=True)]

    def _per_subject(self, scores: Floats, rows: NDArray[np.int64]) -> tuple[Candidate, ...]:
        best: dict[str, Candidate] = {}
        for score, row in zip(scores.tolist(), rows.tolist(), strict=True):
            template = self._templates[row]
            best.setdefault(template.subject_id, Candidate(template.subject_id, template.reference_id, max(0.0, score)))
        return tuple(best.values())[:MOST_CANDIDATES]


class FaceWatcher:
    """Embeddings live in here only, and go with it."""

    def __init__(self, recogniser: FaceRecogniser, gallery: FaceGallery) -> None:
        self._recogniser, self._gallery, self._tracker = recogniser, gallery, Tracker()

    def see(self, frame: Frame) -> None:
        self._tracker.add(self._recogniser.views(frame))

    def conclude(self) -> list[Finding]:
        tracks = self._tracker.tracks
        if not tracks:
            return []
        candidates = self._gallery.nearest(np.stack([track.pooled() for track in tracks]))
        return [Finding(_appearance(track), found) for track, found in zip(tracks, candidates, strict=True)]


def _appearance(track: Track) -> Appearance:
    observations = tuple(Observation(v.t, Box(*map(float, v.box))) for v in track.views)
    best = max(range(len(observations)), key=lambda i: track.views[i].weight)
    return Appearance(Modality.FACE, observations[0].t, observations[-1].t, observations[best], observations)

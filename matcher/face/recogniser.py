"""Faces as a recogniser: enrolment of one face, and watching media for enrolled ones."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.calibration import Calibration, CohortNorm
from matcher.errors import ReferenceRefused
from matcher.face.align import chip, cut_out
from matcher.face.appraisal import QUALITY, measure
from matcher.face.cohort import same_face, two_faces
from matcher.face.detect import Detector, Floats
from matcher.face.encode import Encoder
from matcher.face.gallery import FaceGallery
from matcher.face.landmarks import QUICK, THOROUGH, Landmarker, Points, refined
from matcher.face.quality import sharpness, weight
from matcher.face.tracks import FaceInFrame, Track, Tracker, View, divided, join, pool
from matcher.rates import comparisons
from matcher.sample import Sample, picture_in
from matcher.types import Appearance, Box, Candidate, Finding, Frame, Gallery, Observation, Watcher
from registry.kinds import SampleKind
from registry.types import Image, Modality

SMALLEST_REFERENCE, SMALLEST_FACE = 48, 20
"""Least side of a face in pixels: enrolled, and looked at in a video."""

RIVAL = 0.5
"""A second face this prominent beside the first makes a reference ambiguous."""

SPREAD = 2.0

SIZES = (1.0, 0.95, 1.05, 0.9, 1.1)
"""Sizes of the aligned face, in its usual one, at which a lone view is encoded: their mean errs less than one."""

HARD_EVERY, CALM_EVERY = 2.0, 0.5
"""Seconds from one hard look to the next within a shot, and from one glance to the next once all its tracks are full."""

SMALLEST_GLANCED_AT = 14.0
"""Side of a face in pixels of a glance's picture below which it takes a hard look to see it."""

AT_ONCE = 2
"""Views of a track that are encoded before it is asked whether they settle the matter."""

UNKNOWN = CohortNorm(mean=0.1, spread=0.05)
"""For an encoder without figures of its own: about those of ArcFace, in whose ways most are trained."""


def prominence(boxes: Floats, width: int, height: int) -> NDArray[np.float64]:
    """How much each face (n, 4) is what the picture is of, (n,): its area, times a bell over its distance from the centre."""
    sides, centres = boxes[:, 2:] - boxes[:, :2], (boxes[:, :2] + boxes[:, 2:]) / 2
    middle = np.array([width, height]) / 2
    distance = np.linalg.norm(centres - middle, axis=1) / np.linalg.norm(middle)
    return np.asarray(np.prod(sides, axis=1) * np.exp(-SPREAD * distance**2), np.float64)


class FaceRecogniser:
    """landmarker: gives a face's points a second look; None: those of the detector have to do, so it always looks hard."""

    modality = Modality.FACE
    takes = SampleKind.PICTURE

    def __init__(
        self, detector: Detector, landmarker: Landmarker | None, encoder: Encoder, pack: str, calibration: Calibration
    ) -> None:
        self.encoder, self.pack, self.margin = encoder.id, pack, calibration.margin
        self.per_reference = calibration.per_reference
        self.detector = detector
        self.glance = detector.side // 2 if landmarker else detector.side
        self._landmarker, self._encoder, self.calibration = landmarker, encoder, calibration
        self.one_face, self.two_faces = same_face(calibration.cohort or UNKNOWN), two_faces(calibration.cohort or UNKNOWN)
        self._galleries: dict[str, FaceGallery] = {}
        self._followed: Gallery | None = None

    @property
    def cohort(self) -> CohortNorm | None:
        """How alike strangers are to this encoder, as calibrated; None where nobody measured it."""
        return self.calibration.cohort

    def recalibrated(self, calibration: Calibration) -> "FaceRecogniser":
        """The same models, judged by other figures."""
        return FaceRecogniser(self.detector, self._landmarker, self._encoder, self.pack, calibration)

    def enrol(self, sample: Sample, *, prominent: bool = False) -> Mapping[str, NDArray[Any]]:
        """``vector`` (d,) and ``quality`` of the one face in the picture; with prominent, of the most prominent of several."""
        picture = picture_in(sample)
        found = self.detector.detect(picture, self.detector.side)
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
        crop, roughly = cut_out(picture, found.boxes[best], found.landmarks[best])
        landmarks = self._refined(crop, roughly, thorough=True)
        chips = self._chips(crop, landmarks, SIZES)
        vectors = self._encoder.encode(chips)
        return {"vector": pool(vectors, np.ones(len(vectors))), QUALITY: measure(side, landmarks, chips[0])}

    def watch(self, gallery: Gallery) -> Watcher:
        """A watcher for one video. What was made of a gallery is kept for the next video with the same one."""
        if self._followed is not gallery:
            self._follow(gallery)
            self._followed = gallery
        return FaceWatcher(self, list(self._galleries.values()))

    def _follow(self, gallery: Gallery) -> None:
        parts = gallery.by_party
        self._galleries = {party: self._galleries.get(party) or FaceGallery(self.encoder, self.calibration) for party in parts}
        for party, part in parts.items():
            self._galleries[party].follow(part)

    def expected_false_matches(self, score: float, gallery_subjects: int) -> float:
        """Per 1,000 videos that show nobody enrolled; see Calibration."""
        return self.calibration.expected_false_matches(score, gallery_subjects)

    def threshold(self, gallery_subjects: int) -> float:
        """The lowest score that counts, among so many subjects; see Calibration."""
        return self.calibration.threshold(gallery_subjects)

    def describe(self, views: Sequence[View], *, among: int, thorough: bool = False) -> Floats:
        """What each of these views of one track says, (n, d). among: how many the track has.

        Few views are looked at longer, and one that is all there is, as in a photo, as thoroughly as a reference.
        """
        sizes = SIZES if thorough else SIZES[: 3 if among <= 3 else 1]
        chips = [self._chips(v.crop, self._refined(v.crop, v.landmarks, thorough=thorough), sizes) for v in views]
        vectors = self._encoder.encode(np.concatenate(chips)).reshape(len(views), len(sizes), -1)
        return np.stack([pool(own, np.ones(len(sizes))) for own in vectors])

    def is_settled(self, candidates: Sequence[Candidate], gallery: FaceGallery) -> bool:
        """Whether more views of the same face could hardly turn a match into none, or the reverse."""
        compared = comparisons(gallery.references, self.per_reference)
        return self.calibration.settles(candidates[0].score if candidates else 0.0, compared)

    def _refined(self, crop: Image, landmarks: Points, *, thorough: bool) -> Points:
        if self._landmarker is None:
            return landmarks
        return refined(self._landmarker, crop, landmarks, THOROUGH if thorough else QUICK)

    def _chips(self, crop: Image, landmarks: Points, sizes: Sequence[float]) -> NDArray[np.uint8]:
        middle = self._encoder.size / 2
        places = [(self._encoder.places - middle) * size + middle for size in sizes]
        return np.stack([chip(crop, landmarks, own, self._encoder.size) for own in places])


class FaceWatcher:
    """Looks once for all parties; what it sees is described and decided for each party apart.

    Embeddings live in here only, and go with it.
    """

    def __init__(self, recogniser: FaceRecogniser, galleries: Sequence[FaceGallery]) -> None:
        self._recogniser = recogniser
        known = [gallery for gallery in galleries if len(gallery)]
        self._ended: list[tuple[FaceGallery | None, list[tuple[Track, Floats | None]]]]
        self._ended = [(gallery, []) for gallery in known] or [(None, [])]
        self._tracker = Tracker()
        self._looked_hard = self._looked = -HARD_EVERY
        self._shot, self._frames = -1, 0

    def see(self, frame: Frame) -> None:
        """Look at a frame where one is due, and keep the views that tell most."""
        self._frames += 1
        self._end(self._tracker.advance(frame.t, frame.shot))
        side = self._side(frame)
        if not side:
            return
        self._looked, sightings = frame.t, self._look(frame, side)
        for track, sighting in self._tracker.add(sightings):
            if track.wants(sighting):
                track.keep(_view(frame, sighting))

    def conclude(self) -> list[Finding]:
        """Everybody who was seen, for each party's gallery apart."""
        self._end(self._tracker.open)
        self._tracker.open = []
        return [finding for gallery, ended in self._ended for finding in self._found(gallery, ended)]

    def _found(self, gallery: FaceGallery | None, ended: Sequence[tuple[Track, Floats | None]]) -> Iterator[Finding]:
        joined = join(ended, self._recogniser.one_face)
        vectors = [vector for _, vector in joined if vector is not None]
        found = iter(gallery.nearest(np.stack(vectors)) if gallery is not None and vectors else [])
        for track, vector in joined:
            yield Finding(_appearance(track), next(found) if vector is not None else ())

    def _look(self, frame: Frame, side: int) -> list[FaceInFrame]:
        """All faces of a frame that are large enough to tell."""
        detector, width = self._recogniser.detector, frame.size[0]
        picture = frame.within(side)
        found = detector.detect(picture, side)
        ratio = np.float32(width / picture.shape[1])
        sides = (found.boxes[:, 2:] - found.boxes[:, :2]).max(axis=1, initial=0) * ratio
        return [
            FaceInFrame(
                frame.t,
                frame.shot,
                found.boxes[i] * ratio,
                float(found.scores[i]),
                found.landmarks[i] * ratio,
                weight(float(found.scores[i]), found.landmarks[i], float(sides[i])),
            )
            for i in np.flatnonzero(sides >= SMALLEST_FACE)
        ]

    def _side(self, frame: Frame) -> int:
        """Pixels to look at, 0 for not at all.

        Hard at a cut, once in a while for who comes in, and where a known face is too small for less; a glance where tracks
        go on, and fewer of them once every track has the views that it needs.
        """
        whole, glance, tracks = self._recogniser.detector.side, self._recogniser.glance, self._tracker.open
        if frame.shot != self._shot or frame.t - self._looked_hard >= HARD_EVERY - 1e-6:
            self._looked_hard, self._shot = frame.t, frame.shot
            return whole
        if all(track.is_full for track in tracks) and frame.t - self._looked < CALM_EVERY - 1e-6:
            return 0
        small = any(track.last.side * glance / max(frame.size) < SMALLEST_GLANCED_AT for track in tracks)
        return whole if small else glance

    def _end(self, tracks: Sequence[Track]) -> None:
        """Encode the best views of tracks and let their pictures go. Where nobody is looked for there is nothing to encode."""
        for track in tracks:
            described = Described(self._recogniser, track, thorough=self._frames == 1)
            for gallery, ended in self._ended:
                ended += [(track, None)] if gallery is None else described.for_gallery(gallery)
            track.views = []


class Described:
    """What the views of one track say. Each is encoded once, and only when a gallery asks for it.

    All count alike: weights by quality chose the views, and changed no miss on any data (benchmarks faces_crossed).
    """

    def __init__(self, recogniser: FaceRecogniser, track: Track, *, thorough: bool) -> None:
        self._recogniser, self._track, self._thorough = recogniser, track, thorough
        self._views = track.apart_first()
        self._vectors = np.zeros((0, 0), np.float32)

    def for_gallery(self, gallery: FaceGallery) -> list[tuple[Track, Floats]]:
        """By the best of its views where they settle the matter, either way, and by more of them where they do not.

        Views that do not agree with each other are all encoded, and give a track for each face.
        """
        for first in range(0, len(self._views), AT_ONCE):
            vectors = self._first(first + AT_ONCE)
            pooled = pool(vectors, np.ones(len(vectors)))
            agree = float((vectors @ vectors.T).min()) >= self._recogniser.two_faces
            if agree and self._recogniser.is_settled(gallery.nearest(pooled[None])[0], gallery):
                return [(self._track, pooled)]
        vectors = self._first(len(self._views))
        parts = divided(self._track, self._views, vectors, self._recogniser.two_faces)
        return [(part, pool(vectors[rows], np.ones(len(rows)))) for part, rows in parts if part.seen]

    def _first(self, wanted: int) -> Floats:
        """Vectors (n, d) of the first views, as many as wanted or there are."""
        known, wanted = len(self._vectors), min(wanted, len(self._views))
        if known < wanted:
            new = self._recogniser.describe(self._views[known:wanted], among=len(self._views), thorough=self._thorough)
            self._vectors = np.concatenate([self._vectors, new]) if known else new
        return self._vectors[:wanted]


def _view(frame: Frame, sighting: FaceInFrame) -> View:
    ratio = np.float32(frame.image.shape[1] / frame.size[0])
    crop, landmarks = cut_out(frame.image, sighting.box * ratio, sighting.landmarks * ratio)
    edge = crop.shape[0] // 4
    worth = weight(sighting.score, sighting.landmarks, sighting.side, sharpness(crop[edge:-edge, edge:-edge]))
    return View(sighting.t, sighting.box, crop, landmarks, worth)


def _appearance(track: Track) -> Appearance:
    observations = tuple(Observation(s.t, Box(*map(float, s.box))) for s in track.seen)
    best = max(range(len(observations)), key=lambda i: track.seen[i].worth)
    return Appearance(Modality.FACE, observations[0].t, observations[-1].t, observations[best], observations)

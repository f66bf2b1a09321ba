"""Drawn characters, marks and artwork, by local features and geometric verification; no model is needed.

What it finds: the reference's own drawing, or a copy of it, scaled, turned, moderately slanted, cropped, partly covered,
mirrored, recoloured or recompressed. What it cannot find: a character that is drawn anew in another pose, or a mark of few
plain strokes; these have no features in common with the reference; characters can be found by an image encoder (matcher/figure).
One frame shows each subject at most once: of two copies, the clearer one is reported.

A score is n / (n + 8), where n counts the places that agree with one movement of the reference (matcher/artwork_geometry.py).

How the calibration was measured: 83 references of 14 subjects (the reference boxes of nine brands of FlickrLogos-27, and five
drawn characters, six references each) against pictures that do not show the subject: photos of other brands and of none, the
characters' pictures against the brands, and 1,590 photos of LFW; no picture of one character was counted against another, for
they stand side by side. Of 24,272 such pairs 203 reached n = 4, 28 reached 5, 2 reached 6 and none 7. The curve starts from the
28 and lets every further place be five times rarer, where the data say seven to fourteen times: lettering in one typeface,
of which the photos have little, agrees more often. A video is counted as ten looks that differ enough to count anew.
On the same data, with this gallery's threshold (n = 9), 45% of the brands' photos and 22% of the characters' pictures are
found: the characters stand in other poses there, and half of the brands are marks of few plain strokes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.artwork_features import Features, extract
from matcher.artwork_gallery import ArtworkTable, Sight
from matcher.artwork_tracks import Hit, findings
from matcher.calibration import Calibration
from matcher.errors import ReferenceRefused
from matcher.sample import Sample, picture_in
from matcher.types import Box, Finding, Frame, Gallery, Watcher
from registry.kinds import SampleKind
from registry.types import Image, Modality, SubjectKind

KINDS = (SubjectKind.CHARACTER, SubjectKind.MARK)

LONGEST_REFERENCE, SHORTEST_REFERENCE = 384, 300
LONGEST_FRAME = 512
MOST_IN_REFERENCE, MOST_IN_FRAME = 300, 500
FEWEST_IN_REFERENCE = 20
SMALLEST_REFERENCE = 24

PERIOD, CLOSER_PERIOD = 1.0, 0.5
"""Seconds from one look to the next within a shot: without, and with artwork in sight."""

SHORTEST_PERIOD = 0.2
"""A new shot is looked at no sooner than this after the last look: a video of nothing but cuts must not cost more."""

UNCHANGED = 1.5
"""Mean difference of thumbnails (0 to 255) up to which a frame is taken for the one looked at before."""

HALF = 8.0


def score_of(inliers: int) -> float:
    """From 0 to 1, by how many points of a picture were found again where they belong."""
    return inliers / (inliers + HALF)


LOOKS = 10
"""Looks at one video that differ enough for chance to strike anew."""

CALIBRATION = Calibration(
    measured_on="24,272 pairs of artwork and pictures without it; see matcher/artwork.py",
    scores=tuple(score_of(n) for n in range(5, 16)),
    rates=tuple(LOOKS * 28 / 24272 * 0.2 ** (n - 5) for n in range(5, 16)),
    allowed=0.5,
)


class ArtworkRecogniser:
    """Finds the artwork of characters and marks. See the module for what it can and cannot find."""

    modality = Modality.ARTWORK
    takes = SampleKind.PICTURE
    encoder = "sift-1"
    pack = "built-in"
    margin, per_reference = CALIBRATION.margin, CALIBRATION.per_reference

    def __init__(self) -> None:
        self._last: tuple[Gallery, list[ArtworkTable]] | None = None

    def enrol(self, sample: Sample, *, prominent: bool = False) -> Mapping[str, NDArray[Any]]:  # noqa: ARG002
        """``points`` (n, 4) float32, ``descriptors`` (n, 128) uint8 and ``size`` (2,) of a picture that shows the artwork alone.

        Raises ReferenceRefused for a picture with too little to hold on to.
        """
        picture = picture_in(sample)
        if picture.ndim != 3 or min(picture.shape[:2]) < SMALLEST_REFERENCE:
            raise ReferenceRefused(
                "The picture is too small to recognise artwork by.", "Use one of 200 pixels or more on its shorter side."
            )
        features, _ = extract(picture, most=MOST_IN_REFERENCE, longest=LONGEST_REFERENCE, shortest=SHORTEST_REFERENCE)
        if len(features.points) < FEWEST_IN_REFERENCE:
            raise ReferenceRefused(
                f"The picture has {len(features.points)} distinct details; artwork needs {FEWEST_IN_REFERENCE} or more.",
                "Use a larger, sharper picture cropped to the artwork, or a version with more detail (lettering, shading).",
            )
        return {
            "points": features.points,
            "descriptors": features.descriptors,
            "size": np.array(features.size, np.int32),
        }

    def watch(self, gallery: Gallery) -> Watcher:
        """The tables of a gallery, one for each party, are built once and kept while the same gallery is asked for."""
        if self._last is None or self._last[0] is not gallery:
            wanted = (part.of_kinds(self.encoder, KINDS) for part in gallery.by_party.values())
            self._last = gallery, [ArtworkTable(templates) for templates in wanted if templates]
        return ArtworkWatcher(self._last[1])

    def expected_false_matches(self, score: float, gallery_subjects: int) -> float:
        """Per 1,000 videos that show nobody enrolled; see Calibration."""
        return CALIBRATION.expected_false_matches(score, gallery_subjects)

    def threshold(self, gallery_subjects: int) -> float:
        """The lowest score that counts, among so many subjects; see Calibration."""
        return CALIBRATION.threshold(gallery_subjects)


@dataclass(frozen=True)
class _Look:
    t: float
    shot: int
    thumbnail: NDArray[np.int16]
    hits: tuple[Hit, ...]


Details = tuple[Features, float]
"""A frame's features, and how many pixels of the frame as it is looked at one of theirs stands for."""


def _details(frame: Frame) -> Details:
    return extract(frame.image, most=MOST_IN_FRAME, longest=LONGEST_FRAME)


class _Watch:
    """What one party's table has seen."""

    def __init__(self, table: ArtworkTable) -> None:
        self._table = table
        self._last: _Look | None = None
        self.hits: list[Hit] = []

    def is_due(self, frame: Frame) -> bool:
        if self._last is None:
            return True
        waited = frame.t - self._last.t
        if frame.shot != self._last.shot:
            return waited >= SHORTEST_PERIOD
        return waited >= (CLOSER_PERIOD if self._last.hits else PERIOD)

    def see(self, frame: Frame, thumbnail: NDArray[np.int16], details: Callable[[], Details]) -> None:
        last = self._last
        if last is not None and last.shot == frame.shot and _alike(thumbnail, last.thumbnail):
            hits = tuple(hit.again(frame.t) for hit in last.hits)
        else:
            hits = self._look(frame, *details())
        self._last = _Look(frame.t, frame.shot, thumbnail, hits)
        self.hits.extend(hits)

    def _look(self, frame: Frame, features: Features, enlarge: float) -> tuple[Hit, ...]:
        height, width = frame.image.shape[:2]
        full = (width * frame.scale, height * frame.scale)
        return tuple(_hit(sight, frame, enlarge * frame.scale, full) for sight in self._table.find(features))


class ArtworkWatcher:
    """Looks for each party at about one frame a second, and at the first of every shot; at twice as many while its artwork is in
    sight. What others have changes nothing."""

    def __init__(self, tables: Sequence[ArtworkTable]) -> None:
        self._watches = [_Watch(table) for table in tables]

    def see(self, frame: Frame) -> None:
        """Look at a frame where a party's gallery is due for a look; what it needs is worked out once for all."""
        due = [watch for watch in self._watches if watch.is_due(frame)]
        if not due:
            return
        thumbnail, details = _thumbnail(frame.image), cache(partial(_details, frame))
        for watch in due:
            watch.see(frame, thumbnail, details)

    def conclude(self) -> list[Finding]:
        """What was found, party by party."""
        return [finding for watch in self._watches for finding in findings(watch.hits)]


def _hit(sight: Sight, frame: Frame, enlarge: float, full: tuple[float, float]) -> Hit:
    """enlarge: full-size pixels for each pixel that was looked at; full: width and height of the full-size frame."""
    entry, placement = sight.entry, sight.placement
    corners = np.clip(placement.outline(entry.features.size) * enlarge, 0.0, full)
    (x1, y1), (x2, y2) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    agree = f"{placement.inliers} of the reference's {len(entry.features.points)} details agree in place, size and direction."
    return Hit(
        t=frame.t,
        shot=frame.shot,
        box=Box(x1, y1, x2, y2),
        subject_id=entry.subject_id,
        reference_id=entry.reference_id,
        score=score_of(placement.inliers),
        evidence=(agree, "It is shown mirrored.") if entry.is_mirrored else (agree,),
    )


def _alike(one: NDArray[np.int16], other: NDArray[np.int16]) -> bool:
    """Whether nothing moved between two thumbnails. Pages of one file, and a stream that changes its size, differ in shape."""
    return one.shape == other.shape and float(np.abs(one - other).mean()) <= UNCHANGED


def _thumbnail(image: Image) -> NDArray[np.int16]:
    """A thin sample of the picture, at most 32 x 32: enough to tell whether anything moved."""
    height, width = image.shape[:2]
    return image[:: max(1, height // 32), :: max(1, width // 32), 1].astype(np.int16)

"""Drawn characters by an image encoder, when a pack with one is in use; it also finds what was drawn anew."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.artwork_tracks import Hit, findings
from matcher.calibration import UNMEASURED_FIGURE, Calibration
from matcher.errors import ReferenceRefused
from matcher.figure.encode import FigureEncoder, Parts
from matcher.figure.head import Background
from matcher.figure.table import FigureTable, within
from matcher.sample import Sample, picture_in
from matcher.types import Box, Finding, Frame, Gallery, Watcher
from registry.kinds import SampleKind
from registry.types import Modality, SubjectKind

KINDS = (SubjectKind.CHARACTER,)
"""Marks are found by their details alone (matcher.artwork): by shapes and colours as a whole a photo resembles many of them."""

PERIOD = 4.0
"""Seconds from one look to the next within a shot: a look costs several runs of the model."""

SHORTEST_PERIOD = 0.5
"""Seconds between the looks at two shots, at least: a video of nothing but cuts must not cost more."""

GAP = PERIOD + 0.6
"""Seconds between two looks that found the same, within which it is said to have been there."""

SMALLEST_REFERENCE = 48
MOST_CANDIDATES = 3

RESEMBLES = (
    "The drawing resembles the reference by its shapes and colours as a whole. Whether it is the same character, or another one "
    "in the same style, no score tells."
)
UNKNOWN_STYLE = (
    "How often other characters of the same style match is not known for this pack: it counts as the most that a match may have, "
    "so that it is possible at most."
)
UNCALIBRATED = (
    "The pack came without a calibration: the score is the share of what the reference itself scores, and how often other "
    "pictures reach it was guessed, not measured."
)
EVIDENCE: Mapping[bool, tuple[str, ...]] = {False: (RESEMBLES, UNKNOWN_STYLE), True: (RESEMBLES, UNKNOWN_STYLE, UNCALIBRATED)}
"""What a match says, by whether its pack came without a calibration."""


class FigureRecogniser:
    """Compares parts of frames with the references by a head that is fitted on the references' parts; see matcher.figure.head.

    background: the pack's figures of pictures at large. calibration: the pack's, of the head's scores; it decides how like is
    like enough. Without one, scores are shares of what the references themselves score, and UNMEASURED_FIGURE decides.
    """

    modality = Modality.ARTWORK
    takes = SampleKind.PICTURE

    def __init__(self, encoder: FigureEncoder, background: Background, pack: str, calibration: Calibration | None) -> None:
        self.encoder, self.pack = encoder.id, pack
        self._shares, calibration = calibration is None, calibration or UNMEASURED_FIGURE
        self.margin, self.per_reference = calibration.margin, calibration.per_reference
        self._encoder, self._background, self._calibration = encoder, background, calibration
        self._last: tuple[Gallery, list[FigureTable]] | None = None

    def enrol(self, sample: Sample, *, prominent: bool = False) -> Mapping[str, NDArray[Any]]:  # noqa: ARG002
        """``parts`` (n, d) of half precision, of a picture that the subject fills. Raises ReferenceRefused for one too small or
        flat."""
        picture = picture_in(sample)
        if picture.ndim != 3 or min(picture.shape[:2]) < SMALLEST_REFERENCE or float(picture.std()) < 2.0:
            raise ReferenceRefused(
                "The picture is too small or too even to show a figure.",
                "Use one of 200 pixels or more on its shorter side that the figure fills.",
            )
        vectors = self._encoder.parts(picture).vectors
        if not len(vectors):
            raise ReferenceRefused("The model says nothing about the picture.", "Use another picture of the figure.")
        return {"parts": vectors.astype(np.float16)}

    def watch(self, gallery: Gallery) -> Watcher:
        """A watcher for one video. What was made of a gallery is kept for the next video with the same one."""
        if self._last is None or self._last[0] is not gallery:
            wanted = (part.of_kinds(self.encoder, KINDS) for part in gallery.by_party.values())
            tables = [FigureTable(own, self._background, shares=self._shares) for own in wanted if own]
            self._last = gallery, tables
        return FigureWatcher(self._last[1], self._encoder, self._calibration, EVIDENCE[self._shares])

    def for_measuring(self) -> "FigureRecogniser":
        """The same on the scale of the head's scores, that of a pack's calibration, with none too low to be told."""
        whole = UNMEASURED_FIGURE.model_copy(update={"scores": (0.0, *UNMEASURED_FIGURE.scores[1:])})
        return FigureRecogniser(self._encoder, self._background, self.pack, whole)

    def expected_false_matches(self, score: float, gallery_subjects: int) -> float:
        """In 1,000 videos that show nobody enrolled; see Calibration."""
        return self._calibration.expected_false_matches(score, gallery_subjects)

    def threshold(self, gallery_subjects: int) -> float:
        """The lowest score that counts among so many subjects; see Calibration."""
        return self._calibration.threshold(gallery_subjects)


class FigureWatcher:
    """Looks where a shot begins, and every PERIOD within it. tables: each party's. evidence: what every match says."""

    def __init__(
        self, tables: Sequence[FigureTable], encoder: FigureEncoder, calibration: Calibration, evidence: tuple[str, ...]
    ) -> None:
        self._tables, self._encoder, self._evidence = tables, encoder, evidence
        self._floor, self._allowed = calibration.scores[0], calibration.allowed
        self._last: tuple[float, int] | None = None
        self._hits: list[list[Hit]] = [[] for _ in tables]

    def see(self, frame: Frame) -> None:
        """Compare the parts of a frame, where one is due, with every party's pictures."""
        if not self._tables or min(frame.image.shape[:2]) < SMALLEST_REFERENCE or not self._is_due(frame):
            return
        self._last = frame.t, frame.shot
        seen = self._encoder.parts(frame.image)
        if not seen.corners:
            return
        for table, hits in zip(self._tables, self._hits, strict=True):
            hits += self._best(frame, table, seen)

    def conclude(self) -> list[Finding]:
        """What was found, party by party."""
        return [finding for own in self._hits for finding in findings(own, GAP, self._allowed)]

    def _best(self, frame: Frame, table: FigureTable, seen: Parts) -> list[Hit]:
        """The few subjects of a table that a frame is most like."""
        scores, places = table.scores(seen)
        first = np.argsort(-scores, kind="stable")[:MOST_CANDIDATES]
        made = []
        for subject in first[scores[first] >= self._floor].tolist():
            place = int(places[subject])
            reference = table.reference(subject, seen.vectors[place])
            box = Box(*within(seen.corners[place], frame.scale))
            names = table.subjects[subject], reference
            made.append(Hit(frame.t, frame.shot, box, *names, float(scores[subject]), self._evidence))
        return made

    def _is_due(self, frame: Frame) -> bool:
        if self._last is None:
            return True
        t, shot = self._last
        return frame.t - t >= (PERIOD if frame.shot == shot else SHORTEST_PERIOD)

"""Characters and marks by an image encoder, when a pack with one is chosen; it also finds what was drawn anew."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from matcher.artwork_tracks import Hit, findings
from matcher.calibration import Calibration
from matcher.errors import ReferenceRefused
from matcher.index.base import Rows, Vectors
from matcher.index.faiss import FaissIndex
from matcher.sample import Sample, picture_in
from matcher.types import Box, Finding, Frame, Gallery, Watcher
from registry.kinds import SampleKind
from registry.types import Image, Modality, SubjectKind, Template

KINDS = (SubjectKind.CHARACTER, SubjectKind.MARK)

PERIOD = 2.0
"""Seconds from one look to the next within a shot: every look costs four runs of the model."""

SHORTEST_PERIOD = 0.5
SMALLEST_REFERENCE = 48
NEAREST = 24
MOST_CANDIDATES = 3

Corners = tuple[int, int, int, int]
"""Of a part of a frame, in pixels: left, top, right, bottom."""

Encode = Callable[[list[Image]], NDArray[np.float32]]
"""Pictures, all square and of the model's size, to vectors (n, d) of unit length."""


class FigureRecogniser:
    """Compares whole frames and squares of them with the references, by cosine.

    side: pixels of the model's square input. calibration: the pack's; it decides how like is like enough.
    """

    modality = Modality.ARTWORK
    takes = SampleKind.PICTURE

    def __init__(self, encode: Encode, encoder: str, pack: str, calibration: Calibration, *, side: int = 224) -> None:
        self.encoder, self.pack = encoder, pack
        self.margin, self.per_reference = calibration.margin, calibration.per_reference
        self._encode, self._side, self._calibration = encode, side, calibration
        self._last: tuple[Gallery, list[FigureTable]] | None = None

    def enrol(self, sample: Sample, *, prominent: bool = False) -> Mapping[str, NDArray[Any]]:  # noqa: ARG002
        """``vector`` (d,) of a picture that the subject fills. Raises ReferenceRefused for one too small or flat."""
        picture = picture_in(sample)
        if picture.ndim != 3 or min(picture.shape[:2]) < SMALLEST_REFERENCE or float(picture.std()) < 2.0:
            raise ReferenceRefused(
                "The picture is too small or too even to show a figure.",
                "Use one of 200 pixels or more on its shorter side that the figure fills.",
            )
        vectors = self._encode([_square(picture, self._side)])
        if not _tells(vectors)[0]:
            raise ReferenceRefused("The model says nothing about the picture.", "Use another picture of the figure.")
        return {"vector": vectors[0]}

    def watch(self, gallery: Gallery) -> Watcher:
        """A watcher for one video. What was made of a gallery is kept for the next video with the same one."""
        if self._last is None or self._last[0] is not gallery:
            wanted = (part.of_kinds(self.encoder, KINDS) for part in gallery.by_party.values())
            self._last = gallery, [FigureTable(templates) for templates in wanted if templates]
        return FigureWatcher(self._last[1], self._encode, self._side, self._calibration.scores[0])

    def expected_false_matches(self, score: float, gallery_subjects: int) -> float:
        return self._calibration.expected_false_matches(score, gallery_subjects)

    def threshold(self, gallery_subjects: int) -> float:
        return self._calibration.threshold(gallery_subjects)


class FigureTable:
    """The references' vectors, at least one."""

    def __init__(self, templates: list[Template]) -> None:
        self._templates = templates
        self._index = FaissIndex([t.reference_id for t in templates], np.stack([t.arrays["vector"] for t in templates]))

    def nearest(self, vectors: Vectors) -> tuple[Vectors, Rows]:
        """Cosines and rows (n, NEAREST) of the templates most like each of vectors (n, d)."""
        return self._index.search(vectors, NEAREST)

    def subject_and_reference(self, row: int) -> tuple[str, str]:
        """The ids that a row of nearest stands for."""
        return self._templates[row].subject_id, self._templates[row].reference_id


class FigureWatcher:
    """tables: each party's. floor: cosine under which nothing is worth remembering."""

    def __init__(self, tables: Sequence[FigureTable], encode: Encode, side: int, floor: float) -> None:
        self._tables, self._encode, self._side, self._floor = tables, encode, side, floor
        self._last: tuple[float, int] | None = None
        self._hits: list[list[Hit]] = [[] for _ in tables]

    def see(self, frame: Frame) -> None:
        """Compare the regions of a frame, where one is due, with every party's pictures."""
        if not self._tables or min(frame.image.shape[:2]) < SMALLEST_REFERENCE or not self._is_due(frame):
            return
        self._last = frame.t, frame.shot
        boxes = regions(frame.image.shape[1], frame.image.shape[0])
        pictures = [_square(frame.image[y1:y2, x1:x2], self._side) for x1, y1, x2, y2 in boxes]
        vectors = self._encode(pictures)
        told = _tells(vectors)  # an even patch may give no direction at all
        boxes, vectors = [box for box, tells in zip(boxes, told, strict=True) if tells], vectors[told]
        if not boxes:
            return
        for table, hits in zip(self._tables, self._hits, strict=True):
            hits += self._best(frame, table, boxes, vectors)

    def conclude(self) -> list[Finding]:
        """What was found, party by party."""
        return [finding for own in self._hits for finding in findings(own)]

    def _best(self, frame: Frame, table: FigureTable, boxes: Sequence[Corners], vectors: Vectors) -> list[Hit]:
        """The few subjects of a table that regions of a frame are most like."""
        scores, rows = table.nearest(vectors)
        best: dict[str, Hit] = {}
        for region, column in zip(*np.nonzero(scores >= self._floor), strict=True):
            names = table.subject_and_reference(int(rows[region, column]))
            hit = _hit(frame, boxes[region], float(scores[region, column]), names)
            if hit.subject_id not in best or hit.score > best[hit.subject_id].score:
                best[hit.subject_id] = hit
        return sorted(best.values(), key=lambda hit: -hit.score)[:MOST_CANDIDATES]

    def _is_due(self, frame: Frame) -> bool:
        if self._last is None:
            return True
        t, shot = self._last
        return frame.t - t >= (PERIOD if frame.shot == shot else SHORTEST_PERIOD)


def _hit(frame: Frame, box: Corners, score: float, names: tuple[str, str]) -> Hit:
    """names: the ids of subject and reference."""
    x1, y1, x2, y2 = (side * frame.scale for side in box)
    why = f"The picture as a whole is like the reference (cosine {score:.3f})."
    return Hit(frame.t, frame.shot, Box(x1, y1, x2, y2), *names, min(1.0, max(0.0, score)), (why,))


def regions(width: int, height: int) -> list[Corners]:
    """Corners of the whole and of three squares along the longer side, of the length of the shorter one."""
    side, free = min(width, height), abs(width - height)
    starts = sorted({0, free // 2, free})
    if width >= height:
        squares = [(start, 0, start + side, side) for start in starts]
    else:
        squares = [(0, start, side, start + side) for start in starts]
    return [(0, 0, width, height), *squares]


def _square(picture: Image, side: int) -> Image:
    how = cv2.INTER_AREA if min(picture.shape[:2]) > side else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (side, side), interpolation=how), np.uint8)


def _tells(vectors: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which of the vectors (n, d) are of unit length; one that is zero or not finite is no answer."""
    return np.asarray(np.abs(np.linalg.norm(vectors, axis=1) - 1.0) < 1e-3)

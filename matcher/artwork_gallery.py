"""All the artwork of a gallery in one table, searched at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matcher.artwork_features import DESCRIPTOR, Features, mirrored, root
from matcher.artwork_geometry import Placement, place
from matcher.correspondences import PointTable
from matcher.index.base import Rows
from registry.types import Template

ALIKE = 0.85  # cosine in RootSIFT form above which two features may be the same
_NEIGHBOURS = 16

FEWEST_INLIERS = 5
"""Places that have to agree for a reference to be seen: fewer agree by chance."""


@dataclass(frozen=True)
class ArtworkEntry:
    """One reference, as it is or mirrored."""

    subject_id: str
    reference_id: str
    is_mirrored: bool
    features: Features


@dataclass(frozen=True)
class Sight:
    """A reference found in a frame."""

    entry: ArtworkEntry
    placement: Placement


def features_of(template: Template) -> Features:
    """A template's points (n, 2) in pixels, their descriptors (n, bytes), and the picture's width and height."""
    arrays = template.arrays
    width, height = (int(side) for side in arrays["size"])
    return Features(arrays["points"].astype(np.float32), arrays["descriptors"].astype(np.uint8), (width, height))


class ArtworkTable:
    """Every reference stands in it twice, the second time mirrored: to mirror a clip is the commonest disguise."""

    def __init__(self, templates: Sequence[Template]) -> None:
        # What searches is loaded where there is something to search: whoever enrols needs none of it.
        from matcher.index.faiss import FaissCellIndex

        self.entries: list[ArtworkEntry] = []
        for template in templates:
            features = features_of(template)
            self.entries.append(ArtworkEntry(template.subject_id, template.reference_id, False, features))
            self.entries.append(ArtworkEntry(template.subject_id, template.reference_id, True, mirrored(features)))
        self._points = PointTable.of([(entry.features.points, entry.features.size) for entry in self.entries])
        descriptors = [entry.features.descriptors for entry in self.entries] or [np.zeros((0, DESCRIPTOR), np.uint8)]
        self._index = FaissCellIndex([str(entry) for entry in self._points.picture], root(np.concatenate(descriptors)))

    def find(self, frame: Features) -> list[Sight]:
        """Every subject whose artwork lies in the frame, each once, by its best reference."""
        if len(frame.points) < FEWEST_INLIERS or not len(self._points.points):
            return []
        best: dict[str, Sight] = {}
        for number, in_frame, in_reference in self._points.agreeing(*self._alike(frame), frame.points, FEWEST_INLIERS):
            entry = self.entries[number]
            placement = place(entry.features.points[in_reference], frame.points[in_frame], entry.features.size)
            if placement is None or placement.inliers < FEWEST_INLIERS:
                continue
            rival = best.get(entry.subject_id)
            if rival is None or placement.inliers > rival.placement.inliers:
                best[entry.subject_id] = Sight(entry, placement)
        return list(best.values())

    def _alike(self, frame: Features) -> tuple[Rows, Rows]:
        """Rows of the table and features of the frame that may be the same, the likest first."""
        scores, rows = self._index.search(root(frame.descriptors), _NEIGHBOURS)
        in_frame, column = np.nonzero(scores > ALIKE)
        order = np.argsort(-scores[in_frame, column], kind="stable")
        in_frame, column = in_frame[order], column[order]
        return rows[in_frame, column], in_frame

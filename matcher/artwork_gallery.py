"""All the artwork of a gallery in one table, searched at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.artwork_features import DESCRIPTOR, Features, mirrored, root
from matcher.artwork_geometry import FEWEST, Placement, place
from matcher.index.base import Rows
from registry.types import Template

ALIKE = 0.85  # cosine in RootSIFT form above which two features may be the same
_NEIGHBOURS = 16


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
        counts = [len(entry.features.points) for entry in self.entries]
        self._entry_of_row = np.repeat(np.arange(len(self.entries)), counts)
        self._first_row = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        descriptors = [entry.features.descriptors for entry in self.entries] or [np.zeros((0, DESCRIPTOR), np.uint8)]
        self._index = FaissCellIndex([str(entry) for entry in self._entry_of_row], root(np.concatenate(descriptors)))

    def find(self, frame: Features) -> list[Sight]:
        """Every subject whose artwork lies in the frame, each once, by its best reference."""
        if len(frame.points) < FEWEST or not len(self._entry_of_row):
            return []
        best: dict[str, Sight] = {}
        for number, in_frame, in_reference in self._correspondences(frame):
            entry = self.entries[number]
            placement = place(entry.features.points[in_reference], frame.points[in_frame], entry.features.size)
            if placement is None:
                continue
            rival = best.get(entry.subject_id)
            if rival is None or placement.inliers > rival.placement.inliers:
                best[entry.subject_id] = Sight(entry, placement)
        return list(best.values())

    def _correspondences(self, frame: Features) -> Iterator[tuple[int, Rows, Rows]]:
        """For each entry with enough of them: its number, features of the frame, and features of the entry like them."""
        scores, rows = self._index.search(root(frame.descriptors), _NEIGHBOURS)
        in_frame, column = np.nonzero(scores > ALIKE)
        order = np.argsort(-scores[in_frame, column], kind="stable")
        in_frame, found = in_frame[order], rows[in_frame[order], column[order]]
        entry = self._entry_of_row[found]
        for number in np.flatnonzero(np.bincount(entry, minlength=len(self.entries)) >= FEWEST):
            of_entry = entry == number
            a, b = _one_to_one(in_frame[of_entry], found[of_entry] - self._first_row[number])
            if len(a) >= FEWEST:
                yield int(number), a, b


def _one_to_one(a: NDArray[np.int64], b: NDArray[np.int64]) -> tuple[Rows, Rows]:
    """Of pairs in order of likeness, those whose first member and whose second member have not been used before."""
    kept = np.sort(np.unique(a, return_index=True)[1])
    a, b = a[kept], b[kept]
    kept = np.sort(np.unique(b, return_index=True)[1])
    return a[kept], b[kept]

"""The enrolled characters of one party, with the head that tells them apart."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.face.encode import unit
from matcher.figure.encode import Parts
from matcher.figure.head import Background, fitted, in_shares
from matcher.figure.regions import Corners, Floats
from registry.types import Template

Rows = NDArray[np.intp]


class FigureTable:
    """templates: at least one. shares: scores are those of matcher.figure.head.in_shares. Of each reference the mean of its parts
    is kept besides, to say which one a picture resembles."""

    def __init__(self, templates: Sequence[Template], background: Background, *, shares: bool = False) -> None:
        held: dict[str, list[Template]] = {}
        for template in templates:
            held.setdefault(template.subject_id, []).append(template)
        self.subjects = tuple(held)
        self._held, self._mean = list(held.values()), background.mean
        subjects = [[_parts(t) for t in own] for own in self._held]
        head = fitted(subjects, background)
        self._head = in_shares(head, subjects, background) if shares else head
        self._references = [unit(np.stack([_parts(t).mean(axis=0) for t in own]) - self._mean) for own in self._held]

    def scores(self, seen: Parts) -> tuple[Floats, Rows]:
        """Each subject's score (s,) in a picture, 0 to 1, and the number (s,) of the part that is most like it."""
        return np.clip(self._head.scores(seen.vectors), 0.0, 1.0), self._head.likest(seen.vectors)

    def reference(self, subject: int, vector: Floats) -> str:
        """Of a subject, by its place, the reference that a part's vector (d,) resembles most."""
        alike = self._references[subject] @ (vector - self._mean)
        return self._held[subject][int(alike.argmax())].reference_id


def _parts(template: Template) -> Floats:
    return np.asarray(template.arrays["parts"], np.float32)


def within(corners: Corners, scale: float) -> tuple[float, float, float, float]:
    """Corners in pixels of the frame at full size."""
    left, top, right, bottom = (side * scale for side in corners)
    return left, top, right, bottom

"""What a line of writing says: a model's guess at each step of it, of which repetitions and blanks are dropped.

Connectionist temporal classification, Graves et al., ICML 2006, decoded by the likeliest character at each step.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from matcher.errors import PackError
from matcher.session import Session
from matcher.text.finding import LineFinder, as_input
from registry.types import Image

HEIGHT, NARROWEST, WIDEST = 48, 96, 1600
"""Pixels: the height that the model sees, and the width that a line is filled up to, and cut at."""

TOGETHER = 6


@dataclass(frozen=True)
class Reading:
    """score: 0 to 1, the mean over the characters. text: as the model gives it, of any script that it knows; not yet bounded."""

    text: str
    score: float


class LineReader:
    """The recogniser of a pack for words. Raises PackError for a model that does not name its characters."""

    def __init__(self, session: Session) -> None:
        self._session = session
        characters = session.metadata.get("character", "").splitlines()
        if not characters:
            raise PackError("The model that reads words does not name its characters.", "Add the pack again from its origin.")
        self._characters = ("", *characters, " ")

    def read(self, lines: Sequence[Image]) -> list[Reading]:
        """What each line says, a picture (h, w, 3) BGR with the writing lying; in their order."""
        order = sorted(range(len(lines)), key=lambda at: lines[at].shape[1] / lines[at].shape[0])
        found: dict[int, Reading] = {}
        for first in range(0, len(order), TOGETHER):
            some = order[first : first + TOGETHER]
            (steps,) = self._session.run({self._session.inputs[0]: _batch([lines[at] for at in some])})
            found.update((at, self._decoded(each)) for at, each in zip(some, steps, strict=True))
        return [found[at] for at in range(len(lines))]

    def _decoded(self, steps: NDArray[np.float32]) -> Reading:
        """steps: (n, characters) likelihoods."""
        best = steps.argmax(axis=1)
        kept = (best != 0) & np.concatenate([[True], best[1:] != best[:-1]])
        if not kept.any():
            return Reading("", 0.0)
        text = "".join(self._characters[number] for number in best[kept] if number < len(self._characters))
        return Reading(text, float(steps[kept, best[kept]].mean()))


@dataclass(frozen=True)
class WordModels:
    """What finds lines of writing, and what reads them."""

    finder: LineFinder
    reader: LineReader


def _batch(lines: Sequence[Image]) -> NDArray[np.float32]:
    """All at the model's height and the widest one's width; what is left is grey."""
    ratio = max(NARROWEST / HEIGHT, *(line.shape[1] / line.shape[0] for line in lines))
    whole = min(WIDEST, int(HEIGHT * ratio))
    batch = np.zeros((len(lines), 3, HEIGHT, whole), np.float32)
    for place, line in enumerate(lines):
        width = min(whole, max(1, math.ceil(HEIGHT * line.shape[1] / line.shape[0])))
        batch[place, :, :, :width] = as_input(np.asarray(cv2.resize(line, (width, HEIGHT)), np.uint8))
    return batch

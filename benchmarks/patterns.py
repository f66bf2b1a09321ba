"""People made of numbers: pictures whose vector is precomputed in their pixels, and a recogniser that reads it there.

So a roster of any size can be taken in as it would be in earnest, all but the neural networks.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from matcher.errors import ReferenceRefused
from matcher.sample import Sample, picture_in
from matcher.types import Gallery, Watcher
from registry.kinds import SampleKind
from registry.types import Image, Modality

SIDE = 16
NOISE = 18.0
_CLEAR = 3.0


def picture(person: int, shot: int) -> Image:
    """A photo (16, 16, 3) of a person: other shots of the same are alike (cosine about .9), other people are not (about 0)."""
    base = np.random.default_rng([person, 0]).normal(0, 40, (SIDE // 2, SIDE // 2))
    noise = np.random.default_rng([person, shot, 1]).normal(0, NOISE, base.shape)
    grey = np.clip(128 + base + noise, 0, 255).astype(np.uint8).repeat(2, axis=0).repeat(2, axis=1)
    return np.repeat(grey[:, :, None], 3, axis=2)


def save_photo(path: Path, person: int, shot: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    done, content = cv2.imencode(".png", picture(person, shot))
    assert done
    path.write_bytes(content.tobytes())
    return path


class PatternRecogniser:
    """Finds exactly one face in a picture with contrast. Its scale is the cosine."""

    modality, encoder, pack, margin, per_reference = Modality.FACE, "pattern-64@1", "pattern", 0.0, 0.0
    takes = SampleKind.PICTURE

    def enrol(self, sample: Sample, *, prominent: bool = False) -> Mapping[str, NDArray[Any]]:  # noqa: ARG002
        picture = picture_in(sample)
        cells = cv2.resize(picture[:, :, 0], (SIDE // 2, SIDE // 2), interpolation=cv2.INTER_AREA).astype(np.float32).ravel()
        cells -= cells.mean()
        if cells.std() < _CLEAR:
            raise ReferenceRefused("No face was found in the picture.", "Use a frontal photo at least 200 px wide.")
        return {"vector": cells / np.linalg.norm(cells)}

    def watch(self, gallery: Gallery) -> Watcher:
        raise NotImplementedError("it is for enrolment only")

    def expected_false_matches(self, score: float, gallery_subjects: int) -> float:
        return 1000.0 * gallery_subjects * float(score < self.threshold(gallery_subjects))

    def threshold(self, gallery_subjects: int) -> float:
        return 0.6 + 0.01 * np.log2(max(gallery_subjects, 1))

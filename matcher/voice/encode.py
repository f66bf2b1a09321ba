"""Stretches of speech as vectors."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.session import Session
from matcher.voice.fbank import BANDS, FRAME, fbank

Floats = NDArray[np.float32]


class VoiceEncoder:
    """A model that makes of log mel energies, less their mean over time, one vector: CAM++ and others of its kind.

    id: names the model by its digest, so that a template never meets a vector of another model.
    """

    def __init__(self, model: Path, identity: str, dimensions: int, *, threads: int = 1) -> None:
        self.id, self.dimensions = identity, dimensions
        self._session = Session(model, threads=threads)

    def encode(self, stretches: Sequence[Floats]) -> Floats:
        """Vectors (n, d) of length 1 of stretches of sound at 16 kHz, -1 to 1, each of 25 ms at least.

        One at a time: a processor's cache holds one stretch's tensors.
        """
        vectors = np.empty((len(stretches), self.dimensions), np.float32)
        for place, samples in enumerate(stretches):
            if len(samples) < FRAME:
                raise ValueError(f"a stretch of {len(samples)} samples is shorter than one frame")
            energies = fbank(samples)
            features = (energies - energies.mean(axis=0)).reshape(1, -1, BANDS)
            vector = self._session.run({self._session.inputs[0]: features})[0].reshape(-1)
            vectors[place] = vector / max(float(np.linalg.norm(vector)), 1e-12)
        return vectors

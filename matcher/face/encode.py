"""The seam for face encoders, and the one that any ONNX encoder fits through its pack's input contract."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from matcher.packs.spec import ImageInput
from matcher.session import Session

Floats = NDArray[np.float32]

GPU_BATCH = 32


class Encoder(Protocol):
    """id names the model by its digest, so that a template never meets a vector of another model."""

    id: str
    size: int
    places: Floats

    def encode(self, chips: NDArray[np.uint8]) -> Floats:
        """Aligned faces (n, size, size, 3) BGR 0-255, n > 0, to vectors (n, d) of unit length."""


class OnnxEncoder:
    """An encoder of one ONNX file, fed as its pack's manifest says."""

    def __init__(self, session: Session, contract: ImageInput, places: Floats, identity: str) -> None:
        self.id, self.size, self.places = identity, contract.size, places
        self._session, self._contract = session, contract

    def encode(self, chips: NDArray[np.uint8]) -> Floats:
        """Vectors (n, d) of length 1 of aligned faces (n, size, size, 3) BGR."""
        # A processor's cache holds one face's tensors and not sixteen's; a graphics card wants many at once.
        step = GPU_BATCH if self._session.on_gpu else 1
        parts = [self._run(chips[i : i + step]) for i in range(0, len(chips), step)]
        return unit(np.concatenate(parts))

    def _run(self, chips: NDArray[np.uint8]) -> Floats:
        vectors = self._session.run({self._contract.name: as_input(chips, self._contract)})[0]
        return np.asarray(vectors.reshape(len(chips), -1), np.float32)


def as_input(pictures: NDArray[np.uint8], contract: ImageInput) -> NDArray[np.float32] | NDArray[np.uint8]:
    """Pictures (n, size, size, 3) BGR 0-255 in the colours, range and layout that the contract names."""
    ordered = pictures[..., ::-1] if contract.colour == "rgb" else pictures
    if contract.dtype == "float32":
        values: NDArray[Any] = (ordered.astype(np.float32) - np.asarray(contract.mean, np.float32)) / np.asarray(
            contract.scale, np.float32
        )
    else:
        values = ordered
    return np.ascontiguousarray(values.transpose(0, 3, 1, 2) if contract.layout == "nchw" else values)


def unit(vectors: NDArray[np.floating]) -> Floats:
    """Vectors (n, d) scaled to length 1; a zero vector stays zero."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-12), np.float32)

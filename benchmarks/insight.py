"""insightface's FaceAnalysis with the models of one of our packs: the peer that throughput is measured against."""

from typing import Any

import numpy as np
import onnxruntime
from insightface.app import FaceAnalysis
from insightface.model_zoo.arcface_onnx import ArcFaceONNX
from numpy.typing import NDArray

from matcher.face.align import chip
from matcher.face.yunet import YuNet
from matcher.packs.store import Pack
from matcher.session import Session

Floats = NDArray[np.float32]


class InsightFaces:
    """FaceAnalysis.get as its users call it, on the pack's own detector and encoder, aligned and coloured as these want it."""

    def __init__(self, pack: Pack) -> None:
        face = pack.spec.face
        assert face is not None
        detector = YuNet(Session(pack.file(face.detector.files["detector"])), side=face.detector.side)
        self._analysis = FaceAnalysis.__new__(FaceAnalysis)
        self._analysis.det_model = _Detection(detector)
        self._analysis.models = {"recognition": _Recognition(pack), "detection": self._analysis.det_model}
        self._analysis.addons = {}

    def all(self, image: NDArray[np.uint8]) -> list[Floats]:
        """A vector (d,) of unit length for each face of the picture."""
        return [face.normed_embedding for face in self._analysis.get(image)]

    def largest(self, image: NDArray[np.uint8]) -> Floats:
        faces = self._analysis.get(image)
        areas = [float(np.prod(face.bbox[2:] - face.bbox[:2])) for face in faces]
        return np.asarray(faces[int(np.argmax(areas))].normed_embedding)


class _Detection:
    taskname = "detection"

    def __init__(self, detector: YuNet) -> None:
        self._detector = detector

    def detect(self, img: Any, max_num: int = 0, metric: str = "default") -> tuple[Floats, Floats]:  # noqa: ARG002
        found = self._detector.detect(img, self._detector.side)
        return np.hstack([found.boxes, found.scores[:, None]]), found.landmarks


class _Recognition(ArcFaceONNX):  # type: ignore[misc]
    def __init__(self, pack: Pack) -> None:
        face = pack.spec.face
        assert face is not None
        path = str(pack.file(face.encoder.file))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        super().__init__(path, onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"]))
        self.input_mean, self.input_std = 0.0, 1.0
        self._places, self._size = np.array(face.encoder.places, np.float32), face.encoder.input.size

    def get(self, img: Any, face: Any) -> Floats:
        aligned = chip(img, face.kps, self._places, self._size)
        # The library swaps red and blue, which this encoder does not want.
        face.embedding = self.get_feat(aligned[..., ::-1]).flatten()
        return np.asarray(face.embedding)

"""YuNet (Wu, Peng, Yu: "YuNet: A Tiny Millisecond-level Face Detector", 2023) on its published ONNX graph."""

import cv2
import numpy as np

from matcher.face.detect import Detections, no_detections, suppress
from matcher.session import Session
from registry.types import Image

STRIDES = (8, 16, 32)
OUTPUTS = [f"{name}_{stride}" for name in ("cls", "obj", "bbox", "kps") for stride in STRIDES]
MOST_FACES = 200


class YuNet:
    """Looks at the picture scaled so that its long side has side pixels. threshold: the least sqrt(cls * obj)."""

    def __init__(self, session: Session, *, side: int = 640, threshold: float = 0.6) -> None:
        self._session, self._side, self._threshold = session, side, threshold

    def detect(self, image: Image) -> Detections:
        height, width = image.shape[:2]
        scale = self._side / max(height, width)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        scaled = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        padded = np.zeros((-(-size[1] // 32) * 32, -(-size[0] // 32) * 32, 3), np.float32)
        padded[: size[1], : size[0]] = scaled
        raw = dict(zip(OUTPUTS, self._session.run({"input": padded.transpose(2, 0, 1)[None]}, OUTPUTS), strict=True))
        found = [self._decode(raw, stride, padded.shape[1] // stride) for stride in STRIDES]
        boxes, scores, marks = (np.concatenate(parts) for parts in zip(*found, strict=True))
        best = scores.argsort()[::-1][: 4 * MOST_FACES]
        boxes, scores, marks = boxes[best], scores[best], marks[best]
        keep = suppress(boxes, scores, 0.3)[:MOST_FACES]
        if not len(keep):
            return no_detections()
        shrink = np.array([width / size[0], height / size[1]], np.float32)
        return Detections(boxes[keep] * np.tile(shrink, 2), scores[keep], marks[keep] * shrink)

    def _decode(self, raw: dict[str, np.ndarray], stride: int, columns: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        cls, obj, shift, kps = (raw[f"{name}_{stride}"][0] for name in ("cls", "obj", "bbox", "kps"))
        score = np.sqrt(np.clip(cls[:, 0], 0, 1) * np.clip(obj[:, 0], 0, 1)).astype(np.float32)
        cells = np.nonzero(score > self._threshold)[0]
        origin = np.stack([cells % columns, cells // columns], axis=1).astype(np.float32)
        centre = (origin + shift[cells, :2]) * stride
        half = np.exp(shift[cells, 2:]) * stride / 2
        marks = (origin[:, None] + kps[cells].reshape(-1, 5, 2)) * stride
        return np.concatenate([centre - half, centre + half], axis=1), score[cells], marks

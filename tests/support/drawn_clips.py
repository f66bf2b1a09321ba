"""Drawings and short encoded videos of them, for tests that need neither faces nor models."""

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
RATE = 8


def figure(seed: int, side: int = 360) -> Picture:
    """A drawn figure of many shapes that no other seed draws."""
    random = np.random.default_rng(seed)
    picture = np.full((side, side, 3), 245, np.uint8)
    for _ in range(90):
        colour = tuple(int(c) for c in random.integers(0, 235, 3))
        x, y = (int(v) for v in random.integers(20, side - 20, 2))
        size = int(random.integers(6, 34))
        if random.random() < 0.5:
            cv2.rectangle(picture, (x, y), (x + size, y + size // 2), colour, -1)
        else:
            cv2.circle(picture, (x, y), size // 2, colour, int(random.integers(1, 5)))
    cv2.putText(picture, f"No{seed}", (side // 4, side // 2), cv2.FONT_HERSHEY_TRIPLEX, 1.6, (20, 20, 20), 3)
    return picture


def scene(seed: int, width: int = 480, height: int = 270) -> Picture:
    """A smooth background with nothing on it to recognise."""
    random = np.random.default_rng(seed)
    coarse = random.integers(60, 200, (4, 6, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def pan(shown: Picture | None, background: Picture, seconds: float = 2.0) -> Iterator[Picture]:
    """The background, with the drawing moving over it and growing."""
    count = int(seconds * RATE)
    for number in range(count):
        frame = background.copy()
        if shown is not None:
            side = 190 + 2 * number
            small = cv2.resize(shown, (side, side), interpolation=cv2.INTER_AREA)
            x, y = 20 + 6 * number, 10 + number
            fitting = small[: frame.shape[0] - y, : frame.shape[1] - x]
            frame[y : y + fitting.shape[0], x : x + fitting.shape[1]] = fitting
        yield frame


def encode(path: Path, frames: Iterator[Picture]) -> bytes:
    """Write an H.264 MP4 and return its bytes. The same frames are encoded once: many tests show the same clip."""
    shown = list(frames)
    drawn = hashlib.sha256(b"".join(picture.tobytes() for picture in shown)).hexdigest()
    known = (drawn, *shown[0].shape)
    if known not in _ENCODED:
        _ENCODED[known] = _encoded(shown)
    path.write_bytes(_ENCODED[known])
    return _ENCODED[known]


_ENCODED: dict[tuple[object, ...], bytes] = {}


def _encoded(frames: list[Picture]) -> bytes:
    made = io.BytesIO()
    with av.open(made, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"crf": "23", "threads": "1"})
        stream.pix_fmt = "yuv420p"
        stream.height, stream.width = frames[0].shape[:2]
        for picture in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode())
    return made.getvalue()


def save(path: Path, picture: Picture) -> Path:
    cv2.imwrite(str(path), picture)
    return path

"""Films for tests: drawn things that move over drawn places, with cuts, and what copies of them look like."""

from collections.abc import Iterable, Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from matcher.sample import ClipSample, Frame
from registry.types import Image
from tests.support.drawn_clips import RATE, figure

Picture = NDArray[np.uint8]

WIDTH, HEIGHT = 480, 270


def film(seed: int, seconds: float, shot_seconds: float = 4.0) -> Iterator[Picture]:
    """Shots one after another; no other seed has the same places, things and motions."""
    for number in range(round(seconds * RATE)):
        shot = int(number / RATE / shot_seconds)
        yield _frame(1000 * seed + shot, number / RATE - shot * shot_seconds)


def _frame(seed: int, t: float) -> Picture:
    random = np.random.default_rng(seed)
    place = cv2.GaussianBlur(cv2.resize(figure(seed, 240), (WIDTH + 60, HEIGHT + 40)), (0, 0), 1.2)
    left, top = (round(20 + 18 * np.sin(random.uniform(0.3, 1.2) * t + random.uniform(0, 6))) for _ in range(2))
    frame = place[top : top + HEIGHT, left : left + WIDTH].copy()
    for thing in (1, 2):
        side = random.integers(80, 130)
        small = cv2.resize(figure(seed + 500 * thing), (side, side), interpolation=cv2.INTER_AREA)
        x = round((WIDTH - side) * (0.5 + 0.45 * np.sin(random.uniform(0.8, 2.0) * t + random.uniform(0, 6))))
        y = round((HEIGHT - side) * (0.5 + 0.45 * np.sin(random.uniform(0.8, 2.0) * t + random.uniform(0, 6))))
        frame[y : y + side, x : x + side] = small
    return np.asarray(frame, np.uint8)


def cropped_and_mirrored(frames: Iterable[Picture], share: float = 0.8) -> Iterator[Picture]:
    """The middle of each frame, mirrored, at the size of the whole."""
    for frame in frames:
        height, width = (round(share * side) for side in frame.shape[:2])
        top, left = (frame.shape[0] - height) // 2, (frame.shape[1] - width) // 2
        part = frame[top : top + height, left : left + width][:, ::-1]
        yield np.asarray(cv2.resize(part, (frame.shape[1], frame.shape[0])), np.uint8)


def filmed(pictures: Sequence[Image], step: float) -> ClipSample:
    """These pictures as a clip."""
    return ClipSample(lambda _rate, _side: (Frame(number * step, picture, 0) for number, picture in enumerate(pictures)))

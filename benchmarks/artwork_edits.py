"""What is done to artwork before it is shown again: a picture of it, changed, within a still of something else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from registry.types import Image

WIDTH = 1280


@dataclass(frozen=True)
class Edit:
    """share: of the still's shorter side that the artwork's longer side takes. turn: degrees. change: of the picture itself."""

    share: float = 0.6
    turn: float = 0.0
    change: Callable[[Image], Image] = lambda picture: picture


def _mirrored(picture: Image) -> Image:
    return np.ascontiguousarray(picture[:, ::-1])


def _cropped(picture: Image) -> Image:
    height, width = picture.shape[:2]
    return np.ascontiguousarray(picture[: round(0.7 * height), round(0.3 * width) :])


def _covered(picture: Image) -> Image:
    made = picture.copy()
    made[made.shape[0] * 6 // 10 :] = 90
    return made


def _recoloured(picture: Image) -> Image:
    return np.ascontiguousarray(picture[..., [1, 2, 0]])


def _darker(picture: Image) -> Image:
    return (picture * 0.6).astype(np.uint8)


def _compressed(picture: Image) -> Image:
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 25])[1], cv2.IMREAD_COLOR), np.uint8)


def _slanted(picture: Image) -> Image:
    height, width = picture.shape[:2]
    into = np.array([[0, 0], [0.8 * width, 0.15 * height], [0.8 * width, 0.85 * height], [0, height]], np.float32)
    of = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    seen = cv2.warpPerspective(picture, cv2.getPerspectiveTransform(of, into), (round(0.8 * width), height))
    return np.asarray(seen, np.uint8)


EDITS: Mapping[str, Edit] = {
    "as it is": Edit(),
    "a third": Edit(share=1 / 3),
    "a fifth": Edit(share=1 / 5),
    "turned by 20 degrees": Edit(turn=20),
    "mirrored": Edit(change=_mirrored),
    "cropped to 70%": Edit(change=_cropped),
    "covered to 40%": Edit(change=_covered),
    "other colours": Edit(change=_recoloured),
    "darker": Edit(change=_darker),
    "JPEG at 25": Edit(change=_compressed),
    "slanted": Edit(change=_slanted),
}


def shown_in(still: Image, picture: Image, name: str) -> Image:
    """The picture as the edit has it, in the middle of the still, which is looked at in a width of 1280."""
    edit = EDITS[name]
    ground = cv2.resize(still, (WIDTH, round(WIDTH * still.shape[0] / still.shape[1])), interpolation=cv2.INTER_AREA)
    changed = edit.change(picture)
    height, width = changed.shape[:2]
    scale = edit.share * min(ground.shape[:2]) / max(height, width)
    if scale < 1:  # a warp alone would leave pixels out
        changed = cv2.resize(changed, (max(1, round(width * scale)), max(1, round(height * scale))), interpolation=cv2.INTER_AREA)
        height, width, scale = *changed.shape[:2], 1.0
    onto = cv2.getRotationMatrix2D((width / 2, height / 2), edit.turn, scale)
    onto[:, 2] += (ground.shape[1] / 2 - width / 2, ground.shape[0] / 2 - height / 2)
    size = ground.shape[1::-1]
    cover = cv2.warpAffine(np.full((height, width), 255, np.uint8), onto, size)
    return np.where(cover[..., None] > 127, cv2.warpAffine(changed, onto, size), ground).astype(np.uint8)

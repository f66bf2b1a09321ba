"""What is done to a clip before it is put up again: the edits of a copy, on frames."""

from collections.abc import Callable, Mapping, Sequence

import cv2
import numpy as np

from registry.types import Image

LONG_SIDE = 854
"""Pixels on the long side of what is put up again."""

Edit = Callable[[Image, Image], Image]
"""From a frame and the frame of another clip at the same moment to what is shown instead."""


def fitted(image: Image, long_side: int = LONG_SIDE) -> Image:
    """The picture with this long side and even sides, as encoders want them."""
    shrink = long_side / max(image.shape[:2])
    return sized(image, round(image.shape[1] * shrink), round(image.shape[0] * shrink))


def sized(image: Image, width: int, height: int) -> Image:
    how = cv2.INTER_AREA if width < image.shape[1] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (width // 2 * 2, height // 2 * 2), interpolation=how), np.uint8)


def as_it_is(image: Image, _: Image) -> Image:
    return image


def small(image: Image, _: Image) -> Image:
    return sized(image, 426, 240)


def colour(image: Image, _: Image) -> Image:
    hsv = cv2.cvtColor(image, cv2.COLOR_BGR2HSV).astype(np.int32)
    hsv[..., 0] = (hsv[..., 0] + 18) % 180
    hsv[..., 1] = np.clip(hsv[..., 1] * 3 // 2, 0, 255)
    turned = cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2BGR).astype(np.float32) / 255
    return np.asarray(np.clip(((turned**0.75) - 0.5) * 1.2 + 0.55, 0, 1) * 255, np.uint8)


def grey(image: Image, _: Image) -> Image:
    return np.asarray(cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR), np.uint8)


def text(image: Image, _: Image) -> Image:
    made = image.copy()
    height, width = made.shape[:2]
    size = width / 400
    for line, words in ((0.2, "WATCH TILL THE END"), (0.55, "you will not believe"), (0.9, "FOLLOW FOR MORE")):
        place = (round(0.06 * width), round(line * height))
        cv2.putText(made, words, place, cv2.FONT_HERSHEY_DUPLEX, size, (0, 0, 0), round(7 * size))
        cv2.putText(made, words, place, cv2.FONT_HERSHEY_DUPLEX, size, (255, 255, 255), round(3 * size))
    return made


def mirror(image: Image, _: Image) -> Image:
    return np.ascontiguousarray(image[:, ::-1])


def crop(image: Image, _: Image) -> Image:
    """70% of both sides, not from the middle."""
    height, width = image.shape[:2]
    y, x = round(0.1 * height), round(0.2 * width)
    return np.ascontiguousarray(image[y : y + round(0.7 * height), x : x + round(0.7 * width)])


def letterbox(image: Image, _: Image) -> Image:
    bars = image.shape[0] // 5
    return np.asarray(cv2.copyMakeBorder(image, bars, bars, 0, 0, cv2.BORDER_CONSTANT), np.uint8)


def rotation(image: Image, _: Image) -> Image:
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 8, 1.0)
    return np.asarray(cv2.warpAffine(image, turn, (width, height)), np.uint8)


def upright(image: Image, _: Image) -> Image:
    """The middle, 9 to 16."""
    height, width = image.shape[:2]
    wide = min(width, round(height * 9 / 16))
    return np.ascontiguousarray(image[:, (width - wide) // 2 : (width - wide) // 2 + wide])


def upright_blurred(image: Image, _: Image) -> Image:
    """All of it, before itself enlarged and blurred to 9 to 16."""
    whole = sized(image, 480, round(480 * image.shape[0] / image.shape[1]))
    behind = cv2.GaussianBlur(sized(image, round(854 * image.shape[1] / image.shape[0]), 854), (0, 0), 12)
    start = (behind.shape[1] - 480) // 2
    made = behind[:854, start : start + 480].copy()
    y = (made.shape[0] - whole.shape[0]) // 2
    made[y : y + whole.shape[0], : whole.shape[1]] = whole
    return np.asarray(made, np.uint8)


def within(share: float) -> Edit:
    """A picture in the picture of another clip, this share of its sides."""

    def edit(image: Image, other: Image) -> Image:
        made = sized(other, 854, 480)
        inner = sized(image, round(share * 854), round(share * 480))
        y, x = made.shape[0] - inner.shape[0] - 12, made.shape[1] - inner.shape[1] - 12
        made[y : y + inner.shape[0], x : x + inner.shape[1]] = inner
        return made

    return edit


def mirror_crop_text(image: Image, other: Image) -> Image:
    return text(crop(mirror(image, other), other), other)


EDITS: Mapping[str, Edit] = {
    "re-encoded": as_it_is,
    "240p": small,
    "colour": colour,
    "grey": grey,
    "text": text,
    "mirror": mirror,
    "crop 70%": crop,
    "letterbox": letterbox,
    "rotation 8": rotation,
    "9:16": upright,
    "9:16 blurred": upright_blurred,
    "PiP 60%": within(0.6),
    "PiP 35%": within(0.35),
    "mirror+crop+text": mirror_crop_text,
    "speed 0.8": as_it_is,
    "speed 1.25": as_it_is,
    "reversed": as_it_is,
}

PACE: Mapping[str, float] = {"speed 0.8": 0.8, "speed 1.25": 1.25, "reversed": -1.0}


def edited(name: str, frames: Sequence[Image], others: Sequence[Image]) -> list[Image]:
    """The frames of a copy. others: of the clip that is around it where it is a picture in a picture."""
    edit = EDITS[name]
    made = [fitted_once(edit(frame, others[n % len(others)])) for n, frame in enumerate(frames)]
    return made[::-1] if PACE.get(name, 1.0) < 0 else made


def fitted_once(image: Image) -> Image:
    return fitted(image, min(LONG_SIDE, max(image.shape[:2])))

"""Whether a photo is fit to recognise a face by, and in words what photo would be better."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.face.quality import frontality, sharpness
from registry.types import Image

QUALITY = "quality"
"""The template's array that holds the figures of Quality in their order, float32."""

WIDE_ENOUGH = 100.0
"""Pixels of the face's longer side from which more add little: encoders look at 112 to 150."""


@dataclass(frozen=True)
class Quality:
    """width: longer side of the face in pixels. sharp: 0 a blur to 1. frontal: 0 a profile to 1."""

    width: float
    sharp: float
    frontal: float


def measure(width: float, landmarks: NDArray[np.floating], chip: Image) -> NDArray[np.float32]:
    """The figures of one face, as they are kept with its template."""
    return np.array([width, sharpness(chip), frontality(landmarks)], np.float32)


def quality_of(arrays: Mapping[str, NDArray[Any]]) -> Quality | None:
    """What a template says of its photo; None for one that was made before this was kept, or shows no face."""
    figures = arrays.get(QUALITY)
    return None if figures is None or figures.shape != (3,) else Quality(*(round(float(figure), 3) for figure in figures))


def unfit(quality: Quality) -> str:
    """Why a photo should not be enrolled at all, with what would do; "" for one that may be."""
    if quality.sharp < 0.02:
        return "The face is a blur: such photos match strangers. Use a sharp photo, as from a camera rather than a chat."
    if quality.frontal < 0.12:
        return "The face is seen from the side. Use a frontal photo, both eyes to be seen, at least 200 px wide."
    return ""


def advice(quality: Quality) -> tuple[str, ...]:
    """What would make a better reference, in words; empty for a good photo."""
    wishes = []
    if quality.width < WIDE_ENOUGH:
        wishes.append(f"The face is {quality.width:.0f} px wide: use a frontal photo at least 200 px wide.")
    if quality.sharp < 0.1:
        wishes.append("The face is not quite sharp: use a sharper photo, evenly lit.")
    if quality.frontal < 0.35:
        wishes.append("The face is turned: add a frontal photo.")
    return tuple(wishes)


def advice_on_count(photos: int) -> str:
    """What to say of the number of a person's references; "" from three on."""
    if photos >= 3:
        return ""
    return f"{photos} of the 3 photos that are advised: with three, of different days, far fewer videos are missed."

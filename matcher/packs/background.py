"""What an image encoder says of pictures at large: mean and spread of its vectors of drawn pictures, measured once for a pack.

The pictures are drawn here, in any number and by anybody again: no photo of anyone, and no picture of anybody else's, is behind
the figures, and of single pictures nothing is kept.
"""

import zipfile
from pathlib import Path

import cv2
import numpy as np

from matcher.errors import PackDamaged
from matcher.figure.encode import FigureEncoder
from matcher.figure.head import Background, measured
from registry.types import Image

FILE = "background.npz"
PICTURES = 60
_TALL, _WIDE = 384, 480


def measure(encoder: FigureEncoder, pictures: int = PICTURES) -> Background:
    """The figures of an encoder over so many drawn pictures."""
    return measured(np.concatenate([encoder.parts(drawn(number)).vectors for number in range(pictures)]))


def write_background(known: Background, path: Path) -> None:
    """Write the figures in half precision."""
    held = {"mean": known.mean, "spread": known.spread, "rest": np.array(known.rest)}
    np.savez(
        path,
        allow_pickle=False,
        **{name: numbers.astype(np.float16 if numbers.ndim == 2 else np.float32) for name, numbers in held.items()},
    )


def read_background(path: Path) -> Background:
    """The figures of a pack. Raises PackDamaged for a file that holds others."""
    try:
        with np.load(path, allow_pickle=False) as held:
            mean, spread, rest = (np.asarray(held[name], np.float32) for name in ("mean", "spread", "rest"))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise PackDamaged(f"{path.name} cannot be read.", "Add the pack again from its origin.") from error
    if mean.ndim != 1 or spread.shape[1:] != mean.shape or rest.shape or not np.isfinite(rest):
        raise PackDamaged(f"{path.name} holds other figures than a pack's background.", "Add the pack again from its origin.")
    return Background(mean, spread, float(rest))


def drawn(number: int) -> Image:
    """A picture of outlined shapes and letters on a ground, which no other number draws; (h, w, 3)."""
    random = np.random.default_rng(number)
    height, width = (_TALL, _WIDE) if number % 2 else (_WIDE, _TALL)
    picture = _ground(random, height, width)
    palette = random.integers(0, 256, (random.integers(3, 8), 3))
    for _ in range(random.integers(5, 40)):
        fill = tuple(int(part) for part in palette[random.integers(len(palette))])
        _shape(random, picture, fill)
    return picture


def _ground(random: np.random.Generator, height: int, width: int) -> Image:
    if random.random() < 0.3:
        return np.full((height, width, 3), random.integers(0, 256, 3), np.uint8)
    coarse = random.integers(0, 256, (random.integers(2, 6), random.integers(2, 6), 3), dtype=np.uint8)
    how = cv2.INTER_CUBIC if random.random() < 0.5 else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=how), np.uint8)


def _shape(random: np.random.Generator, picture: Image, fill: tuple[int, ...]) -> None:
    line = tuple(int(part) for part in random.integers(0, 80, 3))
    thick, size = int(random.integers(1, 6)), int(random.integers(8, 160))
    at = int(random.integers(picture.shape[1])), int(random.integers(picture.shape[0]))
    kind = random.integers(4)
    if kind == 0:
        axes, turn = (size, int(size * random.uniform(0.3, 1))), float(random.uniform(0, 180))
        cv2.ellipse(picture, at, axes, turn, 0, 360, fill, -1)
        cv2.ellipse(picture, at, axes, turn, 0, 360, line, thick)
    elif kind == 1:
        angles = np.sort(random.uniform(0, 2 * np.pi, random.integers(3, 12)))
        around = np.stack([np.cos(angles), np.sin(angles)], axis=1) * (random.uniform(0.4, 1, (len(angles), 1)) * size)
        corners = (around + at).astype(np.int32)
        cv2.fillPoly(picture, [corners], fill, cv2.LINE_AA)
        cv2.polylines(picture, [corners], True, line, thick, cv2.LINE_AA)
    elif kind == 2:
        cv2.rectangle(picture, at, (at[0] + size, at[1] + int(size * random.uniform(0.2, 1.5))), fill, -1)
    else:
        said = "".join(chr(65 + int(letter)) for letter in random.integers(0, 26, random.integers(2, 8)))
        cv2.putText(picture, said, at, int(random.integers(0, 8)), float(random.uniform(0.5, 3)), fill, thick, cv2.LINE_AA)

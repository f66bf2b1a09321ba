"""The clips: drawn, each from a seed of its own, and really encoded; nobody is in them."""

import shutil
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np

from benchmarks.content_system.plan import COPIES, MARKED
from matcher.media import write_clip
from monitor.demo.clips import camera, caption, cutout, graded, pasted
from monitor.demo.drawings import meadow, night_town, seal
from registry.types import Image

SECONDS = 1.5
REPLACED = "-replaced"
REENCODED = "-reencoded"


def write_all(folder: Path, names: Iterable[str]) -> None:
    """Write NAME.mp4 for each name, unless it is there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        path = folder / f"{name}.mp4"
        if path.exists():
            continue
        if name in COPIES:
            write_all(folder, [COPIES[name]])
            shutil.copyfile(folder / f"{COPIES[name]}.mp4", path)
        else:
            # A clip that replaces another shows something else, one that was encoded anew the same, cut and recoloured.
            shown = name.removesuffix(REENCODED)
            frames = _edited(_frames(shown)) if name.endswith(REENCODED) else _frames(name)
            write_clip(path, frames, 24, crf=33 if name.endswith(REENCODED) else 28)


def _frames(name: str) -> Iterator[Image]:
    seed = zlib.crc32(name.encode())
    ground = (meadow if seed % 2 else night_town)(900, 520, seed)
    sign = cutout(seal, 320)
    for number, frame in enumerate(camera(ground, (380, 270, 700), (520, 260, 640), SECONDS)):
        titled = caption(frame, name.upper(), 0.12)
        yield pasted(titled, sign, (320, 205), 0.8, number * 0.3 - 4) if name in MARKED else titled


def _edited(frames: Iterable[Image]) -> Iterator[Image]:
    for frame in frames:
        cut = np.ascontiguousarray(frame[12:-12, 20:-20])
        yield graded(np.asarray(cv2.resize(cut, (640, 360)), np.uint8), (1.06, 0.97, 0.95))


def write_pictures(folder: Path) -> tuple[Path, Path]:
    """A still picture, and a moving GIF of a drawing."""
    from PIL import Image as Picture

    folder.mkdir(parents=True, exist_ok=True)
    still, moving = folder / "still.jpg", folder / "waves.gif"
    if not moving.exists():
        cv2.imwrite(str(still), meadow(640, 360, 77))
        frames = [
            Picture.fromarray(frame[::2, ::2, ::-1])
            for frame in camera(meadow(900, 520, 3), (380, 270, 700), (520, 260, 640), 0.5)
        ]
        frames[0].save(moving, save_all=True, append_images=frames[1:], duration=60, loop=0)
    return still, moving


def write_mark(path: Path) -> Path:
    """The reference picture of the mark."""
    cv2.imwrite(str(path), seal(560))
    return path

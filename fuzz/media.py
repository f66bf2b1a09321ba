"""Media and pictures, as the scanner's worker decodes them."""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from fuzz.target import OURS, Target, as_file, promise, samples
from matcher.media import MediaReader, read_picture, write_clip

MOST_FRAMES = 40
"""Of a mutated clip: enough to pass every header, and few enough to be quick."""


def _video(data: bytes) -> None:
    with as_file(data, "clip.mp4") as path:
        try:
            with MediaReader(path, threads=1) as reader:
                for frame in islice(reader.frames(4.0, 640), MOST_FRAMES):
                    promise(frame.image.size > 0 and frame.t == frame.t and frame.t >= 0, "a frame is nothing, or at no time")
        except OURS:
            return


def _picture(data: bytes) -> None:
    with as_file(data, "picture") as path:
        try:
            image = read_picture(path)
        except OURS:
            return
    promise(image.ndim == 3 and image.shape[2] == 3 and image.dtype == np.uint8, "the picture has another form")


def _clips() -> Iterable[bytes]:
    yield from samples("malformed", ".mp4", ".wav", ".mp3")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        write_clip(path, (np.full((48, 64, 3), shade, np.uint8) for shade in range(0, 250, 25)))
        yield path.read_bytes()


def _pictures() -> Iterable[bytes]:
    image = np.arange(16 * 16 * 3, dtype=np.uint8).reshape(16, 16, 3)
    for kind in (".png", ".jpg", ".webp", ".bmp", ".tiff"):
        done, content = cv2.imencode(kind, image)
        if done:
            yield content.tobytes()
    yield from samples("malformed", ".jpg", ".png")


TARGETS = (
    Target(
        "media.video",
        _video,
        _clips,
        (b"moov", b"trak", b"stts", b"stsc", b"elst", b"mvhd", b"tkhd", b"\x1a\x45\xdf\xa3"),
        1 << 18,
    ),
    Target("media.picture", _picture, _pictures, (b"IHDR", b"iCCP", b"Exif", b"acTL", b"RIFF", b"VP8X", b"GIF89a"), 1 << 17),
)

"""Clips of generated people with a generator's mark drawn over them, as generators draw theirs."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Frame = NDArray[np.uint8]

MARKS = (
    *(
        "Seedance",
        "即梦AI",
        "Sora",
        "可灵AI",
        "Veo",
        "豆包AI生成",
        "Kling AI",
        "海螺AI",
        "Runway",
        "AI生成",
        "Pika",
        "人工智能生成",
    ),
    *("AI生成", "Pika", "人工智能生成", "Hailuo AI", "通义万相", "Vidu", "内容由AI生成", "Wan2.1", "AI-generated"),
)
"""Ten generators in letters, and what they and the platforms write in Chinese."""

FONTS = "/usr/share/fonts/opentype/noto"
"""Noto Sans CJK, of the system's package fonts-noto-cjk."""

RATE = 25


def size_of(path: Path) -> int:
    """Its width in pixels."""
    with av.open(str(path)) as source:
        return source.streams.video[0].width


def frames_of(path: Path) -> list[Frame]:
    """All frames, (h, w, 3) RGB of even sides."""
    with av.open(str(path)) as source:
        every = [frame.to_ndarray(format="rgb24") for frame in source.decode(video=0)]
    high, wide = (side - side % 2 for side in every[0].shape[:2])
    return [frame[:high, :wide] for frame in every]


def drawn(path: Path, mark: str, size: int, opacity: float, random: np.random.Generator) -> Iterable[Frame]:
    """The clip forwards and backwards, with a white mark somewhere that stands still. size: of the letters, in pixels."""
    frames = frames_of(path)
    high, wide = frames[0].shape[:2]
    weight = "Bold" if random.random() < 0.3 else "Regular"
    font = ImageFont.truetype(f"{FONTS}/NotoSansCJK-{weight}.ttc", size)
    left, top, right, bottom = (round(edge) for edge in font.getbbox(mark))
    x, y = _corner(wide - (right - left), high - (bottom - top), random)
    layer = Image.new("L", (wide, high), 0)
    ImageDraw.Draw(layer).text((x - left, y - top), mark, font=font, fill=255)
    part = np.s_[y : y + bottom - top, x : x + right - left]
    cover = np.asarray(layer, np.float32)[part][..., None] / 255 * opacity
    for frame in (*frames, *frames[::-1]):
        over = frame.copy()
        over[part] = (frame[part] * (1 - cover) + 255 * cover + 0.5).astype(np.uint8)
        yield over


def _corner(right: int, bottom: int, random: np.random.Generator) -> tuple[int, int]:
    """Of the mark: in one of the four corners, in the middle below, or anywhere."""
    dx, dy = int(random.integers(10, 50)), int(random.integers(10, 50))
    anywhere = (int(random.integers(10, right - 10)), int(random.integers(10, bottom - 10)))
    corners = ((dx, dy), (right - dx, dy), (dx, bottom - dy), (right - dx, bottom - dy))
    return (*corners, (right // 2, bottom - dy), anywhere)[int(random.integers(6))]


def written(file: Path, frames: Iterable[Frame]) -> Path:
    """The frames as an H.264 video."""
    with av.open(str(file), "w") as into:
        stream = None
        for frame in frames:
            if stream is None:
                stream = into.add_stream("libx264", rate=RATE)
                stream.height, stream.width, stream.pix_fmt = *frame.shape[:2], "yuv420p"
                stream.options = {"crf": "23", "preset": "ultrafast", "threads": "1"}
            into.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")))
        if stream is not None:
            into.mux(stream.encode())
    return file


def joined_clip(file: Path, paths: Sequence[Path]) -> Path:
    """One video of the clips in a row, cut to the smallest of them."""
    clips = [frames_of(path) for path in paths]
    high, wide = (min(clip[0].shape[side] for clip in clips) for side in (0, 1))
    return written(file, (frame[:high, :wide] for clip in clips for frame in clip))

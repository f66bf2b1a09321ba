"""Encoded clips whose frames spell their own number, and what is done to such files to hide some of them."""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

FPS, WIDTH, HEIGHT, BITS = 25, 320, 180, 9
Pictures = Iterable[np.ndarray]


def numbered(count: int) -> Iterator[np.ndarray]:
    """A slow pan; the squares along its top spell the frame's number."""
    noise = np.random.default_rng(3).integers(0, 200, (9, 40, 3), np.uint8)
    wide = cv2.resize(noise, (WIDTH + 400, HEIGHT), interpolation=cv2.INTER_CUBIC)
    for i in range(count):
        picture = wide[:, i % 400 : i % 400 + WIDTH].copy()
        for bit in range(BITS):
            picture[:20, 20 * bit : 20 * bit + 20] = 255 if i >> bit & 1 else 0
        yield picture


def number_of(picture: np.ndarray) -> int:
    return sum(1 << bit for bit in range(BITS) if picture[4:16, 20 * bit + 4 : 20 * bit + 16].mean() > 128)


def black(count: int) -> Iterator[np.ndarray]:
    return (np.zeros((HEIGHT, WIDTH, 3), np.uint8) for _ in range(count))


def encode(path: Path, count: int, codec: str = "libx264", options: Mapping[str, str] | None = None) -> Path:
    return encode_tracks(path, [numbered(count)], codec, options)


def encode_tracks(
    path: Path, tracks: Sequence[Pictures], codec: str = "libx264", options: Mapping[str, str] | None = None, fps: int = FPS
) -> Path:
    """Tracks of pictures of one size, interleaved; all but the first may be shorter."""
    with av.open(str(path), "w") as container:
        streams: list[Any] = []
        for _ in tracks:
            stream = container.add_stream(codec, rate=fps, options=dict(options or {}))
            stream.pix_fmt = "yuv420p"
            streams.append(stream)
        iterators = [iter(track) for track in tracks]
        first = [next(pictures) for pictures in iterators]
        for stream, picture in zip(streams, first, strict=True):
            stream.height, stream.width = picture.shape[:2]
        pending: list[Any] = list(first)
        while any(picture is not None for picture in pending):
            for stream, picture in zip(streams, pending, strict=True):
                if picture is not None:
                    container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="bgr24")))
            pending = [next(pictures, None) for pictures in iterators]
        for stream in streams:
            container.mux(stream.encode())
    return path


def remuxed(source: Path, path: Path, change: Callable[[int, Any], None], places: range | None = None) -> Path:
    """The packets of a file, or those at these places, in another one, each changed before."""
    with av.open(str(source)) as given, av.open(str(path), "w") as made:
        stream = made.add_stream_from_template(given.streams.video[0])
        for place, packet in enumerate(packet for packet in given.demux(video=0) if packet.size):
            if places is None or place in places:
                packet.stream = stream
                change(place, packet)
                made.mux(packet)
    return path


def broken(source: Path, path: Path, first: int, last: int) -> Path:
    """The file with the bytes of those packets replaced by noise."""
    with av.open(str(source)) as container:
        places = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    content, noise = bytearray(source.read_bytes()), random.Random(1)
    if source.suffix == ".ts":
        for at in range(places[first][0], places[last][0]):
            if at % 188 > 12:
                content[at] = noise.randrange(256)
    else:
        for at, size in places[first:last]:
            content[at : at + size] = noise.randbytes(size)
    path.write_bytes(content)
    return path


def with_hole(source: Path, path: Path, start: float, end: float) -> Path:
    """The file with zeros from one share of its bytes to another."""
    content = source.read_bytes()
    first, last = int(len(content) * start), int(len(content) * end)
    path.write_bytes(content[:first] + bytes(last - first) + content[last:])
    return path

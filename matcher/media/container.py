"""Opening files with av: only containers that hold their own bytes, and only what is small enough to decode."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import av
from av.stream import Disposition

from matcher.errors import MediaUnreadable, NoMedia
from matcher.media.bounds import LARGE_FRAME, MAX_FRAME_PIXELS, MAX_PICTURE_PIXELS, TAKE_ANOTHER
from matcher.media.given import to_open

# A playlist could make the demuxer open other files or addresses; only containers that hold their own bytes are read.
CONTAINERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,flv,mpegts,mpeg,mpegvideo,ogg,asf,gif,apng,webp_pipe,h264,hevc,av1,obu,ivf,m4v,"
    "wav,mp3,aac,flac"
)
OPEN_SECONDS = 10.0
SEARCHED_BYTES, SEARCHED_SECONDS = 64 << 20, 3600
"""How far a file is read in search of picture tracks that begin late."""

READ_ERRORS = (av.FFmpegError, OSError, ValueError)
HEADERLESS = ("mpegts", "mpeg", "flv")
"""Containers in which a track may begin anywhere."""
FOUND_AT_END = ("mpegts", "mpeg")
"""Containers whose length is not written down, but guessed from what is at their end."""
INDEXED = "mov,mp4,m4a,3gp,3g2,mj2"
"""The containers that name every packet beforehand, so that none goes missing unseen."""


def open_container(path: Path, *, thoroughly: bool = False, edited: bool = True) -> Any:
    """The opened file. Raises MediaUnreadable.

    thoroughly: search for tracks that begin late. edited: as the file's list of edits has players show it, or else all of it.
    """
    options = {"protocol_whitelist": "file", "format_whitelist": CONTAINERS, "max_pixels": str(MAX_PICTURE_PIXELS)}
    if not edited:
        options["ignore_editlist"] = "1"
    if thoroughly:
        options |= {"probesize": str(SEARCHED_BYTES), "analyzeduration": str(SEARCHED_SECONDS * 1_000_000)}
    try:
        return av.open(to_open(path), options=options, timeout=OPEN_SECONDS, metadata_errors="replace")
    except READ_ERRORS as error:
        raise NoMedia(f"{path.name} is no video or picture that can be read.", TAKE_ANOTHER) from error


def begin_stream(path: Path, container: Any, number: int, threads: int) -> Any:
    """The stream of pictures of that number, made ready to decode. Raises MediaUnreadable where it is not one or too large."""
    stream = container.streams.video[number]
    context = stream.codec_context
    if context is None:
        raise MediaUnreadable(f"{path.name} does not say how its video is encoded.", TAKE_ANOTHER)
    pixels, most = context.width * context.height, MAX_PICTURE_PIXELS if is_still(container, stream) else MAX_FRAME_PIXELS
    if pixels > most:
        raise MediaUnreadable(
            f"{path.name} claims frames of {context.width} x {context.height} pixels.",
            f"Frames of up to {most:,} pixels are read, which is more than 8K.",
        )
    if not context.is_open:
        stream.thread_type = "AUTO"
        context.thread_count = threads if pixels <= LARGE_FRAME else 1
        # A stream may grow on the way.
        context.options = {**context.options, "max_pixels": str(most)}
    return stream


def is_still(container: Any, stream: Any) -> bool:
    """Whether the stream is a single picture, such as a cover or the first item of a picture file."""
    single = Disposition.attached_pic | Disposition.still_image
    return (
        bool(stream.disposition & single) or (stream.frames == 1 and not stream.duration) or container.format.name == "webp_pipe"
    )


def is_tile(stream: Any) -> bool:
    """Whether the stream is a part of a larger picture."""
    return bool(stream.disposition & Disposition.dependent)


def packet_places(path: Path) -> Iterator[tuple[int, int]]:
    """Place and size in bytes of every packet of every stream that can be read."""
    with suppress(MediaUnreadable, *READ_ERRORS), open_container(path) as container:
        yield from ((packet.pos, packet.size) for packet in container.demux() if packet.size and packet.pos is not None)


def late_tracks(container: Any) -> bool:
    """Whether tracks of pictures have come up while reading that were not known at the beginning."""
    if container.format.name not in HEADERLESS:
        return False
    said = [line for line in container.dumps_format().splitlines() if "Stream #0:" in line and "Video:" in line]
    return len(said) > len(container.streams.video)

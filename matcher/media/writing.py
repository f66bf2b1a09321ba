"""Encoding of frames as a video."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from registry.types import Image


def write_clip(
    path: Path, frames: Iterable[Image], fps: int | Fraction = 25, metadata: Mapping[str, str] | None = None, crf: int = 23
) -> None:
    """Encode frames of one size (even width and height) as H.264 in MP4, with metadata in its keys atom."""
    with av.open(str(path), "w", format="mp4", options={"movflags": "use_metadata_tags+faststart"}) as container:
        container.metadata.update(metadata or {})
        stream: Any = None
        for image in frames:
            if stream is None:
                stream = container.add_stream("libx264", rate=Fraction(fps), options={"crf": str(crf), "preset": "veryfast"})
                stream.height, stream.width = image.shape[:2]
                stream.pix_fmt = "yuv420p"
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="bgr24")))
        if stream is not None:
            container.mux(stream.encode())

"""Stills: frames cut again from the captured bytes by time, with and without the box of a match."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from matcher.decoding import bytes_of, decoder
from matcher.errors import MatcherError
from matcher.types import Box
from registry.actions import Action
from registry.kinds import SampleKind
from registry.types import Image
from reports.errors import EvidenceMissing
from reports.render.plain import clock, part

BOX_COLOUR = (36, 77, 232)
"""Blue-green-red: an orange red that stands out on skin and on drawings."""


def cut_still(media: Path, t: float, track: int = 0, *, counted: bool = False) -> tuple[Image, float]:
    """The frame shown at t seconds, and how many pixels of the full-size frame one of its pixels stands for.

    track, counted: of the appearance. Raises EvidenceMissing when the media gives none.
    """
    try:
        frame = decoder().frame_at(media, t, track, counted=counted)
    except (MatcherError, OSError) as error:
        raise EvidenceMissing(
            f"No picture can be cut at {t:.2f} s: {error}", "Check the vault, and capture it again.", Action.VERIFY
        ) from error
    return frame.image, frame.scale


NO_PLACE = "What is heard has no place in a picture."


def read_reference(path: Path, kind: SampleKind = SampleKind.PICTURE, at: float | None = None) -> Image:
    """A reference as a picture: of a clip the one at that second, or the first. Raises EvidenceMissing, also for a recording."""
    if kind is SampleKind.RECORDING:
        raise EvidenceMissing("The reference is a recording, and has no picture.", "Listen to it.")
    try:
        if kind is SampleKind.CLIP:
            content = bytes_of(path, path.name)
            if content is None:
                return decoder().frame_at(path, at or 0.0).image
            return decoder().frame_in(content, path.name, at or 0.0).image
        return decoder().picture(path)
    except (MatcherError, OSError) as error:
        raise EvidenceMissing(f"A reference picture cannot be read: {error}", "Enrol the reference again.") from error


def shown_second(entry: Mapping[str, Any]) -> float | None:
    """Of a match as matches.json has it: which second of the reference is seen at its best one, where that has a length."""
    span = entry.get("reference_span")
    return None if span is None else float(span[2])


def shown_part(entry: Mapping[str, Any]) -> str:
    """Which seconds of the reference it shows, as the end of a line; "" of a picture."""
    span = entry.get("reference_span")
    return "" if span is None else part(span[0], span[1], entry["best_t"], entry["spans"])


def of_second(at: float | None) -> str:
    """The same as a caption has it; "" of a picture."""
    return "" if at is None else f" at {clock(at)}"


def with_box(image: Image, box: Box | None, scale: float = 1.0) -> Image:
    """A copy of the picture with the box, if any: a coloured line between two dark ones, so that it shows on any ground."""
    drawn = image.copy()
    if box is None:
        return drawn
    height, width = drawn.shape[:2]
    edge = max(2, round(max(height, width) / 320))
    corners = [_inside(value / scale, limit) for value, limit in zip(_corners(box), (width, height) * 2, strict=True)]
    for thickness, colour in ((edge * 3, (20, 20, 20)), (edge, BOX_COLOUR)):
        cv2.rectangle(drawn, (corners[0], corners[1]), (corners[2], corners[3]), colour, thickness)
    return drawn


def _corners(box: Box) -> tuple[float, float, float, float]:
    return box.x1, box.y1, box.x2, box.y2


def _inside(value: float, limit: int) -> int:
    return min(max(round(value), 0), limit - 1)


def close_up(image: Image, box: Box, scale: float = 1.0, room: float = 0.6) -> Image:
    """The part of the picture around a box, with room (as a share of the box) on each side."""
    height, width = image.shape[:2]
    x1, y1, x2, y2 = (value / scale for value in _corners(box))
    pad_x, pad_y = (x2 - x1) * room, (y2 - y1) * room
    left, right = _inside(x1 - pad_x, width), _inside(x2 + pad_x, width)
    top, bottom = _inside(y1 - pad_y, height), _inside(y2 + pad_y, height)
    return np.ascontiguousarray(image[top : max(bottom, top + 1), left : max(right, left + 1)])


def jpeg(image: Image, most: int = 640, quality: int = 82) -> bytes:
    """The picture as JPEG, its longer side at most so many pixels."""
    share = most / max(image.shape[:2])
    if share < 1:
        size = (max(1, round(image.shape[1] * share)), max(1, round(image.shape[0] * share)))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    return _encoded(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])


def png(image: Image) -> bytes:
    """The picture as PNG, pixel for pixel."""
    return _encoded(".png", image, [])


def _encoded(kind: str, image: Image, options: list[int]) -> bytes:
    done, content = cv2.imencode(kind, image, options)
    if not done:
        raise EvidenceMissing("A picture could not be encoded.", "Report this with the media file.")
    return content.tobytes()

"""Faces that a match is not about, in pictures that are meant for sending: found, and made unrecognisable for good.

The captured media keeps them as they are. What is hidden is said, place by place, so that anybody can make the same picture of
the media again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from matcher.decoding import decoder
from matcher.face.finding import FacesSeen
from matcher.types import Box
from registry.types import Image, Modality
from reports.evidence.stills import cut_still

Corners = tuple[float, float, float, float]
"""Left, top, right and bottom, in pixels of the full frame."""

ROOM = 0.25
"""How far beyond a face's box it is hidden, as a share of the box, on each side: hair and chin tell who somebody is, too."""

CELLS = 5
"""Colours that are left of a hidden place along its longer side."""

OWN_FACE = 0.3
"""Overlap, of intersection over union, from which a face is the matched one."""

SAME_HEAD = 0.6
"""Share of a face within the spared one from which there is one head and not two."""

WITHIN = 0.8
"""Share of a face that lies in the place of a drawing, and so may be the drawing's own."""


@dataclass(frozen=True)
class Hidden:
    """What of a picture was made unrecognisable. faces: how many; places: where, up to four for one face, since nothing of the
    matched face is hidden. absent: why nobody looked for faces, "" where somebody did."""

    faces: int
    places: tuple[Corners, ...]
    absent: str = ""

    @property
    def said(self) -> str:
        """One sentence for whoever sees the picture; "" where there is nothing to say."""
        if self.absent:
            return f"Faces of others were not looked for: {self.absent}."
        return f"Other faces made unrecognisable: {self.faces}." if self.faces else ""


@dataclass(frozen=True)
class SentStill:
    """A frame as it may be sent. scale: see cut_still."""

    image: Image
    scale: float
    hidden: Hidden


def still_to_send(
    media: Path, t: float, own: Box | None, modality: Modality, track: int = 0, *, counted: bool = False
) -> SentStill:
    """The frame shown at t seconds, without the faces that are not the match's own. own: the match's box then; t, track, counted:
    see cut_still. Raises EvidenceMissing."""
    image, scale = cut_still(media, t, track, counted=counted)
    hidden = others_in(decoder().finder.faces(image), own, modality, scale)
    return SentStill(without(image, hidden.places, scale), scale, hidden)


def others_in(seen: FacesSeen, own: Box | None, modality: Modality, scale: float) -> Hidden:
    """What is to be hidden of a picture. seen: the faces in it, in its own pixels; own: the match's box, in those of the full
    frame, of which one pixel of the picture stands for scale; all faces are others' where it has none. Faces within footage are
    the footage's own."""
    faces = [_corners(box, scale) for box in seen.boxes]
    matched = None if own is None else (own.x1, own.y1, own.x2, own.y2)
    if matched is None or modality is Modality.FOOTAGE:
        strange = [face for face in faces if matched is None or _shared(face, matched) < WITHIN * _area(face)]
        return _hidden(strange, None, seen.absent)
    kept = (_matched if modality is Modality.FACE else _drawn)(faces, matched)
    spared = matched if modality is Modality.FACE else None if kept is None else faces[kept]
    others = [face for number, face in enumerate(faces) if number != kept and not _is_part(face, spared)]
    return _hidden(others, spared, seen.absent)


def _hidden(faces: Sequence[Corners], spared: Corners | None, absent: str) -> Hidden:
    """These faces, with the room around each that is not of the spared one."""
    return Hidden(len(faces), tuple(_rounded(part) for face in faces for part in _around(_wider(face), spared)), absent)


def _rounded(place: Corners) -> Corners:
    x1, y1, x2, y2 = (round(value, 1) for value in place)
    return x1, y1, x2, y2


def without(image: Image, places: Sequence[Corners], scale: float) -> Image:
    """A copy of the picture with nothing but a few blurred colours at these places."""
    made = image.copy()
    height, width = made.shape[:2]
    for place in places:
        x1, y1 = (max(0, int(value / scale)) for value in place[:2])
        x2, y2 = (min(limit, int(-(-value // scale))) for value, limit in zip(place[2:], (width, height), strict=True))
        if x1 < x2 and y1 < y2:
            made[y1:y2, x1:x2] = _colours(made[y1:y2, x1:x2])
    return made


def _colours(part: Image) -> Image:
    """The means of a few cells, blurred into one another: what made the difference between two faces is not in them."""
    height, width = part.shape[:2]
    longer = max(height, width)
    cells = (max(1, round(CELLS * width / longer)), max(1, round(CELLS * height / longer)))
    means = cv2.resize(part, cells, interpolation=cv2.INTER_AREA)
    flat = cv2.resize(means, (width, height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.GaussianBlur(flat, (0, 0), max(1.0, longer / CELLS / 2)), np.uint8)


def _corners(box: Box, scale: float) -> Corners:
    return box.x1 * scale, box.y1 * scale, box.x2 * scale, box.y2 * scale


def _matched(faces: Sequence[Corners], own: Corners) -> int | None:
    """Which of them is the matched face: the one that shares most of its place."""
    return _best([_shared(face, own) / max(_area(face) + _area(own) - _shared(face, own), 1e-9) for face in faces], OWN_FACE)


def _drawn(faces: Sequence[Corners], own: Corners) -> int | None:
    """Which of them is that of a drawn figure or picture: the largest one in its place."""
    return _best([_area(face) if _shared(face, own) >= WITHIN * _area(face) else 0.0 for face in faces], 1e-9)


def _is_part(face: Corners, spared: Corners | None) -> bool:
    """Whether it is the face that is spared, seen once more by a closer look."""
    return spared is not None and _shared(face, spared) >= SAME_HEAD * _area(face)


def _best(values: Sequence[float], least: float) -> int | None:
    best = max(range(len(values)), key=values.__getitem__, default=None)
    return best if best is not None and values[best] >= least else None


def _area(corners: Corners) -> float:
    return max(0.0, corners[2] - corners[0]) * max(0.0, corners[3] - corners[1])


def _shared(one: Corners, other: Corners) -> float:
    return _area((max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])))


def _wider(face: Corners) -> Corners:
    x1, y1, x2, y2 = face
    more_x, more_y = ROOM * (x2 - x1), ROOM * (y2 - y1)
    return max(0.0, x1 - more_x), max(0.0, y1 - more_y), x2 + more_x, y2 + more_y


def _around(place: Corners, spared: Corners | None) -> Iterator[Corners]:
    """The parts of a place that together cover all of it but what is spared."""
    if spared is None or _shared(place, spared) == 0:
        yield place
        return
    x1, y1, x2, y2 = place
    left, top, right, bottom = spared
    parts = ((x1, y1, min(x2, left), y2), (max(x1, right), y1, x2, y2), (x1, y1, x2, min(y2, top)), (x1, max(y1, bottom), x2, y2))
    yield from (part for part in parts if _area(part) > 0)

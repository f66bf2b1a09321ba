"""The pictures of a report: each frame is decoded once, each reference read once."""

from collections import OrderedDict
from dataclasses import dataclass

import cv2
import numpy as np
from sqlmodel import Session

from matcher.decoding import decoder
from matcher.face.finding import FacesSeen
from registry.errors import SemblanceError
from registry.references import Reference
from registry.types import Image
from registry.vault.base import Vault
from reports.evidence.bystanders import others_in, without
from reports.evidence.stills import NO_PLACE, cut_still, jpeg, read_reference, with_box
from reports.matches import MatchRow

STILL_SIDE, REFERENCE_SIDE = 560, 320
"""Pixels of the longer side: some 300 to the inch at the size at which a report prints them."""
MOST_FRAMES = 32
MOST_BYTES = 6 << 20
"""Of all pictures that one report shows: on a page each takes a third more, and the report is to be sent."""
NO_REFERENCE = "The reference was removed since."


@dataclass(frozen=True)
class Picture:
    """content: JPEG. width, height: in pixels."""

    content: bytes
    width: int
    height: int


@dataclass(frozen=True)
class Shown:
    """A picture, or why there is none. others: what was done about the faces of others, "" where there were none."""

    picture: Picture | None
    gone: str = ""
    others: str = ""


@dataclass(frozen=True)
class _FrameSeen:
    """scale: how many pixels of the full frame one of the image's stands for. faces: all that are in it."""

    image: Image
    scale: float
    faces: FacesSeen


class Pictures:
    """For one report, whose matches are asked for video by video: the last frames are kept, and every reference."""

    def __init__(self, session: Session, vault: Vault) -> None:
        self._session, self._vault = session, vault
        self._frames: OrderedDict[tuple[str, float, int, bool], _FrameSeen] = OrderedDict()
        self._references: dict[tuple[str, float | None], Shown] = {}
        self._bytes = 0

    @property
    def enough(self) -> bool:
        """Whether the report would grow too large with more of them."""
        return self._bytes >= MOST_BYTES

    def still(self, media_sha256: str, match: MatchRow) -> Shown:
        """The frame at a match's best moment with its box drawn, without the faces of others."""
        if match.best_box is None:
            return Shown(None, NO_PLACE)
        try:
            frame = self._frame(media_sha256, match)
            hidden = others_in(frame.faces, match.best_box, match.modality, frame.scale)
            image = with_box(without(frame.image, hidden.places, frame.scale), match.best_box, frame.scale)
            return self._counted(Shown(_picture(image, STILL_SIDE), others=hidden.said))
        except SemblanceError as error:
            return Shown(None, error.what)

    def reference(self, reference_id: str, at: float | None = None) -> Shown:
        """The picture of a reference, of a clip at that second, or why there is none; read once."""
        key = (reference_id, at)
        if key not in self._references:
            self._references[key] = self._read(reference_id, at)
        return self._counted(self._references[key])

    def _counted(self, shown: Shown) -> Shown:
        self._bytes += len(shown.picture.content) if shown.picture else 0
        return shown

    def _frame(self, media_sha256: str, match: MatchRow) -> _FrameSeen:
        key = (media_sha256, round(match.best_t, 3), match.track, match.counted)
        if key not in self._frames:
            with self._vault.as_file(media_sha256) as media:
                image, scale = _smaller(*cut_still(media, match.best_t, match.track, counted=match.counted))
            self._frames[key] = _FrameSeen(image, scale, decoder().finder.faces(image))
            if len(self._frames) > MOST_FRAMES:
                self._frames.popitem(last=False)
        return self._frames[key]

    def _read(self, reference_id: str, at: float | None) -> Shown:
        row = self._session.get(Reference, reference_id)
        if row is None:
            return Shown(None, NO_REFERENCE)
        try:
            with self._vault.opened(row.sha256) as path:
                return Shown(_picture(read_reference(path, row.kind, at), REFERENCE_SIDE))
        except SemblanceError as error:
            return Shown(None, error.what)


def _smaller(image: Image, scale: float) -> tuple[Image, float]:
    """The picture at the size at which it is shown, and how many pixels of the full frame one of its pixels stands for."""
    share = STILL_SIDE / max(image.shape[:2])
    if share >= 1:
        return image, scale
    height, width = (max(1, round(side * share)) for side in image.shape[:2])
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8), scale / share


def _picture(image: Image, most: int) -> Picture:
    share = min(1.0, most / max(image.shape[:2]))
    height, width = (max(1, round(side * share)) for side in image.shape[:2])
    return Picture(jpeg(image, most), width, height)

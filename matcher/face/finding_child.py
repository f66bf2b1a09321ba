"""What runs in the process that finds faces: see `matcher.face.finding`, which starts it."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from matcher.assemble import detector_of
from matcher.errors import MatcherError
from matcher.face.detect import Detector, suppress
from matcher.face.finding import SIZE
from matcher.packs.store import load
from matcher.packs.terms import check_permitted

AGAIN = 2
"""How much closer the second look is, where the picture has the pixels for it: faces in the background are small."""

SAME = 0.4
"""Overlap from which two looks saw one face."""


def finding(shared: bytes) -> Callable[[bytes], bytes]:
    """Answers a picture with the corners of all faces in it, or with why there is nobody to look."""
    models, packs, commercial, accepted = json.loads(shared)
    detector, absent = _first(Path(models), packs, commercial=commercial, accepted=accepted)

    def answer(job: bytes) -> bytes:
        if detector is None:
            return json.dumps({"absent": absent}).encode()
        height, width = SIZE.unpack_from(job)
        image = np.frombuffer(job, np.uint8, offset=SIZE.size).reshape(height, width, 3)
        looks = [detector.detect(image, side) for side in _sides(detector.side, max(height, width))]
        boxes, scores = (np.concatenate([getattr(look, part) for look in looks]) for part in ("boxes", "scores"))
        return json.dumps({"absent": "", "boxes": boxes[suppress(boxes, scores, SAME)].tolist()}).encode()

    return answer


def _sides(usual: int, longer: int) -> list[int]:
    closer = min(AGAIN * usual, longer)
    return [usual, closer] if closer > usual else [usual]


def _first(models: Path, packs: Sequence[str], *, commercial: bool, accepted: Sequence[str]) -> tuple[Detector | None, str]:
    """The detector of the first pack that has one and may be used; else the reason of the first that was refused."""
    reasons: list[str] = []
    for name in packs:
        try:
            pack = load(models, name)
            check_permitted(pack, commercial=commercial, accepted=accepted)
            if pack.spec.face:
                return detector_of(pack, pack.spec.face), ""
        except MatcherError as error:
            reasons.append(error.what[0].lower() + error.what[1:].rstrip("."))
    return None, reasons[0] if reasons else "no pack with a face detector is chosen"

"""The demonstration's clips: edited frame by frame, then really encoded."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from matcher.media import write_clip
from monitor.demo.drawings import fox, meadow, night_town, seal
from monitor.demo.pictures import Photos
from registry.types import Image

WIDTH, HEIGHT, FPS = 640, 360, 24
View = tuple[float, float, float]
"""Centre x and y and width of what the camera sees, in pixels of the picture it looks at."""

AIGC = json.dumps(
    {
        "Label": "1",
        "ContentProducer": "demo-generator",
        "ProduceID": "demo-0001",
        "ReservedCode1": "",
        "ContentPropagator": "demo-platform",
        "PropagateID": "demo-0002",
        "ReservedCode2": "",
    }
)


def write_clips(folder: Path, photos: Photos) -> Mapping[str, Path]:
    """Encode every clip; each by its name on the demonstration's site."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: folder / f"{name}.mp4" for name in CLIPS}
    for name, (frames, crf) in CLIPS.items():
        write_clip(paths[name], frames(photos), FPS, LABELS.get(name), crf)
    return paths


def moon_soda(photos: Photos) -> Iterator[Image]:
    """A made-up advertisement: a title, a cut, then the astronaut with other colours and a banner over the picture."""
    for frame in camera(night_town(960, 540, 4), (480, 300, 900), (520, 280, 700), 1.5):
        yield caption(frame, "MOON SODA", 0.55)
    for frame in camera(photos.astronaut, (260, 190, 470), (235, 140, 330), 4.0):
        yield caption(graded(frame, (0.82, 0.95, 1.12)), "one small sip", 0.9)


def fox_sale(_: Photos) -> Iterator[Image]:
    """The fox, mirrored and recoloured, waddles over a meadow; then the seal turns before a town."""
    figure = cutout(fox, 300)
    hills = list(camera(meadow(900, 520, 7), (380, 270, 700), (520, 260, 700), 3.5))
    for number, frame in enumerate(hills):
        part = number / len(hills)
        yield caption(pasted(frame, figure, (420 - 200 * part, 195), 0.95, 5 * np.sin(part * 20), mirror=True), "FOX SALE", 0.12)
    sign = cutout(seal, 320)
    for number, frame in enumerate(camera(night_town(900, 520, 9), (450, 260, 800), (450, 260, 620), 2.5)):
        yield graded(pasted(frame, sign, (320, 180), 0.8, number * 0.3 - 9), (1.1, 0.95, 0.9))


def interview(photos: Photos) -> Iterator[Image]:
    """The actor on a screen in a town at night, drawing slowly nearer."""
    face = cv2.resize(photos.actor, (448, 448), interpolation=cv2.INTER_CUBIC)
    town = night_town(1280, 720, 12)
    cv2.rectangle(town, (410, 130), (870, 590), (24, 22, 30), -1)
    town[136:584, 416:864] = face
    for frame in camera(town, (640, 380, 1180), (640, 360, 900), 4.0):
        yield caption(graded(frame, (1.08, 1.0, 0.92)), "A LATE TALK", 0.93)


def bedtime(_: Photos) -> Iterator[Image]:
    """The licensed use: the fox in a town at night, with the studio's seal in the corner."""
    figure, sign = cutout(fox, 300), cutout(seal, 320)
    for number, frame in enumerate(camera(night_town(960, 540, 21), (420, 270, 800), (540, 270, 760), 4.0)):
        shown = pasted(frame, figure, (210 + number, 200), 0.9, -4)
        yield pasted(shown, sign, (530, 105), 0.56, 0)


def passers_by(photos: Photos) -> Iterator[Image]:
    """People of whom nobody is enrolled: a pan over a group photo."""
    yield from camera(photos.group, (420, 330, 760), (860, 360, 700), 4.0)


CLIPS: Mapping[str, tuple[Callable[[Photos], Iterator[Image]], int]] = {
    "moon-soda": (moon_soda, 28),
    "fox-sale": (fox_sale, 30),
    "interview": (interview, 27),
    "bedtime": (bedtime, 23),
    "passers-by": (passers_by, 25),
}
"""Each clip's frames and how hard it is compressed (constant rate factor)."""

LABELS: Mapping[str, Mapping[str, str]] = {"fox-sale": {"AIGC": AIGC}}
"""What a clip's metadata says of its making; all others say nothing."""


def camera(picture: Image, start: View, end: View, seconds: float) -> Iterator[Image]:
    """Pan and zoom over a picture, from one view to another."""
    count = round(seconds * FPS)
    for number in range(count):
        x, y, width = (a + (b - a) * number / max(1, count - 1) for a, b in zip(start, end, strict=True))
        scale = WIDTH / width
        matrix = np.array([[scale, 0, WIDTH / 2 - x * scale], [0, scale, HEIGHT / 2 - y * scale]])
        yield np.asarray(
            cv2.warpAffine(picture, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101), np.uint8
        )


def graded(frame: Image, gains: tuple[float, float, float]) -> Image:
    """Other colours: each of blue, green and red times its gain."""
    return np.asarray(np.clip(frame * np.array(gains), 0, 255), np.uint8)


def caption(frame: Image, text: str, height: float) -> Image:
    """Text on a dark band at a height between 0 (top) and 1 (bottom)."""
    y = round(height * HEIGHT)
    shown = frame.copy()
    shown[max(0, y - 20) : y + 20] //= 3
    (width, tall), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, 0.9, 2)
    place = ((WIDTH - width) // 2, y + tall // 2)
    return np.asarray(cv2.putText(shown, text, place, cv2.FONT_HERSHEY_DUPLEX, 0.9, (240, 250, 255), 2, cv2.LINE_AA), np.uint8)


Cutout = NDArray[np.float32]
"""(side, side, 4): a drawing times its opacity, and its opacity from 0 to 1."""


def cutout(draw: Callable[[int, tuple[int, int, int]], Image], side: int) -> Cutout:
    """A drawing freed of its ground: what differs between black and white grounds is how much of the ground shows through."""
    on_black, on_white = (draw(side, ground).astype(np.float32) for ground in ((0, 0, 0), (255, 255, 255)))
    opacity = 1.0 - (on_white - on_black).mean(axis=2, keepdims=True) / 255.0
    return np.concatenate([on_black, np.clip(opacity, 0.0, 1.0)], axis=2)


def pasted(
    frame: Image, figure: Cutout, centre: tuple[float, float], scale: float, turn: float, *, mirror: bool = False
) -> Image:
    """The frame with a figure on it; turn in degrees."""
    side = figure.shape[0]
    matrix = cv2.getRotationMatrix2D((side / 2, side / 2), turn, scale)
    matrix[:, 2] += (centre[0] - side / 2, centre[1] - side / 2)
    source = np.ascontiguousarray(figure[:, ::-1]) if mirror else figure
    laid = cv2.warpAffine(source, matrix, (WIDTH, HEIGHT))
    return np.clip(laid[..., :3] + frame * (1.0 - laid[..., 3:]), 0, 255).astype(np.uint8)

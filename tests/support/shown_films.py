"""Films in which a drawn figure moves, and copies of them, as they are put up again: for what is recognised in copies."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

import cv2
import numpy as np

from tests.support.drawn_clips import RATE, figure
from tests.support.films import HEIGHT, WIDTH, Picture, film
from tests.support.loopback_site import Site

SIDE = 170


def shows(shown: int, place: int, seconds: float) -> Iterator[Picture]:
    """A film of that number in which the figure moves from the left to the right."""
    small = cv2.resize(figure(shown), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    for number, frame in enumerate(film(place, seconds, shot_seconds=seconds)):
        x = round(40 + (WIDTH - SIDE - 80) * number / (seconds * RATE))
        frame[60 : 60 + SIDE, x : x + SIDE] = small
        yield frame


def smaller(frames: Iterable[Picture]) -> Iterator[Picture]:
    """The whole of each, with bars above and below, at nine tenths of the size."""
    for frame in frames:
        small = cv2.resize(frame, (WIDTH * 9 // 10, HEIGHT * 9 // 20 * 2), interpolation=cv2.INTER_AREA)
        yield np.asarray(cv2.copyMakeBorder(small, 30, 30, 0, 0, cv2.BORDER_CONSTANT), np.uint8)


def within(frames: Iterable[Picture], around: int) -> Iterator[Picture]:
    """Each in the lower right corner of another film, at seven tenths of its size."""
    shown = list(frames)
    for frame, other in zip(shown, film(around, len(shown) / RATE), strict=True):
        made = other.copy()
        small = cv2.resize(frame, (WIDTH * 7 // 10, HEIGHT * 7 // 10), interpolation=cv2.INTER_AREA)
        made[-small.shape[0] :, -small.shape[1] :] = small
        yield made


def between(frames: Iterable[Picture], around: int, seconds: float) -> Iterator[Picture]:
    """After and before stretches of other films."""
    return chain(film(around, seconds), frames, film(around + 1, seconds))


def part(frames: Iterable[Picture], first: float, last: float) -> Iterator[Picture]:
    return islice(frames, round(first * RATE), round(last * RATE))


def put_up(site: Site, *videos: Path) -> None:
    """Each on a page of its own, and a front page that leads to all that were put up."""
    for video in videos:
        site.file(f"/media/{video.name}", video.read_bytes())
        head = f"<head><title>{video.stem}</title></head>"
        site.page(f"/watch/{video.stem}", f'<html>{head}<body><video src="/media/{video.name}"></video></body></html>')
    links = "".join(f'<a href="{path}">{path}</a>' for path in site.routes if path.startswith("/watch/"))
    site.page("/", f"<html><body>{links}</body></html>")

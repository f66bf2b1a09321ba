"""A batch's photos, decoded and looked at ahead of whoever takes in what they show."""

from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

from monitor.engine.scanner import cores
from monitor.enrolment import read_photo
from monitor.roster.photos import Photos
from registry.types import Image

AHEAD = 3
"""Photos that are decoded, or about to be, while others are looked at: a large one takes a hundred megabytes."""

Seen = TypeVar("Seen")


def looked_at(photos: Photos, names: Sequence[str], look: Callable[[Image], Seen]) -> Generator[Callable[[], Seen]]:
    """For each photo in turn what gives what look makes of its picture, or raises what look or read_photo raises.

    One photo is decoded at a time, and as many are looked at as there are cores: look is called by several threads.
    """

    def read(name: str) -> Image:
        with photos.opened(name) as file:
            return read_photo(file, name)

    waiting: deque[Future[Seen]] = deque()
    decoding, looking = ThreadPoolExecutor(1, "decoding ahead"), ThreadPoolExecutor(cores(), "looking at photos")
    try:
        for name in names:
            picture = decoding.submit(copy_context().run, read, name)
            waiting.append(looking.submit(copy_context().run, lambda known=picture: look(known.result())))
            if len(waiting) >= AHEAD + cores():
                yield waiting.popleft().result
        while waiting:
            yield waiting.popleft().result
    finally:
        for threads in (looking, decoding):
            threads.shutdown(wait=False, cancel_futures=True)

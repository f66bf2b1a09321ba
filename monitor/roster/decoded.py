"""A batch's photos, decoded ahead of whoever looks at them."""

from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context

from monitor.enrolment import read_photo
from monitor.roster.photos import Photos
from registry.types import Image

AHEAD = 3
"""Photos that are decoded, or about to be, while one is looked at: a large one takes a hundred megabytes."""


def decoded(photos: Photos, names: Sequence[str]) -> Generator[Callable[[], Image]]:
    """For each photo in turn what gives its picture, or raises what read_photo raises."""

    def read(name: str) -> Image:
        with photos.opened(name) as file:
            return read_photo(file, name)

    waiting: deque[Future[Image]] = deque()
    thread = ThreadPoolExecutor(1, "decoding ahead")
    try:
        for name in names:
            waiting.append(thread.submit(copy_context().run, read, name))
            if len(waiting) > AHEAD:
                yield waiting.popleft().result
        while waiting:
            yield waiting.popleft().result
    finally:
        thread.shutdown(wait=False, cancel_futures=True)

"""Working ahead: a generator runs in a thread of its own while its items are being used."""

import queue
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Generic, Self, TypeVar

T = TypeVar("T")
GLANCE_SECONDS = 0.1


class _End:
    """What the thread sends last; error is what ended it."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


class Ahead(Generic[T]):
    """Iterates over items, of which at most depth wait. Decoders and models let go of the interpreter while they work, so two
    cores are used by two threads. An error of the generator is raised where its next item would have come.

    Use as a context manager: the thread has ended when the block has.
    """

    def __init__(self, items: Iterator[T], depth: int) -> None:
        self._items, self._stopped = items, threading.Event()
        self._queue: queue.Queue[T | _End] = queue.Queue(depth)
        self._thread = threading.Thread(target=self._fill, name="ahead", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stopped.set()
        self._thread.join()

    def __iter__(self) -> Iterator[T]:
        while True:
            item = self._queue.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item

    def _fill(self) -> None:
        end = _End(None)
        try:
            for item in self._items:
                if not self._put(item):
                    return
        except BaseException as error:  # whatever it is, it belongs to whoever uses the items
            end = _End(error)
        self._put(end)

    def _put(self, item: T | _End) -> bool:
        while not self._stopped.is_set():
            try:
                self._queue.put(item, timeout=GLANCE_SECONDS)
            except queue.Full:
                continue
            return True
        return False

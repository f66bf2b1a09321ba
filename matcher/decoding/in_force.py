"""The decoder of the work under way."""

import atexit
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from matcher.decoder_at_hand import at_hand, decoder_at_hand
from matcher.decoding.bounds import Bounds
from matcher.decoding.decoder import Decoder
from matcher.face.finding import DetectorChoice


@contextmanager
def decoding(
    bounds: Bounds = Bounds(),  # noqa: B008
    readable: tuple[Path, ...] = (),
    detector: DetectorChoice | None = None,
) -> Iterator[Decoder]:
    """One decoder for all work within; its processes start when they are needed and end here. See Decoder."""
    with Decoder(bounds, readable, detector) as made, at_hand(lambda: made):
        yield made


def decoder() -> Decoder:
    """The decoder in force; outside of every `decoding` the program's own, which has the default bounds and ends with it."""
    return decoder_at_hand() or _of_the_program()


@cache
def _of_the_program() -> Decoder:
    made = Decoder()
    atexit.register(made.close)
    return made

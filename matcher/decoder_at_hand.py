"""Which decoder the work under way has, said without loading any: most work asks for none."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matcher.decoding import Decoder

_AT_HAND: "ContextVar[Callable[[], Decoder] | None]" = ContextVar("decoder", default=None)


@contextmanager
def at_hand(give: "Callable[[], Decoder]") -> Iterator[None]:
    """All work within that asks for a decoder is given this one. give: called at each asking."""
    token = _AT_HAND.set(give)
    try:
        yield
    finally:
        _AT_HAND.reset(token)


def decoder_at_hand() -> "Decoder | None":
    """What the innermost `at_hand` of this thread gives; None outside of all."""
    give = _AT_HAND.get()
    return give() if give is not None else None

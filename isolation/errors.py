"""What becomes of work in a confined process that gives no answer."""

from enum import StrEnum


class Cause(StrEnum):
    """Why there is no answer."""

    TIME = "time"
    MEMORY = "memory"
    CRASH = "crash"
    STOPPED = "stopped"
    START = "start"


class Lost(Exception):
    """A confined process ended, or was ended, before it answered. Whoever asked says what that means for the work."""

    def __init__(self, cause: Cause, words: str) -> None:
        super().__init__(words)
        self.cause, self.words = cause, words


class Broke(Exception):
    """The code that ran in a confined process raised what it did not expect: a fault of this program on that work."""

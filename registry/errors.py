"""The one error root. Every package's own root derives from it; the command line catches it once."""

from enum import IntEnum

from registry.actions import Action, Advice, Step, in_words


class ExitCode(IntEnum):
    """What the process tells its caller."""

    DONE = 0
    FOUND = 1
    WRONG_USE = 2
    OUTSIDE_CAUSE = 3
    DAMAGED = 4


class SemblanceError(Exception):
    """Something a user can act on.

    what: what happened, one sentence. remedy: what to do about it, in sentences or as actions that each face words in its own
    way. retryable: whether the same call can succeed later without anybody changing anything.
    """

    exit_code = ExitCode.WRONG_USE

    def __init__(self, what: str, *remedy: Advice, retryable: bool = False) -> None:
        super().__init__(what)
        self.what = what
        self.advice = " ".join(part for part in remedy if isinstance(part, str) and part)
        self.steps = tuple(Step(part) if isinstance(part, Action) else part for part in remedy if not isinstance(part, str))
        self.retryable = retryable

    @property
    def remedy(self) -> str:
        """What to do about it, in words that hold in any face."""
        return f"{self.advice} {in_words(self.steps)}".strip()

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}".strip()


class RegistryError(SemblanceError):
    """Root of the registry's errors."""


class NotFound(RegistryError):
    """A name or an id that the registry does not hold."""


class Conflict(RegistryError):
    """A name or a row that is there already."""


class Damaged(RegistryError):
    """Stored bytes that no longer have the digest they were stored under."""

    exit_code = ExitCode.DAMAGED

"""The errors of the reports."""

from registry.causes import of_system
from registry.errors import ExitCode, SemblanceError


class ReportsError(SemblanceError):
    """Root of the errors of reports."""


class NotConfirmed(ReportsError):
    """Something was asked of a match, a case or a notice that only a person's confirmation allows."""


class ReviewRefused(ReportsError):
    """A review without a name or a reason, or of a match that it cannot be made of."""


class Overtaken(ReviewRefused):
    """Somebody else decided on it between the look at it and the decision."""


class NoticeRefused(ReportsError):
    """A notice that must not be written yet."""


class BundleFailed(ReportsError):
    """An evidence bundle that could not be made."""


class BundleNotWritten(BundleFailed):
    """A bundle for which the disk, or a right, leaves no place."""

    exit_code = ExitCode.OUTSIDE_CAUSE

    def __init__(self, error: OSError) -> None:
        cause = of_system(error)
        super().__init__(f"The bundle could not be written: {cause.why}.", cause.remedy)


class EvidenceMissing(BundleFailed):
    """Bytes that evidence is made of are gone or damaged."""

    exit_code = ExitCode.DAMAGED


class ChainBroken(BundleFailed):
    """The chain of custody is not whole."""

    exit_code = ExitCode.DAMAGED


class RenderFailed(ReportsError):
    """A document that could not be typeset."""

    exit_code = ExitCode.OUTSIDE_CAUSE

"""The crawler's errors."""

from crawler.types import Trouble
from registry.actions import Advice
from registry.errors import ExitCode, SemblanceError


class CrawlerError(SemblanceError):
    """Root of the crawler's errors. trouble: what kind of obstacle it was."""

    exit_code = ExitCode.OUTSIDE_CAUSE

    def __init__(self, what: str, *remedy: Advice, retryable: bool = False, trouble: Trouble = Trouble.OTHER) -> None:
        super().__init__(what, *remedy, retryable=retryable)
        self.trouble = trouble


class Refused(CrawlerError):
    """An address that must not be fetched: private, loopback, of a forbidden scheme or port; or forbidden by robots.txt."""

    def __init__(self, what: str, *remedy: Advice, retryable: bool = False, trouble: Trouble = Trouble.REFUSED) -> None:
        super().__init__(what, *remedy, retryable=retryable, trouble=trouble)


class FetchFailed(CrawlerError):
    """A fetch that ended without the bytes that were asked for."""


class NotMedia(CrawlerError):
    """An answer that is no video or picture, such as an HTML page in a video's place."""


class Unchanged(CrawlerError):
    """The site says that the answer is the one that is here already."""


class StillListed(Unchanged):
    """The site still names the video; whether its bytes are the same was not compared."""

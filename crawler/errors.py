"""The crawler's errors."""

from registry.errors import ExitCode, SemblanceError


class CrawlerError(SemblanceError):
    """Root of the crawler's errors."""

    exit_code = ExitCode.OUTSIDE_CAUSE


class Refused(CrawlerError):
    """An address that must not be fetched: private, loopback, of a forbidden scheme or port."""


class FetchFailed(CrawlerError):
    """A fetch that ended without the bytes that were asked for."""


class NotMedia(CrawlerError):
    """An answer that is no video or picture, such as an HTML page in a video's place."""

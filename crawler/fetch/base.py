"""The seam for fetching one URL."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Exchange:
    """What was asked and what was answered, for the record.

    requested_url: as it was asked for; final_url: after the redirects, each of which is in redirects. remote_address: the IP
    address and port that the answer came from. headers: of the final answer, names in lower case, repeated ones joined.
    """

    requested_url: str
    final_url: str
    redirects: tuple[str, ...]
    remote_address: str
    status: int
    request_headers: Mapping[str, str]
    headers: Mapping[str, str]

    @property
    def content_type(self) -> str:
        """The declared media type in lower case without parameters; empty when none was declared."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True)
class Fetched:
    """An answer whose body is still to be read. chunks: the body, never empty pieces, readable once, only while it is open."""

    exchange: Exchange
    chunks: Iterator[bytes]


class Fetcher(Protocol):
    """Gets one URL for a stranger's bytes."""

    def fetch(self, url: str, *, max_bytes: int, max_seconds: float) -> AbstractContextManager[Fetched]:
        """Open url and give its answer while the context lasts.

        max_bytes bounds the body, max_seconds everything from the first connection to the last byte. Both the opening and the
        reading of chunks raise Refused (the guard or robots.txt forbids it) or FetchFailed (retryable when a later try may
        succeed); no other exception comes from the network.
        """

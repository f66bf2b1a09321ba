"""The seam for fetching one URL."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Exchange:
    """What was asked and what was answered, for the record.

    requested_url: as it was asked for; final_url: after the redirects, each of which is in redirects. remote_address: the IP
    address and port that the answer came from. headers: of the final answer, names in lower case, repeated ones joined;
    raw_headers: as they came. certificate: the one that the server showed, in DER; None where the connection was not encrypted.
    """

    requested_url: str
    final_url: str
    redirects: tuple[str, ...]
    remote_address: str
    status: int
    request_headers: Mapping[str, str]
    headers: Mapping[str, str]
    http_version: str = "HTTP/1.1"
    reason: str = ""
    raw_headers: tuple[tuple[str, str], ...] = ()
    certificate: bytes | None = field(default=None, repr=False)

    @property
    def content_type(self) -> str:
        """The declared media type in lower case without parameters; empty when none was declared."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True)
class Validators:
    """By what a site tells whether an answer is still the same; either may be empty."""

    etag: str = ""
    last_modified: str = ""

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> "Validators":
        """Those that an answer's headers hold, by names in small letters; empty where there are none."""
        return cls(headers.get("etag", ""), headers.get("last-modified", ""))

    @property
    def exact(self) -> str:
        """The one that vouches for every byte, as a Range request needs it; empty where there is none (RFC 9110, 13.1.5)."""
        return self.etag if self.etag and not self.etag.startswith("W/") else ""

    def __bool__(self) -> bool:
        return bool(self.etag or self.last_modified)


@dataclass(frozen=True)
class PartialBody:
    """The first bytes of an answer that are here already, and the exact validator it had."""

    size: int
    validator: str


@dataclass(frozen=True)
class Fetched:
    """An answer whose body is still to be read. chunks: the body, never empty pieces, readable once, only while it is open.

    start: at which byte of the whole the chunks begin; 0 unless a part was offered and the server went on from there.
    """

    exchange: Exchange
    chunks: Iterator[bytes]
    start: int = 0


class Fetcher(Protocol):
    """Gets one URL for a stranger's bytes."""

    def fetch(
        self, url: str, *, max_bytes: int, max_seconds: float, part: PartialBody | None = None, unless: Validators | None = None
    ) -> AbstractContextManager[Fetched]:
        """Open url and give its answer while the context lasts.

        part: what is here already; the server is asked for the rest, and may send the whole all the same. unless: raise
        Unchanged when the answer is still the one with these validators.
        max_bytes bounds the whole body with its part, max_seconds everything from the first connection to the last byte. Both
        the opening and the reading of chunks raise Refused (the guard or robots.txt forbids it) or FetchFailed (retryable when
        a later try may succeed); no other exception comes from the network.
        """

"""What an answer's status and headers mean for who asked. Pure."""

import re

from crawler.block_pages import of_status
from crawler.errors import FetchFailed, Unchanged
from crawler.fetch.base import Exchange, PartialBody, Validators
from crawler.guard import printable
from crawler.types import Trouble

GONE = (404, 410)
RETRYABLE = (408, 425, 429)
_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-\d{1,18}/(?:\d{1,18}|\*)$")


def conditions_of(part: PartialBody | None, unless: Validators | None) -> dict[str, str]:
    """The request headers that ask for the rest of a part, or only for something new."""
    conditions: dict[str, str] = {}
    if part is not None and part.size and part.validator:
        conditions |= {"Range": f"bytes={part.size}-", "If-Range": part.validator}
    if unless is not None and unless.etag:
        conditions["If-None-Match"] = unless.etag
    if unless is not None and unless.last_modified:
        conditions["If-Modified-Since"] = unless.last_modified
    return conditions


def check_answer(exchange: Exchange, max_bytes: int, part: PartialBody | None, unless: Validators | None) -> int:
    """At which byte of the whole the body begins; raises for an answer that is not what was asked for."""
    url, status = printable(exchange.final_url), exchange.status
    if status == 304 and unless:
        raise Unchanged(f"{url} is unchanged.", "Nothing needs to be done.")
    start = _continued(exchange, part)
    if status != 200 and start == 0:
        raise _not_the_answer(url, status)
    encoding = exchange.headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity"):
        raise FetchFailed(f"{url} answered with the encoding {printable(encoding)}, unasked.", "Capture it by hand.")
    length = exchange.headers.get("content-length", "")
    if length.isdecimal() and start + int(length[:20]) > max_bytes:
        raise too_large(url, max_bytes)
    return start


def _not_the_answer(url: str, status: int) -> FetchFailed:
    trouble = of_status(status)
    if status in GONE:
        words, remedy = f"{url} answered {status}: there is nothing at this address.", "It may have been removed; look again."
    elif status >= 500 or status in RETRYABLE:
        return FetchFailed(f"{url} answered {status}.", "It is tried again.", retryable=True, trouble=trouble)
    elif status == 451:
        # By law, and often only where we are: it may be there for others.
        words, remedy = f"{url} answered 451: it is withheld for legal reasons, perhaps only here.", "Look from another place."
    elif status in (401, 403):
        words = f"{url} answered {status}: it wants a login or does not let us in."
        remedy = "Capture it by hand if you may."
    elif status in (206, 416):
        # A server that answers beside the question about a part: the whole is asked for next time.
        return FetchFailed(f"{url} answered {status}, beside what was asked.", "It is tried again.", retryable=True)
    else:
        words, remedy = f"{url} answered {status}.", "Open the address in a browser to see why."
    return FetchFailed(words, remedy, trouble=trouble)


def _continued(exchange: Exchange, part: PartialBody | None) -> int:
    """Where a partial answer goes on, if it is the rest of what is here; 0 otherwise."""
    if exchange.status != 206 or part is None:
        return 0
    begins = _CONTENT_RANGE.match(exchange.headers.get("content-range", ""))
    # A server may ignore If-Range and send the rest of something else.
    same = Validators.of(exchange.headers).exact == part.validator
    return part.size if begins is not None and int(begins[1]) == part.size and same else 0


def too_large(url: str, max_bytes: int) -> FetchFailed:
    """The error for an answer of more bytes than are taken."""
    return FetchFailed(
        f"{url} is larger than {max_bytes:,} bytes.",
        "Raise the limit for captured files, or capture it by hand.",
        trouble=Trouble.LIMIT,
    )

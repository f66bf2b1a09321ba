"""One spelling per address, so that a video found on five pages is one video."""

import re
import string
from urllib.parse import quote

from crawler.errors import Refused
from crawler.guard import MAX_URL, Target, printable, read_url

_DIGEST = re.compile("urn:sha256:[0-9a-f]{64}")
_ESCAPE = re.compile("%([0-9a-fA-F]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_STRAY_PERCENT = re.compile("%(?![0-9a-fA-F]{2})")


def canonical_url(url: str) -> str:
    """url with lower-case scheme and host, in ASCII, without default port and fragment, dot segments resolved, the query kept,
    percent-encoding normalised (RFC 3986, 6.2.2). A file that was dropped in is named by its digest, ``urn:sha256:...``. Raises
    Refused for anything else."""
    if _DIGEST.fullmatch(url):
        return url
    target = read_url(url.strip())
    path, mark, query = target.path.partition("?")
    made = Target(target.scheme, target.host, target.port, _without_dots(_escapes(path)) + mark + _escapes(query)).url
    # Percent-encoding makes nine characters of one: the guard measures what is asked for.
    if len(made) > MAX_URL:
        raise Refused(f"{printable(made)} is longer than {MAX_URL} characters.", "Give a shorter address.")
    return made


def location_of(header: bytes) -> str:
    """Where a Location header leads, in ASCII: what stands in it beyond ASCII is escaped byte by byte, as browsers do."""
    return quote(header, safe=string.printable)


def _escapes(text: str) -> str:
    return _ESCAPE.sub(_escape, _STRAY_PERCENT.sub("%25", text))


def _escape(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if character in _UNRESERVED else match[0].upper()


def _without_dots(path: str) -> str:
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments and segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def path_of(url: str) -> str:
    """The path and query of a canonical URL, as they stand in a request's first line."""
    return read_url(url).path

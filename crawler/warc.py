"""WARC files (ISO 28500): what was asked, what was answered, and who answered, for any archive's tools to read."""

import base64
import hashlib
import json
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.resources.abc import Traversable
from typing import Any
from uuid import uuid4

from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders

from crawler.errors import CrawlerError
from crawler.fetch.base import Exchange
from crawler.urls import path_of
from crawler.user_agent import ROBOTS_NAME
from registry.errors import ExitCode
from registry.version import version

_VERSION = "1.1"
_PIECE = 1 << 20
# Bodies stand in the record as they were read, not as they were chunked on the wire.
_RENAMED = {"transfer-encoding": "X-Archive-Orig-Transfer-Encoding"}
_DROPPED_IN_HEADER = str.maketrans({"\r": " ", "\n": " "})


@dataclass(frozen=True)
class Answer:
    """One exchange with its body. body: makes its pieces anew; sha256, size: of all of them."""

    exchange: Exchange
    body: Callable[[], Iterator[bytes]]
    sha256: str
    size: int


@dataclass(frozen=True)
class Resource:
    """Something that was taken by another tool, whose requests were not seen: its address, type and body."""

    url: str
    media_type: str
    body: Callable[[], Iterator[bytes]]
    sha256: str
    size: int


def warc_chunks(answers: Sequence[Answer], resources: Sequence[Resource], operator: str, at: datetime) -> Iterator[bytes]:
    """An uncompressed WARC file, piece by piece: bodies are never whole in memory."""
    moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    about = _about(operator)
    yield from _record("warcinfo", None, moment, _Block("application/warc-fields", b"", _whole(about), *_measure(about)))
    for answer in answers:
        yield from _exchange(answer, moment)
    for resource in resources:
        block = _Block(resource.media_type, b"", resource.body, resource.sha256, resource.size)
        yield from _record("resource", resource.url, moment, block)


class WarcUnreadable(CrawlerError):
    """A file that is no WARC, or not a whole one."""

    exit_code = ExitCode.DAMAGED


@dataclass(frozen=True)
class Recorded:
    """One record of a WARC. sha256, size: of its payload, as it is read now and not as the record says.

    name: its identifier; beside: that of the record that it belongs to. at: its date as it stands there. status, media_type: of
    an answer, or of what else it holds, as stated. heads: the SHA-256 of its own head and that of the message in it. offset,
    length: where it stands in the file, without the blank lines behind it.
    """

    kind: str
    url: str | None
    sha256: str
    size: int
    name: str = ""
    beside: str = ""
    at: str = ""
    status: str = ""
    media_type: str = ""
    heads: str = ""
    offset: int = 0
    length: int = 0


def read_warc(path: Traversable) -> Iterator[Recorded]:
    """Every record of a WARC, in constant memory. Raises WarcUnreadable."""
    try:
        with path.open("rb") as stream:
            records = ArchiveIterator(stream)
            for record in records:
                digest, size = hashlib.sha256(), 0
                while piece := record.raw_stream.read(_PIECE):
                    digest.update(piece)
                    size += len(piece)
                # Where it stands is known once all of it was read.
                offset, length = records.get_record_offset(), records.get_record_length()
                yield replace(_said(record), sha256=digest.hexdigest(), size=size, offset=offset, length=length)
    # What a stranger's file makes warcio raise has no common root, and is of many kinds.
    except Exception as error:
        raise WarcUnreadable(f"{path.name} cannot be read as a WARC: {error}", "Compare it with the original.") from error


def _field(record: Any, name: str) -> str | None:
    found: str | None = record.rec_headers.get_header(f"WARC-{name}")
    return found


def _said(record: Any) -> Recorded:
    """What the record says of itself."""
    http, own = record.http_headers, record.rec_headers
    stated = (http or own).get_header("Content-Type") or ""
    status = http.get_statuscode() if http is not None and record.rec_type == "response" else ""
    name, beside, at = (_field(record, name) or "" for name in ("Record-ID", "Concurrent-To", "Date"))
    media_type = stated.partition(";")[0].strip()
    heads = hashlib.sha256(f"{own}\0{http or ''}".encode("utf-8", "surrogateescape")).hexdigest()
    return Recorded(record.rec_type, _field(record, "Target-URI"), "", 0, name, beside, at, status, media_type, heads)


def _about(operator: str) -> bytes:
    fields = {"software": f"{ROBOTS_NAME}/{version()}", "format": f"WARC File Format {_VERSION}", "operator": operator}
    return "".join(f"{name}: {value.translate(_DROPPED_IN_HEADER)}\r\n" for name, value in fields.items()).encode()


def _exchange(answer: Answer, moment: str) -> Iterator[bytes]:
    exchange = answer.exchange
    headers = [(_RENAMED.get(name.lower(), name), value) for name, value in exchange.raw_headers or exchange.headers.items()]
    status = StatusAndHeaders(f"{exchange.status} {exchange.reason}".strip(), headers, protocol=exchange.http_version)
    address = exchange.remote_address.rpartition(":")[0].strip("[]")
    name = _name()
    said = _Block("application/http; msgtype=response", _bytes(status), answer.body, answer.sha256, answer.size)
    yield from _record("response", exchange.final_url, moment, said, {"WARC-IP-Address": address}, name)
    together = {"WARC-Concurrent-To": name}
    line = f"GET {path_of(exchange.final_url)} HTTP/1.1"
    asked = _bytes(StatusAndHeaders(line, list(exchange.request_headers.items()), is_http_request=True))
    request = _Block("application/http; msgtype=request", asked, _whole(b""), *_measure(b""))
    yield from _record("request", exchange.final_url, moment, request, together)
    context = json.dumps(_context(exchange), indent=1).encode()
    metadata = _Block("application/json", b"", _whole(context), *_measure(context))
    yield from _record("metadata", exchange.final_url, moment, metadata, together)
    if exchange.certificate is not None:
        pem = certificate_pem(exchange.certificate)
        shown = _Block("application/x-pem-file", b"", _whole(pem), *_measure(pem))
        yield from _record("metadata", exchange.final_url, moment, shown, together)


def _context(exchange: Exchange) -> dict[str, Any]:
    digest = None if exchange.certificate is None else hashlib.sha256(exchange.certificate).hexdigest()
    return {
        "requested_url": exchange.requested_url,
        "redirects": list(exchange.redirects),
        "remote_address": exchange.remote_address,
        "tls_certificate_sha256": digest,
    }


def certificate_pem(der: bytes) -> bytes:
    """A certificate in the text form that other tools read."""
    lines = "\n".join(textwrap.wrap(base64.b64encode(der).decode(), 64))
    return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n".encode()


@dataclass(frozen=True)
class _Block:
    """What stands in a record: the head of an HTTP message, if it is one, and the body with its digest and size."""

    media_type: str
    head: bytes
    body: Callable[[], Iterator[bytes]]
    sha256: str
    size: int


def _record(
    kind: str, url: str | None, moment: str, block: _Block, more: Mapping[str, str] | None = None, name: str | None = None
) -> Iterator[bytes]:
    fields = {
        "WARC-Type": kind,
        "WARC-Record-ID": name or _name(),
        "WARC-Date": moment,
        **({} if url is None else {"WARC-Target-URI": url}),
        **(more or {}),
        "WARC-Payload-Digest": f"sha256:{block.sha256}",
        "Content-Type": block.media_type,
        "Content-Length": str(len(block.head) + block.size),
    }
    yield _bytes(StatusAndHeaders("", list(fields.items()), protocol=f"WARC/{_VERSION}"))
    yield block.head
    yield from block.body()
    yield b"\r\n\r\n"


def _name() -> str:
    return f"<urn:uuid:{uuid4()}>"


def _bytes(headers: StatusAndHeaders) -> bytes:
    written: bytes = headers.to_bytes(encoding="utf-8")
    return written


def _whole(body: bytes) -> Callable[[], Iterator[bytes]]:
    return lambda: iter((body,))


def _measure(body: bytes) -> tuple[str, int]:
    return hashlib.sha256(body).hexdigest(), len(body)

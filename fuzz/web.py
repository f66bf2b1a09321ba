"""Addresses, robots.txt, the heads of answers, the beginnings of files, and the lines of the crawl's other process."""

import json
from collections.abc import Iterable
from ipaddress import ip_address
from unicodedata import category

from crawler.errors import CrawlerError
from crawler.fetch.answers import check_answer, conditions_of
from crawler.fetch.base import Exchange, PartialBody, Validators
from crawler.fetch.resume import PartFile
from crawler.fetch.robots import RobotsRules
from crawler.guard import GuardPolicy, check_url, printable, read_url
from crawler.guard import Target as Reading
from crawler.protocol import job_from_bytes, line_from_bytes
from crawler.sniff import media_type
from crawler.urls import canonical_url
from crawler.warc import WarcUnreadable, read_warc
from fuzz.target import Target, as_file, documents, promise, samples
from registry.hosts import is_nameable, plain_host
from reports.render.addresses import address

_POLICY = GuardPolicy()


def _addresses(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    promise(all(c.isprintable() for c in printable(text)), "a message would print what cannot be seen")
    read = address(text)
    promise(read.exact == text, "the exact address is another")
    promise("".join(piece for piece, _ in read.pieces) == read.shown, "the pieces are not the whole")
    promise(not any(category(c) in ("Cc", "Cf", "Cs") for c in read.shown), f"it shows what cannot be seen: {read.shown!r}")
    is_nameable(plain_host(text))
    try:
        plain = canonical_url(text)
    except CrawlerError:
        plain = ""
    if plain and not plain.startswith("urn:"):
        promise(plain.isascii() and canonical_url(plain) == plain, f"{plain!r} is not the last spelling")
        promise("#" not in plain and not any(c.isspace() for c in plain), f"{plain!r} holds what has no place there")
    try:
        target = check_url(text, _POLICY)
    except CrawlerError:
        return
    _public(target)
    promise(read_url(target.url) == target, f"{target.url!r} is read as another")


def _public(target: Reading) -> None:
    try:
        literal = ip_address(target.host)
    except ValueError:
        promise(not target.host.rsplit(".", 1)[-1].isdigit(), f"{target.host!r} may be a number to a resolver")
        return
    promise(literal.is_global and not literal.is_multicast, f"{literal} is not public")


def _robots(data: bytes) -> None:
    rules = RobotsRules(lambda _: (200, data), lambda _, seconds: promise(seconds == seconds, "a delay is no number"))
    for path in ("/", "/a/b?c=d", "/%E4%BD%A0"):
        try:
            rules.check(Reading("https", "site.example", 443, path))
        except CrawlerError:
            continue


def _heads(data: bytes) -> None:
    """A status and headers, as an answer to the question for the rest of a part."""
    lines = data.decode("latin-1").split("\n")
    status = (200, 206, 304, 416, 503, 204)[len(lines[0]) % 6]
    pairs = [line.partition(":")[::2] for line in lines[1:]]
    headers = {name.strip().lower(): value.strip() for name, value in pairs}
    exchange = Exchange("https://a.example/", "https://a.example/", (), "192.0.2.1:443", status, {}, headers)
    for part in (None, PartialBody(4 << 20, '"x"'), PartialBody(4 << 20, headers.get("etag", ""))):
        conditions_of(part, Validators.of(headers))
        try:
            start = check_answer(exchange, 1 << 30, part, Validators.of(headers))
        except CrawlerError:
            continue
        promise(start == 0 or (part is not None and start == part.size), f"it goes on at {start}")


def _parts(data: bytes) -> None:
    """What an earlier run left of an answer."""
    beginning, _, sums = data.partition(b"\0\0")
    with as_file(beginning, "a.json") as path:
        path.with_suffix(".sums").write_bytes(sums)
        path.with_suffix(".part").write_bytes(b"x" * 64)
        PartFile(path.parent, "a").held()


def _sniffed(data: bytes) -> None:
    name = media_type(data)
    promise(name.isascii() and name.count("/") == 1, f"{name!r} is no media type")


def _lines(data: bytes) -> None:
    for read in (line_from_bytes, job_from_bytes):
        try:
            read(data)
        except ValueError:
            continue


def _warc(data: bytes) -> None:
    with as_file(data, "a.warc") as path:
        try:
            for record in read_warc(path):
                promise(record.size <= 1 << 30, "a record is larger than any that was written")
        except WarcUnreadable:
            return


def _warcs() -> Iterable[bytes]:
    head = b"WARC/1.1\r\nWARC-Type: %s\r\nWARC-Record-ID: <urn:uuid:1>\r\nWARC-Date: 2026-01-01T00:00:00Z\r\n"
    more = (
        b"WARC-Target-URI: https://a.example/\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: %d\r\n\r\n"
    )
    said = b"Content-Type: text/html\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = b"HTTP/1.1 200 OK\r\n" + said + b"5\r\nhello\r\n0\r\n\r\n"
    yield head % b"response" + more % len(body) + body + b"\r\n\r\n"
    yield head % b"resource" + b"Content-Length: 3\r\n\r\nabc\r\n\r\n"
    yield b"\x1f\x8b\x08\x00"
    yield b"filedesc://a 0.0.0.0 20260101000000 text/plain 3\nabc"


def _urls() -> Iterable[bytes]:
    yield from documents("unit/test_crawler_guard.py", "unit/test_reports_addresses.py", least=8)
    yield from (
        b"https://xn--fiqs8s.example/%E4%BD%A0?a=b#c",
        b"http://[::ffff:127.0.0.1]/",
        b"https://\xef\xbc\x91.0.0.1/",
    )


def _beginnings() -> Iterable[bytes]:
    said = {"requested_url": "https://a.example/", "final_url": "https://a.example/", "redirects": [], "remote_address": "a:1"}
    said |= {"status": 200, "request_headers": {}, "headers": {"etag": '"x"'}, "raw_headers": [["etag", '"x"']]}  # type: ignore[dict-item]
    yield json.dumps({**said, "certificate": None}).encode() + b"\0\0" + b"0" * 64 + b"\n"


def _wire() -> Iterable[bytes]:
    found = {"source_id": "s", "media_url": "https://a.example/v.mp4", "title": "t", "published_at": "2026-01-01T00:00:00Z"}
    yield json.dumps({"discovery": found}).encode()
    yield b'{"refused": "x"}'


_ROBOTS = b"User-agent: *\nDisallow: /a*$\nAllow: /a/b\nCrawl-delay: 1e9\nSitemap: https://a.example/s.xml\nRequest-rate: 1/10s\n"
_ANSWER = b'ab\ncontent-range: bytes 4194304-5000000/9000000\netag: "x"\ncontent-length: 99\ncontent-encoding: identity\n'

TARGETS = (
    Target(
        "web.addresses", _addresses, _urls, (b"http://", b"xn--", b"[::", b"%2e", b"\xe3\x80\x82", b"@", b"0x7f", b"\\"), 4096
    ),
    Target("web.robots", _robots, lambda: [_ROBOTS], (b"User-agent:", b"Disallow:", b"Crawl-delay:", b"$", b"*", b"Visit-time:")),
    Target("web.heads", _heads, lambda: [_ANSWER], (b"content-range:", b"bytes ", b"content-length:", b"etag:", b"W/"), 4096),
    Target("web.parts", _parts, _beginnings, (b'"headers"', b'"raw_headers"', b"null", b"[", b"{")),
    Target(
        "web.sniff", _sniffed, lambda: (each[:1024] for each in samples("malformed")), (b"ftyp", b"RIFF", b"<?xml", b"#EXTM3U")
    ),
    Target("web.lines", _lines, _wire, (b'"discovery"', b'"report"', b'"specs"', b'"policy"', b"1e999", b"null")),
    Target("web.warc", _warc, _warcs, (b"WARC/1.0", b"Content-Length:", b"\r\n\r\n", b"Content-Encoding: br", b"chunked")),
)

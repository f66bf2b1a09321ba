"""Documents of sources: pages, feeds, sitemaps, listings, lists that people drop in."""

import json
from collections.abc import Callable, Iterable
from functools import partial

from crawler.guard import MAX_URL
from crawler.protocol import Line, line_from_bytes, line_to_bytes
from crawler.sources.base import MAX_DESCRIPTION, MAX_FOLLOW, MAX_FOUND, MAX_NAME, MAX_TITLE, Page, Parsed, Source
from crawler.sources.kinds import READERS
from crawler.types import Discovery, SourceKind
from crawler.urls import canonical_url
from crawler.verdict import Answer, of_answer, of_page, remark
from fuzz.target import Target, documents, promise

PLACE = "https://site.example/list"
TYPES = (
    "text/html",
    "text/html; charset=utf-8",
    "text/html; charset=shift_jis",
    "application/xml",
    "application/json",
    "",
    "a/b",
)
"""The first byte of an input says under which of these types the rest comes."""

_PAGES = tuple(f"unit/test_{name}.py" for name in ("page_articles", "page_bylines", "page_embeds", "crawler_sources"))
_API = ("unit/test_crawler_platform_sources.py", "unit/test_crawler_sources.py")


def kept(parsed: Parsed) -> None:
    """What every reader owes to whoever takes what it found."""
    promise(len(parsed.discoveries) <= MAX_FOUND and len(parsed.follow) <= MAX_FOLLOW, "more was taken than the bounds allow")
    for found in parsed.discoveries:
        _kept_discovery(found)
    for link in parsed.follow:
        promise(_is_canonical(link.url), f"a link is not canonical: {link.url!r}")


def _kept_discovery(found: Discovery) -> None:
    promise(_is_canonical(found.media_url), f"an address is not canonical: {found.media_url!r}")
    promise(found.page_url is None or _is_canonical(found.page_url), f"a page's address is not canonical: {found.page_url!r}")
    texts = ((found.title, MAX_TITLE), (found.description, MAX_DESCRIPTION), (found.uploader, MAX_NAME))
    for text, most in texts:
        promise(len(text) <= most, f"a text is longer than {most}")
        promise(not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or 0xD800 <= ord(c) < 0xE000 for c in text), f"unseen: {text!r}")
    promise(found.published_at is None or found.published_at.tzinfo is not None, "a moment has no zone")
    # What one process found, the other must be able to read.
    line = Line(discovery=found)
    promise(line_from_bytes(line_to_bytes(line)) == line, "a line came out other than it went in")


def _is_canonical(url: str) -> bool:
    return len(url) <= 4 * MAX_URL and url.isascii() and canonical_url(url) == url


def _read(source: Source, data: bytes) -> None:
    kind, body = TYPES[data[0] % len(TYPES)] if data else "", data[1:]
    kept(source.parse(Page(PLACE, kind, body)))


def _typed(seeds: Iterable[bytes]) -> Iterable[bytes]:
    return (b"\1" + seed for seed in seeds)


def _of(kind: SourceKind, seeds: Callable[[], Iterable[bytes]], *words: bytes) -> Target:
    source = READERS[kind]("s")
    return Target(f"pages.{kind.value}", partial(_read, source), lambda: _typed(seeds()), words)


def _walls(data: bytes) -> None:
    """The answer as what it is when it is not the page that was asked for."""
    if not data:
        return
    status = (200, 200, 403, 404, 500)[data[0] % 5]
    kind = TYPES[data[0] % len(TYPES)]
    answer = Answer(PLACE, "https://site.example/", status, {"content-type": kind}, data[1:])
    of_answer(answer)
    of_page(answer, seed=False, shows_video=False)
    of_page(answer, seed=True, shows_video=False)
    remark(answer, seed=True, shows_video=False)


def _answers() -> Iterable[bytes]:
    yield from documents(*_API)
    entry = {"id": "a", "webpage_url": "https://site.example/w", "title": "t", "timestamp": 1.7e9, "view_count": 3}
    yield json.dumps({"entries": [entry, {"url": "https://site.example/x"}], "version": "1", "warnings": []}).encode()
    yield json.dumps({"data": [{"shortUUID": "x", "name": "n", "publishedAt": "2026-01-01T00:00:00Z"}], "total": 1}).encode()


def _lists() -> Iterable[bytes]:
    yield from documents("unit/test_crawler_sources.py", "unit/test_crawler_platform_sources.py")
    yield b"url,title\nhttps://a.example/v.mp4,x\n"
    yield "网址;标题\nhttps://a.example/v.mp4;甲\n".encode("gb18030")
    yield "url\thttps\n".encode("utf-16")


_MARKUP = (
    *(
        b"<video src=",
        b"<source type=",
        b"<iframe src=",
        b"<article>",
        b"<h2>",
        b"<time datetime=",
        b"<meta property=",
        b"og:video",
    ),
    *(b'<script type="application/ld+json">', b"VideoObject", b"contentUrl", b"embedUrl", b"@graph", b"<base href=", b"</"),
    *(b"itemprop=", b"class=", b"rel=bookmark", b"<template>", b"<svg>", b"<!--", b"<![CDATA[", b"&#x0;", b"data:", b"https://"),
)
_XML = (
    b"<item>",
    b"<entry>",
    b"<enclosure url=",
    b"<media:content url=",
    b"<link rel=",
    b"<loc>",
    b"<video:video>",
    b"<!DOCTYPE",
)
_JSON = (b'{"', b'":', b"[", b"null", b"1e999", b"-1", b"true", b'"\\ud800"', b'"url"', b'"items"', b'"attachments"', b'"data"')

TARGETS = (
    _of(SourceKind.PAGE, lambda: documents(*_PAGES), *_MARKUP),
    _of(SourceKind.FEED, lambda: documents("unit/test_crawler_sources.py"), *_XML, *_JSON),
    _of(SourceKind.SITEMAP, lambda: documents("unit/test_crawler_sources.py"), *_XML),
    _of(SourceKind.MASTODON, _answers, *_JSON),
    _of(SourceKind.PEERTUBE, _answers, *_JSON),
    _of(SourceKind.REDDIT, _answers, *_JSON),
    _of(SourceKind.YOUTUBE, _answers, *_JSON, *_XML),
    _of(SourceKind.YTDLP, _answers, *_JSON),
    _of(SourceKind.INBOX, _lists, b"url,", b"https://", b'"', b"\t", b";"),
    Target("pages.walls", _walls, lambda: _typed(documents(*_PAGES, "integration/crawler/test_crawler_coverage.py")), _MARKUP),
)

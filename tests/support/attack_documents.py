"""Documents that were made to cost their reader time or memory. size: 1 for a second or more on a quick machine; the full-size
ones of an attack are some times larger."""

import gzip
import json

from crawler.types import SourceKind


def attributes(count: int) -> bytes:
    """One element with that many attributes, which libxml2 compares each with each."""
    return b"<html><body><a " + b" ".join(b"a%d=1" % number for number in range(count)) + b">x</a></body></html>"


def links(count: int) -> bytes:
    return b"<html><body>" + b"".join(b"<a href=/%d>x</a>" % number for number in range(count))


def bomb() -> bytes:
    layers = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    return f'<!DOCTYPE rss [<!ENTITY e0 "ha">{layers}]><rss><channel><title>&e11;</title></channel></rss>'.encode()


def feed(count: int) -> bytes:
    item = b"<item><title>t</title><link>https://evil.example/%d</link><enclosure url='/%d.mp4' type='video/mp4'/></item>"
    return b"<rss><channel>" + b"".join(item % (number, number) for number in range(count)) + b"</channel></rss>"


def sitemap(count: int) -> bytes:
    return (
        b"<urlset>"
        + b"".join(b"<url><loc>https://evil.example/%d</loc></url>" % number for number in range(count))
        + b"</urlset>"
    )


def json_ld(count: int) -> bytes:
    said = json.dumps([{"@type": "VideoObject", "contentUrl": f"/{number}.mp4"} for number in range(count)])
    return f"<script type=application/ld+json>{said}</script>".encode()


def articles(count: int) -> bytes:
    one = b"<article><h2>t</h2><time>1 May 2026</time><video src=/%d.mp4></video></article>"
    return b"".join(one % number for number in range(count))


ATTACKS = {
    "attributes": (SourceKind.PAGE, attributes(20_000)),
    "attributes in a feed": (SourceKind.FEED, b"<rss " + b" ".join(b"a%d='1'" % number for number in range(50_000)) + b"></rss>"),
    "links": (SourceKind.PAGE, links(100_000)),
    "metas": (SourceKind.PAGE, b"<html><head>" + b'<meta name="author" content="a">' * 200_000),
    "nested elements": (SourceKind.PAGE, b"<div>" * 500_000),
    "nested links": (SourceKind.PAGE, b"<a href=/x>" * 100_000),
    "nested lists": (SourceKind.PEERTUBE, b"[" * 1_000_000),
    "nested objects": (SourceKind.REDDIT, b'{"data":' * 500_000),
    "nested JSON-LD": (SourceKind.PAGE, b"<script type=application/ld+json>" + b'[{"a":' * 200_000 + b"</script>"),
    "JSON-LD": (SourceKind.PAGE, json_ld(50_000)),
    "articles": (SourceKind.PAGE, articles(20_000)),
    "items": (SourceKind.FEED, feed(40_000)),
    "entries": (SourceKind.SITEMAP, sitemap(100_000)),
    "entities": (SourceKind.FEED, bomb()),
    "a packed sitemap": (SourceKind.SITEMAP, gzip.compress(b"<urlset>" + b" " * 200_000_000)),
    "one long word": (SourceKind.PAGE, b"<video title='" + b"a" * 5_000_000 + b"' src=/" + b"b" * 4_000_000 + b".mp4>"),
    "one long blank": (SourceKind.PAGE, b"<title>x" + b" " * 5_000_000 + b"|</title><h1>" + b"&nbsp;" * 500_000 + b"</h1>"),
    "dashes": (SourceKind.PAGE, b"<title>" + b" - " * 300_000 + b"</title><video src=/v.mp4>"),
    "digits": (SourceKind.PAGE, b"<article><time>" + b"1.1." * 500_000 + b"</time><video src=/v.mp4></article>"),
    "a list of addresses": (SourceKind.INBOX, b"https://evil.example/x\n" * 400_000),
}

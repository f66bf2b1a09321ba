"""What strangers' servers do: each is bounded, recorded, and the crawl goes on."""

import gzip
import time
import zlib
from dataclasses import replace

import pytest

from crawler.types import SourceKind, SourceSpec, Trouble
from tests.support.crawls import BRISK, look, rss
from tests.support.loopback_site import Answer, Site

ENTITIES = b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><rss><title>&b;</title></rss>'
HUGE = 200 * 1024 * 1024


def bomb(encoding: str) -> bytes:
    packer = zlib.compressobj(9, wbits=31 if encoding == "gzip" else 15)
    return b"".join([*(packer.compress(b" " * (1 << 20)) for _ in range(100)), packer.flush()])


BAD = {
    "endless": (lambda: Answer(status=302, headers={"Location": "/endless"}), Trouble.OTHER),
    "drip": (lambda: Answer(b"x" * 2000, drip=0.05), Trouble.TIMEOUT),
    "longer": (lambda: Answer(b"<rss/>", "text/xml", length=5000), Trouble.UNREACHABLE),
    "gzip": (lambda: Answer(bomb("gzip"), headers={"Content-Encoding": "gzip"}), Trouble.LIMIT),
    "deflate": (lambda: Answer(bomb("deflate"), headers={"Content-Encoding": "deflate"}), Trouble.LIMIT),
    "packed": (lambda: Answer(bomb("gzip"), "application/gzip"), Trouble.DOCUMENT),
    "html": (lambda: Answer(b"<p>" * (HUGE // 3)), Trouble.LIMIT),
    "broken": (lambda: Answer(b"<rss><channel><item><title>x", "text/xml"), Trouble.DOCUMENT),
    "entities": (lambda: Answer(ENTITIES, "text/xml"), Trouble.DOCUMENT),
}


def test_promise_10_each_bad_answer_is_bounded_recorded_and_stops_no_other(site: Site) -> None:
    for name, (answer, _) in BAD.items():
        site.routes[f"/{name}"] = answer()
    good = site.page("/good", rss('<enclosure url="/1.mp4" type="video/mp4"/>'))
    specs = [SourceSpec(name, SourceKind.FEED, site.url(f"/{name}")) for name in BAD]
    began = time.monotonic()
    found, reports = look(*specs, SourceSpec("good", SourceKind.FEED, good), options=replace(BRISK, page_seconds=4.0))
    assert time.monotonic() - began < 60
    assert [each.source_id for each in found] == ["good"]
    assert reports["good"].complete
    for name, (_, trouble) in BAD.items():
        assert not reports[name].complete
        assert trouble.value in reports[name].troubles, reports[name]


def test_sitemaps_that_name_each_other_end(site: Site) -> None:
    for one, other in (("a", "b"), ("b", "a")):
        names = f"<sitemap><loc>/{other}</loc></sitemap><sitemap><loc>/{one}</loc></sitemap>"
        site.page(f"/{one}", f"<sitemapindex>{names}</sitemapindex>", "text/xml")
    _, reports = look(SourceSpec("s", SourceKind.SITEMAP, site.url("/a")))
    assert (reports["s"].pages, reports["s"].complete) == (2, True)
    assert sorted(path for path in site.asked if len(path) == 2) == ["/a", "/b"]


def test_a_packed_sitemap_is_read(site: Site) -> None:
    body = gzip.compress(b"<urlset><url><loc>/p</loc></url></urlset>")
    site.routes["/map.xml.gz"] = Answer(body, "application/x-gzip")
    site.page("/p", '<video src="/v.mp4">')
    found, _ = look(SourceSpec("s", SourceKind.SITEMAP, site.url("/map.xml.gz")))
    assert [each.media_url for each in found] == [site.url("/v.mp4")]


@pytest.mark.parametrize("declared", ["text/html; charset=Shift_JIS", "text/html"])
def test_a_page_in_shift_jis_is_read(site: Site, declared: str) -> None:
    head = '<head><meta charset="shift_jis"><title>合成動画 ジャッキー</title></head>'
    page = f'<html>{head}<body><video src="/v.mp4"></video></body></html>'
    site.routes["/p"] = Answer(page.encode("shift_jis"), declared)
    found, _ = look(SourceSpec("s", SourceKind.PAGE, site.url("/p")))
    assert [each.title for each in found] == ["合成動画 ジャッキー"]

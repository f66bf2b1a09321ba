"""The same guard before every client: the media fetcher, the spider, the proxy of yt-dlp and Chromium."""

import logging
import socket
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from crawler.crawl import CrawlOptions, crawl
from crawler.errors import Refused
from crawler.fetch.http import HttpFetcher
from crawler.fetch.proxy import GuardedProxy, ProxyLimits, guarded_proxy
from crawler.fetch.ytdlp import YtDlp
from crawler.guard import GuardPolicy
from crawler.types import SourceKind, SourceReport, SourceSpec, Trouble
from tests.support.hostile_addresses import HOSTILE
from tests.support.loopback_site import Answer, Site

LOOPBACK = GuardPolicy.allowing("127.0.0.0/8")
# Of the hostile addresses, those that are hostile even where loopback is allowed, as in these tests.
INWARD = [
    url for url in HOSTILE if "127" not in url.partition("/path")[0] and not url.startswith(("//", "example.org/", "http:///"))
]
INWARD = [url for url in INWARD if url.isascii() and url and not any(c in url for c in " \r\n\t\\")]


@pytest.fixture
def proxy() -> Iterator[GuardedProxy]:
    with guarded_proxy(LOOPBACK, ProxyLimits(10_000_000, 60.0)) as opened:
        yield opened


def through(proxy: GuardedProxy, request: str) -> bytes:
    host, _, port = proxy.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request.encode("latin-1", "replace"))
        answer = b""
        while block := connection.recv(65_536):
            answer += block
    return answer


@pytest.mark.parametrize("url", INWARD)
def test_promise_10_the_proxy_lets_no_hostile_address_through(proxy: GuardedProxy, url: str) -> None:
    assert through(proxy, f"GET {url} HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 403 Refused")
    assert len(proxy.refusals) == 1


@pytest.mark.parametrize(
    "authority", ["10.0.0.1:443", "[::1]:443", "169.254.169.254:80", "2130706433:443", "example.org:22", "a@b:443"]
)
def test_promise_10_the_proxy_opens_no_hostile_tunnel(proxy: GuardedProxy, authority: str) -> None:
    assert through(proxy, f"CONNECT {authority} HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 403 Refused")


def test_the_proxy_passes_on_what_is_allowed(proxy: GuardedProxy, site: Site) -> None:
    url = site.page("/p", "hello")
    answer = through(proxy, f"GET {url} HTTP/1.1\r\nHost: elsewhere\r\nConnection: keep-alive\r\n\r\n")
    assert answer.startswith(b"HTTP/1.0 200")
    assert answer.endswith(b"hello")
    assert site.asked == ["/p"]


def test_the_proxy_checks_the_address_a_name_leads_to(site: Site) -> None:
    port = int(site.base.rpartition(":")[2])
    with guarded_proxy(GuardPolicy(allowed_ports=None), ProxyLimits(1000, 10), resolve=lambda *_: ["127.0.0.1"]) as proxy:
        assert b"403" in through(proxy, f"GET http://video.example:{port}/ HTTP/1.1\r\n\r\n")[:20]
        assert b"403" in through(proxy, f"CONNECT video.example:{port} HTTP/1.1\r\n\r\n")[:20]
    assert site.asked == []


def test_a_name_that_changes_its_mind_gains_nothing_at_the_proxy(site: Site) -> None:
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    policy = GuardPolicy(LOOPBACK.allowed_networks, allowed_ports=None)
    port = int(site.base.rpartition(":")[2])
    site.page("/", "hello")
    with guarded_proxy(policy, ProxyLimits(10_000, 10), resolve=lambda *_: next(answers)) as proxy:
        request = f"GET http://rebinding.example:{port}/ HTTP/1.1\r\n\r\n"
        assert through(proxy, request).endswith(b"hello")
        assert through(proxy, request).startswith(b"HTTP/1.1 403")


def test_the_proxy_passes_on_no_more_than_its_limit(site: Site) -> None:
    url = site.file("/big", b"x" * 3_000_000)
    with guarded_proxy(LOOPBACK, ProxyLimits(500_000, 10)) as proxy:
        assert len(through(proxy, f"GET {url} HTTP/1.1\r\n\r\n")) <= 600_000


@pytest.mark.parametrize(
    "request_line", ["", "GET\r\n\r\n", "\r\n\r\n", "GET  HTTP/1.1\r\n\r\n", "CONNECT \xff HTTP/1.1\r\n\r\n"]
)
def test_the_proxy_survives_rubbish(proxy: GuardedProxy, site: Site, request_line: str) -> None:
    host, _, port = proxy.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request_line.encode("latin-1"))
    assert through(proxy, f"GET {site.page('/p', 'hello')} HTTP/1.1\r\n\r\n").endswith(b"hello")


@pytest.mark.parametrize("url", INWARD)
def test_promise_10_the_fetcher_follows_no_redirect_to_a_hostile_address(site: Site, url: str) -> None:
    site.redirect("/a", url)
    with pytest.raises(Refused), HttpFetcher(LOOPBACK).fetch(site.url("/a"), max_bytes=1000, max_seconds=10):
        pytest.fail("the answer was opened")


def test_promise_10_the_spider_follows_no_hostile_address_and_each_refusal_is_logged(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    hostile = [url for url in INWARD if url.startswith("http") and len(url) < 1000]
    for number, url in enumerate(hostile):
        site.redirect(f"/{number}", url)
    links = "".join(f'<a href="/{number}">x</a>' for number in range(len(hostile)))
    links += "".join(f'<a href="{quote(url, safe=":/?@[]%#&=+,;")}">y</a>' for url in hostile)
    page = site.page("/", f"<html><body>{links}</body></html>")
    with caplog.at_level(logging.WARNING, "crawler.guard"):
        found = list(
            crawl([SourceSpec("s", SourceKind.PAGE, page)], LOOPBACK, CrawlOptions(delay=0, page_seconds=5, max_depth=1))
        )
    (report,) = [item for item in found if isinstance(item, SourceReport)]
    assert len(found) == 1
    assert report.pages == 1, report.errors
    assert report.troubles[Trouble.REFUSED.value] >= 40
    assert len([record for record in caplog.records if record.name == "crawler.guard"]) >= len(hostile) - 5
    assert not report.complete


@pytest.mark.parametrize("status", [500, 503, 429])
def test_robots_txt_in_trouble_forbids_to_the_spider_what_it_forbids_to_the_fetcher(site: Site, status: int) -> None:
    site.routes["/robots.txt"] = Answer(b"User-agent: *\nAllow: /\n", "text/plain", status=status)
    page = site.page("/p", '<video src="/v.mp4">')
    found = list(crawl([SourceSpec("s", SourceKind.PAGE, page)], LOOPBACK, CrawlOptions(delay=0, page_seconds=5)))
    (report,) = [item for item in found if isinstance(item, SourceReport)]
    assert report.troubles == {Trouble.ROBOTS.value: 1}
    assert f"robots.txt answered {status}" in report.errors[0]
    assert "/p" not in site.asked


def test_yt_dlp_is_refused_before_it_starts_and_within(site: Site) -> None:
    yt_dlp = YtDlp(LOOPBACK)
    for url in ("http://10.0.0.1/v", "file:///etc/passwd", "http://user@127.0.0.1/"):
        with pytest.raises(Refused):
            yt_dlp.listing(url, most=1, max_seconds=10)
    site.redirect("/moved", "http://169.254.169.254/latest/meta-data/")
    with pytest.raises(Refused, match="yt-dlp wanted what the guard forbids"):
        yt_dlp.listing(site.url("/moved"), most=1, max_seconds=60)

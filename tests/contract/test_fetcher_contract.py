"""What every Fetcher must do, and what the HTTP one does besides."""

import threading
import time
from pathlib import Path

import pytest

from crawler.errors import FetchFailed, Refused, Unchanged
from crawler.fetch.base import Fetcher, PartialBody, Validators
from crawler.fetch.http import HttpFetcher
from crawler.guard import GuardPolicy
from crawler.types import Trouble
from tests.support.loopback_site import Answer, Site, UntrustedSite, open_site

LOOPBACK = GuardPolicy.allowing("127.0.0.0/8")
BODY = bytes(range(256)) * 300


def get(fetcher: Fetcher, url: str, max_bytes: int = 1_000_000, max_seconds: float = 10.0) -> bytes:
    with fetcher.fetch(url, max_bytes=max_bytes, max_seconds=max_seconds) as fetched:
        return b"".join(fetched.chunks)


class FetcherContract:
    """Inherited by the tests of every implementation."""

    @pytest.fixture
    def fetcher(self) -> Fetcher:
        raise NotImplementedError

    @pytest.fixture
    def strict_fetcher(self) -> Fetcher:
        """One that may not fetch from loopback."""
        raise NotImplementedError

    def test_gives_the_bytes_and_says_where_they_came_from(self, fetcher: Fetcher, site: Site) -> None:
        url = site.file("/a.mp4", BODY)
        with fetcher.fetch(url, max_bytes=len(BODY), max_seconds=10) as fetched:
            assert b"".join(fetched.chunks) == BODY
        assert fetched.exchange.final_url == fetched.exchange.requested_url == url
        assert fetched.exchange.content_type == "video/mp4"
        assert url.endswith(fetched.exchange.remote_address + "/a.mp4")

    def test_never_gives_an_empty_piece(self, fetcher: Fetcher, site: Site) -> None:
        with fetcher.fetch(site.file("/a.mp4", BODY), max_bytes=len(BODY), max_seconds=10) as fetched:
            assert all(fetched.chunks)

    @pytest.mark.parametrize("status", [404, 410, 403, 401, 418, 204])
    def test_what_is_not_there_is_not_tried_again(self, fetcher: Fetcher, site: Site, status: int) -> None:
        site.routes["/a"] = Answer(status=status)
        with pytest.raises(FetchFailed, match=str(status)) as caught:
            get(fetcher, site.url("/a"))
        assert not caught.value.retryable

    @pytest.mark.parametrize("status", [500, 502, 503, 429])
    def test_a_server_in_trouble_is_tried_again(self, fetcher: Fetcher, site: Site, status: int) -> None:
        site.routes["/a"] = Answer(status=status)
        with pytest.raises(FetchFailed, match=str(status)) as caught:
            get(fetcher, site.url("/a"))
        assert caught.value.retryable

    def test_a_size_that_is_announced_is_refused_before_it_is_read(self, fetcher: Fetcher, site: Site) -> None:
        url = site.file("/a.mp4", BODY)
        with (
            pytest.raises(FetchFailed, match="larger than"),
            fetcher.fetch(url, max_bytes=len(BODY) - 1, max_seconds=10),
        ):
            pytest.fail("the answer was opened")

    def test_time_is_bounded_however_slowly_bytes_come(self, fetcher: Fetcher, site: Site) -> None:
        site.routes["/a"] = Answer(b"x" * 1200, drip=0.05)
        began = time.monotonic()
        with pytest.raises(FetchFailed, match="too long") as caught:
            get(fetcher, site.url("/a"), max_seconds=0.5)
        assert caught.value.retryable
        assert time.monotonic() - began < 30  # half of what all bytes take

    def test_a_closed_port_is_tried_again(self, fetcher: Fetcher) -> None:
        with open_site() as gone:
            url = gone.url("/a")
        with pytest.raises(FetchFailed) as caught:
            get(fetcher, url)
        assert caught.value.retryable

    def test_a_private_address_is_refused_with_the_setting_that_allows_it(self, strict_fetcher: Fetcher, site: Site) -> None:
        with pytest.raises(Refused, match="allowed_networks"):
            get(strict_fetcher, site.file("/a.mp4", BODY))
        assert site.asked == []


class TestHttpFetcher(FetcherContract):
    @pytest.fixture
    def fetcher(self) -> Fetcher:
        return HttpFetcher(LOOPBACK, contact="https://example.org/crawler")

    @pytest.fixture
    def strict_fetcher(self) -> Fetcher:
        return HttpFetcher(GuardPolicy())

    def test_says_who_asks_and_declines_encodings(self, fetcher: Fetcher, site: Site) -> None:
        get(fetcher, site.file("/a.mp4", BODY))
        assert site.agents == {"Semblance/0.1.0 (+https://example.org/crawler)"}
        assert set(site.accepted) == {"identity"}

    def test_an_encoded_answer_is_refused(self, fetcher: Fetcher, site: Site) -> None:
        site.routes["/a"] = Answer(b"\x1f\x8b", headers={"Content-Encoding": "gzip"})
        with pytest.raises(FetchFailed, match="gzip"):
            get(fetcher, site.url("/a"))

    def test_a_body_shorter_than_announced_is_tried_again(self, fetcher: Fetcher, site: Site) -> None:
        site.routes["/a"] = Answer(BODY, "video/mp4", length=len(BODY) + 1)
        with pytest.raises(FetchFailed, match="broke") as caught:
            get(fetcher, site.url("/a"))
        assert caught.value.retryable

    def test_redirects_are_followed_and_noted(self, fetcher: Fetcher, site: Site) -> None:
        site.file("/c.mp4", BODY)
        site.redirect("/b", "c.mp4")
        site.redirect("/a", site.url("/b"))
        with fetcher.fetch(site.url("/a"), max_bytes=len(BODY), max_seconds=10) as fetched:
            assert b"".join(fetched.chunks) == BODY
        assert fetched.exchange.redirects == (site.url("/b"), site.url("/c.mp4"))
        assert fetched.exchange.final_url == site.url("/c.mp4")

    def test_endless_redirects_end(self, fetcher: Fetcher, site: Site) -> None:
        site.redirect("/a", "/a")
        with pytest.raises(FetchFailed, match="redirects more than 5 times"):
            get(fetcher, site.url("/a"))
        assert site.asked.count("/a") == 6

    @pytest.mark.parametrize(
        "location",
        [
            "http://169.254.169.254/latest/meta-data/",
            "http://10.0.0.1/",
            "http://[::1]/",
            "http://2130706433/",
            "file:///etc/passwd",
            "http://user:pass@127.0.0.1/",
            "http://[::ffff:10.0.0.1]/",
            "http://[",
        ],
    )
    def test_a_redirect_to_a_forbidden_address_is_refused(self, fetcher: Fetcher, site: Site, location: str) -> None:
        site.redirect("/a", location)
        with pytest.raises(Refused, match="redirects to"):
            get(fetcher, site.url("/a"))

    def test_robots_txt_is_obeyed_and_read_once(self, fetcher: Fetcher, site: Site) -> None:
        site.page("/robots.txt", "User-agent: Semblance\nDisallow: /private/\n", "text/plain")
        site.file("/a.mp4", BODY)
        site.file("/private/b.mp4", BODY)
        get(fetcher, site.url("/a.mp4"))
        with pytest.raises(Refused, match=r"robots\.txt forbids /private/b\.mp4"):
            get(fetcher, site.url("/private/b.mp4"))
        assert site.asked == ["/robots.txt", "/a.mp4"]

    def test_a_redirect_into_a_forbidden_part_is_not_followed(self, fetcher: Fetcher, site: Site) -> None:
        site.page("/robots.txt", "User-agent: *\nDisallow: /private/\n", "text/plain")
        site.redirect("/a.mp4", "/private/b.mp4")
        with pytest.raises(Refused, match="robots"):
            get(fetcher, site.url("/a.mp4"))
        assert "/private/b.mp4" not in site.asked

    def test_an_unreadable_robots_txt_forbids_for_now(self, fetcher: Fetcher, site: Site) -> None:
        site.routes["/robots.txt"] = Answer(status=503)
        with pytest.raises(FetchFailed, match=r"robots\.txt answered 503") as caught:
            get(fetcher, site.file("/a.mp4", BODY))
        assert caught.value.retryable

    def test_a_name_that_leads_into_the_private_network_is_refused(self, site: Site) -> None:
        fetcher = HttpFetcher(GuardPolicy(allowed_ports=None), resolve=lambda *_: ["127.0.0.1"])
        with pytest.raises(Refused, match="not an address of the public internet"):
            get(fetcher, site.file("/a.mp4", BODY).replace("127.0.0.1", "video.example"))
        assert site.asked == []

    def test_a_name_that_changes_its_mind_is_checked_each_time(self, site: Site) -> None:
        answers = iter([["127.0.0.1"], ["10.0.0.1"]])
        fetcher = HttpFetcher(
            GuardPolicy(LOOPBACK.allowed_networks, allowed_ports=None),
            obey_robots=False,
            resolve=lambda *_: next(answers),
        )
        url = site.file("/a.mp4", BODY).replace("127.0.0.1", "rebinding.example")
        assert get(fetcher, url) == BODY
        with pytest.raises(Refused, match=r"10\.0\.0\.1"):
            get(fetcher, url)
        assert site.asked == ["/a.mp4"]

    def test_a_name_that_the_resolver_hangs_on_is_given_up(self, site: Site) -> None:
        asleep = threading.Event()
        fetcher = HttpFetcher(GuardPolicy(allowed_ports=None), resolve=lambda *_: [str(asleep.wait(60))], obey_robots=False)
        began = time.monotonic()
        with pytest.raises(FetchFailed, match="too long") as caught:
            get(fetcher, site.url("/a").replace("127.0.0.1", "slow.example"), max_seconds=0.5)
        asleep.set()
        assert caught.value.trouble is Trouble.TIMEOUT
        assert time.monotonic() - began < 30  # half of what the resolver takes

    def test_the_rest_of_a_part_is_asked_for(self, fetcher: Fetcher, site: Site) -> None:
        url = site.ranged("/a.mp4", BODY, etag='"1"')
        with fetcher.fetch(url, max_bytes=len(BODY), max_seconds=10, part=PartialBody(1000, '"1"')) as fetched:
            assert (fetched.start, b"".join(fetched.chunks)) == (1000, BODY[1000:])
        site.ranged("/a.mp4", BODY, etag='"2"')
        with fetcher.fetch(url, max_bytes=len(BODY), max_seconds=10, part=PartialBody(1000, '"1"')) as fetched:
            assert (fetched.start, b"".join(fetched.chunks)) == (0, BODY)
        site.file("/a.mp4", BODY)
        with fetcher.fetch(url, max_bytes=len(BODY), max_seconds=10, part=PartialBody(1000, '"1"')) as fetched:
            assert (fetched.start, b"".join(fetched.chunks)) == (0, BODY)

    @pytest.mark.parametrize(
        "headers", [{"Content-Range": "bytes 5-9/10", "ETag": '"1"'}, {"Content-Range": "bytes 1000-9/x"}, {"ETag": '"1"'}, {}]
    )
    def test_a_part_of_something_else_is_no_answer(self, fetcher: Fetcher, site: Site, headers: dict[str, str]) -> None:
        site.routes["/a"] = Answer(BODY[1000:], status=206, headers=headers)
        with (
            pytest.raises(FetchFailed, match="beside what was asked"),
            fetcher.fetch(site.url("/a"), max_bytes=len(BODY), max_seconds=10, part=PartialBody(1000, '"1"')),
        ):
            pytest.fail("the answer was opened")

    def test_what_is_here_already_is_not_sent_again(self, fetcher: Fetcher, site: Site) -> None:
        url = site.ranged("/a.mp4", BODY, etag='"1"')
        with pytest.raises(Unchanged), fetcher.fetch(url, max_bytes=len(BODY), max_seconds=10, unless=Validators('"1"')):
            pytest.fail("the answer was opened")

    def test_an_untrusted_certificate_is_refused(self, fetcher: Fetcher, tmp_path: Path) -> None:
        with UntrustedSite(tmp_path) as url, pytest.raises(FetchFailed, match="certificate"):
            get(HttpFetcher(LOOPBACK, obey_robots=False), url)

    def test_faults_of_the_reader_are_not_taken_for_the_networks(self, fetcher: Fetcher, site: Site) -> None:
        url = site.file("/a.mp4", BODY)
        with pytest.raises(OSError, match="disk full"), fetcher.fetch(url, max_bytes=len(BODY), max_seconds=10):
            raise OSError("disk full")

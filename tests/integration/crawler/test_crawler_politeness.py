"""What a site sees of many threads that share one fetcher."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from crawler.crawl import CrawlOptions, crawl
from crawler.errors import CrawlerError
from crawler.fetch.http import HttpFetcher
from crawler.fetch.pace import Pace, Stopped
from crawler.guard import GuardPolicy
from crawler.types import SourceKind, SourceSpec
from tests.support.loopback_site import Answer, Site, open_site

LOOPBACK = GuardPolicy.allowing("127.0.0.0/8")


class Watch:
    """How many answers are being made at once, and when each began."""

    def __init__(self, seconds: float = 0.01) -> None:
        self.seconds = seconds
        self._lock = threading.Lock()
        self._open = 0
        self.most = 0
        self.began: list[float] = []

    def answering(self, answer: Answer) -> Callable[[], Answer]:
        def make() -> Answer:
            with self._lock:
                self._open += 1
                self.most = max(self.most, self._open)
                self.began.append(time.monotonic())
            time.sleep(self.seconds)
            with self._lock:
                self._open -= 1
            return answer

        return make


@pytest.fixture
def sites() -> Iterator[tuple[Site, Site]]:
    with open_site() as one, open_site() as other:
        yield one, other


def read(fetcher: HttpFetcher, url: str) -> bytes:
    with fetcher.fetch(url, max_bytes=1000, max_seconds=30) as fetched:
        return b"".join(fetched.chunks)


def test_a_host_sees_one_request_at_a_time_from_all_threads_and_redirects(sites: tuple[Site, Site]) -> None:
    one, other = sites
    watches = {one.base: Watch(), other.base: Watch()}
    for site in sites:
        watch = watches[site.base]
        site.routes["/robots.txt"] = watch.answering(Answer(b"", "text/plain"))
        site.routes["/a"] = watch.answering(Answer(b"here"))
        away = other if site is one else one
        site.routes["/away"] = watch.answering(Answer(status=302, headers={"Location": away.url("/a")}))
    fetcher = HttpFetcher(LOOPBACK, pace=Pace(0.02))
    with ThreadPoolExecutor(8) as threads:
        urls = [site.url(path) for path in ("/a", "/away") for site in sites] * 3
        assert list(threads.map(lambda url: read(fetcher, url), urls)) == [b"here"] * len(urls)
    for site in sites:
        watch = watches[site.base]
        assert site.asked.count("/robots.txt") == 1
        assert (watch.most, len(watch.began)) == (1, 1 + 3 + 3 + 3)
        # The answer takes .01 seconds, and from its end to the next beginning it is .02.
        assert all(later - earlier >= 0.03 for earlier, later in pairwise(watch.began))


def test_the_crawl_too_asks_a_host_for_one_thing_at_a_time(sites: tuple[Site, Site]) -> None:
    site, _ = sites
    watch = Watch(0.1)
    for number in range(5):
        site.routes[f"/p{number}"] = watch.answering(Answer(b"<title>Hello</title>"))
    links = "".join(f'<a href="/p{number}">x</a>' for number in range(5))
    source = SourceSpec("s", SourceKind.PAGE, site.page("/", links))
    assert len(list(crawl([source], LOOPBACK, CrawlOptions(delay=0)))) == 1
    assert (watch.most, len(watch.began)) == (1, 5)


def test_the_crawl_minds_the_pause_that_robots_txt_asks_for(sites: tuple[Site, Site]) -> None:
    site, _ = sites
    watch = Watch()
    site.page("/robots.txt", "User-agent: *\nCrawl-delay: 0.5\n", "text/plain")
    for number in range(4):
        site.routes[f"/p{number}"] = watch.answering(Answer(b"<title>Hello</title>"))
    links = "".join(f'<a href="/p{number}">x</a>' for number in range(4))
    list(crawl([SourceSpec("s", SourceKind.PAGE, site.page("/", links))], LOOPBACK, CrawlOptions(delay=0)))
    # Three pauses lie between the four; a machine under load may shorten what is seen of them.
    assert len(watch.began) == 4
    assert watch.began[-1] - watch.began[0] > 0.75


def test_robots_txt_may_ask_for_a_longer_pause(sites: tuple[Site, Site]) -> None:
    site, _ = sites
    site.page("/robots.txt", "User-agent: Semblance\nCrawl-delay: 7\n", "text/plain")
    # A clock that stands still: what is due in seven seconds stays so.
    pace = Pace(clock=lambda: 0.0)
    fetcher = HttpFetcher(LOOPBACK, pace=pace)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(read, fetcher, site.file("/a", b"here"))
        place = site.base.removeprefix("http://").replace(":", " ")
        while pace.waiting(place) == 0 or not site.asked:
            time.sleep(0.001)
        while pace.ready_in(place) == 0:
            time.sleep(0.001)
        assert pace.ready_in(place) == 7.0
        pace.stop()
        with pytest.raises(Stopped):
            waiting.result()
    assert site.asked == ["/robots.txt"]


def test_the_end_of_a_run_ends_an_answer_that_drips_and_is_no_failure_of_the_site(sites: tuple[Site, Site]) -> None:
    site, _ = sites
    pace, begun = Pace(), threading.Event()
    site.routes["/a"] = Answer(b"x" * 500, drip=0.02)
    fetcher = HttpFetcher(LOOPBACK, pace=pace, obey_robots=False)

    def reading() -> str:
        try:
            with fetcher.fetch(site.url("/a"), max_bytes=1000, max_seconds=60) as fetched:
                for _ in fetched.chunks:
                    begun.set()
        except Stopped:
            return "stopped"
        except CrawlerError as error:
            return error.what
        return "read to its end"

    with ThreadPoolExecutor(1) as threads:
        outcome = threads.submit(reading)
        begun.wait(30)
        pace.stop()
        assert outcome.result() == "stopped"

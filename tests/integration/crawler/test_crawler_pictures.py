"""Pictures of strangers' pages by one browser: apart from each other, within the guard, and whatever the pages do."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from PIL import Image

from crawler import screenshot
from crawler.browser import HEIGHT, WIDTH, browser
from crawler.fetch.http import HttpFetcher
from crawler.fetch.pace import Pace, Stopped
from crawler.guard import GuardPolicy
from crawler.lanes import Workers, in_lanes
from crawler.screenshot import PAGES_AT_A_TIME, Pictures
from tests.support.browsers import browsers, is_browser
from tests.support.loopback_site import Answer, Site, open_site

pytestmark = pytest.mark.skipif(browser() is None and os.environ.get("CI") != "true", reason="Chromium is not installed")

ROOT = Path(__file__).resolve().parents[3]
LOOPBACK = GuardPolicy.allowing("127.0.0.0/8")


@pytest.fixture(scope="module")
def pictures() -> Iterator[Pictures]:
    """One browser for all tests that leave it as it is: it takes longer to start than to picture most pages."""
    with Pictures(LOOPBACK) as taker:
        yield taker


def size(png: bytes | None) -> tuple[int, int]:
    assert png is not None
    with Image.open(io.BytesIO(png)) as picture:
        return picture.size


def test_a_picture_has_its_size_and_one_page_leaves_nothing_to_the_next(pictures: Pictures, site: Site) -> None:
    script = "fetch('/seen?' + document.cookie + localStorage.x); document.cookie = 'a=1'; localStorage.x = '2'"
    page = site.page("/p", f"<h1>Hello</h1><script>{script}</script>")
    assert size(pictures.take(page).png) == (WIDTH, HEIGHT) == (1280, 1600)
    (one,) = browsers(os.getpid())
    assert size(pictures.take(page).png) == (WIDTH, HEIGHT)
    assert browsers(os.getpid()) == {one}
    assert [path for path in site.asked if path.startswith("/seen")] == ["/seen?undefined"] * 2


def test_each_refusal_is_told_of_its_own_page(pictures: Pictures, site: Site) -> None:
    pages = [site.page(f"/p{n}", f"<p>Hello</p><script>fetch('http://10.0.0.{n}/x')</script>") for n in range(4)]
    with open_site() as other, ThreadPoolExecutor(4) as threads:
        pages.append(other.page("/calm", "<p>Hello</p>"))
        taken = list(threads.map(pictures.take, pages))
    assert all(size(each.png) == (WIDTH, HEIGHT) for each in taken)
    for number, each in enumerate(taken[:4]):
        assert {refused.partition(": ")[0] for refused in each.refused} == {f"http://10.0.0.{number}/x"}
    assert taken[4].refused == ()


@pytest.mark.parametrize(
    "script", ["alert(1); confirm(2); prompt(3)", "window.onbeforeunload = () => 'stay'; alert(1)", "window.open('/popup')"]
)
def test_dialogs_and_windows_hold_nothing_up(pictures: Pictures, site: Site, script: str) -> None:
    assert size(pictures.take(site.page("/p", f"<script>{script}</script><h1>Hello</h1>")).png) == (WIDTH, HEIGHT)


def test_a_page_that_never_comes_to_rest_is_pictured_as_it_is(
    pictures: Pictures, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screenshot, "_SETTLE_SECONDS", 1.0)
    page = site.page("/p", "<h1>Hello</h1><script>setInterval(() => fetch('/more'), 50)</script>")
    assert size(pictures.take(page).png) == (WIDTH, HEIGHT)


def test_what_is_no_page_has_no_picture_and_a_reason(pictures: Pictures, site: Site) -> None:
    file = site.file("/f", b"PK\3\4" * 100, "application/zip")
    assert (pictures.take(file).png, pictures.take(file).why) == (None, "Chromium took the page for a file to download.")
    refused = pictures.take("http://10.0.0.1/")
    assert refused.png is None
    assert "10.0.0.1" in refused.refused[0]
    with open_site() as gone:
        nobody = gone.url("/")
    assert pictures.take(nobody).why == "Chromium did not reach the page."


def test_a_browser_that_ended_and_one_that_is_worn_are_replaced(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screenshot, "PAGES_PER_BROWSER", 2)
    page, seen, others = site.page("/p", "<h1>Hello</h1>"), [], browsers(os.getpid())
    with Pictures(LOOPBACK) as taker:
        for number in range(5):
            assert size(taker.take(page).png) == (WIDTH, HEIGHT)
            (now_there,) = browsers(os.getpid()) - others
            seen.append(now_there)
            if number == 3:
                os.killpg(now_there, signal.SIGKILL)
    assert seen[0] == seen[1] != seen[2] == seen[3] != seen[4]
    assert browsers(os.getpid()) == others


def test_nobody_else_asks_the_host_while_its_picture_is_taken(site: Site) -> None:
    pace, asked = Pace(), threading.Event()

    def first() -> Answer:
        asked.set()
        return Answer(b"{}")

    site.routes["/first"] = first
    script = "fetch('/first').then(() => setTimeout(() => fetch('/late'), 300))"
    page = site.page("/p", f"<h1>Hello</h1><script>{script}</script>")
    fetcher = HttpFetcher(LOOPBACK, pace=pace, obey_robots=False)

    def other() -> None:
        asked.wait(30)
        with fetcher.fetch(site.file("/other", b"x"), max_bytes=10, max_seconds=10):
            pass

    with Pictures(LOOPBACK, pace=pace) as taker, ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(other)
        assert taker.take(page).png is not None
        waiting.result()
    assert site.asked.index("/late") < site.asked.index("/other")


def test_the_end_of_the_run_ends_a_picture_that_is_being_taken(site: Site) -> None:
    asked = threading.Event()

    def hanging() -> Answer:
        asked.set()
        return Answer(b"x" * 600, drip=0.1)

    site.routes["/p"] = hanging
    with Pictures(LOOPBACK) as taker, ThreadPoolExecutor(1) as threads:
        being_taken = threads.submit(taker.take, site.url("/p"))
        asked.wait(30)
        taker.close()
        with pytest.raises(Stopped):
            being_taken.result()
        with pytest.raises(Stopped):
            taker.take(site.url("/p"))


def test_promise_4_the_browser_goes_with_a_run_that_is_killed(site: Site) -> None:
    code = (
        "import sys; from crawler.screenshot import Pictures; from crawler.guard import GuardPolicy\n"
        "taker = Pictures(GuardPolicy.allowing('127.0.0.0/8')); assert taker.take(sys.argv[1]).png\n"
        "print('taken', flush=True); sys.stdin.read()"
    )
    page = site.page("/p", "<h1>Hello</h1>")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code, page], cwd=ROOT, **pipes) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"taken\n"
        (started,) = browsers(run.pid)
        run.kill()
    for _ in range(1200):
        if not is_browser(started):
            return
        time.sleep(0.05)
    pytest.fail("the browser outlived its run by a minute")


def test_pages_that_hang_in_the_browser_hold_up_no_work_on_other_sites() -> None:
    """As many videos are worked on at a time as pages are pictured; all of these hang, and more wait for their pictures."""
    workers, go_on = Workers(PAGES_AT_A_TIME), threading.Event()

    def hanging() -> Answer:
        go_on.wait(30)
        return Answer(b"<h1>Hello</h1>", "text/html")

    with ExitStack() as stack:
        pages = [stack.enter_context(open_site()) for _ in range(PAGES_AT_A_TIME + 2)]
        for each in pages:
            each.routes["/p"] = hanging
        taker, ended = stack.enter_context(Pictures(LOOPBACK, aside=workers.aside)), []
        tasks = [*(each.url("/p") for each in pages), "", "", ""]
        for done in in_lanes(range(len(tasks)), lambda n: [str(n)], lambda n: tasks[n] and taker.take(tasks[n]), workers):
            assert done.error is None
            ended.append(tasks[done.task])
            if ended.count("") == 3:
                go_on.set()
    assert ended[:3] == ["", "", ""]
    assert set(ended) == set(tasks)

"""A picture of a page as a browser shows it, where Chromium is installed. The browser reaches the web only through the guard."""

import base64
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from crawler.browser import HEIGHT, WIDTH, Browser, BrowserGone, BrowserPage, PageFailed, PageStuck, browser
from crawler.errors import Refused
from crawler.fetch.pace import Aside, Pace, Stopped
from crawler.fetch.proxy import GuardedProxy, ProxyLimits, guarded_proxy
from crawler.guard import GuardPolicy, printable, read_url

PAGES_AT_A_TIME = 3
PAGES_PER_BROWSER = 50
"""After so many pages the browser is started anew, which bounds what it keeps of them."""

_log = logging.getLogger(__name__)

_SECONDS = 40.0
_BYTES = 200 << 20
_SETTLE_SECONDS = 8.0
"""A page that keeps asking for more, or keeps somebody waiting, is pictured as it is after so long."""

_MAX_STARTS_WITHOUT_A_PAGE = 3


@dataclass(frozen=True)
class Screenshot:
    """png: the picture; None when there is none, with the reason in why. refused: what the page wanted and did not get."""

    png: bytes | None = None
    why: str = ""
    refused: tuple[str, ...] = ()


class Pictures:
    """Pictures of pages by one browser for a whole run; threads share it. It starts with the first picture, and again after a
    crash. Used as a context, which ends it."""

    def __init__(self, policy: GuardPolicy, contact: str = "", pace: Pace | None = None, *, aside: Aside = nullcontext) -> None:
        """aside: see crawler.fetch.pace.Aside; entered from when a picture is wanted until it is there."""
        self._policy = policy
        self._contact = contact
        self._pace = pace or Pace()
        self._aside = aside
        self._places = threading.Semaphore(PAGES_AT_A_TIME)
        self._lock = threading.Lock()
        self._current: Browser | None = None
        self._all: list[Browser] = []
        self._starts = 0
        self._closed = self._told = False

    def __enter__(self) -> "Pictures":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the browser at once. Whoever waits for a picture gets Stopped."""
        with self._lock:
            self._closed = True
            browsers, self._all, self._current = self._all, [], None
        for each in browsers:
            each.close()

    def take(self, url: str) -> Screenshot:
        """The top of the page at url, 1280 by 1600 pixels; meanwhile nobody else of this run asks the page's host. A page without
        a picture is still captured, so only Stopped is raised, when the run ends."""
        program = browser()
        if program is None:
            return Screenshot(why="Chromium is not installed.")
        try:
            place = read_url(url).place
        except Refused as refused:
            return Screenshot(why=refused.what)
        # Meanwhile it is the browser that works. The turn comes first: a host's pause would leave one of few places idle.
        with self._aside(), self._pace.turn(place), self._places:
            try:
                return self._take(program, url)
            except BrowserGone:
                pass
            # Another page may have brought it down.
            try:
                return self._take(program, url)
            except BrowserGone:
                return Screenshot(why="Chromium did not start, or ended over the page.")

    def _take(self, program: str, url: str) -> Screenshot:
        limits = ProxyLimits(_BYTES, _SECONDS)
        with self._lent(program) as lent, guarded_proxy(self._policy, limits, listener=lent.listener()) as proxy:
            try:
                with lent.page(proxy.url, time.monotonic() + _SECONDS) as page:
                    png = _picture(page, url, proxy)
            except PageFailed as failed:
                if isinstance(failed, PageStuck):
                    lent.served = PAGES_PER_BROWSER
                return Screenshot(why=f"Chromium {failed}.", refused=tuple(proxy.refusals[:20]))
            finally:
                if self._closed:
                    raise Stopped
            self._starts = 0
            return Screenshot(png, refused=tuple(proxy.refusals[:20]))

    def _tell(self, started: Browser) -> None:
        if started.shared and not self._told:
            self._told = True
            _log.warning("Chromium's own settings alone keep pages to the guarded proxy: %s", started.shared)

    @contextmanager
    def _lent(self, program: str) -> Iterator[Browser]:
        with self._lock:
            lent = self._running(program)
            lent.active += 1
            lent.served += 1
        try:
            yield lent
        finally:
            with self._lock:
                lent.active -= 1
                worn = lent.active == 0 and lent is not self._current and lent in self._all
                if worn:
                    self._all.remove(lent)
            if worn:
                lent.close()

    def _running(self, program: str) -> Browser:
        if self._closed:
            raise Stopped
        current = self._current
        if current is not None and not current.gone and current.served < PAGES_PER_BROWSER:
            return current
        if self._starts == _MAX_STARTS_WITHOUT_A_PAGE:
            raise BrowserGone
        self._starts += 1
        started = self._current = Browser(program, self._contact, PAGES_PER_BROWSER)
        self._tell(started)
        self._all.append(started)
        if current is not None and current.active == 0:
            self._all.remove(current)
            current.close()
        return started


def _picture(page: BrowserPage, url: str, proxy: GuardedProxy) -> bytes:
    page.call("Page.enable")
    page.call("Inspector.enable")
    page.call("Page.setLifecycleEventsEnabled", enabled=True)
    page.call("Emulation.setDeviceMetricsOverride", width=WIDTH, height=HEIGHT, deviceScaleFactor=1, mobile=False)
    gone = page.call("Page.navigate", url=url)
    if gone.get("isDownload"):
        raise PageFailed("took the page for a file to download")
    if gone.get("errorText"):
        raise PageFailed(f"could not open the page ({gone['errorText']})")
    # The proxy's own words are no picture of the page.
    if printable(url) in proxy.unreached:
        raise PageFailed("did not reach the page")
    _settle(page, gone["frameId"], gone.get("loaderId", ""))
    return base64.b64decode(page.call("Page.captureScreenshot", format="png")["data"])


def _settle(page: BrowserPage, frame: str, document: str) -> None:
    """Wait until the page, or the one that it went on to, is loaded and asks for nothing more; within bounds."""
    until = time.monotonic() + _SETTLE_SECONDS
    while (event := page.event(until)) is not None:
        said = event.get("params", {})
        if event["method"] != "Page.lifecycleEvent" or said.get("frameId") != frame:
            continue
        if said["name"] == "init":
            document = said["loaderId"]
        if said["name"] == "networkIdle" and said["loaderId"] == document:
            return

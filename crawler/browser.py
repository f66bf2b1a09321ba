"""One Chromium, driven over a pipe (the DevTools protocol): nothing listens on a port, and it ends when the pipe does.

Each page is opened in a context of its own, with cookies, cache and proxy of its own. Threads may open pages side by side.
Where the system allows it, Chromium has a network of its own with nothing in it but the sockets of those proxies; elsewhere its
own settings alone keep it to them, which `browser_isolation` says.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from crawler.browser_launch import NOBODY
from crawler.user_agent import user_agent
from isolation.loopback import take_over

WIDTH, HEIGHT = 1280, 1600

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MAX_MESSAGE = 128 << 20
_CLOSE_SECONDS = 5.0
_START_SECONDS = 20.0
_STOPPED_FEATURES = (
    *("MediaRouter", "DialMediaRouteProvider", "OptimizationHints", "NetworkTimeServiceQuerying", "AutofillServerCommunication"),
    *("CertificateTransparencyComponentUpdater", "InterestFeedContentSuggestions", "Translate"),
)
_OPTIONS = (
    *("--headless=new", "--remote-debugging-pipe", "--disable-gpu", "--hide-scrollbars", f"--window-size={WIDTH},{HEIGHT}"),
    *("--no-first-run", "--mute-audio", "--disable-extensions", "--disable-sync", "--disable-background-networking"),
    *("--disable-component-update", "--disable-dev-shm-usage", "--disable-quic", "--disable-domain-reliability"),
    *("--disable-breakpad", "--disable-crash-reporter", "--no-pings", "--disable-client-side-phishing-detection"),
    *("--disable-default-apps", "--no-default-browser-check", "--dns-prefetch-disable", "--disable-speech-api"),
    f"--disable-features={','.join(_STOPPED_FEATURES)}",
    # Each context has its own proxy. What belongs to none reaches nothing: nobody answers at the discard port.
    *("--proxy-server=http://127.0.0.1:9", "--proxy-bypass-list=<-loopback>"),
    # The proxies resolve names; Chromium itself asks nobody.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    # The switch had the longer name in earlier releases.
    *("--webrtc-ip-handling-policy=disable_non_proxied_udp", "--force-webrtc-ip-handling-policy=disable_non_proxied_udp"),
)
# Chromium reads descriptor 3 and writes 4; the pipes come as 0 and 1.
_SHELL = ("/bin/sh", "-c", 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null', "sh")
_ROOT = Path(__file__).resolve().parents[1]
_NO_BUS = {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent", "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent"}


class BrowserGone(Exception):
    """Chromium did not start, ended, or was closed."""


class PageFailed(Exception):
    """Chromium says no; the words end a sentence that begins with Chromium."""


class PageStuck(PageFailed):
    """Chromium did not do it in time: the page or the browser is at fault, which cannot be told from here."""


def browser() -> str | None:
    """The Chromium of this machine, if there is one."""
    return next((path for name in _BROWSERS if (path := shutil.which(name))), None)


def browser_isolation() -> str:
    """What keeps a page that is pictured to the guarded proxy, in a sentence."""
    try:
        tried, why, sockets = _launch(("/bin/true",), 1, Path("/"))
    except OSError as error:
        return f"Chromium cannot be started apart ({error})."
    for each in sockets:
        each.close()
    tried.communicate()
    if why:
        return f"Chromium's own settings alone keep it to the guarded proxy: {why}."
    return "Chromium has a network of its own, with the guarded proxy in it and nothing else."


def _launch(command: Sequence[str], pages: int, folder: Path) -> tuple["subprocess.Popen[bytes]", str, list[socket.socket]]:
    """A process that becomes the command; why it shares the machine's network, empty when it does not; and the sockets that
    listen on a network of its own. Raises OSError."""
    here, there = socket.socketpair()
    module = [sys.executable, "-S", "-m", "crawler.browser_launch"]
    with here:
        with there:
            process = subprocess.Popen(  # noqa: S603
                [*module, str(there.fileno()), str(pages), str(folder), *command],
                cwd=_ROOT,
                env={"PATH": os.defpath, "HOME": str(folder), **_NO_BUS},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                umask=0o077,
                pass_fds=(there.fileno(),),
            )
        try:
            said, sockets = take_over(here, _START_SECONDS)
        except OSError:
            process.kill()
            process.communicate()
            raise
    return process, str(said.get("why", "")), sockets


class Browser:
    """A running Chromium. active, served: how many pages are open and were opened, which its owner counts. shared: why it shares
    the machine's network; empty when it has one of its own."""

    def __init__(self, program: str, contact: str, pages: int) -> None:
        """pages: how many it will open at most. Raises BrowserGone when it cannot be started."""
        self.active = self.served = 0
        self._folder = tempfile.mkdtemp(prefix="semblance-browser-")
        if os.geteuid() == 0:
            os.chown(self._folder, NOBODY, NOBODY)
        profile = Path(self._folder) / "profile"
        command = [*_SHELL, program, *_OPTIONS, f"--user-data-dir={profile}", f"--user-agent={user_agent(contact)}"]
        self._lock = threading.Lock()
        self._last = 0
        self._calls: dict[int, Future[dict[str, Any]]] = {}
        self._events: dict[str, SimpleQueue[dict[str, Any]]] = {}
        self._gone = False
        try:
            self._process, self.shared, self._listeners = _launch(command, pages, Path(self._folder))
        except OSError as error:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise BrowserGone from error
        threading.Thread(target=self._read, daemon=True, name="browser").start()

    def listener(self) -> socket.socket | None:
        """Where the proxy of one page is to listen: inside the browser's own network, or None where it has none."""
        if self.shared:
            return None
        try:
            return self._listeners.pop()
        except IndexError:
            raise BrowserGone from None

    @property
    def gone(self) -> bool:
        """Whether the process or its pipe has ended."""
        return self._gone

    @contextmanager
    def page(self, proxy: str, deadline: float) -> Iterator["BrowserPage"]:
        """An empty page that reaches the web through that proxy; closed with all that it kept. Raises BrowserGone, PageFailed."""
        made = self.call("Target.createBrowserContext", deadline, proxyServer=proxy, proxyBypassList="<-loopback>")
        context = made["browserContextId"]
        try:
            self.call("Browser.setDownloadBehavior", deadline, behavior="deny", browserContextId=context)
            target = self.call("Target.createTarget", deadline, url="about:blank", browserContextId=context)["targetId"]
            session = self.call("Target.attachToTarget", deadline, targetId=target, flatten=True)["sessionId"]
            events: SimpleQueue[dict[str, Any]] = SimpleQueue()
            self._events[session] = events
            try:
                yield BrowserPage(self, session, events, deadline)
            finally:
                del self._events[session]
        finally:
            with suppress(BrowserGone, PageFailed):
                self.call("Target.disposeBrowserContext", time.monotonic() + _CLOSE_SECONDS, browserContextId=context)

    def call(self, method: str, deadline: float, session: str = "", **params: Any) -> dict[str, Any]:
        """What Chromium answers. deadline: on the monotonic clock. Raises BrowserGone, PageFailed."""
        answer = self._send(method, session, params)
        try:
            return answer.result(max(0.0, deadline - time.monotonic()))
        except TimeoutError:
            raise PageStuck("did not finish in time") from None

    def close(self) -> None:
        """End it with everything it started."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for each in self._listeners:
            each.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _send(self, method: str, session: str, params: dict[str, Any]) -> Future[dict[str, Any]]:
        answer: Future[dict[str, Any]] = Future()
        with self._lock:
            if self._gone:
                raise BrowserGone
            self._last += 1
            self._calls[self._last] = answer
            message = {"id": self._last, "method": method, "params": params} | ({"sessionId": session} if session else {})
            assert self._process.stdin is not None
            try:
                self._process.stdin.write(json.dumps(message).encode() + b"\0")
                self._process.stdin.flush()
            except OSError as error:
                raise BrowserGone from error
        return answer

    def _read(self) -> None:
        assert self._process.stdout is not None
        assert self._process.stdin is not None
        data = bytearray()
        with self._process.stdout as pipe:
            while len(data) < _MAX_MESSAGE and (block := os.read(pipe.fileno(), 1 << 20)):
                *messages, rest = block.split(b"\0")
                for message in messages:
                    self._hear(json.loads(bytes(data) + message))
                    data.clear()
                data += rest
        with self._lock:
            self._gone = True
            waiting, self._calls = list(self._calls.values()), {}
            with suppress(OSError):
                self._process.stdin.close()
        for answer in waiting:
            answer.set_exception(BrowserGone())
        for events in list(self._events.values()):
            events.put({"method": "Inspector.detached"})

    def _hear(self, message: dict[str, Any]) -> None:
        if "id" in message:
            with self._lock:
                answer = self._calls.pop(message["id"], None)
            if answer is not None and "error" in message:
                answer.set_exception(PageFailed(f"says: {message['error'].get('message', '')[:200]}"))
            elif answer is not None:
                answer.set_result(message.get("result", {}))
            return
        session = message.get("sessionId", "")
        if message["method"] == "Page.javascriptDialogOpening":
            # A page stands still until somebody answers its dialog, whatever else is asked of it.
            with suppress(BrowserGone):
                self._send("Page.handleJavaScriptDialog", session, {"accept": False})
        elif (events := self._events.get(session)) is not None:
            events.put(message)


class BrowserPage:
    """One open page. Its calls end by the deadline it was opened with."""

    def __init__(self, owner: Browser, session: str, events: SimpleQueue[dict[str, Any]], deadline: float) -> None:
        self._owner = owner
        self._session = session
        self._events = events
        self._deadline = deadline

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """What Chromium answers for this page, by the page's own deadline. Raises BrowserGone, PageFailed."""
        return self._owner.call(method, self._deadline, self._session, **params)

    def event(self, until: float) -> dict[str, Any] | None:
        """The next event; None when none came by that moment. Raises PageFailed when the page crashed, BrowserGone."""
        try:
            event = self._events.get(timeout=max(0.0, min(until, self._deadline) - time.monotonic()))
        except Empty:
            return None
        if event["method"] == "Inspector.targetCrashed":
            raise PageFailed("broke down over the page")
        if event["method"] == "Inspector.detached":
            raise BrowserGone
        return event

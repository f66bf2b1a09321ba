"""One Chromium, driven over a pipe (the DevTools protocol): nothing listens on a port, and it ends when the pipe does.

Each page is opened in a context of its own, with cookies, cache and proxy of its own. Threads may open pages side by side.
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from crawler.manners import user_agent

WIDTH, HEIGHT = 1280, 1600

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_NOBODY = 65_534
_MAX_MESSAGE = 128 << 20
_CLOSE_SECONDS = 5.0
_OPTIONS = (
    *("--headless=new", "--remote-debugging-pipe", "--disable-gpu", "--hide-scrollbars", f"--window-size={WIDTH},{HEIGHT}"),
    *("--no-first-run", "--mute-audio", "--disable-extensions", "--disable-sync", "--disable-background-networking"),
    *("--disable-component-update", "--disable-dev-shm-usage", "--disable-quic"),
    # Each context has its own proxy. What belongs to none reaches nothing: nobody answers at the discard port.
    *("--proxy-server=http://127.0.0.1:9", "--proxy-bypass-list=<-loopback>"),
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
)
# Chromium reads descriptor 3 and writes 4; the pipes come as 0 and 1.
_SHELL = ("/bin/sh", "-c", 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null', "sh")


class BrowserGone(Exception):
    """Chromium did not start, ended, or was closed."""


class PageFailed(Exception):
    """Chromium says no; the words end a sentence that begins with Chromium."""


class PageStuck(PageFailed):
    """Chromium did not do it in time: the page or the browser is at fault, which cannot be told from here."""


def browser() -> str | None:
    """The Chromium of this machine, if there is one."""
    return next((path for name in _BROWSERS if (path := shutil.which(name))), None)


class Browser:
    """A running Chromium. active, served: how many pages are open and were opened, which its owner counts."""

    def __init__(self, program: str, contact: str) -> None:
        self.active = self.served = 0
        self._folder = tempfile.mkdtemp(prefix="semblance-browser-")
        # Chromium's sandbox does not serve root, and a stranger's page is not opened without it.
        servant: dict[str, Any] = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        if servant:
            os.chown(self._folder, _NOBODY, _NOBODY)
        profile = Path(self._folder) / "profile"
        command = [*_SHELL, program, *_OPTIONS, f"--user-data-dir={profile}", f"--user-agent={user_agent(contact)}"]
        self._lock = threading.Lock()
        self._last = 0
        self._calls: dict[int, Future[dict[str, Any]]] = {}
        self._events: dict[str, SimpleQueue[dict[str, Any]]] = {}
        self._gone = False
        self._process = subprocess.Popen(  # noqa: S603
            command,
            cwd=self._folder,
            env={"PATH": os.defpath, "HOME": self._folder},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            umask=0o077,
            **servant,
        )
        threading.Thread(target=self._read, daemon=True, name="browser").start()

    @property
    def gone(self) -> bool:
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

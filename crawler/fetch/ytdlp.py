"""Videos from platforms and playlists of pieces, through yt-dlp: it knows their pages, we keep it within the guard and limits."""

import json
import logging
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawler.errors import FetchFailed, Refused
from crawler.fetch.names import Resolve, resolve
from crawler.fetch.pace import Pace
from crawler.fetch.proxy import ProxyLimits, guarded_proxy
from crawler.guard import GuardPolicy, check_url
from crawler.sources.base import plain
from crawler.types import Trouble
from crawler.user_agent import user_agent
from isolation.loopback import take_over
from registry.actions import Action

SEARCHES = ("ytsearch", "ytsearchdate", "bilisearch", "scsearch", "nicosearch", "nicosearchdate")
"""Searches that yt-dlp knows: ``ytsearch20:words`` lists twenty."""

_log = logging.getLogger(__name__)

_ROOT = Path(__file__).resolve().parents[2]
_GRACE = 30.0
_START_SECONDS = 60.0
_LOOK_SECONDS = 0.5
_LIST_BYTES = 64 << 20
# Pages, players and manifests come on top of the media itself.
_OVERHEAD = 64 << 20
_SIGNS = (
    (("captcha", "not a bot", "verify you are human"), Trouble.CAPTCHA),
    (("log in", "login", "sign in", "cookies", "private video", "members-only", "account"), Trouble.LOGIN),
    (("http error 429", "rate-limit", "rate limit", "too many requests"), Trouble.RATE_LIMIT),
    (("http error 403", "forbidden", "geo restrict", "not available in your country"), Trouble.FORBIDDEN),
    (("http error 404", "http error 410", "removed", "does not exist", "video unavailable"), Trouble.GONE),
    (("http error 5",), Trouble.SERVER),
    (("timed out", "took longer"), Trouble.TIMEOUT),
    (("certificate",), Trouble.CERTIFICATE),
    (("larger than",), Trouble.LIMIT),
    (("unable to connect", "connection refused", "failed to resolve", "tunnel connection failed: 502"), Trouble.UNREACHABLE),
)
_RETRYABLE = (Trouble.RATE_LIMIT, Trouble.SERVER, Trouble.TIMEOUT, Trouble.UNREACHABLE)


@dataclass(frozen=True)
class Taken:
    """What yt-dlp took. path: the media; info: what it says of it; version: its own; warnings: in its words."""

    path: Path
    info: Mapping[str, Any]
    version: str
    warnings: tuple[str, ...]


class YtDlp:
    """One per run, for all its threads. Each call is a process of its own, behind a proxy of its own, and counts as one request
    to the host of its address."""

    def __init__(self, policy: GuardPolicy, *, contact: str = "", resolve: Resolve = resolve, pace: Pace | None = None) -> None:
        self._policy = policy
        self._pace = pace or Pace()
        self._contact = contact
        self._resolve = resolve
        self._told = False

    def listing(self, address: str, *, most: int, max_seconds: float) -> dict[str, Any]:
        """The videos of a channel, playlist, page or search, as yt-dlp names them: ``info`` and ``entries``. Raises Refused and
        FetchFailed."""
        search = address.partition(":")[0].rstrip("0123456789") in SEARCHES
        with nullcontext() if search else self._pace.turn(check_url(address, self._policy).place):
            return self._run(address, "list", Path(), _LIST_BYTES, max_seconds, most)

    def take(self, url: str, folder: Path, *, max_bytes: int, max_seconds: float) -> Taken:
        """The media of the one video at url, in folder, which is the caller's to remove. Raises Refused and FetchFailed."""
        with self._pace.turn(check_url(url, self._policy).place):
            said = self._run(url, "take", folder, max_bytes, max_seconds, 1)
        files = [path for path in sorted(folder.glob("media.*")) if path.is_file() and not path.name.endswith((".part", ".ytdl"))]
        if not files:
            words = "; ".join(said.get("warnings", ())) or "it wrote no file"
            raise FetchFailed(
                f"yt-dlp took nothing from {plain(url, 200)}: {plain(words, 300)}.", "Capture it by hand if you may."
            )
        return Taken(files[0], said["info"], str(said.get("version", "")), tuple(said.get("warnings", ())))

    def _tell(self, open_ways: Mapping[str, str]) -> None:
        if open_ways and not self._told:
            self._told = True
            _log.warning("yt-dlp's own settings alone keep it in: %s", "; ".join(open_ways.values()))

    def _run(self, url: str, mode: str, folder: Path, max_bytes: int, seconds: float, most: int) -> dict[str, Any]:
        limits = ProxyLimits(max_bytes + _OVERHEAD, seconds)
        with (
            _child() as (child, listener, open_ways),
            guarded_proxy(self._policy, limits, resolve=self._resolve, listener=listener) as proxy,
        ):
            self._tell(open_ways)
            job = {
                "url": url,
                "mode": mode,
                "proxy": proxy.url,
                "folder": str(folder.absolute()),
                "max_bytes": max_bytes,
                "max_seconds": seconds,
                "most": most,
                "user_agent": user_agent(self._contact),
            }
            said = _said(child, json.dumps(job).encode(), seconds, self._pace)
            refusals = tuple(proxy.refusals)
        if "refused" in said:
            raise Refused(
                f"yt-dlp could take {plain(url, 200)} only by {plain(str(said['refused']), 200)}, past the guard.",
                "Capture it by hand if you may.",
            )
        if "error" in said:
            raise _failure(url, str(said["error"]), refusals)
        return said


def ytdlp_isolation() -> str:
    """What keeps yt-dlp to the guarded proxy, in sentences."""
    try:
        with _child() as (child, listener, open_ways):
            child.communicate()
            if listener is not None:
                listener.close()
    except FetchFailed as failed:
        return failed.what
    network = (
        f"yt-dlp's own settings alone keep it to the guarded proxy: {open_ways['network']}."
        if "network" in open_ways
        else "yt-dlp has a network of its own, with the guarded proxy in it and nothing else."
    )
    programs = (
        f"Python alone keeps it from starting programs: {open_ways['programs']}."
        if "programs" in open_ways
        else "The kernel lets it start no program."
    )
    return f"{network} {programs}"


@contextmanager
def _child() -> Iterator[tuple["subprocess.Popen[bytes]", socket.socket | None, dict[str, Any]]]:
    """A child that waits for its job; the socket on which its proxy is to listen, if it has a network of its own; and what it
    could not give up, with the reason."""
    here, there = socket.socketpair()
    with here:
        with there:
            child = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "crawler.fetch.ytdlp_child", str(there.fileno())],
                cwd=_ROOT,
                # Nothing of this user's own settings, plugins, programs or proxies has a say.
                env={"PATH": "/nonexistent", "HOME": "/nonexistent", "YTDLP_NO_PLUGINS": "1", "LANG": "C.UTF-8"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=(there.fileno(),),
                umask=0o077,
            )
        with child:
            try:
                try:
                    open_ways, sockets = take_over(here, _START_SECONDS)
                except OSError as error:
                    raise FetchFailed("yt-dlp did not start.", Action.EXAMINE, trouble=Trouble.TOOL) from error
                yield child, next(iter(sockets), None), open_ways
            finally:
                child.kill()


def _said(child: "subprocess.Popen[bytes]", job: bytes, seconds: float, pace: Pace) -> dict[str, Any]:
    try:
        said: dict[str, Any] = json.loads(_answer(child, job, time.monotonic() + seconds + _GRACE, pace))
    except subprocess.TimeoutExpired:
        return {"error": f"it took longer than {seconds:.0f} seconds"}
    except ValueError:
        return {"error": "it broke down"}
    return said


def _answer(child: "subprocess.Popen[bytes]", job: bytes, deadline: float, pace: Pace) -> bytes:
    """What the child wrote. Raises TimeoutExpired, and Stopped when the run ends meanwhile."""
    given: bytes | None = job
    while True:
        try:
            return child.communicate(given, _LOOK_SECONDS)[0]
        except subprocess.TimeoutExpired:
            given = None
            pace.go_on()
            if time.monotonic() > deadline:
                raise


def _failure(url: str, error: str, refusals: Sequence[str]) -> FetchFailed | Refused:
    if refusals:
        return Refused(
            f"yt-dlp wanted what the guard forbids: {refusals[0]}", "If you trust that place, allow it in the settings."
        )
    # What yt-dlp asks its own users to do is nothing for ours.
    own = error.replace("\x1b[0;31mERROR:\x1b[0m", "").removeprefix("ERROR:").partition("; please report this issue")[0]
    words = plain(own, 400).strip()
    low = words.lower()
    trouble = next((kind for signs, kind in _SIGNS if any(sign in low for sign in signs)), Trouble.TOOL)
    remedy = "It is tried again." if trouble in _RETRYABLE else "Capture it by hand if you may, or try a newer yt-dlp."
    return FetchFailed(
        f"yt-dlp could not read {plain(url, 200)}: {words}", remedy, retryable=trouble in _RETRYABLE, trouble=trouble
    )

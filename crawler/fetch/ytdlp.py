"""Videos from platforms and playlists of pieces, through yt-dlp: it knows their pages, we keep it within the guard and limits."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawler.errors import FetchFailed, Refused
from crawler.fetch.names import Resolve, resolve
from crawler.fetch.pace import Pace
from crawler.fetch.proxy import ProxyLimits, guarded_proxy
from crawler.guard import GuardPolicy, check_url
from crawler.manners import user_agent
from crawler.sources.base import plain
from crawler.types import Trouble

SEARCHES = ("ytsearch", "ytsearchdate", "bilisearch", "scsearch", "nicosearch", "nicosearchdate")
"""Searches that yt-dlp knows: ``ytsearch20:words`` lists twenty."""

_ROOT = Path(__file__).resolve().parents[2]
_GRACE = 30.0
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

    def _run(self, url: str, mode: str, folder: Path, max_bytes: int, seconds: float, most: int) -> dict[str, Any]:
        limits = ProxyLimits(max_bytes + _OVERHEAD, seconds)
        with guarded_proxy(self._policy, limits, resolve=self._resolve) as proxy:
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
            said = _child(json.dumps(job).encode(), seconds, self._pace)
            refusals = tuple(proxy.refusals)
        if "error" in said:
            raise _failure(url, str(said["error"]), refusals)
        return said


def _child(job: bytes, seconds: float, pace: Pace) -> dict[str, Any]:
    command = [sys.executable, "-m", "crawler.fetch.ytdlp_child"]
    # Nothing of this user's own settings, plugins or proxies has a say.
    environment = {"PATH": os.defpath, "HOME": "/nonexistent", "YTDLP_NO_PLUGINS": "1", "LANG": "C.UTF-8"}
    with subprocess.Popen(  # noqa: S603
        command,
        cwd=_ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        umask=0o077,
    ) as child:
        try:
            said: dict[str, Any] = json.loads(_answer(child, job, time.monotonic() + seconds + _GRACE, pace))
        except subprocess.TimeoutExpired:
            return {"error": f"it took longer than {seconds:.0f} seconds"}
        except ValueError:
            return {"error": "it broke down"}
        finally:
            child.kill()
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

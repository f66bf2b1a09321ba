"""yt-dlp in a process of its own: a job in, one JSON document out. Started by `crawler.fetch.ytdlp`; not meant for people.

Everything goes through the guarded proxy: where the system allows it, this process has a network with nothing else in it. No
program is started, be it rtmpdump, a JavaScript runtime or ffmpeg: they would go round the proxy, and open what strangers name.
"""

import json
import resource
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from yt_dlp import YoutubeDL
from yt_dlp.downloader import DashSegmentsFD, HlsFD, HttpFD, get_suitable_downloader
from yt_dlp.utils import YoutubeDLError
from yt_dlp.version import __version__

from isolation.landlock import leave_programs
from isolation.loopback import NO_NAMESPACE, hand_over, leave_network, listeners
from isolation.programs import refuse_programs

MAX_MEMORY = 3 << 30
FORMAT = "b/bv*"
PROTOCOLS = ("http", "https", "m3u8", "m3u8_native", "http_dash_segments")
"""What is read by yt-dlp itself, request by request, through the proxy."""

_READERS = (HttpFD, HlsFD, DashSegmentsFD)
_TEXTS = ("id", "title", "description", "uploader", "channel", "webpage_url", "extractor", "format_id", "protocol", "ext", "url")
_NUMBERS = ("timestamp", "duration", "view_count", "like_count", "comment_count", "repost_count", "width", "height")


class _TooMuch(YoutubeDLError):  # type: ignore[misc]
    """A limit of the job is reached."""


class _NotOurs(YoutubeDLError):  # type: ignore[misc]
    """What could be taken only past the proxy; the words name it."""


class _Guarded(YoutubeDL):  # type: ignore[misc]
    """Takes nothing but what is read through the proxy."""

    def formats_of_ours(self, offered: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The best of the formats that are read through the proxy, as yt-dlp asks for it."""
        ours = [each for each in offered["formats"] if each.get("protocol") in PROTOCOLS]
        if offered["formats"] and not ours:
            protocols = sorted({str(each.get("protocol"))[:20] for each in offered["formats"]})
            raise _NotOurs(f"the protocol {', '.join(protocols)}")
        best: Iterator[dict[str, Any]] = self.build_format_selector(FORMAT)({**offered, "formats": ours})
        return best

    def dl(self, name: str, info: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """See YoutubeDL; what would be taken by another program is not begun."""
        if info.get("url") and get_suitable_downloader(info, self.params) not in _READERS:
            what = "a live stream" if info.get("is_live") else f"the protocol {str(info.get('protocol'))[:20]}"
            raise _NotOurs(what)
        return super().dl(name, info, *args, **kwargs)


class _Quiet:
    """yt-dlp's logger: warnings are kept for the answer, the rest is dropped."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def debug(self, text: str) -> None:
        """Dropped."""

    info = debug

    def warning(self, text: str) -> None:
        if len(self.warnings) < 20:
            self.warnings.append(text[:500])

    def error(self, text: str) -> None:
        """Raised as well."""


def options(job: dict[str, Any], logger: _Quiet) -> dict[str, Any]:
    """What yt-dlp is set to for a job, which lets it reach the proxy alone and start no program."""
    return {
        "proxy": job["proxy"],
        "logger": logger,
        "quiet": True,
        "noprogress": True,
        "cachedir": False,
        "socket_timeout": 20,
        "retries": 3,
        "fragment_retries": 3,
        "extractor_retries": 1,
        "file_access_retries": 1,
        "skip_unavailable_fragments": False,
        "noplaylist": True,
        "playlistend": job["most"],
        "extract_flat": "in_playlist" if job["mode"] == "list" else False,
        "lazy_playlist": False,
        "format": FORMAT,
        "fixup": "never",
        "ffmpeg_location": "/nonexistent",
        "hls_prefer_native": True,
        "external_downloader": {"default": "native"},
        "outtmpl": {"default": job["folder"] + "/media.%(ext)s"},
        "overwrites": False,
        "continuedl": True,
        "max_filesize": job["max_bytes"],
        "http_headers": {"User-Agent": job["user_agent"]},
        "enable_file_urls": False,
        "js_runtimes": {},
    }


def run(job: dict[str, Any], wanted: list[str]) -> dict[str, Any]:
    """The answer to a job. wanted: the programs that something tried to start."""
    logger = _Quiet()
    deadline = time.monotonic() + job["max_seconds"]
    written: list[str] = []

    def watch(progress: dict[str, Any]) -> None:
        if (progress.get("downloaded_bytes") or 0) > job["max_bytes"]:
            raise _TooMuch(f"it is larger than {job['max_bytes']:,} bytes")
        if time.monotonic() > deadline:
            raise _TooMuch(f"it took longer than {job['max_seconds']:.0f} seconds")
        if progress.get("status") == "finished":
            written.append(str(progress.get("filename")))

    try:
        with _Guarded({**options(job, logger), "progress_hooks": [watch]}) as downloader:
            if job["mode"] == "take":
                downloader.format_selector = downloader.formats_of_ours
            info = downloader.extract_info(job["url"], download=job["mode"] == "take")
    except _NotOurs as needed:
        return {"refused": str(needed), "warnings": logger.warnings}
    except YoutubeDLError as error:
        return {**_failure(str(error), wanted), "warnings": logger.warnings}
    if info is None:
        return {"error": "nothing was found", "warnings": logger.warnings}
    said = {"info": _plain(info), "version": __version__, "warnings": logger.warnings}
    return {**said, "entries": _entries(info, job["most"])} if job["mode"] == "list" else {**said, "files": written}


def _failure(words: str, wanted: list[str]) -> dict[str, str]:
    """Its advice to install what would not be used anyway helps nobody."""
    names = (PurePath(program).name for program in wanted)
    needs = next((name for name in names if name and name in words), None)
    return {"error": words} if needs is None else {"refused": f"the program {needs}"}


def _entries(info: dict[str, Any], most: int) -> list[dict[str, Any]]:
    return [_plain(entry) for entry in (info.get("entries") or [])[:most] if entry]


def _plain(info: dict[str, Any]) -> dict[str, Any]:
    texts = {key: info[key] for key in _TEXTS if isinstance(info.get(key), str)}
    return texts | {key: info[key] for key in _NUMBERS if isinstance(info.get(key), int | float)}


def _enclose() -> list[str]:
    """Give up network and programs, hand the parent the socket for the proxy, and say what could not be given up."""
    open_ways: dict[str, str] = {}
    made: list[socket.socket] = []
    with socket.socket(fileno=int(sys.argv[1])) as parent:
        try:
            leave_network()
            made = listeners(1)
        except OSError as error:
            open_ways["network"] = NO_NAMESPACE.format(error.strerror or error)
        try:
            leave_programs()
        except OSError as error:
            open_ways["programs"] = f"the kernel has no Landlock ({error.strerror or error})"
        hand_over(parent, open_ways, made)
    for each in made:
        each.close()
    return refuse_programs()


def main() -> None:
    """Do the one job that standard input holds, within bounds, and print the answer as JSON."""
    wanted = _enclose()
    given = sys.stdin.buffer.read()
    if not given:
        return
    job = json.loads(given)
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (job["max_bytes"] + 1, job["max_bytes"] + 1))
    answer = json.dumps(run(job, wanted))
    sys.stdout.write(answer)


if __name__ == "__main__":
    main()

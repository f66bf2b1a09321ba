"""yt-dlp in a process of its own: a job in, one JSON document out. Started by `crawler.fetch.ytdlp`; not meant for people.

Everything goes through the guarded proxy. ffmpeg is not used: on strangers' files it would open what they name.
"""

import json
import resource
import sys
import time
from typing import Any

from yt_dlp import YoutubeDL
from yt_dlp.utils import YoutubeDLError
from yt_dlp.version import __version__

MAX_MEMORY = 3 << 30
_TEXTS = ("id", "title", "description", "uploader", "channel", "webpage_url", "extractor", "format_id", "protocol", "ext", "url")
_NUMBERS = ("timestamp", "duration", "view_count", "like_count", "comment_count", "repost_count", "width", "height")


class _TooMuch(YoutubeDLError):  # type: ignore[misc]
    """A limit of the job is reached."""


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
        "format": "b/bv*",
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
    }


def run(job: dict[str, Any]) -> dict[str, Any]:
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
        with YoutubeDL({**options(job, logger), "progress_hooks": [watch]}) as downloader:
            info = downloader.extract_info(job["url"], download=job["mode"] == "take")
    except YoutubeDLError as error:
        return {"error": str(error), "warnings": logger.warnings}
    if info is None:
        return {"error": "nothing was found", "warnings": logger.warnings}
    entries = [_plain(entry) for entry in (info.get("entries") or [])[: job["most"]] if entry]
    said = {"info": _plain(info), "version": __version__, "warnings": logger.warnings}
    return {**said, "entries": entries} if job["mode"] == "list" else {**said, "files": written}


def _plain(info: dict[str, Any]) -> dict[str, Any]:
    texts = {key: info[key] for key in _TEXTS if isinstance(info.get(key), str)}
    return texts | {key: info[key] for key in _NUMBERS if isinstance(info.get(key), int | float)}


def main() -> None:
    job = json.loads(sys.stdin.buffer.read())
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (job["max_bytes"] + 1, job["max_bytes"] + 1))
    answer = json.dumps(run(job))
    sys.stdout.write(answer)


if __name__ == "__main__":
    main()

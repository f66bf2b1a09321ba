"""The pages of earlier crawls, so that a site is only asked whether they changed. Part of the crawling process.

Unlike a browser's cache, it never answers in a site's place: not out of heuristics, and not when the site is in trouble, which
is something to report. It does so only for what this crawl, or the one that was cut short before it, has fetched already, and for
pages whose sitemap says that they did not change since.
"""

import json
import logging
import sqlite3
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from scrapy import Spider
from scrapy.downloadermiddlewares.httpcache import HttpCacheMiddleware
from scrapy.extensions.httpcache import RFC2616Policy
from scrapy.http import Headers, Request, Response
from scrapy.responsetypes import responsetypes
from scrapy.settings import BaseSettings, Settings

from registry.causes import cause_of
from registry.private import make_file, make_folder

KEEP_SECONDS = 45 * 86_400
RESUME_SECONDS = 86_400
TRUST_LASTMOD_SECONDS = 7 * 86_400
_DAY = 86_400
_CACHED = (200, 301, 308)
_LOG = logging.getLogger(__name__)


class RevalidatingPolicy(RFC2616Policy):
    """A stored page counts as fresh only within one crawl, or on its sitemap's word; otherwise the site is asked."""

    def __init__(self, settings: BaseSettings) -> None:
        super().__init__(settings)
        self.fresh_since = 0.0

    def should_cache_response(self, response: Response, request: Request) -> bool:  # noqa: ARG002
        """Whether an answer is whole, and of a kind that says what a page holds."""
        return response.status in _CACHED and "download_stopped" not in response.flags

    def is_cached_response_fresh(self, cachedresponse: Response, request: Request) -> bool:
        """Whether the page need not be asked for: read in this crawl, or unchanged since by its sitemap."""
        stored = request.meta.get("cache_timestamp", 0.0)
        changed = request.meta.get("changed_at")
        if stored >= self.fresh_since:
            return True
        # A date without a time covers its whole day.
        if changed is not None and changed + _DAY < stored and time.time() - stored < TRUST_LASTMOD_SECONDS:
            return True
        self._set_conditional_validators(request, cachedresponse)
        return False

    def is_cached_response_valid(self, cachedresponse: Response, response: Response, request: Request) -> bool:  # noqa: ARG002
        return response.status == 304


class PageCacheMiddleware(HttpCacheMiddleware):
    """Scrapy's own, with pages of this crawl taken as fresh."""

    def __init__(self, settings: Settings, stats: Any) -> None:
        super().__init__(settings, stats)
        self.policy.fresh_since = self.storage.begin()

    def process_exception(self, request: Request, exception: Exception, spider: Spider | None = None) -> None:  # noqa: ARG002
        """An unreachable site is not papered over with what it said last week."""
        request.meta.pop("cached_response", None)


class PageStorage:
    """One SQLite file. A kill of the process loses nothing that was stored; a power cut may lose the cache, and no more.

    A file that is damaged is begun anew, by the next crawl where the damage is met on the way; where none can be written, as on a
    full disk, the crawl goes on without one.
    """

    def __init__(self, settings: BaseSettings) -> None:
        self._path = str(settings["PAGE_CACHE"])
        self._db: sqlite3.Connection | None = None
        with self._or_without():
            self._db = _opened(self._path)

    @contextmanager
    def _or_without(self) -> Iterator[None]:
        """What the file refuses ends its use, and nothing else."""
        try:
            yield
        except (OSError, sqlite3.Error, zlib.error, ValueError, TypeError) as error:
            if self._db is not None:
                with suppress(sqlite3.Error):
                    self._db.close()
            self._db = None
            if self._path and _is_damage(error):
                with suppress(OSError):
                    _remove(self._path)
            _LOG.warning(
                "Pages are not kept for the next crawl: %s.", cause.why if (cause := cause_of(error)) else "its file is damaged"
            )

    def begin(self) -> float:
        """Since when pages count as fetched by this crawl: its own beginning, or that of one that was cut short."""
        now = began = time.time()
        with self._or_without():
            if self._db is not None:
                self._db.execute("DELETE FROM page WHERE at < ?", (now - KEEP_SECONDS,))
                row = self._db.execute("SELECT max(began) FROM crawl WHERE began > ?", (now - RESUME_SECONDS,)).fetchone()
                began = float(row[0]) if row[0] is not None else now
                self._db.execute("DELETE FROM crawl")
                self._db.execute("INSERT INTO crawl VALUES (?)", (began,))
        return began

    def open_spider(self, spider: Spider) -> None:
        """Asked for by Scrapy; the file is open already."""

    def close_spider(self, spider: Spider) -> None:  # noqa: ARG002
        """Forget that a crawl was under way: the next one asks for every page."""
        with self._or_without():
            if self._db is not None:
                self._db.execute("DELETE FROM crawl")
                self._db.close()

    def retrieve_response(self, spider: Spider, request: Request) -> Response | None:  # noqa: ARG002
        """What the page answered last; None for one that was never read."""
        with self._or_without():
            return self._answered(request)
        return None

    def _answered(self, request: Request) -> Response | None:
        query = "SELECT final, status, headers, body, at FROM page WHERE url = ?"
        row = self._db.execute(query, (request.url,)).fetchone() if self._db is not None else None
        if row is None:
            return None
        final, status, raw, packed, at = row
        headers = Headers(json.loads(raw), encoding="latin-1")
        body = zlib.decompress(packed)
        request.meta["cache_timestamp"] = at
        kind = responsetypes.from_args(headers=headers, url=final, body=body)
        return kind(url=final, status=status, headers=headers, body=body)

    def store_response(self, spider: Spider, request: Request, response: Response) -> None:  # noqa: ARG002
        """Keep an answer in place of the page's last one."""
        headers = {
            name.decode("latin-1"): [value.decode("latin-1") for value in values] for name, values in response.headers.items()
        }
        row = (request.url, response.url, response.status, json.dumps(headers), zlib.compress(response.body, 1), time.time())
        with self._or_without():
            if self._db is not None:
                self._db.execute("INSERT OR REPLACE INTO page VALUES (?, ?, ?, ?, ?, ?)", row)


def _opened(path: str) -> sqlite3.Connection:
    """Raises OSError and sqlite3.Error."""
    if not path:
        return _prepared(path)
    make_folder(Path(path).parent)
    make_file(Path(path))
    try:
        return _prepared(path)
    except sqlite3.DatabaseError as error:
        if not _is_damage(error):
            raise
    _remove(path)
    make_file(Path(path))
    return _prepared(path)


def _is_damage(error: Exception) -> bool:
    """Whether what lies in the file is at fault, and not the disk or another program: the next crawl begins it anew."""
    if isinstance(error, sqlite3.Error):
        kind = getattr(error, "sqlite_errorcode", 0) & 0xFF
        return kind in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    return not isinstance(error, OSError)


def _remove(path: str) -> None:
    for file in (path, f"{path}-wal", f"{path}-shm"):
        Path(file).unlink(missing_ok=True)


def _prepared(path: str) -> sqlite3.Connection:
    made = sqlite3.connect(path, isolation_level=None, timeout=30)
    try:
        for statement in (
            "PRAGMA journal_mode=WAL",
            "PRAGMA synchronous=OFF",
            "PRAGMA secure_delete=ON",
            "CREATE TABLE IF NOT EXISTS page (url TEXT PRIMARY KEY, final TEXT, status INT, headers TEXT, body BLOB, at REAL)",
            "CREATE TABLE IF NOT EXISTS crawl (began REAL)",
        ):
            made.execute(statement)
    except sqlite3.Error:
        made.close()
        raise
    return made

"""What goes of a capture when its time is over, and what stays: the manifest and the page's text, and that it went."""

import sqlite3
from collections.abc import Collection
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from crawler.custody import CustodyEntry
from crawler.types import TakenBy
from crawler.videos import Capture, Video

DISPOSED = "disposed"
"""The custody chain's word for a capture whose bytes went."""

GOING = {"media": "media_sha256", "warc": "warc_sha256", "page picture": "screenshot_sha256"}
"""What goes, by the column that names it. The WARC holds the media a second time, and the picture may show a frame of it."""

STAYING = ("manifest_sha256", "page_sha256")


def disposed() -> SelectOfScalar[str]:
    """The ids of the captures whose bytes went, as a subquery."""
    return select(CustodyEntry.capture_id).where(CustodyEntry.action == DISPOSED)


def going(capture: Capture) -> dict[str, str]:
    """The digests of what goes of the capture."""
    return {what: digest for what, column in GOING.items() if (digest := getattr(capture, column)) is not None}


def objects_of(capture: Capture) -> list[str]:
    """The digests of all that the capture consists of in the vault."""
    return [digest for column in (*GOING.values(), *STAYING) if (digest := getattr(capture, column)) is not None]


def held_digests(session: Session) -> set[str]:
    """Of every object in the vault that a capture still needs: all of those that were not disposed of, and what stays of the
    others."""
    whole = select(Capture).where(col(Capture.id).not_in(disposed()))
    rest = select(Capture).where(col(Capture.id).in_(disposed()))
    gone = {capture.media_sha256 for capture in session.exec(rest)}
    held = {getattr(capture, column) for capture in session.exec(whole) for column in (*GOING.values(), *STAYING)}
    # A page that was the media itself is no text.
    stays = {getattr(capture, column) for capture in session.exec(rest) for column in STAYING} - gone
    return {digest for digest in held | stays if digest is not None}


def dropped_file(session: Session, capture: Capture) -> Path | None:
    """The file in an inbox that the capture was made of, where it is still there: somebody's own, and not ours to remove."""
    video = session.get_one(Video, capture.video_id)
    if video.via is not TakenBy.FILE or video.page_url is None:
        return None
    path = Path(unquote(urlsplit(video.page_url).path))
    return path if path.is_file() else None


def forget_pages(cache: Path, urls: Collection[str]) -> None:
    """Take answers from these addresses out of the crawl's cache: a site may have called its media a page. Silent without one."""
    if not urls or not cache.is_file():
        return
    with closing(sqlite3.connect(cache, timeout=30)) as database:
        database.execute("PRAGMA secure_delete=ON")
        if database.execute("SELECT 1 FROM sqlite_master WHERE name = 'page'").fetchone() is None:
            return
        with database:
            for url in urls:
                database.execute("DELETE FROM page WHERE url = ? OR final = ?", (url, url))
        if database.total_changes:
            # Pages that hold what an earlier answer was replaced by.
            database.execute("VACUUM")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def forget_parts(folder: Path, video_ids: Collection[str], before: float) -> None:
    """Remove the parts of media that are kept of these videos, and all that were last written before that moment, in seconds
    since 1970."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_file() and (path.stem in video_ids or path.stat().st_mtime < before):
            path.unlink(missing_ok=True)

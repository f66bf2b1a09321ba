"""What a workspace says of a site, read from its database in one place: whoever changes the tables mends these functions alone.

Everything else in this package speaks of Statement, Look and plain addresses.
"""

import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, select

from crawler.pages import PageOfVideo, pages_of
from crawler.videos import Video
from registry.storage.engine import connect

_NUMBERED = re.compile(r"\?_=\d+$")


@dataclass(frozen=True)
class Statement:
    """What one page said of one video. video: its address without the number that players add; media_url: as it is kept."""

    video: str
    media_url: str
    page: str
    said_by: str
    title: str
    uploader: str
    published_at: datetime | None


@dataclass(frozen=True)
class Look:
    """What a look at a video's address found, in the workspace's own word."""

    video: str
    page: str | None
    found: str
    why: str


def one_address(url: str) -> str:
    """The address of a file, whatever number a player put behind it."""
    return _NUMBERED.sub("", url)


class Recorded:
    """A workspace's database, read only."""

    def __init__(self, workspace: Path) -> None:
        self._engine = connect(workspace / "semblance.db")
        self._database = sqlite3.connect(f"file:{workspace / 'semblance.db'}?mode=ro", uri=True)
        self._database.row_factory = sqlite3.Row
        self._tables = {row["name"] for row in self._rows("SELECT name FROM sqlite_master WHERE type = 'table'")}

    def close(self) -> None:
        self._database.close()
        self._engine.dispose()

    def _rows(self, query: str) -> list[sqlite3.Row]:
        return self._database.execute(query).fetchall()

    def media_urls(self) -> list[str]:
        """The addresses of all videos, as they are kept."""
        return [row["media_url"] for row in self._rows("SELECT media_url FROM video ORDER BY media_url")]

    def captured(self) -> dict[str, set[str]]:
        """The digests of what was taken from each video's address."""
        found: dict[str, set[str]] = {}
        for row in self._rows("SELECT v.media_url, c.media_sha256 FROM capture c JOIN video v ON v.id = c.video_id"):
            found.setdefault(one_address(row["media_url"]), set()).add(row["media_sha256"])
        return found

    def statements(self) -> list[Statement]:
        """What every page says of every video, as the product puts it together."""
        with Session(self._engine) as session:
            videos = session.exec(select(Video)).all()
            return [_statement(video, page) for video in videos for page in pages_of(session, video.id) if page.url]

    def looks(self) -> list[Look]:
        """The last look at each address."""
        rows = self._rows(
            "SELECT l.*, v.media_url, MAX(l.id) FROM look l JOIN video v ON v.id = l.video_id GROUP BY l.video_id, l.url"
        )
        return [
            Look(
                one_address(row["media_url"]),
                row["url"] if row["address"] == "PAGE" else None,
                row["outcome"].lower(),
                row["why"],
            )
            for row in rows
        ]

    def told_of_sources(self) -> Iterator[str]:
        """What the runs noted of the sources, in words."""
        for row in self._rows("SELECT errors, notes FROM source_run"):
            yield from (*json.loads(row["errors"]), *json.loads(row["notes"]))

    def matches(self) -> dict[str, set[str]]:
        """The states of the matches of each video."""
        found: dict[str, set[str]] = {}
        for row in self._rows(_MATCHES):
            found.setdefault(one_address(row["media_url"]), set()).add(str(row["status"]).lower())
        return found

    def cases(self) -> dict[str, set[str]]:
        """The ids of the cases of each video."""
        found: dict[str, set[str]] = {}
        for row in self._rows(_CASES):
            found.setdefault(one_address(row["media_url"]), set()).add(row["case_id"])
        return found

    def everything(self) -> str:
        """All texts of all tables, for asking whether an address is told of at all."""
        words = []
        for table in sorted(self._tables):
            for row in self._rows(f'SELECT * FROM "{table}"'):
                words += [value for value in tuple(row) if isinstance(value, str)]
        return "\n".join(words).replace("\\/", "/")


_MATCHES = 'SELECT v.media_url, m.status FROM "match" m JOIN capture c ON c.id = m.capture_id JOIN video v ON v.id = c.video_id'
_CASES = (
    'SELECT v.media_url, cm.case_id FROM case_match cm JOIN "match" m ON m.id = cm.match_id '
    "JOIN capture c ON c.id = m.capture_id JOIN video v ON v.id = c.video_id"
)


def _statement(video: Video, page: PageOfVideo) -> Statement:
    said_by = "listing" if page.listing else "page" if page.own else "others"
    return Statement(
        one_address(video.media_url), video.media_url, page.url, said_by, page.title, page.uploader, page.published_at
    )

"""What a workspace says of a site, read from its database in one place: whoever changes the tables mends these functions alone.

Everything else in this package speaks of Statement, Look and plain addresses.
"""

import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

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
        self._database = sqlite3.connect(f"file:{workspace / 'semblance.db'}?mode=ro", uri=True)
        self._database.row_factory = sqlite3.Row
        self._tables = {row["name"] for row in self._rows("SELECT name FROM sqlite_master WHERE type = 'table'")}

    def close(self) -> None:
        self._database.close()

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
        if "statement" in self._tables:
            return [_statement(row, row["page_url"], row["said_by"]) for row in self._rows(_STATEMENTS)]
        # Without that table a video has one description, whichever page it came from, and a source one page of it.
        said = [_statement(row, row["sighting_page"] or row["page_url"], row["kind"]) for row in self._rows(_SIGHTINGS)]
        own = [_statement(row, row["page_url"], "video") for row in self._rows("SELECT * FROM video WHERE page_url IS NOT NULL")]
        return list(dict.fromkeys([*own, *said]))

    def looks(self) -> list[Look]:
        """Empty where no looks are kept."""
        if "look" not in self._tables:
            return []
        rows = [dict(row) for row in self._rows("SELECT l.*, v.media_url FROM look l JOIN video v ON v.id = l.video_id")]
        return [
            Look(one_address(row["media_url"]), row.get("page_url"), str(row.get("found", "")), str(row.get("why") or ""))
            for row in rows
        ]

    def told_of_sources(self) -> Iterator[str]:
        """What the runs noted of the sources, in words."""
        for row in self._rows("SELECT errors FROM source_run"):
            yield from json.loads(row["errors"])

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


# The newest version of each: SQLite takes the other columns from the row that has the largest.
_STATEMENTS = (
    "SELECT s.*, v.media_url, MAX(s.last_seen_at) FROM statement s JOIN video v ON v.id = s.video_id "
    "GROUP BY s.video_id, s.page_url, s.said_by"
)
_SIGHTINGS = (
    "SELECT v.*, s.page_url AS sighting_page, src.kind FROM sighting s JOIN video v ON v.id = s.video_id "
    "JOIN source src ON src.id = s.source_id WHERE COALESCE(s.page_url, v.page_url) IS NOT NULL"
)
_MATCHES = 'SELECT v.media_url, m.status FROM "match" m JOIN capture c ON c.id = m.capture_id JOIN video v ON v.id = c.video_id'
_CASES = (
    'SELECT v.media_url, cm.case_id FROM case_match cm JOIN "match" m ON m.id = cm.match_id '
    "JOIN capture c ON c.id = m.capture_id JOIN video v ON v.id = c.video_id"
)


def _statement(row: sqlite3.Row, page: str, said_by: Any) -> Statement:
    url = row["media_url"]
    moment = row["published_at"]
    at = datetime.fromisoformat(moment).astimezone(UTC) if moment else None
    return Statement(one_address(url), url, page, str(said_by).lower(), row["title"] or "", row["uploader"] or "", at)

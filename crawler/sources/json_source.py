"""What all sources have in common that answer with JSON: reading an answer, and following a listing to what came before."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from crawler.sources.base import Collected, Follow, Listed, Page, Parsed
from crawler.sources.json_text import read_json
from crawler.types import SourceKind


class JsonSource(ABC):
    """A Source whose documents are JSON. kind: the one under which its listings go on."""

    kind: ClassVar[SourceKind]

    def __init__(self, source_id: str) -> None:
        self._source_id = source_id

    def parse(self, page: Page) -> Parsed:
        """See Source."""
        collected = Collected(page.url)
        said, error = read_json(page.body)
        if error:
            collected.error(error)
        else:
            self._collect(said, collected)
        return collected.parsed()

    @abstractmethod
    def _collect(self, said: Any, collected: Collected) -> None:
        """Take in what a document says."""

    def _list(
        self, collected: Collected, entries: Iterable[tuple[str, datetime | None]], older: Follow | None, total: int | None = None
    ) -> None:
        """Note what a listing lists, newest first, and where it goes on."""
        collected.listed = Listed(tuple(entries), older, total, last=older is None)

    def _older(self, collected: Collected, name: str, token: str, marks: str = "") -> Follow | None:
        """The listing from that token on, which the query's parameter takes; None where the token is none: letters and
        digits of ASCII, and marks."""
        bare = "".join(letter for letter in token if letter not in marks)
        return collected.follow(earlier(collected.url, name, token), self.kind) if bare.isascii() and bare.isalnum() else None


def earlier(url: str, name: str, value: str) -> str:
    """The address with one parameter of its query set anew."""
    parts = urlsplit(url)
    kept = [(key, given) for key, given in parse_qsl(parts.query, keep_blank_values=True) if key != name]
    return parts._replace(query=urlencode([*kept, (name, value)])).geturl()


def number_in(url: str, name: str) -> int:
    """The number that a parameter of the address's query has; 0 where there is none."""
    given = dict(parse_qsl(urlsplit(url).query)).get(name, "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else 0


def moment(seconds: Any) -> datetime | None:
    """A moment from seconds since 1970; None for anything else."""
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 631_152_000 <= seconds <= 7_258_118_400:
        return None
    return datetime.fromtimestamp(seconds, UTC)

"""What is true of a site, as whoever made it knows it: kept as JSON, and read by the comparison."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class TruePage:
    """A page that shows videos. date: UTC; author and date are None where the page shows none.

    titles: further titles that are right for one video of the page, such as its name in a playlist, by the video's address.
    """

    url: str
    entry: str
    title: str
    author: str | None
    date: datetime | None
    how: tuple[str, ...]
    videos: tuple[str, ...]
    titles: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class TrueVideo:
    """A public video. sha256: of the bytes that its address gives."""

    url: str
    clip: str
    sha256: str
    marked: bool


@dataclass(frozen=True)
class Embed:
    """Something that moves and is no file of a video here: a player of others, or a moving picture. media: what the player
    plays, where that can be had."""

    url: str
    kind: str
    pages: tuple[str, ...]
    media: str = ""


@dataclass(frozen=True)
class Change:
    """Something that happened between two weeks. expected: what a run and a report should say of it, in a word.

    video: the address it concerns; before: that of the earlier video it copies. title: under which it was known.
    """

    what: str
    expected: str
    video: str
    page: str = ""
    title: str = ""
    new_title: str = ""
    before: str = ""


@dataclass(frozen=True)
class Truth:
    """not_public: addresses of videos that no visitor was ever shown; once_public: of those that none is shown any more.
    archives: other pages of the site that show videos, each with the addresses that stand in its markup."""

    week: int
    base: str
    feed: str
    sitemap: str
    videos: tuple[TrueVideo, ...]
    pages: tuple[TruePage, ...]
    not_public: tuple[str, ...]
    embeds: tuple[Embed, ...]
    archives: dict[str, list[str]] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    once_public: tuple[str, ...] = ()

    def pages_of(self, video: str) -> list[TruePage]:
        return [page for page in self.pages if video in page.videos]


def write_truth(truth: Truth, path: Path) -> None:
    text = json.dumps(asdict(truth), ensure_ascii=False, indent=1, default=lambda moment: moment.isoformat())
    path.write_text(text + "\n", encoding="utf-8")


def read_truth(path: Path) -> Truth:
    said = json.loads(path.read_text("utf-8"))
    return Truth(
        **{
            **said,
            "videos": tuple(TrueVideo(**each) for each in said["videos"]),
            "pages": tuple(_page(each) for each in said["pages"]),
            "not_public": tuple(said["not_public"]),
            "once_public": tuple(said["once_public"]),
            "embeds": tuple(Embed(**{**each, "pages": tuple(each["pages"])}) for each in said["embeds"]),
            "changes": tuple(Change(**each) for each in said["changes"]),
        }
    )


def _page(said: dict[str, object]) -> TruePage:
    date = said["date"]
    moment = datetime.fromisoformat(date) if isinstance(date, str) else None
    return TruePage(**{**said, "date": moment, "how": _words(said["how"]), "videos": _words(said["videos"])})  # type: ignore[arg-type]


def _words(said: object) -> tuple[str, ...]:
    assert isinstance(said, Sequence)
    return tuple(str(each) for each in said)

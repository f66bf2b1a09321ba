"""Looking at videos and all their pages, now, for whoever says right after what is there."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from crawler.availability import Address, Look, looks_of
from crawler.capture import CaptureLimits, CaptureTools, capture_video
from crawler.fetch.base import Fetcher
from crawler.pages import PageOfVideo, pages_of, pages_of_videos
from crawler.recheck import look_at_pages
from crawler.types import TakenBy
from crawler.videos import Video
from registry.db import now
from registry.vault.base import Vault


@dataclass(frozen=True)
class Looked:
    """What is known of videos once they were looked at. since: from when on the looks were made that count.

    pages: of each video by its id, in the order in which the videos were asked about. looks: all that were ever made, the oldest
    first, by the video's id and which address it was.
    """

    since: datetime
    pages: Mapping[str, tuple[PageOfVideo, ...]]
    looks: Mapping[tuple[str, Address], Sequence[Look]]

    def looks_at(self, video_id: str, address: Address) -> Sequence[Look]:
        """All looks at a video's media or pages, the oldest first."""
        return self.looks.get((video_id, address), ())


@dataclass(frozen=True)
class Looker:
    """Looks at videos over the network. say: is told which one is looked at.

    Bytes are compared even where the site says that they are unchanged, if tools say so. What could not be reached is a look,
    too; errors of the vault and the database go on.
    """

    engine: Engine
    vault: Vault
    fetcher: Fetcher
    operator: str
    limits: CaptureLimits
    tools: CaptureTools
    say: Callable[[str], None] = lambda _: None

    def look(self, videos: Sequence[str]) -> Looked:
        """Look at the videos with these ids and at their pages; one that was handed in as a file has nothing to look at."""
        since, pages = now(), {}
        for video_id in videos:
            with Session(self.engine) as session:
                video = session.get_one(Video, video_id)
                by_file, url = video.via is TakenBy.FILE, video.media_url
                if by_file:
                    pages[video_id] = pages_of(session, video_id)
            if not by_file:
                self.say(f"Looking at {url}")
                pages[video_id] = self._look(video_id, since)
        with Session(self.engine) as session:
            looks = looks_of(session, videos)
            session.expunge_all()
        return Looked(since, pages, looks)

    def _look(self, video_id: str, since: datetime) -> tuple[PageOfVideo, ...]:
        at = now()
        asked = (self.engine, self.vault, self.fetcher, video_id)
        capture_video(*asked, operator=self.operator, at=at, limits=self.limits, tools=self.tools)
        return look_at_pages(self.engine, self.fetcher, video_id, at=at, since=since, parser=self.tools.parser).pages


def looked_before(session: Session, videos: Collection[str], since: datetime) -> Looked:
    """What looks that others made of these videos say."""
    rows = {video.id: video for video in session.exec(select(Video).where(col(Video.id).in_(videos)))}
    pages = pages_of_videos(session, [rows[video_id] for video_id in videos])
    return Looked(since, pages, looks_of(session, list(videos)))

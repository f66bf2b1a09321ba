"""One captured video on a site of the tests' own, looked at again and again."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlmodel import Session, select

from crawler.availability import Availability, LookOutcome, availability, page_looks
from crawler.capture import CaptureOutcome, CaptureTools, capture_video
from crawler.fetch.http import HttpFetcher
from crawler.guard import GuardPolicy
from crawler.health import SourceRow
from crawler.pages import record_discovery
from crawler.recheck import look_again
from crawler.types import Discovery, SourceKind
from crawler.videos import Capture
from tests.support.loopback_site import Site
from tests.support.new_database import new_database
from tests.support.new_vault import new_vault

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
VIDEO = b"\0\0\0\x18ftypisom\0\0\0\0isommp41" + bytes(range(256)) * 40
OTHER = VIDEO[::-1].replace(VIDEO[:24][::-1], b"") + b"other"
OTHER = VIDEO[:24] + OTHER


class Watch:
    """One captured video with a page, and a clock that each look moves on by an hour."""

    def __init__(self, folder: Path, site: Site) -> None:
        self.site = site
        self.engine = new_database(folder / "semblance.db")
        self.vault = new_vault(folder)
        self.fetcher = HttpFetcher(GuardPolicy.allowing("127.0.0.0/8"))
        self.at = AT
        with Session(self.engine) as session:
            source = SourceRow(name="a feed", kind=SourceKind.FEED, url="https://example.org/feed")
            session.add(source)
            session.commit()
            self.source_id = source.id
        self.media = site.file("/media/clip.mp4", VIDEO)
        self.page = site.page("/post", '<article><h1>A post</h1><video src="/media/clip.mp4"></video></article>')
        self.video = self.found(self.page, own=True)
        self.look()

    def found(self, page: str, title: str = "A post", own: bool = False) -> str:
        with Session(self.engine) as session:
            said = Discovery(self.source_id, self.media, page, title, own=own)
            identity = record_discovery(session, said, self.at).id
            session.commit()
            return identity

    def look(self) -> CaptureOutcome:
        self.at += timedelta(hours=1)
        hands = (self.engine, self.vault, self.fetcher, self.video)
        tried = capture_video(*hands, operator="clerk", at=self.at, tools=CaptureTools())
        if self.at == AT + timedelta(hours=1):
            return tried
        return look_again(self.engine, self.fetcher, tried, at=self.at, since=self.at)

    def first(self) -> Availability:
        with Session(self.engine) as session:
            capture = session.exec(select(Capture).order_by(Capture.captured_at)).first()
            assert capture is not None
            return availability(session, capture)

    def pages(self) -> dict[str, tuple[LookOutcome, str]]:
        with Session(self.engine) as session:
            return {url: (look.outcome, look.why) for url, look in page_looks(session, self.video).items()}

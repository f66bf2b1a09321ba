"""A database, a vault and a fetcher for tests of capturing."""

import os
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, select

from crawler.capture import CaptureLimits, CaptureOutcome, CaptureTools, capture_video
from crawler.fetch.http import HttpFetcher
from crawler.guard import GuardPolicy
from crawler.health import SourceRow
from crawler.pages import record_discovery
from crawler.types import Discovery, SourceKind
from crawler.videos import Video
from tests.support.new_database import new_database
from tests.support.new_vault import new_vault

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
VIDEO = b"\0\0\0\x18ftypisom\0\0\0\0isommp41" + os.urandom(200_000)
OPERATOR = "clerk@studio.example"


class Desk:
    """A database, a vault and a fetcher, with one source."""

    def __init__(self, folder: Path) -> None:
        self.engine: Engine = new_database(folder / "semblance.db")
        self.vault = new_vault(folder)
        self.fetcher = HttpFetcher(GuardPolicy.allowing("127.0.0.0/8"))
        self.tools = CaptureTools()
        with Session(self.engine) as session:
            source = SourceRow(name="a feed", kind=SourceKind.FEED, url="https://example.org/feed")
            session.add(source)
            session.commit()
            self.source_id = source.id

    def found(
        self, media_url: str, page_url: str | None = None, title: str = "", source_id: str | None = None, at: datetime = AT
    ) -> str:
        with Session(self.engine) as session:
            discovery = Discovery(source_id or self.source_id, media_url, page_url, title)
            identity = record_discovery(session, discovery, at).id
            session.commit()
            return identity

    def capture(self, video_id: str, **limits: float) -> CaptureOutcome:
        bounds = CaptureLimits(**limits) if limits else None  # type: ignore[arg-type]
        return capture_video(
            self.engine, self.vault, self.fetcher, video_id, operator=OPERATOR, at=AT, limits=bounds, tools=self.tools
        )

    def video(self, video_id: str) -> Video:
        with Session(self.engine) as session:
            return session.get_one(Video, video_id)

    def rows(self, table: type[SQLModel]) -> list[SQLModel]:
        with Session(self.engine) as session:
            return list(session.exec(select(table)).all())


def objects(vault_folder: Path) -> list[Path]:
    return [path for path in vault_folder.rglob("*") if path.is_file()]

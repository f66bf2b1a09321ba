"""What was found of the web: sources, videos with drawn pictures, captures with their chain of custody."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sqlmodel import Session

from benchmarks.size.rows import Union, put
from crawler.custody import append
from crawler.health import SourceRow, SourceRun
from crawler.pages import Sighting, Statement
from crawler.types import LabelOutcome, SourceKind, TakenBy
from crawler.videos import Capture, Label, Video, VideoState, said_of, video_id
from matcher.media import write_clip
from monitor.demo.drawings import fox, seal
from monitor.workspace import Workspace
from registry.types import Image
from reports.matches import content_id

SOURCES, RUNS_OF_EACH = 20, 30


def make_web(workspace: Workspace, session: Session, made: Union) -> None:
    """Sources, videos and what was captured of them; two of three found in the week, the others before."""
    inbox = made.root / "inbox"
    inbox.mkdir(mode=0o700)
    sources = [
        SourceRow(id=content_id("source", str(n)), name=f"Source {n:02}", kind=SourceKind.INBOX, url=inbox.as_uri())
        for n in range(SOURCES)
    ]
    put(session, SourceRow, (row.model_dump() for row in sources))
    put(session, SourceRun, (run for row in sources for run in _runs(made, row.id)))
    clips = _clips(made.root)
    with workspace.vault.together():
        stored = [workspace.vault.put([_own(clips[n % len(clips)], n)]) for n in range(made.videos)]
        manifest = workspace.vault.put([b"{}"]).sha256
    videos = [_video(made, number) for number in range(made.videos)]
    put(session, Video, ({**video.model_dump(), "said": said_of(video)} for video in videos))
    put(session, Statement, (_statement(video) for video in videos))
    sightings = (
        Sighting(video_id=video.id, source_id=sources[n % SOURCES].id, page_url=video.page_url or "")
        for n, video in enumerate(videos)
    )
    put(session, Sighting, (row.model_dump(exclude={"id"}) for row in sightings))
    captures = [
        Capture(
            id=content_id(video.id, found.sha256),
            video_id=video.id,
            captured_at=video.first_seen_at + timedelta(hours=1),
            media_sha256=found.sha256,
            media_size=found.size,
            media_type="video/mp4",
            final_url=video.media_url,
            manifest_sha256=manifest,
        )
        for video, found in zip(videos, stored, strict=True)
    ]
    put(session, Capture, (row.model_dump() for row in captures))
    put(session, Label, (label for capture in captures for label in _labels(capture.id)))
    for capture in sorted(captures, key=lambda one: one.captured_at):
        append(session, "benchmark", "captured", capture.id, {"url": capture.final_url}, capture.captured_at)
    session.commit()


def _runs(made: Union, source_id: str) -> Iterator[dict[str, Any]]:
    for number in range(RUNS_OF_EACH):
        ended = made.at - timedelta(hours=6 * number)
        run = SourceRun(source_id=source_id, started_at=ended, ended_at=ended, pages=1, videos=10, complete=True, due=1)
        yield run.model_dump()


def _clips(root: Path) -> list[bytes]:
    clips = []
    for number, drawing in enumerate((fox, seal)):
        path = root / f"clip-{number}.mp4"
        write_clip(path, _turning(drawing(160)), 10)
        clips.append(path.read_bytes())
        path.unlink()
    return clips


def _turning(drawn: Image) -> Iterator[Image]:
    frame = np.full((180, 320, 3), 200, np.uint8)
    height, width = drawn.shape[:2]
    for number in range(15):
        shown = frame.copy()
        shown[10 : 10 + height, 20 + 4 * number : 20 + 4 * number + width] = drawn[:, :, :3][:170, :280]
        yield shown


def _own(clip: bytes, number: int) -> bytes:
    """The number makes the bytes each video's own; a decoder reads past what follows the last box."""
    return clip + b"\0\0\0\x0cfree" + number.to_bytes(4, "big")


def _video(made: Union, number: int) -> Video:
    url, host = f"https://cdn.example/{number:05}.mp4", "licensed.example" if number % 10 == 2 else "clips.example"
    found = made.at - timedelta(hours=1 + number % 90 if number % 3 else 24 * (8 + number % 40))
    return Video(
        id=video_id(url),
        media_url=url,
        page_url=f"https://{host}/watch/{number:05}",
        title=f"They said it in clip {number:05} \u2014 \u9b54\u6cd5",
        uploader=f"@user{number % 300}",
        published_at=found,
        first_seen_at=found,
        tried_at=made.at,
        state=VideoState.CAPTURED,
        # A dropped file is not asked for over the network, which this does not measure.
        via=TakenBy.FILE,
    )


def _statement(video: Video) -> dict[str, Any]:
    said = Statement(
        id=content_id("statement", video.id),
        video_id=video.id,
        page_url=video.page_url or "",
        said_by=SourceKind.PAGE,
        own=True,
        title=video.title,
        uploader=video.uploader,
        published_at=video.published_at,
        first_seen_at=video.first_seen_at,
        last_seen_at=video.first_seen_at,
    )
    return said.model_dump()


def _labels(capture_id: str) -> Iterator[dict[str, Any]]:
    for kind in ("aigc", "c2pa", "iptc", "platform", "words"):
        yield {"capture_id": capture_id, "kind": kind, "outcome": LabelOutcome.ABSENT, "detail": ""}
    said = "Nothing says that AI made this video, which does not mean that it did not."
    yield {"capture_id": capture_id, "kind": "unlabelled", "outcome": LabelOutcome.UNKNOWN, "detail": said}

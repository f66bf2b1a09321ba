"""Two parties with a subject each, a capture, and matches put on record of it."""

from datetime import UTC, datetime

from sqlmodel import Session, col, select

import crawler.health  # noqa: F401  (its tables are named by those of the videos)
from crawler.videos import Capture, Video, VideoState
from matcher.types import Appearance, Box, Failure, Match, Observation, ScanResult
from registry.parties import Party
from registry.subjects import Subject
from registry.types import Modality, PartyKind, SubjectKind
from reports.matches import MatchRow
from reports.recording import record_scan
from tests.support.mandated import mandate_all

AT = datetime(2026, 11, 18, 12, tzinfo=UTC)


def a_match(subject_id: str = "s1", start: float = 1.0, end: float = 4.0, score: float = 0.7, encoder: str = "enc") -> Match:
    seen = tuple(Observation(t, Box(10, 20, 110, 140)) for t in (start, (start + end) / 2, end))
    appearance = Appearance(Modality.FACE, start, end, seen[1], seen)
    return Match(appearance, subject_id, "r1", score, 0.5, 0.2, 0.3, encoder, "open", ("pooled over 3 views",))


def a_result(*matches: Match, strangers: int = 0, failure: Failure | None = None) -> ScanResult:
    seen = tuple(m.appearance for m in matches) + tuple(a_match().appearance for _ in range(strangers))
    return ScanResult(
        "a.mp4", "video", 640, 360, 8.0, ((0.0, 8.0),), 32, seen, matches, ("enc",), ("open",), 1.5, failure=failure
    )


def stock(opened: Session) -> None:
    """Two parties with a subject each, and a capture."""
    opened.add(Party(id="p1", name="Larkspur Pictures", kind=PartyKind.STUDIO))
    opened.add(Party(id="p2", name="Guild of Players", kind=PartyKind.UNION))
    opened.flush()
    opened.add(Subject(id="s1", party_id="p1", name="Mossy", kind=SubjectKind.CHARACTER))
    opened.add(Subject(id="s2", party_id="p2", name="Ada Example", kind=SubjectKind.PERSON))
    mandate_all(opened)
    opened.add(a_video("v1"))
    opened.flush()
    opened.add(a_capture("c1", "v1"))
    opened.commit()


def a_video(key: str) -> Video:
    url = f"https://cdn.example/{key}.mp4"
    page = f"https://clips.example/{key}"
    return Video(id=key, media_url=url, page_url=page, title="a clip", uploader="someone", state=VideoState.CAPTURED)


def a_capture(key: str, video: str, media_sha256: str = "0" * 64) -> Capture:
    return Capture(
        id=key,
        video_id=video,
        captured_at=AT,
        media_sha256=media_sha256,
        media_size=1,
        media_type="video/mp4",
        final_url="https://cdn.example/v1.mp4",
        manifest_sha256="0" * 64,
    )


def record(session: Session, *matches: Match, gallery: str = "g1", **more: object) -> list[MatchRow]:
    record_scan(session, session.get_one(Capture, "c1"), a_result(*matches, **more), gallery, AT)  # type: ignore[arg-type]
    session.commit()
    return list(session.exec(select(MatchRow).order_by(col(MatchRow.t_start))))

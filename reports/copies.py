"""Copies: the same bytes at several addresses are one thing."""

from sqlmodel import Session, col, select

from crawler.videos import Capture
from reports.matches import MatchRow
from reports.spans import SAME_SPAN, overlap


def copies_of(session: Session, match: MatchRow) -> list[MatchRow]:
    """The matches of the same subject, at the same time in the same bytes, that were captured at other addresses."""
    digest = session.get_one(Capture, match.capture_id).media_sha256
    same_bytes = select(Capture.id).where(Capture.media_sha256 == digest, Capture.id != match.capture_id)
    rows = session.exec(
        select(MatchRow)
        .where(MatchRow.subject_id == match.subject_id, MatchRow.modality == match.modality, MatchRow.track == match.track)
        .where(col(MatchRow.capture_id).in_(same_bytes))
        .order_by(col(MatchRow.id))
    )
    return [row for row in rows if overlap(row, match) >= SAME_SPAN]


def root_video(session: Session, capture: Capture) -> str:
    """The id of the video at which the capture's bytes were captured first: it stands for all their addresses."""
    same = select(Capture.video_id).where(Capture.media_sha256 == capture.media_sha256)
    first = session.exec(same.order_by(col(Capture.captured_at), col(Capture.id)).limit(1)).first()
    return first or capture.video_id

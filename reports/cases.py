"""Cases: the confirmed matches of one video and its copies for one claimant.

Evidence and notices are made of a case, and of nothing else."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, Session, SQLModel, col, select

from crawler.videos import Capture, Video
from matcher.types import Box
from registry.actions import Action
from registry.db import UtcDateTime, now
from registry.storage.lock import hold
from registry.storage.triggers import forbid
from registry.subjects import Subject
from registry.types import Modality
from reports.copies import root_video
from reports.errors import NotConfirmed
from reports.families.kin import kin_of
from reports.matches import MatchRow, MatchStatus, content_id
from reports.outbox import Happened, tell
from reports.review import Decision, Review, latest_review


class Case(SQLModel, table=True):
    """id is derived from the video and the party, so that there is one case for each two. video_id: where the bytes were captured
    first; the case holds every address at which the same bytes, or copies of the same footage, were captured.
    """

    __tablename__ = "case_file"
    __table_args__ = (Index("ix_case_file_opened_at_id", "opened_at", "id"),)

    id: str = Field(primary_key=True)
    video_id: str = Field(foreign_key="video.id", index=True)
    party_id: str = Field(foreign_key="party.id", index=True)
    opened_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class CaseMatch(SQLModel, table=True):
    """That a match belongs to a case."""

    __tablename__ = "case_match"

    case_id: str = Field(foreign_key="case_file.id", primary_key=True)
    match_id: str = Field(foreign_key="match.id", primary_key=True, index=True)


_NOT_CONFIRMED = "(SELECT status FROM \"match\" WHERE id = NEW.match_id) IS NOT 'CONFIRMED'"
for _moment in ("INSERT", "UPDATE"):
    forbid(
        f"case_match_{_moment.lower()}",
        f"BEFORE {_moment} ON case_match",
        "only a confirmed match can enter a case",
        when=_NOT_CONFIRMED,
    )


@dataclass(frozen=True)
class ConfirmedMatch:
    """A match that a person confirmed, with the review that says so. It cannot be made of anything else.

    Whatever accuses anybody takes this type, so that an unreviewed match does not even fit. Raises NotConfirmed.
    """

    row: InitVar[MatchRow]
    review: InitVar[Review | None]
    id: str = field(init=False)
    capture_id: str = field(init=False)
    subject_id: str = field(init=False)
    reference_id: str = field(init=False)
    modality: Modality = field(init=False)
    t_start: float = field(init=False)
    t_end: float = field(init=False)
    best_t: float = field(init=False)
    best_box: Box | None = field(init=False)
    boxes: tuple[tuple[float, ...], ...] = field(init=False)
    track: int = field(init=False)
    counted: bool = field(init=False)
    spans: tuple[tuple[float, ...], ...] = field(init=False)
    reference_start: float | None = field(init=False)
    reference_end: float | None = field(init=False)
    reference_t: float | None = field(init=False)
    reference_parts: tuple[Mapping[str, Any], ...] = field(init=False)
    score: float = field(init=False)
    threshold: float = field(init=False)
    margin: float = field(init=False)
    expected_false_matches: float = field(init=False)
    likelihood_ratio: float | None = field(init=False)
    ratio_least: float | None = field(init=False)
    ratio_most: float | None = field(init=False)
    encoder: str = field(init=False)
    pack: str = field(init=False)
    reasons: tuple[str, ...] = field(init=False)
    found_at: datetime = field(init=False)
    reviewer: str = field(init=False)
    review_reason: str = field(init=False)
    reviewed_at: datetime = field(init=False)
    review_id: int | None = field(init=False)
    joined_at: datetime | None = field(init=False)

    def __post_init__(self, row: MatchRow, review: Review | None) -> None:
        if row.status is not MatchStatus.CONFIRMED or review is None or not _confirms(review, row):
            raise NotConfirmed(
                f"Match {row.id} is {row.status.value}, not confirmed.",
                "A person confirms it first.",
                Action.CONFIRM_MATCH.of(row.id),
            )
        for name in _COPIED:
            object.__setattr__(self, name, getattr(row, name))
        object.__setattr__(self, "boxes", tuple(tuple(box) for box in row.boxes))
        object.__setattr__(self, "spans", tuple(tuple(span) for span in row.spans))
        object.__setattr__(self, "reference_parts", tuple(dict(part) for part in row.reference_parts))
        object.__setattr__(self, "reasons", tuple(row.reasons))
        object.__setattr__(self, "reviewer", review.reviewer)
        object.__setattr__(self, "review_reason", review.reason)
        object.__setattr__(self, "reviewed_at", review.at)
        object.__setattr__(self, "review_id", review.id)
        object.__setattr__(self, "joined_at", review.joined_at)


_COPIED = (
    *("id", "capture_id", "subject_id", "reference_id", "modality", "t_start", "t_end", "best_t", "best_box"),
    *("track", "counted", "reference_start", "reference_end", "reference_t", "score", "threshold", "margin"),
    *("expected_false_matches", "likelihood_ratio", "ratio_least", "ratio_most", "encoder", "pack", "found_at"),
)


def _confirms(review: Review, row: MatchRow) -> bool:
    return review.match_id == row.id and review.decision is Decision.CONFIRM


def renew_cases(session: Session) -> None:
    """Let each confirmed match enter its case, after matches were decided on or joined. Idempotent; the caller commits.

    A match that a person has meanwhile rejected or permitted leaves its case; one that was reopened stays and holds the case up
    until decided.
    """
    entering, leaving = _entering(session), _leaving(session)
    if entering or leaving:
        # Another process may open the same case just now: what is to be done is asked again when nobody else can.
        hold(session)
        for match in _entering(session):
            _enter(session, match)
        for link in (left := _leaving(session)):
            session.delete(link)
        for case_id in {link.case_id for link in left}:
            _renew_video(session, session.get_one(Case, case_id))
        session.flush()


def _renew_video(session: Session, case: Case) -> None:
    """Let a case be about a video that it still holds: the first one of a family may have been permitted since."""
    held = select(Capture).join(MatchRow).join(CaseMatch).where(CaseMatch.case_id == case.id)
    videos = [root_video(session, each) for each in session.exec(held.order_by(col(Capture.captured_at), col(Capture.id)))]
    if videos and case.video_id not in videos:
        case.video_id = videos[0]


def _entering(session: Session) -> Sequence[MatchRow]:
    """Confirmed matches that are in no case yet."""
    living = select(Subject.id).where(col(Subject.erased_at).is_(None))
    confirmed = select(MatchRow).where(MatchRow.status == MatchStatus.CONFIRMED, col(MatchRow.subject_id).in_(living))
    outside = confirmed.where(col(MatchRow.id).not_in(select(CaseMatch.match_id)))
    return session.exec(outside.order_by(col(MatchRow.id))).all()


def _leaving(session: Session) -> Sequence[CaseMatch]:
    settled = col(MatchRow.status).in_((MatchStatus.REJECTED, MatchStatus.PERMITTED)) & col(MatchRow.allowance_id).is_(None)
    return session.exec(select(CaseMatch).join(MatchRow).where(settled)).all()


def _enter(session: Session, match: MatchRow) -> None:
    subject, capture = session.get_one(Subject, match.subject_id), session.get_one(Capture, match.capture_id)
    # Copies of one video are one case, whichever address was found first or decided on.
    video_id, known = _of_family(session, match, capture, subject.party_id)
    case_id = known or content_id(video_id, subject.party_id)
    if session.get(Case, case_id) is None:
        session.add(Case(id=case_id, video_id=video_id, party_id=subject.party_id))
        session.flush()
        tell(session, Happened.CASE_OPENED, {"case_id": case_id, "match_id": match.id}, case=case_id)
    if session.get(CaseMatch, (case_id, match.id)) is None:
        session.add(CaseMatch(case_id=case_id, match_id=match.id))
        session.flush()


def _of_family(session: Session, match: MatchRow, capture: Capture, party_id: str) -> tuple[str, str | None]:
    """The video that the match's case is about, and the case's id where a copy with other bytes has one already."""
    sure = [kin.match for kin in kin_of(session, match) if kin.sure and kin.match.status is MatchStatus.CONFIRMED]
    held = select(Case).join(CaseMatch).where(col(CaseMatch.match_id).in_([row.id for row in sure]), Case.party_id == party_id)
    case = session.exec(held.order_by(col(Case.opened_at), col(Case.id)).limit(1)).first()
    others = (session.get_one(Capture, row.capture_id) for row in sure)
    return root_video(session, min((capture, *others), key=lambda each: (each.captured_at, each.id))), case.id if case else None


def case_matches(session: Session, case: Case) -> list[MatchRow]:
    """The rows of a case in order of time, whatever their status now is."""
    linked = select(MatchRow).join(CaseMatch).where(CaseMatch.case_id == case.id)
    return list(session.exec(linked.order_by(col(MatchRow.t_start), col(MatchRow.id))))


def confirmed_matches(session: Session, case: Case) -> tuple[ConfirmedMatch, ...]:
    """The matches of a case, each still confirmed. Raises NotConfirmed when one is not any more, or none is left."""
    rows: Iterable[MatchRow] = case_matches(session, case)
    found = tuple(ConfirmedMatch(row, latest_review(session, row.id)) for row in rows)
    if not found:
        raise NotConfirmed(f"Case {case.id} holds no confirmed match.", "Review its matches.", Action.SEE_MATCHES)
    return found


def videos_of(session: Session, case: Case) -> list[Video]:
    """The videos of a case: where its confirmed bytes were captured, the first one first."""
    rows = session.exec(select(Video, Capture).join(Capture).join(MatchRow).join(CaseMatch).where(CaseMatch.case_id == case.id))
    first: dict[str, tuple[datetime, Video]] = {}
    for video, capture in rows:
        first[video.id] = min(first.get(video.id, (capture.captured_at, video)), (capture.captured_at, video), key=lambda e: e[0])
    return [video for _, video in sorted(first.values(), key=lambda entry: (entry[0], entry[1].id))]


def video_of(session: Session, case: Case) -> Video:
    """The video that the case is about."""
    return session.get_one(Video, case.video_id)


def confirmed_videos(session: Session) -> set[str]:
    """The ids of the videos of which something is confirmed: each run looks whether they are still there."""
    confirmed = select(Capture.video_id).join(MatchRow).where(MatchRow.status == MatchStatus.CONFIRMED)
    return set(session.exec(confirmed.distinct()))

"""Scans and matches as rows, and how matches follow the licences; reports.recording writes them."""

import hashlib
from collections.abc import Collection, Iterator
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ColumnElement, Index, UniqueConstraint, or_
from sqlalchemy.orm import defer
from sqlmodel import Field, Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from crawler.disposal import DISPOSED
from crawler.videos import Capture
from matcher.types import Box
from registry.db import UtcDateTime, now
from registry.licences import Permission
from registry.storage.lock import hold
from registry.subjects import Subject
from registry.tenancy import ask, caller_of, declare, first_column, may_write
from registry.types import Modality
from reports.licence_changes import Reached, concerned_since, note_applied, note_some
from reports.uses import Permissions


class MatchStatus(StrEnum):
    """pending and licensed follow the licences; confirmed and rejected follow the latest review.

    permitted follows the latest review, in which a person let the use be, or the allow-list: then the match names its entry.
    """

    PENDING = "pending"
    LICENSED = "licensed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    PERMITTED = "permitted"


class Scan(SQLModel, table=True):
    """That a capture was looked at with one gallery. With a failure, nothing is known of what the capture shows.

    gallery_number: of the gallery, see reports.looked_for; None of scans of earlier versions.
    appearances: how many were seen, matched or not; nothing else is kept of those that matched nobody. share, unseen: how much of
    what the capture shows was looked at, 0 to 1, and what was not; see ScanResult.
    """

    __table_args__ = (
        UniqueConstraint("capture_id", "gallery_digest"),
        Index("ix_scan_capture_gallery", "capture_id", "gallery_number"),
    )

    id: str = Field(primary_key=True)
    capture_id: str = Field(foreign_key="capture.id", index=True)
    gallery_digest: str = Field(index=True)
    gallery_number: int | None = None
    packs: list[str] = Field(default_factory=list, sa_type=JSON)
    encoders: list[str] = Field(default_factory=list, sa_type=JSON)
    scanned_at: datetime = Field(sa_type=UtcDateTime)
    seconds: float
    failure: str | None = None
    remedy: str | None = None
    warnings: list[str] = Field(default_factory=list, sa_type=JSON)
    appearances: int = 0
    frames: int = 0
    share: float = 1.0
    unseen: list[str] = Field(default_factory=list, sa_type=JSON)

    @property
    def in_part(self) -> bool:
        """Whether the capture was looked at, but not all of it."""
        return self.failure is None and bool(self.unseen)


class MatchRow(SQLModel, table=True):
    """One match. Times in seconds of the media, boxes in pixels of the upright frame, boxes: [[t, x1, y1, x2, y2], ...].

    track, counted, spans: of the appearance; spans: [[from, to], ...] where it was seen in many places. best_x1 to best_y2:
    empty, as boxes, where it has no place in the picture. reference_start, reference_end, reference_t: of a reference that has
    a length, which seconds are seen or heard again, and which of them at best_t. reference_parts: where spans each show part of a
    reference, {reference_id, start, end, at} of each, in their order; the three before are then of the strongest one.
    Subject and reference are named without a foreign key: erasing a subject must not be stopped by what was found of it.
    """

    __tablename__ = "match"
    __table_args__ = (Index("ix_match_queue", "status", "found_at", "capture_id", "t_start", "id"),)

    id: str = Field(primary_key=True)
    capture_id: str = Field(foreign_key="capture.id", index=True)
    subject_id: str = Field(index=True)
    reference_id: str
    modality: Modality
    t_start: float
    t_end: float
    best_t: float
    best_x1: float | None
    best_y1: float | None
    best_x2: float | None
    best_y2: float | None
    boxes: list[list[float]] = Field(default_factory=list, sa_type=JSON)
    track: int = 0
    counted: bool = False
    spans: list[list[float]] = Field(default_factory=list, sa_type=JSON)
    reference_start: float | None = None
    reference_end: float | None = None
    reference_t: float | None = None
    reference_parts: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    score: float
    threshold: float
    margin: float
    expected_false_matches: float
    likelihood_ratio: float | None = None
    ratio_least: float | None = None
    ratio_most: float | None = None
    encoder: str
    pack: str
    reasons: list[str] = Field(default_factory=list, sa_type=JSON)
    status: MatchStatus = Field(default=MatchStatus.PENDING, index=True)
    licence_id: str | None = None
    allowance_id: str | None = None
    permission_reason: str = ""
    found_at: datetime = Field(sa_type=UtcDateTime, index=True)

    @property
    def is_unreviewed(self) -> bool:
        """Whether licences and allow-list set its status, and no person's decision."""
        return self.status in (MatchStatus.PENDING, MatchStatus.LICENSED) or self.allowance_id is not None

    @property
    def is_permitted_by_rule(self) -> bool:
        """Whether a licence or the allow-list permits the use, and no person's decision."""
        return self.status is MatchStatus.LICENSED or self.allowance_id is not None

    @property
    def best_box(self) -> Box | None:
        """Where the subject is in the best frame, in its pixels; None for what has no place in it."""
        left, top, right, bottom = self.best_x1, self.best_y1, self.best_x2, self.best_y2
        return None if left is None or top is None or right is None or bottom is None else Box(left, top, right, bottom)


def unreviewed() -> ColumnElement[bool]:
    """The condition of MatchRow.is_unreviewed, for statements."""
    open_or_licensed = col(MatchRow.status).in_((MatchStatus.PENDING, MatchStatus.LICENSED))
    return or_(open_or_licensed, col(MatchRow.allowance_id).is_not(None))


def content_id(*parts: str) -> str:
    """The id of a row made from content: 32 hex digits that are the same whenever the parts are."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def id_of_match(capture_id: str, subject_id: str, modality: Modality, t_start: float, encoder: str, track: int = 0) -> str:
    """The same whenever the same is found in the same capture. t_start: in seconds, read to the millisecond."""
    in_track = (str(track),) if track else ()
    return content_id(capture_id, subject_id, modality, str(round(t_start * 1000)), encoder, *in_track)


def permission(session: Session, match: MatchRow, at: datetime) -> Permission:
    """Whether licences and allow-list permit, at a time, the use that a match shows."""
    return Permissions(session).judge(match.capture_id, match.subject_id, match.modality, at)


def apply_to_found(session: Session, capture_id: str, at: datetime) -> int:
    """Let what was just found in a capture follow licences and allow-list; returns how many are permitted by them. The caller
    commits."""
    changed = _apply_all(session, at, _unreviewed().where(MatchRow.capture_id == capture_id))
    note_some(session, at)
    return changed


def apply_licences(
    session: Session,
    at: datetime,
    *,
    subjects: Collection[str] | None = None,
    party_id: str | None = None,
    reached: Reached | None = None,
) -> int:
    """Let every match that no person has judged follow licences and allow-list; returns how many changed. The caller commits.

    subjects, party_id: only the matches of these subjects, or of the party's. reached: of these, only those that a changed entry
    of the allow-list reaches, and those that time may have changed.
    """
    concerned = _concerned(subjects, party_id)
    if reached is not None:
        concerned = concerned.where(reached.or_since(session, at, col(MatchRow.subject_id), col(MatchRow.capture_id)))
    changed = _apply_all(session, at, concerned)
    # An account sees its own party's alone, and cannot say of every match what it follows.
    if caller_of(session) is None and _are_all(session, at, subjects, party_id):
        note_applied(session, at)
    else:
        note_some(session, at)
    return changed


def _are_all(session: Session, at: datetime, subjects: Collection[str] | None, party_id: str | None) -> bool:
    """Whether no other matches can stand otherwise than all of them did when they last followed."""
    if subjects is None and party_id is None:
        return True
    concerned = concerned_since(session, at)
    return concerned is not None and concerned.is_within(subjects or (), None if subjects is not None else party_id)


def _unreviewed() -> SelectOfScalar[MatchRow]:
    # What was drawn where is large, and says nothing of permission.
    query = select(MatchRow).where(unreviewed()).options(defer(MatchRow.boxes), defer(MatchRow.reasons))  # type: ignore[arg-type]
    # A match that a person decided on since this session read it must not be taken for one that waits.
    return query.execution_options(populate_existing=True)


def _concerned(subjects: Collection[str] | None, party_id: str | None) -> SelectOfScalar[MatchRow]:
    query = _unreviewed()
    if subjects is not None:
        query = query.where(col(MatchRow.subject_id).in_(subjects))
    if party_id is not None:
        query = query.where(col(MatchRow.subject_id).in_(select(Subject.id).where(Subject.party_id == party_id)))
    return query


def _apply_all(session: Session, at: datetime, concerned: SelectOfScalar[MatchRow]) -> int:
    if not any(_differs(match, verdict) for match, verdict in _judged(session, at, concerned)):
        return 0
    hold(session)
    changed = sum(_apply(match, verdict) for match, verdict in _judged(session, at, concerned))
    session.flush()
    return changed


def _judged(session: Session, at: datetime, concerned: SelectOfScalar[MatchRow]) -> Iterator[tuple[MatchRow, Permission]]:
    permissions, matches = Permissions(session), session.exec(concerned).all()
    permissions.expect((match.capture_id, match.subject_id) for match in matches)
    for match in matches:
        yield match, permissions.judge(match.capture_id, match.subject_id, match.modality, at)


def _differs(match: MatchRow, verdict: Permission) -> bool:
    stands = (match.status, match.licence_id, match.allowance_id, match.permission_reason)
    return stands != (status_under(verdict), verdict.licence_id, verdict.allowance_id, verdict.reason)


def overdue(session: Session, at: datetime) -> dict[str, Permission]:
    """What permits, at a time, the matches that are on record otherwise, by their ids: a licence began or ended since.

    Nothing is written."""
    query, concerned = _concerned(None, None), concerned_since(session, at)
    if concerned is not None:
        condition = concerned.condition(col(MatchRow.subject_id), col(MatchRow.capture_id))
        if condition is None:
            return {}
        query = query.where(condition)
    return {match.id: verdict for match, verdict in _judged(session, at, query) if _differs(match, verdict)}


def licences_as_of_now(session: Session) -> None:
    """Let the matches follow licences that began or ended since they were last judged, where the reader may write them at all."""
    if may_write(session, "match"):
        apply_licences(session, now())


def judge_anew(session: Session, match: MatchRow, at: datetime) -> None:
    """Let one match, whose decision was taken back, follow licences and allow-list again; the caller flushes."""
    _apply(match, permission(session, match, at))
    note_some(session, at)


def _apply(match: MatchRow, verdict: Permission) -> bool:
    status = status_under(verdict)
    changed = match.status is not status
    match.status = status
    match.licence_id = verdict.licence_id
    match.allowance_id = verdict.allowance_id
    match.permission_reason = verdict.reason
    return changed


def status_under(verdict: Permission) -> MatchStatus:
    """How a match that no person has judged stands under a permission."""
    if not verdict.permitted:
        return MatchStatus.PENDING
    return MatchStatus.PERMITTED if verdict.allowance_id else MatchStatus.LICENSED


# Also what another party's match keeps is kept; whose it is is not told.
_UNMATCHED = declare(
    f"""
    SELECT id FROM main.capture
    WHERE media_sha256 NOT IN (SELECT media_sha256 FROM main.capture WHERE id IN (SELECT capture_id FROM main."match"))
    AND id NOT IN (SELECT capture_id FROM main.custody_entry WHERE action = '{DISPOSED}')
    """,  # noqa: S608
    first_column,
)


def unmatched_captures(session: Session) -> list[Capture]:
    """The captures whose bytes are still held and show, as far as is known, nobody of any party."""
    return list(session.exec(select(Capture).where(col(Capture.id).in_(ask(session, _UNMATCHED)))))

"""Matches as people read them: with their pictures, their video, their labels and the decisions about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from crawler.videos import Capture, Label, LabelOutcome, Video
from registry.errors import SemblanceError
from registry.licences import Licence
from registry.parties import Party
from registry.references import Reference
from registry.subjects import Subject
from registry.vault.base import Vault
from reports.evidence.stills import cut_still, jpeg, read_reference, with_box
from reports.matches import MatchRow, MatchStatus
from reports.render.plain import clock, day, moment, shorten, span
from reports.review import Decision, latest_review

STILL_SIDE, REFERENCE_SIDE = 720, 420
LEFT_OUT = "Left out: this report has too many matches to show the pictures of all."

_OUTCOMES = {
    LabelOutcome.PRESENT: "present",
    LabelOutcome.ABSENT: "absent: none was found, which says nothing about how the video was made",
    LabelOutcome.INVALID: "present but invalid",
}
_DID = {
    Decision.CONFIRM: "Confirmed",
    Decision.REJECT: "Rejected",
    Decision.PERMIT: "Permitted",
    Decision.REOPEN: "Reopened",
}
LABEL_PLACES = {
    "aigc": "AI label in the file (GB 45438)",
    "c2pa": "Content Credentials (C2PA)",
    "iptc": "Digital source type (IPTC)",
    "platform": "AI label on the page",
    "words": "Generator named in title or caption",
    "unlabelled": "AI without a label in the file",
}


@dataclass(frozen=True)
class Finding:
    """One match. still, reference: JPEG, or None with the reason in still_gone, reference_gone. decision: in words."""

    id: str
    status: MatchStatus
    subject: str
    kind: str
    party: str
    title: str
    uploader: str
    page_url: str | None
    media_url: str
    found_at: datetime
    carried_over: bool
    span: str
    best: str
    score: float
    threshold: float
    margin: float
    expected_false_matches: float
    encoder: str
    pack: str
    reasons: tuple[str, ...]
    labels: tuple[str, ...]
    decision: str
    still: bytes | None
    still_gone: str
    reference: bytes | None
    reference_gone: str


def finding(session: Session, vault: Vault, match: MatchRow, since: datetime, *, pictured: bool = True) -> Finding:
    """The match for readers; since: what was found before it is carried over. Not pictured: its pictures are left out."""
    capture = session.get_one(Capture, match.capture_id)
    video = session.get_one(Video, capture.video_id)
    subject = session.get_one(Subject, match.subject_id)
    still, still_gone = _still(vault, capture, match) if pictured else (None, LEFT_OUT)
    reference, reference_gone = _reference(session, vault, match) if pictured else (None, LEFT_OUT)
    return Finding(
        id=match.id,
        status=match.status,
        subject=subject.name,
        kind=subject.kind.value,
        party=session.get_one(Party, subject.party_id).name,
        title=shorten(video.title, 300) or "Untitled video",
        uploader=shorten(video.uploader, 200) or "not stated",
        page_url=video.page_url,
        media_url=video.media_url,
        found_at=match.found_at,
        carried_over=match.found_at < since,
        span=span(match.t_start, match.t_end),
        best=clock(match.best_t),
        score=match.score,
        threshold=match.threshold,
        margin=match.margin,
        expected_false_matches=match.expected_false_matches,
        encoder=match.encoder,
        pack=match.pack,
        reasons=tuple(match.reasons),
        labels=label_words(session.exec(select(Label).where(Label.capture_id == capture.id).order_by(Label.kind)).all()),
        decision=_decision(session, match),
        still=still,
        still_gone=still_gone,
        reference=reference,
        reference_gone=reference_gone,
    )


def label_words(labels: Sequence[Label]) -> tuple[str, ...]:
    """Each label in words; nothing looked at is unknown, and neither that nor an absent label is a statement about the video."""
    if not labels:
        return ("Provenance labels: unknown, none was looked for",)
    return tuple(f"{LABEL_PLACES.get(label.kind, label.kind)}: {_label(label)}" for label in labels)


def _label(label: Label) -> str:
    if label.outcome is LabelOutcome.UNKNOWN:
        return f"unknown: {shorten(label.detail, 200) or 'it could not be determined'}"
    said = _OUTCOMES[label.outcome]
    told = label.detail and label.outcome is not LabelOutcome.ABSENT
    return f"{said} ({shorten(label.detail, 200)})" if told else said


def _decision(session: Session, match: MatchRow) -> str:
    if match.status is MatchStatus.LICENSED:
        return _licence(session, match)
    if match.allowance_id is not None:
        return f"Permitted: {match.permission_reason}"
    latest = latest_review(session, match.id)
    if latest is None:
        return f"Awaits a decision; {match.permission_reason or 'licences were not yet looked at'}"
    return f"{_DID[latest.decision]} by {latest.reviewer} on {moment(latest.at)}: {latest.reason}"


def _licence(session: Session, match: MatchRow) -> str:
    licence = session.get(Licence, match.licence_id) if match.licence_id else None
    if licence is None:
        return f"Licensed: {match.permission_reason}"
    until = f"to {day(licence.ends_at)}" if licence.ends_at else "without an end"
    return f"Licensed to {licence.licensee}, {day(licence.starts_at)} {until} (licence {licence.id[:8]})"


def _still(vault: Vault, capture: Capture, match: MatchRow) -> tuple[bytes | None, str]:
    try:
        image, scale = cut_still(vault.path(capture.media_sha256), match.best_t)
        return jpeg(with_box(image, match.best_box, scale), STILL_SIDE), ""
    except SemblanceError as error:
        return None, error.what


def _reference(session: Session, vault: Vault, match: MatchRow) -> tuple[bytes | None, str]:
    row = session.get(Reference, match.reference_id)
    if row is None:
        return None, "The reference was removed since."
    try:
        with vault.opened(row.sha256) as path:
            return jpeg(read_reference(path), REFERENCE_SIDE), ""
    except SemblanceError as error:
        return None, error.what

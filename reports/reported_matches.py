"""Matches as people read them: with their pictures, and all that was decided about them; and labels in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from crawler.videos import Capture, Label, LabelOutcome
from registry.kinds import Modality
from registry.parties import Party
from registry.subjects import Subject
from reports.history import Outlook, Standing, changed_since, decisions
from reports.matches import MatchRow, MatchStatus
from reports.pictures import Pictures, Shown
from reports.render.plain import clock, part, places, shorten

LEFT_OUT = Shown(None, "Left out: this report has too many matches to show the pictures of all.")

_OUTCOMES = {
    LabelOutcome.PRESENT: "present",
    LabelOutcome.ABSENT: "absent: none was found, which says nothing about how the video was made",
    LabelOutcome.INVALID: "present but invalid",
}
LABEL_PLACES = {
    "aigc": "AI label in the file (GB 45438)",
    "c2pa": "Content Credentials (C2PA)",
    "iptc": "Digital source type (IPTC)",
    "platform": "AI label on the page",
    "words": "Generator named in title or caption",
    "screen": "Generator's mark or AI label on screen",
    "start": "Visible AI label at the start",
    "unlabelled": "AI without a label in the file",
}


@dataclass(frozen=True)
class ReportedMatch:
    """One match. status, decisions: as of the report's moment. changed: what is otherwise since. still, reference: see Shown."""

    id: str
    capture_id: str
    status: MatchStatus
    subject: str
    kind: str
    modality: Modality
    party: str
    found_at: datetime
    carried_over: bool
    span: str
    best: str
    score: float
    threshold: float
    margin: float
    expected_false_matches: float
    likelihood_ratio: float | None
    ratio_most: float | None
    encoder: str
    pack: str
    reasons: tuple[str, ...]
    decisions: tuple[str, ...]
    changed: tuple[str, ...]
    still: Shown
    reference: Shown


def finding(
    session: Session, match: MatchRow, standing: Standing, outlook: Outlook, since: datetime, pictures: Pictures | None
) -> ReportedMatch:
    """The match for readers. since: what was found before it is carried over. Without pictures, they are left out."""
    capture = session.get_one(Capture, match.capture_id)
    subject = session.get_one(Subject, match.subject_id)
    return ReportedMatch(
        id=match.id,
        capture_id=capture.id,
        status=standing.status,
        subject=subject.name,
        kind=subject.kind.value,
        modality=match.modality,
        party=session.get_one(Party, subject.party_id).name,
        found_at=match.found_at,
        carried_over=match.found_at < since,
        span=places(match.t_start, match.t_end, match.spans, match.track)
        + part(match.reference_start, match.reference_end, match.best_t, match.spans),
        best=clock(match.best_t),
        score=match.score,
        threshold=match.threshold,
        margin=match.margin,
        expected_false_matches=match.expected_false_matches,
        likelihood_ratio=match.likelihood_ratio,
        ratio_most=match.ratio_most,
        encoder=match.encoder,
        pack=match.pack,
        reasons=tuple(match.reasons),
        decisions=decisions(standing),
        changed=changed_since(session, match, standing, outlook),
        still=pictures.still(capture.media_sha256, match) if pictures else LEFT_OUT,
        reference=pictures.reference(match.reference_id, match.reference_t) if pictures else LEFT_OUT,
    )


def label_words(labels: Sequence[Label]) -> tuple[str, ...]:
    """Each label in words; nothing looked at is unknown, and neither that nor an absent label is a statement about the video."""
    if not labels:
        return ("Provenance labels: unknown, none was looked for",)
    return tuple(f"{LABEL_PLACES.get(label.kind, label.kind)}: {_label(label)}" for label in labels)


def _label(label: Label) -> str:
    if label.kind == "unlabelled" and label.outcome is LabelOutcome.ABSENT:
        # Not what was not found, but that nothing is missing: the file carries its label.
        return f"no: {shorten(label.detail, 200)}"
    if label.outcome is LabelOutcome.UNKNOWN:
        return f"unknown: {shorten(label.detail, 200) or 'it could not be determined'}"
    said = _OUTCOMES[label.outcome]
    told = label.detail and label.outcome is not LabelOutcome.ABSENT
    return f"{said} ({shorten(label.detail, 200)})" if told else said

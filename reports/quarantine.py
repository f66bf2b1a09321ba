"""References that bring in strangers: what reviewers keep rejecting is not looked for by that reference any more."""

from collections import Counter
from dataclasses import dataclass

from sqlmodel import Session, col, select

from crawler.videos import Capture
from registry.references import Reference
from reports.matches import MatchRow, MatchStatus

REJECTED_VIDEOS = 3
"""Videos in which a reference's matches were rejected from which on it is in doubt."""


_DECIDED = (MatchStatus.REJECTED, MatchStatus.CONFIRMED, MatchStatus.PERMITTED)


@dataclass(frozen=True)
class Quarantined:
    """A reference whose matches people rejected in so many videos, and confirmed in so many: a use that was permitted counts as
    confirmed, since it shows the subject."""

    reference_id: str
    subject_id: str
    rejected: int
    confirmed: int


def quarantined(session: Session) -> list[Quarantined]:
    """The references whose matches were rejected in REJECTED_VIDEOS videos or more, and in more than were confirmed.

    The same bytes at several addresses are one video: one decision is about all of them.
    It follows the reviews as they stand: one that is reopened or confirmed counts no more, and the reference is back.
    Of a reference that was removed, or whose subject was erased, nothing is left to say.
    """
    query = (
        select(MatchRow.reference_id, MatchRow.subject_id, MatchRow.status, Capture.media_sha256)
        .join(Capture, col(Capture.id) == col(MatchRow.capture_id))
        .where(col(MatchRow.status).in_(_DECIDED), col(MatchRow.allowance_id).is_(None))
        .where(col(MatchRow.reference_id).in_(select(Reference.id)))
        .distinct()
    )
    counts: Counter[tuple[str, str, str]] = Counter()
    for reference, subject, status, _ in session.exec(query):
        counts[reference, subject, status] += 1
    found = []
    for reference, subject in sorted({(reference, subject) for reference, subject, _ in counts}):
        rejected = counts[reference, subject, MatchStatus.REJECTED]
        confirmed = sum(counts[reference, subject, status] for status in (MatchStatus.CONFIRMED, MatchStatus.PERMITTED))
        if rejected >= REJECTED_VIDEOS and rejected > confirmed:
            found.append(Quarantined(reference, subject, rejected, confirmed))
    return found

"""References that bring in strangers: what reviewers keep rejecting is not looked for by that reference any more."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, and_, col, func, select

from crawler.videos import Capture
from registry.kinds import Modality
from registry.references import Reference
from reports.matches import MatchRow, MatchStatus

REJECTED_VIDEOS = 3
"""Videos in which a reference's matches were rejected from which on it is in doubt."""


@dataclass(frozen=True)
class Quarantined:
    """A reference whose matches in one way people rejected in so many videos, and confirmed in so many: a use that was permitted
    counts as confirmed, since it shows the subject. A clip's sound may be music that many use, and its pictures are looked for
    all the same."""

    reference_id: str
    subject_id: str
    modality: Modality
    rejected: int
    confirmed: int


def quarantined(session: Session) -> list[Quarantined]:
    """The references whose matches in one way were rejected in REJECTED_VIDEOS videos or more, and in more than were confirmed.

    The same bytes at several addresses are one video: one decision is about all of them.
    It follows the reviews as they stand: one that is reopened or confirmed counts no more, and the reference is back.
    Of a reference that was removed, or whose subject was erased, nothing is left to say.
    """
    rejected = _videos(session, (MatchStatus.REJECTED,))
    confirmed = _videos(session, (MatchStatus.CONFIRMED, MatchStatus.PERMITTED))
    return [
        Quarantined(*which, count, confirmed.get(which, 0))
        for which, count in sorted(rejected.items())
        if count >= REJECTED_VIDEOS and count > confirmed.get(which, 0)
    ]


def _videos(session: Session, decided: Sequence[MatchStatus]) -> dict[tuple[str, str, Modality], int]:
    """In how many videos people decided so of a reference, of its subject, in a way.

    A character's match names the photo of whoever plays it. That it is not in the role says nothing of the photo, and what
    another party decides is not told.
    """
    videos = func.count(func.distinct(Capture.media_sha256))
    query = (
        select(MatchRow.reference_id, MatchRow.subject_id, MatchRow.modality, videos)
        .join(Capture, col(Capture.id) == col(MatchRow.capture_id))
        .join(Reference, and_(col(Reference.id) == MatchRow.reference_id, col(Reference.subject_id) == MatchRow.subject_id))
        .where(col(MatchRow.status).in_(decided), col(MatchRow.allowance_id).is_(None))
        .group_by(col(MatchRow.reference_id), col(MatchRow.subject_id), col(MatchRow.modality))
    )
    return {(reference, subject, Modality(modality)): count for reference, subject, modality, count in session.exec(query)}

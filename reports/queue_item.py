"""All that somebody is to see of a match before deciding on it: what was found, where, under what rights, what was decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, and_, col, func, select

from crawler.pages import Statement
from crawler.videos import Capture, Label
from registry.db import now
from registry.licences import Permission
from registry.mandates import Mandate, mandates_for
from registry.parties import Party
from registry.references import list_references
from registry.subjects import Subject
from registry.validity import status_at
from registry.vault.base import Vault
from reports.addresses import Address, addresses_of
from reports.history import review_words
from reports.match_lines import MatchLine, match_line
from reports.matches import MatchRow, MatchStatus, permission, status_under
from reports.permissions import LicenceLine, licence_lines
from reports.provenance import provenance_details, provenance_line
from reports.review import reviews_of
from reports.selection import find_match

MOST_REFERENCES = 6
MOST_ADDRESSES = 12


@dataclass(frozen=True)
class Elsewhere:
    """Where the same bytes were seen. address: of a page, or of the media where no page is known. said: of the last look."""

    address: str
    title: str
    uploader: str
    said: str


@dataclass(frozen=True)
class Beside:
    """An appearance in the same video. spans: [[from, to], ...] in seconds. this: whether it is the match that is looked at."""

    id: str
    subject: str
    status: str
    spans: list[list[float]]
    this: bool


@dataclass(frozen=True)
class MandateSeen:
    """A mandate that was considered. basis: authority or consent, as they are recorded."""

    about: str
    basis: str
    status: str
    until: datetime | None


@dataclass(frozen=True)
class QueueItem:
    """line: the match. status: as licences have it now. boxes: [[t, x1, y1, x2, y2], ...], seconds and pixels of the upright
    frame, of all appearances of the subject that the match holds. references: ids, the one that matched first; reference_at: the
    second of it that is shown, of a clip; references_more:
    how many are not among them. held: whether the captured bytes are still there. decisions: in words, the first one first.
    """

    line: MatchLine
    status: MatchStatus
    party: str
    found_at: datetime
    captured_at: datetime
    media_type: str
    media_size: int
    held: bool
    boxes: list[list[float]]
    beside: tuple[Beside, ...]
    references: tuple[str, ...]
    reference_at: float | None
    references_more: int
    provenance: str
    details: tuple[str, ...]
    licences: tuple[LicenceLine, ...]
    mandates: tuple[MandateSeen, ...]
    permission: str
    elsewhere: tuple[Elsewhere, ...]
    elsewhere_more: int
    decisions: tuple[str, ...]


def queue_item(session: Session, vault: Vault, match_id: str) -> QueueItem:
    """Raises NotFound for a match that is not there, or not the session's to see."""
    row = find_match(session, match_id)
    capture = session.get_one(Capture, row.capture_id)
    subject = session.get_one(Subject, row.subject_id)
    verdict = permission(session, row, now()) if row.is_unreviewed else Permission(False, None, row.permission_reason)
    labels = session.exec(select(Label).where(Label.capture_id == capture.id).order_by(Label.kind)).all()
    references = [entry.id for entry in list_references(session, subject)]
    references.sort(key=lambda key: key != row.reference_id)
    elsewhere, places = _elsewhere(session, capture)
    return QueueItem(
        line=match_line(session, row),
        status=_as_of_now(row, verdict),
        party=session.get_one(Party, subject.party_id).name,
        found_at=row.found_at,
        captured_at=capture.captured_at,
        media_type=capture.media_type,
        media_size=capture.media_size,
        held=capture.media_sha256 in vault,
        boxes=sorted(row.boxes) or _box(row),
        beside=_beside(session, row),
        references=tuple(references[:MOST_REFERENCES]),
        reference_at=None if row.reference_t is None else round(row.reference_t, 2),
        references_more=max(0, len(references) - MOST_REFERENCES),
        provenance=provenance_line(labels),
        details=provenance_details(labels),
        licences=tuple(licence_lines(session, subject.id)),
        mandates=tuple(_mandate(mandate, subject.name, now()) for mandate in mandates_for(session, subject)),
        permission=verdict.reason,
        elsewhere=elsewhere,
        elsewhere_more=places - len(elsewhere),
        decisions=review_words(reviews_of(session, row.id)),
    )


def _box(row: MatchRow) -> list[list[float]]:
    box = row.best_box
    return [] if box is None else [[row.best_t, box.x1, box.y1, box.x2, box.y2]]


def _as_of_now(row: MatchRow, verdict: Permission) -> MatchStatus:
    return status_under(verdict) if row.is_unreviewed else row.status


def _beside(session: Session, match: MatchRow) -> tuple[Beside, ...]:
    found = select(MatchRow, Subject.name).join(Subject, col(Subject.id) == MatchRow.subject_id)
    rows = session.exec(found.where(MatchRow.capture_id == match.capture_id).order_by(col(MatchRow.t_start), col(MatchRow.id)))
    return tuple(
        Beside(row.id, name, row.status.value, row.spans or [[row.t_start, row.t_end]], row.id == match.id) for row, name in rows
    )


def _elsewhere(session: Session, capture: Capture) -> tuple[tuple[Elsewhere, ...], int]:
    """Where the very bytes were seen, the capture's own address first and then the first captured; and in how many places."""
    same = select(Capture).where(Capture.media_sha256 == capture.media_sha256)
    order = col(Capture.id) != capture.id, col(Capture.captured_at), col(Capture.id)
    found = addresses_of(session, session.exec(same.order_by(*order).limit(MOST_ADDRESSES)).all())
    own_first = sorted(found, key=lambda address: address.capture.id != capture.id)
    shown = [each for address in own_first for each in _places(address)]
    # A video of which no page is known counts once, for its media's own address.
    on = and_(col(Statement.video_id) == Capture.video_id, col(Statement.page_url) != "")
    each = select(Capture.id, Statement.page_url).outerjoin(Statement, on).where(Capture.media_sha256 == capture.media_sha256)
    places = session.exec(select(func.count()).select_from(each.distinct().subquery())).one()
    return tuple(shown[:MOST_ADDRESSES]), max(places, len(shown))


def _places(address: Address) -> Sequence[Elsewhere]:
    pages = [Elsewhere(seen.page.url, seen.page.title, seen.page.uploader, seen.said) for seen in address.pages if seen.page.url]
    return pages or [Elsewhere(address.video.media_url, address.video.title, address.video.uploader, address.said)]


def _mandate(mandate: Mandate, name: str, at: datetime) -> MandateSeen:
    about = name if mandate.subject_id else "all of the party's subjects"
    return MandateSeen(about, mandate.basis.value, status_at(mandate, at), mandate.ends_at)

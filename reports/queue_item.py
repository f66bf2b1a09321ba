"""All that somebody is to see of a match before deciding on it: what was found, where, under what rights, what was decided."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from crawler.videos import LabelOutcome
from registry.allowances import list_allowances
from registry.db import now
from registry.kinds import SAMPLE_OF, Modality, SampleKind
from registry.licences import Licence, Permission, licences_of
from registry.mandates import Mandate, mandates_for
from registry.references import Reference, list_references
from registry.standing import judged
from registry.subjects import Subject
from registry.validity import status_at
from registry.vault.base import Vault
from reports.addresses import Address
from reports.families.words import KinLine, kin_lines
from reports.history import review_words
from reports.match_lines import MatchLine, line_of
from reports.matches import MatchRow, MatchStatus, status_under
from reports.permissions import LicenceLine, lines_of_licences
from reports.provenance import provenance_details, provenance_line
from reports.queue_rows import Asked, asked_about, beside, same_bytes
from reports.uses import Held, Shown, judged_use
from reports.withheld import withheld_of

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
    """line: the match. status: as licences have it now. waiting: how many matches wait for a person. boxes: [[t, x1, y1, x2, y2],
    ...], seconds and pixels of the upright frame, of all appearances of the subject that the match holds; none of what has no
    place. references: ids, the one that matched first; recordings: those of them that are heard; reference_at: the second of it
    that is shown, of a clip; references_more: how many are not among them. held: whether the captured bytes are still there.
    decisions: in words, the first one first. copies: matches in copies of the video with other bytes that show the same.
    """

    line: MatchLine
    status: MatchStatus
    party: str
    waiting: int
    found_at: datetime
    captured_at: datetime
    media_type: str
    media_size: int
    held: bool
    boxes: list[list[float]]
    beside: tuple[Beside, ...]
    references: tuple[str, ...]
    recordings: frozenset[str]
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
    copies: tuple[KinLine, ...] = ()


def queue_item(session: Session, vault: Vault, match_id: str, *, undecided: bool = False) -> QueueItem:
    """undecided: whether what was decided beside it is not to be told at all. Raises NotFound for a match that is not there, or
    not the session's to see."""
    asked, at = asked_about(session, match_id), now()
    row, capture, subject = asked.match, asked.capture, asked.subject
    mandates, licences = mandates_for(session, subject), licences_of(session, subject.id, [each.id for each in asked.groups])
    enrolled = _enrolled(session, subject, row)
    references = [entry.id for entry in enrolled]
    appearances, reviews = beside(session, row)
    others = [each for each, _ in appearances if each.id != row.id]
    hidden = {each.id for each in others} if undecided else withheld_of(session, others)
    addresses, many = same_bytes(session, capture, MOST_ADDRESSES)
    elsewhere = [each for address in addresses for each in _places(address)]
    verdict = _verdict(session, asked, licences, addresses, at)
    return QueueItem(
        line=line_of(session, row, asked.video, subject, judged(asked.party, subject, mandates, at, row.modality)),
        status=status_under(verdict) if row.is_unreviewed else row.status,
        party=asked.party.name,
        waiting=asked.waiting,
        found_at=row.found_at,
        captured_at=capture.captured_at,
        media_type=capture.media_type,
        media_size=capture.media_size,
        held=capture.media_sha256 in vault,
        boxes=sorted(row.boxes) or _box(row),
        beside=tuple(_beside(each, name, row.id, hidden) for each, name in appearances),
        references=tuple(references[:MOST_REFERENCES]),
        recordings=frozenset(entry.id for entry in enrolled if _is_heard(entry, row)),
        reference_at=None if row.reference_t is None else round(row.reference_t, 2),
        references_more=max(0, len(references) - MOST_REFERENCES),
        provenance=provenance_line(asked.labels),
        details=provenance_details(asked.labels),
        licences=tuple(lines_of_licences(session, licences)),
        mandates=tuple(_mandate(mandate, subject.name, at) for mandate in mandates),
        permission=verdict.reason,
        elsewhere=tuple(elsewhere[:MOST_ADDRESSES]),
        elsewhere_more=max(many or 0, len(elsewhere)) - len(elsewhere[:MOST_ADDRESSES]),
        decisions=review_words(reviews),
        copies=tuple(kin_lines(session, row)) if asked.has_copies and not undecided else (),
    )


def _enrolled(session: Session, subject: Subject, row: MatchRow) -> list[Reference]:
    """The one that matched first, then those of its kind."""
    takes = SAMPLE_OF[row.modality]
    return sorted(list_references(session, subject), key=lambda entry: (entry.id != row.reference_id, entry.kind is not takes))


def _box(row: MatchRow) -> list[list[float]]:
    box = row.best_box
    return [] if box is None else [[row.best_t, box.x1, box.y1, box.x2, box.y2]]


def _verdict(
    session: Session, asked: Asked, licences: Sequence[Licence], addresses: Sequence[Address], at: datetime
) -> Permission:
    """What licences and allow-list say of the match now; what is on record, once a person decided."""
    row, subject = asked.match, asked.subject
    if not row.is_unreviewed:
        return Permission(False, None, row.permission_reason)
    groups = frozenset(each.id for each in asked.groups)
    held = Held(subject.party_id, tuple(licences), tuple(list_allowances(session, subject.party_id)), groups)
    pages = next(tuple(seen.page for seen in each.pages) for each in addresses if each.capture.id == asked.capture.id)
    present = [label.detail for label in asked.labels if label.outcome is LabelOutcome.PRESENT]
    return judged_use(Shown(asked.video, pages), present, subject.id, row.modality, held, at)


def _is_heard(reference: Reference, row: MatchRow) -> bool:
    """Whether the reference is heard beside the match, and not seen: recordings, and clips of which the sound was found."""
    return reference.kind is SampleKind.RECORDING or (row.modality is Modality.SOUND and reference.kind is SampleKind.CLIP)


def _beside(row: MatchRow, name: str, this: str, hidden: Collection[str]) -> Beside:
    status = MatchStatus.PENDING if row.id in hidden else row.status
    return Beside(row.id, name, status.value, row.spans or [[row.t_start, row.t_end]], row.id == this)


def _places(address: Address) -> Sequence[Elsewhere]:
    pages = [Elsewhere(seen.page.url, seen.page.title, seen.page.uploader, seen.said) for seen in address.pages if seen.page.url]
    return pages or [Elsewhere(address.video.media_url, address.video.title, address.video.uploader, address.said)]


def _mandate(mandate: Mandate, name: str, at: datetime) -> MandateSeen:
    about = name if mandate.subject_id else "all of the party's subjects"
    return MandateSeen(about, mandate.basis.value, status_at(mandate, at), mandate.ends_at)

"""Entering what a party allows, and ending it: the matches follow at once."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from registry.allowances import Allowance, add_allowance, list_allowances, revoke_allowance
from registry.db import now
from registry.kinds import Modality
from registry.parties import Party, find_party
from registry.subjects import Subject, find_subject
from registry.validity import status_at
from registry.views import view_of
from reports.licence_changes import Reached
from reports.matches import MatchRow, apply_licences, unreviewed
from reports.uses import captures_at, spelt


def allow(
    session: Session,
    party: Party,
    at: datetime,
    *,
    allowed_by: str,
    reason: str,
    ends_at: datetime | None = None,
    subject: Subject | None = None,
    uploader: str | None = None,
    host: str | None = None,
    address: str | None = None,
    modalities: Collection[Modality] = (),
    any_host: bool = False,
    whole_host: bool = False,
) -> tuple[Allowance, int]:
    """The entry and how many matches it changed, flushed; the caller commits. See registry.allowances.add_allowance."""
    entry = add_allowance(
        session,
        party,
        allowed_by=allowed_by,
        reason=reason,
        starts_at=at,
        ends_at=ends_at,
        subject=subject,
        uploader=uploader,
        host=host,
        address=spelt(address) if address else None,
        modalities=modalities,
        any_host=any_host,
        whole_host=whole_host,
    )
    return entry, _follow(session, entry, at)


def allow_no_more(session: Session, allowance_id: str, at: datetime) -> tuple[Allowance, int]:
    """The entry, ended now, and how many matches are open again; the caller commits. Raises NotFound."""
    entry = revoke_allowance(session, allowance_id, at)
    return entry, _follow(session, entry, at)


def _follow(session: Session, entry: Allowance, at: datetime) -> int:
    of_party = select(Subject.id).where(Subject.party_id == entry.party_id)
    whose = col(MatchRow.subject_id) == entry.subject_id if entry.subject_id else col(MatchRow.subject_id).in_(of_party)
    captures = captures_at(session, entry, select(MatchRow.capture_id).where(whose, unreviewed()))
    subjects = [entry.subject_id] if entry.subject_id else None
    return apply_licences(session, at, subjects=subjects, party_id=entry.party_id, reached=Reached(entry.id, captures))


@dataclass(frozen=True)
class AllowanceLine:
    """An entry as it is shown. about: the subject by its name, or the party whose subjects it is about. modalities: the ways of
    use that it names; where it names none it is for all but the voice."""

    id: str
    about: str
    party_id: str
    subject_id: str | None
    uploader: str | None
    host: str | None
    address: str | None
    modalities: list[str]
    allowed_by: str
    reason: str
    status: str
    starts_at: datetime
    ends_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True)
class Place:
    """Where, and in which ways, uses are allowed; see registry.allowances.add_allowance."""

    uploader: str | None = None
    host: str | None = None
    address: str | None = None
    any_host: bool = False
    whole_host: bool = False
    modalities: Collection[Modality] = ()


def allow_called(
    session: Session, party: str, subject: str | None, place: Place, ends_at: datetime | None, *, by: str, reason: str
) -> tuple[AllowanceLine, int]:
    """As allow, of a party and perhaps one subject of it by name or id, from now on."""
    holder = find_party(session, party)
    entry, changed = allow(
        session,
        holder,
        now(),
        allowed_by=by,
        reason=reason,
        ends_at=ends_at,
        subject=find_subject(session, subject, party=holder) if subject else None,
        uploader=place.uploader,
        host=place.host,
        address=place.address,
        modalities=place.modalities,
        any_host=place.any_host,
        whole_host=place.whole_host,
    )
    return _line(session, entry, now()), changed


def allow_called_no_more(session: Session, allowance_id: str) -> tuple[AllowanceLine, int]:
    """As allow_no_more, now."""
    entry, changed = allow_no_more(session, allowance_id, now())
    return _line(session, entry, now()), changed


def allowance_lines(session: Session, party: str | None = None) -> Iterable[AllowanceLine]:
    """What is, and was, allowed: of all parties, or of one by name or id. Raises NotFound."""
    held, at = list_allowances(session, find_party(session, party).id if party else None), now()
    return (_line(session, row, at) for row in held)


def _line(session: Session, row: Allowance, at: datetime) -> AllowanceLine:
    subject = session.get(Subject, row.subject_id) if row.subject_id else None
    about = subject.name if subject else f"all of {session.get_one(Party, row.party_id).name}"
    return view_of(AllowanceLine, row, about=about, status=status_at(row, at))

"""Entering what a party allows, and ending it: the matches follow at once."""

from datetime import datetime

from sqlmodel import Session

from registry.allowances import Allowance, add_allowance, revoke_allowance
from registry.parties import Party
from registry.subjects import Subject
from reports.matches import apply_licences
from reports.uses import spelt


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
        any_host=any_host,
        whole_host=whole_host,
    )
    return entry, _follow(session, entry, at)


def allow_no_more(session: Session, allowance_id: str, at: datetime) -> tuple[Allowance, int]:
    """The entry, ended now, and how many matches are open again; the caller commits. Raises NotFound."""
    entry = revoke_allowance(session, allowance_id, at)
    return entry, _follow(session, entry, at)


def _follow(session: Session, entry: Allowance, at: datetime) -> int:
    return apply_licences(session, at, subjects=[entry.subject_id] if entry.subject_id else None, party_id=entry.party_id)

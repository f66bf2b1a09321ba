"""Drafting notices: from a case alone, only while nothing speaks against it, and only of what was just seen."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import JSON
from sqlmodel import Field, Session, SQLModel, col, select

from crawler.videos import Label
from registry.db import UtcDateTime, new_id
from registry.errors import NotFound
from registry.paging import Listed, Part, listed
from registry.parties import Party
from registry.prefixes import begins_with
from registry.subjects import Subject
from registry.vault.base import Vault
from reports.cases import Case, ConfirmedMatch, confirmed_matches
from reports.notices.base import Brief, Letter, NoticeTemplate, Place, Terms
from reports.notices.enclosures import stills_of
from reports.notices.grounds import (
    check_fair_use,
    check_licences,
    check_permission,
    last_bundle,
    mandates_in_force,
    place_of_law,
    without_copies,
)
from reports.notices.licences import ToConsider, licences_to_consider
from reports.notices.places import FRESH, check_is_there, places_of
from reports.notices.stated import stated
from reports.triggers import forbid


class Notice(SQLModel, table=True):
    """A letter. letter: its whole content as JSON; missing: what its blanks ask for; match_ids: what it is made of.

    stated: what it rests on, see reports.notices.stated. licences: those that were considered before, in words. approval: the
    looks on which a person approved it.
    """

    id: str = Field(default_factory=new_id, primary_key=True)
    case_id: str = Field(foreign_key="case_file.id", index=True)
    law: str
    state: str = "draft"
    drafted_at: datetime = Field(sa_type=UtcDateTime)
    drafted_by: str
    match_ids: list[str] = Field(default_factory=list, sa_type=JSON)
    letter: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    missing: list[str] = Field(default_factory=list, sa_type=JSON)
    needs_fair_use: bool = False
    fair_use_by: str = ""
    fair_use_on: str = ""
    fair_use_reason: str = ""
    stated: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    licences: list[dict[str, str]] = Field(default_factory=list, sa_type=JSON)
    licences_by: str = ""
    licences_reason: str = ""
    law_confirmed_by: str = ""
    approved_by: str = ""
    approved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    approval: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)


DRAFT, APPROVED = "draft", "approved"

_LETTER = TypeAdapter(Letter)

_OF_CASE = 'SELECT 1 FROM case_match c JOIN "match" m ON m.id = c.match_id WHERE c.case_id = NEW.case_id'
_UNCONFIRMED = f"(NOT EXISTS ({_OF_CASE}) OR EXISTS ({_OF_CASE} AND m.status IS NOT 'CONFIRMED'))"
_UNCONSIDERED = "NEW.needs_fair_use AND (trim(NEW.fair_use_by) = '' OR NEW.fair_use_on = '' OR trim(NEW.fair_use_reason) = '')"
_UNSEEN = "json_array_length(NEW.licences) > 0 AND (trim(NEW.licences_by) = '' OR trim(NEW.licences_reason) = '')"
_NOBODY = "trim(NEW.approved_by) = '' OR NEW.approved_at IS NULL OR json_array_length(NEW.approval) = 0"
# What a letter says is bound; that its state goes on after a match was reopened is not.
for _name, _moment in (("insert", "INSERT"), ("update", "UPDATE OF case_id, letter, match_ids")):
    forbid(f"notice_confirmed_{_name}", f"BEFORE {_moment} ON notice", "a notice needs confirmed matches", when=_UNCONFIRMED)
for _name, _moment in (("insert", "INSERT"), ("update", "UPDATE")):
    forbid(f"notice_fair_use_{_name}", f"BEFORE {_moment} ON notice", "a fair-use consideration comes first", when=_UNCONSIDERED)
    forbid(f"notice_licences_{_name}", f"BEFORE {_moment} ON notice", "considering the licences comes first", when=_UNSEEN)
forbid(
    "notice_is_born_a_draft",
    "BEFORE INSERT ON notice",
    "a notice begins as a draft",
    when="NEW.state = 'approved' OR NEW.approved_at IS NOT NULL",
)
forbid(
    "notice_is_approved_once",
    "BEFORE UPDATE OF state ON notice",
    "only a draft is approved, of confirmed matches, by somebody, on looks",
    when=f"NEW.state = 'approved' AND OLD.state IS NOT 'approved' AND (OLD.state IS NOT 'draft' OR {_NOBODY} OR {_UNCONFIRMED})",
)
forbid(
    "notice_approved_is_no_draft",
    "BEFORE UPDATE OF state ON notice",
    "an approved notice is no draft again",
    when="NEW.state = 'draft' AND OLD.state IS NOT 'draft'",
)
forbid(
    "notice_approved_is_not_changed",
    "BEFORE UPDATE OF case_id, law, match_ids, letter, stated, licences, approved_by, approved_at, approval ON notice",
    "an approved letter is not changed",
    when="OLD.approved_at IS NOT NULL",
)


def draft_notice(
    session: Session,
    vault: Vault,
    case: Case,
    template: NoticeTemplate,
    terms: Terms,
    drafted_by: str,
    at: datetime,
    since: datetime | None = None,
) -> Notice:
    """Write a letter about a case as a draft, and flush; the caller commits. Its blanks are listed in the notice's missing.

    since: the looks from then on are what it says of its addresses; otherwise those of the last minutes (places.FRESH).
    Raises NotConfirmed unless every match of the case is confirmed; NoticeRefused when the video was not just looked at or is at
    none of its addresses, when a licence covers it now, when others were not considered, when no mandate for a subject covers a
    match's modality and the letter's place now, and when a fair-use consideration is needed and absent or incomplete.
    EvidenceMissing when no still can be cut.
    """
    brief, found = _brief(session, vault, case, terms, at, since or at - FRESH)
    needed = template.needs_fair_use(brief)
    if needed or terms.fair_use is not None:
        check_fair_use(terms.fair_use, at)
    letter = template.write(brief)
    considered = terms.fair_use
    notice = Notice(
        case_id=case.id,
        law=template.law,
        drafted_at=at,
        drafted_by=drafted_by,
        match_ids=[match.id for match in confirmed_matches(session, case)],
        letter=dumped(letter),
        missing=list(letter.missing),
        needs_fair_use=needed,
        fair_use_by=considered.considered_by if considered else "",
        fair_use_on=considered.considered_on.isoformat() if considered else "",
        fair_use_reason=considered.reason if considered else "",
        stated=stated(session, brief),
        licences=[asdict(entry) for entry in found],
        licences_by=terms.licences.considered_by.strip() if terms.licences and found else "",
        licences_reason=terms.licences.reason.strip() if terms.licences and found else "",
        law_confirmed_by=terms.law_confirmed_by.strip(),
    )
    session.add(notice)
    session.flush()
    return notice


def _brief(
    session: Session, vault: Vault, case: Case, terms: Terms, at: datetime, since: datetime
) -> tuple[Brief, list[ToConsider]]:
    every = confirmed_matches(session, case)
    check_permission(session, case, at)
    places = places_of(session, case, every, since)
    check_is_there(places)
    matches = _to_be_seen(every, places)
    subjects = {key: session.get_one(Subject, key) for key in sorted({match.subject_id for match in matches})}
    names = {key: subject.name for key, subject in subjects.items()}
    found = licences_to_consider(session, matches, names, places, at)
    check_licences(found, terms.licences)
    digests = {place.capture.id: place.capture.media_sha256 for place in places}
    brief = Brief(
        case_id=case.id,
        party=session.get_one(Party, case.party_id),
        places=places,
        subjects=subjects,
        matches=matches,
        labels=_labels(session, places),
        mandates=mandates_in_force(session, subjects, matches, place_of_law(terms), at),
        terms=terms,
        at=at,
        stills=stills_of(vault, [(match, digests[match.capture_id]) for match in matches], names),
        bundle=last_bundle(session, case, list(digests)),
        licences_to_consider=bool(found),
    )
    return brief, found


def _to_be_seen(matches: Sequence[ConfirmedMatch], places: Sequence[Place]) -> list[ConfirmedMatch]:
    """The matches in bytes that are at one of the addresses at least; of copies one."""
    digests = {place.capture.id: place.capture.media_sha256 for place in places}
    there = {place.capture.media_sha256 for place in places if place.sight.is_there}
    return without_copies([match for match in matches if digests[match.capture_id] in there], digests)


def _labels(session: Session, places: Sequence[Place]) -> Mapping[str, list[Label]]:
    """The labels of each video's bytes, wherever they were captured."""
    held: dict[str, list[Label]] = {}
    for place in places:
        of_capture = select(Label).where(Label.capture_id == place.capture.id).order_by(col(Label.id))
        held.setdefault(place.capture.media_sha256, []).extend(session.exec(of_capture))
    return held


def dumped(letter: Letter) -> dict[str, Any]:
    plain: dict[str, Any] = _LETTER.dump_python(letter, mode="json")
    return plain


def letter_of(notice: Notice) -> Letter:
    """The letter as it was drafted, or approved."""
    return _LETTER.validate_python(notice.letter)


def listed_notices(session: Session, part: Part, case: Case | None = None) -> Listed[Notice]:
    """Notices, the oldest first: all, or a case's; see registry.paging."""
    query = select(Notice) if case is None else select(Notice).where(Notice.case_id == case.id)
    by = (col(Notice.drafted_at), col(Notice.id))
    return listed(session, query, by, part, (Notice.drafted_by, Notice.approved_by, Notice.law, Notice.case_id))


def notices_of(session: Session, case: Case) -> list[Notice]:
    """A case's notices, the oldest first."""
    return list(session.exec(select(Notice).where(Notice.case_id == case.id).order_by(col(Notice.drafted_at))))


def find_notice(session: Session, reference: str) -> Notice:
    """The notice of an id or of the first digits of one. Raises NotFound when none or several answer."""
    found = session.exec(select(Notice).where(begins_with(col(Notice.id), reference)).limit(2)).all()
    if len(found) != 1:
        how = "no" if not found else "more than one"
        raise NotFound(f"There is {how} notice {reference!r}.", "List a case's notices with: semblance notice list CASE")
    return found[0]

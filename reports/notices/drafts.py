"""Drafting notices: from a case alone, only while nothing speaks against it, and only of what was just seen."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from crawler.looking import Looked
from crawler.videos import Label
from registry.parties import Party
from registry.subjects import Subject
from registry.vault.base import Vault
from reports.cases import Case, ConfirmedMatch, confirmed_matches
from reports.errors import NoticeRefused
from reports.notices.base import Brief, LetterTerms, NoticeTemplate, Place
from reports.notices.blanks import has_blank
from reports.notices.enclosures import Enclosed, stills_of
from reports.notices.events import begin_life
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
from reports.notices.notice import Notice
from reports.notices.places import check_is_there, looked_lately, places_of
from reports.notices.second import check_authority, check_may_follow
from reports.notices.stated import stated
from reports.notices.stored import dumped


@dataclass(frozen=True)
class Draft:
    """A letter that was just written, and the small pictures of its annex (reports.notices.enclosures.Enclosed)."""

    notice: Notice
    pictures: Mapping[str, bytes]


def draft_notice(
    session: Session,
    vault: Vault,
    case: Case,
    template: NoticeTemplate,
    terms: LetterTerms,
    drafted_by: str,
    at: datetime,
    looked: Looked | None = None,
    enclosures: Path | None = None,
) -> Draft:
    """Write a letter about a case as a draft, and flush; the caller commits. Its blanks are listed in the notice's missing.

    looked: what it says of its addresses; otherwise what was seen in the last minutes (places.FRESH). enclosures: see stills_of.
    Raises NotConfirmed unless every match of the case is confirmed; NoticeRefused when the video was not just looked at or is at
    none of its addresses, when a licence covers it now, when others were not considered, when no mandate for a subject covers a
    match's modality and the letter's place now, when a law does not fit, when it lets nobody notify again what was restored,
    when the authority for this notice was given for another, and when a fair-use consideration is needed and absent or
    incomplete. EvidenceMissing when no still can be cut.
    """
    _check_terms(session, case, template, terms, at)
    every, places = _seen(session, case, at, looked or looked_lately(session, case, at))
    brief, found, enclosed = _brief(session, vault, case, terms, at, _to_be_seen(every, places), places, enclosures)
    needed, letter = _needs_fair_use(template, brief, terms, at), template.write(brief)
    notice = Notice(
        case_id=case.id,
        law=template.law,
        drafted_at=at,
        drafted_by=drafted_by,
        match_ids=[match.id for match in every],
        letter=dumped(letter),
        missing=list(letter.asked),
        needs_fair_use=needed,
        stated=stated(brief, letter),
        **_considered(terms, found),
    )
    session.add(notice)
    session.flush()
    begin_life(session, notice)
    return Draft(notice, enclosed.pictures)


def _seen(session: Session, case: Case, at: datetime, looked: Looked) -> tuple[tuple[ConfirmedMatch, ...], tuple[Place, ...]]:
    """The case's matches, all confirmed and none permitted, and its addresses, at one of which the video was seen."""
    every = confirmed_matches(session, case)
    check_permission(session, case, at)
    places = places_of(session, every, looked)
    check_is_there(places)
    return every, places


def _check_terms(session: Session, case: Case, template: NoticeTemplate, terms: LetterTerms, at: datetime) -> None:
    """Raise NoticeRefused for a day that is past, and for a term that is a marked blank itself, copied from another letter:
    nobody would be asked for it; and where no such letter may follow the case's others, or on the authority for one of them."""
    if terms.deadline is not None and terms.deadline < at.date():
        raise NoticeRefused(f"{terms.deadline}, by which it must be done, is past.", "Give a day that is still to come.")
    for name, said in asdict(terms).items():
        if isinstance(said, str) and has_blank(said):
            raise NoticeRefused(
                f"What is given as {name.replace('_', ' ')} is a marked blank of a letter.",
                "Give what belongs there, or nothing.",
            )
    check_may_follow(session, case, template.law)
    check_authority(session, case, template.law, terms.notice_authority)


def _needs_fair_use(template: NoticeTemplate, brief: Brief, terms: LetterTerms, at: datetime) -> bool:
    """Whether the letter needs a consideration of fair use; one that is needed or given is checked. Raises NoticeRefused."""
    needed = template.needs_fair_use(brief)
    if needed or terms.fair_use is not None:
        check_fair_use(terms.fair_use, at)
    return needed


def _considered(terms: LetterTerms, found: Sequence[ToConsider]) -> dict[str, Any]:
    """What the letter's row keeps of what named persons looked at before it was written."""
    return {**_fair_use(terms), **_licences(terms, found), "law_confirmed_by": terms.law_confirmed_by.strip()}


def _fair_use(terms: LetterTerms) -> dict[str, Any]:
    """What the letter's row keeps of the fair-use consideration."""
    considered = terms.fair_use
    if considered is None:
        return {}
    return {
        "fair_use_by": considered.considered_by,
        "fair_use_on": considered.considered_on.isoformat(),
        "fair_use_reason": considered.reason,
    }


def _licences(terms: LetterTerms, found: Sequence[ToConsider]) -> dict[str, Any]:
    """What the letter's row keeps of the licences that were considered."""
    kept: dict[str, Any] = {"licences": [asdict(entry) for entry in found]}
    if terms.licences is None or not found:
        return kept
    considered = terms.licences
    return {**kept, "licences_by": considered.considered_by.strip(), "licences_reason": considered.reason.strip()}


def _brief(
    session: Session,
    vault: Vault,
    case: Case,
    terms: LetterTerms,
    at: datetime,
    matches: Sequence[ConfirmedMatch],
    places: tuple[Place, ...],
    enclosures: Path | None,
) -> tuple[Brief, list[ToConsider], Enclosed]:
    subjects = {key: session.get_one(Subject, key) for key in sorted({match.subject_id for match in matches})}
    names = {key: subject.name for key, subject in subjects.items()}
    found = licences_to_consider(session, matches, names, places, at)
    check_licences(found, terms.licences)
    digests = {place.capture.id: place.capture.media_sha256 for place in places}
    mandates = mandates_in_force(session, subjects, matches, place_of_law(terms), at)
    enclosed = stills_of(vault, [(match, digests[match.capture_id]) for match in matches], names, enclosures)
    brief = Brief(
        case_id=case.id,
        party=session.get_one(Party, case.party_id),
        places=places,
        subjects=subjects,
        matches=matches,
        labels=_labels(session, places),
        mandates=mandates,
        terms=terms,
        at=at,
        stills=enclosed.stills,
        bundle=last_bundle(session, case, list(digests)),
        licences_to_consider=bool(found),
    )
    return brief, found, enclosed


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

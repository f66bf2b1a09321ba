"""Approving a draft: a named person lets it go out, while all that it states is still so."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, select

from crawler.looking import Looked
from registry.actions import Action
from registry.lives import life_in_words
from registry.parties import Party
from registry.storage.lock import hold
from registry.subjects import Subject
from registry.types import Modality
from reports.cases import Case, ConfirmedMatch, confirmed_matches
from reports.errors import NoticeRefused
from reports.notices.base import Letter, LetterTerms, Place, Section
from reports.notices.blanks import SIGNATURE, blank
from reports.notices.events import approved
from reports.notices.grounds import check_permission, mandates_in_force, place_of_law
from reports.notices.laws.known import LAWS
from reports.notices.licences import licences_to_consider
from reports.notices.notice import DRAFT, Notice
from reports.notices.places import in_words, looked_lately, places_of
from reports.notices.stated import looks_as_data
from reports.notices.stored import dumped, letter_of
from reports.render.plain import moment
from reports.review import latest_review

ANEW = "Draft the letter anew."
SIGN_HERE = "______________________________"


def approve_notice(session: Session, notice: Notice, approved_by: str, at: datetime, looked: Looked | None = None) -> Notice:
    """Approve a draft, and flush; the caller commits. From then on its letter is not changed any more.

    looked: as in draft_notice. Raises NoticeRefused for what is no draft, has blanks or unconfirmed statutes, or states what is
    not so any more: an address that it says was there, a mandate, a permission, a name; NotConfirmed for a reopened match.
    """
    # From here on nobody else decides on its matches, ends its mandates, or approves it as well.
    hold(session)
    session.exec(select(Notice).where(Notice.id == notice.id).execution_options(populate_existing=True)).one()
    if notice.state != DRAFT:
        by = f": {notice.approved_by} approved it on {moment(notice.approved_at)}" if notice.approved_at else ""
        raise NoticeRefused(f"The notice is {notice.state}, and not a draft{by}.", ANEW)
    if not approved_by.strip():
        raise NoticeRefused("An approval needs the name of the person who approves.", Action.NAME_APPROVER)
    if not notice.stated.get("looks"):
        raise NoticeRefused("The letter rests on no look at its addresses: an earlier version drafted it.", ANEW)
    letter, case = letter_of(notice), session.get_one(Case, notice.case_id)
    _check_whole(letter, at)
    matches = confirmed_matches(session, case)
    check_permission(session, case, at)
    _check_reviews(session, notice.stated)
    _check_names(session, case, notice.stated)
    _check_mandates(session, notice.stated, matches, at)
    _check_people(session, notice.stated)
    _check_grounds(notice.stated)
    places = places_of(session, matches, looked or looked_lately(session, case, at))
    _check_places(notice.stated, places)
    _check_licences(session, notice, matches, places, at)
    notice.letter, notice.missing = dumped(_approved(letter, at)), []
    notice.approved_by, notice.approved_at, notice.approval = approved_by.strip(), at, looks_as_data(places)
    approved(session, notice)
    return notice


def _check_whole(letter: Letter, at: datetime) -> None:
    if open_ := [what for what in letter.asked if what != SIGNATURE]:
        raise NoticeRefused(f"The letter has blanks: {'; '.join(open_)}.", f"{ANEW[:-1]}, with what is missing.")
    if letter.to_confirm:
        listed = "; ".join(letter.to_confirm)
        raise NoticeRefused(f"Nobody confirmed the statutes that the draft suggests: {listed}.", ANEW, Action.CONFIRM_STATUTES)
    if letter.deadline is None or letter.deadline <= at.astimezone(UTC).date():
        raise NoticeRefused("The day by which the letter asks for an answer is over.", f"{ANEW[:-1]} with another day.")


def _check_reviews(session: Session, stated: dict[str, Any]) -> None:
    for match_id, review_id in stated.get("reviews", {}).items():
        latest = latest_review(session, match_id)
        if latest is None or latest.id != review_id:
            raise NoticeRefused(f"Match {match_id[:12]} was decided on again since the letter was drafted.", ANEW)


def _check_names(session: Session, case: Case, stated: dict[str, Any]) -> None:
    for key, name in stated.get("names", {}).items():
        row = session.get_one(Party, case.party_id) if key == "party" else session.get_one(Subject, key)
        if row.name != name:
            raise NoticeRefused(f"{name} is called {row.name} now.", ANEW)


def _check_people(session: Session, stated: dict[str, Any]) -> None:
    """On whether they live, and where, it depends which laws protect them."""
    for key, life in stated.get("people", {}).items():
        subject = session.get_one(Subject, key)
        if life_in_words(subject) != life:
            now = life_in_words(subject)
            raise NoticeRefused(f"On record of {subject.name} is: {now}; it was: {life}, when the letter was drafted.", ANEW)


def _check_grounds(stated: dict[str, Any]) -> None:
    for ground in stated.get("grounds", ()):
        if (law := LAWS.get(ground["id"])) is None or not law.is_ground:
            raise NoticeRefused(f"No letter rests on {ground['citation']} any more.", ANEW)


def _check_mandates(session: Session, stated: dict[str, Any], matches: Sequence[ConfirmedMatch], at: datetime) -> None:
    """The very mandates that the letter names must be those that it would name now."""
    named = stated.get("mandates", {})
    subjects = {key: session.get_one(Subject, key) for key in named}
    kinds = {(subject_id, Modality(value)) for subject_id, value in stated.get("modalities", ())}
    concerned = [match for match in matches if (match.subject_id, match.modality) in kinds]
    place = place_of_law(LetterTerms(jurisdiction=stated.get("jurisdiction", ""), territory=stated.get("territory", "")))
    for key, authorities in mandates_in_force(session, subjects, concerned, place, at).items():
        if sorted(held.mandate.id for held in authorities) != named[key]:
            raise NoticeRefused(f"The mandate for {subjects[key].name} that the letter names is not the one in force now.", ANEW)


def _check_places(stated: dict[str, Any], places: Sequence[Place]) -> None:
    """Every address and page that the letter says was there must be there now."""
    now = {(look["address"], look["url"], look["capture"]): look for look in looks_as_data(places)}
    lost = []
    for look in stated.get("looks", ()):
        found = now.get((look["address"], look["url"], look["capture"]))
        if look["there"] and (found is None or not found["there"]):
            lost.append(f"{look['url']}: {_lost(look, places)}.")
    if lost:
        raise NoticeRefused(
            f"The letter says that the video was to be seen where it was not seen now. {' '.join(lost)}",
            "Draft the letter anew: it names what is there then. Or look again later.",
        )


def _lost(look: dict[str, Any], places: Sequence[Place]) -> str:
    for place in places:
        if place.capture.id != look["capture"]:
            continue
        if look["address"] == "media":
            return in_words(place)
        for seen in place.pages:
            if seen.page.url == look["url"] and seen.at is not None:
                outcome = seen.outcome.value if seen.outcome else "not looked at"
                return f"when looked at on {moment(seen.at)}, {outcome}: {seen.why.rstrip('.')}"
    return "it is no address of the case any more"


def _check_licences(
    session: Session, notice: Notice, matches: Sequence[ConfirmedMatch], places: Sequence[Place], at: datetime
) -> None:
    concerned = [match for match in matches if match.subject_id in notice.stated.get("names", {})]
    names = {match.subject_id: notice.stated["names"][match.subject_id] for match in concerned}
    known = {entry["licence_id"] for entry in notice.licences}
    new = [entry for entry in licences_to_consider(session, concerned, names, places, at) if entry.licence_id not in known]
    if new:
        listed = "; ".join(entry.words for entry in new)
        raise NoticeRefused(f"Licences may speak against this letter that nobody considered when it was drafted: {listed}.", ANEW)


def _approved(letter: Letter, at: datetime) -> Letter:
    """The letter as it goes out: dated, with a line for the signature, and saying that what it states was seen again."""
    say, reading = letter.say, None if letter.reading is None else _approved(letter.reading, at)
    again = say(
        "What is stated here to have been seen was seen again at {when}, before this letter was approved.", when=say.moment(at)
    )
    sections = tuple(_with(section, again) if section.states_looks else section for section in letter.sections)
    line = say("Signature: {line}", line=SIGN_HERE)
    signature = tuple(part.replace(blank(say(SIGNATURE), say), line) for part in letter.signature)
    dated = at.astimezone(UTC).date()
    return replace(letter, dated=dated, sections=sections, signature=signature, missing=(), reading=reading)


def _with(section: Section, text: str) -> Section:
    return replace(section, after=(*section.after, text))

"""What a letter rests on: the mandates, the permissions and the confirmations as they are at that moment."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from crawler.custody import CustodyEntry
from registry.actions import Action
from registry.mandates import Mandate
from registry.standing import standing_of
from registry.subjects import Subject
from registry.territory import clean_territories, lies_within, territory_named
from registry.types import Modality
from reports.cases import Case, ConfirmedMatch, case_matches
from reports.errors import NoticeRefused
from reports.matches import permission
from reports.notices.base import Authority, BundleSeal, FairUse, LetterTerms, LicencesConsidered
from reports.notices.licences import ToConsider
from reports.render.plain import day
from reports.review import reviews_of
from reports.spans import SAME_SPAN, overlap


def place_of_law(terms: LetterTerms) -> str | None:
    """Where the letter's law applies; None where nothing tells. Raises TerritoryRefused, and NoticeRefused for two places."""
    named = territory_named(terms.jurisdiction)
    if not terms.territory.strip():
        return named
    (given,) = clean_territories([terms.territory])
    if named is not None and not (lies_within(given, [named]) or lies_within(named, [given])):
        raise NoticeRefused(f"The jurisdiction {terms.jurisdiction} is {named}, and not {given}.", Action.MEND_PLACE)
    return given


def mandates_in_force(
    session: Session, subjects: Mapping[str, Subject], matches: Iterable[ConfirmedMatch], place: str | None, at: datetime
) -> Mapping[str, Sequence[Authority]]:
    """Each subject's mandates in force, for every modality in which it was found.

    Raises NoticeRefused for a subject that nobody may act for now, in that modality and at that place.
    """
    held: dict[str, dict[str, Authority]] = {}
    for subject_id, modality in sorted({(match.subject_id, match.modality) for match in matches}):
        subject = subjects[subject_id]
        found = standing_of(session, subject, at, modality, territory=place)
        if found.mandate_id is None:
            raise NoticeRefused(_nobody_may_act(session, subject, modality, place, at), Action.ADD_MANDATE)
        own = held.setdefault(subject_id, {})
        before = own[found.mandate_id].modalities if found.mandate_id in own else ()
        mandate = session.get_one(Mandate, found.mandate_id)
        own[mandate.id] = Authority(mandate, (*before, modality), found.territory, place is not None)
    return {key: tuple(own.values()) for key, own in held.items()}


def _nobody_may_act(session: Session, subject: Subject, modality: Modality, place: str | None, at: datetime) -> str:
    anywhere = standing_of(session, subject, at, modality)
    if place is not None and anywhere.allowed:
        return f"Nobody may act for {subject.name} in {place}: {anywhere.reach or 'no one mandate reaches there'}."
    return f"Nobody may act for {subject.name} now ({modality}): {anywhere.reason}."


def check_permission(session: Session, case: Case, at: datetime) -> None:
    """A licence may have come after the confirmation. Raises NoticeRefused."""
    for row in case_matches(session, case):
        verdict = permission(session, row, at)
        if verdict.permitted:
            name = session.get_one(Subject, row.subject_id).name
            raise NoticeRefused(
                f"The use of {name} is permitted: {verdict.reason}.",
                f"Reopen the match ({row.id}), or end what does not cover this use.",
                verdict.end,
            )


def check_fair_use(considered: FairUse | None, at: datetime) -> None:
    """Raises NoticeRefused unless somebody considered it by then, and said why the notice is sent all the same."""
    if considered is None:
        raise NoticeRefused(
            "A notice about a character asserts copyright, and nobody has yet considered fair use.",
            Action.CONSIDER_FAIR_USE,
        )
    if not considered.considered_by.strip() or not considered.reason.strip():
        raise NoticeRefused("A fair-use consideration needs a name and a reason.", Action.CONSIDER_FAIR_USE)
    if considered.considered_on > at.date():
        raise NoticeRefused("Fair use cannot have been considered in the future.", Action.CONSIDER_FAIR_USE)


def check_licences(found: Sequence[ToConsider], considered: LicencesConsidered | None) -> None:
    """Raises NoticeRefused until a named person has considered the licences that may speak against the letter."""
    if not found:
        return
    listed = "; ".join(entry.words for entry in found)
    if considered is None:
        raise NoticeRefused(
            f"Licences may speak against this letter, and nobody has yet considered them: {listed}.",
            Action.CONSIDER_LICENCES,
        )
    if not considered.considered_by.strip() or not considered.reason.strip():
        raise NoticeRefused(
            f"Considering these licences needs a name and a reason: {listed}.",
            Action.CONSIDER_LICENCES,
        )


def without_copies(matches: Iterable[ConfirmedMatch], digests: Mapping[str, str]) -> list[ConfirmedMatch]:
    """Of matches of the same bytes, one for each appearance: what was decided on first. digests: of media, by capture's id."""
    kept: list[ConfirmedMatch] = []
    for match in sorted(matches, key=lambda match: (match.reviewed_at, match.found_at, match.id)):
        if not any(_is_copy(match, other, digests) for other in kept):
            kept.append(match)
    return sorted(kept, key=lambda match: (match.t_start, match.t_end, match.id))


def _is_copy(match: ConfirmedMatch, other: ConfirmedMatch, digests: Mapping[str, str]) -> bool:
    same = (match.subject_id, match.modality, digests[match.capture_id])
    if match.capture_id == other.capture_id or same != (other.subject_id, other.modality, digests[other.capture_id]):
        return False
    return overlap(match, other) >= SAME_SPAN


def earlier_decisions(session: Session, match_ids: Iterable[str]) -> list[str]:
    """What was decided on a letter's matches before the confirmation that it rests on, in words for whoever drafts it."""
    told = []
    for match_id in match_ids:
        *before, last = reviews_of(session, match_id)
        rests = f"The letter rests on the confirmation of {day(last.at)} by {last.reviewer}: {last.reason}"
        told += [
            f"Match {match_id[:12]} was {one.decision.said} by {one.reviewer} on {day(one.at)} before: {one.reason}. {rests}"
            for one in before
        ]
    return list(dict.fromkeys(told))


def last_bundle(session: Session, case: Case, capture_ids: Sequence[str]) -> BundleSeal | None:
    """The bundle of the case that was sealed last."""
    query = select(CustodyEntry).where(CustodyEntry.action == "exported", col(CustodyEntry.capture_id).in_(capture_ids))
    for entry in session.exec(query.order_by(col(CustodyEntry.seq).desc())):
        if entry.detail.get("case_id") == case.id:
            said = entry.detail
            # Earlier versions had one list, and named it.
            return BundleSeal(said["bundle"], said.get("seal_sha256") or said["sha256sums_sha256"], said["key"], entry.at)
    return None

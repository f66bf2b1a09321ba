"""What was decided and permitted of a match as of a moment, and what changed after it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from registry.audit import AuditEntry
from registry.licences import Licence
from registry.references import Reference
from reports.matches import MatchRow, MatchStatus, Scan, status_under
from reports.render.plain import day, moment
from reports.review import STATUS_AFTER, Decision, Review, reviews_of, reviews_of_all
from reports.uses import Permissions

INSTANT = timedelta(microseconds=1)
"""The shortest time that moments tell apart."""


@dataclass(frozen=True)
class Outlook:
    """From when a report looks: at all that was before that moment. past: it is made later, and things may have changed."""

    before: datetime
    made_at: datetime

    @property
    def past(self) -> bool:
        """Whether it speaks of a moment before it was made."""
        return self.before < self.made_at

    def knew(self, at: datetime) -> bool:
        """Whether what happened at that time had happened by the report's moment; for a report of now, all that is on record."""
        return not self.past or at < self.before


@dataclass(frozen=True)
class Standing:
    """How a match stood. licence: the one that covered it. reason: why licences permitted it or did not."""

    status: MatchStatus
    reviews: tuple[Review, ...]
    licence: Licence | None
    reason: str


def standings_of_matches(session: Session, matches: Sequence[MatchRow], outlook: Outlook) -> Iterator[tuple[MatchRow, Standing]]:
    """Each match as the rows have it now; of a past moment, by the reviews and the licences that were on record then."""
    reviews = reviews_of_all(session, [match.id for match in matches])
    permissions = _permissions_then(session, matches, outlook) if outlook.past else None
    for match in matches:
        known = tuple(filter(lambda entry: outlook.knew(entry.at), reviews[match.id]))
        if permissions is None:
            licence = session.get(Licence, match.licence_id) if match.licence_id else None
            yield match, Standing(match.status, known, licence, match.permission_reason)
        elif known and known[-1].decision is not Decision.REOPEN:
            yield match, Standing(STATUS_AFTER[known[-1].decision], known, None, "")
        else:
            yield match, _permission_then(session, match, outlook, known, permissions)


def _permissions_then(session: Session, matches: Sequence[MatchRow], outlook: Outlook) -> Permissions:
    permissions = Permissions(session, before=outlook.before)
    permissions.expect((match.capture_id, match.subject_id) for match in matches)
    return permissions


def _permission_then(
    session: Session, match: MatchRow, outlook: Outlook, reviews: tuple[Review, ...], permissions: Permissions
) -> Standing:
    verdict = permissions.judge(match.capture_id, match.subject_id, match.modality, outlook.before - INSTANT)
    licence = session.get(Licence, verdict.licence_id) if verdict.permitted and verdict.licence_id else None
    return Standing(status_under(verdict), reviews, licence, verdict.reason)


def decisions(standing: Standing) -> tuple[str, ...]:
    """All that was decided, in order, each with its reason, and last how the match stood where no person's decision says it."""
    said = review_words(standing.reviews)
    if standing.status is MatchStatus.LICENSED:
        return (*said, _licensed(standing))
    if standing.status is MatchStatus.PERMITTED and (not said or standing.reviews[-1].decision is Decision.REOPEN):
        return (*said, f"Permitted: {standing.reason}")
    if standing.status is MatchStatus.PENDING:
        return (*said, f"Awaits a decision; {standing.reason or 'licences were not yet looked at'}")
    return said


def review_words(reviews: Iterable[Review], earlier: int = 0) -> tuple[str, ...]:
    """Each review in words. earlier: how many came before them."""
    return tuple(_review(entry, place + earlier) for place, entry in enumerate(reviews))


def _review(entry: Review, place: int) -> str:
    did = entry.decision.said
    head = did.capitalize() if place == 0 or entry.decision is Decision.REOPEN else f"Reviewed again, {did}"
    return f"{head} by {entry.reviewer} on {moment(entry.at)}: {entry.reason}"


def _licensed(standing: Standing) -> str:
    licence = standing.licence
    if licence is None:
        return f"Licensed: {standing.reason}"
    until = f"to {day(licence.ends_at)}" if licence.ends_at else "without an end"
    return f"Licensed to {licence.licensee}, {day(licence.starts_at)} {until} (licence {licence.id[:8]})"


def changed_since(session: Session, match: MatchRow, standing: Standing, outlook: Outlook) -> tuple[str, ...]:
    """What is otherwise now than it was at a past moment, each with its date as far as one is on record."""
    if not outlook.past:
        return ()
    later = [entry for entry in reviews_of(session, match.id) if not outlook.knew(entry.at)]
    return (
        *review_words(later, len(standing.reviews)),
        *_licence_changed(session, match, standing, outlook.made_at),
        *_reference_removed(session, match, outlook),
        *_scanned_again(session, match, standing, outlook),
    )


def _licence_changed(session: Session, match: MatchRow, standing: Standing, now: datetime) -> Iterable[str]:
    if standing.status is match.status:
        return
    if match.status is MatchStatus.LICENSED and match.licence_id:
        licence = session.get_one(Licence, match.licence_id)
        yield f"Licensed to {licence.licensee} on {day(max(licence.created_at, licence.starts_at))} (licence {licence.id[:8]})"
    elif standing.status is MatchStatus.LICENSED and standing.licence is not None:
        yield f"The licence of {standing.licence.licensee} ({standing.licence.id[:8]}) {_over(standing.licence, now)}"


def _over(licence: Licence, now: datetime) -> str:
    if licence.revoked_at is not None and licence.revoked_at <= now:
        return f"was revoked on {day(licence.revoked_at)}"
    if licence.ends_at is not None and licence.ends_at <= now:
        return f"ended on {day(licence.ends_at)}"
    return "does not cover it any more"


def _reference_removed(session: Session, match: MatchRow, outlook: Outlook) -> Iterable[str]:
    if session.get(Reference, match.reference_id) is not None:
        return
    removed = select(AuditEntry.at, AuditEntry.row_ids).where(AuditEntry.table_name == "reference", AuditEntry.action == "remove")
    at = next((at for at, keys in session.exec(removed) if match.reference_id in keys), None)
    if at is None:
        yield "The reference is not on record any more"
    elif at >= outlook.before:
        yield f"The reference was removed on {day(at)}"


def _scanned_again(session: Session, match: MatchRow, standing: Standing, outlook: Outlook) -> Sequence[str]:
    """A later scan refreshes what nobody had judged; the figures of before are not kept."""
    if any(entry.decision is not Decision.REOPEN for entry in standing.reviews):
        return ()
    again = select(Scan.scanned_at).where(
        Scan.capture_id == match.capture_id, col(Scan.failure).is_(None), Scan.scanned_at >= outlook.before
    )
    last = max(session.exec(again), default=None)
    return () if last is None else (f"Scanned again on {day(last)}; score, span and pictures may be those of that scan",)

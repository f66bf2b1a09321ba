"""Reviews: a named person's dated decision on a match, with the reason. They are added, never changed."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, Session, SQLModel, col, select

from crawler.videos import Capture
from registry.actions import Action
from registry.db import UtcDateTime, now
from registry.errors import NotFound
from registry.standing import standing_of
from registry.storage.lock import hold
from registry.storage.triggers import forbid
from registry.subjects import AT_ONCE, Subject
from registry.tenancy import ask, declare
from reports.copies import copies_of
from reports.drawing import is_drawn
from reports.errors import Overtaken, ReviewRefused
from reports.matches import MatchRow, MatchStatus, judge_anew
from reports.outbox import Happened, tell


class Decision(StrEnum):
    """permit: it is the subject, and the use may stay without a licence, such as fan work or the press."""

    CONFIRM = "confirm"
    REJECT = "reject"
    PERMIT = "permit"
    REOPEN = "reopen"

    @property
    def said(self) -> str:
        """What was done, in a word."""
        return {"confirm": "confirmed", "reject": "rejected", "permit": "permitted", "reopen": "reopened"}[self.value]


class Review(SQLModel, table=True):
    """id grows with time; the highest of a match is the one that counts. It is the moment in microseconds, or the next number
    after the last review's, so that it counts nobody's reviews; of earlier versions it is their number.

    reason: a person's own words, and empty once the match's subject is erased: that alone is ever changed.
    follows: the review of the same bytes at another address that covers this one as well. joined_at: when this address was
    found, where that was after the decision; at is the decision's own time. drawn: whether somebody else is to decide as well
    (reports.second_review).
    """

    # What waits for somebody else is read in the order in which it was decided on.
    __table_args__ = (Index("ix_review_drawn", "drawn", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    match_id: str = Field(foreign_key="match.id", index=True)
    decision: Decision
    reviewer: str
    reason: str
    at: datetime = Field(sa_type=UtcDateTime)
    follows: int | None = Field(default=None, foreign_key="review.id")
    joined_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    drawn: bool = Field(default=False, sa_column_kwargs={"server_default": "0"})


STATUS_AFTER = {
    Decision.CONFIRM: MatchStatus.CONFIRMED,
    Decision.REJECT: MatchStatus.REJECTED,
    Decision.PERMIT: MatchStatus.PERMITTED,
    Decision.REOPEN: MatchStatus.PENDING,
}

_SAME = " AND ".join(
    f"NEW.{name} IS OLD.{name}" for name in ("id", "match_id", "decision", "reviewer", "at", "follows", "joined_at", "drawn")
)
_ERASED = (
    'EXISTS (SELECT 1 FROM "match" JOIN subject ON subject.id = "match".subject_id '
    'WHERE "match".id = OLD.match_id AND subject.erased_at IS NOT NULL)'
)
forbid(
    "review_is_not_changed",
    "BEFORE UPDATE ON review",
    "a review is never changed",
    when=f"NOT (NEW.reason = '' AND {_SAME} AND {_ERASED})",
)
forbid("review_is_not_deleted", "BEFORE DELETE ON review", "a review is never deleted")
_ONLY = "only a review confirms a match"
# Enumerations are stored by name.
_LATEST = "(SELECT decision FROM review WHERE match_id = NEW.id ORDER BY id DESC LIMIT 1)"
_UNREVIEWED = f"NEW.status = 'CONFIRMED' AND {_LATEST} IS NOT 'CONFIRM'"
forbid("match_is_not_born_confirmed", 'BEFORE INSERT ON "match"', _ONLY, when="NEW.status = 'CONFIRMED'")
forbid("match_is_confirmed_by_review", 'BEFORE UPDATE OF status ON "match"', _ONLY, when=_UNREVIEWED)
_NOBODYS = f"NEW.status = 'PERMITTED' AND NEW.allowance_id IS NULL AND {_LATEST} IS NOT 'PERMIT'"
for _name, _moment in (("insert", "INSERT"), ("update", "UPDATE OF status, allowance_id")):
    forbid(
        f"match_permitted_{_name}", f'BEFORE {_moment} ON "match"', "a review or the allow-list permits a match", when=_NOBODYS
    )


def review(
    session: Session,
    match_id: str,
    decision: Decision,
    reviewer: str,
    reason: str,
    at: datetime,
    *,
    shown: MatchStatus | None = None,
    since: datetime | None = None,
) -> Review:
    """Add a review and let the match's status follow it, and those of its copies; what is reopened follows licences and
    allow-list again. The caller commits.

    From here to that commit nobody else decides. shown: the status that whoever decides saw; without it, the one that the
    session has read. since: the moment from which on a decision by others was not seen. Raises Overtaken where the match stands
    otherwise now, NotFound for an unknown match, ReviewRefused without a name or a reason, for confirming what a licence or the
    allow-list permits, and for confirming what nobody has a valid mandate for.
    """
    check_reviewer(reviewer, reason)
    match = _as_shown(session, match_id, shown, since)
    _check(match, decision)
    if decision is Decision.CONFIRM:
        _check_mandate(session, match, at)
    made = Review(match_id=match_id, decision=decision, reviewer=reviewer.strip(), reason=reason.strip(), at=at)
    made.drawn = decision is not Decision.REOPEN and is_drawn(session, match)
    _add(session, match, made)
    for copy in copies_of(session, match):
        if copy.status is not STATUS_AFTER[decision] and _is_covered(copy, decision):
            follow(session, copy, made)
    return made


def _as_shown(session: Session, match_id: str, shown: MatchStatus | None, since: datetime | None) -> MatchRow:
    """The match as it is while the session holds the database. Raises NotFound, Overtaken."""
    seen = session.get(MatchRow, match_id)
    expected = shown or (seen.status if seen is not None else None)
    hold(session)
    anew = select(MatchRow).where(MatchRow.id == match_id).execution_options(populate_existing=True)
    match = session.exec(anew).first()
    if match is None:
        raise NotFound(f"There is no match {match_id}.", Action.SEE_MATCHES)
    last = latest_review(session, match_id)
    if match.status is not expected or (since is not None and last is not None and last.at > since):
        raise Overtaken(_what_happened(match, last, expected), "Look at it again.", Action.SEE_MATCHES.of(match.status))
    return match


def _what_happened(match: MatchRow, last: Review | None, expected: MatchStatus | None) -> str:
    if last is None or match.is_permitted_by_rule or STATUS_AFTER[last.decision] is not match.status:
        return f"Match {match.id} is {match.status.value} now, and was {expected} when it was shown."
    return (
        f"{last.reviewer} {last.decision.said} match {match.id} meanwhile, on {last.at:%Y-%m-%d at %H:%M:%S} UTC: "
        f"{last.reason.rstrip('.')}."
    )


def follow(session: Session, match: MatchRow, decided: Review, capture: Capture | None = None) -> None:
    """Let a decision hold for a copy of what it was made on, and flush. capture: by which the match came under it afterwards."""
    made = Review(
        match_id=match.id,
        decision=decided.decision,
        reviewer=decided.reviewer,
        reason=decided.reason,
        at=decided.at,
        follows=decided.follows or decided.id,
        joined_at=None if capture is None else capture.captured_at,
    )
    _add(session, match, made)


_LAST = declare("SELECT max(id) FROM main.review", lambda rows: next(rows)[0] or 0)


def _add(session: Session, match: MatchRow, made: Review) -> None:
    made.id = max(ask(session, _LAST) + 1, int(now().timestamp() * 1_000_000))
    session.add(made)
    session.flush()
    match.status = STATUS_AFTER[made.decision]
    match.licence_id = match.allowance_id = None
    if made.decision is Decision.REOPEN:
        judge_anew(session, match, made.at)
    session.add(match)
    session.flush()
    decided = {"match_id": match.id, "decision": made.decision.value, "status": match.status.value}
    tell(session, Happened.MATCH_DECIDED, decided, subject=match.subject_id)


def _is_covered(copy: MatchRow, decision: Decision) -> bool:
    """A copy whose own use is licensed or on the allow-list is not confirmed along: its address has its own permission."""
    if decision is Decision.REOPEN:
        return not copy.is_unreviewed
    return decision is not Decision.CONFIRM or not copy.is_permitted_by_rule


def check_reviewer(reviewer: str, reason: str) -> None:
    """Raises ReviewRefused where one of them is empty."""
    if not reviewer.strip():
        raise ReviewRefused("A review needs the name of the person who decides.", Action.NAME_REVIEWER)
    if not reason.strip():
        raise ReviewRefused("A review needs a reason.", Action.SAY_WHY)


def _check(match: MatchRow, decision: Decision) -> None:
    if decision is Decision.CONFIRM and match.is_permitted_by_rule:
        raise ReviewRefused(
            f"Match {match.id} is a permitted use: {match.permission_reason}",
            "If that does not cover it, revoke or correct the licence or the entry of the allow-list first.",
        )
    if decision is Decision.REOPEN and match.is_unreviewed:
        raise ReviewRefused(f"Match {match.id} has no decision that could be reopened.", "Confirm, reject or permit it.")


def may_be_confirmed(session: Session, match: MatchRow, at: datetime) -> bool:
    """Whether somebody may act for the match's subject in its modality at that moment."""
    subject = session.get(Subject, match.subject_id)
    return subject is not None and standing_of(session, subject, at, match.modality).allowed


def _check_mandate(session: Session, match: MatchRow, at: datetime) -> None:
    subject = session.get(Subject, match.subject_id)
    if subject is None:
        raise ReviewRefused("The subject of the match is not on record any more.", "Reject the match.")
    found = standing_of(session, subject, at, match.modality)
    if not found.allowed:
        raise ReviewRefused(f"Nobody may act for {subject.name} in this: {found.reason}.", Action.ADD_MANDATE)


def reviews_of(session: Session, match_id: str) -> list[Review]:
    """All reviews of a match, the first one first."""
    return list(session.exec(select(Review).where(Review.match_id == match_id).order_by(col(Review.id))))


def reviews_of_all(session: Session, matches: Sequence[str]) -> dict[str, list[Review]]:
    """As reviews_of, of many matches by their ids, in a few statements for all."""
    found: dict[str, list[Review]] = {key: [] for key in matches}
    for first in range(0, len(matches), AT_ONCE):
        some = select(Review).where(col(Review.match_id).in_(matches[first : first + AT_ONCE]))
        for review in session.exec(some.order_by(col(Review.id))):
            found[review.match_id].append(review)
    return found


def latest_review(session: Session, match_id: str) -> Review | None:
    """The last decision about a match; None where nobody decided."""
    found = reviews_of(session, match_id)
    return found[-1] if found else None

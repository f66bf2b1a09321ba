"""One decision about many matches: what may be decided is, and the rest is said with its reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from registry.errors import NotFound
from registry.storage.lock import hold
from reports.cases import renew_cases
from reports.errors import ReviewRefused
from reports.matches import MatchRow, MatchStatus, apply_licences
from reports.review import Decision, check_reviewer, latest_review, review
from reports.withheld import SECOND_WAITS, reader_of, withheld


@dataclass(frozen=True)
class Left:
    """A match that was not decided, or a case of which nothing was made, and why."""

    id: str
    what: str
    remedy: str


@dataclass(frozen=True)
class Decided:
    """What became of a decision about many matches: those that follow it, and those that were left, with why."""

    done: tuple[MatchRow, ...]
    left: tuple[Left, ...]


@dataclass(frozen=True)
class Shown:
    """A match as whoever decides saw it."""

    id: str
    status: MatchStatus


GONE = "It is not on record any more.", "Nothing of it is left to decide."
"""What is said of a match that was erased since it was shown, and what to do."""


def review_all(
    session: Session,
    shown: Sequence[Shown],
    decision: Decision,
    reviewer: str,
    reason: str,
    at: datetime,
    since: datetime | None = None,
) -> Decided:
    """One review for each of these matches, and cases as they then are, flushed; the caller commits, so that all stand or none.
    since: as in review.

    What may not be decided so is left, and what was decided, licensed or erased since it was shown. Raises ReviewRefused
    without a name or a reason.
    """
    check_reviewer(reviewer, reason)
    hold(session)
    rows, left = _to_decide(session, shown)
    apply_licences(session, at, subjects={row.subject_id for _, row in rows})
    done, made = [], set()
    for entry, row in rows:
        last = latest_review(session, row.id)
        if last is not None and last.follows in made:
            # A copy of one that was decided just now, and so decided along with it.
            done.append(row)
            continue
        try:
            made.add(review(session, row.id, decision, reviewer, reason, at, shown=entry.status, since=since).id)
        except ReviewRefused as refused:
            left.append(Left(row.id, refused.what, refused.remedy))
        except NotFound:
            left.append(Left(entry.id, *GONE))
        else:
            done.append(row)
    renew_cases(session)
    return Decided(tuple(done), tuple(left))


def _to_decide(session: Session, shown: Sequence[Shown]) -> tuple[list[tuple[Shown, MatchRow]], list[Left]]:
    """Those that are there and not withheld from whoever has the session, and what is left."""
    found = [(entry, session.get(MatchRow, entry.id)) for entry in shown]
    rows = [(entry, row) for entry, row in found if row is not None]
    hidden = withheld(session, {row.id for _, row in rows}, reader_of(session))
    left = [Left(entry.id, *GONE) for entry, row in found if row is None]
    left += [Left(row.id, *SECOND_WAITS) for _, row in rows if row.id in hidden]
    return [(entry, row) for entry, row in rows if row.id not in hidden], left

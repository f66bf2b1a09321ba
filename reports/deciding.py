"""Deciding on matches that were chosen and seen: one by its id, or many at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from registry.actions import Action
from registry.db import now
from registry.errors import NotFound
from registry.storage.lock import hold
from reports.cases import renew_cases
from reports.leases import let_go
from reports.match_lines import MatchLine, match_line, match_lines
from reports.matches import MatchRow, MatchStatus, apply_licences
from reports.review import Decision, review
from reports.review_batch import Left, Shown, review_all
from reports.selection import DECIDED
from reports.withheld import reader_of, refuse_withheld


@dataclass(frozen=True)
class Judgement:
    """Who decides what and why. since: when they began; what others decided after that they did not know."""

    decision: Decision
    reviewer: str
    reason: str
    since: datetime


@dataclass(frozen=True)
class DecidedLines:
    """What was decided, or with dry_run would be, and what was left with its reason."""

    decision: Decision
    dry_run: bool
    decided: tuple[MatchLine, ...]
    left: tuple[Left, ...]


def meant_by(decision: Decision, ids: Sequence[str]) -> tuple[MatchStatus, ...]:
    """The statuses that a decision is made for, where none is named; what is named by its id is meant, whatever its status."""
    if ids:
        return ()
    return DECIDED if decision is Decision.REOPEN else (MatchStatus.PENDING,)


def refuse_nothing(lines: Sequence[MatchLine]) -> None:
    """Raises NotFound where no match was chosen."""
    if not lines:
        raise NotFound("No match fits all of that.", Action.SEE_MATCHES)


def decide_one(session: Session, line: MatchLine, judgement: Judgement) -> MatchLine:
    """Decide on one match that was named, and let it enter its case; flushed. Gives the match as it then is. Raises as review
    does, and Overtaken where a second review is to be given instead."""
    seen, by = MatchStatus(line.status), judgement
    hold(session)
    refuse_withheld(session, line.id, reader_of(session))
    # A licence may have begun or ended since the match was last judged.
    apply_licences(session, now(), subjects=[line.subject_id])
    review(session, line.id, by.decision, by.reviewer, by.reason, now(), shown=seen, since=by.since)
    let_go(session, line.id)
    renew_cases(session)
    return match_line(session, session.get_one(MatchRow, line.id))


def decide_all(session: Session, seen: Sequence[MatchLine], judgement: Judgement, *, dry_run: bool) -> DecidedLines:
    """Decide on matches as they were seen; flushed, and with dry_run taken back. See review_all for what is left."""
    # Others may have decided while whoever decides looked at them.
    session.rollback()
    shown = [Shown(line.id, MatchStatus(line.status)) for line in seen]
    made = review_all(session, shown, judgement.decision, judgement.reviewer, judgement.reason, now(), judgement.since)
    done = {row.id for row in made.done}
    if dry_run:
        session.rollback()
        return DecidedLines(judgement.decision, True, tuple(line for line in seen if line.id in done), made.left)
    return DecidedLines(judgement.decision, False, tuple(match_lines(session, made.done)), made.left)

"""What a week and the eight before it came to, for all parties together and for each; or a month and the months before it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple

from sqlmodel import Session, col, func, or_, select

from crawler.videos import Video
from registry.paging import AT_ONCE
from registry.types import Modality
from reports.history import INSTANT, Outlook
from reports.matches import MatchRow, MatchStatus, Scan, status_under
from reports.period import Period
from reports.review import STATUS_AFTER, Decision, Review
from reports.uses import Permissions
from reports.weekly_addresses import ConfirmedUse

PAST_WEEKS = 8
LATE_AFTER = timedelta(days=7)
"""How long a match may await a decision before it is late."""


@dataclass(frozen=True)
class WeekCounts:
    """One week of one party, or of all (party None); what each counts: `weekly_figures.DEFINITIONS`."""

    week: str
    party: str | None
    new: int
    confirmed: int
    rejected: int
    permitted: int
    licensed: int
    gone: int
    open_: int
    late: int


@dataclass(frozen=True)
class WeekLooked:
    """How many videos were newly found and how many captures were scanned in a week: what its matches rest on."""

    week: str
    found: int
    scanned: int


class _Known(NamedTuple):
    id: str
    capture_id: str
    subject_id: str
    modality: Modality
    status: MatchStatus
    allowance_id: str | None
    found_at: datetime


class _Decided(NamedTuple):
    at: datetime
    decision: Decision


def weeks_up_to(week: Period) -> tuple[Period, ...]:
    """The eight weeks before, the oldest first, and the week itself; of a month the months."""
    every = [week]
    while len(every) <= PAST_WEEKS:
        every.append(every[-1].before)
    return tuple(reversed(every))


def count_weeks(
    session: Session, week: Period, outlook: Outlook, parties: Mapping[str, str], uses: Sequence[ConfirmedUse]
) -> tuple[WeekCounts, ...]:
    """parties: the party's name of each subject that counts, by the subject's id. uses: the confirmed ones, which may be gone.

    Of a past moment a match stands as its reviews and licences stood then; of now, as the rows have it.
    """
    weeks = weeks_up_to(week)
    found = [row for row in _rows(session, weeks[0], week) if row.subject_id in parties]
    decided = _decisions(session, found)
    made = []
    for one in weeks:
        known = [row for row in found if row.found_at < one.ends]
        counted = _Week(session, one, known, decided, None if outlook.past or one != week else outlook.made_at)
        for party in (None, *sorted(set(parties.values()))):
            own = known if party is None else [row for row in known if parties[row.subject_id] == party]
            made.append(counted.of(own, party, _gone(uses, party, one)))
    return tuple(made)


def _gone(uses: Sequence[ConfirmedUse], party: str | None, week: Period) -> int:
    """How many addresses went in the week; party: whose, or anybody's."""
    return sum(at in week for use in uses if party is None or party in use.parties for at in use.went)


def looked_weeks(session: Session, week: Period) -> tuple[WeekLooked, ...]:
    """Of each of the weeks."""
    return tuple(
        WeekLooked(str(one), _count(session, Video.id, Video.first_seen_at, one), _scanned(session, one))
        for one in weeks_up_to(week)
    )


def _count(session: Session, key: str, at: datetime, week: Period) -> int:
    within = (col(at) >= week.starts, col(at) < week.ends)
    return session.exec(select(func.count(col(key))).where(*within)).one()


def _scanned(session: Session, week: Period) -> int:
    read = select(func.count(func.distinct(col(Scan.capture_id)))).where(col(Scan.failure).is_(None))
    return session.exec(read.where(Scan.scanned_at >= week.starts, Scan.scanned_at < week.ends)).one()


class _Week:
    """now: when the report is made, if it speaks of this week as it is now."""

    def __init__(
        self,
        session: Session,
        week: Period,
        known: Sequence[_Known],
        decided: Mapping[str, Sequence[_Decided]],
        now: datetime | None,
    ) -> None:
        self._session, self._week, self._known, self._decided, self._now = session, week, known, decided, now

    def of(self, own: Sequence[_Known], party: str | None, gone: int) -> WeekCounts:
        last = [self._last_in_week(row) for row in own]
        waiting = [row for row in own if self._status(row) is MatchStatus.PENDING]
        new = [row for row in own if row.found_at in self._week]
        late_since = min(self._week.ends, self._now or self._week.ends) - LATE_AFTER
        return WeekCounts(
            week=str(self._week),
            party=party,
            new=len(new),
            confirmed=last.count(Decision.CONFIRM),
            rejected=last.count(Decision.REJECT),
            permitted=last.count(Decision.PERMIT),
            licensed=sum(self._is_permitted_by_rule(row) for row in new),
            gone=gone,
            open_=len(waiting),
            late=sum(row.found_at < late_since for row in waiting),
        )

    def _last_in_week(self, row: _Known) -> Decision | None:
        within = [each.decision for each in self._decided.get(row.id, ()) if each.at in self._week]
        return within[-1] if within else None

    def _by_person(self, row: _Known) -> MatchStatus | None:
        """How the last decision before the week's end left it; None where licences say how it stands."""
        last = [each.decision for each in self._decided.get(row.id, ()) if each.at < self._week.ends][-1:]
        return STATUS_AFTER[last[0]] if last and last[0] is not Decision.REOPEN else None

    def _status(self, row: _Known) -> MatchStatus:
        if self._now is not None:
            return row.status
        return self._by_person(row) or self._permitted[row.id]

    def _is_permitted_by_rule(self, row: _Known) -> bool:
        if self._now is not None:
            return row.status is MatchStatus.LICENSED or row.allowance_id is not None
        return self._by_person(row) is None and self._permitted[row.id] is not MatchStatus.PENDING

    @cached_property
    def _permitted(self) -> dict[str, MatchStatus]:
        """By the id of each match that no person had decided by the week's end: how licences and allow-list left it."""
        asked = [row for row in self._known if self._by_person(row) is None]
        permissions = Permissions(self._session, before=self._week.ends)
        permissions.expect((row.capture_id, row.subject_id) for row in asked)
        at = self._week.ends - INSTANT
        return {row.id: status_under(permissions.judge(row.capture_id, row.subject_id, row.modality, at)) for row in asked}


def _rows(session: Session, first: Period, week: Period) -> list[_Known]:
    """Those that may count in any of the weeks: all others were decided before, and stayed so."""
    judged = select(Review.match_id).where(or_(Review.at >= first.starts, col(Review.joined_at) >= first.starts))
    concerned = or_(
        col(MatchRow.found_at) >= first.starts,
        col(MatchRow.status).in_((MatchStatus.PENDING, MatchStatus.LICENSED)),
        col(MatchRow.allowance_id).is_not(None),
        col(MatchRow.id).in_(judged),
    )
    columns = (MatchRow.id, MatchRow.capture_id, MatchRow.subject_id, MatchRow.modality, MatchRow.status)
    query = select(*columns, MatchRow.allowance_id, MatchRow.found_at)  # type: ignore[call-overload]
    return [_Known(*row) for row in session.exec(query.where(col(MatchRow.found_at) < week.ends, concerned))]


def _decisions(session: Session, rows: Iterable[_Known]) -> dict[str, list[_Decided]]:
    """Of each match in the order in which they count; one that was taken over for a new address, since that was found."""
    wanted, made = sorted(row.id for row in rows), dict[str, list[_Decided]]()
    columns = select(Review.match_id, Review.at, Review.joined_at, Review.decision).order_by(col(Review.id))
    for first in range(0, len(wanted), AT_ONCE):
        for key, at, joined, decision in session.exec(columns.where(col(Review.match_id).in_(wanted[first : first + AT_ONCE]))):
            made.setdefault(key, []).append(_Decided(joined or at, Decision(decision)))
    return made

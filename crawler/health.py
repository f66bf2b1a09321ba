"""Sources that are watched, and how each of their runs went."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from operator import attrgetter
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import JSON, Column, ColumnElement, String, cast
from sqlalchemy.orm import Mapped
from sqlmodel import Field, Session, SQLModel, col, func, or_, select

from crawler.pages import Sighting
from crawler.types import BLOCKED, Known, Missing, Reach, Reading, SourceReport, SourceSpec, Trouble
from crawler.types import SourceKind as SourceKind
from registry.db import UtcDateTime, new_id, now


class SourceRow(SQLModel, table=True):
    """A source that is watched. url: where it begins; for an inbox, a folder. paused_at: since when it is not looked at.
    removed_at: since when it is not watched any more; the row stays as long as something found there is on record."""

    __tablename__ = "source"

    id: str = Field(default_factory=new_id, primary_key=True)
    name: str = Field(unique=True)
    kind: SourceKind
    url: str
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    paused_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    removed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SourceRun(SQLModel, table=True):
    """One run over one source. All but the id mean what they mean in SourceReport; due is None in rows that are older than it.
    missing: Missing as JSON; reach: Reach as JSON."""

    __tablename__ = "source_run"

    id: str = Field(default_factory=new_id, primary_key=True)
    source_id: str = Field(foreign_key="source.id", index=True)
    started_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime = Field(sa_type=UtcDateTime)
    pages: int
    videos: int
    complete: bool
    errors: list[str] = Field(default_factory=list, sa_type=JSON)
    unchanged: int = 0
    troubles: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    due: int | None = None
    missed: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    missing: list[dict[str, str]] = Field(default_factory=list, sa_type=JSON)
    listed: int = 0
    silent: int = 0
    beyond: int = 0
    reach: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True), nullable=True))
    notes: list[str] = Field(default_factory=list, sa_type=JSON)

    def report(self) -> SourceReport:
        """What the run's report said."""
        return SourceReport(
            source_id=self.source_id,
            started_at=self.started_at,
            ended_at=self.ended_at,
            pages=self.pages,
            videos=self.videos,
            complete=self.complete,
            errors=tuple(self.errors),
            unchanged=self.unchanged,
            troubles=dict(self.troubles),
            due=self.due,
            missed=dict(self.missed),
            missing=tuple(Missing(**each) for each in self.missing),
            listed=self.listed,
            silent=self.silent,
            beyond=self.beyond,
            reach=_REACH.validate_python(self.reach) if self.reach else None,
            notes=tuple(self.notes),
        )


@dataclass(frozen=True)
class SourceCoverage:
    """What can be said of one source in a span of time.

    runs: how often it was looked at; 0 means not at all. complete: every look was complete, and there was one. last_success:
    the last complete look ever, also before the span; last_read: the last look that read anything. pages, videos: summed over
    the runs. errors: each once. troubles: their kinds, summed. newest: when the source last showed a video that was not known
    before. stale: nothing of it could be read for longer than STALE_AFTER.

    last: the last look in the span. paused_at: since when nobody wants it looked at. partly, unread: how many looks read a part,
    and nothing. gaps: between which two looks entries may have come and gone. pause: the two looks in the span that lie furthest
    apart.
    """

    source_id: str
    name: str
    kind: SourceKind
    url: str
    runs: int
    complete: bool
    last_success: datetime | None
    pages: int
    videos: int
    errors: tuple[str, ...]
    troubles: Mapping[str, int] = field(default_factory=dict)
    newest: datetime | None = None
    stale: bool = False
    last_read: datetime | None = None
    last: SourceReport | None = None
    partly: int = 0
    unread: int = 0
    gaps: tuple[tuple[datetime, datetime], ...] = ()
    pause: tuple[datetime, datetime] | None = None
    paused_at: datetime | None = None

    @property
    def blocked(self) -> tuple[str, ...]:
        """The kinds of trouble in which the source does not let us in."""
        return tuple(kind.value for kind in Trouble if kind in BLOCKED and kind.value in self.troubles)

    @property
    def said(self) -> str:
        """The state in a word or two: ``not looked at`` is neither ``read`` nor ``empty``, nor is ``paused``. It is that of the
        last look; where that one read nothing and an earlier one in the span did, the source was partly read."""
        if self.last is None:
            return NOT_LOOKED_AT if self.paused_at is None else PAUSED
        if self.last.reading is Reading.NOT_READ and self.unread < self.runs:
            return Reading.PARTLY.value
        return self.last.reading.value


NOT_LOOKED_AT, PAUSED = "not looked at", "paused"
STALE_AFTER = timedelta(days=3)
_REACH = TypeAdapter(Reach)
_EARLIER_RUNS = 5


def specs(session: Session) -> list[SourceSpec]:
    """All sources that are looked at, as the crawl takes them."""
    looked_at = select(SourceRow).where(col(SourceRow.paused_at).is_(None), col(SourceRow.removed_at).is_(None))
    rows = session.exec(looked_at.order_by(col(SourceRow.created_at), col(SourceRow.id)))
    return [spec_of(session, row) for row in rows]


def spec_of(session: Session, row: SourceRow) -> SourceSpec:
    """The source, with what the last look that could read it saw of it."""
    seen = select(SourceRun.reach, SourceRun.started_at).where(SourceRun.source_id == row.id, col(SourceRun.reach).is_not(None))
    last = session.exec(seen.order_by(col(SourceRun.started_at).desc()).limit(1)).first()
    if last is None or not last[0]:
        return SourceSpec(row.id, row.kind, row.url)
    reach = _REACH.validate_python(last[0])
    return SourceSpec(row.id, row.kind, row.url, known=Known(last[1], reach.keys, reach.since, reach.whole))


def record_run(session: Session, report: SourceReport) -> SourceRun:
    """Keep how a run over a source went; one that shows nothing any more though it always did is incomplete. Does not commit."""
    report = _with_changed_markup(session, report)
    run = SourceRun(
        source_id=report.source_id,
        started_at=report.started_at,
        ended_at=report.ended_at,
        pages=report.pages,
        videos=report.videos,
        complete=report.complete,
        errors=list(report.errors),
        unchanged=report.unchanged,
        troubles=dict(report.troubles),
        due=report.due,
        missed=dict(report.missed),
        missing=[asdict(each) for each in report.missing],
        listed=report.listed,
        silent=report.silent,
        beyond=report.beyond,
        reach=_REACH.dump_python(report.reach, mode="json") if report.reach is not None else None,
        notes=list(report.notes),
    )
    session.add(run)
    session.flush()
    return run


def _with_changed_markup(session: Session, report: SourceReport) -> SourceReport:
    """A source of which most is read and that shows no video, after it showed some each time, has likely changed its pages. One
    protected post hides no such change, and a source that does not let us in explains itself."""
    if report.videos or not report.pages or 2 * sum(report.missed.values()) >= (report.due or report.pages):
        return report
    earlier = session.exec(
        select(SourceRun.videos)
        .where(SourceRun.source_id == report.source_id, col(SourceRun.pages) > 0, _not_of(Trouble.MARKUP))
        .order_by(col(SourceRun.ended_at).desc())
        .limit(_EARLIER_RUNS)
    ).all()
    if not earlier or not all(earlier):
        return report
    words = f"It showed {earlier[0]} videos last time and none now, though it was read: its pages may have changed."
    troubles = {**report.troubles, Trouble.MARKUP.value: 1}
    return replace(report, complete=False, errors=(*report.errors, words), troubles=troubles, notes=(*report.notes, words))


def _not_of(trouble: Trouble) -> ColumnElement[bool]:
    """Runs without that trouble."""
    return cast(col(SourceRun.troubles), String).not_like(f'%"{trouble.value}"%')


def coverage(session: Session, since: datetime, until: datetime, at: datetime | None = None) -> list[SourceCoverage]:
    """Every source by name, with what its runs that ended in [since, until) say; sources without a run are in it too, those that
    were added only later, or removed before, are not. at: the moment for which staleness is judged, where that is before until,
    as in a week that lasts."""
    ran = select(SourceRun.source_id).where(SourceRun.ended_at < until)
    there = select(SourceRow).where(or_(col(SourceRow.created_at) < until, col(SourceRow.id).in_(ran)))
    there = there.where(or_(col(SourceRow.removed_at).is_(None), col(SourceRow.removed_at) >= since))
    return [_covered(session, row, since, until, at or until) for row in session.exec(there.order_by(col(SourceRow.name)))]


def _covered(session: Session, row: SourceRow, since: datetime, until: datetime, at: datetime) -> SourceCoverage:
    of_source = select(SourceRun).where(SourceRun.source_id == row.id, SourceRun.ended_at < until)
    runs = session.exec(of_source.where(SourceRun.ended_at >= since).order_by(col(SourceRun.ended_at))).all()
    answered = or_(col(SourceRun.pages) > 0, col(SourceRun.complete))
    read = _last_run(session, row, until, answered, _not_of(Trouble.MARKUP))
    reports = [run.report() for run in runs]
    return SourceCoverage(
        source_id=row.id,
        name=row.name,
        kind=row.kind,
        url=row.url,
        runs=len(runs),
        complete=bool(runs) and all(map(attrgetter("complete"), runs)),
        last_success=_last_run(session, row, until, col(SourceRun.complete)),
        pages=sum(map(attrgetter("pages"), runs)),
        videos=sum(map(attrgetter("videos"), runs)),
        errors=tuple(dict.fromkeys(error for run in runs for error in run.errors)),
        troubles=dict(sum((Counter(run.troubles) for run in runs), Counter())),
        newest=_newest(session, row, until),
        stale=at - (read or row.created_at) > STALE_AFTER,
        last_read=read,
        last=reports[-1] if reports else None,
        partly=_count(reports, Reading.PARTLY),
        unread=_count(reports, Reading.NOT_READ),
        gaps=tuple(_gaps(reports)),
        paused_at=row.paused_at if row.paused_at is not None and row.paused_at < until else None,
        pause=max(pairwise(report.started_at for report in reports), key=lambda two: two[1] - two[0], default=None),
    )


def _last_run(
    session: Session, row: SourceRow, until: datetime, *conditions: ColumnElement[bool] | Mapped[bool]
) -> datetime | None:
    """When the last run of a source ended of which all conditions hold."""
    ended = select(func.max(SourceRun.ended_at)).where(SourceRun.source_id == row.id, SourceRun.ended_at < until)
    return session.exec(ended.where(*conditions)).first()


def _newest(session: Session, row: SourceRow, until: datetime) -> datetime | None:
    """When a source last showed a video that it had not shown before."""
    first_seen = select(func.max(Sighting.first_seen_at))
    return session.exec(first_seen.where(Sighting.source_id == row.id, Sighting.first_seen_at < until)).first()


def _count(reports: list[SourceReport], reading: Reading) -> int:
    return sum(report.reading is reading for report in reports)


def _gaps(reports: list[SourceReport]) -> Iterator[tuple[datetime, datetime]]:
    for report in reports:
        reach = report.reach
        if reach is not None and reach.joined is False and reach.before is not None:
            yield reach.before, report.started_at

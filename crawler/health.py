"""Sources that are watched, and how each of their runs went."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import JSON
from sqlmodel import Field, Session, SQLModel, col, func, select

from crawler.pages import Sighting
from crawler.types import BLOCKED, SourceReport, SourceSpec, Trouble
from crawler.types import SourceKind as SourceKind
from registry.db import UtcDateTime, new_id, now


class SourceRow(SQLModel, table=True):
    __tablename__ = "source"

    id: str = Field(default_factory=new_id, primary_key=True)
    name: str = Field(unique=True)
    kind: SourceKind
    url: str
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class SourceRun(SQLModel, table=True):
    """One run over one source. complete: every page that should have been read was; otherwise errors say what was not, and
    troubles how often each kind of trouble was met."""

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


@dataclass(frozen=True)
class SourceCoverage:
    """What can be said of one source in a span of time.

    runs: how often it was looked at; 0 means not at all. complete: every look was complete, and there was one. last_success:
    the last complete look ever, also before the span. pages, videos: summed over the runs. errors: each once. troubles: their
    kinds, summed. newest: when the source last showed a video that was not known before. stale: nothing was read completely for
    longer than STALE_AFTER.
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

    @property
    def blocked(self) -> tuple[str, ...]:
        """The kinds of trouble in which the source does not let us in."""
        return tuple(kind.value for kind in Trouble if kind in BLOCKED and kind.value in self.troubles)

    @property
    def said(self) -> str:
        """The state in one word for a table: ``not looked at`` is neither ``complete`` nor ``empty``."""
        if not self.runs:
            return "not looked at"
        return "complete" if self.complete else "incomplete"


STALE_AFTER = timedelta(days=3)
_EARLIER_RUNS = 5


def specs(session: Session) -> list[SourceSpec]:
    """All sources, as the crawl takes them."""
    rows = session.exec(select(SourceRow).order_by(col(SourceRow.created_at), col(SourceRow.id)))
    return [SourceSpec(row.id, row.kind, row.url) for row in rows]


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
    )
    session.add(run)
    session.flush()
    return run


def _with_changed_markup(session: Session, report: SourceReport) -> SourceReport:
    """A source that is read without an error and shows no video, after it showed some each time, has likely changed its pages."""
    if not report.complete or report.videos or not report.pages:
        return report
    earlier = session.exec(
        select(SourceRun.videos)
        .where(SourceRun.source_id == report.source_id, col(SourceRun.complete))
        .order_by(col(SourceRun.ended_at).desc())
        .limit(_EARLIER_RUNS)
    ).all()
    if not earlier or not all(earlier):
        return report
    words = f"It showed {earlier[0]} videos last time and none now, without an error: its pages may have changed."
    troubles = {**report.troubles, Trouble.MARKUP.value: 1}
    return replace(report, complete=False, errors=(*report.errors, words), troubles=troubles)


def coverage(session: Session, since: datetime, until: datetime) -> list[SourceCoverage]:
    """Every source by name, with what its runs that ended in [since, until) say; sources without a run are in it too."""
    return [_covered(session, row, since, until) for row in session.exec(select(SourceRow).order_by(col(SourceRow.name)))]


def _covered(session: Session, row: SourceRow, since: datetime, until: datetime) -> SourceCoverage:
    of_source = select(SourceRun).where(SourceRun.source_id == row.id, SourceRun.ended_at < until)
    runs = session.exec(of_source.where(SourceRun.ended_at >= since).order_by(col(SourceRun.ended_at))).all()
    success = session.exec(
        select(func.max(SourceRun.ended_at)).where(
            SourceRun.source_id == row.id, SourceRun.ended_at < until, col(SourceRun.complete)
        )
    ).first()
    return SourceCoverage(
        source_id=row.id,
        name=row.name,
        kind=row.kind,
        url=row.url,
        runs=len(runs),
        complete=bool(runs) and all(run.complete for run in runs),
        last_success=success,
        pages=sum(run.pages for run in runs),
        videos=sum(run.videos for run in runs),
        errors=tuple(dict.fromkeys(error for run in runs for error in run.errors)),
        troubles=dict(sum((Counter(run.troubles) for run in runs), Counter())),
        newest=session.exec(
            select(func.max(Sighting.first_seen_at)).where(Sighting.source_id == row.id, Sighting.first_seen_at < until)
        ).first(),
        stale=until - (success or row.created_at) > STALE_AFTER,
    )

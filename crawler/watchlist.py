"""The watch list: which sources are looked at, and the one way onto the list. Nothing here commits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, or_, select

from crawler.crawl import crawl
from crawler.errors import CrawlerError
from crawler.fetch.ytdlp import SEARCHES
from crawler.guard import GuardPolicy, check_url
from crawler.health import SourceRow, SourceRun, spec_of
from crawler.protocol import CrawlOptions
from crawler.queries import queries, search_address
from crawler.types import SourceKind, SourceReport, SourceSpec
from registry.actions import Action
from registry.errors import Conflict, ExitCode, NotFound
from registry.names import clean_name
from registry.paging import WHOLE, Listed, Part, listed
from registry.subjects import find_subject, list_subjects


class NotWatchable(CrawlerError):
    """What was named as a source can be none."""

    exit_code = ExitCode.WRONG_USE


@dataclass(frozen=True)
class WatchedSource:
    """A source on the list. url: as it is kept. look: what was seen at the last look, or just now; None before the first.
    paused_at: since when it is not looked at."""

    id: str
    name: str
    kind: SourceKind
    url: str
    look: SourceReport | None = None
    paused_at: datetime | None = None


@dataclass(frozen=True)
class SearchPlan:
    """Searches to watch: for every name and alias, joined with every word. on: see search_address. subjects: names of subjects;
    without any, all that the session sees. also: further names. words: in place of the usual ones."""

    kind: SourceKind
    on: str = ""
    subjects: Sequence[str] = ()
    also: Sequence[str] = ()
    words: Sequence[str] | None = None


@dataclass(frozen=True)
class NamedSearch:
    """A search: its name on the list and its address."""

    name: str
    url: str


def watch(session: Session, name: str, url: str, kind: SourceKind, policy: GuardPolicy) -> WatchedSource:
    """Put a place on the list. url: for an inbox the path of its folder or list. Raises NameRefused, Refused by the guard,
    NotWatchable, and Conflict where the name is taken."""
    cleaned = clean_name(name, "source")
    address = _address(url, kind, policy)
    if held := session.exec(select(SourceRow).where(SourceRow.name == cleaned)).first():
        if held.removed_at is not None:
            raise Conflict(
                f"There was a source {cleaned!r}.", "Choose another name, or watch that one again.", Action.RESUME_SOURCE
            )
        raise Conflict(f"There is a source {cleaned!r} already.", "Choose another name.", Action.SEE_SOURCES)
    row = SourceRow(name=cleaned, kind=kind, url=address)
    session.add(row)
    session.flush()
    return _watched(row, None)


def _address(url: str, kind: SourceKind, policy: GuardPolicy) -> str:
    """The address as it is kept: that of a folder for an inbox, a search of yt-dlp's, or a checked URL."""
    if kind is SourceKind.INBOX:
        path = Path(url).expanduser().absolute()
        if not path.exists():
            raise NotWatchable(f"There is no folder or list {url!r}.", "Make the folder first, or mend its name.")
        return path.as_uri()
    if kind is SourceKind.YTDLP and url.partition(":")[0].rstrip("0123456789") in SEARCHES:
        return url
    return check_url(url, policy).url


def planned_searches(session: Session, plan: SearchPlan) -> tuple[NamedSearch, ...]:
    """All searches of a plan, whether or not they are watched already. Raises NotFound for a subject that there is not, and
    NotWatchable for a kind that has no search."""
    held = [find_subject(session, name) for name in plan.subjects] if plan.subjects else list_subjects(session)
    names = [name for subject in held for name in (subject.name, *subject.aliases)]
    asked = queries([*names, *plan.also], plan.words)
    try:
        return tuple(NamedSearch(f"{plan.kind.value}: {query}", search_address(plan.kind, query, plan.on)) for query in asked)
    except ValueError as error:
        raise NotWatchable(f"A source of the kind {plan.kind.value} has no search.", "Choose another kind.") from error


def watch_searches(session: Session, plan: SearchPlan, policy: GuardPolicy) -> tuple[NamedSearch, ...]:
    """Put the searches of a plan on the list that are not there yet; only these are given back. Raises as planned_searches and
    watch do."""
    planned = planned_searches(session, plan)
    known = set(session.exec(select(SourceRow.url)))
    added = [watch(session, each.name, each.url, plan.kind, policy) for each in planned if each.url not in known]
    return tuple(NamedSearch(each.name, each.url) for each in added)


def list_sources(session: Session, part: Part = WHOLE) -> Listed[WatchedSource]:
    """The sources by name, each with its last look, in one statement for all."""
    run = aliased(SourceRun)
    last = select(run.id).where(run.source_id == SourceRow.id).order_by(col(run.ended_at).desc()).limit(1)
    query: Any = select(SourceRow, SourceRun).outerjoin(
        SourceRun, col(SourceRun.id) == last.correlate(SourceRow).scalar_subquery()
    )
    query = query.where(col(SourceRow.removed_at).is_(None))
    found = listed(session, query, (col(SourceRow.name), col(SourceRow.id)), part, (SourceRow.name, SourceRow.url))
    return Listed(((_watched(row, look.report() if look else None), cursor) for (row, look), cursor in found.rows), found.more)


def find_source(session: Session, name: str) -> tuple[WatchedSource, ...]:
    """The source of that name or id, with its last look; two where one's name is another's id. Raises NotFound."""
    return tuple(_watched(row, _last_look(session, row)) for row in _chosen(session, [name]))


def specs_of(session: Session, names: Sequence[str] = ()) -> list[SourceSpec]:
    """The sources of those names or ids as the crawl takes them; without any, all that are not paused. Raises NotFound."""
    return [spec_of(session, row) for row in _chosen(session, names)]


def check_sources(
    session: Session, names: Sequence[str], policy: GuardPolicy, options: CrawlOptions
) -> tuple[WatchedSource, ...]:
    """Look at the sources of those names or ids, or at all that are not paused, and keep nothing: each with what was just seen,
    in the order in which they were done. Raises NotFound."""
    chosen = {row.id: row for row in _chosen(session, names)}
    found = crawl([spec_of(session, row) for row in chosen.values()], policy, options)
    return tuple(_watched(chosen[item.source_id], item) for item in found if isinstance(item, SourceReport))


def _chosen(session: Session, names: Sequence[str]) -> list[SourceRow]:
    query = select(SourceRow).where(col(SourceRow.removed_at).is_(None))
    if names:
        query = query.where(or_(col(SourceRow.name).in_(names), col(SourceRow.id).in_(names)))
    else:
        query = query.where(col(SourceRow.paused_at).is_(None))
    held = list(session.exec(query))
    _refuse_unknown(names, held)
    return held


def _refuse_unknown(names: Sequence[str], held: Iterable[SourceRow]) -> None:
    known = {word for row in held for word in (row.name, row.id)}
    for name in names:
        if name not in known:
            raise NotFound(f"There is no source {name!r}.", Action.SEE_SOURCES)


def _watched(row: SourceRow, look: SourceReport | None) -> WatchedSource:
    return WatchedSource(row.id, row.name, row.kind, row.url, look, row.paused_at)


def _last_look(session: Session, row: SourceRow) -> SourceReport | None:
    of_source = select(SourceRun).where(SourceRun.source_id == row.id)
    last = session.exec(of_source.order_by(col(SourceRun.ended_at).desc()).limit(1)).first()
    return last.report() if last is not None else None

"""Crawling alone, without capturing what is found."""

from collections.abc import Sequence

from sqlmodel import Session

from crawler.watchlist import specs_of
from monitor.pipeline import RunSummary, Say, crawl_sources
from monitor.workspace import Workspace, alone


def crawl_named(workspace: Workspace, session: Session, names: Sequence[str], say: Say) -> RunSummary:
    """Look through the sources of those names or ids, or all, and note the videos they show. Commits the session first; raises
    NotFound for an unknown source before anything is looked at."""
    wanted = specs_of(session, names)
    session.commit()
    summary = RunSummary()
    with alone(workspace):
        crawl_sources(workspace, summary, say, wanted)
    return summary

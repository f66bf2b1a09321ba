"""The places that are watched: how the last look at each went, a new one, a look that keeps nothing, and which are left."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from crawler.pausing import find_row, found_at, pause, remove, removed_sources, resume
from crawler.types import KINDS, SourceKind
from crawler.watchlist import WatchedSource, check_sources, list_sources, watch
from monitor.runs.capturing import guard_policy
from monitor.runs.crawling import crawl_options
from monitor.web.asked import Asked, Asking
from monitor.web.console.fields import one_of
from monitor.web.console.pages import page
from monitor.web.problems import status_of
from registry.db import now
from registry.errors import Conflict, SemblanceError
from reports.look_lines import look_line, said_of

routes = APIRouter()

ADDS, CHECKS = "source.add", "source.check"
NOTHING_TYPED: Mapping[str, str] = {"name": "", "url": "", "kind": ""}

Typed = Annotated[str, Form()]


@routes.get("/sources", name="sources")
def sources(asked: Asking) -> Response:
    """The places that are watched, and what the last look at each read."""
    return _page(asked)


def _page(
    asked: Asked,
    error: SemblanceError | None = None,
    typed: Mapping[str, str] = NOTHING_TYPED,
    checked: WatchedSource | None = None,
) -> Response:
    with asked.acting() as workspace, workspace.session() as session:
        found = [(look_line(row), said_of(row), row.paused_at) for row, _ in list_sources(session).rows]
        past = removed_sources(session)
    return page(
        "sources.html",
        asked.who,
        here="sources",
        title="Sources",
        status=HTTPStatus.OK if error is None else status_of(error),
        sources=found,
        past=past,
        error=error,
        typed=typed,
        kinds=KINDS,
        adds=asked.who.may(ADDS),
        checked=(look_line(checked), said_of(checked)) if checked is not None else None,
    )


@routes.post("/sources", name=ADDS)
def add(asked: Asking, name: Typed = "", url: Typed = "", kind: Typed = "") -> Response:
    """Watch a place from the next run on."""
    with asked.acting() as workspace:
        try:
            with workspace.session() as session:
                watch(session, name, url.strip(), one_of(SourceKind, kind), guard_policy(workspace.settings))
                session.commit()
        except SemblanceError as error:
            return _page(asked, error, {"name": name, "url": url, "kind": kind})
    return RedirectResponse("/sources", HTTPStatus.SEE_OTHER)


@routes.post("/sources/{source_id}/check", name=CHECKS)
def check(asked: Asking, source_id: str) -> Response:
    """Read a source now and keep nothing of it: what a run would find."""
    with asked.acting() as workspace:
        try:
            with workspace.session() as session:
                settings = workspace.settings
                found = check_sources(session, [source_id], guard_policy(settings), crawl_options(settings))
        except SemblanceError as error:
            return _page(asked, error)
        return _page(asked, checked=found[0])


@routes.post("/sources/{source_id}/pause", name="source.pause")
def pause_it(asked: Asking, source_id: str) -> Response:
    """Look at it no more until it is resumed."""
    return _changed(asked, lambda session: pause(session, source_id, now()))


@routes.post("/sources/{source_id}/resume", name="source.resume")
def resume_it(asked: Asking, source_id: str) -> Response:
    """Look at it again, from the next run on."""
    return _changed(asked, lambda session: resume(session, source_id))


@routes.get("/sources/{source_id}/remove", name="source.leaving")
def leaving(asked: Asking, source_id: str) -> Response:
    """What removing it would mean, before it is done."""
    with asked.acting() as workspace, workspace.session() as session:
        row = find_row(session, source_id)
        found = found_at(session, row.id)
        return page("source_remove.html", asked.who, here="sources", title=f"Remove {row.name}", source=row, found=found)


@routes.post("/sources/{source_id}/remove", name="source.remove")
def remove_it(asked: Asking, source_id: str) -> Response:
    """Watch it no more; what was found there stays."""
    return _changed(asked, lambda session: remove(session, source_id, now()))


def _changed(asked: Asked, change: Callable[[Session], object]) -> Response:
    with asked.acting() as workspace:
        try:
            with workspace.session() as session:
                change(session)
                session.commit()
        except Conflict as error:
            return _page(asked, error)
    return RedirectResponse("/sources", HTTPStatus.SEE_OTHER)

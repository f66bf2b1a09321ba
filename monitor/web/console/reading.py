"""Pages to read: search and the audit log."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from monitor.web.asked import Asking
from monitor.web.console.pages import page
from registry.audit_lines import audit_lines
from registry.paging import MOST_COUNTED, Listed, Part
from reports import searching

routes = APIRouter()

AT_ONCE = 50
FOUND_AT_ONCE = 20


@routes.get("/search", name="search")
def search(asked: Asking, q: str = "") -> Response:
    """What holds a text, of all that one may see."""
    typed, found = " ".join(q.split()), None
    with asked.acting() as workspace, workspace.session() as session:
        if typed:
            found = _lines(searching.search(session, typed, FOUND_AT_ONCE))
    return page("search.html", asked.who, here="search", title="Search", q=typed, found=found)


def _lines(found: searching.Found) -> Mapping[str, tuple[Sequence[Any], int]]:
    """Those of each kind, and how many more there are."""
    kinds: dict[str, Listed[Any]] = {"subjects": found.subjects, "cases": found.cases, "matches": found.matches}
    return {kind: ([line for line, _ in listed.rows], listed.more) for kind, listed in kinds.items()}


@routes.get("/audit", name="audit")
def audit(asked: Asking, after: str | None = None) -> Response:
    """Who wrote what and when, the last first."""
    with asked.acting() as workspace, workspace.session() as session:
        found = audit_lines(session, Part(limit=AT_ONCE, after=after, counted_to=MOST_COUNTED))
        rows = list(found.rows)
    days: dict[datetime, list[object]] = {}
    for line, _ in rows[::-1]:
        days.setdefault(line.at.replace(hour=0, minute=0, second=0, microsecond=0), []).append(line)
    following = rows[0][1] if found.more else None
    return page("audit.html", asked.who, here="audit", title="Audit log", days=days, more=found.more, following=following)

"""Pages to read: search and the audit log."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from fastapi import APIRouter
from sqlmodel import Session
from starlette.responses import Response

from monitor.web.asked import Asking
from monitor.web.console.pages import page
from registry.audit_lines import audit_lines
from registry.paging import MOST_COUNTED, Part
from registry.references import listed_subjects
from reports.cases import listed_cases
from reports.match_briefs import listed_briefs
from reports.selection import Selection

routes = APIRouter()

Found: TypeAlias = Mapping[str, tuple[Sequence[Any], int]]
"""Lines of each kind, and how many more there are."""

AT_ONCE = 50
FOUND_AT_ONCE = 20


@routes.get("/search", name="search")
def search(asked: Asking, q: str = "") -> Response:
    """What holds a text, of all that one may see."""
    typed, found = " ".join(q.split()), None
    part = Part(search=typed, limit=FOUND_AT_ONCE, counted_to=MOST_COUNTED)
    with asked.acting() as workspace, workspace.session() as session:
        if typed:
            found = _found(session, part)
    return page("search.html", asked.who, here="search", title="Search", q=typed, found=found)


def _found(session: Session, part: Part) -> Found:
    subjects, cases, matches = (
        listed_subjects(session, part),
        listed_cases(session, part),
        listed_briefs(session, Selection(), part),
    )
    return {
        "subjects": ([line for line, _ in subjects.rows], subjects.more),
        "cases": ([line for line, _ in cases.rows], cases.more),
        "matches": ([line for line, _ in matches.rows], matches.more),
    }


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

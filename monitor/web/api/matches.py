"""Matches, as programs read them."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from monitor.web.asked import Asking
from registry.paging import Part
from registry.views import as_fields
from reports.match_lines import listed_lines
from reports.matches import MatchStatus
from reports.selection import Selection

routes = APIRouter()

Limit = Annotated[int, Query(ge=1, le=500)]


@routes.get("/matches", name="api.matches")
def matches(
    asked: Asking, status: MatchStatus = MatchStatus.PENDING, limit: Limit = 100, after: str | None = None
) -> dict[str, Any]:
    """Matches of a status, those of one video together."""
    with asked.acting() as workspace, workspace.session() as session:
        found = listed_lines(session, Selection(statuses=(status,)), Part(limit=limit, after=after))
        rows = list(found.rows)
    return {"items": [as_fields(line) for line, _ in rows], "more": found.more, "next": rows[-1][1] if found.more else None}

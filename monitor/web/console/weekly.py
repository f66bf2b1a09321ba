"""Weekly reports: those that were made, to be looked through and taken along."""

from fastapi import APIRouter
from starlette.responses import FileResponse, Response

from monitor.web.asked import Asking
from monitor.web.console.pages import page
from reports.made_reports import made_reports, report_file

routes = APIRouter()

TYPES = {
    ".pdf": "application/pdf",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
LOOKED_THROUGH = "sandbox allow-popups; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'none'"
"""Of a report as a page: it holds its own style and pictures, runs nothing, and is kept apart from the console."""


@routes.get("/weekly", name="weekly")
def weekly(asked: Asking) -> Response:
    """All reports that were made."""
    with asked.acting() as workspace, workspace.session() as session:
        found = made_reports(session)
    return page("weekly.html", asked.who, here="weekly", title="Weekly report", reports=found)


@routes.get("/weekly/{of}/{name}", name="weekly.file")
def file(asked: Asking, of: str, name: str) -> Response:
    """One form of a report: the page to be read, all others to be kept."""
    with asked.acting() as workspace, workspace.session() as session:
        path = report_file(session, of, name)
    if path.suffix == ".html":
        return FileResponse(path, media_type=TYPES[path.suffix], headers={"Content-Security-Policy": LOOKED_THROUGH})
    return FileResponse(path, media_type=TYPES[path.suffix], filename=name)

"""What was looked at and told: sources with their health, documents on record, and the audit log."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Query
from sqlmodel import Session
from starlette.responses import FileResponse, Response

from crawler.watchlist import find_source, list_sources
from monitor.web.api.lists import SomeRows, Text, one
from monitor.web.api.registry import Whose
from monitor.web.api.routing import router
from monitor.web.api.written import model_of, part_of
from monitor.web.asked import Asking
from registry.audit_lines import AuditLine, audit_lines
from registry.errors import NotFound
from registry.paging import Listed, Part
from registry.parties import find_party
from reports.document_lines import DocumentLine, document_file, document_lines
from reports.look_lines import LookLine, UnseenLine, look_line

routes = router()

AUDIT = {"table": "Only writes to this table.", "row": "Only writes of the row with this id."}


@routes.get("/sources", name="api.sources.list", response_model=part_of(LookLine, UnseenLine))
def sources(asks: SomeRows) -> Response:
    """Sources by name, each with how the last look at it went."""

    def rows(session: Session, part: Part) -> Listed[Any]:
        found = list_sources(session, part)
        return Listed(((look_line(each), cursor) for each, cursor in found.rows), found.more)

    return asks.answer(rows)


@routes.get("/sources/{source_id}", name="api.sources.show", response_model=model_of(LookLine) | model_of(UnseenLine))
def source(asked: Asking, source_id: str) -> Response:
    """One source, with how the last look at it went."""

    def row(session: Session) -> object:
        for each in find_source(session, source_id):
            if each.id == source_id:
                return look_line(each)
        raise NotFound(f"There is no source {source_id!r}.", "Give the id of one of the list.")

    return one(asked, row)


@routes.get("/reports", name="api.reports.list", response_model=part_of(DocumentLine))
def documents(asks: SomeRows, party: Whose = None) -> Response:
    """Reports, letters and bundles on record, the last one made first."""

    def rows(session: Session, part: Part) -> Listed[DocumentLine]:
        return document_lines(session, part, find_party(session, party) if party else None)

    return asks.answer(rows)


@routes.get("/reports/{document_id}/file", name="api.reports.file", response_class=FileResponse)
def document(asked: Asking, document_id: str) -> Response:
    """The file itself, whose digest the list says. It is checked before it is sent."""
    with asked.acting() as workspace, workspace.session() as session:
        line, place = document_file(session, document_id)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(line.name, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return FileResponse(place, media_type="application/octet-stream", headers=headers)


@routes.get("/audit", name="api.audit.list", response_model=part_of(AuditLine))
def entries(
    asks: SomeRows,
    table: Annotated[Text | None, Query(description=AUDIT["table"])] = None,
    row: Annotated[Text | None, Query(description=AUDIT["row"])] = None,
) -> Response:
    """Writes, the last one first: who, what, when and why."""

    def rows(session: Session, part: Part) -> Listed[AuditLine]:
        found = audit_lines(session, part, table=table, row=row)
        return Listed(list(found.rows)[::-1], found.more)

    return asks.answer(rows)

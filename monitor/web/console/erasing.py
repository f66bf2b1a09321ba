"""Erasing a subject: what goes and what the law has kept is said before; the receipt is shown after."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from monitor.erasing import erase, outlook, receipt_of
from monitor.web.asked import Asked, Asking
from monitor.web.console.fields import NotTyped
from monitor.web.console.pages import page
from monitor.web.problems import status_of
from registry.db import now
from registry.erase import ErasureRefused
from registry.errors import SemblanceError
from registry.subjects import find_subject

routes = APIRouter()

Typed = Annotated[str, Form()]


@routes.get("/registry/subjects/{subject_id}/erase", name="subject.erasing")
def erasing(asked: Asking, subject_id: str) -> Response:
    """What would go and what would stay."""
    return _page(asked, subject_id)


def _page(asked: Asked, subject_id: str, error: SemblanceError | None = None, reason: str = "") -> Response:
    with asked.acting() as workspace, workspace.session() as session:
        subject = find_subject(session, subject_id)
        values: dict[str, Any] = {"subject": subject, "outlook": outlook(session, subject), "error": error, "reason": reason}
        status = HTTPStatus.OK if error is None else status_of(error)
        return page("erase.html", asked.who, here="registry", title=f"Erase {subject.name}", status=status, **values)


@routes.post("/registry/subjects/{subject_id}/erase", name="subject.erase")
def erased(asked: Asking, subject_id: str, reason: Typed = "", sure: Typed = "") -> Response:
    """Erase it."""
    said = " ".join(reason.split())
    with asked.acting() as workspace, workspace.session() as session:
        subject = find_subject(session, subject_id)
        key = subject.id
        try:
            if not said:
                raise NotTyped("It is not said why.", "Say why, without naming whom: it stays on the receipt.")
            if not sure:
                raise NotTyped("Nothing was erased.", "Say that you know that it cannot be undone.")
            erase(session, workspace.vault, subject, said, now())
        except (NotTyped, ErasureRefused) as error:
            return _page(asked, key, error, said)
    return RedirectResponse(f"/registry/erasures/{key}", HTTPStatus.SEE_OTHER)


@routes.get("/registry/erasures/{subject_id}", name="erasure")
def receipt(asked: Asking, subject_id: str) -> Response:
    """The receipt of an erasure."""
    with asked.acting() as workspace, workspace.session() as session:
        found = receipt_of(session, subject_id)
    return page("erasure.html", asked.who, here="registry", title="Receipt of an erasure", receipt=found)

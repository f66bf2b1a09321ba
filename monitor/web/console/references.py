"""What a registrar sends about a subject as files: references, several at once, and documents that prove a mandate."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from sqlmodel import Session
from starlette.responses import Response

from monitor.sent_files import at_paths
from monitor.sent_references import SentReferences, enrol_sent
from monitor.web.asked import Asked, Asking
from monitor.web.console.fields import NotTyped, maybe_one_of, one_of, parts_of, start_of_day, who_looked, years_of
from monitor.web.console.pages import page
from monitor.web.console.registry import FIELDS, LOOKED, NOTHING_TYPED, changed, subject_page
from monitor.web.problems import status_of
from monitor.web.uploads import LARGEST, MOST_FILES, Uploaded, Uploading
from monitor.workspace import Workspace
from registry.db import now
from registry.errors import SemblanceError
from registry.kinds import LikenessGround, Modality
from registry.mandate_lines import Reading, prove
from registry.mandates import Basis, Terms
from registry.references import subject_line
from registry.subjects import find_subject

routes = APIRouter()

NOTHING_CHOSEN = "No file was chosen."


@routes.get("/registry/subjects/{subject_id}/references/upload", name="references.form")
def form(asked: Asking, subject_id: str) -> Response:
    """The form for new references."""
    with asked.acting() as workspace:
        return _form(asked, workspace, subject_id, NOTHING_TYPED)


@routes.post("/registry/subjects/{subject_id}/references/upload", name="references.add")
def add(sent: Uploading, subject_id: str) -> Response:
    """Enrol pictures; each is told what became of it, and what would make it better."""
    asked, typed = sent.asked, {**NOTHING_TYPED, "era": sent.field("era"), "despite": sent.field("despite")}
    with asked.acting() as workspace:
        try:
            found = _enrolled(workspace, subject_id, sent, typed)
        except SemblanceError as error:
            return _form(asked, workspace, subject_id, typed, error=error)
        again = {**typed, "despite": ""}
        return _form(asked, workspace, subject_id, again if any(each.resembles for each in found.each) else NOTHING_TYPED, found)


def _enrolled(workspace: Workspace, subject_id: str, sent: Uploaded, typed: Mapping[str, str]) -> SentReferences:
    if sent.refused is not None:
        raise sent.refused
    if not sent.files:
        raise NotTyped(NOTHING_CHOSEN, "Choose one picture or several.")
    despite = maybe_one_of(LikenessGround, typed["despite"])
    return enrol_sent(workspace, subject_id, sent.files, years_of(typed["era"]), despite)


def _form(
    asked: Asked,
    workspace: Workspace,
    subject_id: str,
    typed: Mapping[str, str],
    found: SentReferences | None = None,
    error: SemblanceError | None = None,
) -> Response:
    with workspace.session() as session:
        line = subject_line(session, find_subject(session, subject_id))
    values: dict[str, Any] = {
        "subject": line,
        "found": found,
        "error": error,
        "typed": typed,
        "looked": LOOKED,
        "most": MOST_FILES,
        "largest": LARGEST,
    }
    status = HTTPStatus.OK if error is None else status_of(error)
    return page("references.html", asked.who, here="registry", title=f"References of {line.name}", status=status, **values)


@routes.post("/registry/subjects/{subject_id}/mandates/upload", name="mandate.add")
def proven(sent: Uploading, subject_id: str) -> Response:
    """Record a document by which the party may act for the subject, or by which the person consents."""
    typed = {name: sent.field(name) for name in FIELDS}

    def enter(workspace: Workspace, session: Session) -> None:
        if sent.refused is not None:
            raise sent.refused
        if len(sent.files) != 1:
            raise NotTyped(NOTHING_CHOSEN, "Choose the signed document.")
        begins = start_of_day(typed["from_"], "the start of the mandate") or now()
        read = Reading(
            who_looked(sent.asked.who, typed["verified_by"]), begins, start_of_day(typed["until"], "the mandate's end")
        )
        scope = (one_of(Modality, typed["scope"]),) if typed["scope"] else ()
        basis = one_of(Basis, typed["basis"] or Basis.AUTHORITY.value)
        how = typed["how"] or Terms().how
        terms = Terms(basis, scope, parts_of(typed["territory"]), typed["compensation"], how, typed["guardian"])
        with at_paths(sent.files) as (document,):
            prove(session, workspace.vault, subject_id, document, read, terms, None)

    return changed(sent.asked, subject_id, enter, "mandate", typed)


@routes.get("/registry/subjects/{subject_id}/mandates/upload", name="mandate.form")
def mandate_form(asked: Asking, subject_id: str) -> Response:
    """Where signing in leads back to that was asked for while a document was sent."""
    with asked.acting() as workspace, workspace.session() as session:
        return subject_page(asked, session, subject_id, None, NOTHING_TYPED, "mandate")

"""Cases and their letters: what is in them, what a law still needs, and approving."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form
from sqlmodel import Session
from starlette.responses import FileResponse, RedirectResponse, Response

from monitor.bundles import export_case
from monitor.letters import approve_letter
from monitor.web.asked import Asked, Asking
from monitor.web.console.pages import page
from monitor.web.problems import status_of
from monitor.workspace import Workspace
from registry.db import now
from registry.errors import SemblanceError
from registry.paging import MOST_COUNTED, Part
from reports.case_files import case_file_at, case_files
from reports.case_lines import listed_cases
from reports.families.words import copies_outside
from reports.letters import warnings_of
from reports.match_briefs import case_briefs
from reports.notices.events import FOLLOWS, Event, recordable, went_out
from reports.notices.letter_files import letter_files
from reports.notices.lines import lines_of_case, notice_view
from reports.notices.notice import find_notice
from reports.notices.preview import letter_preview
from reports.notices.status import status_of as status_of_letter

routes = APIRouter()

AT_ONCE = 30
NOTHING_TYPED: Mapping[str, str] = dict.fromkeys(("to", "signed", "event", "on", "how", "reference"), "")
APPROVES, DRAFTS, RECORDS, SEALS = "letter.approve", "letter.draft", "letter.record", "case.seal"


@routes.get("/cases", name="cases")
def cases(asked: Asking, after: str | None = None, q: str = "") -> Response:
    """All cases."""
    with asked.acting() as workspace, workspace.session() as session:
        found = listed_cases(session, Part(search=q, limit=AT_ONCE, after=after, counted_to=MOST_COUNTED))
        rows = list(found.rows)
    following = rows[-1][1] if found.more else None
    lines = [line for line, _ in rows]
    return page("cases.html", asked.who, here="cases", title="Cases", lines=lines, more=found.more, following=following, q=q)


@routes.get("/cases/{case_id}", name="case")
def case(asked: Asking, case_id: str) -> Response:
    """One case, with its matches and letters."""
    with asked.acting() as workspace, workspace.session() as session:
        line, matches = case_briefs(session, case_id)
        letters, bundles = lines_of_case(session, line.id), case_files(session, line.id)
        copies = copies_outside(session, [each.id for each in matches])
    return page(
        "case.html",
        asked.who,
        here="cases",
        title=f"Case {line.id[:8]}",
        case=line,
        matches=matches,
        letters=letters,
        bundles=bundles,
        copies=copies,
        drafts=asked.who.may(DRAFTS),
        seals=asked.who.may(SEALS),
    )


@routes.post("/cases/{case_id}/bundle", name=SEALS)
def seal(asked: Asking, case_id: str) -> Response:
    """Seal the case's evidence now, in one file."""
    with asked.acting() as workspace, workspace.session() as session:
        export_case(workspace, session, case_id, None, as_zip=True)
    return RedirectResponse(f"/cases/{case_id}", HTTPStatus.SEE_OTHER)


@routes.get("/cases/{case_id}/bundles/{name}", name="case.bundle")
def bundle(asked: Asking, case_id: str, name: str) -> Response:
    """An evidence bundle, to be kept and verified anywhere."""
    with asked.acting() as workspace, workspace.session() as session:
        place = case_file_at(session, case_id, name)
    return FileResponse(place, media_type="application/zip", filename=place.name)


@routes.get("/letters/{letter_id}", name="letter")
def letter(asked: Asking, letter_id: str) -> Response:
    """One letter: its words, what it rests on, and what it still needs."""
    with asked.acting() as workspace, workspace.session() as session:
        return letter_page(asked, workspace, session, letter_id, None)


@routes.post("/letters/{letter_id}/approve", name=APPROVES)
def approve(asked: Asking, letter_id: str, agreed: Annotated[str, Form()] = "") -> Response:
    """Approve a letter as it stands: its addresses are looked at again first. agreed: that it was read."""
    with asked.acting() as workspace:
        try:
            _approve(asked, workspace, letter_id, agreed)
        except SemblanceError as error:
            with workspace.session() as session:
                return letter_page(asked, workspace, session, letter_id, error)
    return RedirectResponse(f"/letters/{letter_id}", HTTPStatus.SEE_OTHER)


class NotRead(SemblanceError):
    """Something that was to be approved without being read."""


def _approve(asked: Asked, workspace: Workspace, letter_id: str, agreed: str) -> None:
    if not agreed:
        raise NotRead("The letter is not approved.", "Read it, and tick that you did.")
    with workspace.session() as session:
        approve_letter(workspace, session, letter_id, asked.who.name, None)
        session.commit()


def letter_page(
    asked: Asked,
    workspace: Workspace,
    session: Session,
    letter_id: str,
    error: SemblanceError | None,
    typed: Mapping[str, str] = NOTHING_TYPED,
) -> Response:
    """A letter's page, with what was refused of it. typed: what stands in its forms, as it was sent."""
    view, preview = notice_view(session, letter_id), letter_preview(session, letter_id)
    at = now()
    return page(
        "letter.html",
        asked.who,
        here="letters",
        title=preview.title,
        status=HTTPStatus.OK if error is None else status_of(error),
        letter=view,
        preview=preview,
        warnings=warnings_of(session, find_notice(session, letter_id)),
        files=letter_files(session, letter_id),
        status_line=status_of_letter(session, find_notice(session, letter_id), at),
        next_events=recordable(view.state, went_out=went_out(event.event for event in view.events)),
        drafts=asked.who.may(DRAFTS),
        may_record=asked.who.may(RECORDS),
        sends=Event.SENDING in FOLLOWS[Event(view.state)],
        mails=bool(workspace.settings.mail.host),
        today=at.date(),
        error=error,
        typed={**NOTHING_TYPED, **typed},
        approves=asked.who.may(APPROVES),
    )

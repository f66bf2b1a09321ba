"""What becomes of a letter: its files, sending it, and recording what is known of it. All that is under way, late ones first."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import FileResponse, RedirectResponse, Response

from monitor.posting import prepare_sending, record_by_hand, send_letter
from monitor.web.asked import Asked, Asking
from monitor.web.console.letters import RECORDS, letter_page
from monitor.web.console.pages import page
from monitor.workspace import Workspace
from registry.db import now
from registry.errors import SemblanceError
from reports.notices.events import Event
from reports.notices.form import form_of
from reports.notices.letter_files import letter_file
from reports.notices.lines import drafts_waiting
from reports.notices.status import ordered_lines

routes = APIRouter()

TYPES = {".pdf": "application/pdf", ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document"}


@routes.get("/letters", name="letters")
def letters(asked: Asking) -> Response:
    """The letters that are under way."""
    with asked.acting() as workspace, workspace.session() as session:
        lines, drafts = ordered_lines(session, now()), drafts_waiting(session)
    return page("letters.html", asked.who, here="letters", title="Letters", lines=lines, drafts=drafts)


@routes.get("/letters/{letter_id}/files/{name}", name="letter.file")
def file(asked: Asking, letter_id: str, name: str) -> Response:
    """One form of a letter, to be kept."""
    with asked.acting() as workspace, workspace.session() as session:
        place = letter_file(session, letter_id, name)
    return FileResponse(place, media_type=TYPES[place.suffix], filename=place.name)


@routes.get("/letters/{letter_id}/form", name="letter.form")
def form(asked: Asking, letter_id: str) -> Response:
    """A letter as plain text, a block for each field of a platform's own form."""
    with asked.acting() as workspace, workspace.session() as session:
        found = form_of(session, letter_id, now().date())
    return page("letter_blocks.html", asked.who, here="letters", title="For a web form", form=found)


@routes.post("/letters/{letter_id}/mail", name="letter.mail")
def mail(asked: Asking, letter_id: str, to: Annotated[str, Form()] = "", signed: Annotated[str, Form()] = "") -> Response:
    """What would be sent, to whom and from whom: to be looked at before it is."""
    with asked.acting() as workspace, workspace.session() as session:
        try:
            posting = prepare_sending(workspace, session, letter_id, _addresses(to), signed, now())
        except SemblanceError as error:
            return letter_page(asked, workspace, session, letter_id, error, {"to": to, "signed": signed})
        return page("letter_mail.html", asked.who, here="letters", title="Send the letter", posting=posting, to=to)


@routes.post("/letters/{letter_id}/send", name="letter.send")
def send(asked: Asking, letter_id: str, to: Annotated[str, Form()] = "", signed: Annotated[str, Form()] = "") -> Response:
    """Send it, once."""

    def sent(workspace: Workspace) -> None:
        with workspace.session() as session:
            posting = prepare_sending(workspace, session, letter_id, _addresses(to), signed, now())
            send_letter(workspace, session, posting, asked.who.name)

    return _done(asked, letter_id, sent, {"to": to, "signed": signed})


@routes.post("/letters/{letter_id}/record", name=RECORDS)
def record(
    asked: Asking,
    letter_id: str,
    event: Annotated[str, Form()] = "",
    on: Annotated[str, Form()] = "",
    how: Annotated[str, Form()] = "",
    reference: Annotated[str, Form()] = "",
) -> Response:
    """Put on record what a person knows of it."""

    def recorded(workspace: Workspace) -> None:
        at = _day(on)
        with workspace.session() as session:
            what, told = _event(event), how.strip() or ("by hand" if event == Event.SENT.value else "")
            record_by_hand(
                *(session, letter_id, what, asked.who.name, at or now()),
                whole_day=at is not None,
                how=told,
                reference=reference.strip(),
            )
            session.commit()

    typed = {"event": event, "on": on, "how": how, "reference": reference}
    return _done(asked, letter_id, recorded, typed)


def _done(asked: Asked, letter_id: str, do: Callable[[Workspace], None], typed: Mapping[str, str]) -> Response:
    """The letter's page after something was done to it; with the reason where that was refused."""
    with asked.acting() as workspace:
        try:
            do(workspace)
        except SemblanceError as error:
            with workspace.session() as session:
                return letter_page(asked, workspace, session, letter_id, error, typed)
    return RedirectResponse(f"/letters/{letter_id}", HTTPStatus.SEE_OTHER)


class NotRecorded(SemblanceError):
    """Something typed of a letter's life that cannot be read."""


def _addresses(typed: str) -> list[str]:
    return [part for part in typed.replace(",", " ").replace(";", " ").split() if part]


def _event(typed: str) -> Event:
    try:
        return Event(typed)
    except ValueError as error:
        raise NotRecorded(f"{typed[:40]!r} is nothing that happens to a letter.", "Choose one of those on its page.") from error


def _day(typed: str) -> datetime | None:
    try:
        return datetime.fromisoformat(typed.strip()).replace(tzinfo=UTC) if typed.strip() else None
    except ValueError as error:
        raise NotRecorded(f"{typed.strip()[:40]!r} is no day.", "Write it as 2026-11-29.") from error

"""Enrolling oneself: pages for whoever opens a link that a registrar made, without an account and phone first.

A link that never was, was used, was withdrawn or is over is answered by one and the same page.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from http import HTTPStatus
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Depends, Form
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from monitor.self_enrolment import (
    AGREED,
    ENOUGH,
    LookedAt,
    NotSigned,
    PhotoDesk,
    Signature,
    check_signed,
    send,
    sign,
    take_out,
    told,
)
from monitor.web.console.link_tries import LinkTries
from monitor.web.console.pages import page
from monitor.web.console.pictures import APART, REFERENCE_SIDE
from monitor.web.problems import status_of
from monitor.web.uploads import Form as SentForm
from monitor.web.uploads import form_of
from monitor.workspace import Workspace
from registry.accounts import token_hash
from registry.audit import Actor, acting
from registry.db import now
from registry.errors import NotFound, SemblanceError
from registry.invitations import Invitation, InvitationRefused, InvitedPhoto, open_invitation, photos_of
from registry.parties import Party
from reports.evidence.stills import jpeg, read_reference

routes = APIRouter()

BY_LINK = "a member, by a link"
"""Who acts, for the audit log: whose link it was, the rows say."""

NOTHING_TYPED: Mapping[str, str] = dict.fromkeys(("name", "age", "guardian", "born", "agreed"), "")

Typed = Annotated[str, Form()]
Sent = tuple[Request, SentForm | None]


class Visit:
    """One request by a link, with its invitation and a session that is the machine's owner's: the link is no account."""

    def __init__(self, workspace: Workspace, session: Session, invitation: Invitation, desk: PhotoDesk) -> None:
        self.workspace, self.session, self.invitation, self.desk = workspace, session, invitation, desk


@contextmanager
def visiting(request: Request, secret: str) -> Iterator[Visit]:
    """Raises InvitationRefused for whatever link does not work."""
    held, tries = request.app.state, _tries(request)
    why = f"web {request.scope['route'].name}"
    with held.workspace.acting_for(None, why) as workspace, acting(Actor(BY_LINK, why)), workspace.session() as session:
        try:
            invitation = open_invitation(session, secret, now())
        except InvitationRefused:
            tries.count(now())
            raise
        yield Visit(workspace, session, invitation, held.photo_desk)


def _tries(request: Request) -> LinkTries:
    found: LinkTries = request.app.state.link_tries
    return found


def gone(request: Request) -> Response:
    """The one answer to every link that does not work."""
    return page("enrol_gone.html", None, title="This link does not work", status=_tries(request).status(now()))


@routes.get("/enrol/{secret}", name="enrol")
def enrol(request: Request, secret: str) -> Response:
    """What is asked, and of whom; once that was agreed to, the photos."""
    try:
        with visiting(request, secret) as visit:
            return _page(visit, secret)
    except InvitationRefused:
        return gone(request)


def _page(
    visit: Visit,
    secret: str,
    typed: Mapping[str, str] = NOTHING_TYPED,
    error: SemblanceError | None = None,
    looked: Sequence[LookedAt] = (),
    *,
    anew: bool = False,
) -> Response:
    invitation, session = visit.invitation, visit.session
    shown = told(visit.workspace, session, session.get_one(Party, invitation.party_id))
    session.commit()
    agreed = invitation.consented_at is not None and not anew
    return page(
        "enrol_photos.html" if agreed else "enrol.html",
        None,
        title=f"Your photos for {shown.party}" if agreed else f"{shown.party} asks for your photos",
        status=HTTPStatus.OK if error is None else status_of(error),
        at=f"/enrol/{secret}",
        told=shown,
        invitation=invitation,
        agreed_words=AGREED,
        photos=photos_of(session, invitation),
        enough=ENOUGH,
        typed={**NOTHING_TYPED, **typed},
        error=error,
        looked=looked,
    )


@routes.post("/enrol/{secret}", name="enrol.agree")
def agree(
    request: Request,
    secret: str,
    name: Typed = "",
    age: Typed = "",
    guardian: Typed = "",
    born: Typed = "",
    agreed: Typed = "",
    version: Typed = "",
) -> Response:
    """Agree to the text that was shown. What is missing is said, and what was typed stays."""
    typed = {"name": name, "age": age, "guardian": guardian, "born": born, "agreed": agreed}
    try:
        with visiting(request, secret) as visit:
            try:
                signed = Signature(name, guardian, _day(born) if age == "minor" else None, version, bool(agreed), age == "minor")
                if age not in ("minor", "adult"):
                    raise NotSigned("It is not said whether you are 18 or older.", "Choose one of the two.")
                sign(visit.workspace, visit.session, visit.invitation, signed)
            except InvitationRefused:
                raise
            except SemblanceError as error:
                visit.session.rollback()
                return _page(visit, secret, typed, error, anew=True)
    except InvitationRefused:
        return gone(request)
    return RedirectResponse(f"/enrol/{secret}", HTTPStatus.SEE_OTHER)


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        return None


async def _sent(request: Request, secret: str) -> AsyncIterator[Sent]:
    """The form, read for a link alone that works and by which somebody agreed."""
    works, unread = await run_in_threadpool(_looked_up, request, secret)
    if not works or unread is not None:
        yield request, unread
        return
    async with form_of(request, request.app.state.link_seats, token_hash(secret)) as form:
        yield request, form


def _looked_up(request: Request, secret: str) -> tuple[bool, SentForm | None]:
    """Whether the link works, and the answer to a form by it that is not to be read."""
    try:
        with visiting(request, secret) as visit:
            check_signed(visit.invitation)
    except InvitationRefused:
        return False, None
    except NotSigned as refused:
        return True, SentForm({}, (), refused)
    return True, None


@routes.post("/enrol/{secret}/photos/upload", name="enrol.photos")
def photos(sent: Annotated[Sent, Depends(_sent)], secret: str) -> Response:
    """Look at photos, one after the other, and say of each whether it is kept, and why not."""
    request, form = sent
    if form is None:
        return gone(request)
    looked: list[LookedAt] = []
    try:
        with visiting(request, secret) as visit:
            try:
                if form.refused is not None:
                    raise form.refused
                if not form.files:
                    raise NotSigned("No photo was chosen.", "Take one, or choose some.")
                looked += (visit.desk.take(visit.workspace, visit.session, visit.invitation, file) for file in form.files)
            except InvitationRefused:
                raise
            except SemblanceError as error:
                visit.session.rollback()
                return _page(visit, secret, error=error, looked=looked)
            return _page(visit, secret, looked=looked)
    except InvitationRefused:
        return gone(request)


@routes.get("/enrol/{secret}/photos/{photo_id}.jpg", name="enrol.photo")
def photo(request: Request, secret: str, photo_id: str) -> Response:
    """One of the photos that were kept, made small."""
    try:
        with visiting(request, secret) as visit:
            held = next((row for row in photos_of(visit.session, visit.invitation) if row.id == photo_id), None)
            return small(visit.workspace, held)
    except InvitationRefused as error:
        raise NotFound(error.what, error.remedy) from None


def small(workspace: Workspace, photo: InvitedPhoto | None) -> Response:
    """A photo, encoded anew in few pixels. Raises NotFound."""
    if photo is None:
        raise NotFound("There is no such photo.", "Open the page again.")
    with workspace.vault.opened(photo.sha256) as path:
        content = jpeg(np.ascontiguousarray(read_reference(path)), REFERENCE_SIDE)
    return Response(content, media_type="image/jpeg", headers=APART)


@routes.post("/enrol/{secret}/photos/{photo_id}/remove", name="enrol.remove")
def remove(request: Request, secret: str, photo_id: str) -> Response:
    """Destroy a photo that was kept."""
    try:
        with visiting(request, secret) as visit:
            take_out(visit.workspace, visit.session, visit.invitation, photo_id)
    except InvitationRefused:
        return gone(request)
    return RedirectResponse(f"/enrol/{secret}", HTTPStatus.SEE_OTHER)


@routes.post("/enrol/{secret}/send", name="enrol.send")
def hand_in(request: Request, secret: str) -> Response:
    """Hand everything in: the link is used up, and a registrar looks at it, unless the party takes in at once. That is done after
    the answer, which is the same whatever comes of it: a stranger's photo would tell whether their face is enrolled."""
    try:
        with visiting(request, secret) as visit:
            try:
                send(visit.session, visit.invitation, now())
            except InvitationRefused:
                raise
            except SemblanceError as error:
                visit.session.rollback()
                return _page(visit, secret, error=error)
            party = visit.session.get_one(Party, visit.invitation.party_id)
            at_once, key, shown = party.accept_at_once, visit.invitation.id, told(visit.workspace, visit.session, party)
            kept = len(photos_of(visit.session, visit.invitation))
            visit.session.commit()
    except InvitationRefused:
        return gone(request)
    if at_once:
        request.app.state.taking_in.begin(key, shown.party)
    return page("enrol_done.html", None, title="Thank you: it is sent", told=shown, kept=kept, at_once=at_once)

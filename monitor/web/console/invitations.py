"""Links by which members enrol themselves, for registrars: made, withdrawn, and what was sent by them decided on."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from monitor.invited import end_link, forget_over, line_of, link_address, make_link, turn_down
from monitor.taking_in_invited import Accepted, accept
from monitor.web.asked import Asked, Asking
from monitor.web.console.enrolling import small
from monitor.web.console.fields import NotTyped, maybe_one_of, start_of_day, who_looked
from monitor.web.console.pages import page
from monitor.web.console.registry import LOOKED
from monitor.web.console.sites import address_of_site
from monitor.web.problems import status_of
from monitor.workspace import Workspace
from registry.db import now
from registry.errors import SemblanceError
from registry.invitations import Invitation, find_invitation, invitations_of, photos_of
from registry.kinds import LikenessGround
from registry.parties import find_party, list_parties
from registry.subjects import Subject, find_subject

routes = APIRouter()

Typed = Annotated[str, Form()]
NOTHING_TYPED: Mapping[str, str] = dict.fromkeys(("name", "number", "party", "until", "subject"), "")


@routes.get("/registry/links", name="links")
def links(asked: Asking, subject: str = "") -> Response:
    """All links, those first that wait for a decision, and the form for another. subject: for whom, where they are on record."""
    with asked.acting() as workspace:
        with workspace.session() as session:
            forget_over(workspace, session, now())
            person = find_subject(session, subject) if subject else None
            typed = {"name": person.name, "party": person.party_id, "subject": person.id} if person else {}
        return _links(asked, workspace, {**NOTHING_TYPED, **typed})


def _links(asked: Asked, workspace: Workspace, typed: Mapping[str, str], error: SemblanceError | None = None) -> Response:
    with workspace.session() as session:
        lines = [line_of(session, row, now()) for row in invitations_of(session)]
        parties = [(each.party.id, each.party.name) for each in list_parties(session)]
    return page(
        "links.html",
        asked.who,
        here="registry",
        title="Links for members",
        status=HTTPStatus.OK if error is None else status_of(error),
        lines=lines,
        parties=parties,
        typed=typed,
        error=error,
    )


@routes.post("/registry/links", name="link.add")
def add(
    asked: Asking, name: Typed = "", number: Typed = "", party: Typed = "", until: Typed = "", subject: Typed = ""
) -> Response:
    """Make a link, which is shown once."""
    typed = {"name": name, "number": number, "party": party, "until": until, "subject": subject}
    with asked.acting() as workspace:
        try:
            with workspace.session() as session:
                whose = find_party(session, party)
                person = _person(session, subject, whose.id)
                ends = start_of_day(until, "the link's end")
                if ends is None:
                    raise NotTyped("It is not said when the link ends.", "Give a day, such as in two weeks.")
                by = who_looked(asked.who, "")
                made, secret = make_link(session, whose, name, ends, by, number=number, subject=person)
                line = line_of(session, made, now())
                session.commit()
        except SemblanceError as error:
            return _links(asked, workspace, typed, error)
    link = link_address(workspace, secret, address_of_site(asked.request, asked.settings))
    return page("link_made.html", asked.who, here="registry", title=f"A link for {line.name}", line=line, link=link)


def _person(session: Session, subject_id: str, party_id: str) -> Subject | None:
    found = find_subject(session, subject_id) if subject_id else None
    return found if found is not None and found.party_id == party_id else None


@routes.get("/registry/links/{invitation_id}", name="link")
def link(asked: Asking, invitation_id: str) -> Response:
    """What was sent by a link, and the decision on it."""
    with asked.acting() as workspace:
        return _link(asked, workspace, invitation_id)


def _link(
    asked: Asked,
    workspace: Workspace,
    invitation_id: str,
    error: SemblanceError | None = None,
    made: Accepted | None = None,
) -> Response:
    with workspace.session() as session:
        row = find_invitation(session, invitation_id)
        line, photos = line_of(session, row, now()), photos_of(session, row)
        consent = b"".join(workspace.vault.chunks(row.consent_sha256)).decode() if row.consent_sha256 else ""
        session.expunge_all()
    return page(
        "link.html",
        asked.who,
        here="registry",
        title=f"The link for {line.name}" if line.name else "A link",
        status=HTTPStatus.OK if error is None else status_of(error),
        line=line,
        row=row,
        photos=photos,
        consent=consent,
        looked=LOOKED,
        made=made,
        error=error,
    )


@routes.get("/registry/links/{invitation_id}/photos/{photo_id}.jpg", name="link.photo")
def photo(asked: Asking, invitation_id: str, photo_id: str) -> Response:
    """One of the photos that were sent, made small."""
    with asked.acting() as workspace, workspace.session() as session:
        row = find_invitation(session, invitation_id)
        return small(workspace, next((each for each in photos_of(session, row) if each.id == photo_id), None))


@routes.post("/registry/links/{invitation_id}/accept", name="link.accept")
def accepted(asked: Asking, invitation_id: str, despite: Typed = "", without: Typed = "") -> Response:
    """Take the member in, with the checks of any enrolment."""
    with asked.acting() as workspace:
        try:
            by, ground = who_looked(asked.who, ""), maybe_one_of(LikenessGround, despite)
            made = accept(workspace, invitation_id, by, ground, without_doubtful=bool(without))
        except SemblanceError as error:
            return _link(asked, workspace, invitation_id, error)
        return _link(asked, workspace, invitation_id, made=made)


@routes.post("/registry/links/{invitation_id}/refuse", name="link.refuse")
def refused(asked: Asking, invitation_id: str) -> Response:
    """Refuse what was sent; it is destroyed."""
    return _ended(asked, invitation_id, turn_down)


@routes.post("/registry/links/{invitation_id}/withdraw", name="link.withdraw")
def withdrawn(asked: Asking, invitation_id: str) -> Response:
    """Withdraw a link; what was sent by it is destroyed."""
    return _ended(asked, invitation_id, end_link)


def _ended(asked: Asked, invitation_id: str, end: Callable[[Workspace, Session, Invitation, str], None]) -> Response:
    with asked.acting() as workspace:
        try:
            with workspace.session() as session:
                end(workspace, session, find_invitation(session, invitation_id), who_looked(asked.who, ""))
        except SemblanceError as error:
            return _link(asked, workspace, invitation_id, error)
    return RedirectResponse("/registry/links", HTTPStatus.SEE_OTHER)

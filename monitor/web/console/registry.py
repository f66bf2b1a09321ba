"""The registry: parties and subjects, and what a registrar enters about a subject."""

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from monitor.photos import take_photo_out
from monitor.renaming import rename
from monitor.web.asked import Asked, Asking
from monitor.web.console.fields import maybe_one_of, one_of, parts_of, start_of_day, who_looked
from monitor.web.console.pages import page
from monitor.web.problems import status_of
from monitor.workspace import Workspace
from registry.aliases import add_alias, remove_alias
from registry.db import now
from registry.errors import NotFound, SemblanceError
from registry.kinds import LikenessGround, Modality, SubjectKind
from registry.mandate_lines import Reading, declare, end_mandate, mandate_views
from registry.members import number_of_subject
from registry.paging import MOST_COUNTED, WHOLE, Part
from registry.parties import find_party, party_views
from registry.references import listed_references, listed_subjects, reference_view, subject_line
from registry.standing import standing_of
from registry.subjects import Subject, add_subject, find_subject
from reports.permissions import LicenceTerms, end_licence, grant, licence_lines

routes = APIRouter()

AT_ONCE = 50
ADDS = "subject.add"
"""The route that those may ask for who enter something; others look."""

LOOKED: Mapping[LikenessGround, str] = {
    LikenessGround.TWINS: "They are two people who look alike",
    LikenessGround.COMPARED: "Somebody who knows the person compared the photos: it is right",
    LikenessGround.CHANGED: "The person looked otherwise then: age, make-up, illness, a role",
    LikenessGround.OTHER_WRONG: "The other one's photos are wrong",
}
FIELDS = (
    "name",
    "kind",
    "party",
    "verified_by",
    "from_",
    "until",
    "how",
    "basis",
    "scope",
    "territory",
    "guardian",
    "compensation",
)
LICENCE = (
    "licensee",
    "modality",
    "host",
    "uploader",
    "generator",
    "project",
    "licence_from",
    "licence_until",
    "licence_territory",
)
NOTHING_TYPED: Mapping[str, str] = dict.fromkeys((*FIELDS, *LICENCE, "era", "despite", "alias"), "")

Typed = Annotated[str, Form()]


@routes.get("/registry", name="registry")
def registry(asked: Asking, after: str | None = None, q: str = "") -> Response:
    """Who holds rights, and whom and what is protected."""
    return _registry(asked, after, q, None, NOTHING_TYPED)


def _registry(asked: Asked, after: str | None, q: str, error: SemblanceError | None, typed: Mapping[str, str]) -> Response:
    with asked.acting() as workspace, workspace.session() as session:
        parties = [line for line, _ in party_views(session, WHOLE).rows]
        found = listed_subjects(session, Part(search=q, limit=AT_ONCE, after=after, counted_to=MOST_COUNTED))
        rows = list(found.rows)
    return page(
        "registry.html",
        asked.who,
        here="registry",
        title="Registry",
        status=HTTPStatus.OK if error is None else status_of(error),
        parties=parties,
        subjects=[line for line, _ in rows],
        more=found.more,
        following=rows[-1][1] if found.more else None,
        q=q,
        error=error,
        typed=typed,
        adds=asked.who.may(ADDS),
        kinds=list(SubjectKind),
    )


@routes.post("/registry/subjects", name=ADDS)
def add(asked: Asking, name: Typed = "", kind: Typed = "", party: Typed = "") -> Response:
    """Add a subject of a party."""
    with asked.acting() as workspace:
        try:
            with workspace.session() as session:
                added = add_subject(session, find_party(session, party), name, one_of(SubjectKind, kind)).id
                session.commit()
        except SemblanceError as error:
            return _registry(asked, None, "", error, {**NOTHING_TYPED, "name": name, "kind": kind, "party": party})
    return RedirectResponse(f"/registry/subjects/{added}", HTTPStatus.SEE_OTHER)


@routes.get("/registry/subjects/{subject_id}", name="subject")
def subject(asked: Asking, subject_id: str) -> Response:
    """One subject: its references, and what it may be used for."""
    with asked.acting() as workspace, workspace.session() as session:
        return subject_page(asked, session, subject_id, None, NOTHING_TYPED)


def subject_page(
    asked: Asked, session: Session, subject_id: str, error: SemblanceError | None, typed: Mapping[str, str], opened: str = ""
) -> Response:
    """A subject's page, with what was refused of it. opened: which of its forms that was; typed: what stands in it."""
    row = find_subject(session, subject_id)
    return page(
        "subject.html",
        asked.who,
        here="registry",
        title=row.name,
        status=HTTPStatus.OK if error is None else status_of(error),
        subject=subject_line(session, row),
        number=number_of_subject(session, row.id) if row.kind is SubjectKind.PERSON else "",
        standing=standing_of(session, row, now()),
        references=[each for each, _ in listed_references(session, Part(limit=AT_ONCE), row).rows],
        mandates=[each for each, _ in mandate_views(session, WHOLE, row.id).rows],
        licences=list(licence_lines(session, row.id)),
        adds=asked.who.may(ADDS),
        error=error,
        typed={**NOTHING_TYPED, **typed},
        opened=opened,
        modalities=list(Modality),
    )


def changed(
    asked: Asked, subject_id: str, do: Callable[[Workspace, Session], object], form: str, typed: Mapping[str, str]
) -> Response:
    """The subject's page after something was entered; with the reason, and with what was typed, where that was refused."""
    with asked.acting() as workspace:
        try:
            with workspace.session() as session:
                find_subject(session, subject_id)
                do(workspace, session)
                session.commit()
        except SemblanceError as error:
            with workspace.session() as session:
                return subject_page(asked, session, subject_id, error, typed, form)
    return RedirectResponse(f"/registry/subjects/{subject_id}#{form}", HTTPStatus.SEE_OTHER)


@routes.post("/registry/subjects/{subject_id}/rename", name="subject.rename")
def renamed(asked: Asking, subject_id: str, name: Typed = "") -> Response:
    """Give a subject another name; what was sent keeps the old one."""
    return changed(asked, subject_id, lambda _, session: rename(session, subject_id, None, name), "rename", {"name": name})


@routes.post("/registry/subjects/{subject_id}/aliases", name="alias.add")
def called(asked: Asking, subject_id: str, alias: Typed = "") -> Response:
    """Say what else a subject is called."""
    return _renamed(asked, subject_id, add_alias, alias)


@routes.post("/registry/subjects/{subject_id}/aliases/remove", name="alias.remove")
def not_called(asked: Asking, subject_id: str, alias: Typed = "") -> Response:
    """Say that a subject is not called so any more."""
    return _renamed(asked, subject_id, remove_alias, alias)


def _renamed(asked: Asked, subject_id: str, change: Callable[[Session, Subject, str], None], alias: str) -> Response:
    def do(_: Workspace, session: Session) -> None:
        change(session, find_subject(session, subject_id), alias)

    return changed(asked, subject_id, do, "aliases", {"alias": alias})


@routes.post("/registry/references/{reference_id}/remove", name="reference.remove")
def removed(asked: Asking, reference_id: str) -> Response:
    """Remove one reference, with what was made of it."""
    with asked.acting() as workspace, workspace.session() as session:
        of = reference_view(session, reference_id).subject_id
    return changed(asked, of, lambda workspace, session: take_photo_out(workspace, session, reference_id), "references", {})


@routes.post("/registry/subjects/{subject_id}/declare", name="mandate.declare")
def declared(asked: Asking, subject_id: str, verified_by: Typed = "", from_: Typed = "", until: Typed = "") -> Response:
    """Record the party's own declaration that a work is its own."""
    typed = {"verified_by": verified_by, "from_": from_, "until": until}

    def enter(workspace: Workspace, session: Session) -> None:
        ends = start_of_day(until, "the end of the declaration")
        read = Reading(who_looked(asked.who, verified_by), start_of_day(from_, "the start of the declaration"), ends)
        declare(session, workspace.vault, subject_id, read)

    return changed(asked, subject_id, enter, "declare", typed)


def _one_of(held: Iterable[str], wanted: str, what: str) -> str:
    """The id, where it is of what the subject's page shows. Raises NotFound."""
    if wanted not in held:
        raise NotFound(f"This subject has no {what} {wanted[:40]!r}.", "Go back to the subject's page, and choose one there.")
    return wanted


@routes.post("/registry/subjects/{subject_id}/mandates/{mandate_id}/end", name="mandate.end")
def ended(asked: Asking, subject_id: str, mandate_id: str) -> Response:
    """End a mandate now."""

    def end(_: Workspace, session: Session) -> None:
        held = (each.id for each, _ in mandate_views(session, WHOLE, find_subject(session, subject_id).id).rows)
        end_mandate(session, _one_of(held, mandate_id, "mandate"))

    return changed(asked, subject_id, end, "mandates", {})


@routes.post("/registry/subjects/{subject_id}/licences", name="licence.add")
def licensed(
    asked: Asking,
    subject_id: str,
    licensee: Typed = "",
    modality: Typed = "",
    host: Typed = "",
    uploader: Typed = "",
    generator: Typed = "",
    project: Typed = "",
    licence_from: Typed = "",
    licence_until: Typed = "",
    licence_territory: Typed = "",
) -> Response:
    """Record a permitted use; matches that it covers are licensed at once."""
    typed = {
        "licensee": licensee,
        "modality": modality,
        "host": host,
        "uploader": uploader,
        "generator": generator,
        "project": project,
        "licence_from": licence_from,
        "licence_until": licence_until,
        "licence_territory": licence_territory,
    }

    def enter(_: Workspace, session: Session) -> None:
        begins = start_of_day(licence_from, "the start of the licence") or now()
        terms = LicenceTerms(
            " ".join(licensee.split()),
            maybe_one_of(Modality, modality),
            host.strip() or None,
            uploader.strip() or None,
            generator.strip() or None,
            parts_of(licence_territory),
            project.strip() or None,
        )
        grant(session, subject_id, None, terms, begins, start_of_day(licence_until, "the end of the licence"))

    return changed(asked, subject_id, enter, "licence", typed)


@routes.post("/registry/subjects/{subject_id}/licences/{licence_id}/end", name="licence.end")
def licence_ended(asked: Asking, subject_id: str, licence_id: str) -> Response:
    """End a licence now; what it covered waits for a decision again."""

    def end(_: Workspace, session: Session) -> None:
        held = (each.id for each in licence_lines(session, find_subject(session, subject_id).id))
        end_licence(session, _one_of(held, licence_id, "licence"))

    return changed(asked, subject_id, end, "licences", {})

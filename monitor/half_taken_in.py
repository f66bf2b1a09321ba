"""Taking in who enrolled by a link, one at a time for each link; what one that stopped half way has made is known, and undone."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from sqlmodel import Session, col, select

from monitor.locks import WorkspaceBusy, held_alone
from monitor.wiring import ERASERS, KEEPERS, SEEKERS
from monitor.workspace import Workspace
from registry.db import now
from registry.erase import erase_subject
from registry.errors import Conflict
from registry.invitations import Invitation, photos_of
from registry.licences import list_licences
from registry.mandates import Mandate, list_mandates
from registry.references import Reference, list_references
from registry.removal import remove_references
from registry.subjects import Subject

REASON = "what was sent by a link was turned down before all of it was taken in"


class NotWaiting(Conflict):
    """A decision about what nobody has to decide any more, or not yet."""


@contextmanager
def deciding(workspace: Workspace, invitation_id: str) -> Iterator[None]:
    """Be the one who decides on that link: nobody turns down what somebody takes in meanwhile. Who is killed lets go of it.
    Raises NotWaiting."""
    folder = workspace.root / ".links"
    folder.mkdir(mode=0o700, exist_ok=True)
    place = folder / f"{invitation_id}.lock"
    with ExitStack() as held:
        try:
            held.enter_context(held_alone(place, "Somebody else decides on it.", "Wait."))
        except WorkspaceBusy as error:
            raise NotWaiting("It is being taken in, or turned down, just now.", "Wait a minute, and look again.") from error
        yield
        # Whoever gets hold of it from here on finds out from the row what was decided.
        place.unlink(missing_ok=True)


def undo(workspace: Workspace, session: Session, row: Invitation) -> None:
    """Remove what an acceptance that stopped half way has made: photos, consent, and whoever is on record by it alone. What was
    there before, or came from elsewhere, stays. Commits where there is something."""
    subject = session.get(Subject, row.subject_id) if row.subject_id else None
    if row.decided_at is None or subject is None or subject.erased_at is not None:
        return
    sent = [photo.sha256 for photo in photos_of(session, row)]
    made = select(Reference).where(Reference.subject_id == subject.id, col(Reference.sha256).in_(sent))
    consent = select(Mandate).where(Mandate.subject_id == subject.id, Mandate.document_sha256 == row.consent_sha256)
    # Both are needed until the link is emptied, which removes their bytes.
    for mandate in session.exec(consent):
        session.delete(mandate)
    remove_references(session, workspace.vault, session.exec(made.where(Reference.created_at >= row.decided_at)).all())
    if subject.created_at >= row.decided_at and _is_bare(session, subject):
        erase_subject(
            session, workspace.vault, subject, now(), REASON, ERASERS, KEEPERS, SEEKERS, on_request=False, own_words=True
        )


def _is_bare(session: Session, subject: Subject) -> bool:
    """Whether nothing is on record of a subject but that it is."""
    return not (list_references(session, subject) or list_mandates(session, subject) or list_licences(session, subject))

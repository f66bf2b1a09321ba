"""What a registrar does about links by which members enrol themselves: makes them, ends them, and decides on what was sent."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from monitor.half_taken_in import NotWaiting, deciding, undo
from monitor.workspace import Workspace
from registry.actions import Action
from registry.db import now
from registry.errors import RegistryError
from registry.invitations import Invitation, Stage, empty, invite, over, photos_of
from registry.kinds import SubjectKind
from registry.members import erased_on, known_member
from registry.names import clean_name
from registry.parties import Party
from registry.removal import forget_bytes
from registry.storage.lock import hold
from registry.subjects import Subject


@dataclass(frozen=True)
class InvitationLine:
    """An invitation as it is listed. state: open, over, sent, accepted, refused or withdrawn. photos: that were kept so far."""

    id: str
    party: str
    name: str
    number: str
    subject_id: str | None
    state: str
    made_by: str
    made_at: datetime
    until: datetime
    photos: int
    sent_at: datetime | None
    decided_at: datetime | None
    decided_by: str


def link_address(workspace: Workspace, secret: str, base: str = "") -> str:
    """The link for a secret, as it is sent. base: of the server, where the settings name no origin."""
    return f"{(workspace.settings.serve.origin or base).rstrip('/')}/enrol/{secret}"


def line_of(session: Session, row: Invitation, at: datetime) -> InvitationLine:
    """state says what became of it."""
    state = "over" if row.stage is Stage.OPEN and row.until <= at else row.stage.value
    subject = session.get(Subject, row.subject_id) if row.subject_id else None
    name = row.name or (subject.name if subject is not None and subject.erased_at is None else "")
    party, photos = session.get_one(Party, row.party_id).name, len(photos_of(session, row))
    return InvitationLine(
        row.id, party, name, row.number, row.subject_id, state, row.made_by, row.made_at, row.until, photos, row.sent_at,
        None if row.stage is Stage.SENT else row.decided_at, row.decided_by,
    )  # fmt: skip


def member_meant(session: Session, party: Party, name_or_id: str) -> tuple[str, Subject | None]:
    """Name of the member, and the party's subject where it was named by its id; somebody new otherwise."""
    found = session.get(Subject, name_or_id)
    if found is None or found.party_id != party.id:
        return name_or_id, None
    return found.name, found


def make_link(
    session: Session, party: Party, name: str, until: datetime, made_by: str, *, number: str = "", subject: Subject | None = None
) -> tuple[Invitation, str]:
    """A new link for a member, and its secret; flushed. Raises what invite raises, and RegistryError for who was
    erased on request."""
    erased = erased_on(session, party.id, number.strip()) if number.strip() else None
    if erased is not None:
        raise erased_then(erased)
    known = None if subject else known_member(session, party.id, clean_name(name, "member"), number.strip())
    if known is not None and known.subject_id is not None:
        # What is sent by it is about them from the beginning: it goes when they are erased.
        subject = session.get(Subject, known.subject_id)
    if subject is not None and subject.kind is not SubjectKind.PERSON:
        raise RegistryError(f"{subject.name} is no person.", "Only people enrol themselves.")
    return invite(session, party, name, until, made_by, number=number, subject=subject)


def end_link(workspace: Workspace, session: Session, invitation: Invitation, by: str) -> None:
    """Withdraw a link: nothing can be sent by it any more, and what was is destroyed. Commits. Raises NotWaiting."""
    _turned_down(workspace, session, invitation, Stage.WITHDRAWN, by, (Stage.OPEN, Stage.SENT))


def turn_down(workspace: Workspace, session: Session, invitation: Invitation, by: str) -> None:
    """Refuse what was sent: it is destroyed, with whom it was for. Commits. Raises NotWaiting."""
    _turned_down(workspace, session, invitation, Stage.REFUSED, by, (Stage.SENT,))


def _turned_down(workspace: Workspace, session: Session, row: Invitation, to: Stage, by: str, out_of: Sequence[Stage]) -> None:
    with deciding(workspace, row.id):
        session.rollback()
        if row.stage in out_of:
            undo(workspace, session, row)
            # An erasure ends the links of whom it erases; this one is decided on here.
            out_of = (*out_of, Stage.WITHDRAWN) if row.decided_at is not None else out_of
        decide(workspace, session, row, to, by, out_of)


def decide(workspace: Workspace, session: Session, invitation: Invitation, to: Stage, by: str, out_of: Sequence[Stage]) -> None:
    """Note a decision, and destroy what was sent. out_of: the stages in which there is one. Commits. Raises NotWaiting."""
    hold(session)
    session.refresh(invitation)
    if invitation.stage not in out_of:
        raise NotWaiting(f"This is {invitation.stage.value} already.", Action.SEE_LINKS)
    invitation.stage, invitation.decided_at, invitation.decided_by = to, now(), by
    _destroy(workspace, session, [invitation])


def _destroy(workspace: Workspace, session: Session, rows: Sequence[Invitation]) -> None:
    digests = sorted({digest for row in rows for digest in empty(session, row)})
    for digest in digests:
        workspace.vault.announce(digest)
    session.commit()
    for digest in digests:
        forget_bytes(session, workspace.vault, digest)


def forget_over(workspace: Workspace, session: Session, at: datetime) -> int:
    """Destroy what was sent by links that are over, or that nobody decided on within the policy's days. Commits.

    Says of how many."""
    rows, gone = over(session, at, timedelta(days=workspace.settings.retention.without_mandate_days)), 0
    for row in rows:
        # What somebody decides on just now, or has meanwhile, is no matter of this.
        with suppress(NotWaiting):
            _turned_down(workspace, session, row, Stage.WITHDRAWN, "", (row.stage,))
            gone += 1
    return gone


def erased_then(at: datetime) -> RegistryError:
    """The error about who asked to be erased."""
    return RegistryError(f"That member was erased on {at:%Y-%m-%d}.", "Invite them only if they ask for it, by another number.")

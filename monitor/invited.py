"""What a registrar does about links by which members enrol themselves: makes them, ends them, and decides on what was sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, select

from monitor.invited_doubts import doubtful
from monitor.sent_files import SentFile
from monitor.sent_references import SentReferences, enrol_sent
from monitor.workspace import Workspace
from registry.actions import Action
from registry.db import now
from registry.errors import Conflict, RegistryError
from registry.invitations import Invitation, Stage, empty, find_invitation, invite, over, photos_of
from registry.kinds import LikenessGround, SubjectKind
from registry.legal import find_release, note_minor, note_release
from registry.mandates import Basis, Mandate, Terms, add_mandate
from registry.members import Member, erased_on, loose_number_key, member_numbered, name_only_key, number_key
from registry.names import LONGEST, name_key
from registry.parties import Party
from registry.removal import forget_bytes
from registry.standing import standing_of
from registry.storage.lock import hold
from registry.subjects import Subject, add_subject, find_subject

HOW = "agreed to by the member, by a link for enrolling oneself"


class NotWaiting(Conflict):
    """A decision about what nobody has to decide any more, or not yet."""


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


@dataclass(frozen=True)
class Accepted:
    """What came of an acceptance. done: whether it is decided; not where photos resemble somebody and a person is to look."""

    subject_id: str
    name: str
    found: SentReferences
    done: bool
    standing: str


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
        row.decided_at, row.decided_by,
    )  # fmt: skip


def make_link(
    session: Session, party: Party, name: str, until: datetime, made_by: str, *, number: str = "", subject: Subject | None = None
) -> tuple[Invitation, str]:
    """A new link for a member, and its secret; flushed. Raises what invite raises, and RegistryError for who was
    erased on request."""
    erased = erased_on(session, party.id, number.strip()) if number.strip() else None
    if erased is not None:
        raise _erased(erased)
    if subject is not None and subject.kind is not SubjectKind.PERSON:
        raise RegistryError(f"{subject.name} is no person.", "Only people enrol themselves.")
    return invite(session, party, name, until, made_by, number=number, subject=subject)


def end_link(workspace: Workspace, session: Session, invitation: Invitation, by: str) -> None:
    """Withdraw a link: nothing can be sent by it any more, and what was is destroyed. Commits. Raises NotWaiting."""
    _decide(workspace, session, invitation, Stage.WITHDRAWN, by, (Stage.OPEN, Stage.SENT))


def turn_down(workspace: Workspace, session: Session, invitation: Invitation, by: str) -> None:
    """Refuse what was sent: it is destroyed, with whom it was for. Commits. Raises NotWaiting."""
    _decide(workspace, session, invitation, Stage.REFUSED, by, (Stage.SENT,))


def _decide(workspace: Workspace, session: Session, invitation: Invitation, to: Stage, by: str, out_of: Sequence[Stage]) -> None:
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
    rows = over(session, at, timedelta(days=workspace.settings.retention.without_mandate_days))
    for row in rows:
        row.stage, row.decided_at = Stage.WITHDRAWN, at
    if rows:
        _destroy(workspace, session, rows)
    return len(rows)


def accept(
    workspace: Workspace,
    invitation_id: str,
    by: str,
    despite: LikenessGround | None = None,
    *,
    without_doubtful: bool = False,
) -> Accepted:
    """Take a member in who enrolled themselves: subject, consent with the text that was shown, and the photos, with the checks of
    any enrolment. Done again after a kill, it makes nothing twice.

    despite: why a person lets photos in that resemble somebody; without_doubtful: leave them out. With neither, such photos
    keep it waiting. Raises NotWaiting, NotFound and what enrol_sent raises.
    """
    with workspace.session() as session:
        row = find_invitation(session, invitation_id)
        _refuse_decided(row)
        sent = [SentFile(photo.file_name, b"".join(workspace.vault.chunks(photo.sha256))) for photo in photos_of(session, row)]
        doubts = doubtful(workspace, session, row.party_id, _known(session, row)[0], sent)
        if doubts and despite is None and not without_doubtful:
            return Accepted(row.subject_id or "", row.name, SentReferences(doubts, (), ()), done=False, standing="")
        if despite is None and len(doubts) == len(sent):
            raise NotWaiting("No photo would be left.", "Refuse what was sent, or ask for other photos by another link.")
        session.rollback()
        hold(session)
        session.refresh(row)
        _refuse_decided(row)
        subject = _subject(session, row)
        _consent(workspace, session, row, subject, by)
        key, name, invitation = subject.id, subject.name, row.id
        session.commit()
    found = enrol_sent(workspace, key, sent, None, despite)
    with workspace.session() as session:
        _decide(workspace, session, find_invitation(session, invitation), Stage.ACCEPTED, by, (Stage.SENT,))
        standing = standing_of(session, find_subject(session, key), now())
        return Accepted(key, name, found, done=True, standing="" if standing.allowed else standing.reason)


def _refuse_decided(row: Invitation) -> None:
    if row.stage is not Stage.SENT:
        raise NotWaiting(f"This is {row.stage.value} and waits for no decision.", Action.SEE_LINKS)


def _known(session: Session, row: Invitation) -> tuple[Subject | None, Member | None]:
    """Whom it is about, where the registry has them: as the link says, or by the member number or name. Raises RegistryError."""
    held = session.get(Subject, row.subject_id) if row.subject_id else None
    if held is not None and held.erased_at is None:
        return held, None
    if row.number:
        known = member_numbered(session, row.party_id, row.number)
    else:
        known = session.get(Member, name_only_key(session, row.party_id, name_key(row.name)))
    if known is not None and known.erased_at is not None and not known.lapsed:
        raise _erased(known.erased_at)
    return session.get(Subject, known.subject_id) if known is not None and known.subject_id else None, known


def _subject(session: Session, row: Invitation) -> Subject:
    """Whom it is about: as the link says, by the member number, or new; flushed. Raises RegistryError."""
    subject, known = _known(session, row)
    if subject is None:
        subject = _new(session, session.get_one(Party, row.party_id), row, known)
    row.subject_id = subject.id
    session.add(row)
    session.flush()
    return subject


def _erased(at: datetime) -> RegistryError:
    return RegistryError(f"That member was erased on {at:%Y-%m-%d}.", "Invite them only if they ask for it, by another number.")


def _new(session: Session, party: Party, row: Invitation, known: Member | None) -> Subject:
    try:
        subject = add_subject(session, party, row.name, SubjectKind.PERSON)
    except Conflict:
        if not row.number:
            raise
        # Another member has the same name: this one is called by the number, too, as rosters have it.
        number = f" ({row.number})"
        subject = add_subject(session, party, row.name[: LONGEST - len(number)] + number, SubjectKind.PERSON)
    key = name_key(row.name)
    made = known or Member(
        id=number_key(session, party.id, row.number) if row.number else name_only_key(session, party.id, key), party_id=party.id
    )
    made.subject_id, made.number, made.name_key, made.imported_at = subject.id, row.number, key, now()
    made.loose_id = loose_number_key(session, party.id, row.number) if row.number else ""
    # Whom the retention policy erased has consented anew.
    made.erased_at, made.lapsed = None, False
    session.add(made)
    session.flush()
    return subject


def _consent(workspace: Workspace, session: Session, row: Invitation, subject: Subject, by: str) -> None:
    """The member's consent as a mandate, with the text that was shown; flushed."""
    if row.consent_sha256 is None or row.consented_at is None:
        raise NotWaiting("No consent was given by this link.", "Withdraw it, and make another.")
    held = select(Mandate.id).where(Mandate.subject_id == subject.id, Mandate.document_sha256 == row.consent_sha256)
    if session.exec(held).first() is not None:
        return
    if row.born is not None:
        note_minor(session, subject, row.born)
    document = b"".join(workspace.vault.chunks(row.consent_sha256))
    terms = Terms(Basis.CONSENT, how=HOW, guardian=row.guardian)
    made = add_mandate(session, workspace.vault, subject, document, verified_by=by, starts_at=row.consented_at, terms=terms)
    note_release(session, made, find_release(session, row.party_id, row.release_version), row.consented_at)

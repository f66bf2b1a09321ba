"""Taking in a member who enrolled themselves: who they are, what they agreed to, and their photos, checked like any."""

from dataclasses import dataclass

from sqlmodel import Session, select

from monitor.half_taken_in import NotWaiting, deciding
from monitor.invited import decide, erased_then
from monitor.invited_doubts import doubtful
from monitor.sent_files import SentFile
from monitor.sent_references import SentReferences, enrol_sent
from monitor.workspace import Workspace
from registry.actions import Action
from registry.db import now
from registry.errors import Conflict
from registry.invitations import Invitation, Stage, find_invitation, photos_of
from registry.kinds import LikenessGround, SubjectKind
from registry.legal import find_release, note_minor, note_release
from registry.mandates import Basis, Mandate, Terms, add_mandate
from registry.members import Member, known_member, loose_number_key, name_only_key, number_key
from registry.names import LONGEST, name_key
from registry.parties import Party
from registry.standing import standing_of
from registry.storage.lock import hold
from registry.subjects import Subject, add_subject, find_subject

HOW = "agreed to by the member, by a link for enrolling oneself"


@dataclass(frozen=True)
class Accepted:
    """What came of an acceptance. done: whether it is decided; not where photos resemble somebody and a person is to look."""

    subject_id: str
    name: str
    found: SentReferences
    done: bool
    standing: str


def accept(
    workspace: Workspace,
    invitation_id: str,
    by: str,
    despite: LikenessGround | None = None,
    *,
    without_doubtful: bool = False,
) -> Accepted:
    """Take a member in who enrolled themselves: subject, consent with the text that was shown, and the photos, with the checks of
    any enrolment. Done again after a kill, it makes nothing twice; nobody turns it down meanwhile, and who does so after it
    stopped half way undoes it.

    despite: why a person lets photos in that resemble somebody; without_doubtful: leave them out. With neither, such photos
    keep it waiting. Raises NotWaiting, NotFound and what enrol_sent raises.
    """
    with workspace.session() as session:
        key = find_invitation(session, invitation_id).id
    with deciding(workspace, key):
        return _accept(workspace, key, by, despite, without_doubtful=without_doubtful)


def _accept(
    workspace: Workspace, invitation_id: str, by: str, despite: LikenessGround | None, *, without_doubtful: bool
) -> Accepted:
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
        # From here on it may stop half way: what is on record since then may have been made by it.
        row.decided_at = row.decided_at or now()
        subject = _subject(session, row)
        _consent(workspace, session, row, subject, by)
        key, name = subject.id, subject.name
        session.commit()
    found = enrol_sent(workspace, key, sent, None, despite)
    with workspace.session() as session:
        decide(workspace, session, find_invitation(session, invitation_id), Stage.ACCEPTED, by, (Stage.SENT,))
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
    known = known_member(session, row.party_id, row.name, row.number)
    if known is not None and known.erased_at is not None and not known.lapsed:
        raise erased_then(known.erased_at)
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

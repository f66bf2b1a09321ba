"""Invitations: links by which members enrol themselves, and what they sent by them until somebody has decided.

A link is a random secret of which the row has the SHA-256 alone. It says nothing of whom it is for, and is over on its day, once
it was used, and when it was withdrawn.
"""

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import JSON, Date
from sqlmodel import Field, Session, SQLModel, col, or_, select

from registry.accounts import token_hash
from registry.actions import Action
from registry.db import UtcDateTime, new_id, now
from registry.errors import NotFound, RegistryError
from registry.kinds import Numbers
from registry.members import loosely, members_of, numbering_of
from registry.names import clean_name, name_key
from registry.parties import Party
from registry.prefixes import begins_with
from registry.subjects import Subject

LONGEST = timedelta(days=366)
"""No link is good for longer."""


class InvitationRefused(RegistryError):
    """A link that this workspace did not make, that was used or withdrawn, or that is over."""


class Stage(StrEnum):
    """What became of an invitation. OPEN: nothing was sent yet. SENT: somebody is to decide."""

    OPEN = "open"
    SENT = "sent"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Invitation(SQLModel, table=True):
    """One link for one member. subject_id: whom it is about, once the registry has them. name, number: whom it was made for,
    until that is decided. secret: the SHA-256 of what the link holds. until: from when on it is over.

    looks: how many photos were looked at by it. consented_at, signed, guardian, born, release_version, consent_sha256: what
    whoever opened it agreed to, under which name, for whom, after which text, and the object with all of it.

    decided_at: of what is SENT, since when somebody takes it in, or has begun to and stopped half way.
    """

    id: str = Field(default_factory=new_id, primary_key=True)
    party_id: str = Field(foreign_key="party.id", index=True)
    subject_id: str | None = Field(default=None, foreign_key="subject.id", index=True)
    name: str = ""
    number: str = ""
    secret: str = Field(unique=True)
    stage: Stage = Stage.OPEN
    made_by: str
    made_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    until: datetime = Field(sa_type=UtcDateTime)
    looks: int = 0
    release_version: str = ""
    consent_sha256: str | None = None
    consented_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    signed: str = ""
    guardian: str = ""
    born: date | None = Field(default=None, sa_type=Date)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by: str = ""


class InvitedPhoto(SQLModel, table=True):
    """A photo that was sent by a link, sealed until it is decided on. says: what would make it better."""

    __tablename__ = "invited_photo"

    id: str = Field(default_factory=new_id, primary_key=True)
    invitation_id: str = Field(foreign_key="invitation.id", index=True)
    sha256: str = Field(index=True)
    file_name: str
    says: list[str] = Field(default_factory=list, sa_type=JSON)
    sent_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


def invite(
    session: Session, party: Party, name: str, until: datetime, made_by: str, *, number: str = "", subject: Subject | None = None
) -> tuple[Invitation, str]:
    """A new invitation, flushed, and the secret of its link, which is nowhere else. subject: whom it is about, where the registry
    has them. Raises InvitationRefused and NameRefused."""
    at = now()
    if not at < until <= at + LONGEST:
        raise InvitationRefused("The link would be over before it is sent, or good for more than a year.", "Give a day to come.")
    secret = secrets.token_urlsafe(32)
    made = Invitation(
        party_id=party.id,
        subject_id=subject.id if subject else None,
        name=clean_name(name, "member"),
        number=number.strip(),
        secret=token_hash(secret),
        made_by=made_by,
        until=until,
    )
    session.add(made)
    session.flush()
    return made, secret


def open_invitation(session: Session, secret: str, at: datetime) -> Invitation:
    """What a link's secret stands for, while something can be sent by it. Raises InvitationRefused, and says no more to a
    stranger than to a member who comes late."""
    row = session.exec(select(Invitation).where(Invitation.secret == token_hash(secret))).first()
    if row is None or row.stage is not Stage.OPEN or row.until <= at:
        raise ended()
    return row


def ended() -> InvitationRefused:
    """The error for every link by which nothing can be sent, whatever the reason."""
    return InvitationRefused("This link does not work, or does not work any more.", "Ask whoever sent it for a new one.")


def find_invitation(session: Session, invitation_id: str) -> Invitation:
    """The one whose id begins like that. Raises NotFound."""
    query = select(Invitation).where(begins_with(col(Invitation.id), invitation_id))
    found = session.exec(query.limit(2)).all() if invitation_id else []
    if len(found) != 1:
        raise NotFound(f"{len(found) or 'No'} links have the id {invitation_id[:40]!r}.", Action.SEE_LINKS)
    return found[0]


def invitations_of(session: Session, party_ids: Sequence[str] | None = None) -> list[Invitation]:
    """Those of these parties, or all; who waits for a decision first, and then the latest first."""
    query = select(Invitation).order_by(col(Invitation.made_at).desc(), col(Invitation.id))
    if party_ids is not None:
        query = query.where(col(Invitation.party_id).in_(party_ids))
    return sorted(session.exec(query), key=lambda row: row.stage is not Stage.SENT)


def photos_of(session: Session, invitation: Invitation) -> list[InvitedPhoto]:
    """The photos that were sent by it, as they came."""
    query = select(InvitedPhoto).where(InvitedPhoto.invitation_id == invitation.id)
    return list(session.exec(query.order_by(col(InvitedPhoto.sent_at), col(InvitedPhoto.id))))


def empty(session: Session, invitation: Invitation) -> list[str]:
    """Take what was sent by it, and whom it was for, off the record: what stays says that there was a link, and what became of
    it. Flushed. Gives the digests of the objects that it named."""
    photos = photos_of(session, invitation)
    digests = sorted({*(photo.sha256 for photo in photos), *filter(None, (invitation.consent_sha256,))})
    for photo in photos:
        session.delete(photo)
    invitation.name = invitation.number = invitation.signed = invitation.guardian = ""
    invitation.born, invitation.consent_sha256 = None, None
    session.add(invitation)
    session.flush()
    return digests


def forget_in_invitations(session: Session, subject: Subject, name: str, at: datetime) -> list[str]:
    """End the invitations of a subject who is erased, as empty does, also those that only have the member's number, or the name
    of one without a number; flushed. Called before the roster's rows are emptied. Gives the digests of their objects."""
    digests, members = list[str](), members_of(session, subject.id)
    loose = numbering_of(session, subject.party_id) is Numbers.LOOSELY
    numbers = {loosely(row.number) if loose else row.number for row in members if row.number}
    names = {name_key(name), *(row.name_key for row in members if row.name_key)}

    def is_theirs(row: Invitation) -> bool:
        if row.number and numbers:
            return (loosely(row.number) if loose else row.number) in numbers
        return name_key(row.name) in names

    unnamed = (col(Invitation.party_id) == subject.party_id) & col(Invitation.subject_id).is_(None) & (Invitation.name != "")
    found = [row for row in session.exec(select(Invitation).where(unnamed)) if is_theirs(row)]
    for row in (*session.exec(select(Invitation).where(Invitation.subject_id == subject.id)), *found):
        if row.stage in (Stage.OPEN, Stage.SENT):
            row.stage, row.decided_at = Stage.WITHDRAWN, at
        digests += empty(session, row)
    return digests


def over(session: Session, at: datetime, waits: timedelta) -> list[Invitation]:
    """Invitations that hold something and are over: nothing was sent by their day, or nobody decided for so long."""
    open_ones = (col(Invitation.stage) == Stage.OPEN) & (col(Invitation.until) <= at)
    sent_ones = (col(Invitation.stage) == Stage.SENT) & (col(Invitation.sent_at) <= at - waits)
    return list(session.exec(select(Invitation).where(or_(open_ones, sent_ones), col(Invitation.name) != "")))

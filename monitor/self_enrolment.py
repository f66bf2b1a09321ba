"""Enrolling oneself by a link: what a member is told first, what they agree to, and their photos, each looked at on the spot."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from threading import Lock

import numpy as np
from sqlmodel import Session

from matcher.decoding.samples import sample_of
from matcher.errors import MatcherError
from matcher.types import Recogniser
from monitor.duplicate_check import SAME_PHOTO, Vector, limits_of, recogniser_for, vector_of
from monitor.enrolment import Encoded, encode_sample
from monitor.photos import recognisers_of
from monitor.sent_files import SentFile
from monitor.workspace import Workspace
from registry.db import now
from registry.errors import RegistryError
from registry.invitations import Invitation, InvitedPhoto, Stage, ended, photos_of
from registry.kinds import Modality, SubjectKind, samples_of
from registry.legal import OF_AGE, PURPOSE, release_of
from registry.names import clean_name
from registry.parties import Party
from registry.references import LARGEST, plain_file_name
from registry.removal import forget_bytes
from registry.storage.lock import hold

MOST_KEPT, MOST_LOOKS, ENOUGH = 8, 60, 3
"""Photos of one link: that are kept, that are looked at in all, and that serve well."""

ANOTHER_PERSON = "It does not seem to show the same person as your other photos. Use photos of yourself alone."


AGREED = "I have read this. I agree that my photos are used as it says."
"""What stands beside the box."""


class NotSigned(RegistryError):
    """A consent that is not one yet: something is missing, or the text is another by now."""


@dataclass(frozen=True)
class Told:
    """What whoever opens a link is told before anything is asked of them. plain: questions with their answers, in plain words.
    full: the text of the release (registry.legal). version: of all of it; another one as soon as a word of it is."""

    party: str
    plain: tuple[tuple[str, str], ...]
    full: str
    release: str
    version: str


@dataclass(frozen=True)
class Signature:
    """What was typed below it. name: of whoever consents for themselves, or of the child. guardian, born: where the person is
    under age. version: of the text that was shown; agreed: whether the box was ticked."""

    name: str
    guardian: str
    born: date | None
    version: str
    agreed: bool
    minor: bool


@dataclass(frozen=True)
class LookedAt:
    """What came of one photo. says: why it was not kept, or what would make it better."""

    name: str
    kept: bool
    says: tuple[str, ...]


def told(workspace: Workspace, session: Session, party: Party) -> Told:
    """The text as the party's entries make it now; the release is kept under its digest. Flushed."""
    days = workspace.settings.retention.after_mandate_days
    release = release_of(session, party, days=days)
    plain = _plain(party, days)
    whole = "\n".join((*(f"{question}\n{answer}\n" for question, answer in plain), release.text))
    return Told(party.name, plain, release.text, release.id, hashlib.sha256(whole.encode()).hexdigest())


def _plain(party: Party, days: int) -> tuple[tuple[str, str], ...]:
    contact = party.officer or party.email or party.postal_address or party.name
    others = (
        f"Besides {party.name}, these get to see them: {party.recipients}."
        if party.recipients
        else (f"Nobody but {party.name} and those who work for it on this gets to see them. They are never sold.")
    )
    abroad = f" They go to other countries: {party.transfers}." if party.transfers else ""
    return (
        ("What is this for?", f"{party.name} asks for photos of your face. They serve one purpose: {party.purposes or PURPOSE}."),
        (
            "What is done with my photos?",
            "A computer measures the face in each photo and makes a list of numbers of it. It compares these numbers with faces "
            "in videos that anybody can see on the web. A person checks each find before anything is done about it. Photos and "
            "numbers are kept locked (encrypted).",
        ),
        ("Who does it?", f"{party.name} decides about it and answers for it. {others}{abroad}"),
        (
            "For how long?",
            f"Until you end your consent. Then the photos and the numbers are destroyed within {days} days. If your photos are "
            "not accepted, they are destroyed at once.",
        ),
        (
            "What makes this lawful?",
            "Your consent, and nothing else (in Europe: GDPR Articles 6(1)(a) and 9(2)(a); in Illinois: BIPA, 740 ILCS "
            "14/15(b)). You need not take part. If you do not, nothing is kept of you here.",
        ),
        (
            "How do I end it?",
            f"At any time, and you need not say why: tell {contact}. From then on nobody looks for you. You may also ask to see "
            "what is held of you, to have it put right or erased, and you may complain to a data protection authority.",
        ),
        (
            "What if I am under 18?",
            "Then a parent or guardian reads this with you, and agrees for you with their own name. When you are 18 you are "
            "asked yourself.",
        ),
    )


def sign(workspace: Workspace, session: Session, invitation: Invitation, given: Signature) -> None:
    """Put a consent on record, with the text that was shown and what was typed; flushed. Again, it takes the place of the one
    before. Raises NotSigned and NameRefused; nothing is kept then."""
    at, party = now(), session.get_one(Party, invitation.party_id)
    shown = told(workspace, session, party)
    if given.version != shown.version:
        raise NotSigned("The text has changed since you opened this page.", "Please read it again, and agree below it again.")
    if not given.agreed:
        raise NotSigned("You have not agreed yet.", "Tick the box above the button, or close this page: then nothing is kept.")
    name = clean_name(given.name, "person who takes part")
    guardian, born = _guarded(given, at)
    before = invitation.consent_sha256
    document = workspace.vault.put([_document(invitation, shown, name, guardian, born, at).encode()], private=True)
    if not _still_open(session, invitation):
        forget_bytes(session, workspace.vault, document.sha256)
        raise ended()
    invitation.signed, invitation.guardian, invitation.born = name, guardian, born
    invitation.consented_at, invitation.release_version, invitation.consent_sha256 = at, shown.release, document.sha256
    session.add(invitation)
    session.commit()
    if before and before != document.sha256:
        forget_bytes(session, workspace.vault, before)


def _document(invitation: Invitation, shown: Told, name: str, guardian: str, born: date | None, at: datetime) -> str:
    """What was shown and what was typed, as it goes on record for the person to read again."""
    whom = invitation.name + (f" (member number {invitation.number})" if invitation.number else "")
    made = f"by a link that {invitation.made_by} made on {invitation.made_at:%Y-%m-%d} for {whom}"
    lines = [*(f"{question}\n{answer}\n" for question, answer in shown.plain), shown.full]
    lines += [f"Shown and agreed to on {at:%Y-%m-%d at %H:%M:%S} UTC, {made}.", f"Name, as typed: {name}"]
    if guardian:
        lines.append(f"Parent or guardian who agrees, as typed: {guardian}. Born on {born}.")
    lines.append(f"Ticked: {AGREED}")
    return "\n".join(lines)


def _guarded(given: Signature, at: datetime) -> tuple[str, date | None]:
    """The guardian's name and the day of birth of who is under age. Raises NotSigned."""
    if not given.minor:
        return "", None
    if given.born is None or not date(1900, 1, 1) <= given.born <= at.date():
        raise NotSigned("The day of birth is missing, or cannot be.", "It is needed for who is under 18.")
    if given.born <= _years_before(at, OF_AGE):
        raise NotSigned("By that day of birth the person is 18 or older.", "Choose that, and the person agrees for themselves.")
    if not given.guardian.strip():
        raise NotSigned("The parent or guardian is not named.", "Whoever agrees for a child gives their own name.")
    return clean_name(given.guardian, "parent or guardian"), given.born


def _still_open(session: Session, invitation: Invitation) -> bool:
    """Whether something may be put under it: it may have been handed in, or withdrawn, while this was looked at. Where it is not,
    nothing is held any more."""
    hold(session)
    session.refresh(invitation)
    if invitation.stage is Stage.OPEN:
        return True
    session.rollback()
    return False


def _years_before(at: datetime, years: int) -> date:
    day = at.astimezone(UTC).date()
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)


def check_signed(invitation: Invitation) -> None:
    """Raises NotSigned before there is a consent."""
    if invitation.consented_at is None:
        raise NotSigned("Nobody has agreed yet.", "Read the text, and agree below it first.")


class PhotoDesk:
    """What looks at photos that are sent by links; one for a server, which looks at one photo at a time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._recognisers: list[Recogniser] = []

    def take(self, workspace: Workspace, session: Session, invitation: Invitation, sent: SentFile) -> LookedAt:
        """Look at one photo, in the confined process that decodes, and keep it, sealed, if it can serve. Commits. No numbers of
        the face are kept. Raises NotSigned before there is a consent, InvitationRefused, and PackError."""
        check_signed(invitation)
        with self._lock:
            # What others sent by the same link, while this one waited, counts.
            session.rollback()
            return self._taken(workspace, session, invitation, sent, plain_file_name(sent.plain_name))

    def _taken(self, workspace: Workspace, session: Session, invitation: Invitation, sent: SentFile, name: str) -> LookedAt:
        if invitation.looks >= MOST_LOOKS:
            return LookedAt(
                name, False, (f"{MOST_LOOKS} photos were looked at by this link: send what was kept, or ask for help.",)
            )
        invitation.looks += 1
        session.add(invitation)
        session.commit()
        held = photos_of(session, invitation)
        if len(held) >= MOST_KEPT:
            return LookedAt(name, False, (f"{MOST_KEPT} photos are kept, which is enough. Remove one to put this in its place.",))
        try:
            says = self._judge(workspace, held, sent, name)
        except MatcherError as error:
            return LookedAt(name, False, (str(error),))
        if says is None:
            return LookedAt(name, False, (ANOTHER_PERSON,))
        return self._keep(workspace, session, invitation, sent, name, says)

    def _judge(self, workspace: Workspace, held: Sequence[InvitedPhoto], sent: SentFile, name: str) -> tuple[str, ...] | None:
        """What would make the photo better; None where it shows somebody else than those before. Raises MatcherError."""
        self._recognisers = self._recognisers or recognisers_of(workspace, lambda _: None, [SubjectKind.PERSON])
        vector, made = self._seen(sent.content, name)
        for photo in held:
            with workspace.vault.opened(photo.sha256) as path:
                other, _ = self._seen(path.read_bytes(), photo.file_name)
            if vector is None or other is None:
                continue
            likeness = float(np.dot(vector, other))
            face = recogniser_for(self._recognisers, Modality.FACE)
            if face is not None and likeness < SAME_PHOTO and likeness < limits_of(face).apart:
                return None
        return made.warnings

    def _seen(self, content: bytes, name: str) -> tuple[Vector | None, Encoded]:
        if len(content) > LARGEST:
            raise MatcherError("The photo is larger than 64 MB.", "Take it anew with your phone's camera.")
        made = encode_sample(self._recognisers, SubjectKind.PERSON, sample_of(content, name, samples_of(SubjectKind.PERSON)))
        return vector_of(recogniser_for(self._recognisers, Modality.FACE), made.arrays), made

    def _keep(
        self, workspace: Workspace, session: Session, invitation: Invitation, sent: SentFile, name: str, says: tuple[str, ...]
    ) -> LookedAt:
        stored = workspace.vault.put([sent.content], private=True)
        if not _still_open(session, invitation):
            forget_bytes(session, workspace.vault, stored.sha256)
            raise ended()
        if any(photo.sha256 == stored.sha256 for photo in photos_of(session, invitation)):
            session.rollback()
            return LookedAt(name, True, ("It was sent already, and is kept once.",))
        session.add(InvitedPhoto(invitation_id=invitation.id, sha256=stored.sha256, file_name=name, says=list(says)))
        session.commit()
        return LookedAt(name, True, says)


def take_out(workspace: Workspace, session: Session, invitation: Invitation, photo_id: str) -> None:
    """Destroy one photo that was kept; one that is not there is fine, too. Commits. Raises InvitationRefused."""
    if not _still_open(session, invitation):
        raise ended()
    for photo in photos_of(session, invitation):
        if photo.id == photo_id:
            digest = photo.sha256
            workspace.vault.announce(digest)
            session.delete(photo)
            session.commit()
            forget_bytes(session, workspace.vault, digest)


def send(session: Session, invitation: Invitation, at: datetime) -> None:
    """Hand everything in: the link is used up with that. Flushed, and the database is held. Raises NotSigned, and
    InvitationRefused for what was withdrawn meanwhile."""
    if not _still_open(session, invitation):
        raise ended()
    if invitation.consented_at is None:
        raise NotSigned("Nobody has agreed yet.", "Read the text, and agree below it first.")
    if not photos_of(session, invitation):
        raise NotSigned("No photo is kept yet.", "Take or choose one that can serve.")
    invitation.stage, invitation.sent_at = Stage.SENT, at
    session.add(invitation)
    session.flush()

"""Photos that were not enrolled because they seem to show somebody else: they stay out by their bytes until a person decides."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Field, Session, SQLModel, col, or_, select

from registry.actions import Action
from registry.blinding import blinder
from registry.db import UtcDateTime, now
from registry.errors import NotFound
from registry.kinds import LikenessGround
from registry.members import members_by
from registry.prefixes import begins_with
from registry.references import Reference, plain_file_name
from registry.subjects import Subject


class RefusedPhoto(SQLModel, table=True):
    """id: from the photo and whom it was to show. photo: the keyed digest of its bytes, per party.

    for_whom, shows: a member's key or, of those whom no roster brought, the subject's id; shows is "" where the photo only stands
    apart from the others of for_whom. likeness: the cosine that told. number, file_name: for people; they go when either of the
    two is erased. ground: why a person let it in all the same, at allowed_at.
    """

    __tablename__ = "refused_photo"

    id: str = Field(primary_key=True)
    party_id: str = Field(foreign_key="party.id", index=True)
    photo: str = Field(index=True)
    for_whom: str = Field(index=True)
    shows: str = Field(default="", index=True)
    likeness: float
    number: str = ""
    file_name: str = ""
    refused_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    ground: LikenessGround | None = None
    allowed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


@dataclass(frozen=True)
class NewRefusal:
    """A photo, by its SHA-256, that is refused now; see RefusedPhoto."""

    sha256: str
    for_whom: str
    shows: str
    likeness: float
    number: str
    file_name: str


class Refusals:
    """What is on record for one party, as it was when this was made."""

    def __init__(self, session: Session, party_id: str) -> None:
        self._by_photo: dict[str, list[RefusedPhoto]] = {}
        for row in session.exec(select(RefusedPhoto).where(RefusedPhoto.party_id == party_id).order_by(col(RefusedPhoto.id))):
            self._by_photo.setdefault(row.photo, []).append(row)
        # What was read is kept as it is, whatever the session reads or forgets later.
        for row in (row for rows in self._by_photo.values() for row in rows):
            session.expunge(row)
        self._digest = _digester(session, party_id) if self._by_photo else None

    def of(self, sha256: str, for_whom: str) -> RefusedPhoto | None:
        """Why a photo is not enrolled for somebody: refused for them, or for another because it shows a third.

        None where nothing is on record, or a person let it in for them.
        """
        held = self._held(sha256)
        own = next((row for row in held if row.for_whom == for_whom), None)
        if own is not None:
            return own if own.allowed_at is None else None
        return next((row for row in held if row.shows not in ("", for_whom) and row.allowed_at is None), None)

    def is_allowed(self, sha256: str, for_whom: str) -> bool:
        """Whether a person decided that it shows them."""
        held = self._held(sha256)
        return any(row.for_whom == for_whom and row.allowed_at is not None for row in held)

    def _held(self, sha256: str) -> list[RefusedPhoto]:
        return self._by_photo.get(self._digest("photo", sha256), []) if self._digest else []


def _digester(session: Session, party_id: str) -> Callable[..., str]:
    """Makes keyed digests of several parts, 32 hex digits, which are of no use beside those of another party."""
    blind = blinder(session)
    return lambda *parts: blind("\n".join(("refused photo", party_id, *parts)))[:32]


def record_refusals(session: Session, party_id: str, found: Sequence[NewRefusal]) -> list[RefusedPhoto]:
    """Their rows; flushed, not committed. What is on record stays as it is."""
    if not found:
        return []
    rows: list[RefusedPhoto] = []
    digest = _digester(session, party_id)
    for new in found:
        key = digest("refused", new.sha256, new.for_whom)
        row = session.get(RefusedPhoto, key)
        if row is None:
            row = RefusedPhoto(
                id=key,
                party_id=party_id,
                photo=digest("photo", new.sha256),
                for_whom=new.for_whom,
                shows=new.shows,
                likeness=new.likeness,
                number=new.number,
                file_name=plain_file_name(new.file_name),
            )
            session.add(row)
            session.flush()
        rows.append(row)
    return rows


def list_refusals(session: Session, party_id: str, *, decided: bool = False) -> list[RefusedPhoto]:
    """The photos that stay out, or those that a person let in; the earliest first."""
    query = select(RefusedPhoto).where(RefusedPhoto.party_id == party_id)
    query = query.where(col(RefusedPhoto.allowed_at).is_not(None) if decided else col(RefusedPhoto.allowed_at).is_(None))
    return list(session.exec(query.order_by(col(RefusedPhoto.refused_at), col(RefusedPhoto.id))))


def allow(session: Session, refusal: RefusedPhoto, ground: LikenessGround) -> None:
    """A person has looked: the next import enrols the photo for whom it was refused. Flushed; the audit log has the ground."""
    refusal.ground, refusal.allowed_at = ground, now()
    session.add(refusal)
    session.flush()


def forbid_again(session: Session, refusal: RefusedPhoto) -> list[Reference]:
    """What a person let in stays out again; flushed. Gives the references as which it is enrolled for whom it was let in."""
    digest = _digester(session, refusal.party_id)
    subjects = {row.subject_id for row in members_by(session, {refusal.for_whom}) if row.subject_id} or {refusal.for_whom}
    rows = session.exec(select(Reference).where(col(Reference.subject_id).in_(subjects))).all()
    refusal.ground, refusal.allowed_at = None, None
    session.add(refusal)
    session.flush()
    return [row for row in rows if digest("photo", row.sha256) == refusal.photo]


def find_refusal(session: Session, party_id: str, prefix: str) -> RefusedPhoto:
    """The one whose id begins like that. Raises NotFound."""
    query = select(RefusedPhoto).where(RefusedPhoto.party_id == party_id, begins_with(col(RefusedPhoto.id), prefix))
    found = session.exec(query.limit(2)).all() if prefix else []
    if len(found) != 1:
        raise NotFound(f"{len(found) or 'No'} refused photos begin with {prefix!r}.", Action.SEE_REFUSED)
    return found[0]


def forget_in_refusals(session: Session, keys: Collection[str]) -> int:
    """Take from the refusals that name one of the keys what says who they were; the digests stay. How many there are."""
    wanted = list(keys)
    query = select(RefusedPhoto).where(or_(col(RefusedPhoto.for_whom).in_(wanted), col(RefusedPhoto.shows).in_(wanted)))
    rows = session.exec(query).all()
    for row in rows:
        row.number, row.file_name = "", ""
        session.add(row)
    session.flush()
    return len(rows)


def name_by_key(session: Session, key: str) -> str:
    """The name of a member, by any of its keys, or of a subject; "" of one who is not there or was erased."""
    member = next((row for row in members_by(session, {key}) if row.subject_id), None)
    subject = session.get(Subject, member.subject_id if member else key)
    return subject.name if subject is not None and subject.erased_at is None else ""

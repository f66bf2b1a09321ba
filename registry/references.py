"""References: the pictures a subject is enrolled with. The bytes lie in the vault."""

import hashlib
import mimetypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy import select as sql_select
from sqlmodel import Field, Session, SQLModel, col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from registry.actions import Action
from registry.db import UtcDateTime, new_id, now
from registry.errors import NotFound, RegistryError
from registry.held_text import holds
from registry.kinds import Life, SampleKind, SubjectKind
from registry.members import Member, loosely
from registry.names import name_key
from registry.paging import WHOLE, Listed, Part, listed
from registry.parties import Party
from registry.subjects import NAMES, Subject, called
from registry.vault.base import Vault
from registry.views import view_of

BLOCK = 1 << 20
LARGEST = 64 << 20


class ReferenceFileRefused(RegistryError):
    """A file that cannot be taken in as a reference, whatever it shows."""


class Reference(SQLModel, table=True):
    """One picture, clip or recording of one subject. era: the years it depicts, both ends included, where known."""

    __table_args__ = (UniqueConstraint("subject_id", "sha256"), Index("ix_reference_created_at_id", "created_at", "id"))

    id: str = Field(default_factory=new_id, primary_key=True)
    subject_id: str = Field(foreign_key="subject.id", index=True)
    sha256: str = Field(index=True)
    file_name: str
    media_type: str
    kind: SampleKind = Field(default=SampleKind.PICTURE, sa_column_kwargs={"server_default": "PICTURE"})
    size: int
    era_from: int | None = None
    era_to: int | None = None
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


def add_reference(
    session: Session,
    vault: Vault,
    subject: Subject,
    content: Path | bytes,
    *,
    file_name: str | None = None,
    era: tuple[int, int] | None = None,
    kind: SampleKind = SampleKind.PICTURE,
) -> Reference:
    """Keep a reference's bytes and its row; flushed, not committed. The same bytes again give the row that is there.

    era: first and last year that the picture depicts. Whether it shows what it should is the matcher's to say, before
    this is called. Raises ReferenceFileRefused.
    """
    check_era(era)
    sha256, _ = digest_and_size(content)
    known = session.exec(select(Reference).where(Reference.subject_id == subject.id, Reference.sha256 == sha256)).first()
    if known is not None:
        return known
    reference = keep_reference(vault, subject.id, content, file_name=file_name, era=era, kind=kind)
    session.add(reference)
    session.flush()
    return reference


def keep_reference(
    vault: Vault,
    subject_id: str,
    content: Path | bytes,
    *,
    file_name: str | None = None,
    era: tuple[int, int] | None = None,
    kind: SampleKind = SampleKind.PICTURE,
) -> Reference:
    """Keep a reference's bytes, sealed, and give its row, which is added to no session. Raises ReferenceFileRefused."""
    stored = vault.put(_chunks(content), private=True)
    name = plain_file_name(file_name or (content.name if isinstance(content, Path) else "picture"))
    return Reference(
        subject_id=subject_id,
        kind=kind,
        sha256=stored.sha256,
        file_name=name,
        media_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
        size=stored.size,
        era_from=era[0] if era else None,
        era_to=era[1] if era else None,
    )


def check_era(era: tuple[int, int] | None) -> None:
    """Raises ReferenceFileRefused for years in which nobody was photographed, or that are still to come."""
    if era is not None and not 1800 <= era[0] <= era[1] <= now().year:
        raise ReferenceFileRefused(f"The era {era[0]}-{era[1]} cannot be.", "Give the first and the last year it depicts.")


def plain_file_name(name: str) -> str:
    """A stranger's file name without folders and without characters that a terminal or a file system would act on."""
    last = name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    plain = "".join(letter if letter.isprintable() else "_" for letter in last).strip(". ")
    return plain[:120] or "picture"


def digest_and_size(content: Path | bytes) -> tuple[str, int]:
    """A file's SHA-256 and size. Raises ReferenceFileRefused for one that is empty, unreadable or too large."""
    digest, size = hashlib.sha256(), 0
    for chunk in _chunks(content):
        digest.update(chunk)
        size += len(chunk)
        if size > LARGEST:
            raise too_large()
    if not size:
        raise ReferenceFileRefused("The reference is an empty file.", "Give a picture, a clip or a recording.")
    return digest.hexdigest(), size


def too_large() -> ReferenceFileRefused:
    """The error for a file of more than LARGEST bytes."""
    return ReferenceFileRefused(
        "The reference is larger than 64 MiB.",
        "Save it smaller: a video with 480 pixels on its longer side, a sound as MP3 or AAC.",
    )


def _chunks(content: Path | bytes) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    try:
        with content.open("rb") as stream:
            while block := stream.read(BLOCK):
                yield block
    except OSError as error:
        raise ReferenceFileRefused(
            f"{content} cannot be read: {error.strerror}.", "Check the path and its permissions."
        ) from error


def find_reference(session: Session, reference_id: str) -> Reference:
    """The reference with that id. Raises NotFound."""
    reference = session.get(Reference, reference_id)
    if reference is None:
        raise NotFound(f"There is no reference {reference_id!r}.", Action.SEE_REFERENCES)
    return reference


def count_references(session: Session, subject: Subject) -> int:
    """How many references a subject has."""
    return session.exec(select(func.count()).select_from(Reference).where(Reference.subject_id == subject.id)).one()


@dataclass(frozen=True)
class SubjectLine:
    """A subject in a list. references: how many it has. life, died_on, domicile: of a person, as far as they are on record.
    aliases: what else it is called."""

    id: str
    name: str
    kind: SubjectKind
    party: str
    party_id: str
    references: int
    created_at: datetime
    life: Life
    died_on: date | None
    domicile: str
    aliases: list[str]


def listed_subjects(
    session: Session, part: Part = WHOLE, *, party: Party | None = None, named: Sequence[str] | None = None
) -> Listed[SubjectLine]:
    """Subjects by name, without the erased ones: all, or those of a party; see registry.paging. A part of a member's number is
    searched for, too (numbered). named: those, by id, of whom a name, an alias or a number holds what is searched for; None where
    that is not known."""
    held = select(func.count()).select_from(Reference).where(Reference.subject_id == Subject.id).scalar_subquery()
    life: tuple[Any, ...] = (Subject.life, Subject.died_on, Subject.domicile, Subject.aliases)
    about: tuple[Any, ...] = (Subject.id, Subject.name, Subject.kind, Party.name, Subject.party_id, held, Subject.created_at)
    columns = (*about, *life)
    query = sql_select(*columns).join(Party, col(Party.id) == Subject.party_id).where(col(Subject.erased_at).is_(None))
    if party is not None:
        query = query.where(col(Subject.party_id) == party.id)
    if named is not None:
        query = query.where(col(Subject.id).in_(named))
    elif part.search.strip():
        query = query.where(called(part.search) | col(Subject.id).in_(numbered(part.search)))
    found = listed(session, query, (col(Subject.name), col(Subject.id)), replace(part, search=""))
    return Listed(((SubjectLine(*row), cursor) for row, cursor in found.rows), found.more)


def numbered(text: str) -> SelectOfScalar[str]:
    """The ids of the subjects whose member's number holds a text, whatever its case and spaces, and without the zeros that are
    typed before it as well."""
    typed = "".join(text.split())
    ways = {name_key(typed), loosely(typed)}
    # Only a number with spaces in it is copied without them.
    spaced = [holds(col(Member.number), " ") & holds(func.replace(col(Member.number), " ", ""), way) for way in sorted(ways)]
    held = or_(*(holds(col(Member.number), way) for way in sorted(ways)), *spaced)
    # By the subject's own key: a member who was erased has none.
    return select(Subject.id).join(Member, col(Member.subject_id) == Subject.id).where(held)


def subject_line(session: Session, subject: Subject) -> SubjectLine:
    party, held = session.get_one(Party, subject.party_id), count_references(session, subject)
    return view_of(SubjectLine, subject, party=party.name, references=held)


@dataclass(frozen=True)
class ReferenceView:
    """A reference as it is shown. kind: picture, clip or recording. size: bytes. era_from, era_to: years, both included."""

    id: str
    subject_id: str
    file_name: str
    media_type: str
    kind: SampleKind
    size: int
    sha256: str
    era_from: int | None
    era_to: int | None
    created_at: datetime


@dataclass(frozen=True)
class ReferenceLine(ReferenceView):
    """A reference in a list, with its subject's name."""

    subject: str


def reference_view(session: Session, reference_id: str) -> ReferenceView:
    return view_of(ReferenceView, find_reference(session, reference_id))


def listed_references(session: Session, part: Part = WHOLE, subject: Subject | None = None) -> Listed[ReferenceLine]:
    """References as they were enrolled: all, or those of a subject; see registry.paging."""
    columns: tuple[Any, ...] = (Reference, Subject.name)
    query = sql_select(*columns).join(Subject, col(Subject.id) == Reference.subject_id)
    if subject is not None:
        query = query.where(col(Reference.subject_id) == subject.id)
    by = (col(Reference.created_at), col(Reference.id))
    found = listed(session, query, by, part, (*NAMES, Reference.file_name))
    return Listed(((view_of(ReferenceLine, row, subject=name), cursor) for (row, name), cursor in found.rows), found.more)


def list_references(session: Session, subject: Subject | None = None) -> list[Reference]:
    """References, the first one made first; of one subject where given."""
    query = select(Reference).order_by(col(Reference.created_at), col(Reference.id))
    return list(session.exec(query if subject is None else query.where(Reference.subject_id == subject.id)))

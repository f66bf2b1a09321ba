"""Documents: the reports, letters and bundles that were made and show a subject, so that erasing finds them."""

import shutil
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from registry.db import UtcDateTime, new_id
from registry.errors import NotFound


class Document(SQLModel, table=True):
    """That the file or folder at path shows the subject. sent_at: since when it is in other hands, and so evidence of that."""

    __table_args__ = (UniqueConstraint("subject_id", "path"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    subject_id: str = Field(index=True)
    path: str = Field(index=True)
    kind: str
    made_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


def note_document(session: Session, path: Path, kind: str, subject_ids: Iterable[str], at: datetime) -> None:
    """Record whom a document shows that was made just now; flushed, not committed. One made anew is not sent yet."""
    place = str(path.absolute())
    for row in session.exec(select(Document).where(Document.path == place)):
        session.delete(row)
    session.flush()
    session.add_all(Document(subject_id=key, path=place, kind=kind, made_at=at) for key in sorted(set(subject_ids)))
    session.flush()


def mark_sent(session: Session, path: Path, at: datetime) -> int:
    """Record that a document was handed out; says how many subjects it shows. Raises NotFound for one that is not on record."""
    rows = session.exec(select(Document).where(Document.path == str(path.absolute()))).all()
    if not rows:
        raise NotFound(f"{path} is on record neither as a report, a letter nor a bundle.", "Give its path as it was made.")
    for row in rows:
        row.sent_at = row.sent_at or at
        session.add(row)
    session.flush()
    return len(rows)


def documents_of(session: Session, subject_id: str) -> list[Document]:
    return list(session.exec(select(Document).where(Document.subject_id == subject_id).order_by(col(Document.path))))


def remove_unsent(session: Session, subject_id: str) -> list[str]:
    """Take the unsent documents that show the subject off the record, for whomever else they show; flushed. Their paths."""
    paths = sorted({row.path for row in documents_of(session, subject_id) if row.sent_at is None})
    for row in session.exec(select(Document).where(col(Document.path).in_(paths))):
        session.delete(row)
    session.flush()
    return paths


def remove_files(paths: Iterable[str]) -> None:
    """Remove documents from the disk; what is gone already is gone."""
    for path in map(Path, paths):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)

"""Documents: the reports, letters and bundles that were made and show a subject, so that erasing finds them.

A document is on record before it is in its place: a kill at any moment leaves none that the record does not know.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from registry.audit import record
from registry.db import UtcDateTime, new_id
from registry.errors import NotFound, RegistryError
from registry.storage.engine import folder_of
from registry.tenancy import ask, declare, first_column, whether_any

REPORTS = "reports"
"""The workspace's folder for documents."""

INNER = frozenset((REPORTS, "staging", "vault", "keys", "cache"))
"""The workspace's folders that hold no file of its owner's."""

SUFFIXES = frozenset((".pdf", ".html", ".docx", ".xlsx", ".json", ".zip"))

LIST = "SHA256SUMS"
LISTS = ("tagmanifest-sha256.txt", LIST)
"""The file that lists all others of a document that is a folder: of a bag, and of any other."""


class DocumentGone(RegistryError):
    """A document whose subject was erased while it was being made."""


class Document(SQLModel, table=True):
    """That the file or folder at path shows the subject.

    path: from the workspace's folder where it lies in it, so that it may be moved; otherwise absolute. digest: the SHA-256 of the
    file, of a folder's list of its files. making: the staging folder from which it is about to be moved to path; None once it
    is there. sent_at: since when it is in other hands, and so evidence of that.
    """

    __table_args__ = (UniqueConstraint("subject_id", "path"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    subject_id: str = Field(index=True)
    path: str = Field(index=True)
    kind: str
    made_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    digest: str | None = Field(default=None, index=True)
    making: str | None = Field(default=None, index=True)


def root_of(session: Session) -> Path:
    """The workspace's folder, as it is called now: the one in which the database lies."""
    bind = session.get_bind()
    engine = bind if isinstance(bind, Engine) else bind.engine
    return folder_of(engine)


def name_of(root: Path, path: Path) -> str:
    """What the record calls the document at path."""
    # The last part is not followed: a link is a document of its own.
    place = Path(os.path.realpath(path.absolute().parent)) / path.name
    return place.relative_to(root).as_posix() if place.is_relative_to(root) else str(place)


def fingerprint(place: Path) -> str | None:
    """The digest by which a document is known again under another name; None where there is nothing to read."""
    return digest_of((list_of(place) or place / LIST) if place.is_dir() else place)


def list_of(place: Path) -> Path | None:
    """The file that lists all others of a document that is a folder; None for what is none."""
    return next((place / name for name in LISTS if (place / name).is_file()), None)


def digest_of(file: Path) -> str | None:
    """None where it cannot be read."""
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return None


def beside(place: Path) -> Path:
    """Where a document is copied to on its way to another file system."""
    return place.with_name(f".{place.name}.part")


def is_beside(place: Path) -> bool:
    """Whether a path is that of a file which is being written and not yet at its place."""
    return place.name.startswith(".") and place.name.endswith(".part")


def named(session: Session, name: str) -> list[Document]:
    """The records of documents under that path, as records call it."""
    return list(session.exec(select(Document).where(Document.path == name)))


def rows_at(session: Session, path: Path) -> list[Document]:
    """What the record says of the document that lies at path now, also where it lay elsewhere when it was made."""
    root = root_of(session)
    if rows := named(session, name_of(root, path)):
        return rows
    places = Places(session)
    here = Path(os.path.realpath(path.absolute().parent)) / path.name
    return [row for row in session.exec(select(Document)) if here in places.of(row)]


def mark_sent(session: Session, path: Path, at: datetime) -> int:
    """Record that a document was handed out; says how many subjects it shows. Raises NotFound for one that is not on record."""
    rows = rows_at(session, path)
    if not rows:
        raise NotFound(f"{path} is on record neither as a report, a letter nor a bundle.", "Give its path as it was made.")
    for row in rows:
        row.sent_at = row.sent_at or at
        session.add(row)
    session.flush()
    return len(rows)


def documents_of(session: Session, subject_id: str) -> list[Document]:
    """The records of all documents that show a subject, by path."""
    return list(session.exec(select(Document).where(Document.subject_id == subject_id).order_by(col(Document.path))))


_OTHERS_AT = declare(
    """
    DELETE FROM main.document WHERE path IN (SELECT path FROM document WHERE path IN (SELECT value FROM json_each(:names)))
    AND id NOT IN (SELECT id FROM document) RETURNING id
    """,
    first_column,
)


def take_off(session: Session, rows: Iterable[Document]) -> None:
    """Take documents off the record, for whomever else they show; flushed."""
    names = sorted({row.path for row in rows})
    session.flush()
    # Also for another party's subjects: the document is gone for them, too.
    others = ask(session, _OTHERS_AT, {"names": json.dumps(names)})
    for row in session.exec(select(Document).where(col(Document.path).in_(names))).all():
        session.delete(row)
    session.flush()
    record(session, "remove", "document", others)


_ON_RECORD = declare("SELECT DISTINCT path FROM main.document WHERE path IN (SELECT value FROM json_each(:names))", first_column)


_HELD_BACK = declare(
    """
    SELECT 1 FROM main.document WHERE path = :name AND (sent_at IS NOT NULL OR id NOT IN (SELECT id FROM document)
    OR (:parties <> 'null' AND subject_id NOT IN
        (SELECT id FROM subject WHERE party_id IN (SELECT value FROM json_each(:parties))))) LIMIT 1
    """,
    whether_any,
)
_IS_ON_RECORD = declare("SELECT 1 FROM main.document WHERE path = :name LIMIT 1", whether_any)


def may_replace(session: Session, place: Path, parties: Collection[str] | None, *, own: bool) -> bool:
    """Whether what lies at the place may give way to a new document of the same name: one of these parties that was not sent.

    parties: by their ids; None for all. own: whether the place is in their own folder, where nobody else writes; elsewhere what
    is on no record may be anybody's.
    """
    name = name_of(root_of(session), place)
    allowed = json.dumps(None if parties is None else sorted(parties))
    if ask(session, _HELD_BACK, {"name": name, "parties": allowed}):
        return False
    return own or ask(session, _IS_ON_RECORD, {"name": name})


_OTHERS_FOLDERS = declare(
    """
    WITH RECURSIVE above (id, parent_id) AS (
        SELECT id, parent_id FROM main.party WHERE id = (SELECT party_id FROM main.subject WHERE id = :subject_id)
        UNION SELECT party.id, party.parent_id FROM main.party AS party JOIN above ON party.id = above.parent_id
    ) SELECT folder FROM main.party WHERE folder <> '' AND id NOT IN (SELECT id FROM above)
    """,
    first_column,
)


class Places:
    """Where documents lie now: where they were made, where the workspace was moved to, or under another name in its reports."""

    def __init__(self, session: Session) -> None:
        self._root = root_of(session)
        self._session = session
        self._strays: dict[Path, str | None] | None = None
        self._elsewhere: dict[Path, str | None] | None = None

    def of(self, row: Document) -> list[Path]:
        """Every place at which the document lies, and copies of it that are on no record."""
        place = self._root / row.path
        found = [place] if os.path.lexists(place) else [*self._moved(row)]
        lying = {**self.strays(), **self.elsewhere()}
        copies = [stray for stray, digest in lying.items() if row.digest is not None and digest == row.digest]
        return list(dict.fromkeys([*found, *copies]))

    def strays(self) -> dict[Path, str | None]:
        """What lies in the workspace's reports and is on no record, with its digest."""
        if self._strays is None:
            lying = documents_in(self._root / REPORTS)
            places = {name_of(self._root, place): place for place in lying}
            known = self._on_record(places)
            self._strays = {place: fingerprint(place) for name, place in places.items() if name not in known}
        return self._strays

    def elsewhere(self) -> dict[Path, str | None]:
        """What may be a document, is on no record, and lies in another folder of the workspace or beside a document that was
        put elsewhere: what has a document's kind, a folder with its list, and what is left of one on its way."""
        if self._elsewhere is None:
            named = self._session.exec(select(Document.path))
            found = {place for folder in self._folders_beside(named) for place in folder.iterdir()}
            found |= {place for top in self._root.iterdir() if top.name not in INNER for place in _within(top)}
            lying = {name_of(self._root, place): place for place in filter(_may_be_document, sorted(found))}
            known = self._on_record(lying)
            self._elsewhere = {place: fingerprint(place) for name, place in lying.items() if name not in known}
        return self._elsewhere

    def _folders_beside(self, names: Iterable[str]) -> set[Path]:
        """The folders outside the workspace to which documents were put."""
        places = (self._root / name for name in names)
        return {place.parent for place in places if not place.is_relative_to(self._root) and place.parent.is_dir()}

    def folders_of_others(self, subject_id: str) -> set[Path]:
        """The folders of parties that are neither the subject's nor above it: no document of theirs shows it."""
        return {self._root / REPORTS / folder for folder in ask(self._session, _OTHERS_FOLDERS, {"subject_id": subject_id})}

    def _moved(self, row: Document) -> Iterator[Path]:
        """A document that an earlier version noted by its absolute path, in a workspace that was moved since: the longest end
        of the path, with its folder at least, that is here and is no other document's."""
        parts = Path(row.path).parts[1:] if row.path.startswith("/") else ()
        for start in range(len(parts) - 1):
            tail = Path(*parts[start:])
            if os.path.lexists(self._root / tail) and not self._on_record([tail.as_posix()]):
                yield self._root / tail
                return

    def _on_record(self, names: Iterable[str]) -> set[str]:
        """Which of the names are on record, whomever the documents show."""
        found = ask(self._session, _ON_RECORD, {"names": json.dumps(list(names))})
        return set(found)


def documents_in(folder: Path) -> Iterator[Path]:
    """Every file in the folder at any depth; a folder with a list of its files counts as one document."""
    for place in sorted(folder.iterdir()) if folder.is_dir() else ():
        if place.is_dir() and not place.is_symlink() and list_of(place) is None:
            yield from documents_in(place)
        else:
            yield place


def _within(top: Path) -> Iterator[Path]:
    if top.is_symlink() or not top.is_dir() or list_of(top) is not None:
        yield top
    else:
        yield from documents_in(top)


def _may_be_document(place: Path) -> bool:
    return is_beside(place) or list_of(place) is not None or (place.suffix in SUFFIXES and place.is_file())


def remove(place: Path) -> str | None:
    """Remove a document from the disk; what is gone already is gone. Says why where it could not be."""
    try:
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)
    except OSError as error:
        return error.strerror or str(error)
    return None

"""Documents on record as they are listed, for whoever may read all of what is in them."""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, col, select

from registry.documents import REPORTS, Document, digest_of, root_of
from registry.errors import Damaged, NotFound
from registry.paging import Listed, Part, listed_of
from registry.parties import Party
from registry.tenancy import caller_of


@dataclass(frozen=True)
class DocumentLine:
    """A report, a letter or a bundle. party: whose folder it lies in; None for one about all. name: the file's. file: whether it
    is one; a bundle is a folder. sha256: of the file, or of the list of a folder's files."""

    id: str
    kind: str
    party: str | None
    party_id: str | None
    name: str
    file: bool
    sha256: str | None
    made_at: datetime
    sent_at: datetime | None


def document_lines(session: Session, part: Part, party: Party | None = None) -> Listed[DocumentLine]:
    """Documents in the folders of the parties that the session sees, or of one, the last one made first; see registry.paging.

    A document that shows a subject may show others of another party: whoever does not see the folder is told of none in it.
    """
    every = sorted(_lines(session, party), key=lambda line: (line.made_at, line.id), reverse=True)
    return listed_of(every, lambda line: line.id, lambda line: f"{line.kind}\n{line.name}\n{line.party or ''}", part)


def _lines(session: Session, party: Party | None) -> Iterable[DocumentLine]:
    root = root_of(session)
    for name, row in _rows(session).items():
        whose, folder = _whose(session, name)
        if folder is None or (party is not None and (whose is None or whose.id != party.id)):
            continue
        yield DocumentLine(
            id=_id(name),
            kind=row.kind,
            party=whose.name if whose else None,
            party_id=whose.id if whose else None,
            name=Path(name).name,
            file=(root / name).is_file(),
            sha256=row.digest,
            made_at=row.made_at,
            sent_at=row.sent_at,
        )


def _rows(session: Session) -> dict[str, Document]:
    """One row of each document that is in its place, by its name on record."""
    within = col(Document.path).startswith(f"{REPORTS}/", autoescape=True)
    rows = session.exec(select(Document).where(within, col(Document.making).is_(None)).order_by(col(Document.id)))
    return {row.path: row for row in rows}


def _whose(session: Session, name: str) -> tuple[Party | None, str | None]:
    """The party whose folder holds a document, and the folder; without a folder where the session may not read all of it."""
    first, *others = Path(name).parts[1:]
    caller = caller_of(session)
    party = session.exec(select(Party).where(Party.folder == first)).first() if others else None
    if party is not None:
        return party, first
    return None, (first if caller is None or caller.party_id is None else None)


def _id(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def document_file(session: Session, document_id: str) -> tuple[DocumentLine, Path]:
    """One document that is a file, and its place. Raises NotFound, and Damaged for a file that is another than was made."""
    for line in _lines(session, None):
        if line.id == document_id and line.file:
            (name,) = (name for name in _rows(session) if _id(name) == document_id)
            return line, _checked(root_of(session), name, line)
    raise NotFound("There is no such file on record.", "List what there is; a bundle is a folder, and is taken with the files.")


def _checked(root: Path, name: str, line: DocumentLine) -> Path:
    place = root / name
    if Path(os.path.realpath(place)) != place or digest_of(place) != line.sha256:
        raise Damaged(f"{line.name} is not the file that was made.", "Put it back, or make it anew.")
    return place

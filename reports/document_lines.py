"""Documents on record as they are listed, for whoever may read all of what is in them."""

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, col, select

from registry.documents import REPORTS, Document, digest_of, root_of
from registry.errors import Damaged, NotFound
from registry.paging import Listed, Part, listed_of
from registry.parties import Party
from registry.tenancy import caller_of
from reports.case_lines import every_withheld_case
from reports.notices.notice import Notice

NAMED_BY = 12
"""First digits of a case's or a letter's id, which the names of their files hold."""


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
    every = sorted(_placed(session, party), key=lambda one: (one.row.made_at, one.id), reverse=True)
    found = listed_of(every, lambda one: one.id, lambda one: f"{one.row.kind}\n{one.name}\n{one.whose or ''}", part)
    root = root_of(session)
    # Only for those that are told the place itself is looked at.
    return Listed(((one.line(root), cursor) for one, cursor in found.rows), found.more)


@dataclass(frozen=True)
class _Placed:
    """A document in its place. party_id, whose: of the party whose folder holds it, and its name; None for one about all."""

    row: Document
    party_id: str | None
    whose: str | None

    @property
    def id(self) -> str:
        return hashlib.sha256(self.row.path.encode()).hexdigest()[:32]

    @property
    def name(self) -> str:
        return Path(self.row.path).name

    def line(self, root: Path) -> DocumentLine:
        return DocumentLine(
            id=self.id,
            kind=self.row.kind,
            party=self.whose,
            party_id=self.party_id,
            name=self.name,
            file=(root / self.row.path).is_file(),
            sha256=self.row.digest,
            made_at=self.row.made_at,
            sent_at=self.row.sent_at,
        )


def _placed(session: Session, party: Party | None) -> Iterator[_Placed]:
    """Those that the session may read all of, in two statements: documents, and the parties that it sees, by their folders."""
    parties = session.exec(select(Party.folder, Party.id, Party.name))
    held = {folder: (key, name) for folder, key, name in parties if folder}
    caller, hidden = caller_of(session), _withheld(session)
    sees_all = caller is None or caller.party_id is None
    for path, row in _rows(session).items():
        if not hidden.isdisjoint(re.split("[-.]", Path(path).name)):
            continue
        first, *others = Path(path).parts[1:]
        party_id, whose = held.get(first, (None, None)) if others else (None, None)
        if (party_id is not None or sees_all) and (party is None or party_id == party.id):
            yield _Placed(row, party_id, whose)


def _withheld(session: Session) -> frozenset[str]:
    """What stands in the names of bundles, certificates and letters about cases that are withheld."""
    cases = every_withheld_case(session)
    letters = session.exec(select(Notice.id).where(col(Notice.case_id).in_(cases))) if cases else ()
    return frozenset(key[:NAMED_BY] for key in (*cases, *letters))


def _rows(session: Session) -> dict[str, Document]:
    """One row of each document that is in its place, by its path on record."""
    within = col(Document.path).startswith(f"{REPORTS}/", autoescape=True)
    rows = session.exec(select(Document).where(within, col(Document.making).is_(None)).order_by(col(Document.id)))
    return {row.path: row for row in rows}


def document_file(session: Session, document_id: str) -> tuple[DocumentLine, Path]:
    """One document that is a file, and its place. Raises NotFound, and Damaged for a file that is another than was made."""
    root = root_of(session)
    line, path = next(((one.line(root), one.row.path) for one in _placed(session, None) if one.id == document_id), (None, ""))
    if line is not None and line.file:
        return line, _checked(root, path, line)
    raise NotFound("There is no such file on record.", "List what there is; a bundle is a folder, and is taken with the files.")


def _checked(root: Path, name: str, line: DocumentLine) -> Path:
    place = root / name
    if Path(os.path.realpath(place)) != place or digest_of(place) != line.sha256:
        raise Damaged(f"{line.name} is not the file that was made.", "Put it back, or make it anew.")
    return place

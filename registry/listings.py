"""Files that list a party's members for people: what became of each row of a roster, and links for enrolment.

They lie wherever a user wanted them. They are on record, so that who is erased is struck from them.
"""

import csv
import io
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, select

from registry.db import UtcDateTime, new_id, now
from registry.documents import name_of, root_of
from registry.private import put
from registry.words import naming

STRUCK = "(erased)"


class Listing(SQLModel, table=True):
    """That the file at path, named as a document's is, lists members of the party: a CSV with the columns member and name."""

    __table_args__ = (UniqueConstraint("party_id", "path"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    party_id: str = Field(foreign_key="party.id", index=True)
    path: str
    made_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


@dataclass(frozen=True)
class Struck:
    """files: from which a person was struck, as the record calls them. left: those that could not be looked at, in words."""

    files: tuple[str, ...]
    left: tuple[str, ...]


def note_listing(session: Session, party_id: str, path: Path) -> None:
    """Put a file that is about to be written on record. Commits, so that no file lies anywhere that is not."""
    name = name_of(root_of(session), path)
    known = session.exec(select(Listing).where(Listing.party_id == party_id, Listing.path == name)).first()
    session.add(known or Listing(party_id=party_id, path=name))
    session.commit()


def strike(session: Session, party_id: str, name: str, is_member: Callable[[str], bool]) -> Struck:
    """Take a person out of the party's listings: their rows, and their name where other rows give it; flushed.

    is_member: whether a member's number, as a listing has it, is the person's.
    """
    root, files, left = root_of(session), list[str](), list[str]()
    for listing in session.exec(select(Listing).where(Listing.party_id == party_id)).all():
        place = root / listing.path
        try:
            if _strike_from(place, name, is_member):
                files.append(listing.path)
        except FileNotFoundError:
            session.delete(listing)
        except (OSError, UnicodeError, csv.Error, _NoListing):
            left.append(f"{listing.path}: listed members, and cannot be read as it was written; remove it yourself")
    session.flush()
    return Struck(tuple(files), tuple(left))


class _NoListing(Exception):
    """A file that somebody changed."""


def _strike_from(place: Path, name: str, is_member: Callable[[str], bool]) -> bool:
    text = place.read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    if not rows or not {"member", "name"} <= set(rows[0]):
        raise _NoListing
    kept = list(_without(rows, name, is_member))
    if kept == rows:
        return False
    written = io.StringIO(newline="")
    csv.writer(written).writerows(kept)
    put(place, written.getvalue().encode("utf-8-sig"), replace=True)
    return True


def _without(rows: Collection[list[str]], name: str, is_member: Callable[[str], bool]) -> Iterator[list[str]]:
    header, *others = rows
    number, called = header.index("member"), header.index("name")
    yield header
    for row in others:
        cells = [*row, *[""] * (len(header) - len(row))]
        if is_member(_plain(cells[number])) or naming(name).fullmatch(_plain(cells[called])):
            continue
        yield [naming(name).sub(STRUCK, cell) for cell in row]


def _plain(cell: str) -> str:
    """Without the apostrophe that keeps spreadsheets from taking it for a formula."""
    return cell.removeprefix("'").strip()

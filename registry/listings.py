"""Files that list a party's members for people: what became of each row of a roster or a table of consents, and links.

They lie wherever a user wanted them. They are on record, so that who is erased is struck from them; one that was moved since is
looked for where it lay, in the folders there, and in the workspace and beside it.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, select

from registry.db import UtcDateTime, new_id, now
from registry.documents import INNER, name_of, root_of
from registry.private import put
from registry.remains import MOVED
from registry.tenancy import caller_of
from registry.words import naming

STRUCK = "(erased)"
HEADERS = frozenset(
    ("row,member,name,result,photos,says", "row,member,name,result,says", "member,name,until,data", "member,name,until,link")
)
"""The first lines of all such files, after a byte order mark."""

Rows = list[list[str]]


class Listing(SQLModel, table=True):
    """That the file at path, named as a document's is, lists members of the party: a CSV with the columns member and name."""

    __table_args__ = (UniqueConstraint("party_id", "path"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    party_id: str = Field(foreign_key="party.id", index=True)
    path: str
    made_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


@dataclass(frozen=True)
class Person:
    """Who is struck. has_number: whether a member's number, as a listing has it, is theirs. has_name: whether the party knows
    them by a name, which they may have had earlier."""

    name: str
    has_number: Callable[[str], bool]
    has_name: Callable[[str], bool]

    def is_called(self, name: str) -> bool:
        """Whether a text is, as a whole, a name of the person."""
        return bool(naming(self.name).fullmatch(name)) or self.has_name(name)


@dataclass(frozen=True)
class Struck:
    """files: from which a person was struck, as the record calls them. left: those that may list them still, in words."""

    files: tuple[str, ...]
    left: tuple[str, ...]


def note_listing(session: Session, party_id: str, path: Path) -> None:
    """Put a file that is about to be written on record. Commits, so that no file lies anywhere that is not."""
    name = name_of(root_of(session), path)
    known = session.exec(select(Listing).where(Listing.party_id == party_id, Listing.path == name)).first()
    session.add(known or Listing(party_id=party_id, path=name))
    session.commit()


def strike(session: Session, party_id: str, person: Person) -> Struck:
    """Take a person out of the party's listings: their rows, and their names where other rows give them; flushed.

    An account's receipt names what was moved; to look for it elsewhere is for whoever runs the machine.
    """
    root, held, left = root_of(session), dict[str, Rows](), list[str]()
    every = session.exec(select(Listing).where(Listing.party_id == party_id)).all()
    strays = _strays(session, root, every) if caller_of(session) is None else {}
    for listing in every:
        try:
            held[listing.path] = _read(root / listing.path)
        except FileNotFoundError:
            moved = _moved(listing, strays, person)
            held |= {name_of(root, place): strays.pop(place) for place in moved}
            if not moved:
                left.append(f"{listing.path}: listed members, and {MOVED}")
        except (OSError, UnicodeError, csv.Error, _NoListing):
            left.append(f"{listing.path}: listed members, and cannot be read as it was written; remove it yourself")
    without = _without(held, person)
    for name, kept in without.items():
        _write(root / name, kept)
    copies = [name_of(root, place) for place, rows in strays.items() if _lists(rows, person)]
    left += [f"{name}: is a copy of a list of members, and lists the subject; remove it yourself" for name in copies]
    return Struck(tuple(without), tuple(left))


def _moved(listing: Listing, strays: Mapping[Path, Rows], person: Person) -> list[Path]:
    """The files of a listing's name that lie elsewhere and list the person."""
    called = Path(listing.path).name
    return [place for place, rows in strays.items() if place.name == called and _lists(rows, person)]


class _NoListing(Exception):
    """A file that somebody changed."""


def _read(place: Path) -> Rows:
    """Raises OSError, UnicodeError, csv.Error and _NoListing."""
    rows = list(csv.reader(io.StringIO(place.read_bytes().decode("utf-8-sig"), newline="")))
    if not rows or not {"member", "name"} <= set(rows[0]):
        raise _NoListing
    return rows


def _strays(session: Session, root: Path, every: Sequence[Listing]) -> dict[Path, Rows]:
    """Files of that form that are on no record, with what they hold."""
    known = {root / path for path in session.exec(select(Listing.path))}
    lay = {(root / listing.path).parent for listing in every}
    found = dict[Path, Rows]()
    for place in sorted({*_tables_in(root), *_tables_near(root, lay)} - known) if every else ():
        with suppress(OSError, UnicodeError, csv.Error, _NoListing), place.open(encoding="utf-8-sig") as stream:
            if stream.readline().strip() in HEADERS:
                found[place] = _read(place)
    return found


def _tables_in(root: Path) -> Iterator[Path]:
    """CSV files of the workspace, but for those of its own folders."""
    return (path for top in _folders(root) if top.name not in INNER for path in top.rglob("*.csv"))


def _tables_near(root: Path, lay: Set[Path]) -> Iterator[Path]:
    """CSV files beside the workspace's, and beside listings elsewhere. lay: the folders of these."""
    near = {inner for folder in (root.parent, *lay) for inner in (folder, *_folders(folder))}
    outside = [folder for folder in near if root not in (folder, *folder.parents)]
    return (path for folder in (root, *outside) for path in folder.glob("*.csv"))


def _folders(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.is_dir() and not path.is_symlink()]
    except OSError:
        return []


def _lists(rows: Rows, person: Person) -> bool:
    """Whether a file of which it is not known whose members it lists has the person: by number and name, or by name alone."""
    return any(
        person.is_called(name) and (number in ("", name) or person.has_number(number)) for number, name, _ in _members(rows)
    )


def _without(held: Mapping[str, Rows], person: Person) -> dict[str, Rows]:
    """The files without the person, of those that have them; by all names that stand beside the person's number."""
    patterns = [naming(name) for name in sorted({person.name, *_names_of(held, person)})]

    def struck(cell: str) -> str:
        for pattern in patterns:
            cell = pattern.sub(STRUCK, cell)
        return cell

    made = dict[str, Rows]()
    for path, rows in held.items():
        kept = [row for number, name, row in _members(rows) if not (person.has_number(number) or person.is_called(name))]
        made[path] = [rows[0], *([struck(cell) for cell in row] for row in kept)]
    return {path: kept for path, kept in made.items() if kept != held[path]}


def _names_of(held: Mapping[str, Rows], person: Person) -> set[str]:
    """The names that stand beside the person's number, and beside nobody else's."""
    numbered = [(number, name) for rows in held.values() for number, name, _ in _members(rows) if number]
    theirs = {name for number, name in numbered if name and person.has_number(number)}
    return theirs - {name for number, name in numbered if not person.has_number(number)}


def _members(rows: Rows) -> Iterator[tuple[str, str, list[str]]]:
    """Of each row but the first the member's number, their name, and the row."""
    header, *others = rows
    number, called = header.index("member"), header.index("name")
    for row in others:
        cells = [*row, *[""] * (len(header) - len(row))]
        yield _plain(cells[number]), _plain(cells[called]), row


def _write(place: Path, rows: Rows) -> None:
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)
    put(place, written.getvalue().encode("utf-8-sig"), replace=True)


def _plain(cell: str) -> str:
    """Without the apostrophe that keeps spreadsheets from taking it for a formula."""
    return cell.removeprefix("'").strip()

"""Looking for what may still show an erased subject: what is there, not only what is on record."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session

from registry.documents import INNER, Document, Places, digest_of, documents_of, name_of, root_of
from registry.staging import FOLDER as STAGING
from registry.staging import sweep

Seeker = Callable[[Iterable[Path], str], Iterable[Path]]
"""Says which of these files and folders, which are on no record, show the subject with that id, as another room can tell."""

_YOURSELF = "remove it yourself"
MOVED = f"is not where it was made; {_YOURSELF}"
"""What is said of a file that was made at a place where nothing is now."""
_ABSENT = (MOVED, f"its folder is not there now, and could not be looked at; {_YOURSELF}")


@dataclass(frozen=True)
class Remains:
    """going: what is to be removed, as the record calls it. left: in words, what is there and may show the subject, and what
    could not be looked at. unsent: the records of what goes."""

    going: tuple[str, ...]
    left: tuple[str, ...]
    unsent: tuple[Document, ...]


def look_for(session: Session, subject_id: str, pictures: Mapping[str, int | None], seekers: Sequence[Seeker]) -> Remains:
    """What there is of a subject in the workspace, and beside its documents elsewhere.

    pictures: the SHA-256 of each file that was enrolled, with its size where it is known still; without sizes the files of
    the workspace's owner are not read.
    """
    root, places = root_of(session), Places(session)
    every = documents_of(session, subject_id)
    unsent = tuple(row for row in every if row.sent_at is None)
    lying = {row.id: {*places.of(row)} for row in every}
    sent = set[Path]().union(*(lying[row.id] for row in every if row.sent_at is not None))
    strays = places.strays()
    candidates = [place for place in (*strays, *places.elsewhere()) if place not in sent]
    going = _recognised(candidates, strays, subject_id, pictures, seekers).union(*(lying[row.id] for row in unsent)) - sent
    missing = [row for row in unsent if not lying[row.id] and row.making is None]
    unknown = _unknown(root, strays.keys() - sent - going, places.folders_of_others(subject_id))
    left = tuple(_left_there(root, missing, unknown, pictures))
    return Remains(tuple(sorted(name_of(root, place) for place in going)), left, unsent)


def _recognised(
    candidates: Sequence[Path],
    strays: Mapping[Path, str | None],
    subject_id: str,
    pictures: Mapping[str, int | None],
    seekers: Sequence[Seeker],
) -> set[Path]:
    """What is on no record and shows the subject: as a seeker tells, or since it is a picture that was enrolled."""
    told = {place for seek in seekers for place in seek(candidates, subject_id)}
    return told | {place for place in candidates if strays.get(place) in pictures}


def _left_there(
    root: Path, missing: Sequence[Document], unknown: Sequence[str], pictures: Mapping[str, int | None]
) -> Iterator[str]:
    """In words, what stays. missing: records whose document lies nowhere. unknown: the names of what is on no record."""
    yield from (_absent(root, row) for row in missing)
    yield from (f"{name}: is on no record; look whether it shows the subject" for name in unknown)
    yield from (f"{STAGING}/{name}: a document is being made there; it is looked at again" for name in sorted(sweep(root)))
    yield from (f"{name}: is a picture that was enrolled; {_YOURSELF}" for name in _own_pictures(root, pictures))


def _unknown(root: Path, strays: Set[Path], folders_of_others: Set[Path]) -> list[str]:
    """The names of what is on no record and may be of anybody, sorted."""
    return sorted(name_of(root, stray) for stray in strays if not folders_of_others & {*stray.parents})


def lies_there(root: Path, line: str) -> bool:
    """Whether what a line of left speaks of is there still, or cannot be looked at; its name may hold colons."""
    ends = (end for end in range(len(line)) if line.startswith(": ", end))
    return any(not _is_gone(root / line[:end]) for end in ends)


def _is_gone(place: Path) -> bool:
    try:
        place.lstat()
    except OSError as error:
        return isinstance(error, FileNotFoundError)
    return False


def stays_said(root: Path, line: str) -> bool:
    """Whether a line of left holds still, of those that looking again does not find: absent documents are off the record by
    then, and the sizes of the pictures are gone."""
    return _is_absent(line) or (line.endswith(_YOURSELF) and lies_there(root, line))


def is_to_be_seen_again(root: Path, line: str) -> bool:
    """Whether looking again may find that a line of left does not hold any more, or more than it says."""
    return not _is_absent(line) or lies_there(root, line)


def _is_absent(line: str) -> bool:
    return line.endswith(_ABSENT)


def _absent(root: Path, row: Document) -> str:
    return f"{row.path}: {_ABSENT[not (root / row.path).parent.is_dir()]}"


def _own_pictures(root: Path, pictures: Mapping[str, int | None]) -> Iterator[str]:
    sizes = {size for size in pictures.values() if size is not None}
    for top in sorted(root.iterdir()) if sizes else ():
        for path in _files(top) if top.name not in INNER else ():
            if path.lstat().st_size in sizes and digest_of(path) in pictures:
                yield name_of(root, path)


def _files(top: Path) -> Iterator[Path]:
    if not top.is_dir() or top.is_symlink():
        yield from (path for path in (top,) if path.is_file() and not path.is_symlink())
        return
    for parent, _, names in os.walk(top):
        yield from (path for name in names if (path := Path(parent) / name).is_file() and not path.is_symlink())

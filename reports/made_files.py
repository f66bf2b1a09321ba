"""Files on record about one case or letter, as they are given to people."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, col, select

from registry.documents import Document, fingerprint, root_of
from registry.errors import Damaged, NotFound


@dataclass(frozen=True)
class MadeFile:
    """A document, a file or a folder. digest: as its record has it."""

    name: str
    place: Path
    digest: str | None
    made_at: datetime


def made_files(session: Session, stem: str, suffixes: Collection[str]) -> list[MadeFile]:
    """The files in their places whose names begin with stem, by name."""
    root, found = root_of(session), dict[str, MadeFile]()
    named = col(Document.path).contains(stem, autoescape=True), col(Document.making).is_(None)
    for row in session.exec(select(Document).where(*named)):
        place = root / row.path
        if place.name.startswith(stem) and place.suffix in suffixes:
            found[row.path] = MadeFile(place.name, place, row.digest, row.made_at)
    return sorted(found.values(), key=lambda file: (file.name.removesuffix(file.place.suffix), file.name))


def made_file(found: Collection[MadeFile], name: str) -> Path:
    """Where one of them lies. Raises NotFound, and Damaged for a file that is another than was made."""
    for file in found:
        if file.name == name:
            if fingerprint(file.place) != file.digest:
                raise Damaged(f"{name} is not the file that was made, or is gone.", "Put it back, or make it anew.")
            return file.place
    raise NotFound(f"There is no file {name!r} of it on record.", "Choose one of those that its page names.")

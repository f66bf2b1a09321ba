"""The files of a letter, as they are given to people."""

from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session, col, select

from registry.documents import Document, digest_of, root_of
from registry.errors import Damaged, NotFound
from reports.notices.notice import Notice, find_notice

SUFFIXES = (".pdf", ".docx")


@dataclass(frozen=True)
class LetterFile:
    """One form of a letter. approved: whether it is that of the approved letter, and not of the draft."""

    name: str
    approved: bool
    place: Path
    digest: str | None


def letter_files(session: Session, notice_id: str) -> list[LetterFile]:
    """A letter's PDF and DOCX, and its English copies, as they were put on record; those of the approved letter first.
    Raises NotFound."""
    notice = find_notice(session, notice_id)
    root, found = root_of(session), dict[str, LetterFile]()
    for row in session.exec(select(Document).where(col(Document.path).contains(_stem(notice)), col(Document.making).is_(None))):
        place = root / row.path
        if place.name.startswith(_stem(notice)) and place.suffix in SUFFIXES:
            found[row.path] = LetterFile(place.name, "approved" in place.stem, place, row.digest)
    return sorted(found.values(), key=lambda file: (not file.approved, file.name.removesuffix(file.place.suffix), file.name))


def letter_file(session: Session, notice_id: str, name: str) -> Path:
    """Where one of them lies. Raises NotFound, and Damaged for a file that is another than was made."""
    for file in letter_files(session, notice_id):
        if file.name == name:
            if digest_of(file.place) != file.digest:
                raise Damaged(f"{name} is not the file that was made, or is gone.", "Put it back, or draft the letter anew.")
            return file.place
    raise NotFound(f"The letter has no file {name!r} on record.", "Choose one of those that its page names.")


def _stem(notice: Notice) -> str:
    return f"notice-{notice.id[:12]}"

"""The files of a letter, as they are given to people."""

from pathlib import Path

from sqlmodel import Session

from reports.made_files import MadeFile, made_file, made_files
from reports.notices.notice import find_notice

SUFFIXES = (".pdf", ".docx")


def letter_files(session: Session, notice_id: str) -> list[MadeFile]:
    """A letter's PDF and DOCX, and its English copies; those of the approved letter first. Raises NotFound."""
    found = made_files(session, f"notice-{find_notice(session, notice_id).id[:12]}", SUFFIXES)
    return sorted(found, key=lambda file: "-approved" not in file.name)


def letter_file(session: Session, notice_id: str, name: str) -> Path:
    """Where one of them lies. Raises NotFound and Damaged."""
    return made_file(letter_files(session, notice_id), name)

"""The evidence bundles of a case, as they are shown and given to people: one file each is given, a folder is only named."""

from pathlib import Path

from sqlmodel import Session

from reports.case_lines import find_case
from reports.evidence.zipped import SUFFIX
from reports.made_files import MadeFile, made_file, made_files

FOLDER = ""
"""How the name of a bundle ends that is a folder."""


def case_files(session: Session, case_id: str) -> list[MadeFile]:
    """The last one made first. case_id: whole."""
    found = made_files(session, f"case-{case_id[:12]}", (SUFFIX, FOLDER))
    return sorted(found, key=lambda file: (file.made_at, file.name), reverse=True)


def case_file_at(session: Session, case: str, name: str) -> Path:
    """Where one of them lies that is a file. Raises NotFound and Damaged."""
    found = case_files(session, find_case(session, case).id)
    return made_file([file for file in found if file.place.suffix == SUFFIX], name)

"""The evidence bundles of a case that are one file, as they are given to people."""

from pathlib import Path

from sqlmodel import Session

from reports.cases import find_case
from reports.evidence.zipped import SUFFIX
from reports.made_files import MadeFile, made_file, made_files


def case_files(session: Session, case_id: str) -> list[MadeFile]:
    """The last one made first. case_id: whole."""
    found = made_files(session, f"case-{case_id[:12]}", (SUFFIX,))
    return sorted(found, key=lambda file: (file.made_at, file.name), reverse=True)


def case_file_at(session: Session, case: str, name: str) -> Path:
    """Where one of them lies. Raises NotFound and Damaged."""
    return made_file(case_files(session, find_case(session, case).id), name)

"""What tests of rosters share: a workspace with one union, rosters and photos as files, and what is held afterwards."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlmodel import Session, select

from benchmarks.patterns import PatternRecogniser, save_photo
from monitor.roster.outcomes import Outcome
from monitor.roster.photos import open_photos
from monitor.roster.table import open_roster
from monitor.roster.taking_in import RosterImport
from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.members import Member
from registry.parties import Party, add_party
from registry.references import Reference
from registry.subjects import list_subjects
from registry.templates import TemplateRow
from registry.types import PartyKind


@contextmanager
def union_workspace(root: Path) -> Iterator[Workspace]:
    init_workspace(root)
    with open_workspace(root) as workspace:
        with workspace.session() as session:
            add_party(session, "Union", PartyKind.UNION)
            session.commit()
        yield workspace


def take_in(workspace: Workspace, roster: Path, photos: Path, **options: Any) -> dict[int, Outcome]:
    """The outcomes by row, in the roster's order. options: of RosterImport."""
    with workspace.session() as session:
        party = session.exec(select(Party)).one()
        intake = RosterImport(session, workspace.vault, party, [PatternRecogniser()], open_photos(photos), **options)
        found = {made.row: made for batch in intake.run(open_roster(roster)) for made in batch}
    return dict(sorted(found.items()))


def write_csv(path: Path, rows: Sequence[Sequence[object]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path


def people(folder: Path, count: int, first: int = 1) -> Path:
    for person in range(first, first + count):
        for shot in range(3):
            save_photo(folder / str(person) / f"{shot}.png", person, shot)
    return folder


def counts(session: Session) -> tuple[int, int, int, int]:
    members, references, templates = (len(session.exec(select(table)).all()) for table in (Member, Reference, TemplateRow))
    return members, references, templates, len(list_subjects(session))


def files(workspace: Workspace) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (workspace.root / "vault").rglob("*") if path.is_file()}

"""What was erased and withdrawn after a backup: listed without anything that tells whom, and done again in what is restored."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session

from monitor.backup.layout import DATABASE, INSIDE, MANIFEST, BackupRefused, find_backup
from monitor.backup.withdrawals import Withdrawals, Withdrawn, as_rows, moment_of, of_rows, withdraw, withdrawals_in
from monitor.migrations import engine_at
from monitor.settings import FILE_NAME, load_settings
from monitor.wiring import ERASERS, KEEPERS, SEEKERS
from monitor.workspace import Workspace
from registry.canonical_json import canonical_json
from registry.erase import erase_subject, finish_erasures
from registry.private import put
from registry.references import Reference
from registry.removal import remove_references
from registry.storage.copy import open_copy
from registry.storage.known import storage_of
from registry.subjects import Subject
from registry.tenancy import refuse_accounts

KIND = "semblance erasures"
REASON = "erased before; done again in what was restored from a backup"


@dataclass(frozen=True)
class Erased:
    """One erasure. at: when it was done first."""

    subject_id: str
    at: datetime
    on_request: bool


@dataclass(frozen=True)
class Erasures:
    """What is to be gone: subjects, references that were removed by themselves, and what was withdrawn besides. Nothing but ids,
    keyed digests and times."""

    subjects: tuple[Erased, ...] = ()
    references: frozenset[str] = field(default_factory=frozenset)
    withdrawals: Withdrawals = field(default_factory=Withdrawals)


@dataclass(frozen=True)
class Replayed:
    """How many were erased again, how many references removed, how many erasures were of subjects that are not here, and what was
    withdrawn again."""

    subjects: int
    references: int
    unknown: int
    withdrawn: Withdrawn


def write_erasures(workspace: Workspace, out: Path) -> int:
    """Write the workspace's list of erasures to a new file; says how many are in it. Raises BackupRefused where there is one."""
    with workspace.session() as session:
        refuse_accounts(session, "The list of all erasures")
    if out.exists():
        raise BackupRefused(f"{out} is there already.", "Choose another name.")
    found = _asked(workspace.engine)
    rows = [[one.subject_id, one.at.isoformat(), one.on_request] for one in found.subjects]
    said = {"kind": KIND, "subjects": rows, "references": sorted(found.references), **as_rows(found.withdrawals)}
    put(out, canonical_json(said) + b"\n", replace=False)
    return len(rows) + len(found.references)


def read_erasures(place: Path) -> Erasures:
    """Those of a workspace, of a backup, or of a list. Raises BackupRefused for what is none of these."""
    if (address := _server_of(place)) is not None:
        return _of_engine(engine_at(place / DATABASE, address), place)
    if place.is_dir():
        database = place / DATABASE if (place / DATABASE).is_file() else find_backup(place).place / INSIDE / DATABASE
        return _of_database(database, resting=(place / MANIFEST).is_file() or not (place / DATABASE).is_file())
    try:
        said = json.loads(place.read_bytes())
        if said["kind"] != KIND:
            raise ValueError("another kind of file")
        subjects = tuple(_erased(*row) for row in said["subjects"])
        return Erasures(subjects, frozenset(map(str, said["references"])), of_rows(said))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _none(place) from error


def _of_database(database: Path, *, resting: bool) -> Erasures:
    return _of_engine(open_copy(database, resting=resting), database.parent)


def _server_of(place: Path) -> str | None:
    """The address of the server's database of a workspace; None where it has a file, and for what is no workspace."""
    if not (place / FILE_NAME).is_file() or (place / MANIFEST).is_file():
        return None
    return load_settings(place).database.address(place) or None


def _of_engine(engine: Engine, place: Path) -> Erasures:
    try:
        return _asked(engine)
    except DatabaseError as error:
        raise _none(place) from error
    finally:
        engine.dispose()


def _asked(engine: Engine) -> Erasures:
    """By plain statements: the database may be of another version than this one."""
    removed = "SELECT value FROM audit_entry, json_each(row_ids) WHERE table_name = 'reference' AND action = 'remove'"
    with engine.connect() as connection:
        words = storage_of(connection).words
        rows = connection.execute(text("SELECT subject_id, at, on_request FROM erasure ORDER BY at, id"))
        subjects = tuple(_erased(*row) for row in rows)
        references = frozenset(str(row[0]) for row in connection.execute(text(words(removed))))
        return Erasures(subjects, references, withdrawals_in(connection))


def _erased(subject_id: Any, at: Any, on_request: Any) -> Erased:
    return Erased(str(subject_id), moment_of(at), bool(on_request))


def _none(place: Path) -> BackupRefused:
    return BackupRefused(
        f"{place} holds no erasures.", "Name the workspace, a later backup of it, or a list that `privacy erasures` wrote."
    )


def replay(workspace: Workspace, given: Iterable[Erasures]) -> Replayed:
    """Erase again what was erased, remove the references that were removed, and withdraw what was withdrawn. Commits; begun
    again, it does the rest."""
    lists = list(given)
    subjects = {one.subject_id: one for each in lists for one in each.subjects}
    with workspace.session() as session:
        erased, unknown = 0, 0
        for one in sorted(subjects.values(), key=lambda one: (one.at, one.subject_id)):
            subject = session.get(Subject, one.subject_id)
            if subject is None:
                unknown += 1
            elif subject.erased_at is None:
                erase_subject(
                    *(session, workspace.vault, subject, one.at, REASON, ERASERS, KEEPERS, SEEKERS),
                    on_request=one.on_request,
                    bytes_later=True,
                    own_words=True,
                )
                erased += 1
        gone = list(_there(session, {key for each in lists for key in each.references}))
        if gone:
            remove_references(session, workspace.vault, gone)
        withdrawn = withdraw(session, (each.withdrawals for each in lists))
        session.commit()
        finish_erasures(session, workspace.vault, SEEKERS)
    return Replayed(erased, len(gone), unknown, withdrawn)


def _there(session: Session, keys: set[str]) -> Iterator[Reference]:
    return (found for key in sorted(keys) if (found := session.get(Reference, key)) is not None)

"""Whether a backup is as it was made: each file, the database and the chains in it."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy.exc import DatabaseError
from sqlmodel import Session

from monitor.backup.files import inside, read_through, told_of
from monitor.backup.layout import DATABASE, INSIDE, PACKS, Backup, BackupDamaged, Manifest, Pack
from monitor.backup.packs import contents, file_of
from monitor.chains import verify_chains
from monitor.migrations import HEAD, know_all_tables
from registry.storage.copy import open_copy, what_is_broken

AT_ONCE = 1000


def verify_backup(backup: Backup, say: Callable[[str], None] = lambda _: None) -> list[str]:
    """Read all of it through; in words, each thing that is wrong, and nothing where it is whole.

    The chains in a database of an earlier version are looked at when it is restored. Raises BackupDamaged for a list of files
    that was changed, OutsideCause for a disk that cannot be read.
    """
    with told_of(backup.place, "The backup cannot be read in", ""):
        return [*_files(backup, say), *_database(backup)]


def _files(backup: Backup, say: Callable[[str], None]) -> Iterator[str]:
    wrong = list[str]()
    for count, (held, packed) in enumerate(contents(backup, wrong), 1):
        if packed is not None:
            if (held.size, held.sha256) != (len(packed), hashlib.sha256(packed).hexdigest()):
                yield f"{held.path} has other bytes"
        elif (found := read_through(backup.inside / held.path, held.path)) is None:
            yield f"{held.path} is absent"
        elif not found.is_as(held):
            yield f"{held.path} has other bytes"
        if count % AT_ONCE == 0:
            say(f"{count} of {backup.manifest.files} files")
    yield from wrong
    yield from _lists(backup)


def _lists(backup: Backup) -> Iterator[str]:
    """Whether the list is that of the manifest, and all that lies there on it."""
    listed, count, size = set[int](), 0, 0
    for line in backup.listed():
        if isinstance(line, Pack):
            listed.add(hash(f"{PACKS}/{file_of(line.sha256)}"))
            continue
        count, size = count + 1, size + line.size
        if not line.pack:
            listed.add(hash(f"{INSIDE}/{line.path}"))
    if (count, size) != (backup.manifest.files, backup.manifest.bytes):
        yield "the list of files is not that of the manifest"
    for folder in (backup.inside, backup.place / PACKS):
        for file in inside(folder):
            if hash(file.relative_to(backup.place).as_posix()) not in listed:
                yield f"{file.relative_to(folder).as_posix()} is on no list"


def _database(backup: Backup) -> Iterator[str]:
    place = backup.inside / DATABASE
    if not place.is_file():
        return
    try:
        if (broken := broken_database(place)) is not None:
            yield f"{DATABASE}: {broken}"
        elif backup.manifest.revision == HEAD:
            yield from _chains(place, backup.manifest)
    except DatabaseError:
        yield f"{DATABASE} is no whole database"


def broken_database(place: Path) -> str | None:
    """What is wrong with a database that rests; None for nothing. Raises DatabaseError for what is none."""
    engine = open_copy(place)
    try:
        return what_is_broken(engine)
    finally:
        engine.dispose()


def _chains(place: Path, manifest: Manifest) -> Iterator[str]:
    know_all_tables()
    engine = open_copy(place)
    try:
        with Session(engine) as session:
            found = verify_chains(session, manifest.audit_head, manifest.custody_head)
    finally:
        engine.dispose()
    if not found.audit.ok:
        yield f"the log of writes is broken at entry {found.audit.broken}: {found.audit.problem}"
    if not found.custody.ok:
        yield f"the chain of custody is broken at entry {found.custody.broken}: {found.custody.problem}"


def refuse_damaged(found: list[str], place: Path) -> None:
    """Raise BackupDamaged for what verify_backup found."""
    if found:
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        raise BackupDamaged(f"The backup in {place} is damaged: {found[0]}{more}.", "Use another backup.")

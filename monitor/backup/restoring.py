"""Making a workspace of a backup, in another folder.

It is made whole in a folder inside, and what it consists of moves out at the end, the settings last: what has no settings is no
workspace, and a restore that was broken off is known by the folder that it leaves.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import DatabaseError

from monitor.backup.checking import broken_database, refuse_damaged
from monitor.backup.doors import Closed, close_doors
from monitor.backup.erasures import Erasures, Replayed, read_erasures, replay
from monitor.backup.files import Writing, copied, told_of
from monitor.backup.layout import DATABASE, Backup, BackupDamaged, BackupRefused, Held, find_backup
from monitor.backup.packs import contents
from monitor.backup.to_server import bring_to_server, end_on_server
from monitor.chains import Chains, verify_chains
from monitor.locks import WorkspaceBusy
from monitor.migrations import HEAD
from monitor.restored import RESTORING, mark_restored
from monitor.settings import FILE_NAME, load_settings
from monitor.workspace import data_keys, open_workspace, owner
from registry.actions import Action
from registry.audit import acting
from registry.crypto import KeyAbsent, KeyRefused
from registry.private import make_folder, put
from registry.storage.base import DatabaseUnusable
from registry.vault.files import sync_file_system, sync_folder

AT_ONCE = 1000
_NAMES = "moving"
CACHE = "cache"
"""What lies there may be lost at any time."""
_AGAIN = "Nothing there is a workspace yet; do it again, and it begins anew."


@dataclass(frozen=True)
class Restored:
    """A workspace that was made of a backup. replayed: None where no erasures were given. closed: what lets nobody in any more,
    tokens where no erasures were given, by which those that were ended would be known. chains: as they are at the end."""

    root: Path
    backup: Backup
    replayed: Replayed | None
    closed: Closed
    chains: Chains


def restore(
    source: Path,
    root: Path,
    *,
    erasures: Sequence[Path] = (),
    key_file: Path | None = None,
    database: str = "",
    say: Callable[[str], None] = lambda _: None,
) -> Restored:
    """Make a workspace in root, an empty folder or none, of the backup at source, or of the last one in a folder of backups.

    erasures: workspaces, later backups or lists, whose erasures are done again. key_file: the key for data at rest, where the
    backup does not hold it. database: the address of an empty PostgreSQL database to which it goes; a file in root otherwise.
    Raises BackupRefused, BackupDamaged, DatabaseUnusable for a newer schema or a database that is not empty, KeyAbsent for a key
    that lacks, OutsideCause for a disk that refuses, WorkspaceBusy.
    """
    backup = find_backup(source)
    if backup.manifest.revision > HEAD:
        raise DatabaseUnusable(
            f"The backup was made by a newer version (revision {backup.manifest.revision}; this one knows {HEAD}).",
            "Install that version.",
        )
    _refuse_elsewhere()
    given = [read_erasures(place) for place in erasures]
    with told_of(root, "The backup could not be restored to", _AGAIN), _held_empty(root) as building:
        _copy(backup, building, say)
        _bring_key(building, backup, key_file)
        mark_restored(building, backup.manifest.made_at)
        if database:
            bring_to_server(building, database, say)
        replayed, closed, chains = _open(building, backup, given, say)
        _move_out(building, root)
        if database:
            end_on_server(root)
    return Restored(root, backup, replayed if erasures else None, closed, chains)


def _refuse_elsewhere() -> None:
    """Raise BackupRefused where the environment says where the workspace keeps what it has: the command says that."""
    settings = load_settings()
    if settings.database.url.get_secret_value():
        raise BackupRefused(
            "To which database a backup is restored is told to the command, and the environment names one.",
            "Unset SEMBLANCE_DATABASE__URL, and name the database as you restore.",
        )
    if settings.vault.url:
        raise BackupRefused(
            "A backup is restored to a workspace with a folder for its vault, and the environment names a bucket.",
            "Unset SEMBLANCE_VAULT__URL, and do it again.",
        )


@contextmanager
def _held_empty(root: Path) -> Iterator[Path]:
    """The folder in which the workspace is made. Raises BackupRefused for a root that holds anything of others."""
    make_folder(root)
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WorkspaceBusy(f"A backup is being restored to {root}.", "Wait until that ends.") from error
        _clear(root)
        building = root / RESTORING / "workspace"
        make_folder(building)
        try:
            yield building
        except Exception:
            # What a kill leaves, or something that had begun to move out, the next restore removes.
            if not (root / RESTORING / _NAMES).exists():
                shutil.rmtree(root / RESTORING, ignore_errors=True)
            raise
    finally:
        os.close(descriptor)


def _clear(root: Path) -> None:
    """Remove what a restore left that was broken off."""
    left = root / RESTORING
    ours = {RESTORING}
    if (left / _NAMES).is_file():
        ours |= {CACHE} | _names_in((left / _NAMES).read_text("utf-8"))
    if strange := sorted(item.name for item in root.iterdir() if item.name not in ours):
        raise BackupRefused(f"{root} is not empty: it holds {strange[0]}.", "Choose a new folder, or an empty one.")
    for name in sorted(ours - {RESTORING}):
        place = root / name
        shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
    if left.exists():
        shutil.rmtree(left)


def _names_in(text: str) -> set[str]:
    """What was moving: names of what lies in the folder itself, whatever a disk made of the list."""
    return {name for name in text.split("\n") if name and Path(name).name == name}


def _copy(backup: Backup, building: Path, say: Callable[[str], None]) -> None:
    wrong, writing = list[str](), Writing(building)
    for count, (held, packed) in enumerate(contents(backup, wrong), 1):
        if count % AT_ONCE == 0:
            say(f"{count} of {backup.manifest.files} files")
        if packed is not None:
            found = writing.write(held.path, packed)
        elif (came := _copied(backup, held.path, building)) is not None:
            found = came
        else:
            wrong.append(f"{held.path} is absent")
            continue
        if not found.is_as(held):
            wrong.append(f"{held.path} has other bytes")
    refuse_damaged(wrong, backup.place)
    try:
        broken = broken_database(building / DATABASE)
    except DatabaseError as error:
        raise BackupDamaged(f"The database of {backup.place} is none.", "Use another backup.") from error
    refuse_damaged([broken] if broken else [], backup.place)


def _copied(backup: Backup, path: str, building: Path) -> Held | None:
    """A file that lies by itself; None where it is absent."""
    place = building / path
    try:
        found = copied(backup.inside / path, place, building.parent / "part", path)
    except FileNotFoundError:
        return None
    if path.startswith("vault/"):
        place.chmod(0o400)
    return found


def _bring_key(building: Path, backup: Backup, key_file: Path | None) -> None:
    """Have the key in its place, and see that it opens what is sealed."""
    settings = load_settings(building)
    place = building / settings.keys.file
    if key_file is not None:
        if settings.keys.secret is not None or settings.keys.command or not place.resolve().is_relative_to(building.resolve()):
            raise BackupRefused("The settings say that the key comes from elsewhere.", "Leave the key file out.")
        copied(key_file, place, building.parent / "part", "")
    needed = backup.manifest.needs_keys
    try:
        here = {key.hex() for key in data_keys(building, settings.keys, lambda: True).ring().ids} if needed else set[str]()
    except (KeyAbsent, KeyRefused):
        here = set()
    if lacking := sorted(set(needed) - here):
        raise KeyAbsent(
            f"The key {lacking[0]}, with which the backup's references and templates are sealed, is not here.",
            "Have the variable or the command give it that the workspace had, where it came from one.",
            Action.NAME_KEY,
        )


def _open(
    building: Path, backup: Backup, given: Sequence[Erasures], say: Callable[[str], None]
) -> tuple[Replayed, Closed, Chains]:
    """Bring the database to this version, settle what was under way, do the erasures again, let nobody in by what stood then, and
    verify the chains."""
    with acting(owner("restoring a backup")), open_workspace(building, say) as workspace:
        replayed = replay(workspace, given)
        closed = close_doors(workspace, tokens=not given)
        with workspace.session() as session:
            return replayed, closed, verify_chains(session, backup.manifest.audit_head, backup.manifest.custody_head)


def _move_out(building: Path, root: Path) -> None:
    names = sorted((item.name for item in building.iterdir()), key=lambda name: (name == FILE_NAME, name))
    sync_file_system(root)
    # On the disk before anything moves: what it does not name, the next restore takes for somebody else's.
    put(building.parent / _NAMES, "\n".join(names).encode(), replace=True)
    sync_folder(building.parent)
    for name in names:
        (building / name).rename(root / name)
    sync_folder(root)
    # One step, after which it is a workspace: removing the folder file by file would be many.
    make_folder(root / CACHE)
    (root / RESTORING).rename(root / CACHE / "restored")
    sync_folder(root)
    shutil.rmtree(root / CACHE / "restored")

"""Making a backup while runs and the server go on.

The database is copied first, in one transaction; objects are in the vault before a row names them, and go after it. So all that
the copy names is there, but for what was erased meanwhile: then a new copy is taken, which does not name it any more.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlmodel import Session, select

from crawler.custody import chain_verdict
from monitor.backup.files import inside, read_through, told_of
from monitor.backup.layout import (
    DATABASE,
    FILES,
    FORMAT,
    INSIDE,
    MANIFEST,
    PUBLIC,
    UNFINISHED,
    Backup,
    BackupRefused,
    Held,
    Manifest,
    backups_in,
    find_backup,
    next_number,
    written,
)
from monitor.backup.objects import objects_for
from monitor.backup.settings_text import without_secrets, without_vault
from monitor.backup.taking import Taking
from monitor.locks import held_alone
from monitor.migrations import HEAD, know_all_tables
from monitor.settings import FILE_NAME, Settings
from monitor.workspace import Workspace
from registry.audit import verify_audit
from registry.crypto import HEADER, KeyAbsent, KeyRefused, sealed_by
from registry.db import now
from registry.documents import REPORTS, Document
from registry.held_objects import named_objects
from registry.private import make_folder, put
from registry.sealing import sealing_keys
from registry.storage.copy import copy_database, open_copy
from registry.tenancy import refuse_accounts
from registry.vault.files import sync_file_system, sync_folder
from registry.version import version

PASSES = 6
KEYS = "keys"
_PART = ".part"
_AGAIN = "What was copied already stays, and the next backup there goes on from it; it is no backup yet."


@dataclass(frozen=True)
class Made:
    """A backup that was made. new: how many of its bytes were copied; the others lay in the backup before it."""

    backup: Backup
    new: int


def make_backup(
    workspace: Workspace,
    folder: Path,
    *,
    with_keys: bool = False,
    read_all: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> Made:
    """Put a new backup of the workspace into a folder of backups; files that are as in the one before it are links to those.

    read_all: read all that is taken over from the one before, and copy anew what has other bytes there; a part in turn otherwise.
    Raises BackupRefused for a folder in the workspace, OutsideCause for a disk that refuses, WorkspaceBusy where another is made.
    """
    with workspace.session() as session:
        refuse_accounts(session, "A backup")
    if folder.resolve().is_relative_to(workspace.root.resolve()):
        raise BackupRefused(f"{folder} lies in the workspace itself.", "Choose a folder elsewhere, on another disk at best.")
    know_all_tables()
    with told_of(folder, "The backup could not be written to", _AGAIN):
        make_folder(folder)
        with held_alone(folder / ".lock", "Another backup is being written there.", "Wait until it ends."):
            return _Making(workspace, folder, with_keys=with_keys, read_all=read_all, say=say).make()


@dataclass
class _Making:
    workspace: Workspace
    folder: Path
    with_keys: bool
    read_all: bool
    say: Callable[[str], None]
    damaged: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    keys: set[bytes] = field(default_factory=set)
    listed: set[str] = field(default_factory=set)
    """The paths of this pass but those of public objects, whose names are their digests."""

    def __post_init__(self) -> None:
        self.half = self.folder / UNFINISHED
        self.inside, self.part = self.half / INSIDE, self.half / _PART
        found, wrong = backups_in(self.folder)
        for error in wrong:
            self.say(f"{error.what} This one takes nothing over from it.")
        self.number, before = next_number(self.folder), found[-1] if found else None
        self.taking = Taking(self.workspace.root, self.inside, self.part, before, self.number, read_all=self.read_all)
        self.objects = objects_for(self.workspace, self.taking)

    def make(self) -> Made:
        make_folder(self.inside)
        # One that was broken off as it came to its place is changed from here on.
        (self.half / MANIFEST).unlink(missing_ok=True)
        absent: set[str] | None = None
        for _ in range(PASSES):
            found = self._pass()
            ring = self._ring()
            # What stays absent was not erased meanwhile: it is gone from the vault.
            if (not found or found == absent) and ring == self.ring:
                self.damaged += [f"the object {digest} is on record, and not in the vault" for digest in sorted(found)]
                return self._finish()
            absent = found
            self.say("Something was erased, or sealed anew, meanwhile: the copy is brought up to it.")
        raise BackupRefused("Too much was erased while the backup was being made.", "Make it again when that has ended.")

    def _pass(self) -> set[str]:
        """Copy the database, and all that it needs; the digests of what was not there."""
        self.keys, self.damaged, self.left_out, self.listed, self.ring = set(), [], [], set(), self._ring()
        database = self.inside / DATABASE
        database.unlink(missing_ok=True)
        self.made_at = now()
        copy_database(self.workspace.engine, database)
        engine = open_copy(database)
        try:
            with Session(engine) as session, (self.half / FILES).open("wb") as lines:
                absent: set[str] = set()
                for held in self._all(session, absent):
                    lines.write(json.dumps([held.path, held.size, held.sha256], ensure_ascii=False).encode() + b"\n")
                self.keys |= sealing_keys(session)
                self._heads(session)
                return absent
        finally:
            engine.dispose()

    def _heads(self, session: Session) -> None:
        audit, custody = verify_audit(session), chain_verdict(session)
        self.audit_head, self.custody_head = audit.head, custody.head
        for name, verdict in (("the log of writes", audit), ("the chain of custody", custody)):
            if not verdict.ok:
                self.damaged.append(f"{name} is broken at entry {verdict.broken}: {verdict.problem}")

    def _all(self, session: Session, absent: set[str]) -> Iterator[Held]:
        database = read_through(self.inside / DATABASE, DATABASE)
        assert database is not None
        self.taking.new += database.size
        yield self._list(database)
        yield self._settings()
        for path in (*self._documents(session), *self._beside_settings(), *self._key_files()):
            if path not in self.listed and (held := self.taking.take(path)) is not None:
                yield self._list(held)
        yield from self._public(session, absent)
        yield from self._sealed(session, absent)

    def _list(self, held: Held) -> Held:
        self.listed.add(held.path)
        return held

    def _settings(self) -> Held:
        text, secrets = without_secrets((self.workspace.root / FILE_NAME).read_text("utf-8"))
        self.left_out += [f"the setting {name}, which is a secret" for name in secrets]
        if self.workspace.settings.vault.url:
            text = without_vault(text)
            self.left_out.append("the settings under [vault]: what is restored keeps its objects in its own folder")
        put(self.inside / FILE_NAME, text.encode(), replace=True)
        return self._list(Held(FILE_NAME, len(text.encode()), hashlib.sha256(text.encode()).hexdigest()))

    def _documents(self, session: Session) -> Iterator[str]:
        """What lies in the folder of reports, and what is on record elsewhere in the workspace."""
        root = self.workspace.root
        tops = [root / REPORTS]
        for path in session.exec(select(Document.path).distinct().order_by(Document.path)):
            if Path(path).is_absolute():
                self.left_out.append(f"the document {path}, outside of the workspace")
            else:
                tops.append(root / path)
        for top in tops:
            for file in inside(top) if top.is_dir() else [top]:
                name = file.relative_to(root).as_posix()
                if not any(part.startswith(".") for part in Path(name).parts):
                    yield name

    def _beside_settings(self) -> Iterator[str]:
        """Files of certificates that the settings name; the one with the mail password stays out."""
        settings = self.workspace.settings
        named = [authority.roots for authority in settings.timestamps.authorities]
        named += [settings.mail.certificates] if settings.mail.certificates else []
        yield from (path.as_posix() for path in named if not path.is_absolute() and ".." not in path.parts)
        if settings.mail.password_file is not None:
            self.left_out.append(f"the file with the mail password, {settings.mail.password_file}")

    def _key_files(self) -> Iterator[str]:
        root, settings = self.workspace.root, self.workspace.settings
        found = {file.relative_to(root).as_posix() for file in inside(root / KEYS) if not file.name.startswith(".")}
        if _key_in(root, settings) is None:
            self.left_out.append("the key for data at rest, which does not lie in the workspace")
        elif (root / settings.keys.file).is_file():
            found.add(settings.keys.file.as_posix())
        if self.with_keys:
            yield from sorted(found)
        else:
            self.left_out += [f"the key {name}" for name in sorted(found)]

    def _public(self, session: Session, absent: set[str]) -> Iterator[Held]:
        """All that was captured, since manifests in the vault name more than rows do."""
        held_here = set[str]()
        for count, sha256 in enumerate(sorted(self.workspace.vault.public())):
            if (held := self.objects.public(sha256)) is not None:
                held_here.add(sha256)
                if held.sha256 != sha256:
                    self.damaged.append(f"the object {sha256} has other bytes now")
                yield held
            if count % 1000 == 999:
                self.say(f"{count + 1} captured objects")
        absent |= set(named_objects(session, private=False)) - held_here

    def _sealed(self, session: Session, absent: set[str]) -> Iterator[Held]:
        """What rows name, and no other: what no row names is about to be removed."""
        for digest in sorted(set(named_objects(session, private=True))):
            held = self.objects.private(digest)
            if held is not None:
                with (self.inside / held.path).open("rb") as stream:
                    self.keys.add(sealed_by(stream.read(HEADER)))
                yield self._list(held)
            elif not self.objects.has_public(digest):
                absent.add(digest)

    def _ring(self) -> tuple[bytes, ...] | None:
        """The keys as they are now; None where they cannot be had, which hinders no backup."""
        keys = self.workspace.vault.keys
        keys.forget()
        try:
            return keys.ring().keys
        except (KeyAbsent, KeyRefused):
            return None

    def _finish(self) -> Made:
        files, size = self._only_what_is_listed()
        manifest = Manifest(
            format=FORMAT,
            program=version(),
            number=self.number,
            made_at=f"{self.made_at:%Y-%m-%dT%H:%M:%SZ}",
            revision=HEAD,
            files=files,
            bytes=size,
            listed=hashlib.sha256((self.half / FILES).read_bytes()).hexdigest(),
            audit_head=self.audit_head,
            custody_head=self.custody_head,
            with_keys=self.with_keys,
            needs_keys=tuple(sorted(key.hex() for key in self.keys)),
            left_out=tuple(dict.fromkeys(self.left_out)),
            damaged=tuple(self.damaged),
        )
        sync_file_system(self.half)
        put(self.half / MANIFEST, written(manifest), replace=True)
        sync_folder(self.half)
        place = self.folder / f"{self.number:06d}-{self.made_at:%Y%m%dT%H%M%SZ}"
        self.half.rename(place)
        sync_folder(self.folder)
        return Made(find_backup(place), self.taking.new)

    def _only_what_is_listed(self) -> tuple[int, int]:
        """Remove what an earlier pass copied and this one does not have; how many files are left, and their size."""
        self.part.unlink(missing_ok=True)
        public, count, size = set[str](), 0, 0
        with (self.half / FILES).open("rb") as lines:
            for line in lines:
                path, bytes_, _ = json.loads(line)
                count, size = count + 1, size + bytes_
                if path.startswith(PUBLIC):
                    public.add(path.rpartition("/")[2])
        for file in inside(self.inside):
            path = file.relative_to(self.inside).as_posix()
            if path not in self.listed and not (path.startswith(PUBLIC) and file.name in public):
                file.unlink()
        return count, size


def _key_in(root: Path, settings: Settings) -> Path | None:
    """The file in the workspace that holds the key; None where it comes from elsewhere."""
    if settings.keys.secret is not None or settings.keys.command:
        return None
    place = (root / settings.keys.file).resolve()
    return place if place.is_relative_to(root.resolve()) else None

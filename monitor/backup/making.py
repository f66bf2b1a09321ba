"""Making a backup while runs and the server go on.

The database is copied first, in one transaction; objects are in the vault before a row names them, and go after it. So all that
the copy names is there, but for what was erased meanwhile: then a new copy is taken, which does not name it any more.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlmodel import Session

from crawler.custody import chain_verdict
from monitor.backup.beside import beside_settings, documents, key_files
from monitor.backup.files import inside, read_through, told_of
from monitor.backup.layout import (
    DATABASE,
    FILES,
    FORMAT,
    INSIDE,
    MANIFEST,
    PACKS,
    PRIVATE,
    PUBLIC,
    UNFINISHED,
    Backup,
    BackupRefused,
    Held,
    Manifest,
    Pack,
    backups_in,
    find_backup,
    next_number,
    written,
)
from monitor.backup.packs import file_of
from monitor.backup.settings_text import without_secrets, without_vault
from monitor.backup.sources import BucketSource, FolderSource, Source
from monitor.backup.taking import Taking
from monitor.locks import held_alone
from monitor.migrations import HEAD, know_all_tables
from monitor.settings import FILE_NAME
from monitor.workspace import Workspace
from registry.audit import verify_audit
from registry.crypto import HEADER, KeyAbsent, KeyRefused, sealed_by
from registry.db import now
from registry.held_objects import named_objects
from registry.private import make_folder, put
from registry.sealing import sealing_keys
from registry.storage.copy import copy_database, open_copy
from registry.tenancy import refuse_accounts
from registry.vault.digests import inside as placed
from registry.vault.files import sync_file_system, sync_folder
from registry.version import version

PASSES = 6
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
    """From the folder that is being made, each file of this pass that lies there, packs among them."""

    def __post_init__(self) -> None:
        self.half = self.folder / UNFINISHED
        self.inside, self.part = self.half / INSIDE, self.half / _PART
        found, wrong = backups_in(self.folder)
        for error in wrong:
            self.say(f"{error.what} This one takes nothing over from it.")
        self.number, before = next_number(self.folder), found[-1] if found else None
        root, in_bucket = self.workspace.root, bool(self.workspace.settings.vault.url)
        self.taking = Taking(root, self.half, self.part, before, self.number, read_all=self.read_all)
        self.objects: Source = BucketSource(self.workspace.vault) if in_bucket else FolderSource(root)

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
        self.files, self.bytes = 0, 0
        self.taking.begin()
        database = self.inside / DATABASE
        database.unlink(missing_ok=True)
        self.made_at = now()
        copy_database(self.workspace.engine, database)
        engine = open_copy(database)
        try:
            with Session(engine) as session, (self.half / FILES).open("wb") as lines:
                absent: set[str] = set()
                for found in self._all(session, absent):
                    lines.write(found.line())
                    self._note(found)
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

    def _note(self, found: Held | Pack) -> None:
        if isinstance(found, Pack):
            self.listed.add(f"{PACKS}/{file_of(found.sha256)}")
            self.keys |= set(map(bytes.fromhex, found.keys))
            return
        self.files, self.bytes = self.files + 1, self.bytes + found.size
        if not found.pack:
            self.listed.add(f"{INSIDE}/{found.path}")

    def _all(self, session: Session, absent: set[str]) -> Iterator[Held | Pack]:
        database = read_through(self.inside / DATABASE, DATABASE)
        assert database is not None
        self.taking.new += database.size
        yield database
        yield self._settings()
        for path in self._beside(session):
            if f"{INSIDE}/{path}" not in self.listed and (held := self.taking.take(path)) is not None:
                yield held
        public = set[str]()
        yield from self._public(public)
        absent |= set(named_objects(session, private=False)) - public
        yield from self._sealed(session, absent, public)

    def _beside(self, session: Session) -> Iterator[str]:
        root, settings = self.workspace.root, self.workspace.settings
        yield from documents(root, session, self.left_out)
        yield from beside_settings(settings, self.left_out)
        found = sorted(key_files(root, settings, self.left_out))
        if self.with_keys:
            yield from found
        else:
            self.left_out += [f"the key {name}" for name in found]

    def _settings(self) -> Held:
        text, secrets = without_secrets((self.workspace.root / FILE_NAME).read_text("utf-8"))
        self.left_out += [f"the setting {name}, which is a secret" for name in secrets]
        if self.workspace.settings.vault.url:
            text = without_vault(text)
            self.left_out.append("the settings under [vault]: what is restored keeps its objects in its own folder")
        put(self.inside / FILE_NAME, text.encode(), replace=True)
        return Held(FILE_NAME, len(text.encode()), hashlib.sha256(text.encode()).hexdigest())

    def _public(self, here: set[str]) -> Iterator[Held | Pack]:
        """All that was captured, since manifests in the vault name more than rows do. here: gets the digests."""
        paths = (PUBLIC + placed(sha256) for sha256 in sorted(self.workspace.vault.public()))
        for found in self.taking.take_objects(paths, self.objects):
            yield found
            if isinstance(found, Pack):
                continue
            here.add(sha256 := _name(found))
            if found.sha256 != sha256:
                self.damaged.append(f"the object {sha256} has other bytes now")
            if len(here) % 1000 == 0:
                self.say(f"{len(here)} captured objects")

    def _sealed(self, session: Session, absent: set[str], public: set[str]) -> Iterator[Held | Pack]:
        """What rows name, and no other: what no row names is about to be removed. public: a reference of the same bytes as one of
        these may be read from there."""
        wanted = sorted(set(named_objects(session, private=True)))
        here = set[str]()
        for found in self.taking.take_objects((PRIVATE + placed(sha256) for sha256 in wanted), self.objects):
            yield found
            if isinstance(found, Pack):
                continue
            here.add(_name(found))
            if not found.pack:
                with (self.inside / found.path).open("rb") as stream:
                    self.keys.add(sealed_by(stream.read(HEADER)))
        absent |= set(wanted) - here - public

    def _ring(self) -> tuple[bytes, ...] | None:
        """The keys as they are now; None where they cannot be had, which hinders no backup."""
        keys = self.workspace.vault.keys
        keys.forget()
        try:
            return keys.ring().keys
        except (KeyAbsent, KeyRefused):
            return None

    def _finish(self) -> Made:
        self._only_what_is_listed()
        manifest = Manifest(
            format=FORMAT,
            program=version(),
            number=self.number,
            made_at=f"{self.made_at:%Y-%m-%dT%H:%M:%SZ}",
            revision=HEAD,
            files=self.files,
            bytes=self.bytes,
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

    def _only_what_is_listed(self) -> None:
        """Remove what an earlier pass copied and this one does not have."""
        self.part.unlink(missing_ok=True)
        for folder in (self.inside, self.half / PACKS):
            for file in inside(folder):
                if file.relative_to(self.half).as_posix() not in self.listed:
                    file.unlink()


def _name(held: Held) -> str:
    """The digest that an object is called by."""
    return held.path.rpartition("/")[2]

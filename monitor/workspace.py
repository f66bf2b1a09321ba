"""A workspace: the folder that holds settings, database, vault, keys and reports."""

import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import Engine
from sqlmodel import Session

from matcher.decoder_at_hand import at_hand
from monitor.cleaning import clean_up, close_to_others
from monitor.decoding import WorkspaceDecoder
from monitor.drivers import driving, is_shared
from monitor.locks import Shared, WorkspaceError, held_alone, held_beside_others, held_with_others
from monitor.migrations import know_all_tables, open_up_to_date
from monitor.restored import refuse_half_restored
from monitor.settings import FILE_NAME, KeySettings, Settings, load_settings, os_user
from monitor.vaults import FOLDER, open_vault
from registry.accounts import FACTOR_FOR_ALL, AccessRefused, Caller
from registry.actions import Action
from registry.audit import Actor, acting
from registry.causes import OutsideCause, cause_of
from registry.db import now
from registry.keys import OPTION, KeyCommand, KeyFile, Keys, KeyText
from registry.private import make_folder, put
from registry.tenancy import AccountSession
from registry.vault.base import Vault

if TYPE_CHECKING:
    from matcher.decoding import Decoder

T = TypeVar("T")

STARTING_SETTINGS = """\
# Semblance's settings for this workspace. Every key has a default; the doctor says which are missing.
# pack = "open"                 # models for faces: open, edge, ... (models list)
# commercial = true             # refuse models that are licensed for research only

[operator]
# name = "Legal department, Example Studio"
# contact = "https://studio.example/crawler"   # shown to the sites that are read

[crawl]
# allowed_networks = ["10.1.0.0/16"]           # your own networks, if they are to be watched
"""


@dataclass(frozen=True)
class Workspace:
    """An open workspace, as one caller has it: an account, or with None the owner of the machine. Any thread may use it.

    shared: by which other openings of it are told, so that its vault is moved while there are none.
    """

    root: Path
    settings: Settings
    engine: Engine
    vault: Vault
    decoder: "Callable[[], Decoder]"
    caller: Caller | None = None
    shared: Shared | None = None

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    @property
    def cache(self) -> Path:
        """What may be lost at any time: pages of the last crawl, parts of media."""
        return self.root / "cache"

    def session(self) -> Session:
        """A session for the caller: an account sees its own, the machine's owner everything."""
        return Session(self.engine) if self.caller is None else AccountSession(self.engine, self.caller)

    def identified(self, identify: Callable[[Session], T], why: str) -> T:
        """The account, or the browser of one, that identify finds out (registry.sign_in, signed_in). why: as in acting_for.
        Raises what identify does."""
        with acting(owner(why)), Session(self.engine) as session:
            return identify(session)

    @contextmanager
    def acting_for(self, caller: Caller | None, why: str, name: str = "") -> "Iterator[Workspace]":
        """This workspace as that caller has it, for one call: who does what, and the decoder, are set in this thread meanwhile.

        It may be asked in many threads at once, for many callers. caller: None for the owner of the machine. why: the command or
        the page, for the audit log; nothing that somebody typed. name: in whose name the owner acts, where that was said. Raises
        AccessRefused for an account that was closed or changed since it signed in, one whose token ended, and whoever asks in an
        account's workspace for another's.
        """
        if self.caller is not None and self.caller != caller:
            raise AccessRefused("An account acts for no other.", "Let that account sign in itself.")
        if caller is not None:
            self._admit(caller)
        with acting(owner(why, name if caller is None else "")), at_hand(self.decoder):
            yield replace(self, caller=caller)

    def _admit(self, caller: Caller) -> None:
        # An account's session is given whatever it may ask before it asks for anything.
        know_all_tables()
        from registry.sign_in import refuse_ended

        with Session(self.engine) as session:
            refuse_ended(session, caller, now())


def owner(why: str, name: str = "") -> Actor:
    """Whoever runs this machine, for the audit log, and in whose name, where that was said. An account's session writes in the
    account's name whatever this says."""
    return Actor(f"{name} (as {os_user()} on this machine)" if name else f"{os_user()} on this machine", why)


def init_workspace(root: Path, say: Callable[[str], None] = lambda _: None) -> None:
    """Make a folder a workspace; what is there already stays, an earlier database brought up to date. Raises WorkspaceError."""
    refuse_half_restored(root)
    try:
        for folder in (root, root / "vault", root / "reports", root / "keys"):
            make_folder(folder)
        if not (root / FILE_NAME).exists():
            put(root / FILE_NAME, STARTING_SETTINGS.encode(), replace=False)
    except OSError as error:
        what = f"{root} cannot become a workspace"
        if (cause := cause_of(error)) is not None:
            raise OutsideCause(f"{what}: {cause.why}.", f"{cause.remedy} Or choose another folder.") from error
        raise WorkspaceError(f"{what}: {error.strerror}.", "Choose a folder you may write to.") from error
    with open_workspace(root, say, restore=True):
        pass


@contextmanager
def open_workspace(
    root: Path,
    say: Callable[[str], None] = lambda _: None,
    *,
    restore: bool = False,
    private: bool = True,
) -> Iterator[Workspace]:
    """The workspace in root, closed at the end, as the machine's owner has it; acting_for gives it to others.

    A database of an earlier version is brought up to date, which say is told. Tables of rooms, and what decodes, are loaded by
    whoever uses them. private: only the owner hears what say is told, and so what lies in the folder, too. Raises WorkspaceError
    when root is none, DatabaseUnusable for a database of a newer version, and Damaged for one that lost its triggers, unless
    restore has them put back. Raises WorkspaceBusy while its vault is being moved.
    """
    refuse_half_restored(root)
    if not (root / FILE_NAME).is_file():
        raise WorkspaceError(
            f"{root} is not a workspace: it has no {FILE_NAME}.",
            "Name another folder.",
            Action.MAKE_WORKSPACE,
        )
    settings = load_settings(root)
    close_to_others(root, say if private else lambda _: None)
    keys = data_keys(root, settings.keys, lambda: _holds_sealed(known()))
    engine = open_up_to_date(root / "semblance.db", say, restore=restore, address=settings.database.address(root))
    engine.update_execution_options(**{OPTION: keys, FACTOR_FOR_ALL: settings.serve.factor_for_all})
    vault = open_vault(root, settings.vault, keys)
    # The keys, which the vault has, do not hold the vault: what it announced is free as soon as nobody else does.
    known = weakref.ref(vault)
    decoder = WorkspaceDecoder(settings, vault.readable)
    try:
        with held_with_others(root / FOLDER, "The vault of this workspace is being moved.", "Wait until that ends.") as shared:
            with Session(engine) as session:
                clean_up(session, root, settings, vault)
            with at_hand(decoder):
                yield Workspace(root, settings, engine, vault, decoder, shared=shared)
    finally:
        decoder.close()
        engine.dispose()


def _holds_sealed(vault: Vault | None) -> bool:
    return vault is not None and any(True for _ in vault.sealed())


def data_keys(root: Path, settings: KeySettings, anything_sealed: Callable[[], bool]) -> Keys:
    """The keys for data at rest of the workspace in root; none is read before one is needed.

    anything_sealed: asked before a first key is made: where there is something, one that is gone is to be restored, not replaced.
    """
    if settings.secret is not None:
        return Keys(KeyText(settings.secret.get_secret_value()))
    if settings.command:
        return Keys(KeyCommand(settings.command))
    return Keys(KeyFile(root / settings.file, may_make=lambda: not anything_sealed()))


@contextmanager
def unused_by_others(workspace: Workspace) -> Iterator[None]:
    """Have the workspace while no other command and no server has it open, nor opens it. Raises WorkspaceBusy."""
    if workspace.shared is None:
        raise WorkspaceError("This workspace was not opened from its folder.", "Open it there.")
    with workspace.shared.alone(
        "A server or another command has this workspace open.", "Stop the server, and wait until other commands ended."
    ):
        yield


_BUSY = ("Another run of this workspace is under way.", "Wait until it ends.")
_RUNS = ".run.lock"


@contextmanager
def alone(workspace: Workspace) -> Iterator[None]:
    """Hold the workspace, while no run is under way and none begins. Raises WorkspaceBusy."""
    with held_alone(workspace.root / _RUNS, *_BUSY):
        if not is_shared(workspace.engine):
            yield
            return
        with driving(workspace.engine, workspace.root) as driver:
            driver.be_alone(*_BUSY)
            yield


@contextmanager
def among_runs(workspace: Workspace) -> Iterator[None]:
    """Be one of the runs that share the work of the workspace. Raises WorkspaceBusy while somebody holds it alone."""
    with held_beside_others(workspace.root / _RUNS, *_BUSY), driving(workspace.engine, workspace.root) as driver:
        driver.take_part(*_BUSY)
        yield

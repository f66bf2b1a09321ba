"""A workspace: the folder that holds settings, database, vault, keys and reports."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine
from sqlmodel import Session

from monitor.cleaning import clean_up, close_to_others
from monitor.migrations import know_all_tables, open_up_to_date
from monitor.settings import FILE_NAME, KeySettings, Settings, load_settings
from registry.actions import Action
from registry.errors import ExitCode, SemblanceError
from registry.keys import KeyCommand, KeyFile, Keys, KeyText
from registry.private import make_folder, opener, put
from registry.tenancy import AccountSession
from registry.vault.local import LocalVault

if TYPE_CHECKING:
    from registry.accounts import Caller

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


class WorkspaceError(SemblanceError):
    """A folder that is no workspace, or one that another command is using."""


class WorkspaceBusy(WorkspaceError):
    """Another run is under way."""

    exit_code = ExitCode.OUTSIDE_CAUSE


@dataclass(frozen=True)
class Workspace:
    root: Path
    settings: Settings
    engine: Engine
    vault: LocalVault
    caller: "Caller | None" = None

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
        """A session for whoever opened the workspace: an account sees its own, the machine's owner everything."""
        return Session(self.engine) if self.caller is None else AccountSession(self.engine, self.caller)


def init_workspace(root: Path, say: Callable[[str], None] = lambda _: None) -> None:
    """Make a folder a workspace; what is there already stays, an earlier database brought up to date. Raises WorkspaceError."""
    try:
        for folder in (root, root / "vault", root / "reports", root / "keys"):
            make_folder(folder)
        if not (root / FILE_NAME).exists():
            put(root / FILE_NAME, STARTING_SETTINGS.encode(), replace=False)
    except OSError as error:
        raise WorkspaceError(
            f"{root} cannot become a workspace: {error.strerror}.", "Choose a folder you may write to."
        ) from error
    with open_workspace(root, say, restore=True):
        pass


@contextmanager
def open_workspace(
    root: Path,
    say: Callable[[str], None] = lambda _: None,
    identify: "Callable[[Session], Caller] | None" = None,
    *,
    restore: bool = False,
    looking: bool = False,
) -> Iterator[Workspace]:
    """The workspace in root, closed at the end; a database of an earlier version is brought up to date, which say is told.

    identify: finds out which account opens it; without, it is the owner of the machine. looking: nothing is decoded, and nothing
    written but to tables that are read; then only those are loaded that are asked for. Raises WorkspaceError when root is none,
    DatabaseUnusable for a database of a newer version, Damaged for one that lost its triggers, unless restore has them put back,
    and what identify raises.
    """
    if not (root / FILE_NAME).is_file():
        raise WorkspaceError(
            f"{root} is not a workspace: it has no {FILE_NAME}.",
            "Name another folder.",
            Action.MAKE_WORKSPACE,
        )
    settings = load_settings(root)
    # An account is not told of what lies in the workspace.
    close_to_others(root, say if identify is None else lambda _: None)
    keys = data_keys(root, settings.keys)
    if not looking or identify is not None:
        know_all_tables()
    engine = open_up_to_date(root / "semblance.db", say, restore=restore)
    engine.update_execution_options(keys=keys)
    try:
        caller = None
        if identify is not None:
            with Session(engine) as session:
                caller = identify(session)
        with Session(engine) as session:
            vault = LocalVault(root / "vault", keys)
            clean_up(session, root, settings, vault)
        with nullcontext() if looking else _decoding(settings, vault):
            yield Workspace(root, settings, engine, vault, caller)
    finally:
        engine.dispose()


def _decoding(settings: Settings, vault: LocalVault) -> AbstractContextManager[Any]:
    from matcher.decoding import decoding
    from monitor.confinement import decoding_bounds

    return decoding(decoding_bounds(settings.scan), vault.readable)


def data_keys(root: Path, settings: KeySettings) -> Keys:
    """The keys for data at rest of the workspace in root; none is read before one is needed."""
    if settings.secret is not None:
        return Keys(KeyText(settings.secret.get_secret_value()))
    if settings.command:
        return Keys(KeyCommand(settings.command))
    # Where something is sealed already, a key that is gone is to be restored, not replaced by another.
    something = next((root / "vault" / "private").glob("??/??/*"), None)
    return Keys(KeyFile(root / settings.file, may_make=something is None))


@contextmanager
def alone(workspace: Workspace) -> Iterator[None]:
    """Hold the workspace for one run; the lock goes with the process, however it ends. Raises WorkspaceBusy."""
    descriptor = opener(str(workspace.root / ".run.lock"), os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise WorkspaceBusy("Another run of this workspace is under way.", "Wait until it ends.", retryable=True) from error
    try:
        yield
    finally:
        os.close(descriptor)

"""A workspace: the folder that holds settings, database, vault, keys and reports."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session

from crawler import availability, custody, health, pages, videos
from matcher.decoding import decoding
from monitor.cleaning import clean_up, close_to_others
from monitor.confinement import decoding_bounds
from monitor.migrations import open_up_to_date
from monitor.settings import FILE_NAME, KeySettings, Settings, load_settings
from registry import (
    accounts,
    audit,
    blinding,
    claimants,
    documents,
    erase,
    groups,
    identities,
    legal,
    licences,
    listings,
    mandates,
    members,
    parties,
    portrayals,
    references,
    sign_in,
    subjects,
    template_rows,
)
from registry.accounts import Caller
from registry.actions import Action
from registry.errors import ExitCode, SemblanceError
from registry.keys import KeyCommand, KeyFile, Keys, KeyText
from registry.placing import settle
from registry.private import make_folder, opener, put
from registry.tenancy import AccountSession
from registry.vault.local import LocalVault
from reports import cases, looked_for, matches, review
from reports.notices import notice

TABLES = (
    *(
        accounts,
        sign_in,
        audit,
        parties,
        subjects,
        groups,
        portrayals,
        references,
        template_rows,
        licences,
        mandates,
        legal,
        listings,
        blinding,
        documents,
        identities,
        members,
        erase,
    ),
    *(health, videos, pages, availability, custody),
    *(matches, looked_for, review, cases, notice),
)
"""The modules that define tables. Naming them here is what makes one database of them."""

QUESTIONS = (claimants,)
"""Further modules that declare questions (registry.tenancy), which are known before an account has a session."""

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
    caller: Caller | None = None

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
    identify: Callable[[Session], Caller] | None = None,
    *,
    restore: bool = False,
) -> Iterator[Workspace]:
    """The workspace in root, closed at the end; a database of an earlier version is brought up to date, which say is told.

    identify: finds out which account opens it; without, it is the owner of the machine. Raises WorkspaceError when root is
    none, DatabaseUnusable for a database of a newer version, Damaged for one that lost its triggers, unless restore has them put
    back, and what identify raises.
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
    engine = open_up_to_date(root / "semblance.db", say, restore=restore)
    engine.update_execution_options(keys=keys)
    try:
        caller = None
        if identify is not None:
            with Session(engine) as session:
                caller = identify(session)
        with Session(engine) as session:
            settle(session)
            vault = LocalVault(root / "vault", keys)
            clean_up(session, root, settings, vault)
        with decoding(decoding_bounds(settings.scan), vault.readable):
            yield Workspace(root, settings, engine, vault, caller)
    finally:
        engine.dispose()


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

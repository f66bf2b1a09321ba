"""A workspace: the folder that holds settings, database, vault, keys and reports."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session

from crawler import custody, health, videos
from monitor.settings import FILE_NAME, Settings, load_settings
from registry import erase, licences, mandates, parties, references, subjects, templates
from registry.db import open_database
from registry.errors import ExitCode, SemblanceError
from registry.vault.local import LocalVault
from reports import cases, matches, review
from reports.notices import drafts

TABLES = (
    *(parties, subjects, references, templates, licences, mandates, erase),
    *(health, videos, custody),
    *(matches, review, cases, drafts),
)
"""The modules that define tables. Naming them here is what makes one database of them."""

STARTING_SETTINGS = """\
# Semblance's settings for this workspace. Every key has a default; `semblance doctor` says which are missing.
# pack = "open"                 # models for faces: open, edge, ... (semblance models list)
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
        return Session(self.engine)


def init_workspace(root: Path) -> None:
    """Make a folder a workspace; what is there already stays. Raises WorkspaceError."""
    try:
        for folder in (root, root / "vault", root / "reports"):
            folder.mkdir(parents=True, exist_ok=True)
        (root / "keys").mkdir(mode=0o700, exist_ok=True)
        if not (root / FILE_NAME).exists():
            (root / FILE_NAME).write_text(STARTING_SETTINGS, encoding="utf-8")
    except OSError as error:
        raise WorkspaceError(
            f"{root} cannot become a workspace: {error.strerror}.", "Choose a folder you may write to."
        ) from error
    with open_workspace(root):
        pass


@contextmanager
def open_workspace(root: Path) -> Iterator[Workspace]:
    """The workspace in root, closed at the end. Raises WorkspaceError when root is none."""
    if not (root / FILE_NAME).is_file():
        raise WorkspaceError(
            f"{root} is not a workspace: it has no {FILE_NAME}.", "Run `semblance init` there, or name another with --workspace."
        )
    settings = load_settings(root)
    engine = open_database(root / "semblance.db")
    try:
        yield Workspace(root, settings, engine, LocalVault(root / "vault"))
    finally:
        engine.dispose()


@contextmanager
def alone(workspace: Workspace) -> Iterator[None]:
    """Hold the workspace for one run; the lock goes with the process, however it ends. Raises WorkspaceBusy."""
    descriptor = os.open(workspace.root / ".run.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise WorkspaceBusy("Another run of this workspace is under way.", "Wait until it ends.", retryable=True) from error
    try:
        yield
    finally:
        os.close(descriptor)

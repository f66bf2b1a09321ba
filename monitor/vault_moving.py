"""Moving a workspace's objects from its folder to a bucket, or back: copied, read back one by one, and only then named.

Nothing is removed where they lay. What was moved before a kill is not sent again: it is read there, and left where it is whole.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from pydantic import ValidationError

from monitor.settings_vault import VaultSettings
from monitor.vaults import local_vault, open_vault
from monitor.workspace import Workspace, alone, unused_by_others
from registry.errors import Damaged, SemblanceError
from registry.held_objects import named_objects
from registry.tenancy import refuse_accounts
from registry.vault.base import Vault
from registry.vault.digests import checked

FOLDER = "folder"
"""What the workspace's own folder is called, where the address of a bucket could stand."""
TOLD = 100
AT_ONCE = 8
"""Objects that are on their way at the same time: of each, a store is asked several times, one answer after the other."""

Kept = tuple[str, bool]
"""An object: its digest, and whether it is the private one."""


class MoveRefused(SemblanceError):
    """A move that leads nowhere."""


@dataclass(frozen=True)
class Moved:
    """to: the address of the new vault, "" for the workspace's folder. objects: how many lie there, each read back; sent: how
    many of them this call put there."""

    to: str
    objects: int
    sent: int


@dataclass(frozen=True)
class Checked:
    """objects: how many rows name. absent, damaged: the digests of those that are not there, or have other bytes. unnamed: those
    of sealed objects that are there, and that no row names."""

    objects: int
    absent: tuple[str, ...]
    damaged: tuple[str, ...]
    unnamed: tuple[str, ...]


def move_vault(workspace: Workspace, to: str, say: Callable[[str], None] = lambda _: None) -> Moved:
    """Have every object of the workspace's vault at another place, an address of a bucket or FOLDER, and read each back there.

    The settings stay as they are: whoever runs the workspace changes them once this has ended. Nobody else has the workspace open
    meanwhile, so that nothing is put and no erasure is missed, and it may be interrupted and begun again. Nothing is removed at
    either place. Raises MoveRefused, also where an object that rows name is absent, WorkspaceBusy, Damaged for an object that is
    not whole where it lies, and VaultUnusable.
    """
    with workspace.session() as session:
        refuse_accounts(session, "Moving the vault")
    wanted = _wanted(workspace, to)
    with alone(workspace), unused_by_others(workspace):
        there = open_vault(workspace.root, wanted, workspace.vault.keys)
        _refuse_if_absent(workspace)
        moving = _Moving(workspace.vault, there, say)
        moving.copy()
    return Moved(wanted.url, moving.moved, moving.sent)


def _wanted(workspace: Workspace, to: str) -> VaultSettings:
    held = workspace.settings.vault
    try:
        wanted = VaultSettings.model_validate(held.model_dump() | {"url": "" if to == FOLDER else to})
    except ValidationError as error:
        raise MoveRefused(f"{to} is no place for a vault.", f"Write s3://BUCKET/PREFIX, or {FOLDER}.") from error
    if (wanted.bucket, wanted.prefix) == (held.bucket, held.prefix):
        raise MoveRefused("The vault lies there already.", "Name another place.")
    if wanted.url and held.url:
        raise MoveRefused(
            "A vault moves between the workspace's folder and a bucket.", f"Move it to the {FOLDER} first, and from there on."
        )
    return wanted


def _refuse_if_absent(workspace: Workspace) -> None:
    """Raise MoveRefused unless every object that rows name is where the settings say."""
    _, _, absent = _named(workspace, _all(workspace.vault))
    if absent:
        told = workspace.settings.vault.url or FOLDER
        raise MoveRefused(
            f"{len(absent)} of the objects on record are not in {told}, so it cannot be moved from there.",
            "If vault.url was set before the move, take it out of semblance.toml, and move then. Otherwise restore what a check "
            "of the vault names.",
        )


class _Moving:
    def __init__(self, now: Vault, to: Vault, say: Callable[[str], None]) -> None:
        self._now, self._to, self._say = now, to, say
        self.moved, self.sent = 0, 0

    def copy(self) -> None:
        there = _all(self._to)
        with self._to.together(), ThreadPoolExecutor(AT_ONCE) as threads:
            try:
                for sent in threads.map(lambda kept: self._copied(kept, there), sorted(_all(self._now))):
                    self.sent += sent
                    self.moved += 1
                    if self.moved % TOLD == 0:
                        self._say(f"{self.moved} objects are there, and were read back")
            except BaseException:
                threads.shutdown(cancel_futures=True)
                raise

    def _copied(self, kept: Kept, there: set[Kept]) -> bool:
        sha256, private = kept
        if kept in there:
            with suppress(Damaged):
                self._to.verify(sha256)
                return False
        self._to.put(checked(sha256, self._now.chunks(sha256)), private=private)
        self._to.verify(sha256)
        return True


def _all(vault: Vault) -> set[Kept]:
    return {(sha256, False) for sha256 in vault.public()} | {(sha256, True) for sha256 in vault.sealed()}


def check_vault(workspace: Workspace, *, read: bool = False, say: Callable[[str], None] = lambda _: None) -> Checked:
    """See that every object that rows name is in the vault; read: and that each has its bytes. Raises VaultUnusable."""
    there = _all(workspace.vault)
    public, private, absent = _named(workspace, there)
    damaged = []
    for number, sha256 in enumerate(sorted((public | private) - absent) if read else (), 1):
        try:
            workspace.vault.verify(sha256)
        except Damaged:
            damaged.append(sha256)
        if number % TOLD == 0:
            say(f"{number} objects were read")
    unnamed = {sha256 for sha256, sealed in there if sealed} - private
    return Checked(len(public | private), tuple(sorted(absent)), tuple(damaged), tuple(sorted(unnamed)))


def _named(workspace: Workspace, there: set[Kept]) -> tuple[set[str], set[str], set[str]]:
    """The digests of public and of private objects that rows name, and those of them that are not there."""
    with workspace.session() as session:
        public, private = set(named_objects(session, private=False)), set(named_objects(session, private=True))
    # A reference may be read from public bytes that are the same.
    listed = {sha256 for sha256, _ in there}
    return public, private, {sha256 for sha256 in public if (sha256, False) not in there} | (private - listed)


def clear_folder(workspace: Workspace) -> int:
    """Remove the objects in the workspace's folder that lie in the bucket now; says how many. Raises MoveRefused where the folder
    is the vault, and VaultUnusable."""
    if not workspace.settings.vault.url:
        raise MoveRefused("The folder is this workspace's vault.", "Move the vault to a bucket first.")
    old, now = local_vault(workspace.root, VaultSettings(), workspace.vault.keys), _all(workspace.vault)
    moved = sorted(_all(old) & now)
    for sha256, private in moved:
        old.delete(sha256, private=private)
    return len(moved)

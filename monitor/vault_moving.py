"""Moving a workspace's objects from its folder to a bucket, or back: copied, read back one by one, and only then named.

Nothing is removed where they lay. What was moved before a kill is not sent again: it is read there, and left where it is whole.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from pydantic import ValidationError

from monitor.settings_vault import VaultSettings
from monitor.vaults import local_vault, open_vault
from monitor.workspace import Workspace, alone
from registry.errors import Damaged, SemblanceError
from registry.held_objects import named_objects
from registry.tenancy import refuse_accounts
from registry.vault.base import Locked, Vault
from registry.vault.digests import checked

FOLDER = "folder"
"""What the workspace's own folder is called, where the address of a bucket could stand."""
TOLD = 100

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
    """objects: how many rows name. absent, damaged: the digests of those that are not there, or have other bytes."""

    objects: int
    absent: tuple[str, ...]
    damaged: tuple[str, ...]


def move_vault(workspace: Workspace, to: str, say: Callable[[str], None] = lambda _: None) -> Moved:
    """Have every object of the workspace's vault at another place, an address of a bucket or FOLDER, and read each back there.

    The settings stay as they are: whoever runs the workspace changes them once this has ended. It holds the workspace alone, so
    that no run puts anything meanwhile, and may be interrupted and begun again. Raises MoveRefused, WorkspaceBusy, Damaged for an
    object that is not whole where it lies, and VaultUnusable.
    """
    with workspace.session() as session:
        refuse_accounts(session, "Moving the vault")
    wanted = _wanted(workspace, to)
    with alone(workspace):
        there = open_vault(workspace.root, wanted, workspace.vault.keys)
        moving = _Moving(workspace.vault, there, say)
        # Twice: what a roster put meanwhile is taken over, and what was erased meanwhile goes there, too.
        for _ in range(2):
            moving.copy()
        moving.forget()
    return Moved(wanted.url, len(moving.moved), moving.sent)


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


class _Moving:
    def __init__(self, now: Vault, to: Vault, say: Callable[[str], None]) -> None:
        self._now, self._to, self._say = now, to, say
        self.moved, self.sent = set[Kept](), 0

    def copy(self) -> None:
        there = _all(self._to)
        for kept in sorted(_all(self._now) - self.moved):
            self.sent += self._copied(kept, there)
            self.moved.add(kept)
            if len(self.moved) % TOLD == 0:
                self._say(f"{len(self.moved)} objects are there, and were read back")

    def _copied(self, kept: Kept, there: set[Kept]) -> bool:
        sha256, private = kept
        if kept in there:
            with suppress(Damaged):
                self._to.verify(sha256)
                return False
        self._to.put(checked(sha256, self._now.chunks(sha256)), private=private)
        self._to.verify(sha256)
        return True

    def forget(self) -> None:
        for sha256, private in _all(self._to) - _all(self._now):
            self.moved.discard((sha256, private))
            with suppress(Locked):
                self._to.delete(sha256, private=private)


def _all(vault: Vault) -> set[Kept]:
    return {(sha256, False) for sha256 in vault.public()} | {(sha256, True) for sha256 in vault.sealed()}


def check_vault(workspace: Workspace, *, read: bool = False, say: Callable[[str], None] = lambda _: None) -> Checked:
    """See that every object that rows name is in the vault; read: and that each has its bytes. Raises VaultUnusable."""
    with workspace.session() as session:
        public, private = set(named_objects(session, private=False)), set(named_objects(session, private=True))
    there = _all(workspace.vault)
    listed = {sha256 for sha256, _ in there}
    # A reference may be read from public bytes that are the same.
    absent = {sha256 for sha256 in public if (sha256, False) not in there} | (private - listed)
    damaged = []
    for number, sha256 in enumerate(sorted((public | private) - absent) if read else (), 1):
        try:
            workspace.vault.verify(sha256)
        except Damaged:
            damaged.append(sha256)
        if number % TOLD == 0:
            say(f"{number} objects were read")
    return Checked(len(public | private), tuple(sorted(absent)), tuple(damaged))


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

"""The vault's objects as a backup takes them, from the workspace's folder or from a bucket."""

from typing import Protocol

from monitor.backup.layout import PUBLIC, Held
from monitor.backup.taking import Taking
from monitor.workspace import Workspace
from registry.errors import NotFound
from registry.vault.base import Vault
from registry.vault.digests import inside

PRIVATE = "vault/private/"


class Objects(Protocol):
    """Has the vault's objects in a backup; None for one that is not there (any more)."""

    def public(self, sha256: str) -> Held | None: ...

    def private(self, sha256: str) -> Held | None: ...

    def has_public(self, sha256: str) -> bool:
        """Whether the backup that is being made has the object that is not private."""


class FolderObjects:
    """Those whose files lie in the workspace."""

    def __init__(self, taking: Taking) -> None:
        self._taking = taking

    def public(self, sha256: str) -> Held | None:
        return self._taking.take(PUBLIC + inside(sha256))

    def private(self, sha256: str) -> Held | None:
        return self._taking.take(PRIVATE + inside(sha256))

    def has_public(self, sha256: str) -> bool:
        return self._taking.has(PUBLIC + inside(sha256))


class VaultObjects(FolderObjects):
    """Those that a vault gives out. They lie in the backup as in a folder's, so that it is restored to one."""

    def __init__(self, vault: Vault, taking: Taking) -> None:
        super().__init__(taking)
        self._vault = vault

    def public(self, sha256: str) -> Held | None:
        path = PUBLIC + inside(sha256)
        if (held := self._taking.had(path, sha256)) is not None:
            return held
        try:
            return self._taking.write(path, self._vault.kept(sha256, private=False))
        except NotFound:
            return None

    def private(self, sha256: str) -> Held | None:
        # Small, and sealed otherwise after a rotation: each is taken anew.
        try:
            return self._taking.write(PRIVATE + inside(sha256), self._vault.kept(sha256, private=True))
        except NotFound:
            return None


def objects_for(workspace: Workspace, taking: Taking) -> Objects:
    """Those of a workspace, wherever its settings have them."""
    return VaultObjects(workspace.vault, taking) if workspace.settings.vault.url else FolderObjects(taking)

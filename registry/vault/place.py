"""Where a vault is, in words that cross to other machines: each opens its own."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from registry.vault.base import Vault
from registry.vault.local import LocalVault


class VaultPlace(Protocol):
    """Can be pickled, and holds no key and no password: whoever opens the vault elsewhere has what that takes, or needs none."""

    def open(self) -> Vault:
        """The vault, to read what is public in it. Nothing is made, swept or written."""


@dataclass(frozen=True)
class FolderPlace:
    """A folder that every machine sees under this path."""

    root: Path

    def open(self) -> Vault:
        return LocalVault(self.root, read_only=True)

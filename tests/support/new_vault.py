"""A workspace's vault without the workspace: in its folder, or in a bucket where the tests' workspaces live on servers."""

from pathlib import Path

from registry.keys import Keys, beside
from registry.vault.base import Vault
from registry.vault.bucket_place import Place
from registry.vault.local import LocalVault
from registry.vault.s3 import S3Vault
from tests.support.on_servers.given import BUCKET, Servers


def new_vault(root: Path, keys: Keys | None = None) -> Vault:
    """The vault of the workspace in root, where its objects are already or from now on."""
    servers = Servers.running()
    home = servers.home(root) if servers is not None else None
    if servers is None or home is None or not home.vault:
        return LocalVault(root / "vault", keys)
    place = Place(BUCKET, f"{home.name}/", servers.endpoint)
    return S3Vault(root / "vault", place, keys or beside(root / "vault"))

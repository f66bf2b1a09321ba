"""Which vaults there are: the folder of a workspace, and a place in a bucket."""

from collections.abc import Callable, Mapping
from pathlib import Path

from monitor.settings_vault import SCHEME, VaultSettings, VaultSettingsRefused
from registry.keys import Keys
from registry.vault.base import Vault
from registry.vault.local import LocalVault

FOLDER = "vault"


def open_vault(root: Path, settings: VaultSettings, keys: Keys) -> Vault:
    """The vault that the settings of the workspace in root name. Nothing outside is asked yet. Raises VaultUnusable or
    VaultSettingsRefused."""
    return VAULTS[SCHEME if settings.url else ""](root, settings, keys)


def local_vault(root: Path, settings: VaultSettings, keys: Keys) -> Vault:  # noqa: ARG001
    """The one in the workspace's folder, whatever the settings name."""
    return LocalVault(root / FOLDER, keys)


def s3_vault(root: Path, settings: VaultSettings, keys: Keys) -> Vault:
    """The one in the bucket that the settings name."""
    from registry.vault.bucket_place import Place
    from registry.vault.s3 import S3Vault

    secret = settings.secret(root)
    if bool(settings.access_key) != bool(secret):
        absent = "its secret is" if settings.access_key else "the access key itself is"
        raise VaultSettingsRefused(
            f"Of the vault's access key {absent} not given.", "Set vault.access_key and SEMBLANCE_VAULT__SECRET_KEY, or neither."
        )
    place = Place(
        settings.bucket,
        settings.prefix,
        settings.endpoint,
        settings.region,
        settings.access_key,
        secret,
        settings.lock_mode.upper(),
    )
    bounds = {"cache_bytes": settings.cache_bytes, "lock_days": settings.lock_days}
    return S3Vault(root / FOLDER, place, keys, **bounds, direct=settings.direct_reading)


VAULTS: Mapping[str, Callable[[Path, VaultSettings, Keys], Vault]] = {"": local_vault, SCHEME: s3_vault}
"""By what their address begins with."""

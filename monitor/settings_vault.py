"""The settings of a vault that is not the workspace's own folder."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, model_validator

from monitor.settings_section import Section
from registry.errors import SemblanceError

SCHEME = "s3://"
GIB = 1 << 30


class VaultSettings(Section):
    """url: of a place in a bucket, as s3://BUCKET/PREFIX; empty for the folder vault in the workspace.

    endpoint: of the S3-compatible store, as https://HOST; empty for AWS. region: as the store names it. access_key: the name of
    the key; without it AWS's own variables, files and roles are asked. Its secret: from secret_key_file, of which the first line
    counts, relative to the workspace; or from the variable SEMBLANCE_VAULT__SECRET_KEY alone. cache_bytes: what copies of
    objects may take on this disk. lock_days, lock_mode: for how long the store keeps what a bundle was made of, and whether
    somebody may lift that (governance) or nobody (compliance); 0 for not at all. direct_reading: whether the console's player
    reads captured videos from the store itself, by an address that works for five minutes.
    """

    url: str = ""
    endpoint: str = ""
    region: str = ""
    access_key: str = ""
    secret_key: SecretStr | None = None
    secret_key_file: Path | None = None
    cache_bytes: Annotated[int, Field(ge=0)] = 20 * GIB
    lock_days: Annotated[int, Field(ge=0, le=3650)] = 0
    lock_mode: Literal["governance", "compliance"] = "governance"
    direct_reading: bool = False

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.url and (not self.url.startswith(SCHEME) or not self.bucket):
            raise ValueError(f"url is {SCHEME}BUCKET or {SCHEME}BUCKET/PREFIX")
        if self.endpoint and not self.endpoint.startswith(("http://", "https://")):
            raise ValueError("endpoint begins with https:// (or http://)")
        return self

    @property
    def bucket(self) -> str:
        return self.url.removeprefix(SCHEME).partition("/")[0]

    @property
    def prefix(self) -> str:
        """What the keys of all objects begin with."""
        inside = self.url.removeprefix(SCHEME).partition("/")[2].strip("/")
        return f"{inside}/" if inside else ""

    def secret(self, root: Path) -> str:
        """The secret of the access key, for the workspace in root; "" for none. Raises VaultSettingsRefused."""
        if self.secret_key is not None:
            return self.secret_key.get_secret_value()
        if self.secret_key_file is None:
            return ""
        try:
            return (root / self.secret_key_file).read_text("utf-8").split("\n", 1)[0].rstrip("\r")
        except (OSError, UnicodeDecodeError) as error:
            raise VaultSettingsRefused(
                f"The secret's file {self.secret_key_file} cannot be read.", "Mend vault.secret_key_file, or the file's rights."
            ) from error


class VaultSettingsRefused(SemblanceError):
    """What the settings say of the vault and cannot be followed."""

"""The settings of a database that is not the workspace's own file."""

from pathlib import Path
from typing import Self
from urllib.parse import parse_qsl, quote

from pydantic import SecretStr, model_validator

from monitor.settings_section import Section
from registry.errors import SemblanceError

_SCHEME = "postgresql+psycopg://"
_SECRET = frozenset({"password", "sslpassword", "passfile"})
"""Options of an address that hold a password, or name a file of them."""


class DatabaseSettings(Section):
    """url: of a PostgreSQL database, as postgresql+psycopg://NAME@HOST/DATABASE; empty for the file in the workspace.

    The password: from password_file, of which the first line counts, relative to the workspace; or from the variable
    SEMBLANCE_DATABASE__PASSWORD alone.
    """

    url: SecretStr = SecretStr("")
    password: SecretStr | None = None
    password_file: Path | None = None

    @model_validator(mode="after")
    def _known(self) -> Self:
        if (address := self.url.get_secret_value()) and not address.startswith(_SCHEME):
            raise ValueError(f"it begins with {_SCHEME}")
        return self

    def address(self, root: Path) -> str:
        """The whole address, password included; empty for the file in the workspace in root. Raises DatabaseSettingsRefused."""
        address, password = self.url.get_secret_value(), self._password(root)
        if not address or password is None:
            return address
        named, at, place = address.removeprefix(_SCHEME).partition("@")
        if not at or ":" in named:
            raise DatabaseSettingsRefused(
                "A password for the database is given, and database.url has no place for it.",
                f"Write the address as {_SCHEME}NAME@HOST/DATABASE.",
            )
        return f"{_SCHEME}{named}:{quote(password, safe='')}@{place}"

    def _password(self, root: Path) -> str | None:
        if self.password is not None:
            return self.password.get_secret_value()
        if self.password_file is None:
            return None
        try:
            return (root / self.password_file).read_text("utf-8").split("\n", 1)[0].rstrip("\r")
        except (OSError, UnicodeDecodeError) as error:
            raise DatabaseSettingsRefused(
                f"The password file {self.password_file} cannot be read.", "Mend database.password_file, or the file's rights."
            ) from error


class DatabaseSettingsRefused(SemblanceError):
    """What the settings say of the database and cannot be followed."""


def holds_password(address: str) -> bool:
    """Whether an address has a password in it."""
    named, at, _ = address.removeprefix(_SCHEME).rpartition("@")
    options = parse_qsl(address.partition("?")[2], keep_blank_values=True)
    return (bool(at) and ":" in named) or any(name.lower() in _SECRET for name, _ in options)

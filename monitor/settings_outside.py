"""The settings of services outside: timestamp authorities and the mail server."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from monitor.settings_section import Section


class AuthoritySettings(Section):
    """A timestamp authority (RFC 3161). name: small letters, digits and hyphens. url: where it answers. roots: a file with the
    certificates by which it is known, in PEM, relative to the workspace."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    url: Annotated[str, Field(pattern=r"^https?://[^\s/]+")]
    roots: Path


class TimestampSettings(Section):
    """authorities: that state when captures were there; none asks nobody. seconds: that one answer may take."""

    authorities: Annotated[tuple[AuthoritySettings, ...], Field(max_length=4)] = ()
    seconds: Annotated[float, Field(gt=0, le=120)] = 20.0

    @field_validator("authorities")
    @classmethod
    def _named_once(cls, authorities: tuple[AuthoritySettings, ...]) -> tuple[AuthoritySettings, ...]:
        if len({authority.name for authority in authorities}) < len(authorities):
            raise ValueError("two authorities have one name")
        return authorities


class EvidenceSettings(Section):
    """Who signs bundles, where it is not the key file of the workspace. sign_command: a program and its words that gets a SHA-256
    (32 bytes) on its standard input and writes the signature (ECDSA on P-256, DER) to its standard output. public_key: a file
    with its public key, in PEM, relative to the workspace. sign_seconds: that one signature may take."""

    sign_command: tuple[str, ...] = ()
    public_key: Path | None = None
    sign_seconds: Annotated[float, Field(gt=0, le=600)] = 30.0

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if bool(self.sign_command) != (self.public_key is not None):
            raise ValueError("sign_command and public_key go together")
        return self


class MailProtection(StrEnum):
    """How the way to a mail server is kept from being read. none: not at all, as to a relay on this machine."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class MailSettings(Section):
    """The server that letters are sent by. port: 0 for the usual one of the protection. sender: the bare address they come from.

    password: from the variable SEMBLANCE_MAIL__PASSWORD alone; password_file: a file that holds it, relative to the workspace.
    certificates: in PEM, relative to the workspace, where the server's lead to none that the system knows. seconds: that one
    answer may take.
    """

    host: str = ""
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    protection: MailProtection = MailProtection.STARTTLS
    user: str = ""
    password: SecretStr | None = None
    password_file: Path | None = None
    sender: str = ""
    certificates: Path | None = None
    seconds: Annotated[float, Field(gt=0, le=300)] = 30.0

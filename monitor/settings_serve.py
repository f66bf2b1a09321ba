"""The settings of the server: under which address browsers reach it, and who else signs people in."""

from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator

from monitor.settings_section import Section


class ServeSettings(Section):
    """origin: the address of the console as browsers have it, where something that ends TLS stands before this machine, such as
    https://monitor.example.com; empty where it is used on this machine alone. Passkeys and sign-ins by another server are bound
    to it. factor_for_all: whether every account needs a second factor, whatever its party asks for."""

    origin: Annotated[str, Field(max_length=200)] = ""
    factor_for_all: bool = False

    @model_validator(mode="after")
    def _an_address_alone(self) -> Self:
        if self.origin:
            parts = urlsplit(self.origin)
            if parts.scheme != "https" or not parts.hostname or self.origin != f"https://{parts.netloc}" or parts.username:
                raise ValueError("origin is https:// and a host, and nothing after it")
        return self


class SignOnSettings(Section):
    """A server that signs people in for us (OpenID Connect). issuer: its address, exactly as it names itself; empty for none.
    https, or http on this machine's own addresses. name: what the button calls it. client_id: under which it knows us.

    client_secret: from the variable SEMBLANCE_SIGN_ON__CLIENT_SECRET alone; client_secret_file: a file that holds it, relative to
    the workspace. seconds: that one of its answers may take.
    """

    issuer: Annotated[str, Field(pattern=r"^$|^https?://[^\s?#]+$")] = ""
    name: Annotated[str, Field(max_length=60)] = "single sign-on"
    client_id: str = ""
    client_secret: SecretStr | None = None
    client_secret_file: Path | None = None
    seconds: Annotated[float, Field(gt=0, le=60)] = 10.0

    @model_validator(mode="after")
    def _known_to_it(self) -> Self:
        if self.issuer and not self.client_id:
            raise ValueError("an issuer knows us by a client_id")
        return self

"""The settings of the server: under which address browsers reach it."""

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from monitor.settings_section import Section


class ServeSettings(Section):
    """origin: the address of the console as browsers have it, where something that ends TLS stands before this machine, such as
    https://monitor.example.com; empty where it is used on this machine alone. Passkeys and sign-ins by another server are bound
    to it."""

    origin: Annotated[str, Field(max_length=200)] = ""

    @model_validator(mode="after")
    def _an_address_alone(self) -> Self:
        if self.origin:
            parts = urlsplit(self.origin)
            if parts.scheme != "https" or not parts.hostname or self.origin != f"https://{parts.netloc}" or parts.username:
                raise ValueError("origin is https:// and a host, and nothing after it")
        return self

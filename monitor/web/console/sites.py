"""Under which address a browser asks: passkeys, and whoever signs people in for us, are bound to it."""

from urllib.parse import urlsplit

from starlette.requests import Request

from monitor.settings import Settings
from registry.passkeys import Site


def site_of(request: Request, settings: Settings) -> Site | None:
    """Where passkeys are good, as it is asked now: under the origin of the settings, or as localhost. None for an address by
    number, for which browsers have none."""
    # Guards let no other names through.
    host, origin = request.headers.get("host", "").lower(), settings.serve.origin.lower()
    if origin and urlsplit(origin).netloc == host:
        return Site(urlsplit(origin).hostname or "", origin)
    return Site("localhost", f"http://{host}") if host.partition(":")[0] == "localhost" else None


def local_address(request: Request) -> str:
    """The same server as localhost, for which browsers have passkeys."""
    return f"http://localhost:{request.scope['server'][1]}"


def address_of_site(request: Request, settings: Settings) -> str:
    """The address of the server as the browser that asks has it."""
    site = site_of(request, settings)
    return site.origin if site is not None else f"http://{request.headers.get('host', '')}"

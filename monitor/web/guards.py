"""What stands before every route: which names the server answers to, who may send a browser here, and what a page may do."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.web.problems import problem

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

_POLICY = "Content-Security-Policy"
HEADERS: Mapping[str, str] = {
    _POLICY: "; ".join(
        (
            "default-src 'none'",
            *(f"{kind}-src 'self'" for kind in ("script", "style", "img", "media", "font", "connect", "manifest")),
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            # The one policy by which a page's own scripts take parts of pages from this server (static/trusted.js).
            "trusted-types semblance",
        )
    ),
    # Heeded where something that ends TLS stands before this machine, and by no browser that came without.
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), browsing-topics=()",
    "Cache-Control": "no-store",
}
"""Of every answer that says nothing else."""


class Guards:
    """ASGI middleware. hosts: the names, with ports where they have one, under which the server may be asked. media: where else
    than from this server a page may play from, as an origin; "" for nowhere."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str], media: str = "") -> None:
        self._app, self._hosts = app, frozenset(host.lower() for host in hosts)
        policy = HEADERS[_POLICY]
        self._headers = {**HEADERS, _POLICY: policy.replace("media-src 'self'", f"media-src 'self' {media}") if media else policy}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    given.setdefault(name, value)
            await send(message)

        refusal = self._refusal(scope["method"], Headers(scope=scope))
        await (refusal or self._app)(scope, receive, with_headers)

    def _refusal(self, method: str, headers: Headers) -> ASGIApp | None:
        if headers.get("host", "").lower() not in self._hosts:
            # Else a stranger's page could reach a server on this machine by a name that leads here.
            return problem(
                HTTPStatus.MISDIRECTED_REQUEST, "This server does not answer to that name.", "Use the address it printed."
            )
        if method not in SAFE and not _of_this_site(headers, self._hosts):
            return problem(HTTPStatus.FORBIDDEN, "Another site sent this request.", "Open the console itself and try again.")
        return None


def _of_this_site(headers: Headers, hosts: frozenset[str]) -> bool:
    """Whether no other site had a browser send it. Programs send neither header."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        return site in ("same-origin", "none")
    return origin is None or urlsplit(origin).netloc.lower() in hosts

"""What pages load: stylesheet, scripts and pictures of the console itself, read once."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from registry.errors import NotFound

FOLDER = Path(__file__).parent / "static"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".txt": "text/plain"}

routes = APIRouter()


@dataclass(frozen=True)
class _Part:
    content: bytes
    media_type: str
    etag: str


def _read() -> Mapping[str, _Part]:
    found = {}
    for path in sorted(FOLDER.iterdir()):
        content = path.read_bytes()
        kind = f"{_TYPES[path.suffix]}; charset=utf-8"
        found[path.name] = _Part(content, kind, f'"{hashlib.sha256(content).hexdigest()[:32]}"')
    return found


PARTS = _read()


@routes.get("/static/{name}", name="static")
def static(request: Request, name: str) -> Response:
    """One of them. A browser asks each time whether it is still the same."""
    part = PARTS.get(name)
    if part is None:
        raise NotFound(f"There is no {name} here.", "Go to the overview.")
    headers = {"ETag": part.etag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == part.etag:
        return Response(status_code=304, headers=headers)
    return Response(part.content, media_type=part.media_type, headers=headers)

"""The API's OpenAPI document, made of its routes. `python -m monitor.web.api.document` writes the one that is committed."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.responses import Response

from monitor.web.access import SCOPES, WITHOUT_ACCOUNT
from monitor.web.api import cases, looked, matches, registry, seconds
from monitor.web.check import routes as checks
from registry.version import version

COMMITTED = Path(__file__).parents[3] / "docs" / "openapi.json"

ROUTERS = (matches.routes, seconds.routes, cases.routes, registry.routes, looked.routes, checks.routes, checks.keys)

ABOUT = (
    "What the command line calls, for programs. Lists go on with `after`, the `next` of the part before. Every change takes an "
    "`Idempotency-Key`: asked for again by the same key within 24 hours it is not made again, and answered the same. Errors are "
    "those of RFC 9457; `detail` says what happened and `remedy` what to do."
)

PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened."},
        "remedy": {"type": "string", "description": "What to do about it."},
        "errors": {
            "type": "array",
            "description": "What is wrong in what was sent: where, and why.",
            "items": {
                "type": "object",
                "required": ["at", "detail"],
                "properties": {"at": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}

_ALWAYS = {
    400: "The body is no JSON.",
    401: "Nobody is signed in, or the token is not valid.",
    403: "The account's role, or the token's scopes, do not allow it.",
    404: "There is no such thing, or it is another party's.",
    421: "The server does not answer to that name.",
    422: "What was sent cannot be understood, or not be done.",
    429: "Too many wrong tokens.",
    500: "A fault of the program, or something stored is damaged.",
    503: "Something outside does not work now.",
}
_CHANGES = {
    409: "Others hold what it needs.",
    413: "The body is too large.",
}
_QUESTIONS = {408: "The body did not arrive in time."}
_DECISIONS = {
    412: "The match is another one by now; `detail` says who decided what.",
    428: "It is not said which state of the match was looked at.",
}


@cache
def document() -> dict[str, Any]:
    """The document, as JSON has it."""
    routes = [route for part in ROUTERS for route in part.routes if isinstance(route, APIRoute)]
    made = get_openapi(title="Semblance", version=version(), openapi_version="3.1.0", description=ABOUT, routes=routes)
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            _describe(operation, method == "post", "If-Match" in json.dumps(operation.get("parameters", [])), path == "/v1/check")
            operation["tags"] = [path.split("/")[2]]
    for route in routes:
        for method in route.methods or ():
            made["paths"][route.path][method.lower()]["security"] = _security(route.name)
    schemas = made["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = PROBLEM
    made["components"]["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "description": "A token of an account."}
    }
    return made


def _security(name: str) -> list[dict[str, list[str]]]:
    return [] if name in WITHOUT_ACCOUNT else [{"bearer": [SCOPES[name].value]}]


def _describe(operation: dict[str, Any], changes: bool, decides: bool, asks: bool) -> None:
    """Put errors and required headers where they are meant."""
    errors = _ALWAYS | (_CHANGES if changes else {}) | (_DECISIONS if decides else {}) | (_QUESTIONS if asks else {})
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status, about in sorted(errors.items()):
        operation["responses"][str(status)] = {"description": about, "content": content}
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "header":
            # Its absence is told in the API's own words, which FastAPI's required headers do not allow.
            parameter["required"] = True
            parameter["schema"] = {key: value for key, value in parameter["schema"]["anyOf"][0].items() if key != "title"}


def served() -> Response:
    """The document."""
    return Response(as_text(), media_type="application/json")


@cache
def as_text() -> str:
    """The document as it is committed."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    COMMITTED.write_text(as_text(), encoding="utf-8")

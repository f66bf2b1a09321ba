"""What services tell, as the API writes it: by the names that --json has, and the models that its document describes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import cache
from http import HTTPStatus
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, create_model
from starlette.responses import Response

from registry.views import View, as_fields


def written(value: object, status: HTTPStatus = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> Response:
    """A view, or whatever JSON has, as an answer."""
    return Response(in_json(value), status, headers, media_type="application/json")


def in_json(value: object) -> bytes:
    """UTF-8. What strangers wrote stays as it is: it is data here, and nothing shows it."""
    return json.dumps(_plain(value) if _is_view(value) else value, ensure_ascii=False, default=_plain).encode(
        "utf-8", "backslashreplace"
    )


def _is_view(value: object) -> bool:
    return is_dataclass(value) and not isinstance(value, type)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return as_fields(value) if _is_view(value) else str(value)


@cache
def model_of(view: type[View]) -> type[BaseModel]:
    """What the API's document says of a view: its fields, by the names in which they are written. All are always there."""
    hints = get_type_hints(view)
    named: Any = {each.name.removesuffix("_"): (hints[each.name], ...) for each in fields(view)}
    about = (view.__doc__ or "").replace("from_", "from")
    return create_model(view.__name__, __config__=ConfigDict(extra="forbid"), __doc__=about, **named)


@cache
def part_of(*views: type[View]) -> type[BaseModel]:
    """The model of a part of a list, whose rows are of one of the views."""
    kinds = tuple(model_of(view) for view in views)
    row: Any = kinds[0]
    for kind in kinds[1:]:
        row = row | kind
    return create_model(
        f"Some{views[0].__name__}s",
        __config__=ConfigDict(extra="forbid"),
        __doc__="A part of a list. more: how many rows come after these. next: the cursor that goes on; null at the end.",
        items=(list[row], ...),
        more=(int, ...),
        next=(str | None, ...),
    )


def told(rows: Sequence[object], more: int, cursor: str | None) -> Response:
    """A part of a list, as part_of has it."""
    return written({"items": rows, "more": more, "next": cursor})

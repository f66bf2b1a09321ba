"""Self-contained HTML pages. The only importer of jinja2.

Every value is escaped, characters that cannot be seen are written out, pictures are data URIs, and the page itself forbids
whatever it does not hold.
"""

import base64
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from reports.render import plain


def render_html(template: str, data: Mapping[str, Any]) -> bytes:
    """The page of ``templates/<template>.html`` with data, in UTF-8 with "?" for what it cannot say.

    A name that data lacks is a programmer's error.
    """
    # Piece by piece: one text of a page full of pictures takes four bytes a letter as soon as one of them is an emoji.
    pieces = _environment().get_template(f"{template}.html").generate(**data)
    return b"".join(piece.encode("utf-8", "replace") for piece in pieces)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FunctionLoader(_read),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_seen,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        clock=plain.clock,
        span=lambda ends: plain.span(*ends),
        day=plain.day,
        moment=plain.moment,
        chance=plain.chance,
        size=plain.size,
        data_uri=_data_uri,
        web_address=_web_address,
    )
    return made


def _read(name: str) -> str | None:
    found = files("reports.render").joinpath("templates", name)
    return found.read_text(encoding="utf-8") if found.is_file() else None


def _seen(value: object) -> object:
    if isinstance(value, str) and not isinstance(value, Markup):
        return plain.show_unseen(value, keep=plain.JOINERS)
    return value


def _data_uri(picture: bytes) -> str:
    kind = "png" if picture.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


def _web_address(value: str | None) -> str | None:
    """The address where it is one of the web, otherwise none: a ``javascript:`` address becomes no link."""
    try:
        return value if value and urlsplit(value).scheme in ("http", "https") else None
    except ValueError:
        return None

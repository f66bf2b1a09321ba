"""Pages: templates, and what every page is given."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from monitor.web.asked import Who
from registry.kinds import Modality, Role
from registry.presence import present
from reports.render.plain import JOINERS, chance, clock, day, moment, places, shorten, show_unseen, size

LAW_WORDS: Mapping[str, str] = {"publicity": "to whoever published it"}
"""Letters that are named by what they are, and not by a law: which laws they rest on follows from whom they are about."""

NAV: Sequence[tuple[str, str, str]] = (
    ("home", "/", "Overview"),
    ("queue", "/queue", "Queue"),
    ("cases", "/cases", "Cases"),
    ("letters", "/letters", "Letters"),
    ("weekly", "/weekly", "Weekly report"),
    ("registry", "/registry", "Registry"),
    ("sources", "/sources", "Sources"),
    ("search", "/search", "Search"),
    ("audit", "/audit", "Audit log"),
)

ROLE_WORDS: Mapping[Role | None, str] = {None: "this machine's owner", **{role: role.value for role in Role}}


def _shown(value: Any) -> Any:
    """Whatever a template prints: what cannot be seen in a stranger's text is written out, and escaping comes after."""
    return show_unseen(value, JOINERS) if isinstance(value, str) and not isinstance(value, Markup) else value


def in_lines(text: str) -> Markup:
    """A text whose line breaks stay, for <textarea>."""
    return Markup("\n").join(escape(_shown(line)) for line in text.splitlines())


def rows_for(text: str, across: int = 60) -> int:
    """How many rows of a text box show all of a text, so many letters across."""
    return sum(1 + len(line) // across for line in text.splitlines()) + 1


def web_address(address: str | None) -> str:
    """The address, where a browser may be led there; "" for any other."""
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return ""
    return address or "" if parts.scheme in ("http", "https") and parts.hostname else ""


def with_query(path: str, **values: str | None) -> str:
    """The path with those values that are not empty."""
    query = urlencode({key: value for key, value in values.items() if value})
    return f"{path}?{query}" if query else path


def stamp(at: datetime) -> str:
    """For <time datetime=...>."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _sensed(modality: str) -> str:
    return present(Modality(modality)).sensed


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"moment": moment, "day": day, "clock": clock, "chance": chance, "size": size, "shorten": shorten}
    made.filters |= {"web": web_address, "stamp": stamp, "in_lines": in_lines, "rows_for": rows_for}
    made.filters |= {"law": lambda law: LAW_WORDS.get(law, law)}
    made.globals |= {
        "nav": NAV,
        "role_words": ROLE_WORDS,
        "places": places,
        "sensed": _sensed,
    }
    made.globals |= {"with_query": with_query}
    return made


TEMPLATES = _environment()


def rendered(template: str, **values: Any) -> str:
    """A template without the frame of a page."""
    return TEMPLATES.get_template(template).render(**values)


def page(
    template: str,
    who: Who | None,
    *,
    here: str = "",
    title: str,
    status: int = HTTPStatus.OK,
    headers: Iterable[tuple[str, str]] = (),
    **values: Any,
) -> HTMLResponse:
    """A page. who: None for one that anybody sees. here: its place in NAV. headers: in addition."""
    text = rendered(template, who=who, here=here, title=title, **values)
    return HTMLResponse(text, status, dict(headers))

"""Coming in, once it is known who it is: the cookie, what was typed before, and what they are told first."""

from collections.abc import Sequence
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from monitor.web.asked import Asked, cookie_of
from monitor.web.console.pages import page, with_query
from registry.account_news import untold
from registry.accounts import Account, Caller
from registry.db import now
from registry.half_done import LASTS
from registry.second_factors import factors_of, needs_factor
from registry.signed_in import Arrival, begin, kind_of

CARRIED = "typed."
"""Before the names of fields that somebody filled in before they were signed out, or asked to prove who they are."""

SECRETS = frozenset({"password", "code", "new", "link", "credential"})
"""Fields that are not carried along."""

Fields = Sequence[tuple[str, str]]


def local(path: str) -> str:
    """The path, where it is one of this server's own pages; else the overview."""
    inside = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if inside else "/"


def carried(asked: Asked) -> list[tuple[str, str]]:
    """What was typed on another page before this one."""
    return [(key.removeprefix(CARRIED), value) for key, value in asked.request.state.typed if key.startswith(CARRIED)]


def to_carry(request: Request) -> list[tuple[str, str]]:
    """What was typed on the page that was sent now, and may be kept while something else is asked."""
    return [(key, value) for key, value in getattr(request.state, "typed", []) if key not in SECRETS]


def arrive(asked: Asked, caller: Caller | None, way: str, to: str, typed: Fields = (), *, proved: bool = True) -> Response:
    """Sign the browser in. caller: None for the machine's owner. way: by what they proved who they are. proved: whether just now.

    It goes on where it wanted to; with what was typed there before; or to what the account must do or know first.
    """
    enrols, news = False, False
    with asked.keeping() as session:
        if caller is not None:
            account = session.get_one(Account, caller.account_id)
            enrols = needs_factor(session, account) and not factors_of(session, account.id).any
            news = bool(untold(session, account.id))
        agent = kind_of(asked.request.headers.get("user-agent", ""))
        arrival = Arrival(agent, address_of(asked.request), way, proved, enrols)
        secret = begin(session, caller, now(), arrival, before=asked.request.cookies.get(cookie_of(asked.request)))
    first = "/settings/factors" if enrols else with_query("/news", to=local(to)) if news else local(to)
    answer: Response = RedirectResponse(first, HTTPStatus.SEE_OTHER)
    if typed:
        answer = page("again.html", None, title="You are signed in again", to=local(to), typed=typed)
    give_cookie(asked.request, answer, secret)
    return answer


def address_of(request: Request) -> str:
    """From where it is asked."""
    return request.client.host if request.client else ""


def give_cookie(request: Request, answer: Response, secret: str) -> None:
    """Have the browser hold this secret from now on."""
    answer.set_cookie(cookie_of(request), secret, path="/", secure=True, httponly=True, samesite="lax")


def give_half(request: Request, answer: Response, kind: str, secret: str) -> None:
    """Have it hold the secret of what is half done (registry.half_done), for as long as that lasts."""
    name, seconds = cookie_of(request, kind), int(LASTS.total_seconds())
    answer.set_cookie(name, secret, max_age=seconds, path="/", secure=True, httponly=True, samesite="lax")


def take_half(request: Request, kind: str) -> str | None:
    """The secret of what is half done that the browser holds."""
    return request.cookies.get(cookie_of(request, kind))


def drop_half(request: Request, answer: Response, kind: str) -> None:
    """It is done, or over."""
    answer.delete_cookie(cookie_of(request, kind), path="/", secure=True, httponly=True, samesite="lax")

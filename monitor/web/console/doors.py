"""Signing in and out: by name and password, or at the machine itself by an opening link."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from monitor.web.asked import Asking, NotSignedIn, Who, cookie_of
from monitor.web.console.opening import LASTS, Opening
from monitor.web.console.pages import page
from monitor.web.problems import status_of
from registry.accounts import AccessRefused, Caller
from registry.db import now
from registry.errors import RegistryError
from registry.sign_in import authenticate
from registry.signed_in import Browser, begin, decide_as, kind_of, sign_out

routes = APIRouter()

CARRIED = "typed."
"""Before the names of fields that somebody filled in before they were signed out."""

Typed = Annotated[str, Form()]
Fields = Sequence[tuple[str, str]]


def local(path: str) -> str:
    """The path, where it is one of this server's own pages; else the overview."""
    inside = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if inside else "/"


def sign_in_page(
    to: str, *, typed: Fields = (), name: str = "", error: AccessRefused | None = None, status: int = 200
) -> Response:
    """The page for signing in. to: where to go then. typed: what was filled in there before."""
    return page(
        "sign_in.html", None, title="Sign in", status=status, to=local(to), typed=typed, name=name, error=error, carried=CARRIED
    )


@routes.get("/sign-in", name="console.sign_in")
def asked_to_sign_in(to: str = "/") -> Response:
    """The page for signing in."""
    return sign_in_page(to)


@routes.post("/sign-in", name="console.signed_in")
def signed_in(asked: Asking, name: Typed = "", password: Typed = "", to: Typed = "/") -> Response:
    """Sign in by name and password. What was typed before on a page goes back into it."""
    typed = [(key.removeprefix(CARRIED), value) for key, value in asked.request.state.typed if key.startswith(CARRIED)]
    try:
        with asked.keeping() as session:
            caller = authenticate(session, name, password, now())
    except AccessRefused as error:
        return sign_in_page(to, typed=typed, name=name, error=error, status=status_of(error))
    answer: Response = RedirectResponse(local(to), HTTPStatus.SEE_OTHER)
    if typed:
        answer = page("again.html", None, title="You are signed in again", to=local(to), typed=typed)
    return _with_cookie(asked, answer, caller)


@routes.get("/open/{secret}", name="console.open")
def opened(asked: Asking, secret: str) -> Response:
    """Sign this browser in as the machine's owner, by a link that was printed where the server runs."""
    if not _opening(asked.request).use(secret, now()):
        gone = AccessRefused("This opening link was used, or its time is over.", "Have a new one printed below.")
        return sign_in_page("/", error=gone, status=HTTPStatus.UNAUTHORIZED)
    return _with_cookie(asked, RedirectResponse("/name", HTTPStatus.SEE_OTHER), None)


@routes.post("/opening", name="console.opening")
def print_link(asked: Asking) -> Response:
    """Print a new opening link where the server runs: who asks sees nothing of it."""
    _opening(asked.request).renew(now())
    return page("printed.html", None, title="A new link was printed", minutes=int(LASTS.total_seconds() // 60))


@routes.post("/sign-out", name="console.sign_out")
def signed_out(asked: Asking) -> Response:
    """Sign this browser out; where it was already, that is fine, too."""
    held = cookie_of(asked.request)
    secret = asked.request.cookies.get(held)
    if secret:
        with asked.keeping() as session:
            sign_out(session, secret, now())
    answer = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
    answer.delete_cookie(held, path="/", secure=True, httponly=True, samesite="lax")
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


@routes.get("/name", name="console.name")
def asked_for_name(asked: Asking, to: str = "/") -> Response:
    """Ask the machine's owner in whose name decisions are made."""
    with asked.acting():
        if asked.who.caller is not None:
            return RedirectResponse(local(to), HTTPStatus.SEE_OTHER)
        return page("name.html", asked.who, title="Who are you?", to=local(to), error=None)


@routes.post("/name", name="console.named")
def named(asked: Asking, name: Typed = "", to: Typed = "/") -> Response:
    """Note in whose name the machine's owner decides in this browser; an account decides in its own."""
    with asked.acting():
        if asked.who.caller is not None:
            return RedirectResponse(local(to), HTTPStatus.SEE_OTHER)
        browser = _browser(asked.who)
        try:
            with asked.keeping() as session:
                decide_as(session, browser, name)
        except RegistryError as error:
            return page("name.html", asked.who, title="Who are you?", status=status_of(error), to=local(to), error=error)
    return RedirectResponse(local(to), HTTPStatus.SEE_OTHER)


def _browser(who: Who) -> Browser:
    if who.browser is None:
        raise NotSignedIn("A token has no browser.", "Sign in with a browser.")
    return who.browser


def _opening(request: Request) -> Opening:
    opening: Opening = request.app.state.opening
    return opening


def _with_cookie(asked: Asking, answer: Response, caller: Caller | None) -> Response:
    """The answer with a new secret for the browser; the one that it held before ends."""
    name = cookie_of(asked.request)
    before, agent = asked.request.cookies.get(name), kind_of(asked.request.headers.get("user-agent", ""))
    with asked.keeping() as session:
        secret = begin(session, caller, now(), agent=agent, before=before)
    answer.set_cookie(name, secret, path="/", secure=True, httponly=True, samesite="lax")
    return answer

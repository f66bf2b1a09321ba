"""Signing in and out: by name and password, or at the machine itself by an opening link."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from monitor.web.asked import Asking, cookie_of
from monitor.web.console.arriving import CARRIED, Fields, arrive, carried, local
from monitor.web.console.opening import LASTS, opening_of
from monitor.web.console.pages import page
from monitor.web.console.second_factor import second_step
from monitor.web.console.sites import site_of
from monitor.web.problems import status_of
from registry.accounts import AccessRefused
from registry.db import now
from registry.errors import RegistryError, SemblanceError
from registry.sign_in import SecondFactorWanted, authenticate
from registry.signed_in import decide_as, sign_out

routes = APIRouter()

Typed = Annotated[str, Form()]


def sign_in_page(
    request: Request, to: str, *, typed: Fields = (), name: str = "", error: SemblanceError | None = None, status: int = 200
) -> Response:
    """The page for signing in. to: where to go then. typed: what was filled in there before."""
    return page(
        "sign_in.html",
        None,
        title="Sign in",
        status=status,
        to=local(to),
        typed=typed,
        name=name,
        error=error,
        carried=CARRIED,
        site=site_of(request, request.app.state.workspace.settings),
        sign_on=request.app.state.workspace.settings.sign_on,
    )


@routes.get("/sign-in", name="console.sign_in")
def asked_to_sign_in(request: Request, to: str = "/") -> Response:
    """The page for signing in."""
    return sign_in_page(request, to)


@routes.post("/sign-in", name="console.signed_in")
def signed_in(asked: Asking, name: Typed = "", password: Typed = "", to: Typed = "/") -> Response:
    """Sign in by name and password. What was typed before on a page goes back into it."""
    typed = carried(asked)
    try:
        with asked.keeping() as session:
            caller = authenticate(session, name, password, now())
    except SecondFactorWanted as wanted:
        return second_step(asked, wanted, to, typed)
    except AccessRefused as error:
        return sign_in_page(asked.request, to, typed=typed, name=name, error=error, status=status_of(error))
    return arrive(asked, caller, "password", to, typed)


@routes.get("/open/{secret}", name="console.open")
def opened(asked: Asking, secret: str) -> Response:
    """Sign this browser in as the machine's owner, by a link that was printed where the server runs."""
    if not opening_of(asked.request).use(secret, now()):
        gone = AccessRefused("This opening link was used, or its time is over.", "Have a new one printed below.")
        return sign_in_page(asked.request, "/", error=gone, status=HTTPStatus.UNAUTHORIZED)
    return arrive(asked, None, "opening link", "/name")


@routes.post("/opening", name="console.opening")
def print_link(asked: Asking) -> Response:
    """Print a new opening link where the server runs: who asks sees nothing of it."""
    opening_of(asked.request).renew(now())
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
        try:
            with asked.keeping() as session:
                decide_as(session, asked.browser, name)
        except RegistryError as error:
            return page("name.html", asked.who, title="Who are you?", status=status_of(error), to=local(to), error=error)
    return RedirectResponse(local(to), HTTPStatus.SEE_OTHER)

"""A fresh proof of who asks, for what must not be done by whoever finds a browser open. What was typed is kept meanwhile."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from monitor.web.asked import Asked, Asking, Who
from monitor.web.console.arriving import CARRIED, Fields, carried, give_cookie, local, to_carry
from monitor.web.console.opening import LASTS, opening_of
from monitor.web.console.pages import page
from monitor.web.console.sites import site_of
from monitor.web.problems import status_of
from registry.account_news import News, note_told, tell, untold
from registry.accounts import AccessRefused
from registry.db import now
from registry.second_factors import Factors, factors_of
from registry.sign_in import check_code, check_password
from registry.signed_in import note_proof

routes = APIRouter()

Typed = Annotated[str, Form()]


def asked_to_confirm(request: Request, error: AccessRefused) -> Response:
    """The page in place of what was asked for, which holds on to what was typed."""
    again = "post" if request.method == "POST" else ""
    return confirm_page(Asked(request), request.url.path, to_carry(request), again, error)


def confirm_page(asked: Asked, to: str, typed: Fields, again: str, error: AccessRefused) -> Response:
    """The page that asks for a proof. again: "post" where what was asked for is a form that is sent again then."""
    return page(
        "confirm.html",
        asked.who,
        title="Confirm that it is you",
        status=status_of(error),
        factors=_factors(asked, asked.who),
        to=local(to),
        typed=typed,
        again=again,
        site=site_of(asked.request, asked.settings),
        carried=CARRIED,
        error=error,
    )


def _factors(asked: Asked, who: Who) -> Factors | None:
    if who.caller is None:
        return None
    with asked.keeping() as session:
        return factors_of(session, who.caller.account_id)


@routes.post("/confirm", name="console.confirm")
def confirm(
    asked: Asking, password: Typed = "", code: Typed = "", link: Typed = "", to: Typed = "/", again: Typed = ""
) -> Response:
    """Prove who one is, and go on with what was typed."""
    try:
        secret = _proved_by_link(asked, link) if asked.who.caller is None else _proved(asked, password, code)
    except AccessRefused as error:
        return confirm_page(asked, to, carried(asked), again, error)
    return go_on(asked, secret, to, again)


def go_on(asked: Asked, secret: str, to: str, again: str) -> Response:
    """On to where it was asked, with what was typed. secret: which the browser is to hold from now on."""
    answer: Response = RedirectResponse(local(to), HTTPStatus.SEE_OTHER)
    if again:
        answer = page("confirmed.html", asked.who, title="It is you", to=local(to), typed=carried(asked))
    give_cookie(asked.request, answer, secret)
    return answer


def _proved(asked: Asked, password: str, code: str) -> str:
    with asked.keeping_own() as (session, account):
        factors = factors_of(session, account.id)
        if factors.any and not factors.totp:
            raise AccessRefused("This account confirms by its passkey.", "Use the passkey.")
        check_password(session, account, password, now())
        if factors.any and check_code(session, account, code, now()) == "recovery code":
            tell(session, account, News.RECOVERED, "", now())
        return note_proof(session, asked.browser, now())


def _proved_by_link(asked: Asked, link: str) -> str:
    with asked.keeping_as() as session:
        opening = opening_of(asked.request)
        if not link.strip():
            opening.renew(now())
            minutes = int(LASTS.total_seconds() // 60)
            raise AccessRefused(
                "A new link was printed where Semblance runs.", f"Copy it into the field; it holds {minutes} minutes."
            )
        if not opening.use(link.strip().rpartition("/")[2], now()):
            raise AccessRefused("That link was used, or its time is over.", "Leave the field empty to have a new one printed.")
        return note_proof(session, asked.browser, now())


@routes.get("/news", name="console.news")
def news(asked: Asking, to: str = "/") -> Response:
    """What happened to one's account."""
    with asked.keeping_own() as (session, account):
        lines = untold(session, account.id)
    return page("news.html", asked.who, title="What happened to your account", lines=lines, to=local(to))


@routes.post("/news", name="console.told")
def told(asked: Asking, to: Typed = "/", shown: Annotated[list[str], Form()] = []) -> Response:  # noqa: B006
    """What was shown was read."""
    with asked.keeping_own() as (session, account):
        note_told(session, account.id, shown, now())
    return RedirectResponse(local(to), HTTPStatus.SEE_OTHER)

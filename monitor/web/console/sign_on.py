"""Signing in by another server that the settings name."""

from http import HTTPStatus

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from monitor.single_sign_on import SignOn
from monitor.web.asked import Asked, Asking
from monitor.web.console.arriving import arrive, drop_half, give_half, local, take_half
from monitor.web.console.doors import sign_in_page
from monitor.web.console.second_factor import second_step
from monitor.web.console.sites import address_of_site
from monitor.web.problems import status_of
from registry.accounts import AccessRefused
from registry.db import now
from registry.errors import NotFound, SemblanceError
from registry.half_done import Held, Kind, begin_half, end_half
from registry.linked_subjects import WAY, account_linked
from registry.second_factors import factors_of
from registry.sign_in import SecondFactorWanted, admit
from registry.signed_in import FRESH
from registry.tries import enter

routes = APIRouter()

BACK = "/sign-in/issuer/back"


@routes.get("/sign-in/issuer", name="console.issuer")
def go(asked: Asking, to: str = "/") -> Response:
    """Send the browser there."""
    try:
        going = _sign_on(asked).begin(address_of_site(asked.request, asked.settings) + BACK)
    except SemblanceError as error:
        return _refused(asked, to, error)
    with asked.keeping() as session:
        secret = begin_half(session, Kind.ISSUER, now(), state={**going.state, "to": local(to)})
    answer = RedirectResponse(going.url, HTTPStatus.SEE_OTHER)
    give_half(asked.request, answer, Kind.ISSUER, secret)
    return answer


@routes.get(BACK, name="console.issuer.back")
def back(asked: Asking) -> Response:
    """It comes back from there. Whoever has a second factor here is asked for it still."""
    try:
        with asked.keeping() as session:
            held = end_half(session, Kind.ISSUER, take_half(asked.request, Kind.ISSUER), now())
    except AccessRefused as error:
        return _refused(asked, "/", error)
    try:
        answer = _proved(asked, held)
    except SemblanceError as error:
        answer = _refused(asked, held.state["to"], error)
    drop_half(asked.request, answer, Kind.ISSUER)
    return answer


def _proved(asked: Asked, held: Held) -> Response:
    try:
        proved = _sign_on(asked).finish(held.state, dict(asked.request.query_params), now())
    except SemblanceError:
        with asked.keeping() as session:
            enter(session, "refuse", None, WAY)
            session.commit()
        raise
    fresh = proved.proved_at is not None and now() - proved.proved_at < FRESH
    with asked.keeping() as session:
        account = account_linked(session, proved.issuer, proved.subject)
        if account is None:
            enter(session, "refuse", None, WAY)
            session.commit()
            raise AccessRefused(
                "Nobody here is linked with your account there.",
                f"Ask an administrator to link yours; your subject there is {proved.subject[:100]}",
            )
        factors = factors_of(session, account.id)
        if factors.any and account.disabled_at is None:
            return second_step(asked, SecondFactorWanted(account.id, factors), held.state["to"], (), WAY, proved=fresh)
        caller = admit(session, account, WAY)
    return arrive(asked, caller, WAY, held.state["to"], proved=fresh)


def _sign_on(asked: Asked) -> SignOn:
    if not asked.settings.sign_on.issuer:
        raise NotFound("No other server signs anybody in here.", "Sign in by name and password.")
    return SignOn(asked.settings, asked.root)


def _refused(asked: Asked, to: str, error: SemblanceError) -> Response:
    return sign_in_page(asked.request, to, error=error, status=status_of(error))
